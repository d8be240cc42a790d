// What [jobs] and [breakers] mean once they are read: every default filled in. Pure data, as spec.ts.
import type { CronSpec } from './cron.ts';
import type { BackoffSpec, CommandSpec, IntensitySpec, Origin, ProcessSpec, SignalName } from './spec.ts';

/** When a job is due. */
export type ScheduleSpec =
  /** `text` as written. */
  | { readonly kind: 'cron'; readonly text: string; readonly cron: CronSpec }
  /** align: on multiples of the interval in the job's time zone (every 15 minutes: :00, :15 …), else counted from the last start. */
  | { readonly kind: 'every'; readonly everyMs: number; readonly align: boolean; readonly runOnStart: boolean };

/** What a run that is due does while another one of its job goes on. */
export type Overlap = 'skip' | 'queue' | 'kill' | 'allow';

/** What ended a run badly, for `retry_on` and `no_retry_on`: an exit code, a signal (without SIG), or one of the words timeout,
 *  stalled, limit, lost and spawn, which no signal has. */
export type FailureCause = number | SignalName;

/** What an exit code says of a run. success: it did its work. retry: try again. abort: it failed and is never tried again. */
export type ExitMeaning = 'success' | 'retry' | 'abort';

export interface RetrySpec {
  /** Further attempts after the first; null: without end. */
  readonly max: number | null;
  readonly backoff: BackoffSpec;
  /** Only these causes are tried again; null: all. */
  readonly on: readonly FailureCause[] | null;
  /** Never these; wins over `on`. */
  readonly notOn: readonly FailureCause[];
}

/** Signs of life that a program or run owes. */
export interface HeartbeatSpec {
  readonly intervalMs: number;
  /** So many missed in a row: stuck. */
  readonly misses: number;
}

/** What is watched of what a program or run reports. */
export interface VitalsSpec {
  readonly heartbeat: HeartbeatSpec | null;
  /** Progress that has not moved for so long is stuck too; null: not watched. Counts from the first report on. */
  readonly progressTimeoutMs: number | null;
  /** What becomes of it, by either way. */
  readonly onStuck: 'alert' | 'restart' | 'kill' | 'none';
}

/** A command that runs on a schedule, on request, or after another. */
export interface JobSpec {
  readonly kind: 'job';
  /** check and fix: the command of a check or fix (check-spec.ts), named `check:NAME` or `fix:NAME`, supervised as any other. */
  readonly role: 'job' | 'check' | 'fix';
  readonly name: string;
  /** What a run executes, as whom, where its output goes and how it is ended. Its id is `job:NAME`. */
  readonly process: ProcessSpec;
  /** false: never due by itself (`enabled = false`); by hand it runs. */
  readonly enabled: boolean;
  /** null: only on request or after another job. */
  readonly schedule: ScheduleSpec | null;
  /** IANA name. */
  readonly timezone: string;
  /** A run starts up to so much later than its time, at random. */
  readonly jitterMs: number;
  /** Wall clock ms; nothing is due outside. */
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  readonly overlap: Overlap;
  /** Runs that wait for their turn, at most; more are skipped. */
  readonly queueLimit: number;
  /** A run whose time passed longer ago than this is missed. */
  readonly misfireGraceMs: number;
  /** What becomes of times that passed while nobody could start them. */
  readonly catchUp: 'none' | 'one' | 'all';
  /** The run is ended by its stop steps after this; null: never. */
  readonly timeoutMs: number | null;
  /** This signal is sent to the main process after so long, once, as a warning. */
  readonly softTimeout: { readonly afterMs: number; readonly signal: SignalName } | null;
  readonly retry: RetrySpec;
  /** Exit codes with a meaning of their own. Others: `process.exitCodes` succeed, the rest fails and may be tried again. */
  readonly exitMap: Readonly<Record<number, ExitMeaning>>;
  /** A run that has not started so long after its time is not started any more (missed); null: no limit. */
  readonly expiresMs: number | null;
  /** Runs of this job at the same time, at most; null: one, or (overlap = "allow") no limit of its own. */
  readonly maxParallel: number | null;
  /** Starts within a window, at most; more wait. max null: no limit. */
  readonly rate: IntensitySpec;
  /** A run that was interrupted by the death of the daemon or the host is run again. */
  readonly atLeastOnce: boolean;
  /** Jobs that start when a run of this one ended so. */
  readonly chains: { readonly success: readonly string[]; readonly failure: readonly string[] };
  /** Runs with the same key are never scheduled, queued or running twice; `{args}` stands for the run's own arguments. null: no key. */
  readonly uniqueKey: string | null;
  /** Takes back what a run did: `reevectl job undo RUN`. Gets the run's arguments and its id in UNDO_RUN. */
  readonly undo: CommandSpec | null;
  /** A run is only started while so much is free where `path` is. */
  readonly minFreeDisk: readonly { readonly path: string; readonly bytes: number }[];
  /** Name of a breaker: open, a run waits for half-open, or `fallback` runs instead. */
  readonly breaker: string | null;
  readonly fallback: CommandSpec | null;
  readonly vitals: VitalsSpec;
  /** NOTIFY_SOCKET is set for its runs. */
  readonly notify: boolean;
  /** At the end of the daemon. wait: up to drainTimeoutMs, then its stop steps. signal: `drainSignal` first (a checkpoint), then as
   *  wait. kill: its stop steps at once. handback: its stop steps at once, and it is run again by the next daemon. */
  readonly onShutdown: 'wait' | 'signal' | 'kill' | 'handback';
  /** Also for `drain`: null: the request's own timeout. */
  readonly drainTimeoutMs: number | null;
  readonly drainSignal: SignalName | null;
  /** false: `drain --cancel` leaves it alone. */
  readonly drainCancel: boolean;
  /** Scheduled or queued for longer than this: stale. */
  readonly stale: { readonly afterMs: number; readonly action: 'rerun' | 'fail' | 'alert' } | null;
  /** Runs that failed for good become dead letters (state dead where they may be tried again at all, else what happened). */
  readonly deadLetters: boolean;
  /** How long ended runs are kept, and how many of them at most. */
  readonly history: { readonly okMs: number; readonly failedMs: number; readonly keep: number };
  /** Low starts first where several wait for a place. */
  readonly priority: number;
  readonly origin: Origin;
}

/** [breakers.NAME] */
export interface BreakerSpec {
  readonly name: string;
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Successes in half-open that close it. */
  readonly successes: number;
  /** Trials at the same time in half-open, at most. */
  readonly trials: number;
  /** Open for so long, then half-open. */
  readonly cooldownMs: number;
  readonly origin: Origin;
}

/** What holds for all jobs: the keys of [jobs] that are no job. */
export interface JobSettings {
  /** Runs at the same time, at most; null: no limit. */
  readonly maxParallel: number | null;
  /** Dead letters are kept so long; 0: for ever. */
  readonly deadLetterMs: number;
  /** false: breakers never open by themselves. */
  readonly breakersEnabled: boolean;
}
