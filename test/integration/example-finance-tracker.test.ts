// config/examples/finance-tracker: two programs from a supervisord file, as their users know them.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type Daemon, gone, startDaemon } from '../support/daemon.ts';
import { copyExample, httpGet } from '../support/examples.ts';
import { freePort } from '../support/free-port.ts';
import { AS_PID_1, missingCommands, processesAround, whyNoPid1 } from '../support/namespaces.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = missingCommands(['/usr/bin/python3']);
const skip = missing.length > 0 ? `needs ${missing.join(', ')}: apt-get install python3` : false;
if (skip) console.error(`SKIPPED example-finance-tracker: ${skip}`);
const noPid1 = skip || (whyNoPid1() ?? false);

async function startTracker(t: TestContext, wrapper?: readonly string[]): Promise<{ d: Daemon; port: number; log(name: string): string }> {
  const port = await freePort();
  const dir = copyExample(t, 'finance-tracker', { 'supervisord.conf': { '--port 8000': `--port ${port}` } });
  const d = await startDaemon(t, { dir, config: 'supervisord.conf', socket: 'supervisor.sock', ...(wrapper ? { wrapper } : {}) });
  const log = (name: string): string => readFileSync(join(dir, 'logs', name), 'utf8');
  return { d, port, log };
}

test('a web server and a scheduler from a supervisord file', { skip }, async (t) => {
  const { d, port, log } = await startTracker(t);

  await t.test('the web server (priority 100) starts before the scheduler (priority 200) [B1]', async () => {
    await d.fact('process.spawned', (f) => f.process === 'scheduler:scheduler');
    const order = d.facts.filter((f) => f.type === 'process.spawned').map((f) => f.process);
    assert.deepEqual(order, ['web:web', 'scheduler:scheduler']);
    await waitFor('an answer of the web server', async () => (await httpGet(port)).body.startsWith('balance: 42'));
  });

  await t.test('the scheduler is STARTING until it has lived for 10 s [B3]', async () => {
    const { state } = await d.view('scheduler');
    assert.equal(state, 'STARTING');
    const { startedAt } = await d.state('scheduler', 'RUNNING', 20_000);
    const running = await d.fact('process.running', (f) => f.process === 'scheduler:scheduler');
    assert.ok(running.at - (startedAt ?? 0) >= 9_990, `RUNNING after ${running.at - (startedAt ?? 0)} ms`);
  });

  await t.test('status prints the two lines that supervisorctl would [B8]', async () => {
    const { code, stdout } = await d.ctl('status');
    const [web, scheduler] = [await d.view('web'), await d.view('scheduler')];
    const lines = stdout.split('\n');
    assert.equal(lines.length, 3);
    assert.match(lines[0] ?? '', new RegExp(`^scheduler {24}RUNNING   pid ${scheduler.pid}, uptime 0:00:\\d\\d$`));
    assert.match(lines[1] ?? '', new RegExp(`^web {30}RUNNING   pid ${web.pid}, uptime 0:00:\\d\\d$`));
    assert.equal(code, 0);
    const json = JSON.parse((await d.ctl('status', '--json')).stdout) as unknown;
    assert.equal(JSON.stringify(json).includes('scheduler'), true);
  });

  await t.test('each channel has its own file, in a directory that was made for them [B4]', async () => {
    await waitFor('the request in the log', () => log('web.out.log').includes('GET /'));
    assert.match(log('web.err.log'), /web: listening on/);
    assert.match(log('scheduler.out.log'), /scheduler: round 1, nothing due/);
    assert.equal(log('scheduler.err.log'), 'scheduler: ready\n');
    assert.match(log('supervisord.log'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO spawned: 'web' with pid \d+$/m);
    assert.match(log('supervisord.log'), /INFO success: scheduler entered RUNNING state, process has stayed up for > than 10 seconds \(startsecs\)$/m);
  });

  await t.test('the control socket is for its owner alone [B13]', () => {
    assert.equal((statSync(d.socket).mode & 0o777).toString(8), '700');
  });

  await t.test('restart web gives web a new life and leaves the scheduler alone [B9]', async () => {
    const [web, scheduler] = [await d.view('web'), await d.view('scheduler')];
    const { code, stdout } = await d.ctl('restart', 'web');
    assert.deepEqual([code, stdout], [0, 'web: stopped\nweb: started\n']);
    assert.notEqual((await d.view('web')).pid, web.pid);
    assert.equal((await d.view('scheduler')).pid, scheduler.pid);
  });

  await t.test('an unknown name is answered with the nearest one, exit 1 [B11]', async () => {
    const { code, stdout, stderr } = await d.ctl('restart', 'schedular');
    assert.equal(code, 1);
    assert.match(stdout + stderr, /no such process/);
    assert.match(stdout + stderr, /scheduler/);
  });

  await t.test('the scheduler is killed with -9 and comes back, as autorestart=true says [B3]', async () => {
    const { pid, incarnation } = await d.view('scheduler');
    process.kill(pid ?? 0, 'SIGKILL');
    const next = await d.fact('process.spawned', (f) => f.process === 'scheduler:scheduler' && f.incarnation > incarnation);
    assert.notEqual(next.pid, pid);
    await waitFor('the new life to be ready', () => log('scheduler.err.log') === 'scheduler: ready\n'.repeat(2));
    await waitFor('its end in the main log', () => log('supervisord.log').includes('WARN exited: scheduler (terminated by SIGKILL; not expected)'));
  });

  await t.test('TERM stops the scheduler first and web last, the last words of both are in their logs, and the exit status is 0 [B1] [B4]', async () => {
    const pids = [(await d.view('web')).pid ?? 0, (await d.view('scheduler')).pid ?? 0];
    const { code } = await d.stop();
    assert.equal(code, 0, d.output());
    await gone(pids);
    const main = log('supervisord.log');
    assert.ok(main.lastIndexOf('stopped: scheduler') > 0 && main.lastIndexOf('stopped: scheduler') < main.lastIndexOf('stopped: web'), main);
    assert.match(log('scheduler.out.log'), /scheduler: finished what was under way\n$/);
    assert.match(log('web.out.log'), /web: bye\n$/);
    assert.ok(!existsSync(d.socket), 'the socket is removed');
    assert.ok(!existsSync(join(d.dir, 'supervisord.pid')), 'the pid file is removed');
  });

  await t.test('the next daemon goes on with the same log files [B7]', async (inner) => {
    const before = log('scheduler.out.log');
    const again = await startDaemon(inner, { dir: d.dir, config: 'supervisord.conf', socket: 'supervisor.sock' });
    await waitFor('new lines', () => log('scheduler.out.log').length > before.length);
    assert.ok(log('scheduler.out.log').startsWith(before));
    await again.stop();
  });
});

test('as the command of a container the daemon is PID 1, reaps what others leave, and ends with 0 [B2]', { skip: noPid1 }, async (t) => {
  const { d, port } = await startTracker(t, AS_PID_1);
  await waitFor('an answer of the web server', async () => (await httpGet(port)).status === 200);
  assert.equal(processesAround(d.pid).find((p) => p.inner === 1)?.pid, d.pid);
  const workers = processesAround(d.pid).filter((p) => p.command.includes('web.py'));
  assert.equal(workers.length, 5, 'a master and four workers');
  const { code } = await d.stop();
  assert.equal(code, 0, d.output());
  await gone(workers.map((w) => w.pid));
});

/** Numbered lines, one write each. */
const NUMBERED = 'i=0; while [ $i -lt 3000 ]; do echo "line $i of the noisy program"; i=$((i+1)); done';

test('logs rotate at their size, keep the configured number of old files, and lose no line [B5]', async (t) => {
  const d = await startDaemon(t, {
    config: `[unix_http_server]\nfile=%(here)s/reeve.sock\n[supervisord]\nlogfile=%(here)s/main.log\npidfile=%(here)s/main.pid\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]\nserverurl=unix://%(here)s/reeve.sock
[program:noisy]\ncommand=sh -c '${NUMBERED}; exec sleep 1000'\nstdout_logfile=%(here)s/logs/noisy.log\nstdout_logfile_maxbytes=10KB\nstdout_logfile_backups=20\n`,
  });
  const directory = join(d.dir, 'logs');
  const lines = (): string[] => {
    const files = readdirSync(directory).filter((name) => /^noisy\.log(\.\d+)?$/.test(name));
    const oldest = files.toSorted((a, b) => Number(b.slice(10) || 0) - Number(a.slice(10) || 0));
    return oldest.map((name) => readFileSync(join(directory, name), 'utf8')).join('').split('\n').slice(0, -1);
  };
  await waitFor('all lines', () => lines().length >= 3000);
  assert.deepEqual(lines(), Array.from({ length: 3000 }, (_, n) => `line ${n} of the noisy program`));
  assert.ok(existsSync(join(directory, 'noisy.log.5')));
  assert.ok(statSync(join(directory, 'noisy.log.1')).size < 10 * 1024 + 200);
});

test('log_tee shows the lines of programs in the output of the daemon, with the name before them [B6]', async (t) => {
  const d = await startDaemon(t, {
    config: `[unix_http_server]\nfile=%(here)s/reeve.sock\n[supervisord]\nlogfile=%(here)s/main.log\npidfile=%(here)s/main.pid\nsilent=true\n[supervisorctl]\nserverurl=unix://%(here)s/reeve.sock
[program:talker]\ncommand=sh -c 'echo to both; exec sleep 1000'\nstdout_logfile=%(here)s/talker.log\nlog_tee=stdout\n`,
  });
  await waitFor('the line with its prefix', () => /^\[talker\] to both$/m.test(d.output()));
  assert.equal(readFileSync(join(d.dir, 'talker.log'), 'utf8'), 'to both\n');
});
