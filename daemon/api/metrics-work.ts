// What /metrics says of jobs, checks, issues, fixes, breakers and dead letters, and of signs of life and limits of programs and jobs.
import { ISSUE_STATES } from '../contract/issues.ts';
import type { BreakerState, JobView, RunView } from '../contract/jobs.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { OTHER } from '../runtime/counts.ts';
import type { Meters } from '../runtime/meters.ts';
import type { JobTally } from '../runtime/tally-jobs.ts';
import type { VitalCounts } from '../runtime/tally-programs.ts';
import { ratioOf } from './metrics-processes.ts';
import { labelText } from './metrics-text.ts';
import type { MetricsText } from './metrics-text.ts';

interface JobRow {
  readonly view: JobView;
  readonly labels: string;
  readonly tally: JobTally | undefined;
  /** Those that go on, oldest first. */
  readonly runs: readonly RunView[];
}

const BREAKER_CODES: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

function secondsOf(ms: number | null | undefined): number | null {
  return ms == null ? null : ms / 1000;
}

/** Of the runs that gave a heartbeat the longest time since the last one. */
function oldestBeat(runs: readonly RunView[], now: number): number | null {
  const beats = runs.flatMap((run) => run.heartbeat?.lastAt ?? []);
  return beats.length === 0 ? null : Math.max(0, now - Math.min(...beats)) / 1000;
}

function writeJobs(text: MetricsText, rows: readonly JobRow[], now: number): void {
  const runs = text.family('reeve_job_runs_total');
  for (const { view, labels } of rows) {
    const { started: _started, ...ends } = view.counts;
    for (const [result, times] of Object.entries(ends)) runs(`${labels},result="${result}"`, times);
  }
  text.each('reeve_job_starts_total', rows, ({ view }) => view.counts.started);
  const durations = text.histogram('reeve_job_duration_seconds');
  for (const { labels, tally } of rows) if (tally?.duration != null) durations(labels, tally.duration);
  const lateness = text.summary('reeve_job_lateness_seconds');
  for (const { labels, tally } of rows) if (tally !== undefined) lateness(labels, tally.lateness);
  text.each('reeve_job_late_total', rows, ({ tally }) => tally?.late);
  text.each('reeve_job_next_run_timestamp_seconds', rows, ({ view }) => secondsOf(view.nextAt));
  text.each('reeve_job_last_run_timestamp_seconds', rows, ({ view }) => secondsOf(view.last?.endedAt));
  text.each('reeve_job_last_run_success', rows, ({ view }) => (view.last === null ? null : view.last.state === 'succeeded' ? 1 : 0));
  text.each('reeve_job_last_success_timestamp_seconds', rows, ({ tally }) => secondsOf(tally?.lastSuccessAt));
  text.each('reeve_job_running', rows, ({ view }) => view.running.length);
  text.each('reeve_job_queued', rows, ({ view }) => view.queued);
  text.each('reeve_job_waiting', rows, ({ view }) => view.waiting);
  text.each('reeve_job_paused', rows, ({ view }) => (view.paused ? 1 : 0));
  text.each('reeve_job_held', rows, ({ view }) => (view.held === '' ? 0 : 1));
  text.each('reeve_job_heartbeat_age_seconds', rows, (row) => oldestBeat(row.runs, now));
  text.each('reeve_job_progress_ratio', rows, (row) => ratioOf(row.runs[0]?.progress?.percent));
}

/** Letters of jobs that are gone are told as one. */
function writeDead(text: MetricsText, rows: readonly JobRow[], { snapshot, meters }: WorkSources): void {
  const letters = meters.deadLetters();
  const now = text.family('reeve_dead_letters');
  let others = 0;
  for (const [job, count] of letters) if (!snapshot.jobs.has(job)) others += count;
  for (const { view, labels } of rows) now(labels, letters.get(view.name) ?? 0);
  if (others > 0) now(labelText(['job_name'], [OTHER]), others);
  const total = text.family('reeve_dead_letters_total');
  for (const { labels, tally } of rows) total(labels, tally?.dead ?? 0);
}

