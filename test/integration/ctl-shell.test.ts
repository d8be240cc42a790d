import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCompletion } from '../../ctl/render-completion.ts';
import { fakeDaemon, ok, operation, refuse, snapshot, view } from '../support/fake-daemon.ts';
import type { FakeDaemon, Route } from '../support/fake-daemon.ts';
import { noTerminal, onTerminal } from '../support/on-terminal.ts';
import { CTL, runCtl } from '../support/run-ctl.ts';

const BASH = spawnSync('bash', ['-c', 'exit 0']).status === 0;
const noBash = BASH ? false : 'bash is not here to try its completion';

async function daemon(t: TestContext, routes: Readonly<Record<string, Route>> = {}, tcp = false): Promise<FakeDaemon> {
  const rows = [view('web', { pid: 12 }), view('pool:w_00'), view('off', { state: 'STOPPED', pid: null, startedAt: null, disabled: true })];
  const fake = await fakeDaemon({ 'GET /v1/status': () => snapshot(rows), 'GET /v1/version': () => ({ version: '9.9' }), ...routes }, tcp);
  t.after(() => fake.close());
  return fake;
}

test('called bare with a pipe it shows status, carries out each line, survives errors, and exits 0 [B10]', async (t) => {
  const fake = await daemon(t, { 'POST /v1/stop': () => operation('stop', [ok('web:web')]) });
  const ran = await runCtl(['-s', fake.url], {}, 'bogus\npid web; version\nstop web\n\nquit\nversion\n');
  assert.match(ran.out, /^off .*\npool:w_00 .*\nweb .*\n\*\*\* Unknown syntax: bogus\n12\n9\.9\nweb: stopped\n$/);
  assert.equal(ran.code, 0);
});

test('the shell answers also when no daemon does, and exits 0 at the end of its input', async () => {
  const ran = await runCtl(['-s', 'unix:///nonexistent/s'], {}, 'status\nhelp stop\n');
  assert.match(ran.out, /^unix:\/\/\/nonexistent\/s no such file\nunix:\/\/\/nonexistent\/s no such file\nstop /);
  assert.equal(ran.code, 0);
});

test('open talks to another server and shows its status; -i stays after the command', async (t) => {
  const first = await daemon(t);
  const second = await daemon(t, { 'GET /v1/version': () => ({ version: 'second' }) });
  const ran = await runCtl(['-s', first.url, '-i', 'version'], {}, `open ${second.url}\nversion\nopen nonsense\nEOF\n`);
  assert.match(ran.out, /^9\.9\noff .*\npool.*\nweb .*\nsecond\nERROR: url must be http:\/\/ or unix:\/\/\n$/);
});

test('in a pipe shutdown takes its answer from the next line', async (t) => {
  const fake = await daemon(t, { 'POST /v1/shutdown': () => operation('shutdown', []) });
  const ran = await runCtl(['-s', fake.url], {}, 'shutdown\nn\nshutdown\ny\n');
  assert.equal(fake.seen.filter((s) => s.path === '/v1/shutdown').length, 1);
  assert.match(ran.out, /y\/N\? .*y\/N\? Shut down\n$/);
});

test('on a terminal the prompt comes back after each command, Tab completes names, Ctrl-D leaves', { skip: noTerminal }, async (t) => {
  const fake = await daemon(t);
  const ran = await onTerminal(
    ['-s', fake.url],
    [
      ['expect', 'reeve> '],
      ['send', 'pid we\t'],
      ['expect', 'b '],
      ['send', '\r'],
      ['expect', '12'],
      ['expect', 'reeve> '],
      ['send', '\u0004'],
    ],
  );
  assert.equal(ran.code, 0, `${ran.err}${ran.shown}`);
});

test('Ctrl-D while a command runs ends the shell after it, without a word', { skip: noTerminal }, async (t) => {
  const fake = await daemon(t, {
    // Answered when the end of the input has surely come.
    'POST /v1/stop': (_seen, response) => {
      setTimeout(() => response.setHeader('Content-Type', 'application/json').end(JSON.stringify(operation('stop', [ok('web:web')]))), 400);
    },
  });
  const ran = await onTerminal(
    ['-s', fake.url],
    [
      ['expect', 'reeve> '],
      ['send', 'stop web\r'],
      ['expect', 'stop web'],
      ['send', '\u0004'],
      ['expect', 'web: stopped'],
    ],
  );
  assert.equal(ran.code, 0, `${ran.err}${ran.shown}`);
  assert.doesNotMatch(ran.shown, /mistake of its own/);
});

test('Ctrl-C at the prompt forgets the line, under tail -f it ends the stream; neither ends the shell', { skip: noTerminal }, async (t) => {
  const fake = await daemon(t, {
    'GET /v1/logs/follow': (_s, response) => {
      response.writeHead(200);
      response.write('a log line\n');
    },
  });
  const ran = await onTerminal(
    ['-s', fake.url],
    [
      ['expect', 'reeve> '],
      ['send', 'shutdow'],
      ['expect', 'shutdow'],
      ['send', '\u0003'],
      ['expect', 'reeve> '],
      ['send', 'tail -f web\r'],
      ['expect', 'a log line'],
      ['send', '\u0003'],
      ['expect', 'reeve> '],
      ['send', 'version\r'],
      ['expect', '9.9'],
      ['expect', 'reeve> '],
      ['send', 'exit\r'],
    ],
  );
  assert.equal(ran.code, 0, `${ran.err}${ran.shown}`);
  assert.equal(fake.seen.filter((s) => s.path === '/v1/shutdown').length, 0);
});

