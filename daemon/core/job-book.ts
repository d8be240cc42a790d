// The nouns of the book: a job and a run as it keeps them, who waits for a place, and one turn through all that an event touches.
import type { JobSettings, JobSpec } from '../../config/job-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { RunView } from '../contract/jobs.ts';
import type { Breaker, BreakerRules } from './breaker.ts';
import type { NextTime } from './job-due.ts';
import type { JobEffect, JobMoment, JobRecord, JobStep, RunGiven } from './job-state.ts';
import { PlaceQueue } from './place-queue.ts';
import type { RunLife } from './run-state.ts';
import type { VitalsState } from './vitals.ts';

/** What keeps the next run of a job from starting. dueAt: when that may end by itself (wall clock ms). */
export interface Hold {
  readonly kind: 'ending' | 'drain' | 'paused' | 'overlap' | 'rate' | 'breaker' | 'full';
  readonly why: string;
  readonly dueAt: number | null;
}

/** Times of the schedule at which no run began, told together. */
export interface Skips {
  readonly times: number;
  readonly at: number;
  readonly reason: SkipReason;
  /** Monotonic: told again then, at the earliest. */
  readonly quietDue: number;
}

export interface SkipReason {
  readonly cause: NonNullable<RunView['cause']>;
  readonly why: string;
}

export interface JobNode {
  readonly name: string;
  /** Its key in `touched`. */
  readonly key: string;
  spec: JobSpec;
  /** Taken out of the configuration; stays until its last run is over. */
  removed: boolean;
  paused: { readonly by: string; readonly at: number } | null;
  /** Highest run number ever given. */
  number: number;
  /** Last time dealt with, or the beginning of its schedule (wall clock ms). */
  lastFireAt: number | null;
  next: NextTime | null;
  /** All that have not ended. */
  readonly live: Map<string, RunNode>;
  /** Those with a process, or about to have one; oldest first. */
  readonly running: Set<RunNode>;
  /** Those that wait for a place, oldest first. */
  readonly queue: RunNode[];
  readonly byKey: Map<string, RunNode>;
  /** By their arguments, as JSON. */
  readonly byArgs: Map<string, Set<RunNode>>;
  /** Monotonic times of the last starts, where a rate is kept. */
  starts: readonly number[];
  rateDue: number | null;
  hold: Hold | null;
  skips: Skips | null;
  /** ms of the last successful runs, newest first. */
  durations: readonly number[];
}

export interface RunNode {
  readonly id: string;
  /** Its key in `touched`. */
  readonly key: string;
  /** Age: lower is older. */
  readonly seq: number;
  readonly job: JobNode;
  /** What it runs under: the job's present spec until it starts. */
  spec: JobSpec;
  life: RunLife;
  /** As it was last told. */
  view: RunView;
  /** Somebody was told that it exists. */
  told: boolean;
  use: 'command' | 'fallback' | 'undo';
  /** What its request gave it; null: nothing. */
  given: RunGiven | null;
  vitals: VitalsState | null;
  /** The breaker that counts it; null: none. */
  breaker: string | null;
  /** It said itself how the service of its breaker fares. */
  judged: boolean;
  /** It stalled, or was over a limit, and another one follows whatever the retries say. */
  again: boolean;
}

export interface BreakerNode {
  readonly key: string;
  rules: BreakerRules;
  state: Breaker;
  /** Jobs whose next run it holds back. */
  readonly waiting: Set<JobNode>;
}

export interface Drain {
  /** null: all jobs. */
  readonly names: ReadonlySet<string> | null;
  readonly by: string;
  readonly startedAt: number;
  readonly expiresDue: number | null;
  readonly expiresAt: number | null;
}

export interface Book {
  readonly jobs: Map<string, JobNode>;
  readonly runs: Map<string, RunNode>;
  readonly breakers: Map<string, BreakerNode>;
  /** Highest run numbers of jobs that are not in the book. */
  readonly numbers: Map<string, number>;
  /** Jobs whose next run waits: those who hear of a drain that ends. */
  readonly waiting: Set<JobNode>;
  /** Runs that only wait for one of the places of all jobs. */
  readonly places: PlaceQueue<RunNode>;
  settings: JobSettings;
  /** Runs with a process, or about to have one. */
  taken: number;
  seq: number;
  drain: Drain | null;
  closing: 'warm' | 'cold' | 'now' | null;
  /** The end has begun: monotonic time at which runs without a drain_timeout are ended; null: never. */
  graceDue: number | null;
  closed: boolean;
}

/** One event's way through the book: what is written, told and asked for. */
export class JobTurn {
  readonly book: Book;
  readonly m: JobMoment;
  readonly records: JobRecord[] = [];
  readonly facts: FactBody[] = [];
  readonly effects: JobEffect[] = [];
  readonly touched = new Set<string>();
  /** Runs that are new: is their time there already? */
  readonly made: RunNode[] = [];
  /** Runs whose time has come in this step. */
  readonly ready: RunNode[] = [];
  /** Jobs whose next run may be able to start now. */
  readonly woken = new Set<JobNode>();
  /** Jobs whose next run might start, but others that wait for a place are ahead of it. */
  readonly outranked = new Set<JobNode>();

  constructor(book: Book, m: JobMoment) {
    this.book = book;
    this.m = m;
  }

  say(...facts: readonly FactBody[]): void {
    this.facts.push(...facts);
  }

  write(record: JobRecord): void {
    this.records.push(record);
  }

  ask(...effects: readonly JobEffect[]): void {
    this.effects.push(...effects);
  }

  touch(node: { readonly key: string }): void {
    this.touched.add(node.key);
  }

  result(): JobStep {
    return { records: this.records, facts: this.facts, effects: this.effects, touched: this.touched };
  }
}

export function newBook(settings: JobSettings): Book {
  return {
    jobs: new Map(), runs: new Map(), breakers: new Map(), numbers: new Map(), waiting: new Set(), places: new PlaceQueue(), settings, taken: 0, seq: 0, drain: null, closing: null, graceDue: null, closed: false,
  };
}

export function newJob(spec: JobSpec): JobNode {
  return {
    name: spec.name, key: `job ${spec.name}`, spec, removed: false, paused: null, number: 0, lastFireAt: null, next: null, live: new Map(), running: new Set(), queue: [],
    byKey: new Map(), byArgs: new Map(), starts: [], rateDue: null, hold: null, skips: null, durations: [],
  };
}

/** Is the job, or everything, drained? */
export function isDrained(book: Book, job: string): boolean {
  return book.drain !== null && (book.drain.names === null || book.drain.names.has(job));
}
