// Jobs, runs, breakers and dead letters as clients see them. Browser-safe.
import type { JobSpec } from '../../config/job-spec.ts';
import type { CommandError } from './errors.ts';
import type { HeartbeatRow, HeartbeatView, Json, ProgressView } from './reports.ts';

/** States of a run. `final`: it stays so. */
export const RUN_STATES = {
  scheduled: { final: false, says: 'Waits for its time: a retry, a one-off, or a run that a breaker or a rate holds back.' },
  queued: { final: false, says: 'Its time has come; it waits for a place (another run of its job, max_parallel), or for the end of a pause or a drain.' },
  running: { final: false, says: 'Has a process.' },
  succeeded: { final: true, says: 'Did its work.' },
  failed: { final: true, says: 'Ended badly, and is not tried again.' },
  retrying: { final: true, says: 'Ended badly; another attempt follows.' },
  timed_out: { final: true, says: 'Ended by its timeout, and is not tried again.' },
  stalled: { final: true, says: 'Gave no sign of life and was ended, and is not tried again.' },
  cancelled: { final: true, says: 'Ended, or taken from the queue, on request.' },
  missed: { final: true, says: 'Could not be started in time.' },
  skipped: { final: true, says: 'Not started: another run of its job was going on, or the job was held.' },
  interrupted: { final: true, says: 'The daemon or the host died, or ended, while it ran; its exit status is not known.' },
  dead: { final: true, says: 'Failed for good, where it may be tried again at all; kept as a dead letter.' },
} as const satisfies Record<string, { final: boolean; says: string }>;

export type RunState = keyof typeof RUN_STATES;

