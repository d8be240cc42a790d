// The nouns of one run's life: its phase, what it can be told, what it says to the book.
import type { SignalName, StopStep } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { JobEffect, JobMoment, RunEvent, RunUsage } from './job-state.ts';
import type { OomWord } from './process-state.ts';

/** Both clocks, read together. */
export type Clocks = Pick<JobMoment, 'mono' | 'wall'>;

/** When a run's time comes. at: by the calendar (wall clock ms). due: after a while (monotonic ms). */
export type Wake = { readonly at: number } | { readonly due: number };

/** How its main process ended. */
export interface RunExit {
  readonly code: number | null;
  readonly signal: SignalName | null;
  readonly usage: RunUsage;
  readonly oom?: OomWord;
  /** From its spawn to the end of the main process. */
  readonly ranMs: number;
}

/** What a run is ended for. sweep: it ended by itself and left others behind. */
export type RunPurpose = 'sweep' | 'timeout' | 'stalled' | 'limit' | 'cancel' | 'overlap' | 'shutdown' | 'handback';

export type RunLife =
  /** Its time has not come. askedDue: monotonic time at which it had come before it was put off; null: never yet. */
  | { readonly phase: 'SCHEDULED'; readonly wake: Wake; readonly askedDue: number | null }
  /** Its time has come, and it waits for a place or is held back. */
  | { readonly phase: 'QUEUED'; readonly askedDue: number; readonly expiresDue: number | null; readonly lateDue: number | null; readonly staleDue: number | null }
  /** The start has been asked for and not yet answered. */
  | { readonly phase: 'STARTING'; readonly askedDue: number; readonly usualMs: number | null; readonly limitDue: number | null }
  /** limitDue: the daemon waits no longer than this for its end. slowDue: it takes longer than usual from here on. */
  | {
      readonly phase: 'RUNNING'; readonly pid: number; readonly since: number; readonly usualMs: number | null;
      readonly softDue: number | null; readonly timeoutDue: number | null; readonly slowDue: number | null; readonly limitDue: number | null;
    }
  /** pid null: its start is not answered yet, or its main process is gone (`exit`). startedDue: null: it never started. */
  | {
      readonly phase: 'STOPPING'; readonly pid: number | null; readonly purpose: RunPurpose; readonly steps: readonly StopStep[]; readonly step: number;
      readonly startedDue: number | null; readonly stepSince: number; readonly due: number | null; readonly exit: RunExit | null; readonly why: string;
    };

export type RunPhase = RunLife['phase'];
export type RunIn<P extends RunPhase> = Extract<RunLife, { phase: P }>;

/** What a run can be told by the book, the OS layer and its own deadline. */
export type RunLifeEvent =
  | RunEvent
  /** It gets a place. usualMs: 95 of 100 of its like take no longer; null: not known. */
  | { readonly type: 'start'; readonly usualMs: number | null }
  | { readonly type: 'due' }
  /** harder: replaces the steps of a stop that goes on. */
  | { readonly type: 'stop'; readonly purpose: RunPurpose; readonly steps: readonly StopStep[]; readonly why: string; readonly harder: boolean }
  /** One signal to the main process; it goes on. */
  | { readonly type: 'signal'; readonly signal: SignalName; readonly why: string }
  /** The daemon ends, and waits until then for this run (monotonic ms). */
  | { readonly type: 'limit'; readonly due: number };

export type RunLifeEventType = RunLifeEvent['type'];

/** What a run says to the book in the same step. */
export type RunOutcome =
  /** Its time has come. */
  | { readonly type: 'ready' }
  | { readonly type: 'expired'; readonly why: string }
  | { readonly type: 'stale'; readonly waitedMs: number }
  | { readonly type: 'started'; readonly pid: number }
  /** It was put off: there is no room. */
  | { readonly type: 'put_off'; readonly why: string }
  | { readonly type: 'unborn'; readonly why: string; readonly hopeless: boolean }
  /** Nobody of it is left. purpose null: it ended by itself. exit null: it never lived, or nobody knows. */
  | { readonly type: 'ended'; readonly purpose: RunPurpose | null; readonly exit: RunExit | null; readonly why: string };

export interface RunStep {
  /** null: it is over. */
  readonly life: RunLife | null;
  readonly effects: readonly JobEffect[];
  readonly facts: readonly FactBody[];
  readonly outcome: RunOutcome | null;
}

function earliest(...dues: readonly (number | null)[]): number | null {
  let first: number | null = null;
  for (const due of dues) if (due !== null && (first === null || due < first)) first = due;
  return first;
}

/** A time by the calendar on the monotonic clock, as the clocks are now. */
export function wakeDue(wake: Wake, now: Clocks): number {
  return 'due' in wake ? wake.due : now.mono + (wake.at - now.wall);
}

/** The next time this run must be told `due` (monotonic ms), or null. */
export function lifeDeadline(life: RunLife, now: Clocks): number | null {
  switch (life.phase) {
    case 'SCHEDULED': return wakeDue(life.wake, now);
    case 'QUEUED': return earliest(life.expiresDue, life.lateDue, life.staleDue);
    case 'STARTING': return null;
    case 'RUNNING': return earliest(life.softDue, life.timeoutDue, life.slowDue, life.limitDue);
    case 'STOPPING': return life.due;
    default: return life satisfies never;
  }
}

/** Is there a process, or one about to be? */
export function isLiving(life: RunLife): boolean {
  return life.phase === 'STARTING' || life.phase === 'RUNNING' || life.phase === 'STOPPING';
}
