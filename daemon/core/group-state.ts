// The nouns of a supervisor node: its state, what it can be told, what it tells its members and its parent.
import type { RestartType } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { ProcessEvent } from './process-state.ts';

/**
 * What the group has decided about a member. up: it is looked after. pending: it is down and the present sequence will start it.
 * idle: it ended and stays known. held: an operator stopped it. lost: temporary, and ended with its siblings; down until the group
 * starts anew. off: never started (autostart = false).
 */
export type Mode = 'off' | 'up' | 'pending' | 'idle' | 'held' | 'lost';

/** A list worked through one by one. */
interface Sequence {
  readonly queue: readonly string[];
  readonly at: number;
  /** The member that is waited for. */
  readonly current: string | null;
  /** What set it going: every member of the sequence is told this, however long it takes. */
  readonly why: string;
}

interface Lasting {
  /** Monotonic times of restarts within the window. */
  readonly restarts: readonly number[];
  /** Times in a row that it gave up, for its own delay. */
  readonly failures: number;
  readonly upSince: number;
}

export type GroupPhase =
  | { readonly phase: 'DOWN' }
  | ({ readonly phase: 'STARTING' } & Sequence)
  | { readonly phase: 'UP' }
  /** waitingFor: failed members whose back-off is not over. */
  | ({ readonly phase: 'ENDING'; readonly waitingFor: readonly string[] } & Sequence)
  | { readonly phase: 'WAITING'; readonly waitingFor: readonly string[]; readonly why: string }
  | ({ readonly phase: 'STOPPING'; readonly again: boolean } & Sequence)
  | ({ readonly phase: 'GIVING_UP'; readonly failed: string } & Sequence)
  | { readonly phase: 'BACKOFF'; readonly due: number | null; readonly gated: boolean }
  | { readonly phase: 'FATAL' };

export type GroupState = Lasting & GroupPhase;
export type GroupIn<P extends GroupState['phase']> = Extract<GroupState, { phase: P }>;

/** How a member ended by itself. exit: a process. fatal: a process that its own rules gave up. lost: a process that may still live. gave_up: a group. */
export type EndCause = 'exit' | 'fatal' | 'lost' | 'gave_up';

export type GroupEvent =
  | { readonly type: 'start'; readonly why: string }
  | { readonly type: 'stop'; readonly why: string }
  | { readonly type: 'retry'; readonly gated: boolean; readonly why: string }
  | { readonly type: 'due' }
  | { readonly type: 'member_started'; readonly member: string; readonly running: boolean }
  | { readonly type: 'member_stopped'; readonly member: string }
  | { readonly type: 'member_ended'; readonly member: string; readonly cause: EndCause; readonly expected: boolean; readonly why: string }
  | { readonly type: 'member_due'; readonly member: string }
  /** A group below was brought back by an operator. */
  | { readonly type: 'member_revived'; readonly member: string }
  | { readonly type: 'start_member'; readonly member: string; readonly why: string }
  | { readonly type: 'stop_member'; readonly member: string; readonly why: string }
  | { readonly type: 'restart_member'; readonly member: string; readonly why: string }
  | { readonly type: 'strategy_restart'; readonly member: string; readonly why: string };

export type GroupEventType = GroupEvent['type'];

export type GroupOutcome =
  | { readonly type: 'started' }
  | { readonly type: 'stopped' }
  | { readonly type: 'gave_up'; readonly why: string }
  | { readonly type: 'due' }
  | { readonly type: 'revived' };

/** What a group tells a member, process or group alike. */
export interface MemberCommand {
  readonly member: string;
  readonly event: Extract<ProcessEvent, { type: 'start' | 'retry' | 'stop' | 'end' | 'restart' }>;
}

/** Where operating system processes and OTP differ, as a value: the recorded traces of OTP are replayed with OTP_SEMANTICS. */
export interface Semantics {
  /** Members that an operator stopped come back with their siblings and with their group. */
  readonly revive: boolean;
  /** A temporary member that ended is forgotten: it cannot be started by hand. */
  readonly forget: boolean;
  /** The root that gives up ends the tree; otherwise only the member that failed stays down. */
  readonly rootEnds: boolean;
}

export const OTP_SEMANTICS: Semantics = { revive: true, forget: true, rootEnds: true };
export const PROCESS_SEMANTICS: Semantics = { revive: false, forget: false, rootEnds: false };

/** What a group needs to know of a member. */
export interface MemberInfo {
  readonly name: string;
  readonly isGroup: boolean;
  readonly restart: RestartType;
  readonly autostart: boolean;
}

export interface GroupStep {
  readonly state: GroupState;
  /** Changes of modes, in order. */
  readonly modes: readonly (readonly [member: string, mode: Mode])[];
  readonly commands: readonly MemberCommand[];
  readonly facts: readonly FactBody[];
  readonly outcome: GroupOutcome | null;
}

export function initialGroup(): GroupState {
  return { phase: 'DOWN', restarts: [], failures: 0, upSince: 0 };
}

/** The next time this group must be told `due` (monotonic ms), or null. */
export function groupDeadline(state: GroupState): number | null {
  return state.phase === 'BACKOFF' ? state.due : null;
}