function writeChecks(text: MetricsText, { snapshot, meters: { tally: { work } } }: WorkSources): void {
  const looks = text.family('reeve_check_runs_total');
  // A counter that is there before it counts: the first failure is an increase too.
  for (const name of snapshot.checks.keys()) for (const result of ['ok', 'issues', 'failed']) looks(labelText(['check', 'result'], [name, result]), work.looks.of([name, result]));
  const last = text.family('reeve_check_last_run_timestamp_seconds');
  for (const { name, lastRunAt } of snapshot.checks.values()) if (lastRunAt !== null) last(labelText(['check'], [name]), lastRunAt / 1000);
  const open = new Map([...snapshot.checks.keys()].map((name) => [name, 0]));
  const states = new Map(Object.entries(ISSUE_STATES).flatMap(([state, { live }]) => (live ? [[state as string, 0]] : [])));
  for (const { check, state } of snapshot.issues.values()) {
    open.set(check, (open.get(check) ?? 0) + 1);
    states.set(state, (states.get(state) ?? 0) + 1);
  }
  const byCheck = text.family('reeve_issues_open');
  for (const [check, count] of open) byCheck(labelText(['check'], [check]), count);
  const byState = text.family('reeve_issues');
  for (const [state, count] of states) byState(`state="${state}"`, count);
  const detected = text.family('reeve_issues_detected_total');
  for (const { labels, value } of work.detected) detected(labelText(['check', 'code'], labels), value);
  text.single('reeve_issues_dropped_total', work.droppedIssues);
  const fixes = text.family('reeve_issue_fixes_total');
  for (const { labels, value } of work.fixes) fixes(labelText(['code', 'result'], labels), value);
  const fixTimes = text.histogram('reeve_issue_fix_seconds');
  for (const [fix, times] of work.fixTimes) fixTimes(labelText(['fix'], [fix]), times);
}

function writeBreakers(text: MetricsText, { snapshot, meters }: WorkSources): void {
  const rows = [...snapshot.breakers.values()].map((view) => ({ view, labels: labelText(['breaker'], [view.name]) }));
  const state = text.family('reeve_breaker_state');
  for (const { view, labels } of rows) state(labels, BREAKER_CODES[view.state]);
  const failures = text.family('reeve_breaker_consecutive_failures');
  for (const { view, labels } of rows) failures(labels, view.failures);
  const results = text.family('reeve_breaker_results_total');
  for (const { view, labels } of rows) {
    results(`${labels},result="success"`, view.totalSuccesses);
    results(`${labels},result="failure"`, view.totalFailures);
  }
  const openings = text.family('reeve_breaker_openings_total');
  for (const { view, labels } of rows) openings(labels, meters.tally.work.openings.get(view.name) ?? 0);
}

/** Programs and jobs of which any of these was ever counted. */
function writeVitals(text: MetricsText, { tally }: Meters): void {
  const names = ['kind', 'group', 'name'] as const;
  const rows: { readonly of: VitalCounts; readonly labels: string }[] = [];
  for (const of of tally.programs.all()) rows.push({ of, labels: text.labels.vitals.of(of, () => labelText(names, ['program', of.group, of.program])) });
  for (const [job, of] of tally.work.jobs) rows.push({ of, labels: text.labels.vitals.of(of, () => labelText(names, ['job', '', job])) });
  const beats = text.family('reeve_heartbeats_total');
  for (const { of, labels } of rows) if (of.heartbeats > 0) beats(labels, of.heartbeats);
  const missed = text.family('reeve_heartbeats_missed_total');
  for (const { of, labels } of rows) if (of.heartbeats > 0 || of.missed > 0) missed(labels, of.missed);
  const stuck = text.family('reeve_stuck_total');
  for (const { of, labels } of rows) stuck(labels, of.stuck);
  const warnings = text.family('reeve_limit_warnings_total');
  for (const { of, labels } of rows) for (const [limit, times] of of.warnings) warnings(`${labels},limit="${limit}"`, times);
  const violations = text.family('reeve_limit_violations_total');
  for (const { of, labels } of rows) for (const [limit, times] of of.violations) violations(`${labels},limit="${limit}"`, times);
}

export interface WorkSources {
  readonly snapshot: Snapshot;
  readonly meters: Meters;
  /** Wall clock ms. */
  readonly now: number;
}

export function writeWork(text: MetricsText, sources: WorkSources): void {
  const { snapshot, meters, now } = sources;
  const rows = [...snapshot.jobs.values()].map((view): JobRow => ({
    view, labels: labelText(['job_name'], [view.name]), tally: meters.tally.work.jobs.get(view.name), runs: view.running.flatMap((id) => snapshot.runs.get(id) ?? []),
  }));
  writeVitals(text, meters);
  writeJobs(text, rows, now);
  text.single('reeve_draining', snapshot.drain === null ? 0 : 1);
  writeDead(text, rows, sources);
  writeChecks(text, sources);
  writeBreakers(text, sources);
}
