// The daemon as its users reach it: REST and reevectl, several names at once, roles, exit codes, what is written down.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEntry } from '../../daemon/contract/rest.ts';
import type { ConfiguredProcess, Finding, Operation } from '../../daemon/contract/answers.ts';
import type { ProcessExplanation } from '../../daemon/contract/explanations.ts';
import { ask, caughtUp, onBoth, operate } from '../support/both-layers.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';

const sleeper = (name: string, more = ''): string => `[programs.${name}]\ncommand = "sleep 300"\nstartsecs = 0\n${more}\n`;
const outcomes = (operation: Operation): unknown[] => operation.targets.map((t) => [t.name, t.outcome, t.code]);

onBoth('REST: start, stop, restart and signal answer with an operation that can be awaited, target by target, and a double start is refused [D45, E45, C64]', async ({ start }) => {
  const d = await start({ config: sleeper('a') + sleeper('b', 'autostart = false') + '[programs.bad]\ncommand = "/no/such"\nautostart = false\n' });
  await d.state('a', 'RUNNING');
  const started = await operate(d, 'start', { names: ['a', 'b', 'bad', 'nope'] });
  assert.deepEqual([started.status, ...outcomes(started.json<Operation>())], [200, ['a', 'error', 'ALREADY_STARTED'], ['b', 'ok', null], ['bad', 'error', 'NO_COMMAND'], ['nope', 'error', 'NOT_FOUND']]);
  const asked = await ask(d.socket, '/v1/restart', { method: 'POST', body: { names: ['b'] } });
  assert.equal(asked.status, 202);
  const { id, targets } = asked.json<Operation>();
  assert.equal(targets[0]?.outcome, 'pending');
  const ended = await ask(d.socket, `/v1/operations/${id}?wait=10s`);
  assert.deepEqual(outcomes(ended.json<Operation>()), [['b', 'ok', null]]);
  assert.equal((await d.view('b')).incarnation, 2);
  assert.deepEqual(outcomes((await operate(d, 'signal', { names: ['a', 'bad'], signal: 'usr1' })).json<Operation>()), [['a', 'ok', null], ['bad', 'error', 'NOT_RUNNING']]);
  assert.equal((await d.fact('process.exited', (f) => f.process === 'a:a')).signal, 'USR1');
  const bad = await ask(d.socket, '/v1/signal', { method: 'POST', body: { names: ['a'], signal: 'NOPE' } });
  assert.deepEqual([bad.status, bad.json<{ error: { code: string } }>().error.code], [400, 'BAD_SIGNAL']);
  const stopped = (await operate(d, 'stop', { names: ['all'] })).json<Operation>();
  assert.deepEqual(outcomes({ ...stopped, targets: stopped.targets.toSorted((x, y) => (x.name < y.name ? -1 : 1)) }), [['a', 'ok', null], ['b', 'ok', null], ['bad', 'error', 'NOT_RUNNING']]);
  assert.equal((await ask(d.socket, '/v1/operations/99999')).status, 404);
  const completed = d.facts.filter((f) => f.type === 'operation.completed').map((f) => [f.command, f.ok]);
  assert.deepEqual(completed.slice(0, 2), [['start', false], ['restart', true]]);
});

