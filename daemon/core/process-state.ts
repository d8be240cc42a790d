// The nouns of one process's life: its state, what it can be told, what it says upward and what it wants done.
import type { SignalName, StopStep } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';

/** Has it said or shown that it is ready? pending: never in this life. lost: it was, and took it back. Who has no `ready` is ready when RUNNING. */
export type Readiness = 'pending' | 'ready' | 'lost';

/** How a life ended. `from` is the state it ended in; early: before it was up, and ready where it has `ready`. */
export interface Exit {
  readonly code: number | null;
  readonly signal: SignalName | null;
  readonly from: 'STARTING' | 'RUNNING';
  readonly early: boolean;
  /** The kernel ended it because memory was short. */
  readonly oom?: OomWord;
}

/** sure: the kernel says so of this life. likely: it says so of somebody, at that time, and nobody here sent the KILL. */
export type OomWord = 'sure' | 'likely';

/**
 * What a stop is for. stop: stay down. end: a strategy will start it again. restart: a new life follows. sweep: it ended by itself and
 * left others behind. fail: its life was condemned, and counts as one failure when nobody of it is left.
 */
export type Purpose = 'stop' | 'end' | 'restart' | 'sweep' | 'fail';

interface Lasting {
  readonly wanted: 'up' | 'down';
  /** Number of the present or last life. News of another one is dropped. */
  readonly incarnation: number;
  /** Failed starts in a row (supervisord's backoff counter). */
  readonly tries: number;
  /** Failures in a row, for the delay. */
  readonly failures: number;
  /** Monotonic times of restarts within the program's own window. */
  readonly restarts: readonly number[];
  /** Monotonic times of failures, for flapping. */
  readonly flaps: readonly number[];
  readonly flapping: boolean;
}

export type ProcessPhase =
  | { readonly phase: 'STOPPED' }
  /** pid null: the spawn has been asked for and not yet answered. readyBy: until when it must be ready, or (a delay) when it is. lack: why it is not ready, as far as anybody can tell. */
  | { readonly phase: 'STARTING'; readonly pid: number | null; readonly since: number; readonly due: number | null; readonly readiness: Readiness; readonly readyBy: number | null; readonly lack: string | null }
  | { readonly phase: 'RUNNING'; readonly pid: number; readonly since: number; readonly due: number | null; readonly readiness: Readiness; readonly readyBy: number | null; readonly lack: string | null }
  /** gated: the group starts it, when its due has been told. due null: it has been told. waits: it is started when its dependencies are there; why it waits. */
  | { readonly phase: 'BACKOFF'; readonly due: number | null; readonly gated: boolean; readonly waits: string | null }
  | {
      readonly phase: 'STOPPING'; readonly pid: number | null; readonly purpose: Purpose; readonly steps: readonly StopStep[]; readonly step: number;
      readonly since: number; readonly due: number | null; readonly startedAt: number; readonly from: 'STARTING' | 'RUNNING'; readonly early: boolean; readonly exit: Exit | null; readonly why: string;
    }
  /** unborn: its last spawn failed, so there was no life that could end. expected: it ended as it may: a oneshot has completed. */
  | { readonly phase: 'EXITED'; readonly unborn: boolean; readonly expected: boolean }
  | { readonly phase: 'FATAL' }
  | { readonly phase: 'UNKNOWN'; readonly pid: number | null };

export type ProcessState = Lasting & ProcessPhase;
export type In<P extends ProcessState['phase']> = Extract<ProcessState, { phase: P }>;

