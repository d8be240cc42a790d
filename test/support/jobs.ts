// Rows of jobs, runs, letters and breakers for tests; what is not said is a healthy one that never was in trouble.
import type { FactBody } from '../../daemon/contract/facts.ts';
import type { BreakerView, DeadLetter, JobView, RunDetails, RunView } from '../../daemon/contract/jobs.ts';
import type { FakeControl } from './fake-control.ts';

/** The clock of these rows: Sunday, 22 November 2026, 12:00 UTC. */
export const NOON = Date.parse('2026-11-22T12:00:00Z');

/** An id that begins so. */
export const uuid = (begin: string): string => `${begin}${'00000000-0000-4000-8000-000000000000'.slice(begin.length)}`;

export function jobView(name: string, over: Partial<JobView> = {}): JobView {
  return {
    name, role: 'job', schedule: '0 8 * * *', timezone: 'Africa/Nairobi', enabled: true, paused: false, pausedBy: '', nextAt: Date.parse('2026-11-23T05:00:00Z'), lastFireAt: null, running: [], queued: 0, waiting: 0,
    counts: { started: 0, succeeded: 0, failed: 0, retried: 0, skipped: 0, missed: 0, cancelled: 0, timed_out: 0, stalled: 0, interrupted: 0, dead: 0 }, last: null, breaker: null, set: {}, held: '', ...over,
  };
}

export function runView(job: string, over: Partial<RunView> = {}): RunView {
  return {
    id: uuid('3f2a9c0d'), job, number: 7, state: 'running', trigger: 'schedule', initiator: 'schedule', args: [], key: null, attempt: 1, first: null, parent: null, scheduledAt: NOON - 60_000,
    createdAt: NOON - 60_000, dueAt: null, startedAt: NOON - 60_000, endedAt: null, pid: 4711, code: null, signal: null, cause: null, why: '', fallback: false, peakRssBytes: null, cpuMs: null,
    heartbeat: null, progress: null, result: null, status: '', ...over,
  };
}

export function runDetails(job: string, over: Partial<RunDetails> = {}): RunDetails {
  return { ...runView(job, over), durationMs: null, argv: ['import', '--all'], output: '', heartbeats: [], errors: [], violations: [], attempts: [], ...over };
}

export function deadLetter(job: string, over: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id: uuid('dead0001'), job, argv: ['import', 'a b'], args: [], environment: ['PATH', 'TOKEN'], code: 3, signal: null, cause: 'exit', why: 'exit status 3', output: 'no such file\n', attempts: 4,
    failedAt: NOON - 3_600_000, retriedAt: null, retriedAs: null, ...over,
  };
}

export function breakerView(name: string, over: Partial<BreakerView> = {}): BreakerView {
  return {
    name, state: 'closed', failures: 0, successes: 0, totalFailures: 0, totalSuccesses: 0, trialsRunning: 0, openedAt: null, lastFailureAt: null, lastSuccessAt: null, retryAt: null, why: '', ...over,
  };
}

/** Two jobs, a breaker, a run that goes on and one that failed, a dead letter and three times to come. */
export function seedJobs(control: FakeControl): void {
  const facts: readonly FactBody[] = [
    { type: 'job.added', job: 'import', schedule: '0 8 * * *', timezone: 'Africa/Nairobi', enabled: true, breaker: 'smtp' },
    { type: 'job.added', job: 'mail', schedule: 'every 30s', timezone: 'UTC', enabled: true, breaker: null },
    { type: 'run.started', job: 'import', run: runView('import') },
  ];
  for (const fact of facts) control.publish(fact);
  control.snapshot().breakers.set('smtp', breakerView('smtp', { failures: 1, lastFailureAt: NOON }));
  control.book.runs.push(runDetails('import', { output: 'half a ' }), runDetails('mail', { id: uuid('99'), state: 'failed', endedAt: NOON, code: 3, output: 'whole\n' }));
  control.book.letters.push(deadLetter('import'));
  control.book.times.push(NOON, NOON + 86_400_000, NOON + 2 * 86_400_000);
}

/** A check that saw one issue, which waits for a person. */
export function seedIssues(control: FakeControl): void {
  const state = { name: 'bags', output: 'issues', firstRunAt: NOON, lastRunAt: NOON, lastResult: 'issues' as const, lastWhy: '', lastIssues: 1, lastIssueAt: NOON };
  control.snapshot().checks.set('bags', state);
  control.book.checks.push({ ...state, schedule: 'every 10m', timezone: 'UTC', enabled: true, paused: false, nextAt: NOON, open: 1, running: 0 });
  control.book.issues.push({
    id: 'abcd0001', check: 'bags', code: null, message: 'bag 7 is not delivered', params: null, dedupKey: null, severity: 'minor', state: 'manual', occurrences: 2, reopened: 0, firstSeenAt: NOON, lastSeenAt: NOON,
    changedAt: NOON, fix: null, attempts: 0, tries: 0, maxAttempts: 0, fixed: null, nextTryAt: null, run: null, error: '', why: 'no fix handles it',
  });
}
