// What survives us: lives and decisions of operators, and the stores of the other families.
import type { WallMs } from './clock.ts';
import type { IssueStore } from './issue-store.ts';
import type { RunStore } from './run-store.ts';

/** What a row of alerts is: an entry of an incident, a message to deliver, a silence. */
export type AlertRowKind = 'entry' | 'delivery' | 'silence';

/** What alerts must find again. Values are JSON. */
export interface AlertStore {
  /** null: forget it. */
  put(kind: AlertRowKind, key: string, data: string | null): void;
  /** By key, in the order in which they were first written. */
  all(kind: AlertRowKind): ReadonlyMap<string, string>;
}

/** What an operator decided about a process. */
export interface Intent {
  /** Stopped by hand; survives a crash, forgotten by a clean end of the daemon. */
  readonly stopped: boolean;
  /** Disabled: lasts until enabled. */
  readonly disabled: boolean;
  readonly by: string;
  readonly at: WallMs;
}

/** One life of a process, for `explain` and for finding strays after a crash. */
export interface LifeRecord {
  readonly process: string;
  readonly incarnation: number;
  readonly supervisionId: string;
  readonly pid: number;
  readonly startTime: number;
  readonly startedAt: WallMs;
  readonly endedAt: WallMs | null;
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it ended, in a person's words. */
  readonly why: string | null;
  readonly lastOutput: string | null;
}

/** One change of state of a process. */
export interface TransitionRecord {
  readonly process: string;
  readonly incarnation: number;
  readonly at: WallMs;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** A limit that a life did not keep. */
export interface ViolationRecord {
  readonly process: string;
  readonly incarnation: number;
  readonly at: WallMs;
  /** Which limit: memory, cpu, files … */
  readonly what: string;
  readonly limit: string;
  readonly actual: string;
  readonly why: string;
  /** What came of it. */
  readonly action: string;
}

/** What must survive us. Writes are queued and committed together within a few ms; `flush` is synchronous. */
export interface Store {
  readonly runs: RunStore;
  readonly alerts: AlertStore;
  readonly issues: IssueStore;
  /** The file, or null when everything is kept in memory only (with the reason in `problem`). */
  readonly path: string | null;
  readonly problem: string | null;
  intents(): ReadonlyMap<string, Intent>;
  /** Written before it returns. */
  setIntent(process: string, intent: Intent | null): void;
  /** Several in one transaction, written before it returns. */
  setIntents(changes: Iterable<readonly [process: string, intent: Intent | null]>): void;
  /** A clean end, or a full restart, forgets what was stopped by hand (disabled stays). */
  clearStopped(): void;
  /** The highest incarnation number ever given to each process. */
  incarnations(): ReadonlyMap<string, number>;
  lifeStarted(life: LifeRecord): void;
  lifeEnded(process: string, incarnation: number, end: { endedAt: WallMs; code: number | null; signal: string | null; why: string; lastOutput: string | null }): void;
  transition(record: TransitionRecord): void;
  violated(record: ViolationRecord): void;
  /** Newest first; those of the last 24 hours, at most 50. */
  violations(process: string): readonly ViolationRecord[];
  /** Newest first. */
  lives(process: string, limit: number): readonly LifeRecord[];
  transitions(process: string, limit: number): readonly TransitionRecord[];
  /** Lives of this boot without an end: children of a daemon that died. */
  openLives(): readonly LifeRecord[];
  audit(entry: { at: WallMs; who: string; role: string; action: string; targets: readonly string[]; result: string }): void;
  auditTrail(limit: number): readonly { at: WallMs; who: string; role: string; action: string; targets: readonly string[]; result: string }[];
  flush(): void;
  close(): void;
}