onBoth('reevectl: several names at once, partial failures, unknown names with the nearest, and supervisorctl\'s exit codes [B9, B11]', async ({ start }) => {
  const d = await start({ config: sleeper('web') + sleeper('worker', 'numprocs = 2') + sleeper('off', 'autostart = false') + '[programs.early]\ncommand = "sh -c \'exit 1\'"\nautostart = false\nstartsecs = 5\nstartretries = 0\n' });
  for (const name of ['web', 'worker:worker-0', 'worker:worker-1']) await d.state(name, 'RUNNING');
  const expected: readonly (readonly [args: string[], code: number, out: RegExp, err?: RegExp])[] = [
    [['status', 'web'], 0, /^web +RUNNING +pid \d+, uptime 0:00:\d\d$/m],
    [['status'], 3, /^off +STOPPED +Not started$/m],
    [['status', 'wob'], 4, /wob: ERROR \(no such process\)/],
    [['stop', 'web', 'wob', 'off'], 1, /^web: stopped\nwob: ERROR \(no such process\)\noff: ERROR \(not running\)$/m, /did you mean web\?/],
    [['start', 'web', 'worker:*'], 0, /web: started/],
    [['start', 'early'], 7, /early: ERROR/],
    [['restart', 'worker:*'], 0, /worker:worker-0: stopped\nworker:worker-1: stopped\nworker:worker-0: started\nworker:worker-1: started/],
    [['pid', 'web'], 0, /^\d+$/m],
    [['pid', 'off'], 7, /^0$/m],
    [['signal', 'CONT', 'web'], 0, /^web: signalled$/m],
    [['signal', 'NOPE', 'web'], 1, /web: ERROR \(bad signal name\)/],
    [['start'], 2, /Error/],
    [['strat', 'web'], 1, /strat/, /start/],
    [['version'], 0, /^\d+\.\d+\.\d+$/m],
  ];
  for (const [args, code, out, err] of expected) {
    const ran = await d.ctl(...args);
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
    assert.match(ran.stdout, out, args.join(' '));
    if (err) assert.match(ran.stderr, err, args.join(' '));
  }
  assert.equal((await d.ctl('pid')).stdout, `${d.pid}\n`);
  assert.equal((await d.stop()).code, 0);
  assert.deepEqual([(await d.ctl('status')).code, (await d.ctl('stop', 'web')).code], [4, 7], 'no daemon: 4, and 7 where its socket is gone');
});

onBoth('wait --for running, stopped and exited; a time limit is exit 1 with the names that are missing', async ({ start }) => {
  const d = await start({ config: '[programs.slow]\ncommand = "sleep 300"\nstartsecs = 0.3\n\n[programs.job]\ncommand = "sh -c \'until [ -e go ]; do sleep 0.05; done\'"\nrestart = "temporary"\nstartsecs = 0\n' });
  assert.equal((await d.ctl('wait', 'slow', 'job', '--for', 'running', '--timeout', '20s')).code, 0);
  const late = await d.ctl('wait', 'job', '--for', 'exited', '--timeout', '200ms');
  assert.deepEqual([late.code, late.stdout], [1, 'job: ERROR (not exited after 200ms)\n']);
  const waiting = d.ctl('wait', 'job', '--for', 'exited');
  writeFileSync(join(d.dir, 'go'), '');
  assert.equal((await waiting).code, 0);
  const down = ask(d.socket, '/v1/wait?names=slow&for=stopped&timeout=20s');
  await operate(d, 'stop', { names: ['slow'] });
  assert.deepEqual((await down).json(), { ok: true, missing: [], hopeless: [] });
});

onBoth('scale goes up and down; the lowest numbers stay, untouched, and a number that comes back has a new life [C63, D45, D61]', async ({ start }) => {
  const d = await start({ config: `[programs.pool]\ncommand = ["sh", "-c", "echo $REEVE_PROCESS_NUM >> nums; exec sleep 300"]\nnumprocs = 2\nstartsecs = 0\n\n${sleeper('web')}` });
  const nums = (): string[] => (existsSync(join(d.dir, 'nums')) ? readFileSync(join(d.dir, 'nums'), 'utf8').trim().split('\n') : []);
  const first = await d.state('pool:pool-0', 'RUNNING');
  const second = await d.state('pool:pool-1', 'RUNNING');
  assert.equal((await d.ctl('scale', 'pool', '4')).code, 0);
  await waitFor('four of them', () => nums().length === 4);
  assert.deepEqual(nums().toSorted(), ['0', '1', '2', '3']);
  assert.equal((await d.ctl('scale', 'pool', '-3')).code, 0);
  await d.fact('process.removed', (f) => f.process === 'pool:pool-1');
  const { stdout } = await d.ctl('status');
  assert.deepEqual(stdout.split('\n').map((l) => l.split(' ')[0]).filter(Boolean), ['pool:pool-0', 'web']);
  assert.equal((await d.view('pool:pool-0')).pid, first.pid);
  assert.equal((await d.ctl('scale', 'pool', '+1')).code, 0);
  const again = await d.state('pool:pool-1', 'RUNNING');
  assert.ok(again.incarnation > second.incarnation, 'numbers of lives are never given twice');
  assert.equal((await d.ctl('scale', 'pool', '0')).code, 2);
  const unknown = await d.ctl('scale', 'pol', '2');
  assert.deepEqual([unknown.code, /did you mean pool\?/.test(unknown.stdout + unknown.stderr)], [1, true]);
});

