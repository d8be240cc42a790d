// The same INI, the same recording listener, the same script of deeds: supervisord and reeved must tell the same events.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { atEnd, tempDir } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';
import { REEVED } from '../support/programs.ts';

const ROOT = join(import.meta.dirname, '../..');
const RECORDER = join(ROOT, 'test/fixtures/event-recorder.py');
const installed = spawnSync('supervisord', ['--version']).status === 0;

interface Told {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

const INI = (dir: string): string => `[supervisord]
nodaemon=true
logfile=${dir}/main.log
pidfile=${dir}/main.pid
identifier=judge
childlogdir=${dir}
[unix_http_server]
file=${dir}/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${dir}/s.sock
[eventlistener:rec]
command=python3 ${RECORDER} ${dir}/events.jsonl
events=EVENT
buffer_size=1000
[program:cat]
command=cat
autostart=false
stdout_events_enabled=true
[program:talk]
command=python3 -u -c "import sys,time; w=sys.stdout.write; w('a'); time.sleep(.1); w('<!--XSUPERV'); time.sleep(.1); w('ISOR:BEGIN-->captured words<!--XSUPERVISOR:END-->'); time.sleep(.1); w('and this is the rest of it, long enough'); time.sleep(60)"
stdout_events_enabled=true
stdout_capture_maxbytes=1000
# Python speaks long before they are RUNNING, also where it starts slowly.
startsecs=5
stdout_logfile=${dir}/talk.log
[program:err]
command=python3 -u -c "import sys,time; sys.stderr.write('<!--XSUPERVISOR:BEGIN-->from stderr<!--XSUPERVISOR:END-->' + 'x' * 40); time.sleep(60)"
stderr_events_enabled=true
stderr_capture_maxbytes=1KB
startsecs=5
[program:bad]
command=sh -c 'sleep 0.2; exit 3'
# More than the second within which supervisord looks: it takes an end that it sees late for one after startsecs.
startsecs=8
startretries=1
[program:missing]
command=/nonexistent/program
startretries=0
[program:once]
command=sh -c 'sleep 0.3; exit 0'
startsecs=0
autorestart=unexpected
[program:odd]
command=sh -c 'sleep 1.7; exit 5'
autorestart=false
[program:member]
command=sleep 1000
[group:pair]
programs=member
`;

interface Side {
  readonly name: string;
  readonly dir: string;
  ctl(...args: string[]): Promise<string>;
  rpc(code: string): Promise<void>;
  told(): readonly Told[];
  end(): Promise<void>;
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}

async function start(t: TestContext, name: 'supervisord' | 'reeved', ini = INI): Promise<Side> {
  const dir = tempDir(t);
  const conf = join(dir, 's.conf');
  writeFileSync(conf, ini(dir));
  const command = name === 'supervisord' ? ['supervisord'] : [process.execPath, REEVED];
  const child = spawn(command[0]!, [...command.slice(1), '-n', '-c', conf], { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  let ended = false;
  child.once('exit', () => (ended = true));
  const end = async (): Promise<void> => {
    if (!ended) child.kill('SIGTERM');
    await waitFor(`the end of ${name}`, () => ended, 30_000);
  };
  atEnd(t, async () => {
    await end().catch(() => child.kill('SIGKILL'));
    if (!t.passed) t.diagnostic(`${name} said:\n${output}`);
  });
  const events = join(dir, 'events.jsonl');
  const script = (code: string): string => `import supervisor.xmlrpc, xmlrpc.client\ns = xmlrpc.client.ServerProxy('http://127.0.0.1', transport=supervisor.xmlrpc.SupervisorTransport(None, None, 'unix://${dir}/s.sock')).supervisor\n${code}`;
  return {
    name, dir, end,
    ctl: (...args) => run('supervisorctl', ['-c', conf, ...args]),
    rpc: async (code) => {
      const said = await run('/usr/bin/python3', ['-c', script(code)]);
      assert.equal(said, '', `${name}: ${said}`);
    },
    told: () => (existsSync(events) ? readFileSync(events, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Told) : []),
  };
}

/** What differs from run to run, and nothing else, is made the same. */
const plain = (payload: string): string => payload.replace(/\bpid:[1-9]\d*/g, 'pid:N').replace(/\bwhen:\d+/g, 'when:T');

/** Events of one process in order; log chunks of one channel in one piece, since reads cut them at will. */
function byProcess(told: readonly Told[]): Record<string, string[]> {
  const rows: Record<string, string[]> = {};
  const logs = new Map<string, string>();
  for (const { headers, payload } of told) {
    const name = headers['eventname'] ?? '';
    const key = /^processname:(\S+)/.exec(payload)?.[1] ?? name.replace(/_(5|60|3600)$/, '');
    if (name.startsWith('TICK')) continue;
    if (name.startsWith('PROCESS_LOG')) {
      const [head = '', ...data] = payload.split('\n');
      const log = `log ${name} ${plain(head)}`;
      logs.set(log, (logs.get(log) ?? '') + data.join('\n'));
    } else {
      (rows[key] ??= []).push(`${name} ${plain(payload)}`);
    }
  }
  for (const [log, data] of logs) rows[log] = [data];
  return rows;
}

/** The script, in ASCII: beyond it supervisord's own lengths are wrong (compat trap 21). Each deed is awaited by what the listener was told. */
async function play(side: Side): Promise<Record<string, string[]>> {
  const until = (what: string, name: string, process: string): Promise<unknown> =>
    waitFor(`${side.name}: ${what}`, () => side.told().some((t) => t.headers['eventname'] === name && t.payload.startsWith(`processname:${process} `)), 30_000);
  const times = (n: number, name: string, process: string): Promise<unknown> =>
    waitFor(`${side.name}: ${n} times ${name} of ${process}`, () => side.told().filter((t) => t.headers['eventname'] === name && t.payload.startsWith(`processname:${process} `)).length >= n, 30_000);
  await until('member is up', 'PROCESS_STATE_RUNNING', 'member');
  await until('bad is given up', 'PROCESS_STATE_FATAL', 'bad');
  await until('missing is given up', 'PROCESS_STATE_FATAL', 'missing');
  await until('odd has ended', 'PROCESS_STATE_EXITED', 'odd');
  await until('the capture came', 'PROCESS_COMMUNICATION_STDOUT', 'talk');
  await until('the capture came', 'PROCESS_COMMUNICATION_STDERR', 'err');
  for (const name of ['talk', 'err']) await until(`${name} is up`, 'PROCESS_STATE_RUNNING', name);
  await side.ctl('start', 'cat');
  await side.rpc(`s.sendProcessStdin('cat', 'hello\\n'); s.sendRemoteCommEvent('kind', 'some data\\nin two lines')`);
  await until('cat echoed', 'PROCESS_LOG_STDOUT', 'cat');
  await side.ctl('stop', 'cat');
  await until('cat stopped', 'PROCESS_STATE_STOPPED', 'cat');
  // Dies by a signal: not expected, and started again.
  await side.ctl('signal', 'KILL', 'pair:member');
  await times(2, 'PROCESS_STATE_RUNNING', 'member');
  await side.ctl('start', 'bad');
  await times(2, 'PROCESS_STATE_FATAL', 'bad');
  await waitFor(`${side.name}: remote communication`, () => side.told().some((t) => t.headers['eventname'] === 'REMOTE_COMMUNICATION'));
  return byProcess(side.told());
}

test('a listener is told the same events, names and payloads, as by supervisord', { skip: installed ? false : 'supervisord is not installed: apt-get install supervisor' }, async (t) => {
  const sides = await Promise.all([start(t, 'supervisord'), start(t, 'reeved')]);
  const [theirs, ours] = await Promise.all(sides.map(play));
  assert.deepEqual(ours, theirs);
  const [, side] = sides;
  // The header, as supervisord writes it; numbers without gaps.
  const told = side?.told() ?? [];
  assert.deepEqual(Object.keys(told[0]?.headers ?? {}), ['ver', 'server', 'serial', 'pool', 'poolserial', 'eventname', 'len']);
  assert.deepEqual(told.map((one) => Number(one.headers['serial'])), told.map((_, i) => i));
  assert.deepEqual(told.map((one) => [one.headers['server'], one.headers['pool'], one.headers['poolserial']]), told.map((_, i) => ['judge', 'rec', String(i)]));
  // What is captured is no part of the log.
  assert.equal(readFileSync(join(side?.dir ?? '', 'talk.log'), 'utf8'), 'aand this is the rest of it, long enough');
});

/** One that waits for its next try when the end comes, and one that takes its time to end, so that the listener hears of it. */
const ENDING = (dir: string): string => `[supervisord]
nodaemon=true
logfile=${dir}/main.log
pidfile=${dir}/main.pid
[eventlistener:rec]
command=python3 ${RECORDER} ${dir}/events.jsonl
events=PROCESS_STATE
[program:waits]
command=sh -c 'exit 3'
startretries=100
[program:slow]
command=sh -c 'trap "sleep 0.5; exit 0" TERM; while :; do sleep 0.05; done'
startsecs=0
priority=1
`;

test('a program that waits for its next try when the daemon ends is told as FATAL, as by supervisord', { skip: installed ? false : 'supervisord is not installed: apt-get install supervisor' }, async (t) => {
  const ends = await Promise.all((['supervisord', 'reeved'] as const).map(async (name) => {
    const side = await start(t, name, ENDING);
    await waitFor(`${name}: a pause that is long enough for supervisord to notice that it is to end`, () => side.told().some(({ payload }) => payload === 'processname:waits groupname:waits from_state:STARTING tries:4'), 30_000);
    await side.end();
    return byProcess(side.told())['waits']?.at(-1);
  }));
  assert.deepEqual(ends, Array(2).fill('PROCESS_STATE_FATAL processname:waits groupname:waits from_state:BACKOFF'));
});
