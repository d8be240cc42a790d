// What /metrics reads beside the snapshot: the tally of facts, the loops, and what the store holds.
import type { RunStore } from '../os/ports/run-store.ts';
import type { Tally } from './tally.ts';

/** How busy a loop is. */
export interface LoopMeter {
  /** Events and effects that wait. */
  readonly waiting: number;
  /** Steps since it was made. */
  readonly steps: number;
}

export interface Meters {
  readonly tally: Tally;
  readonly loops: Readonly<Record<'programs' | 'jobs' | 'issues', LoopMeter>>;
  /** Letters that were not tried again, by job. */
  deadLetters(): ReadonlyMap<string, number>;
}

export interface MetersOptions extends Pick<Meters, 'tally' | 'loops'> {
  readonly runs: Pick<RunStore, 'pendingDead'>;
}

/** The store is asked only where a dead letter has come, gone, or been tried again since it was asked last. */
export function createMeters({ tally, loops, runs }: MetersOptions): Meters {
  let asked = -1;
  let letters: ReadonlyMap<string, number> = new Map();
  return {
    tally, loops,
    deadLetters() {
      const { deadChanges } = tally.work;
      if (asked !== deadChanges) letters = runs.pendingDead();
      asked = deadChanges;
      return letters;
    },
  };
}
