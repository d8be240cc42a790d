// The supervisorctl of Debian against both, where it goes on: followed logs, the foreground, the shell, and the ends of daemons.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startDaemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { compare, CONFIG, FILES, RUNNING, shown, skip } from '../support/supervisorctl.ts';
import { bothIn, call, plain, run, startBoth, supervisorctl } from '../support/supervisord.ts';
import type { Side } from '../support/supervisord.ts';
import { waitFor } from '../support/wait-for.ts';

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
  const say = async (text: string): Promise<void> => assert.match(await call(ours, 'supervisor.sendProcessStdin', 'writer', text), /<boolean>1<\/boolean>/);
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
