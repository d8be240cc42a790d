import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import { NO_MARK } from '../../daemon/contract/issues.ts';
import type { IssueView } from '../../daemon/contract/issues.ts';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { Counts, Histogram, OTHER } from '../../daemon/runtime/counts.ts';
import { createMeters } from '../../daemon/runtime/meters.ts';
import { Tally } from '../../daemon/runtime/tally.ts';
import { runView } from '../support/jobs.ts';

interface World {
  readonly tally: Tally;
  now: number;
  says(...bodies: readonly FactBody[]): void;
  /** Reasons of restarts of `web`, with their numbers. */
  reasons(): Readonly<Record<string, number>>;
}

const ADDED: FactBody = { type: 'process.added', process: 'g:web', group: 'g', program: 'web', num: 0, autostart: true, priority: 1, incarnation: 0 };

function world(...first: readonly FactBody[]): World {
  let seq = 0;
  const it: World = {
    now: 0,
    tally: new Tally({ mono: () => it.now }),
    says(...bodies) {
      for (const body of bodies) it.tally.heard({ ...body, seq: (seq += 1), at: 1_000_000 + it.now } as Fact);
    },
    reasons: () => Object.fromEntries([...it.tally.programs.all()].flatMap(({ restarts }) => [...restarts])),
  };
  it.says(...first);
  return it;
}

const starting = (incarnation: number): FactBody => ({ type: 'process.starting', process: 'g:web', incarnation, from: 'STOPPED', tries: 0 });
const exited = (over: Partial<Extract<FactBody, { type: 'process.exited' }>> = {}): FactBody => ({
  type: 'process.exited', process: 'g:web', incarnation: 1, pid: 7, code: 1, signal: null, coreDumped: false, expected: false, ranMs: 5, from: 'RUNNING', left: [], ...over,
});
const stopping: FactBody = { type: 'process.stopping', process: 'g:web', incarnation: 1, from: 'RUNNING', pid: 7, signal: 'TERM', scope: 'main', why: 'x' };
const stopped: FactBody = { type: 'process.stopped', process: 'g:web', incarnation: 1, pid: null, why: 'x' };

const run = (over: Partial<RunView> = {}): RunView => runView('import', { scheduledAt: 1000, startedAt: 1250, ...over });

function issue(over: Partial<IssueView> = {}): IssueView {
  return {
    id: 'i', check: 'bags', code: 'lost', message: 'a bag is lost', params: null, dedupKey: null, severity: 'major', state: 'open', occurrences: 1, reopened: 0, firstSeenAt: 1, lastSeenAt: 1, changedAt: 1, fix: 'find', attempts: 0,
    tries: 0, maxAttempts: 3, fixed: null, nextTryAt: null, run: null, error: '', why: '', ...over,
  };
}

test('a restart is counted by what ended the life before it, and the first life is none', () => {
  const w = world(ADDED, starting(1));
  assert.deepEqual(w.reasons(), {});
  w.says(exited(), starting(2), exited({ code: null, signal: 'SEGV' }), starting(3), exited({ code: null, signal: 'KILL', oom: 'sure' }), starting(4));
  w.says({ type: 'process.spawn_failed', process: 'g:web', incarnation: 5, kind: 'other', message: 'no' }, starting(5));
  assert.deepEqual(w.reasons(), { exit: 1, signal: 1, oom: 1, spawn: 1 });
});

test('who is ended for a reason has that reason, not the signal that ended it', () => {
  const w = world(ADDED, starting(1));
  w.says({ type: 'process.condemned', process: 'g:web', incarnation: 1, why: 'sick' }, stopping, exited({ from: 'STOPPING', code: null, signal: 'TERM' }), starting(2));
  w.says({ type: 'process.recycled', process: 'g:web', incarnation: 2, why: 'old' }, stopping, exited({ from: 'STOPPING' }), stopped, starting(3));
  assert.deepEqual(w.reasons(), { condemned: 1, request: 1 });
  w.says(stopping, exited({ from: 'STOPPING', code: 0 }), stopped, starting(4));
  assert.deepEqual(w.reasons(), { condemned: 1, request: 2 });
});

