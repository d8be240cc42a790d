// The end of the daemon, its death, and what the next one does with what was left.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { JobSpec } from '../../config/job-spec.ts';
import { JobWorld } from '../support/job-world.ts';
import type { JobScript } from '../support/job-world.ts';
import { jobLaws } from '../support/job-laws.ts';
import { cron, every } from '../support/job-specs.ts';
import { jobSpec } from '../support/specs.ts';

function world(overrides: Partial<JobSpec> = {}, script: JobScript = {}): JobWorld {
  const w = new JobWorld({ jobs: [jobSpec('j', overrides)] }).script('j', script);
  w.law = jobLaws();
  return w.boot();
}

function signals(w: JobWorld): string[] {
  return w.effects.flatMap((effect) => (effect.type === 'signal' ? [`${effect.signal} ${effect.scope}`] : []));
}

/** The next daemon, an hour later. */
function nextDaemon(w: JobWorld, overrides: Partial<JobSpec> = {}): JobWorld {
  const next = new JobWorld({ jobs: [jobSpec('j', overrides)], at: new Date(w.wall + 3_600_000).toISOString() });
  next['ids'] = 1000;
  return next.boot(w.memory());
}

test('nothing runs: the end comes at once', () => {
  const w = world({ schedule: every('1m') }).tell({ type: 'close', mode: 'warm' });
  assert.ok(w.closed);
  assert.equal(w.due.size, 0);
  assert.deepEqual(w.advance('1h').trace(), []);
});

test('on_shutdown = wait: a run may finish, and the end waits for it [D48]', () => {
  const w = world({ onShutdown: 'wait' });
  const id = w.request('j');
  w.tell({ type: 'close', mode: 'warm' }).advance('1h');
  assert.deepEqual([w.closed, signals(w)], [false, []]);
  w.exits(id, 0);
  assert.deepEqual([w.closed, w.row(id).state], [true, 'succeeded']);
});

test('who ends the daemon is told at once which runs it waits for, and until when [C79, D48]', () => {
  const w = new JobWorld({ jobs: [jobSpec('free'), jobSpec('bounded', { drainTimeoutMs: 30_000 }), jobSpec('ended', { onShutdown: 'kill' })] }).boot();
  for (const name of ['free', 'bounded', 'ended']) w.request(name);
  w.tell({ type: 'close', mode: 'warm' });
  assert.deepEqual(w.told('run.awaited').map((fact) => [fact.job, fact.until]), [['free', null], ['bounded', w.wall + 30_000]]);
  w.tell({ type: 'close', mode: 'cold' });
  assert.equal(w.told('run.awaited').length, 2);
});

test('on_shutdown = wait with drain_timeout: then its stop steps, and it is marked interrupted [C79, D48]', () => {
  const w = world({ onShutdown: 'wait', drainTimeoutMs: 30_000 });
  const id = w.request('j');
  w.tell({ type: 'close', mode: 'warm' }).advance('29s');
  assert.deepEqual(signals(w), []);
  w.advance('1s');
  assert.deepEqual([signals(w), w.row(id).state, w.closed], [['TERM main'], 'interrupted', true]);
});

test('without a drain_timeout the grace of the daemon counts', () => {
  const w = world({ onShutdown: 'wait' });
  const id = w.request('j');
  w.tell({ type: 'close', mode: 'warm', graceMs: 8000 }).advance('7s');
  assert.equal(w.row(id).state, 'running');
  assert.equal(w.advance('1s').row(id).state, 'interrupted');
});

test('on_shutdown = signal: a checkpoint first, and how it ends then counts', () => {
  const w = world({ onShutdown: 'signal', drainSignal: 'USR1', drainTimeoutMs: 60_000 });
  const id = w.request('j');
  w.tell({ type: 'close', mode: 'warm' });
  assert.deepEqual(signals(w), ['USR1 main']);
  w.exits(id, 0);
  assert.deepEqual([w.row(id).state, w.closed], ['succeeded', true]);
});

test('on_shutdown = kill: its stop steps at once [D50]', () => {
  const w = world({ onShutdown: 'kill' });
  const id = w.request('j');
  w.tell({ type: 'close', mode: 'warm' });
  assert.deepEqual([signals(w), w.row(id).state, w.row(id).why, w.closed], [['TERM main'], 'interrupted', 'the daemon is ending', true]);
  assert.equal(w.rowsOf('j').length, 1);
});

test('on_shutdown = handback: it is ended and run again by the next daemon [D3, D40]', () => {
  const w = world({ onShutdown: 'handback' });
  const id = w.request('j', { args: ['x'] });
  w.tell({ type: 'close', mode: 'warm' });
  assert.deepEqual(w.states('j'), ['interrupted', 'queued']);
  const next = nextDaemon(w);
  const again = next.rowsOf('j')[0];
  assert.deepEqual([again?.trigger, again?.parent, again?.args, again?.state, again?.attempt], ['rerun', id, ['x'], 'running', 1]);
});

