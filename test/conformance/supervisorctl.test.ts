// The supervisorctl of Debian against supervisord and against reeved, on the same file: the same output and the same exit codes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startDaemon } from '../support/daemon.ts';
import { bothIn, plain, run, startBoth, supervisorctl, supervisordMissing } from '../support/supervisord.ts';
import type { Both, Said, Side } from '../support/supervisord.ts';
import { waitFor } from '../support/wait-for.ts';

/** What may differ, and why. Each is also in docs/differences-from-supervisord.md. */
const ACCEPTED: readonly { readonly command: RegExp; readonly why: string; readonly both: (text: string) => string }[] = [
  {
    command: /^maintail/, why: 'our main log has lines of its own (who asked for what), and leaves out the start-up lines of Python',
    both: (text) => (/ INFO /.test(text) ? 'a log' : text),
  },
  {
    command: /^(start|stop|restart) (all|\w+:\*)$/, why: 'what comes about within the same look of supervisord (up to a second) is told in any order',
    both: (text) => text.split('\n').toSorted().join('\n'),
  },
  {
    command: /^tail -99 once$/, why: 'supervisord says "cleared" for a program that does not run and leaves its log as it is; here it is empty then',
    both: () => 'what is left of a log',
  },
];

const CONFIG = `
[program:cat]
command = /bin/cat
stdout_logfile = %(here)s/cat.log
[program:web]
command = /bin/sleep 600
process_name = %(program_name)s_%(process_num)d
numprocs = 2
priority = 5
[group:pair]
programs = left,right
priority = 50
[program:left]
command = /bin/sleep 601
[program:right]
command = /bin/sleep 602
autostart = false
[program:missing]
command = %(here)s/no/such/program
autostart = false
[program:plain]
command = %(here)s/plain.txt
autostart = false
[program:quick]
command = /bin/false
autostart = false
startretries = 0
[program:once]
command = %(here)s/once.sh
autostart = false
autorestart = false
startsecs = 0
stdout_logfile = %(here)s/once.log
stderr_logfile = %(here)s/once.err
[program:silent]
command = /bin/sleep 603
stdout_logfile = NONE
stderr_logfile = NONE
autostart = false
`;
const FILES = { 'plain.txt': 'no program\n', 'once.sh': '#!/bin/sh\necho to stdout\necho to stderr >&2\nsleep 0.1\nexit 3\n' };

const skip = supervisordMissing ?? false;

/** The same command on both; what each said, in comparable form. */
async function ask(both: Both, line: string, input = ''): Promise<{ readonly theirs: string; readonly ours: string }> {
  const words = line === '' ? [] : line.split(' ');
  const answers = await Promise.all(both.sides.map((side) => supervisorctl(side, words, input)));
  const accepted = ACCEPTED.find(({ command }) => command.test(line));
  const [theirs = '', ours = ''] = answers.map((said, index) => shown(both.sides[index] as Side, said, accepted?.both));
  return { theirs, ours };
}

function shown(side: Side, { code, stdout, stderr }: Said, change: (text: string) => string = (text) => text): string {
  return `exit ${code}\n${change(plain(side, stdout))}${stderr === '' ? '' : `stderr: ${plain(side, stderr)}`}`;
}

/** Runs all lines in turn and says every one that differs, not only the first. */
async function compare(both: Both, lines: readonly string[]): Promise<void> {
  const differ: string[] = [];
  for (const line of lines) {
    const { theirs, ours } = await ask(both, line);
    if (theirs !== ours) differ.push(`supervisorctl ${line}\n--- supervisord\n${theirs}\n--- reeved\n${ours}`);
  }
  assert.equal(differ.join('\n\n'), '');
}

const RUNNING = ['cat', 'web:web_0', 'web:web_1', 'pair:left'];

test('status, pid, avail, tail and help print what they print under supervisord [B8, B10]', { skip }, async (t) => {
  const both = await startBoth(t, CONFIG, FILES);
  for (const name of RUNNING) await bothIn(both, name, 'RUNNING');
  await compare(both, [
    'version', 'status', 'status all', 'status cat', 'status web:*', 'status web:web_1 cat', 'status pair:', 'status zz', 'status zz:*', 'status web', 'status zz silent', 'status web:zz',
    'pid', 'pid cat', 'pid all', 'pid zz', 'pid silent', 'avail', 'start once',
    'tail', 'tail once', 'tail once stderr', 'tail -4 once', 'tail -4 once stderr', 'tail once nope', 'tail silent', 'tail zz', 'tail pair:zz', 'tail -x once', 'tail cat', 'maintail', 'maintail -x', 'maintail -f -f',
    'fg', 'fg zz', 'fg once', 'fg cat web:web_0', 'bogus', 'open', 'open nonsense', 'help', 'help start', 'help bogus', 'exit', 'quit',
  ]);
});