test('the prompt is the one of the configuration, supervisor> for an INI', { skip: noTerminal }, async (t) => {
  const fake = await daemon(t);
  const file = join(fake.directory, 'supervisord.conf');
  writeFileSync(file, `[supervisord]\n[unix_http_server]\nfile=${fake.path}\n[program:web]\ncommand=true\n`);
  const ran = await onTerminal(
    ['-c', file],
    [
      ['expect', 'supervisor> '],
      ['send', 'exit\r'],
    ],
  );
  assert.equal(ran.code, 0, `${ran.err}${ran.shown}`);
});

test('a server that wants credentials is asked with those typed in, and the password is not shown', { skip: noTerminal }, async (t) => {
  const wanted = `Basic ${Buffer.from('ann:hunter2').toString('base64')}`;
  const guarded =
    (value: () => unknown): Route =>
    (seen, response) =>
      seen.headers.authorization === wanted ? value() : refuse(response, 'UNAUTHENTICATED', 'no');
  const fake = await daemon(
    t,
    { 'GET /v1/version': guarded(() => ({ version: 'inside' })), 'GET /v1/status': guarded(() => snapshot([view('web')])) },
    true,
  );
  const ran = await onTerminal(
    ['-s', fake.url],
    [
      ['expect', 'Server requires authentication'],
      ['expect', 'Username:'],
      ['send', 'ann\r'],
      ['expect', 'Password:'],
      ['send', 'hunter2\r'],
      ['expect', 'RUNNING'],
      ['expect', 'reeve> '],
      ['send', 'version\r'],
      ['expect', 'inside'],
      ['send', 'exit\r'],
    ],
  );
  assert.equal(ran.code, 0, `${ran.err}${ran.shown}`);
  assert.doesNotMatch(ran.shown, /hunter2/);
});

test(
  'status on a terminal is coloured and marks what is disabled; NO_COLOR and --no-color take the colours away',
  { skip: noTerminal },
  async (t) => {
    const fake = await daemon(t);
    const coloured = await onTerminal(['-s', fake.url, 'status'], []);
    assert.match(coloured.shown, /\u001B\[32mRUNNING/);
    assert.match(coloured.shown, /Not started .*\[disabled\]/);
    assert.equal(coloured.code, 3);
    assert.doesNotMatch((await onTerminal(['-s', fake.url, 'status'], [], 100, { NO_COLOR: '1' })).shown, /\u001B/);
    assert.doesNotMatch((await onTerminal(['-s', fake.url, '--no-color', 'status'], [])).shown, /\u001B/);
  },
);

test('a narrow terminal keeps every line within its width', { skip: noTerminal }, async (t) => {
  const fake = await daemon(t, {
    'GET /v1/status': () => snapshot([view('web', { state: 'FATAL', spawnError: `can't find command '/opt/${'x'.repeat(80)}'` })]),
  });
  const ran = await onTerminal(['-s', fake.url, 'status'], [], 40);
  const [line = ''] = ran.shown.replace(/\u001B\[\d+m/g, '').split('\r\n');
  assert.match(line, /^web +FATAL +can't find.*…$/);
  assert.ok(line.length <= 40, line);
});

test('bash completes commands, options, values and names with a colon', { skip: noBash }, async (t) => {
  const fake = await daemon(t);
  const bin = join(fake.directory, 'reevectl');
  writeFileSync(bin, `#!/bin/sh\nexec '${process.execPath}' '${CTL}' "$@"\n`, { mode: 0o755 });
  const script = join(fake.directory, 'completion.bash');
  writeFileSync(script, renderCompletion('bash'));
  const complete = (typed: string): Promise<string[]> => {
    const program = `source '${script}'; COMP_LINE=$1; COMP_POINT=\${#1}; COMP_WORDBREAKS=$' \\t\\n:'; _reevectl; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const child = spawn('bash', ['-c', program, 'bash', typed.replace('reevectl', bin)], {
      env: { PATH: process.env['PATH'] ?? '', REEVE_SOCKET: '', XDG_RUNTIME_DIR: fake.directory },
    });
    let out = '';
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
    });
    return new Promise((resolve) => child.on('close', () => resolve(out.trim().split('\n').toSorted())));
  };
  assert.deepEqual(await complete('reevectl sta'), ['start', 'status']);
  assert.deepEqual(await complete('reevectl restart --r'), ['--rolling']);
  assert.deepEqual(await complete('reevectl wait web --for r'), ['ready', 'running']);
  assert.deepEqual(await complete('reevectl completion '), ['bash', 'fish', 'zsh']);
  assert.deepEqual(await complete(`reevectl -s ${fake.url} stop w`), ['web']);
  assert.deepEqual(await complete(`reevectl -s ${fake.url} stop pool:`), ['*', 'w_00']);
});

test('names for completion are silent and quick without a daemon', async () => {
  const ran = await runCtl(['-s', 'unix:///nonexistent/s', '__complete', 'names']);
  assert.deepEqual([ran.out, ran.err], ['', '']);
});
