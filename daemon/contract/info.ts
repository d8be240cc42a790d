// What the daemon says of itself as a whole, and of the instances of one program. Browser-safe.
import type { BreakerState, DrainView, RunState } from './jobs.ts';
import type { CheckMark, IssueState } from './issues.ts';
import type { DaemonStateName, GroupStateName, Health, ProcessStateName } from './states.ts';

/** How many are in each state; states in which nobody is are left out. */
export type Counts<State extends string> = Readonly<Partial<Record<State, number>>>;

/** The daemon's own process. */
export interface OwnProcess {
  readonly pid: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Version of Node. */
  readonly node: string;
}

/** Answer of `info`. Times wall clock ms. */
export interface InfoAnswer {
  readonly version: string;
  readonly identifier: string;
  readonly state: DaemonStateName;
  readonly own: OwnProcess;
  readonly startedAt: number;
  readonly uptimeMs: number;
  /** The configuration: the file, and all that were read. */
  readonly file: string;
  readonly files: readonly string[];
  readonly dialect: 'toml' | 'ini';
  /** How it speaks to the kernel, and why not natively ('' where it does). */
  readonly layer: 'native' | 'portable';
  readonly layerWhy: string;
  /** Orphans of programs are its own to reap. */
  readonly subreaper: boolean;
  /** `unix:/run/reeve/reeve.sock`, `127.0.0.1:9001`. */
  readonly listeners: readonly string[];
  /** Where what must survive is kept; null: in memory only, and why. */
  readonly stateDir: string | null;
  readonly stateWhy: string;
  /** The daemon's own log; null: stderr. */
  readonly logfile: string | null;
  readonly processes: Counts<ProcessStateName>;
  readonly health: Counts<Health>;
  readonly groups: Counts<GroupStateName>;
  /** jobs: those of checks and fixes left out. */
  readonly jobs: { readonly total: number; readonly running: number; readonly paused: number; readonly disabled: number; readonly held: number };
  /** Those that have not ended, of all jobs, checks and fixes. */
  readonly runs: Counts<RunState>;
  readonly checks: Counts<NonNullable<CheckMark['lastResult']> | 'new'>;
  /** Live ones. */
  readonly issues: Counts<IssueState>;
  readonly breakers: Counts<BreakerState>;
  /** Dead letters that nobody tried again. */
  readonly deadLetters: number;
  readonly alerts: { readonly rules: number; readonly lasting: number; readonly waiting: number; readonly lost: number; readonly silences: number };
  readonly drain: DrainView | null;
  /** Operations that have not ended. */
  readonly operations: number;
  readonly limits: {
    /** Runs at the same time; null: no limit. */
    readonly maxParallel: number | null;
    readonly deadLetterMs: number;
    /** Limits of the machine that the daemon lives under, and what they are. */
    readonly machine: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
  };
  /** Of all programs since the daemon started: written, lost, files begun anew, and how many wait for a full disk. */
  readonly logs: { readonly bytes: number; readonly droppedBytes: number; readonly rotations: number; readonly blocked: number };
  /** Number of the last fact, and of the oldest that is kept. */
  readonly events: { readonly last: number; readonly oldest: number };
}

/** running: has a life. stopped: is down as somebody wants, or as its restart type allows. crashed: is wanted up and is not. */
export const WORKER_STATUS = ['running', 'stopped', 'crashed'] as const;
export type WorkerStatus = (typeof WORKER_STATUS)[number];

/** One instance of a program. */
export interface PoolWorker {
  /** The namespec. */
  readonly id: string;
  readonly num: number;
  readonly pid: number | null;
  readonly state: ProcessStateName;
  readonly status: WorkerStatus;
  readonly health: Health;
  /** Wall clock ms. */
  readonly startedAt: number | null;
  readonly lastCheckAt: number | null;
  readonly restarts: number;
  readonly rssBytes: number | null;
  readonly cpuPercent: number | null;
  readonly why: string;
}

/** Answer of `pool`: a program and its instances. */
export interface PoolAnswer {
  readonly pool: string;
  readonly count: number;
  readonly running: number;
  readonly stopped: number;
  readonly crashed: number;
  /** Where its load says how many there are; null: the file does. held: an operator said it. */
  readonly autoscale: { readonly min: number; readonly max: number; readonly by: string; readonly held: boolean } | null;
  /** By their numbers. */
  readonly workers: readonly PoolWorker[];
}
