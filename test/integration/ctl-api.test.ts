import { test } from 'node:test';
import assert from 'node:assert/strict';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { CommandDefinition } from '../../daemon/contract/commands.ts';
import { apiWorld, until } from '../support/api-world.ts';
import { NOON, runView, seedIssues, seedJobs, uuid } from '../support/jobs.ts';
import { runHere } from '../support/run-ctl.ts';

/** One line per command that has a route: what to type, and what stdout must look like. */
const TRIED: Readonly<Record<string, { readonly words: readonly string[]; readonly says: RegExp; readonly code?: number }>> = {
  status: { words: ['status'], says: /^db {31}RUNNING .*\nweb {30}RUNNING / },
  start: { words: ['start', 'web:web'], says: /^web: started\n$/ },
  stop: { words: ['stop', 'web:web'], says: /^web: stopped\n$/ },
  restart: { words: ['restart', '--rolling', 'web:web'], says: /^web: stopped\nweb: started\n$/ },
  signal: { words: ['signal', 'HUP', 'web:web'], says: /^web: signalled\n$/ },
  pid: { words: ['pid', 'web'], says: /^4711\n$/ },
  tail: { words: ['tail', 'web'], says: /^hello from web:web\n$/ },
  logs: { words: ['logs', 'all'], says: /^web \| hello from web:web\ndb {2}\| hello from db:db\n$/ },
  clear: { words: ['clear', 'web'], says: /^web: cleared\n$/ },
  rotate: { words: ['rotate', 'web'], says: /^web: rotated\n$/ },
  maintail: { words: ['maintail', '-14'], says: /^daemon line 2\n$/ },
  avail: { words: ['avail'], says: /^db {30} in use {4}auto {6}999:999\nweb {29} in use {4}auto {6}999:999\n/ },
  wait: { words: ['wait', 'web', '--timeout', '1s'], says: /^$/ },
  events: { words: ['events', 'web', '--since', '0'], says: /process\.running {2}web/ },
  explain: { words: ['explain', 'web'], says: /^web: RUNNING\. web:web is as it is\.\n$/ },
  info: { words: ['info'], says: /^daemon +test 9\.9\.9, RUNNING\npid +\d+, up for / },
  pool: { words: ['pool', 'web'], says: /^web: 1 instance, 1 running, 0 stopped, 0 crashed\nWORKER / },
  scale: { words: ['scale', 'web', '+1'], says: /^$/ },
  disable: { words: ['disable', 'web'], says: /^web: disabled\n$/ },
  enable: { words: ['enable', 'web'], says: /^web: enabled\n$/ },
  apply: { words: ['apply'], says: /^Nothing to do: what runs is what reeve\.toml says\.\n$/ },
  reread: { words: ['reread'], says: /^No config updates to processes\n$/ },
  update: { words: ['update', 'web'], says: /^web: stopped\nweb: \n$/ },
  add: { words: ['add', 'web'], says: /^web: \n$/ },
  remove: { words: ['remove', 'web'], says: /^web: \n$/ },
  reload: { words: ['reload'], says: /^Restarted / },
  shutdown: { words: ['shutdown', '--mode', 'cold'], says: /^Shut down\n$/ },
  version: { words: ['version'], says: /^9\.9\.9\n$/ },
  doctor: { words: ['doctor'], says: /^ok +test +all is well\n/ },
  operation: { words: ['operation', '1'], says: /^operation 1: start by unix/ },
  'job list': { words: ['job', 'list'], says: /^NAME .*\nimport +running +never .*\nmail +idle / },
  'job run': { words: ['job', 'run', 'import', '--key', 'k', '--unless-exists', '--', '-x'], says: /^import: run 3f2a9c0d/ },
  'job at': { words: ['job', 'at', '1w', 'import', '--', 'x'], says: /^import: run 3f2a9c0d.* at / },
  'job set': { words: ['job', 'set', 'import', 'timeout=5m', 'rate=5/m', '--until-restart'], says: /^import: / },
  'job pause': { words: ['job', 'pause', 'import'], says: /^import: paused\n$/ },
  'job resume': { words: ['job', 'resume', 'all'], says: /^import: resumed\nmail: resumed\n$/ },
  'job cancel': { words: ['job', 'cancel', '3f2a', '--signal', 'KILL'], says: /^3f2a: cancelled\n$/ },
  'job undo': { words: ['job', 'undo', '99', '--force'], says: /^mail: run 3f2a9c0d/ },
  'job history': { words: ['job', 'history', 'mail', '--state', 'failed,dead', '--since', 'today', '--until', '1h', '--where', 'exit!=0', '-n', '5'], says: /^RUN .*\n99000000 +mail +failed +3 / },
  'job show': { words: ['job', 'show', '99'], says: /^mail #7: failed\n/ },
  'job logs': { words: ['job', 'logs', '99'], says: /^whole\n$/ },
  'job next': { words: ['job', 'next', 'import', '-n', '2'], says: /^import: times of Africa\/Nairobi\nSun 2026-11-22 15:00:00 \+03:00 .*\nMon .*\n$/ },
  'dead list': { words: ['dead', 'list', '--job', 'import', '--since', '1w', '--pending', '-n', '3'], says: /^ID .*\ndead0001 +import / },
  'dead show': { words: ['dead', 'show', 'dead'], says: /^import: dead\. exit status 3\n/ },
  'dead retry': { words: ['dead', 'retry', 'dead0001', '--force'], says: /^dead0001: tried again\n$/ },
  'dead prune': { words: ['dead', 'prune', '--days', '7'], says: /^$/ },
  breaker: { words: ['breaker', 'smtp', '--reset'], says: /^smtp: closed, all counts forgotten\n$/ },
  drain: { words: ['drain', 'import', 'web', '--wait', '--timeout', '10s', '--cancel', '--expire', '0'], says: /^import: drained\nweb: drained\n$/ },
  resume: { words: ['resume', 'import'], says: /^import: runs start again\n$/ },
  ps: { words: ['ps', '--where', 'kind=run', '--columns', 'name,state'], says: /^NAME +STATE\nimport 3f2a9c0d +running\n$/ },
  top: { words: ['top', 'web', '--sort', 'name'], says: /^NAME / },
  'alert list': { words: ['alert', 'list'], says: /^ALERT .*\nops +ok +failure +webhook +2 +2 +0\n$/ },
  'alert test': { words: ['alert', 'test', 'ops', '--channel', 'webhook'], says: /^ops webhook: delivered \(0s\)\n$/ },
  silence: { words: ['silence', 'web', '2h', '--why', 'a test'], says: /^web: silent until 1970-01-01T02:00:00Z/ },
  'silence list': { words: ['silence', 'list'], says: /^$/ },
  'silence end': { words: ['silence', 'end', 'web'], says: /^web: alerts are sent again\n$/ },
  'check list': { words: ['check', 'list'], says: /^NAME .*\nbags +1 issue .* every 10m\n$/ },
  'check run': { words: ['check', 'run', 'bags', '--dry-run'], says: /^$/ },
  'check run-due': { words: ['check', 'run-due'], says: /^$/ },
  health: { words: ['health', 'web'], says: /^NAME .*\nweb +RUNNING +unknown / },
  probe: { words: ['probe', 'web'], says: /^Error: cannot probe web: health is not configured/, code: 1 },
  'issue list': { words: ['issue', 'list', '--check', 'bags'], says: /^ISSUE .*\nabcd0001 +manual +bags / },
  'issue show': { words: ['issue', 'show', 'abcd'], says: /^issue +abcd0001\ncheck +bags\n/ },
  'issue fix': { words: ['issue', 'fix', 'abcd', '--force'], says: /^abcd: \n$/ },
  'issue close': { words: ['issue', 'close', 'abcd', '--as', 'fixed'], says: /^abcd: \n$/ },
  'issue clear': { words: ['issue', 'clear', '--older', '7d'], says: /^$/ },
  'issue top': { words: ['issue', 'top'], says: /^CHECK .*\nbags / },
  audit: { words: ['audit'], says: /start: ok\n/ },
};

test('every command that has a route is understood by the real API, arguments and all', async () => {
  await using world = await apiWorld({ tcp: null });
  const url = `unix://${world.socketPath}`;
  const routed = Object.entries(COMMANDS)
    .filter(([, c]) => (c as CommandDefinition).route !== undefined)
    .map(([name]) => name);
  assert.deepEqual(routed.toSorted(), Object.keys(TRIED).toSorted());
  seedJobs(world.control);
  seedIssues(world.control);
  world.control.publish({ type: 'process.spawned', process: 'web:web', incarnation: 1, pid: 4711, supervisionId: 'x' });
  await runHere(url, ['start', 'web']);
  for (const [name, { words, says, code = 0 }] of Object.entries(TRIED)) {
    const ran = await runHere(url, words);
    assert.match(ran.out, says, `${name}: ${JSON.stringify(ran)}`);
    assert.equal(ran.code, code, `${name}: ${JSON.stringify(ran)}`);
  }
  const { mutations } = world.control;
  assert.deepEqual(mutations.find((m) => m.mutation.command === 'restart')?.mutation, {
    command: 'restart',
    names: ['web:web'],
    strategy: false,
    rolling: true,
  });
  assert.deepEqual(mutations.find((m) => m.mutation.command === 'scale')?.mutation, { command: 'scale', name: 'web', instances: '+1' });
  assert.deepEqual(mutations.find((m) => m.mutation.command === 'shutdown')?.mutation, { command: 'shutdown', mode: 'cold' });
  assert.deepEqual(world.warnings, []);
});

test('an unknown name in a read is refused with what was meant [B11]', async () => {
  await using world = await apiWorld({ tcp: null });
  const url = `unix://${world.socketPath}`;
  for (const words of [
    ['explain', 'wep'],
    ['tail', 'wep'],
    ['wait', 'wep'],
  ]) {
    const ran = await runHere(url, words);
    assert.equal(ran.code, 1, JSON.stringify(ran));
    assert.match(ran.err, /wep: did you mean web\?/);
  }
});

test('a mutation is awaited until it has ended', async () => {
  await using world = await apiWorld({ tcp: null, instant: false });
  const running = runHere(`unix://${world.socketPath}`, ['stop', 'web:web']);
  await until('the mutation came', () => world.control.mutations.length === 1);
  world.control.finish('1');
  assert.deepEqual(await running, { code: 0, out: 'web: stopped\n', err: '' });
});

test('a wait that is over says so and exits 1; the operation goes on', async () => {
  await using world = await apiWorld({ tcp: null, instant: false });
  const ran = await runHere(`unix://${world.socketPath}`, ['stop', '--wait', '10ms', 'web:web']);
  assert.equal(ran.code, 1);
  assert.match(ran.err, /web: not finished; it goes on as operation 1/);
});

test('following a log and the events ends with Ctrl-C, and the server is let go', async () => {
  await using world = await apiWorld({ tcp: null });
  const url = `unix://${world.socketPath}`;
  const leave = new AbortController();
  const tail = runHere(url, ['tail', '-f', 'web'], { signal: leave.signal });
  const events = runHere(url, ['events', '-f'], { signal: leave.signal });
  await until('both follow', () => world.control.followers.size === 1 && world.control.subscribers.size === 1);
  world.control.writeLog('web:web', 'stdout', 'fresh\n');
  world.control.publish({ type: 'process.flapping', process: 'web:web', failures: 7, windowMs: 3_600_000 });
  await until('the bytes left', () => [...world.control.followers].every((f) => !f.paused));
  // What was written before the abort is on its way through a local socket: a turn of the server sends it.
  await world.unix('/v1/version');
  leave.abort();
  const [tailed, seen] = await Promise.all([tail, events]);
  assert.equal(tailed.code, 0);
  assert.match(tailed.out, /^==> Press Ctrl-C to exit <==\nhello from web:web\n/);
  assert.equal(seen.code, 0);
  await until('nobody follows', () => world.control.followers.size === 0 && world.control.subscribers.size === 0);
});

test('job watch tells each step of a run and of what is tried after it, and ends with the last of them', async () => {
  await using world = await apiWorld({ tcp: null });
  seedJobs(world.control);
  const { control } = world;
  const id = uuid('3f2a9c0d');
  const plain = runHere(`unix://${world.socketPath}`, ['job', 'watch', '3f2a']);
  const json = runHere(`unix://${world.socketPath}`, ['job', 'watch', '--json']);
  await until('both watch', () => control.subscribers.size === 2);
  const progress = { current: 1, total: 2, percent: 50, rate: null, etaMs: null, phase: null, meta: null, at: NOON, movedAt: NOON };
  const second = runView('import', { id: uuid('44'), attempt: 2, first: id, state: 'running' });
  control.publish({ type: 'progress.reported', supervisionId: id, job: 'import', run: id, progress });
  control.publish({ type: 'run.retrying', job: 'import', run: runView('import', { state: 'retrying', endedAt: NOON, code: 7, why: 'exit status 7' }), durationMs: 60_000, next: second.id, delayMs: 0 });
  control.publish({ type: 'run.started', job: 'import', run: second });
  control.publish({ type: 'run.started', job: 'mail', run: runView('mail', { id: uuid('55') }) });
  control.publish({ type: 'run.succeeded', job: 'mail', run: runView('mail', { id: uuid('55'), state: 'succeeded', endedAt: NOON, code: 0 }), durationMs: 60_000 });
  control.publish({ type: 'run.succeeded', job: 'import', run: { ...second, state: 'succeeded', endedAt: NOON, code: 0 }, durationMs: 60_000 });
  const said = await plain;
  assert.deepEqual(said.out.trimEnd().split('\n'), [
    'import 3f2a9c0d: running', 'import 3f2a9c0d: 1/2 50%', 'import 3f2a9c0d: retrying after 1m: exit status 7', 'import 44000000: running', 'import 44000000: succeeded after 1m',
  ]);
  assert.equal(said.code, 0);
  const facts = (await json).out.trimEnd().split('\n').map((line) => JSON.parse(line) as { type: string });
  assert.deepEqual(facts.map((fact) => fact.type), ['progress.reported', 'run.retrying', 'run.started', 'run.started', 'run.succeeded', 'run.succeeded']);
});