/** What brought a run about. */
export const TRIGGERS = ['schedule', 'manual', 'retry', 'catch_up', 'chain', 'at', 'dead_letter', 'rerun', 'undo', 'issue', 'verify'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** Why a run did not end well, beside its state: what `retry_on` names. */
export type RunCause = 'exit' | 'signal' | 'timeout' | 'stalled' | 'limit' | 'lost' | 'spawn' | 'breaker' | 'overlap' | 'expired' | 'paused' | 'drain' | 'disk' | 'request' | 'duplicate' | 'late';

/** One run of a job: one attempt at it. Rows are replaced, never changed. Times are wall clock ms. */
export interface RunView {
  /** UUID; its SUPERVISION_ID. */
  readonly id: string;
  readonly job: string;
  /** Counts per job, from 1. */
  readonly number: number;
  readonly state: RunState;
  readonly trigger: Trigger;
  /** Who or what asked: a caller, `schedule`, `job NAME`. */
  readonly initiator: string;
  /** Arguments added to the command. */
  readonly args: readonly string[];
  readonly key: string | null;
  /** 1 for the first; retries count on. */
  readonly attempt: number;
  /** The first attempt's id; null where this is it. */
  readonly first: string | null;
  /** The run that brought it about: the attempt before, the run of a chain, the dead letter, the run that is undone. */
  readonly parent: string | null;
  /** The calendar time it stands for; null: none. */
  readonly scheduledAt: number | null;
  readonly createdAt: number;
  /** scheduled: when it is to start. */
  readonly dueAt: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly pid: number | null;
  readonly code: number | null;
  readonly signal: string | null;
  readonly cause: RunCause | null;
  /** The reason of its state, in a person's words. */
  readonly why: string;
  /** The fallback command ran in place of its own. */
  readonly fallback: boolean;
  readonly peakRssBytes: number | null;
  readonly cpuMs: number | null;
  readonly heartbeat: HeartbeatView | null;
  readonly progress: ProgressView | null;
  /** What it reported as its result. */
  readonly result: Json;
  /** Last STATUS= it said. */
  readonly status: string;
}

/** A run with everything that is kept of it. */
export interface RunDetails extends RunView {
  readonly durationMs: number | null;
  /** argv as executed; secrets blotted out. */
  readonly argv: readonly string[];
  /** Last 64 KiB of its output, both channels in the order they came. */
  readonly output: string;
  readonly heartbeats: readonly HeartbeatRow[];
  /** Last lines of its standard error. */
  readonly errors: readonly string[];
  readonly violations: readonly { readonly at: number; readonly what: string; readonly limit: string; readonly actual: string }[];
  /** All attempts of the same work, in order. */
  readonly attempts: readonly { readonly id: string; readonly attempt: number; readonly state: RunState; readonly endedAt: number | null }[];
}

/** What `set` may change of a job until the daemon ends, for runs that start later. */
export type JobOverride = Partial<Pick<JobSpec, 'timeoutMs' | 'rate' | 'maxParallel'>>;

/** One thing that is set; `value` as it was written. override null: as the file says again. */
export interface JobSetting {
  readonly key: string;
  readonly value: string;
  readonly override: JobOverride | null;
}

/** How a run ended, in the row of its job. */
export interface LastRun {
  readonly id: string;
  readonly state: RunState;
  readonly endedAt: number;
  readonly durationMs: number | null;
  readonly why: string;
}

/** A job, and how it fares. */
export interface JobView {
  readonly name: string;
  /** check, fix: what a check or a fix executes; its name begins so. */
  readonly role: 'job' | 'check' | 'fix';
  /** As written: `0 8 * * *`, `every 30s`; '' where nothing is. */
  readonly schedule: string;
  readonly timezone: string;
  readonly enabled: boolean;
  readonly paused: boolean;
  /** Who paused it, or ''. */
  readonly pausedBy: string;
  /** Wall clock ms of the next time; null: none. */
  readonly nextAt: number | null;
  /** The last time that was due and dealt with. */
  readonly lastFireAt: number | null;
  /** Ids, oldest first. */
  readonly running: readonly string[];
  readonly queued: number;
  readonly waiting: number;
  /** Since the daemon started. */
  readonly counts: Readonly<Record<'started' | 'succeeded' | 'failed' | 'retried' | 'skipped' | 'missed' | 'cancelled' | 'timed_out' | 'stalled' | 'interrupted' | 'dead', number>>;
  /** The last run that was started and ended. */
  readonly last: LastRun | null;
  readonly breaker: string | null;
  /** What was set by hand until the daemon ends, in place of what the file says. */
  readonly set: Readonly<Record<string, string>>;
  /** Why it does not start now, though due: drained, breaker open, paused … '' where nothing holds it. */
  readonly held: string;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerView {
  readonly name: string;
  readonly state: BreakerState;
  /** In a row: failures while closed (kept while open), successes while half-open (kept when they closed it). */
  readonly failures: number;
  readonly successes: number;
  /** Since the last reset. */
  readonly totalFailures: number;
  readonly totalSuccesses: number;
  readonly trialsRunning: number;
  /** The last time it opened. */
  readonly openedAt: number | null;
  readonly lastFailureAt: number | null;
  readonly lastSuccessAt: number | null;
  /** open: when it becomes half-open; null: never by itself (opened by hand). */
  readonly retryAt: number | null;
  readonly why: string;
}

/** What is being drained: no new runs, running ones go on. */
export interface DrainView {
  /** Names of jobs and programs; empty: everything. */
  readonly names: readonly string[];
  readonly startedAt: number;
  readonly by: string;
  /** It ends by itself then. */
  readonly expiresAt: number | null;
  /** Runs and processes that still go on. */
  readonly remaining: readonly string[];
}

/** A run that failed for good, kept until somebody deals with it. */
export interface DeadLetter {
  /** The id of its last attempt. */
  readonly id: string;
  readonly job: string;
  readonly argv: readonly string[];
  readonly args: readonly string[];
  /** Names, never values. */
  readonly environment: readonly string[];
  readonly code: number | null;
  readonly signal: string | null;
  readonly cause: RunCause | null;
  readonly why: string;
  readonly output: string;
  readonly attempts: number;
  readonly failedAt: number;
  readonly retriedAt: number | null;
  /** The run that was started in its place. */
  readonly retriedAs: string | null;
}

/** Which runs. All given parts must hold. */
export interface RunQuery {
  readonly job?: string;
  readonly states?: readonly RunState[];
  /** Wall clock ms of creation. */
  readonly since?: number;
  readonly until?: number;
  /** An expression over the fields of a run, as `ps --where`. */
  readonly where?: string;
  readonly limit: number;
}

export interface DeadQuery {
  readonly job?: string;
  readonly since?: number;
  /** Only those that were not tried again. */
  readonly pending?: boolean;
  readonly limit: number;
}

export type NextTimes = { readonly job: string; readonly timezone: string; readonly times: readonly number[] } | CommandError;
