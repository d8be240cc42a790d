// What the page makes of jobs and runs: history, figures, words, order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BreakerView, JobView, RunState, RunView } from '../../daemon/contract/jobs.ts';
import type { ProgressView } from '../../daemon/contract/reports.ts';
import { shellText } from '../../daemon/contract/shell-words.ts';
import { progressText as inTerminal } from '../../ctl/job-lines.ts';
import { isFailing, marksOf, noteOf, PICKS, progressText, runSentence, SORTS } from '../../web-ui/job-words.ts';
import { KEPT_RUNS, percentile, runOfFact, tookOf, withRun, withRuns } from '../../web-ui/run-history.ts';

const COUNTS = { started: 0, succeeded: 0, failed: 0, retried: 0, skipped: 0, missed: 0, cancelled: 0, timed_out: 0, stalled: 0, interrupted: 0, dead: 0 };

function job(patch: Partial<JobView> = {}): JobView {
  return {
    name: 'import', role: 'job', schedule: 'every 5s', timezone: 'UTC', enabled: true, paused: false, pausedBy: '', nextAt: null, lastFireAt: null, running: [], queued: 0, waiting: 0, counts: COUNTS,
    last: null, breaker: null, set: {}, held: '', ...patch,
  };
}

function run(number: number, state: RunState = 'succeeded', patch: Partial<RunView> = {}): RunView {
  return {
    id: `id-${number}`, job: 'import', number, state, trigger: 'schedule', initiator: 'schedule', args: [], key: null, attempt: 1, first: null, parent: null, scheduledAt: 1000 * number, createdAt: 1000 * number,
    dueAt: null, startedAt: 1000 * number, endedAt: state === 'running' ? null : 1000 * number + 10 * number, pid: null, code: 0, signal: null, cause: null, why: '', fallback: false, peakRssBytes: null, cpuMs: null,
    heartbeat: null, progress: null, result: null, status: '', ...patch,
  };
}

function breaker(state: BreakerView['state']): BreakerView {
  return { name: 'smtp', state, failures: 3, successes: 0, totalFailures: 3, totalSuccesses: 0, trialsRunning: 0, openedAt: 1, lastFailureAt: 1, lastSuccessAt: null, retryAt: 2, why: '3 failures in a row' };
}

const failed = { id: 'x', state: 'failed', endedAt: 1, durationMs: 1, why: 'exit status 1' } as const;

test('the history of a job has its newest runs first, whatever order they come in, and not more than are shown', () => {
  const rows = Array.from({ length: 50 }, (_, i) => run(((i * 7) % 50) + 1));
  const kept = withRuns(new Map(), rows).get('import') ?? [];
  assert.deepEqual(kept.map((one) => one.number), Array.from({ length: KEPT_RUNS }, (_, i) => 50 - i));
});

test('a run that ends takes the place of itself, and late news that it runs does not take its end away', () => {
  const runs = [run(3, 'running'), run(2)];
  const ended = withRun(runs, run(3, 'failed'));
  assert.deepEqual(ended.map((one) => one.state), ['failed', 'succeeded']);
  assert.equal(withRun(ended, run(3, 'running')), ended);
});

test('runs that only wait are no history', () => {
  assert.equal(withRuns(new Map(), [run(1, 'queued'), run(2, 'scheduled')]).size, 0);
  assert.equal(runOfFact({ type: 'run.queued', seq: 1, at: 1, job: 'import', run: run(1, 'queued') } as never), null);
  assert.equal(runOfFact({ type: 'run.warned', seq: 1, at: 1, job: 'import', run: 'id-1', signal: 'TERM', afterMs: 1 } as never), null);
  assert.equal(runOfFact({ type: 'run.started', seq: 1, at: 1, job: 'import', run: run(1, 'running') } as never)?.id, 'id-1');
});

test('of one value each percentile is that value, and of none there is none', () => {
  assert.equal(percentile([7], 0.95), 7);
  assert.equal(percentile([], 0.5), null);
  assert.equal(percentile([5, 1, 4, 2, 3], 0.5), 3);
  assert.equal(percentile(Array.from({ length: 100 }, (_, i) => i + 1), 0.95), 95);
});