test('cold: QUIT, then KILL for everybody; now: KILL at once; a milder end changes nothing [D50, D51]', () => {
  const w = world({ onShutdown: 'wait' }, { obeys: 'none' });
  w.request('j');
  w.tell({ type: 'close', mode: 'warm' }).tell({ type: 'close', mode: 'cold' });
  assert.deepEqual(signals(w), ['QUIT tree']);
  w.tell({ type: 'close', mode: 'warm' }).advance('5s');
  assert.deepEqual(signals(w), ['QUIT tree', 'KILL tree']);
  w.tell({ type: 'close', mode: 'now' });
  assert.deepEqual(signals(w), ['QUIT tree', 'KILL tree', 'KILL tree']);
  w.exits(w.one('j'), 'KILL');
  assert.equal(w.effects.filter((effect) => effect.type === 'closed').length, 1);
});

test('a start that is answered while the daemon ends is told then [D48]', () => {
  const w = world({ onShutdown: 'signal', drainSignal: 'USR1', drainTimeoutMs: 1000 }, { spawn: 'silent' });
  const id = w.request('j');
  w.tell({ type: 'close', mode: 'warm' });
  assert.equal(w.closed, false);
  w.answers(id);
  assert.deepEqual(signals(w), ['USR1 main']);
  w.advance('1s');
  assert.ok(w.closed);
});

test('what waits is kept for the next daemon, and a request is refused with a fact', () => {
  const w = world({ overlap: 'queue' });
  const first = w.request('j');
  w.request('j');
  w.request('j', { trigger: 'at', dueAt: w.wall + 60_000 });
  w.tell({ type: 'close', mode: 'warm' });
  assert.equal(w.row(w.request('j')).why, 'the daemon is ending');
  w.exits(first);
  assert.deepEqual(w.states('j'), ['succeeded', 'queued', 'scheduled', 'skipped']);
  const next = nextDaemon(w, { overlap: 'queue' });
  assert.deepEqual([next.states('j'), next.rowsOf('j').map((row) => row.number)], [['running', 'queued'], [2, 3]]);
});

test('a retry that is due after the end is done by the next daemon [C55]', () => {
  const retry = { max: 1, backoff: { policy: 'fixed', baseMs: 60_000, factor: 1, maxMs: 60_000, jitter: 0, resetMs: 0 }, on: null, notOn: [] } as const;
  const w = world({ retry });
  w.exits(w.request('j'), 1);
  w.tell({ type: 'close', mode: 'warm' });
  const [row] = nextDaemon(w, { retry }).rowsOf('j');
  assert.deepEqual([row?.trigger, row?.attempt, row?.state], ['retry', 2, 'running']);
});

test('a run that was going on when the daemon died is interrupted, and its status is not made up [C14]', () => {
  const w = world();
  const id = w.request('j');
  const next = nextDaemon(w);
  const row = next.row(id);
  assert.deepEqual([row.state, row.cause, row.code, row.signal, next.told('run.interrupted')[0]?.durationMs], ['interrupted', 'lost', null, null, null]);
  assert.deepEqual(next.states('j'), ['interrupted']);
  assert.equal(next.letters.length, 0);
});

test('at_least_once: it is run again by the next daemon, without end if need be, as the same attempt [D3]', () => {
  const w = world({ atLeastOnce: true });
  const id = w.request('j', { args: ['x'] });
  const next = nextDaemon(w, { atLeastOnce: true });
  assert.deepEqual(next.rowsOf('j').map((row) => [row.state, row.trigger, row.attempt, row.parent]), [['interrupted', 'manual', 1, null], ['running', 'rerun', 1, id]]);
  assert.equal(next.rowsOf('j')[1]?.first, id);
});

test('retry_on = ["lost"] tries it again as an attempt; a list that does not name it does not [D40]', () => {
  const backoff = { policy: 'fixed', baseMs: 1000, factor: 1, maxMs: 1000, jitter: 0, resetMs: 0 } as const;
  const named = { retry: { max: 1, backoff, on: ['lost'], notOn: [] } };
  const w = world(named);
  w.request('j');
  const next = nextDaemon(w, named).advance('1s');
  assert.deepEqual(next.rowsOf('j').map((row) => [row.state, row.trigger, row.attempt]), [['interrupted', 'manual', 1], ['running', 'retry', 2]]);
  const all = { retry: { max: 1, backoff, on: null, notOn: [] } };
  const v = world(all);
  v.request('j');
  assert.deepEqual(nextDaemon(v, all).advance('1m').states('j'), ['interrupted']);
});

test('what waited for a job that is gone is cancelled', () => {
  const w = world({ overlap: 'queue' });
  w.request('j', { trigger: 'at', dueAt: w.wall + 60_000 });
  const next = new JobWorld({ jobs: [] }).boot(w.memory());
  assert.deepEqual(next.states('j'), ['cancelled']);
});

test('a scheduled run that waited when the daemon died is missed past its grace, where nothing is caught up [B23]', () => {
  const spec = { schedule: cron('0 * * * *'), catchUp: 'none', overlap: 'queue' } as const;
  const w = world(spec).advance('2h');
  assert.deepEqual(w.states('j'), ['running', 'queued']);
  const next = new JobWorld({ jobs: [jobSpec('j', spec)], at: '2026-01-05T02:10:00Z' }).boot(w.memory());
  assert.deepEqual(next.states('j'), ['interrupted', 'missed']);
});