onBoth('restart --rolling gives one after the other a new life and stops at the first that does not come up [D45]', async ({ start }) => {
  const member = '["sh", "-c", "test -e bad-$REEVE_PROCESS_NUM && exit 1; exec sleep 300"]';
  const d = await start({ config: `[programs.pool]\ncommand = ${member}\nnumprocs = 3\nstartsecs = 0.2\nstartretries = 0\n` });
  const ids = ['pool:pool-0', 'pool:pool-1', 'pool:pool-2'];
  for (const id of ids) await d.state(id, 'RUNNING');
  await caughtUp(d);
  const from = d.facts.length;
  assert.equal((await d.ctl('restart', '--rolling', 'pool:*')).code, 0);
  await caughtUp(d);
  const order = d.facts.slice(from).flatMap((f) => (f.type === 'process.stopping' || f.type === 'process.running' ? [`${f.type.slice(8)} ${f.process.slice(-1)}`] : []));
  assert.deepEqual(order, ['stopping 0', 'running 0', 'stopping 1', 'running 1', 'stopping 2', 'running 2']);
  writeFileSync(join(d.dir, 'bad-1'), '');
  const failed = await operate(d, 'restart', { names: ['pool:*'], rolling: true });
  assert.deepEqual(outcomes(failed.json<Operation>()), [['pool:pool-0', 'ok', null], ['pool:pool-1', 'error', 'SPAWN_FAILED'], ['pool:pool-2', 'error', 'INTERRUPTED']]);
  assert.deepEqual([(await d.view('pool:pool-2')).state, (await d.view('pool:pool-2')).incarnation], ['RUNNING', 2], 'the last one was not touched');
});

onBoth('doctor reports an open port once, though it was said when it was opened [B36]', async ({ start }) => {
  const port = await freePort();
  const d = await start({ config: `[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n[api]\nlisten = ["unix:reeve.sock", "127.0.0.1:${port}"]\nauth = "none"\n\n${sleeper('web')}` });
  await d.fact('daemon.warning', (f) => f.what === 'api' && f.message.includes(`:${port} may start and stop`));
  const findings = await d.get<Finding[]>('/v1/doctor');
  assert.deepEqual(findings.filter((f) => f.message.includes(String(port))).map((f) => [f.level, f.subject]), [['note', `127.0.0.1:${port}`]]);
});

onBoth('explain, doctor, avail, events and audit answer from what is so [B36, E40, C94]', async ({ start }) => {
  const d = await start({ config: sleeper('web') + '[programs.bad]\ncommand = "sh -c \'echo out of ideas; exit 5\'"\nstartsecs = 0\nmax_restarts = 0\n' });
  await d.state('bad', 'FATAL');
  const { stdout } = await d.ctl('explain', 'bad');
  for (const words of [/^bad: FATAL\./, /exit status 5/, /out of ideas/, /reevectl start bad/]) assert.match(stdout, words);
  const [explained] = (await d.get<ProcessExplanation[]>('/v1/explain?names=bad'));
  assert.deepEqual([explained?.lives.length, explained?.lives[0]?.code], [1, 5]);
  const findings = await d.get<Finding[]>('/v1/doctor');
  assert.ok(findings.length > 3 && findings.every((f) => f.message.length > 0));
  assert.ok([0, 1].includes((await d.ctl('doctor')).code ?? -1));
  const avail = await d.get<ConfiguredProcess[]>('/v1/config');
  assert.deepEqual(avail.map((p) => p.name).toSorted(), ['bad', 'web']);
  assert.match((await d.ctl('avail')).stdout, /^web +in use +auto +999:999$/m);
  await d.ctl('stop', 'web');
  const events = await d.ctl('events', '--since', '0', '--json');
  const types = events.stdout.trim().split('\n').map((line) => (JSON.parse(line) as { type: string }).type);
  for (const type of ['daemon.started', 'process.spawned', 'process.running', 'process.exited', 'process.fatal', 'audit.action', 'process.stopped']) assert.ok(types.includes(type), type);
  const audit = await d.get<AuditEntry[]>('/v1/audit');
  assert.deepEqual([audit[0]?.action, audit[0]?.targets, audit[0]?.role], ['stop', ['web'], 'admin']);
  assert.match((await d.ctl('audit')).stdout, /stop web/);
});