test('start, stop, restart and signal print and end as under supervisord [B9, B10]', { skip }, async (t) => {
  const both = await startBoth(t, CONFIG, FILES);
  for (const name of RUNNING) await bothIn(both, name, 'RUNNING');
  await compare(both, [
    'start', 'start zz', 'start zz:*', 'start web', 'start cat', 'start missing', 'start plain', 'start quick', 'status quick', 'start once', 'status once', 'start pair:*', 'start pair:left pair:right zz', 'status pair:*',
    'stop', 'stop zz', 'stop zz:*', 'stop silent', 'stop pair:left', 'stop pair:left', 'stop pair:*', 'stop pair:*', 'status pair:*',
    'restart', 'restart cat', 'restart pair:*', 'restart zz', 'restart web:*', 'status',
    'signal', 'signal HUP', 'signal NOPE cat', 'signal CONT cat', 'signal SIGCONT cat', 'signal 18 cat', 'signal CONT web:*', 'signal CONT silent', 'signal CONT zz', 'signal CONT zz:*', 'signal CONT all',
  ]);
});

test('clear, and what is done to all, is done and told as under supervisord [B9, B10]', { skip }, async (t) => {
  const both = await startBoth(t, CONFIG, FILES);
  for (const name of RUNNING) await bothIn(both, name, 'RUNNING');
  await compare(both, ['start once', 'clear', 'clear once', 'tail -99 once', 'clear zz', 'clear silent', 'clear pair:left', 'clear all', 'stop all', 'status', 'start all', 'restart all']);
});

test('reread, update, add and remove go by group, and a bad file changes nothing [B10]', { skip }, async (t) => {
  const part = (name: string, more = ''): string => `[program:${name}]\ncommand = /bin/sleep 700\n${more}`;
  const both = await startBoth(t, part('one') + part('two') + part('three') + part('four', 'stdout_logfile = %(here)s/four.log\n'));
  for (const name of ['one', 'two', 'three', 'four']) await bothIn(both, name, 'RUNNING');
  await compare(both, ['reread', 'update']);
  both.rewrite(part('two', 'stopwaitsecs = 7\n') + part('three') + part('four', 'stdout_logfile = %(here)s/four.log\n') + part('five') + part('six', 'autostart = false\n') + '[group:seven]\nprograms = six\n');
  await compare(both, ['reread', 'reread', 'avail', 'status', 'add', 'add zz', 'add one', 'add five', 'remove', 'remove zz', 'remove three', 'stop one', 'remove one', 'update zz', 'update two', 'avail', 'reread']);
  await bothIn(both, 'five', 'RUNNING');
  await compare(both, ['status five', 'status one', 'update', 'update', 'status seven:*', 'start seven:six', 'stop all', 'update all', 'status two']);
  both.rewrite(part('two').replace('command', 'comand'));
  const refused = await ask(both, 'reread');
  for (const said of [refused.theirs, refused.ours]) assert.match(said, /^exit 1\nERROR: CANT_REREAD: .*program:two.*command/);
  await compare(both, ['status three']);
});

