// What survives us of runs, dead letters and breakers.
import type { DeadLetter, DeadQuery, LastRun, RunDetails, RunQuery, RunView } from '../../contract/jobs.ts';
import type { HeartbeatRow } from '../../contract/reports.ts';
import type { WallMs } from './clock.ts';

/** What is kept of a run beside its row. */
export interface RunExtras {
  readonly argv: readonly string[];
  readonly output: string;
  /** Position after the output; null: it was written down before it came, or by an earlier version. */
  readonly outputEnd: number | null;
  /** The output as it was, where it is not wholly UTF-8; null: `output` is all of it. */
  readonly outputBytes: Uint8Array | null;
  readonly heartbeats: readonly HeartbeatRow[];
  readonly errors: readonly string[];
  readonly violations: RunDetails['violations'];
}

/** Runs, dead letters, breakers and last times. Written down before they are told: a call that returns has queued the write, and
 *  everything queued is committed before a fact about it leaves the daemon (Store.flush at the end of each step). */
export interface RunStore {
  /** durable: the run must not be lost. The commit of its first row waits for the disk itself; that a later one is lost to a power cut
   *  only makes it run again. */
  saveRun(run: RunView, durable?: boolean): void;
  saveExtras(run: string, extras: RunExtras): void;
  run(id: string): RunView | undefined;
  /** An id, or the beginning of one that no other run shares. */
  findRun(prefix: string): RunView | 'ambiguous' | undefined;
  extras(run: string): RunExtras | undefined;
  /** Newest first. `where` is not looked at here. */
  runs(query: RunQuery): readonly RunView[];
  /** Attempts of the same work, in order; `first` is the id of the first. */
  attempts(first: string): readonly RunView[];
  /** Runs without an end: they waited or ran when the last daemon ended. */
  openRuns(): readonly RunView[];
  runNumbers(): ReadonlyMap<string, number>;
  /** ms of the last successful runs, newest first, per job. */
  durations(limit: number): ReadonlyMap<string, readonly number[]>;
  /** The last run of each job that was started and ended. */
  lastRuns(): ReadonlyMap<string, LastRun>;
  saveFire(job: string, at: WallMs): void;
  lastFires(): ReadonlyMap<string, WallMs>;
  savePaused(job: string, by: string | null, at: WallMs): void;
  paused(): ReadonlyMap<string, { readonly by: string; readonly at: WallMs }>;
  saveDead(letter: DeadLetter): void;
  dead(query: DeadQuery): readonly DeadLetter[];
  findDead(prefix: string): DeadLetter | 'ambiguous' | undefined;
  /** How many were not tried again, by job. */
  pendingDead(): ReadonlyMap<string, number>;
  markRetried(id: string, as: string, at: WallMs): void;
  /** Deletes letters that failed before; how many, and how many are left. Of letters the newest 10,000 are kept in any case. */
  pruneDead(before: WallMs): { readonly deleted: number; readonly left: number };
  /** Deletes ended runs past what their job keeps. Bounded work per call. */
  pruneRuns(job: string, keep: { readonly okBefore: WallMs; readonly failedBefore: WallMs; readonly keep: number }): void;
  saveBreaker(name: string, state: string, data: string, at: WallMs): void;
  breakers(): ReadonlyMap<string, { readonly state: string; readonly data: string; readonly at: WallMs }>;
}