onBoth('over TCP a role bounds what a user may do: read sees, operate stops, nobody else enters; refusals are written down', async ({ start }) => {
  const port = await freePort();
  const d = await start({
    config: `[api]\nlisten = ["unix:reeve.sock", "127.0.0.1:${port}"]\nusers = [{ name = "ann", password = "see", role = "read" }, { name = "ben", password = "do", role = "operate" }]\n[daemon]\nstate_dir = "state"\nruntime_dir = "run"\n\n${sleeper('web')}`,
  });
  await d.state('web', 'RUNNING');
  const as = (user: string, password: string): { headers: { authorization: string } } => ({ headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } });
  const stop = { method: 'POST', body: { names: ['web'], wait: '10s' } } as const;
  assert.equal((await ask(port, '/v1/status')).status, 401);
  assert.equal((await ask(port, '/v1/status', as('ann', 'wrong'))).status, 401);
  assert.equal((await ask(port, '/v1/status', as('ann', 'see'))).status, 200);
  assert.equal((await ask(port, '/v1/stop', { ...stop, ...as('ann', 'see') })).status, 403);
  assert.equal((await d.view('web')).state, 'RUNNING');
  assert.equal((await ask(port, '/v1/shutdown', { method: 'POST', body: {}, ...as('ben', 'do') })).status, 403);
  assert.equal((await ask(port, '/v1/stop', { ...stop, ...as('ben', 'do') })).status, 200);
  assert.equal((await d.view('web')).state, 'STOPPED');
  const foreign = await ask(port, '/v1/start', { method: 'POST', body: { names: ['web'] }, headers: { ...as('ben', 'do').headers, origin: 'http://evil.example' } });
  assert.equal(foreign.status, 403);
  const ctl = await d.ctl('-s', `http://127.0.0.1:${port}`, '-u', 'ann', '-p', 'see', 'start', 'web');
  assert.equal(ctl.code, 4);
  const audit = await d.get<AuditEntry[]>('/v1/audit');
  assert.ok(audit.some((row) => row.who === 'ann' && row.result.startsWith('refused')), JSON.stringify(audit));
  assert.ok(audit.some((row) => row.who === 'ben' && row.action === 'stop' && row.result.startsWith('operation')));
});

onBoth('a program is told nothing that is meant for the daemon, and all that supervisord tells; every life has its own id [C71]', async ({ start }) => {
  const d = await start({
    config: `[programs.web]\ncommand = "sh -c 'env > env.$REEVE_PROCESS_NUM; exec sleep 300'"\nstartsecs = 0\nenvironment = { OWN = "mine", SUPERVISION_NOTE = "x" }\n`,
    env: { NOTIFY_SOCKET: '/run/not-for-you', WATCHDOG_USEC: '1', npm_lifecycle_event: 'start', npm_config_cache: '/x', PASSED: 'on' },
    wrapper: ['env', 'NODE_OPTIONS=--disable-warning=ExperimentalWarning'],
  });
  const env = (): Record<string, string> => Object.fromEntries(readFileSync(join(d.dir, 'env.0'), 'utf8').trim().split('\n').map((l) => [l.slice(0, l.indexOf('=')), l.slice(l.indexOf('=') + 1)]));
  await waitFor('its environment', () => existsSync(join(d.dir, 'env.0')) && env()['PASSED'] !== undefined);
  const first = env();
  assert.deepEqual(['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'NODE_OPTIONS', 'npm_lifecycle_event', 'npm_config_cache', 'REEVE_OS'].filter((name) => name in first), []);
  assert.deepEqual([first['SUPERVISOR_ENABLED'], first['SUPERVISOR_PROCESS_NAME'], first['SUPERVISOR_GROUP_NAME'], first['OWN'], first['PASSED']], ['1', 'web', 'web', 'mine', 'on']);
  assert.equal(first['SUPERVISION_ID'], (await d.view('web')).supervisionId);
  rmSync(join(d.dir, 'env.0'));
  await operate(d, 'restart', { names: ['web'] });
  await waitFor('its next environment', () => existsSync(join(d.dir, 'env.0')) && env()['SUPERVISION_ID'] !== undefined);
  assert.notEqual(env()['SUPERVISION_ID'], first['SUPERVISION_ID']);
});
