// The form of every machine: a table [phase][event] in which each cell is decided.

/** Legal, and nothing to do. */
export const ignore = 'ignore';
/** The laws in test/model show that it cannot happen; if it does, that subject becomes UNKNOWN. */
export const impossible = 'impossible';

export type Cell<Handler> = Handler | typeof ignore | typeof impossible;

/** When something happens: the monotonic clock in ms, and a number in [0, 1) for what is left to chance. */
export interface Moment {
  readonly now: number;
  readonly chance: number;
  /** What keeps this process from being started at this moment; absent: it waits for nobody. */
  readonly waits?: () => Waits | null;
}

/** Conditions that do not hold. */
export interface Waits {
  /** Each as in the file: `db:ready`. */
  readonly on: readonly string[];
  /** In a person's words: `waits for db to be ready`. */
  readonly why: string;
}

/** An impossible cell was hit: a mistake of ours. Caught by the tree, one subject at a time. */
export class InvariantError extends Error {
  readonly subject: string;
  readonly phase: string;
  readonly event: string;
  constructor(subject: string, phase: string, event: string) {
    super(`${subject} cannot be told "${event}" in ${phase}`);
    this.name = 'InvariantError';
    this.subject = subject;
    this.phase = phase;
    this.event = event;
  }
}