test('a strategy restarts its members for the failure of one of them, which keeps its own reason', () => {
  const other: FactBody = { ...ADDED, process: 'g:other', program: 'other' } as FactBody;
  const w = world({ type: 'group.added', group: 'g', parent: null, strategy: 'one_for_all', members: [] }, ADDED, other, starting(1), { ...starting(1), process: 'g:other' } as FactBody);
  w.says(exited(), { type: 'group.strategy_applied', group: 'g', strategy: 'one_for_all', failed: 'g:web', affected: ['g:web', 'g:other'], restarts: 1, max: 5 });
  w.says({ ...stopping, process: 'g:other' } as FactBody, { ...stopped, process: 'g:other' } as FactBody, starting(2), { ...starting(2), process: 'g:other' } as FactBody);
  assert.deepEqual([...w.tally.programs.all()].map(({ program, restarts }) => [program, ...restarts]), [['web', ['exit', 1]], ['other', ['strategy', 1]]]);
  assert.deepEqual(w.tally.groups.get('g'), { restarts: 1, gaveUp: 0 });
});

test('how long starts take is counted once for each life, at the first that shows it is ready', () => {
  const w = world(ADDED, starting(1), { type: 'process.ready', process: 'g:web', incarnation: 1, afterMs: 200 }, { type: 'process.running', process: 'g:web', incarnation: 1, pid: 7, startMs: 1000, ready: true });
  w.says({ type: 'process.unready', process: 'g:web', incarnation: 1, why: 'x' }, { type: 'process.ready', process: 'g:web', incarnation: 1, afterMs: 90_000 });
  w.says(starting(2), { type: 'process.running', process: 'g:web', incarnation: 2, pid: 8, startMs: 1000, ready: true });
  const [program] = [...w.tally.programs.all()];
  assert.deepEqual([program?.start?.count, program?.start?.sum], [2, 1.2]);
});

test('how long stops take is from the first signal to the last process, whatever the stop is for', () => {
  const w = world(ADDED, starting(1), stopping);
  w.now = 400;
  w.says(exited({ from: 'STOPPING' }));
  w.now = 700;
  w.says(stopped, starting(2), { type: 'process.condemned', process: 'g:web', incarnation: 2, why: 'sick' }, stopping);
  w.now = 1000;
  w.says({ type: 'process.backoff', process: 'g:web', incarnation: 2, from: 'STOPPING', tries: 1, delayMs: 5, why: 'x' });
  const [program] = [...w.tally.programs.all()];
  assert.deepEqual([program?.stop?.count, program?.stop?.sum], [2, 1]);
});

test('ends are told by code and signal up to a bound; more of them are "other"', () => {
  const w = world(ADDED);
  for (let code = 0; code < 40; code += 1) w.says(exited({ code }));
  const [program] = [...w.tally.programs.all()];
  const rows = [...(program?.exits ?? [])];
  assert.equal(rows.length, 17);
  assert.deepEqual(rows.at(-1), { labels: [OTHER, OTHER, 'false'], value: 24 });
});

