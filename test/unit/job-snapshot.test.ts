// What facts about jobs, runs, reports, breakers and drains make of the snapshot that every client keeps.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { BreakerView, RunState, RunView } from '../../daemon/contract/jobs.ts';
import { applyEvent, emptySnapshot } from '../../daemon/contract/snapshot.ts';
import type { Snapshot } from '../../daemon/contract/snapshot.ts';

function snapshot(...facts: readonly FactBody[]): Snapshot {
  const s = emptySnapshot();
  for (const [i, fact] of facts.entries()) applyEvent(s, { ...fact, seq: i + 1, at: 1000 + i } as Fact);
  return s;
}

function run(state: RunState, overrides: Partial<RunView> = {}): RunView {
  return {
    id: 'r1', job: 'j', number: 1, state, trigger: 'manual', initiator: 'anna', args: [], key: null, attempt: 1, first: null, parent: null, scheduledAt: null, createdAt: 1, dueAt: null,
    startedAt: null, endedAt: null, pid: null, code: null, signal: null, cause: null, why: '', fallback: false, peakRssBytes: null, cpuMs: null, heartbeat: null, progress: null,
    result: null, status: '', ...overrides,
  };
}

const ADDED: FactBody = { type: 'job.added', job: 'j', schedule: 'every 1m', timezone: 'UTC', enabled: true, breaker: null };
const SUBJECT = { supervisionId: 'r1', job: 'j', run: 'r1' } as const;
const QUEUED: FactBody = { type: 'run.queued', job: 'j', run: run('queued') };
const STARTED: FactBody = { type: 'run.started', job: 'j', run: run('running', { startedAt: 5, pid: 7 }) };

test('a job is added, changed, paused, resumed, held and removed', () => {
  const s = snapshot(ADDED, { type: 'job.next', job: 'j', nextAt: 60, lastFireAt: 0 }, { type: 'job.paused', job: 'j', by: 'anna' }, { type: 'job.held', job: 'j', why: 'drained' });
  const row = s.jobs.get('j');
  assert.deepEqual([row?.nextAt, row?.lastFireAt, row?.paused, row?.pausedBy, row?.held], [60, 0, true, 'anna', 'drained']);
  const later = snapshot(ADDED, { type: 'job.paused', job: 'j', by: 'anna' }, { type: 'job.resumed', job: 'j', by: 'anna' }, { ...ADDED, type: 'job.changed', schedule: '0 8 * * *', breaker: 'db' });
  assert.deepEqual([later.jobs.get('j')?.paused, later.jobs.get('j')?.pausedBy, later.jobs.get('j')?.schedule, later.jobs.get('j')?.breaker], [false, '', '0 8 * * *', 'db']);
  assert.equal(snapshot(ADDED, { type: 'job.removed', job: 'j' }).jobs.size, 0);
});

test('a run moves through its places, and its job counts it in one of them at a time', () => {
  const places = (s: Snapshot): unknown => { const row = s.jobs.get('j'); return [row?.waiting, row?.queued, row?.running]; };
  const scheduled: FactBody = { type: 'run.scheduled', job: 'j', run: run('scheduled') };
  assert.deepEqual(places(snapshot(ADDED, scheduled)), [1, 0, []]);
  assert.deepEqual(places(snapshot(ADDED, scheduled, QUEUED)), [0, 1, []]);
  assert.deepEqual(places(snapshot(ADDED, scheduled, QUEUED, STARTED)), [0, 0, ['r1']]);
  const s = snapshot(ADDED, scheduled, QUEUED, STARTED, { type: 'run.succeeded', job: 'j', run: run('succeeded', { startedAt: 5, endedAt: 9 }), durationMs: 4 });
  assert.deepEqual([places(s), s.runs.size], [[0, 0, []], 0]);
  assert.deepEqual(s.jobs.get('j')?.last, { id: 'r1', state: 'succeeded', endedAt: 9, durationMs: 4, why: '' });
});

test('the same news of a run twice counts once', () => {
  const s = snapshot(ADDED, QUEUED, { ...QUEUED, run: run('queued', { why: 'other' }) }, STARTED, STARTED);
  assert.deepEqual([s.jobs.get('j')?.queued, s.jobs.get('j')?.running, s.jobs.get('j')?.counts.started, s.runs.get('r1')?.pid], [0, ['r1'], 1, 7]);
});

test('every end counts where it belongs, as often as it says [D27]', () => {
  const ends = { succeeded: 'succeeded', failed: 'failed', timed_out: 'timed_out', stalled: 'stalled', cancelled: 'cancelled', interrupted: 'interrupted', dead: 'dead' } as const;
  for (const [state, count] of Object.entries(ends)) {
    const s = snapshot(ADDED, STARTED, { type: `run.${state as 'failed'}`, job: 'j', run: run(state as RunState, { startedAt: 5 }), durationMs: 1 });
    assert.equal(s.jobs.get('j')?.counts[count], 1, state);
    assert.equal(s.runs.size, 0);
  }
  const s = snapshot(ADDED, { type: 'run.missed', job: 'j', run: run('missed'), durationMs: null, times: 7 }, { type: 'run.skipped', job: 'j', run: run('skipped', { id: 'r2' }), durationMs: null, times: 3 },
    { type: 'run.retrying', job: 'j', run: run('retrying', { id: 'r3', startedAt: 1 }), durationMs: 1, next: 'r4', delayMs: 5 });
  assert.deepEqual([s.jobs.get('j')?.counts.missed, s.jobs.get('j')?.counts.skipped, s.jobs.get('j')?.counts.retried], [7, 3, 1]);
});