/** What a process can be told by its group, the OS layer and its own deadline. */
export type ProcessEvent =
  | { readonly type: 'start'; readonly why: string }
  /** The group decided on a restart after a failure: wait as long as the row of failures says. */
  | { readonly type: 'retry'; readonly gated: boolean; readonly why: string }
  | { readonly type: 'stop'; readonly why: string }
  | { readonly type: 'end'; readonly why: string }
  | { readonly type: 'restart'; readonly why: string }
  /** A stop in progress goes on with these steps. */
  | { readonly type: 'hurry'; readonly steps: readonly StopStep[] }
  | { readonly type: 'spawned'; readonly incarnation: number; readonly pid: number; readonly supervisionId: string }
  | { readonly type: 'spawn_failed'; readonly incarnation: number; readonly kind: string; readonly message: string; readonly hopeless: boolean }
  | {
      readonly type: 'exited'; readonly incarnation: number; readonly code: number | null; readonly signal: SignalName | null;
      readonly coreDumped: boolean; readonly left: readonly number[]; readonly lastOutput?: string; readonly oom?: OomWord;
    }
  /** It has said or shown that it is ready; it has taken that back, or a probe found that it is not ready yet. */
  | { readonly type: 'ready'; readonly incarnation: number }
  | { readonly type: 'unready'; readonly incarnation: number; readonly why: string }
  /** It asks for so much more time, from now, to be ready or to end. `exactly`: only of a stop, whose present step has so long and no longer. */
  | { readonly type: 'extend'; readonly incarnation: number; readonly ms: number; readonly exactly?: true }
  /** What it depends on has changed: may it be started now? */
  | { readonly type: 'look' }
  /** This life has failed although it lives (not ready in time, unhealthy, over a limit …): it is ended by its stop steps, or by these, and is one failure then. */
  | { readonly type: 'condemn'; readonly incarnation: number; readonly why: string; readonly steps?: readonly StopStep[] }
  /** This life is well, and gives way to a new one: it is ended by its stop steps, or by these, which is no failure. */
  | { readonly type: 'recycle'; readonly incarnation: number; readonly why: string; readonly steps?: readonly StopStep[] }
  /** Nobody of this life is left. */
  | { readonly type: 'gone'; readonly incarnation: number }
  | { readonly type: 'signal_failed'; readonly incarnation: number; readonly why: string }
  | { readonly type: 'due' };

export type ProcessEventType = ProcessEvent['type'];

/** What a process says to its group in the same step. */
export type ProcessOutcome =
  | { readonly type: 'started' }
  | { readonly type: 'running' }
  /** It is down because it was told to. */
  | { readonly type: 'stopped' }
  /** It ended by itself. */
  | { readonly type: 'ended'; readonly expected: boolean; readonly why: string }
  /** It cannot be started, or failed too often by its own rules. */
  | { readonly type: 'fatal'; readonly why: string }
  /** Nobody knows whether it lives: it must not be started again before a person looked. */
  | { readonly type: 'lost'; readonly why: string }
  /** Its back-off is over and its group may start it. */
  | { readonly type: 'due' };

/** What a process wants done in the world. */
export type ProcessEffect =
  | { readonly type: 'spawn'; readonly process: string; readonly incarnation: number }
  | { readonly type: 'signal'; readonly process: string; readonly incarnation: number; readonly signal: SignalName; readonly scope: 'main' | 'group' | 'tree' }
  /** Say `gone` when nobody of this life is left. */
  | { readonly type: 'watch'; readonly process: string; readonly incarnation: number }
  /** Who is still there after the last step? Their pids become a fact. */
  | { readonly type: 'survey'; readonly process: string; readonly incarnation: number };

export interface ProcessStep {
  readonly state: ProcessState;
  readonly effects: readonly ProcessEffect[];
  readonly facts: readonly FactBody[];
  readonly outcome: ProcessOutcome | null;
}

/** The state before the first start. `incarnation` goes on where an earlier daemon stopped; `wanted` is what the facts say of it until then. */
export function initialProcess(incarnation: number, wanted: 'up' | 'down'): ProcessState {
  return { phase: 'STOPPED', wanted, incarnation, tries: 0, failures: 0, restarts: [], flaps: [], flapping: false };
}

/** The next time this process must be told `due` (monotonic ms), or null. */
export function processDeadline(state: ProcessState): number | null {
  if (!('due' in state)) return null;
  const readyBy = 'readyBy' in state ? state.readyBy : null;
  return state.due === null || readyBy === null ? (state.due ?? readyBy) : Math.min(state.due, readyBy);
}

/** Is it ready for those that need it? */
export function isReady(state: ProcessState): boolean {
  return (state.phase === 'STARTING' || state.phase === 'RUNNING') && state.readiness === 'ready';
}

/** Is there a life, or one about to begin? */
export function isAlive(state: ProcessState): boolean {
  return state.phase === 'STARTING' || state.phase === 'RUNNING' || state.phase === 'STOPPING' || (state.phase === 'UNKNOWN' && state.pid !== null);
}