test('how long runs took is told oldest first, and only of those that ended', () => {
  assert.deepEqual(tookOf([run(3, 'running'), run(2), run(1), run(0, 'skipped', { startedAt: null })]).map(({ ms }) => ms), [10, 20]);
});

test('the page and the terminal say progress in the same words', () => {
  const progress: ProgressView = { current: 3, total: 10, percent: 30, rate: 2, etaMs: 3500, phase: 'load', meta: null, at: 0, movedAt: 0 };
  for (const one of [progress, { ...progress, total: null, percent: null, etaMs: null }, { ...progress, rate: null, phase: null }]) assert.equal(progressText(one), inTerminal(one));
});

test('a run is told with its number, its end, how long it took and why', () => {
  assert.match(runSentence(run(12, 'failed', { why: 'exit status 3' }), 13_000), /^run 12 failed at .* after 0.1s: exit status 3$/);
  assert.equal(runSentence(run(12, 'running'), 14_000), 'run 12 running for 2s');
});

test('a job fails while its last run ended badly or its breaker is open', () => {
  assert.equal(isFailing(job({ last: failed }), new Map()), true);
  assert.equal(isFailing(job({ last: { ...failed, state: 'cancelled' } }), new Map()), false);
  assert.equal(isFailing(job({ breaker: 'smtp' }), new Map([['smtp', breaker('open')]])), true);
  assert.equal(isFailing(job({ breaker: 'smtp' }), new Map([['smtp', breaker('closed')]])), false);
});

test('what a job does and what keeps it from starting is all said, what needs somebody first', () => {
  const marks = marksOf(job({ running: ['a', 'b'], queued: 1, waiting: 2, enabled: false, paused: true, pausedBy: 'ann', breaker: 'smtp' }), new Map([['smtp', breaker('half_open')]]));
  assert.deepEqual(marks.map((mark) => mark.text), ['2 running', 'breaker half open', 'paused', 'disabled', '1 queued', '2 planned']);
  assert.deepEqual(marksOf(job({ waiting: 1, held: 'breaker smtp is open', breaker: 'smtp' }), new Map([['smtp', breaker('open')]])).map(({ text }) => text), ['breaker open', '1 planned'], 'what holds it is said once');
  assert.equal(noteOf(job({ paused: true, pausedBy: 'ann', held: 'paused by ann' })), 'by ann');
  assert.equal(noteOf(job({ held: 'the disk is full' })), 'the disk is full');
  assert.deepEqual(marksOf(job(), new Map()), []);
});

test('due soon is within ten minutes, and a job without a next time is not', () => {
  assert.equal(PICKS.soon.holds(job({ nextAt: 599_000 }), new Map(), 0), true);
  assert.equal(PICKS.soon.holds(job({ nextAt: 601_000 }), new Map(), 0), false);
  assert.equal(PICKS.soon.holds(job(), new Map(), 0), false);
});

test('jobs are sorted worst first by state, soonest first by their next time, and those without one last', () => {
  const rows = [job({ name: 'idle' }), job({ name: 'off', enabled: false }), job({ name: 'bad', last: failed, nextAt: 9 }), job({ name: 'busy', running: ['a'], nextAt: 3 })];
  const by = (name: string): string[] => rows.toSorted((a, b) => SORTS[name]?.(a, b, new Map()) ?? 0).map((one) => one.name);
  assert.deepEqual(by('now'), ['bad', 'busy', 'idle', 'off']);
  assert.deepEqual(by('next'), ['busy', 'bad', 'idle', 'off']);
});

test('a command is told so that a shell takes it apart as it was', () => {
  assert.equal(shellText(['sh', '-c', "echo 'a b'; exit 1", '', '--since=2026-11-22']), `sh -c 'echo '\\''a b'\\''; exit 1' '' --since=2026-11-22`);
});