test('what an earlier daemon knew of the last run is in the row, until another one ends', () => {
  const last = { id: 'r0', state: 'failed', endedAt: 3, durationMs: 2, why: 'exit status 1' } as const;
  assert.deepEqual(snapshot(ADDED, { type: 'job.recalled', job: 'j', last }).jobs.get('j')?.last, last);
});

test('a run that never began is not the last one', () => {
  assert.equal(snapshot(ADDED, { type: 'run.skipped', job: 'j', run: run('skipped'), durationMs: null, times: 1 }).jobs.get('j')?.last, null);
});

test('a run whose job is gone still comes and goes', () => {
  const s = snapshot(STARTED);
  assert.equal(s.runs.size, 1);
  assert.equal(snapshot(STARTED, { type: 'run.failed', job: 'j', run: run('failed'), durationMs: 1 }).runs.size, 0);
});

test('what a run says of itself is in its row [C1]', () => {
  const progress = { current: 1, total: 4, percent: 25, rate: null, etaMs: null, phase: null, meta: null, at: 3, movedAt: 3 };
  const s = snapshot(ADDED, STARTED, { type: 'heartbeat.received', ...SUBJECT, meta: null }, { type: 'heartbeat.missed', ...SUBJECT, expectedAt: 1, lateMs: 1, misses: 2 }, { type: 'heartbeat.stuck', ...SUBJECT, why: '', action: 'alert' },
    { type: 'progress.reported', ...SUBJECT, progress }, { type: 'status.reported', ...SUBJECT, text: 'busy' }, { type: 'result.reported', ...SUBJECT, result: [1] });
  const row = s.runs.get('r1');
  assert.deepEqual([row?.heartbeat, row?.progress, row?.status, row?.result], [{ lastAt: 1002, missed: 2, count: 1, stuck: true }, progress, 'busy', [1]]);
});

test('a sign of life ends a row of misses, and a recovery the being stuck [C6]', () => {
  const s = snapshot(ADDED, STARTED, { type: 'heartbeat.missed', ...SUBJECT, expectedAt: 1, lateMs: 1, misses: 2 }, { type: 'heartbeat.stuck', ...SUBJECT, why: '', action: 'alert' },
    { type: 'heartbeat.received', ...SUBJECT, meta: null }, { type: 'heartbeat.recovered', ...SUBJECT });
  assert.deepEqual(s.runs.get('r1')?.heartbeat, { lastAt: 1004, missed: 0, count: 1, stuck: false });
});

test('reports of a run that is over change nothing', () => {
  assert.equal(snapshot(ADDED, { type: 'status.reported', ...SUBJECT, text: 'late' }).runs.size, 0);
});

test('a breaker is a row that each of its facts replaces', () => {
  const row: BreakerView = { name: 'db', state: 'closed', failures: 0, successes: 0, totalFailures: 0, totalSuccesses: 0, trialsRunning: 0, openedAt: null, lastFailureAt: null, lastSuccessAt: null, retryAt: null, why: '' };
  const open = { ...row, state: 'open' as const, failures: 5 };
  const s = snapshot({ type: 'breaker.added', breaker: 'db', row }, { type: 'breaker.opened', breaker: 'db', row: open, by: 'x' }, { type: 'breaker.opened', breaker: 'unknown', row: open, by: 'x' });
  assert.deepEqual([...s.breakers], [['db', open]]);
  assert.equal(snapshot({ type: 'breaker.added', breaker: 'db', row }, { type: 'breaker.removed', breaker: 'db' }).breakers.size, 0);
});

test('a drain begins, times out, completes and ends [C77]', () => {
  const started: FactBody = { type: 'drain.started', names: ['j'], by: 'anna', expiresAt: 9, remaining: ['r1', 'r2'] };
  assert.deepEqual(snapshot(started).drain, { names: ['j'], startedAt: 1000, by: 'anna', expiresAt: 9, remaining: ['r1', 'r2'] });
  assert.deepEqual(snapshot(started, { type: 'drain.timed_out', names: ['j'], timeoutMs: 5, remaining: ['r2'] }).drain?.remaining, ['r2']);
  assert.deepEqual(snapshot(started, { type: 'drain.completed', names: ['j'], cancelled: 0 }).drain?.remaining, []);
  assert.equal(snapshot(started, { type: 'drain.ended', names: ['j'], by: 'anna' }).drain, null);
});