test('nothing is left of a program when its last process is removed, and of a job, check or breaker when it is', () => {
  const w = world(ADDED, { ...ADDED, process: 'g:web_1', num: 1 } as FactBody, exited());
  w.says({ type: 'process.removed', process: 'g:web' });
  assert.equal([...w.tally.programs.all()].length, 1);
  w.says({ type: 'process.removed', process: 'g:web_1' });
  assert.equal([...w.tally.programs.all()].length, 0);
  const { work } = w.tally;
  w.says({ type: 'job.added', job: 'fix:find', schedule: '', timezone: 'UTC', enabled: true, breaker: null }, { type: 'fix.ended', fix: 'find', issue: issue(), attempt: 1, outcome: 'fixed', durationMs: 1500, why: '', runId: null });
  w.says({ type: 'check.completed', check: 'bags', run: 'r', mark: { ...NO_MARK, lastResult: 'issues' }, seen: [], opened: 1, reopened: 0, closed: 0 }, { type: 'issue.opened', issue: issue() });
  assert.deepEqual([[...work.looks], [...work.detected], work.fixTimes.get('find')?.sum], [[{ labels: ['bags', 'issues'], value: 1 }], [{ labels: ['bags', 'lost'], value: 1 }], 1.5]);
  w.says({ type: 'job.removed', job: 'fix:find' }, { type: 'check.removed', check: 'bags' });
  assert.deepEqual([work.jobs.size, work.fixTimes.size, [...work.looks].length, [...work.detected].length], [0, 0, 0, 0]);
});

test('a process that is known again after a reload is not counted twice, and its next life is its first', () => {
  const w = world(ADDED, starting(1), ADDED, starting(2));
  assert.deepEqual(w.reasons(), {});
  w.says({ type: 'process.removed', process: 'g:web' });
  assert.equal([...w.tally.programs.all()].length, 0);
});

test('issues are counted when they are found or come back, by check and code; codes past the bound are "other" [A31]', () => {
  const w = world();
  w.says({ type: 'issue.opened', issue: issue() }, { type: 'issue.seen', issue: issue() }, { type: 'issue.reopened', issue: issue() });
  assert.deepEqual([...w.tally.work.detected], [{ labels: ['bags', 'lost'], value: 2 }]);
  for (let at = 0; at < 1000; at += 1) w.says({ type: 'issue.opened', issue: issue({ code: `made-up-${at}` }) }, { type: 'fix.ended', fix: 'find', issue: issue({ code: `made-up-${at}` }), attempt: 1, outcome: 'retry', durationMs: 1, why: '', runId: null });
  assert.equal([...w.tally.work.detected].length, 257);
  assert.equal([...w.tally.work.detected].reduce((sum, { value }) => sum + value, 0), 1002);
  assert.deepEqual([...w.tally.work.fixes].at(-1), { labels: [OTHER, 'retry'], value: 744 });
  assert.deepEqual([...w.tally.work.fixTimes.keys()], ['find']);
});

test('runs are measured by how long they take and how late they start; the last success is kept [C92]', () => {
  const w = world({ type: 'job.added', job: 'import', schedule: '', timezone: 'UTC', enabled: true, breaker: null });
  w.says({ type: 'run.started', job: 'import', run: run() }, { type: 'run.started', job: 'import', run: run({ trigger: 'manual', scheduledAt: null }) });
  w.says({ type: 'run.succeeded', job: 'import', run: run({ state: 'succeeded', endedAt: 4000 }), durationMs: 2750 }, { type: 'run.failed', job: 'import', run: run({ state: 'failed', endedAt: 9000 }), durationMs: 10 });
  w.says({ type: 'run.cancelled', job: 'import', run: run({ state: 'cancelled' }), durationMs: null }, { type: 'job.late', job: 'import', run: 'r', dueAt: 1, lateMs: 1 });
  const it = w.tally.work.jobs.get('import');
  assert.deepEqual([it?.duration?.count, it?.duration?.sum, it?.lateness, it?.lastSuccessAt, it?.late], [2, 2.76, { count: 1, sum: 0.25 }, 4000, 1]);
  w.says({ type: 'job.recalled', job: 'import', last: { id: 'x', state: 'failed', endedAt: 1, durationMs: 1, why: '' } });
  assert.equal(it?.lastSuccessAt, 4000);
});