/** Runs supervisorctl until its output satisfies, then interrupts it (Ctrl-C) or ends its input (Ctrl-D). */
function follow(t: TestContext, side: Side, args: readonly string[]): { saw(part: string): Promise<string>; interrupt(): Promise<number | null>; hangUp(): void; write(text: string): void } {
  const child = spawn('/usr/bin/supervisorctl', ['-c', side.configFile, ...args], { cwd: side.dir, stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PYTHONUNBUFFERED: '1' } });
  let output = '';
  let code: number | null | undefined;
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  child.stdin.on('error', () => undefined);
  child.once('exit', (status) => (code = status));
  t.after(() => child.kill('SIGKILL'));
  return {
    saw: (part) => waitFor(`${JSON.stringify(part)} from ${side.name}`, () => output.includes(part) && output, 60_000).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}; it printed ${JSON.stringify(output)}`);
    }),
    interrupt: async () => {
      child.kill('SIGINT');
      await waitFor(`the end of supervisorctl (${side.name})`, () => code !== undefined, 60_000);
      return code ?? null;
    },
    hangUp: () => void child.stdin.end(),
    write: (text) => void child.stdin.write(text),
  };
}

test('tail -f, maintail -f and fg follow what is written, and fg forwards stdin [B10]', { skip }, async (t) => {
  const both = await startBoth(t, CONFIG, FILES);
  await bothIn(both, 'cat', 'RUNNING');
  for (const side of both.sides) {
    const tail = follow(t, side, ['tail', '-f', 'cat']);
    await tail.saw('==> Press Ctrl-C to exit <==\n');
    const foreground = follow(t, side, ['fg', 'cat']);
    await foreground.saw('==> Press Ctrl-C to exit <==\n');
    foreground.write('said to cat\n');
    await foreground.saw('said to cat\n');
    assert.match(await tail.saw('said to cat\n'), /^==> Press Ctrl-C to exit <==\nsaid to cat\n/);
    foreground.write('and again\n');
    await tail.saw('and again\n');
    assert.equal(await tail.interrupt(), 0);
    // Its own thread keeps the client alive for up to 30 s after that; the end of the test ends it.
    foreground.hangUp();
    await foreground.saw('Exiting foreground\n');
    const main = follow(t, side, ['maintail', '-f']);
    await main.saw("spawned: 'cat' with pid");
    assert.equal(await main.interrupt(), 0);
    const none = follow(t, side, ['tail', '-f', 'silent']);
    await none.saw('/logtail/silent/stdout Cannot read, status code 404');
    await none.interrupt();
  }
});

test('a log that is emptied under a tail -f is said to be, and rotated away is followed [B10]', { skip }, async (t) => {
  const both = await startBoth(t, '[program:writer]\ncommand = /bin/cat\nstdout_logfile = %(here)s/writer.log\nstdout_logfile_maxbytes = 200\nstdout_logfile_backups = 2\n');
  await bothIn(both, 'writer', 'RUNNING');
  const [, ours] = both.sides;
  const say = (text: string): Promise<Said> => supervisorctl(ours, ['fg', 'writer'], text);
  await say('before\n');
  const tail = follow(t, ours, ['tail', '-f', 'writer']);
  await tail.saw('before\n');
  truncateSync(join(ours.dir, 'writer.log'));
  await say('after\n');
  await tail.saw('before\n==> File truncated <==\nafter\n');
  await say(`${'x'.repeat(250)}\n`);
  await say('in the next file\n');
  const output = await tail.saw('in the next file\n');
  assert.equal(output.split('==> File truncated <==').length, 2);
  await tail.interrupt();
});

test('the shell, reload and shutdown do as under supervisord', { skip }, async (t) => {
  const both = await startBoth(t, CONFIG, FILES);
  for (const name of RUNNING) await bothIn(both, name, 'RUNNING');
  const shells = await Promise.all(both.sides.map((side) => supervisorctl(side, [], `status cat\nopen unix://${side.socket}\nstatus nobody\nhelp stop\nquit\n`)));
  const [theirs, ours] = shells.map((said, index) => shown(both.sides[index] as Side, said));
  assert.equal(ours, theirs);
  await compare(both, ['reload now', 'reload']);
  for (const name of RUNNING) await bothIn(both, name, 'RUNNING');
  await compare(both, ['status', 'shutdown now', 'shutdown']);
  await waitFor('supervisord to end', () => both.supervisordEnded() !== null, 60_000);
  assert.equal(both.supervisordEnded(), 0);
  assert.equal((await both.reeved.ended(30_000)).code, 0);
  await compare(both, ['status', 'start cat', 'stop all', 'reread', 'update', 'avail', 'add cat', 'version']);
});

test('a server with a password wants it on both kinds of socket, also as {SHA}', { skip }, async (t) => {
  // 'thepassword'
  const digest = '{SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d';
  const inet = (port: number): string => `[inet_http_server]\nport = 127.0.0.1:${port}\nusername = user\npassword = ${digest}\n[program:cat]\ncommand = /bin/cat\n`;
  const both = await startBoth(t, '[program:cat]\ncommand = /bin/cat\n');
  const ports = [await freePort(), await freePort()] as const;
  for (const [index, side] of both.sides.entries()) {
    appendFileSync(side.configFile, inet(ports[index] as number));
    assert.equal((await supervisorctl(side, ['reload'])).stdout, 'Restarted supervisord\n');
  }
  const at = (index: number, ...more: string[]): string[] => ['-s', `http://127.0.0.1:${ports[index]}`, ...more];
  const answers = await Promise.all(both.sides.map(async (side, index) => {
    const good = at(index, '-u', 'user', '-p', 'thepassword');
    await waitFor(`${side.name} to answer on its port`, async () => (await supervisorctl(side, [...good, 'status', 'cat'])).stdout.includes('RUNNING'), 60_000);
    const lines: string[] = [];
    for (const words of [[...good, 'pid', 'cat'], [...good, 'tail', 'cat'], [...at(index, '-u', 'user', '-p', 'wrong'), 'status'], [...at(index), 'stop', 'cat'], [...at(index, '-u', 'nobody', '-p', 'thepassword'), 'version']]) {
      const said = await supervisorctl(side, words);
      lines.push(`exit ${said.code} ${plain(side, said.stdout).split('\n')[0]}`);
    }
    return lines;
  }));
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[1]?.[2], 'exit 1 Server requires authentication');
});

test('no [rpcinterface:supervisor] is needed', { skip }, async (t) => {
  const daemon = await startDaemon(t, { config: '[supervisord]\n[unix_http_server]\nfile = %(here)s/s.sock\n[supervisorctl]\n[program:cat]\ncommand = /bin/cat\n', socket: 's.sock' });
  const said = await run(['/usr/bin/supervisorctl', '-s', `unix://${daemon.socket}`, 'restart', 'cat'], daemon.dir);
  assert.deepEqual(said, { code: 0, stdout: 'cat: stopped\ncat: started\n', stderr: '' });
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
