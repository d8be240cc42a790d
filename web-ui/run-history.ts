// The last runs of each job: from one answer of the daemon, then kept up to date by facts. Pure.
import type { Fact } from '../daemon/contract/facts.ts';
import { RUN_STATES } from '../daemon/contract/jobs.ts';
import type { RunView } from '../daemon/contract/jobs.ts';

/** Runs kept of each job, newest first. */
export const KEPT_RUNS = 20;

/** Newest first, by job. */
export type RunHistory = ReadonlyMap<string, readonly RunView[]>;

/** With a run that is new or changed; runs are ordered by their number. The same array where nothing changed. */
export function withRun(runs: readonly RunView[], run: RunView): readonly RunView[] {
  const at = runs.findIndex((one) => one.number <= run.number);
  if (at < 0) return runs.length >= KEPT_RUNS ? runs : [...runs, run];
  const same = runs[at]?.id === run.id;
  if (same && RUN_STATES[runs[at]?.state ?? 'running'].final && !RUN_STATES[run.state].final) return runs;
  return [...runs.slice(0, at), run, ...runs.slice(same ? at + 1 : at)].slice(0, KEPT_RUNS);
}

/** Adds rows in any order to what is known. Runs that only wait are no history. */
export function withRuns(history: RunHistory, rows: Iterable<RunView>): RunHistory {
  const next = new Map(history);
  for (const run of rows) if (run.state !== 'scheduled' && run.state !== 'queued') next.set(run.job, withRun(next.get(run.job) ?? [], run));
  return next;
}

/** The run that a fact is about, if it says how one began or ended. */
export function runOfFact(fact: Fact): RunView | null {
  return 'run' in fact && typeof fact.run === 'object' && fact.type !== 'run.scheduled' && fact.type !== 'run.queued' ? fact.run : null;
}

/** Value below which `share` (0 to 1) of the values lie, by nearest rank; null: there are none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** ms from start to end of those that have both, oldest first. */
export function tookOf(runs: readonly RunView[]): readonly { readonly run: RunView; readonly ms: number }[] {
  return runs.flatMap((run) => (run.startedAt === null || run.endedAt === null ? [] : [{ run, ms: Math.max(0, run.endedAt - run.startedAt) }])).toReversed();
}
