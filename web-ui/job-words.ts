// Jobs and runs as people read them, and what a view of jobs picks and sorts by. Pure.
import type { BreakerView, JobView, RunState, RunView } from '../daemon/contract/jobs.ts';
import { progressWords } from '../daemon/contract/progress-words.ts';
import type { ProgressView } from '../daemon/contract/reports.ts';
import { RUN_TONES } from './tones.ts';
import type { Tone } from './tones.ts';
import { clock, count, duration } from './words.ts';

/** `timed out` of timed_out. */
export const stateWords = (state: string): string => state.replaceAll('_', ' ');

/** Due within this: soon. */
export const SOON_MS = 10 * 60_000;

/** `3/10 30%, 2/s, 3.5s left, phase load`: as `reevectl job watch` says it. */
export function progressText(progress: ProgressView): string {
  return progressWords(progress, duration);
}

/** `30%, 3.5s left`, or how much is done where the end is not known: for a place that would cut the whole. */
export function progressBrief(progress: ProgressView): string {
  const far = progress.percent === null ? String(progress.current) : `${progress.percent}%`;
  return progress.etaMs === null || progress.etaMs === 0 ? far : `${far}, ${duration(progress.etaMs)} left`;
}

/** How it ended: `exit 3`, `TERM`; '' while it has not, or never had a process. */
export function exitText(run: Pick<RunView, 'code' | 'signal'>): string {
  return run.signal ?? (run.code === null ? '' : `exit ${run.code}`);
}

/** ms that it took, or takes until now; null: it never started. */
export function spanOf(run: Pick<RunView, 'startedAt' | 'endedAt'>, now: number): number | null {
  return run.startedAt === null ? null : Math.max(0, (run.endedAt ?? now) - run.startedAt);
}

/** `run 12 failed at 14:03:07 after 2s: exit status 3`. */
export function runSentence(run: RunView, now: number): string {
  const span = spanOf(run, now);
  const when = run.endedAt ?? run.startedAt ?? run.createdAt;
  const took = span === null ? '' : run.endedAt === null ? ` for ${duration(span)}` : ` after ${duration(span)}`;
  return `run ${run.number} ${stateWords(run.state)}${run.endedAt === null ? '' : ` at ${clock(when, now)}`}${took}${run.why === '' ? '' : `: ${run.why}`}`;
}

const BAD: ReadonlySet<RunState> = new Set(['failed', 'timed_out', 'stalled', 'interrupted', 'dead', 'retrying']);

/** Its last run did not end well, or its breaker holds it back. */
export function isFailing(job: JobView, breakers: ReadonlyMap<string, BreakerView>): boolean {
  return (job.last !== null && BAD.has(job.last.state)) || (job.breaker !== null && breakers.get(job.breaker)?.state === 'open');
}

export interface Mark {
  readonly tone: Tone;
  readonly text: string;
  readonly title: string;
}

/** What it does now, and what keeps it from starting: what needs somebody first, since a narrow place shows the first ones only. */
export function marksOf(job: JobView, breakers: ReadonlyMap<string, BreakerView>): readonly Mark[] {
  const breaker = job.breaker === null ? undefined : breakers.get(job.breaker);
  return [
    ...(job.running.length > 0 ? [{ tone: 'busy', text: job.running.length === 1 ? 'running' : `${job.running.length} running`, title: count(job.running.length, 'run') } as const] : []),
    ...(breaker === undefined || breaker.state === 'closed' ? [] : [{ tone: breaker.state === 'open' ? 'bad' : 'warn', text: `breaker ${stateWords(breaker.state)}`, title: `${breaker.name}: ${breaker.why}` } as const]),
    // An open breaker is what holds it.
    ...(job.held === '' || job.paused || breaker?.state === 'open' ? [] : [{ tone: 'warn', text: 'held', title: job.held } as const]),
    ...(job.paused ? [{ tone: 'warn', text: 'paused', title: 'Its schedule does not start it until it is resumed; by hand it runs.' } as const] : []),
    ...(job.enabled ? [] : [{ tone: 'muted', text: 'disabled', title: 'The file says enabled = false: it is never due by itself; by hand it runs.' } as const]),
    ...(job.queued > 0 ? [{ tone: 'busy', text: `${job.queued} queued`, title: 'Their time has come; they wait for a place, or for the end of a pause or a drain.' } as const] : []),
    ...(job.waiting > 0 ? [{ tone: 'muted', text: `${job.waiting} planned`, title: 'They wait for their time: retries, one-offs, or what a breaker or a rate holds back.' } as const] : []),
  ];
}

/** What is to be known beside the marks: who paused it, or why it is held; '' where nothing is. */
export function noteOf(job: JobView): string {
  if (job.paused) return job.pausedBy === '' ? '' : `by ${job.pausedBy}`;
  return job.held;
}

/** What a view may be narrowed to. */
export const PICKS = {
  running: { title: 'Running', holds: (job) => job.running.length > 0 },
  failing: { title: 'Failing', holds: (job, breakers) => isFailing(job, breakers) },
  waiting: { title: 'Waiting', holds: (job) => job.queued + job.waiting > 0 || job.held !== '' },
  paused: { title: 'Paused', holds: (job) => job.paused || !job.enabled },
  soon: { title: 'Due soon', holds: (job, _breakers, now) => job.nextAt !== null && job.nextAt - now < SOON_MS },
} as const satisfies Record<string, { readonly title: string; readonly holds: (job: JobView, breakers: ReadonlyMap<string, BreakerView>, now: number) => boolean }>;

export type PickName = keyof typeof PICKS;

/** Worst first: failing, held back, running, the rest; disabled ones last. */
function weight(job: JobView, breakers: ReadonlyMap<string, BreakerView>): number {
  if (isFailing(job, breakers)) return 5;
  if (job.held !== '') return 4;
  if (job.paused) return 3;
  if (job.running.length + job.queued > 0) return 2;
  return job.enabled ? 1 : 0;
}

/** Each puts what one looks for first. */
export const SORTS: Readonly<Record<string, (a: JobView, b: JobView, breakers: ReadonlyMap<string, BreakerView>) => number>> = {
  name: (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  now: (a, b, breakers) => weight(b, breakers) - weight(a, breakers),
  schedule: (a, b) => (a.schedule < b.schedule ? -1 : a.schedule > b.schedule ? 1 : 0),
  next: (a, b) => (a.nextAt ?? Infinity) - (b.nextAt ?? Infinity) || 0,
  last: (a, b) => (b.last?.endedAt ?? 0) - (a.last?.endedAt ?? 0),
  took: (a, b) => (b.last?.durationMs ?? -1) - (a.last?.durationMs ?? -1),
};

/** The tone of a run's mark in a strip. */
export const toneOf = (run: Pick<RunView, 'state'>): Tone => RUN_TONES[run.state];
