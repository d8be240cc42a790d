// Children of a daemon that died: found by pid and start time, and by the mark in their environment, and ended before new ones start.
import type { LifeRecord } from './ports/store.ts';
import { allPids, startTimeOf, supervisionIdOf } from './proc.ts';

/** A life that an earlier daemon of this boot began and nobody saw end. */
export type OpenLife = Pick<LifeRecord, 'process' | 'incarnation' | 'supervisionId' | 'pid' | 'startTime'>;

export type Stray = Omit<OpenLife, 'supervisionId'>;

/** Those of these lives, and of what they started, that are alive now. One pass over /proc. */
export function findStrays(lives: readonly OpenLife[]): readonly Stray[] {
  if (lives.length === 0) return [];
  const byPid = new Map(lives.map((life) => [life.pid, life]));
  const byMark = new Map(lives.map((life) => [life.supervisionId, life]));
  const strays: Stray[] = [];
  for (const pid of allPids()) {
    if (pid === process.pid) continue;
    const startTime = startTimeOf(pid);
    if (startTime === 0) continue;
    const main = byPid.get(pid);
    const mark = main?.startTime === startTime ? null : supervisionIdOf(pid);
    const life = main?.startTime === startTime ? main : mark === null ? undefined : byMark.get(mark);
    if (life) strays.push({ process: life.process, incarnation: life.incarnation, pid, startTime });
  }
  return strays;
}

export interface EndStrays {
  readonly lives: readonly OpenLife[];
  /** Sends a signal if pid and start time still name the same process. */
  readonly signal: (pid: number, startTime: number, signal: string) => boolean;
  /** They were found and are not told yet: the last chance to look at what they hold. */
  readonly found: (strays: readonly Stray[]) => void;
  readonly say: (stray: Stray, what: string) => void;
  /** How long TERM may take before KILL, ms. */
  readonly termMs: number;
}

const LOOK_EVERY_MS = 20;
const KILL_MS = 2000;
/** Who was forked before his parent was killed is found and killed in the next round. */
const KILL_ROUNDS = 3;

const later = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

function alive(strays: readonly Stray[]): readonly Stray[] {
  return strays.filter((s) => startTimeOf(s.pid) === s.startTime);
}

/** Ends them, TERM first. Returns those that did not go. Costs nothing when there are no lives. */
export async function endStrays({ lives, signal, found, say, termMs }: EndStrays): Promise<readonly Stray[]> {
  let left = findStrays(lives);
  for (let round = 0; left.length > 0 && round <= KILL_ROUNDS; round += 1) {
    found(left);
    const [name, waitMs] = round === 0 ? ['TERM', termMs] : ['KILL', KILL_MS];
    for (const stray of left) {
      say(stray, name);
      signal(stray.pid, stray.startTime, name);
    }
    for (let waited = 0; left.length > 0 && waited < waitMs; waited += LOOK_EVERY_MS) {
      await later(LOOK_EVERY_MS);
      left = alive(left);
    }
    // What they started meanwhile carries the same mark.
    left = findStrays(lives);
  }
  return left;
}
