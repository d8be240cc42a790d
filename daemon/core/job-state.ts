// The nouns of jobs: what the book of jobs is told, and what it asks of the world.
import type { BreakerSpec, JobSettings, JobSpec } from '../../config/job-spec.ts';
import type { SignalName } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { BreakerView, DeadLetter, RunView, Trigger } from '../contract/jobs.ts';
import type { HeartbeatRow, Report } from '../contract/reports.ts';
import type { RunOverLimit } from './job-limits.ts';
import type { OomWord } from './process-state.ts';

/** Time and chance of one step. `mono` and `wall` are read together. */
export interface JobMoment {
  readonly mono: number;
  readonly wall: number;
  /** A number in [0, 1), each call another. */
  readonly chance: () => number;
  /** A new UUID. */
  readonly newId: () => string;
}

/** What a resource meter said of a run that ended; null: nobody measured. */
export interface RunUsage {
  readonly peakRssBytes: number | null;
  readonly cpuMs: number | null;
}

/** What is known from an earlier daemon. */
export interface JobMemory {
  /** false: nothing survives us, so nothing is caught up. */
  readonly persistent: boolean;
  /** Last time dealt with, per job (wall clock ms). */
  readonly lastFires: ReadonlyMap<string, number>;
  /** Highest run number ever given, per job. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly paused: ReadonlyMap<string, { readonly by: string; readonly at: number }>;
  /** Runs that were scheduled or queued. */
  readonly waiting: readonly RunView[];
  /** Runs that were running when the daemon or the host died; their children are gone by now. */
  readonly lost: readonly RunView[];
  /** ms of the last successful runs, newest first (at most 100 per job): for "slower than its own p95". */
  readonly durations: ReadonlyMap<string, readonly number[]>;
  /** Breakers as they were. */
  readonly breakers: ReadonlyMap<string, BreakerView>;
}

/** News of one run from the OS layer. */
export type RunEvent =
  | { readonly type: 'spawned'; readonly pid: number }
  /** hopeless: trying again changes nothing until somebody mends the file or the machine. */
  | { readonly type: 'spawn_failed'; readonly message: string; readonly hopeless: boolean }
  /** The precondition of a free disk does not hold; asked for again after a while. */
  | { readonly type: 'no_room'; readonly message: string }
  | { readonly type: 'exited'; readonly code: number | null; readonly signal: SignalName | null; readonly left: readonly number[]; readonly usage: RunUsage; readonly oom?: OomWord }
  /** Nobody of the run is left. */
  | { readonly type: 'gone' }
  | { readonly type: 'signal_failed'; readonly why: string };

/** What a run is given beside its arguments. */
export type RunGiven = Pick<RunRequest, 'input' | 'environment'>;

/** A request for a run. */
export interface RunRequest {
  readonly job: string;
  readonly id: string;
  readonly trigger: Trigger;
  readonly initiator: string;
  readonly args: readonly string[];
  /** Wall clock ms; null: now. */
  readonly dueAt: number | null;
  /** Overrides the job's unique key. */
  readonly key: string | null;
  /** Not if the same job with the same arguments already waits or runs (`--unless-exists`). */
  readonly unlessExists: boolean;
  readonly parent: string | null;
  /** What it reads from its stdin, then the end of it; absent: nothing. Not kept: a run that waits when the daemon dies is not asked again. */
  readonly input?: string;
  /** Further variables of its environment. Not kept either. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What can be told to the book of jobs. */
export type JobEvent =
  | { readonly type: 'boot'; readonly memory: JobMemory }
  /** A deadline is over: `job NAME`, `run ID`, `breaker NAME`, `drain`. */
  | { readonly type: 'due'; readonly key: string }
  | { readonly type: 'request'; readonly request: RunRequest }
  | { readonly type: 'run'; readonly id: string; readonly event: RunEvent }
  | { readonly type: 'report'; readonly id: string; readonly report: Report }
  /** A meter found a run over a limit. */
  | { readonly type: 'over_limit'; readonly id: string; readonly over: RunOverLimit }
  /** signal null: the job's stop steps. */
  | { readonly type: 'cancel'; readonly id: string; readonly signal: SignalName | null; readonly who: string }
  | { readonly type: 'pause' | 'resume'; readonly job: string; readonly who: string }
  /** The wall clock was set, or the machine slept: all calendar deadlines are looked at again. */
  | { readonly type: 'clock_changed' }
  /** A program or run reported on a service, or a person decided. reset: closed and all counts forgotten. */
  | { readonly type: 'breaker'; readonly name: string; readonly event: 'success' | 'failure' | 'open' | 'close' | 'half_open' | 'reset'; readonly who: string }
  /** names: jobs; empty: all. Names that are no jobs are told on as they are: the fact speaks of programs too. A second drain adds its names. */
  | { readonly type: 'drain'; readonly names: readonly string[]; readonly expiresMs: number | null; readonly who: string }
  | { readonly type: 'undrain'; readonly names: readonly string[]; readonly who: string }
  /** Other jobs and breakers from now on; what runs goes on under the spec it began with. */
  | { readonly type: 'configure'; readonly jobs: readonly JobSpec[]; readonly breakers: readonly BreakerSpec[]; readonly settings: JobSettings }
  /** The daemon ends: nothing starts any more, and each job ends as its on_shutdown says. cold, now: QUIT or KILL at once.
   *  graceMs: for runs whose job has no drain_timeout; without it they are waited for as long as they take. */
  | { readonly type: 'close'; readonly mode: 'warm' | 'cold' | 'now'; readonly graceMs?: number };

/** What the book wants done in the world. */
export type JobEffect =
  | { readonly type: 'start'; readonly run: RunView; readonly spec: JobSpec; readonly use: 'command' | 'fallback' | 'undo'; readonly given?: RunGiven }
  | { readonly type: 'signal'; readonly run: string; readonly signal: SignalName; readonly scope: 'main' | 'group' | 'tree' }
  /** Say `gone` when nobody of this run is left. */
  | { readonly type: 'watch'; readonly run: string }
  /** Who is still there after the last stop step? Their pids become a fact (run.survivors). */
  | { readonly type: 'survey'; readonly run: string }
  /** What was started is over and needs nothing any more: told once for every `start`, also for one that did not come about. heartbeats: the last ones, oldest first. */
  | { readonly type: 'release'; readonly run: string; readonly heartbeats: readonly HeartbeatRow[] }
  /** Everything that was to end has ended. */
  | { readonly type: 'closed' };

/** What must be written down before the facts of the step are told. */
export type JobRecord =
  | { readonly type: 'run'; readonly run: RunView }
  | { readonly type: 'fire'; readonly job: string; readonly at: number }
  | { readonly type: 'paused'; readonly job: string; readonly by: string | null }
  /** output and environment are filled in by whoever writes it. */
  | { readonly type: 'dead'; readonly letter: Omit<DeadLetter, 'output' | 'environment' | 'argv'> };

export interface JobStep {
  readonly records: readonly JobRecord[];
  readonly facts: readonly FactBody[];
  readonly effects: readonly JobEffect[];
  /** Keys whose deadline may have changed. */
  readonly touched: ReadonlySet<string>;
}
