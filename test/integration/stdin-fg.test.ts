// Writing to a program: POST /v1/stdin and reevectl fg.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { AuditEntry } from '../../daemon/contract/rest.ts';
import { atEnd, startDaemon } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';
import { REEVECTL } from '../support/programs.ts';

const CONFIG = `
[programs.echo]
command = ["python3", "-u", "-c", "import sys\\nfor line in sys.stdin:\\n  print('heard', line, end='')\\n  print('err', line, end='', file=sys.stderr)"]
stdin = "pipe"
startsecs = 0
[programs.deaf]
command = "sleep 1000"
stdin = "pipe"
startsecs = 0
[programs.closed]
command = ["python3", "-c", "import os, time; os.close(0); print('closed', flush=True); time.sleep(1000)"]
stdin = "pipe"
startsecs = 0
[programs.none]
command = "sleep 1000"
startsecs = 0
`;

interface Answer {
  readonly status: number;
  readonly body: { readonly error?: { readonly code: string }; readonly bytes?: number };
}

function post(d: Daemon, name: string, text: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: d.socket, path: '/v1/stdin', method: 'POST', headers: { host: 'localhost', 'content-type': 'application/json' } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(body) as Answer['body'] }));
    });
    asked.once('error', reject).end(JSON.stringify({ name, text }));
  });
}

for (const layer of ['native', 'portable']) {
  test(`what is posted to a program's stdin it reads, and refusals say why (${layer})`, async (t) => {
    const d = await startDaemon(t, { config: CONFIG, env: layer === 'portable' ? { REEVE_OS: 'portable' } : {} });
    await d.state('none', 'RUNNING');
    assert.deepEqual(await post(d, 'echo', 'grüße\n'), { status: 200, body: { name: 'echo:echo', bytes: 8 } });
    await waitFor('the echo', async () => (await d.ctl('tail', 'echo')).stdout.includes('heard grüße\n'));
    assert.equal((await post(d, 'none', 'x')).body.error?.code, 'NO_STDIN');
    await waitFor('its stdin to be closed', async () => (await d.ctl('tail', 'closed')).stdout.includes('closed'));
    await waitFor('the broken pipe to be known', async () => (await post(d, 'closed', 'x')).body.error?.code === 'NO_STDIN');
    assert.equal((await post(d, 'nobody', 'x')).status, 404);
    assert.equal((await post(d, 'all', 'x')).body.error?.code, 'BAD_ARGUMENT');
    assert.equal((await post(d, 'echo', 'x'.repeat(70_000))).body.error?.code, 'BAD_ARGUMENT');
    await d.ctl('stop', 'echo');
    assert.equal((await post(d, 'echo', 'x')).body.error?.code, 'NOT_RUNNING');
    // Who sent how much, and never what: it may be a password.
    const trail = (await d.get<readonly AuditEntry[]>('/v1/audit')).filter((entry) => entry.action === 'stdin').map(({ targets, result }) => [...targets, result].join(' ')).toReversed();
    assert.equal(trail[0], 'echo:echo 8 bytes');
    assert.ok(['none:none closed', 'closed:closed closed', 'echo:echo not running'].every((line) => trail.includes(line)), trail.join('\n'));
  });
}

test('a program that does not read its stdin does not grow the daemon: BUSY', async (t) => {
  const d = await startDaemon(t, { config: CONFIG });
  await d.state('deaf', 'RUNNING');
  const text = 'x'.repeat(60_000);
  let answer = await post(d, 'deaf', text);
  for (let i = 0; i < 60 && answer.status === 200; i += 1) answer = await post(d, 'deaf', text);
  assert.deepEqual([answer.status, answer.body.error?.code], [429, 'BUSY']);
});

function fg(t: TestContext, d: Daemon, name: string) {
  const child = spawn(process.execPath, [REEVECTL, '-c', d.configFile, 'fg', name], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
  let output = '';
  let code: number | null | undefined;
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  child.once('exit', (status) => (code = status));
  atEnd(t, () => child.kill('SIGKILL'));
  return { child, output: () => output, ended: () => waitFor('the end of fg', () => (code === undefined ? false : { code })) };
}

test('fg shows both channels, sends lines, and ends with Ctrl-C, with its input, or with the program', async (t) => {
  const d = await startDaemon(t, { config: CONFIG });
  await d.state('echo', 'RUNNING');
  const one = fg(t, d, 'echo');
  await waitFor('fg to begin', () => one.output().includes('==> Press Ctrl-C to exit <==\n'));
  one.child.stdin.write('first\nsecond\n');
  await waitFor('both channels', () => ['heard first', 'err first', 'heard second', 'err second'].every((line) => one.output().includes(line)));
  one.child.kill('SIGINT');
  assert.equal((await one.ended()).code, 0);
  assert.match(one.output(), /Exiting foreground\n$/);

  const two = fg(t, d, 'echo');
  two.child.stdin.end('third\n');
  assert.equal((await two.ended()).code, 0);
  assert.match(two.output(), /Exiting foreground\n$/);

  const three = fg(t, d, 'echo');
  await waitFor('fg to begin', () => three.output().includes('<=='));
  await d.ctl('stop', 'echo');
  three.child.stdin.write('more\n');
  await three.ended();
  assert.match(three.output(), /Process got killed\nExiting foreground\n$/);

  for (const [words, said] of [[['fg'], 'no process name supplied'], [['fg', 'a', 'b'], 'too many process names supplied'], [['fg', 'nobody'], 'bad process name supplied'], [['fg', 'echo'], 'process not running']] as const) {
    const { code, stdout } = await d.ctl(...words);
    assert.equal(code, 1);
    assert.ok(stdout.startsWith(`ERROR: ${said}\n`), stdout);
  }
});