test('signs of life and limits are counted for the program of a process and the job of a run [C92]', () => {
  const process = { supervisionId: 's', process: 'g:web', incarnation: 1 };
  const job = { supervisionId: 's', job: 'import', run: 'r' };
  const w = world(ADDED, { type: 'job.added', job: 'import', schedule: '', timezone: 'UTC', enabled: true, breaker: null });
  for (const who of [process, job]) {
    w.says({ type: 'heartbeat.received', ...who, meta: null }, { type: 'heartbeat.missed', ...who, expectedAt: 1, lateMs: 1, misses: 1 }, { type: 'heartbeat.stuck', ...who, why: '', action: 'none' });
    w.says({ type: 'limit.warned', ...who, limit: 'memory', max: 1, actual: 1, why: '' }, { type: 'limit.exceeded', ...who, limit: 'memory', max: 1, actual: 2, why: '', action: 'restart' });
  }
  for (const it of [...w.tally.programs.all(), ...w.tally.work.jobs.values()]) assert.deepEqual([it.heartbeats, it.missed, it.stuck, it.warnings.get('memory'), it.violations.get('memory')], [1, 1, 1, 1, 1]);
});

test('dead letters are looked up again only when something about them has changed [C62]', () => {
  const w = world({ type: 'job.added', job: 'import', schedule: '', timezone: 'UTC', enabled: true, breaker: null });
  let asked = 0;
  const idle = { waiting: 0, steps: 0 };
  const meters = createMeters({ tally: w.tally, loops: { programs: idle, jobs: idle, issues: idle }, runs: { pendingDead: () => new Map([['import', (asked += 1)]]) } });
  meters.deadLetters();
  meters.deadLetters();
  assert.equal(asked, 1);
  w.says({ type: 'dead.added', job: 'import', run: 'r', cause: 'exit', attempts: 3 });
  assert.equal(meters.deadLetters().get('import'), 2);
  w.says({ type: 'dead.retried', job: 'import', run: 'r', as: 'q', by: 'x' });
  meters.deadLetters();
  assert.deepEqual([asked, w.tally.work.jobs.get('import')?.dead], [3, 1]);
});

test('files that were read, deliveries of alerts and events for listeners are counted', () => {
  const w = world({ type: 'daemon.started', pid: 1, version: '1', file: 'f', programs: 1, implementation: 'native' });
  w.says({ type: 'daemon.reload_refused', problems: ['x'] });
  assert.deepEqual(w.tally.reloads, { success: 0, refused: 1, lastTaken: false, takenAt: 1_000_000 });
  w.now = 5;
  w.says({ type: 'daemon.reloaded', added: [], changed: [], removed: [] });
  assert.deepEqual(w.tally.reloads, { success: 1, refused: 1, lastTaken: true, takenAt: 1_000_005 });
  w.says({ type: 'alert.delivered', alert: 'a', channel: 'webhook', message: 'm', attempts: 1, tookMs: 1 }, { type: 'alert.lost', alert: 'a', channel: 'webhook', message: 'm', attempts: 1, why: '' });
  w.says({ type: 'listener.dropped', pool: 'p', serial: 1, events: 4, total: 4 });
  assert.deepEqual([...w.tally.deliveries].map(({ labels }) => labels[2]), ['delivered', 'lost']);
  assert.deepEqual([...w.tally.droppedEvents], [{ labels: ['p'], value: 4 }]);
});

test('values fall into the first bucket that holds them, and into none beyond the last', () => {
  const histogram = new Histogram([1, 5]);
  for (const value of [0, 1, 1.1, 5, 6]) histogram.observe(value);
  assert.deepEqual([histogram.counts, histogram.count, histogram.sum], [[2, 2], 5, 13.1]);
});

test('what is past the bound of labels keeps those that do not come from outside', () => {
  const counts = new Counts(1, [0]);
  counts.add(['a', 'x']);
  counts.add(['b', 'x'], 2);
  counts.add(['c', 'y']);
  counts.add(['d', 'y']);
  assert.deepEqual([...counts], [{ labels: ['a', 'x'], value: 1 }, { labels: [OTHER, 'x'], value: 2 }, { labels: [OTHER, 'y'], value: 2 }]);
});
