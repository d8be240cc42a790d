// Reaps: our own children, orphans that we adopted, and strangers (PID 1), but never what libuv waits for.
// One peek names a zombie without taking it, then waitpid takes it by number, so nobody's exit is stolen.
import { decodeStatus } from './signals.ts';
import { P_ALL, SI_PID, type Sys, WEXITED, WNOHANG, WNOWAIT } from './sys.ts';

/** What is to be done with a zombie. */
export type Claim = 'ours' | 'libuv' | 'unknown';

export interface ReapedExit {
  readonly pid: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly coreDumped: boolean;
}

export interface Reaper {
  /** Reaps what there is now. Called on SIGCHLD, which may stand for any number of exits. */
  reap(): void;
  dispose(): void;
}

/**
 * Turns of the event loop that a zombie of unknown origin must outlast: libuv reaps its own within one, so whoever is left
 * after two is nobody's.
 */
const UNKNOWN_TURNS = 2;
/** Turns after which even libuv's claim is void (its handle was closed, or belongs to a thread that is gone). */
const LIBUV_TURNS = 1000;

/** `exited` gets all exits of one pass together. */
export function createReaper(sys: Sys, claim: (pid: number) => Claim, exited: (batch: readonly ReapedExit[]) => void): Reaper {
  const info = sys.memory(128);
  const status = sys.memory(4);
  let suspect = { pid: 0, turns: 0 };
  let again: NodeJS.Immediate | null = null;
  let disposed = false;

  function take(pid: number): ReapedExit | null {
    suspect = { pid: 0, turns: 0 };
    if (sys.waitpid(pid, status.address, WNOHANG) !== pid) return null;
    return { pid, ...decodeStatus(status.bytes.readInt32LE(0)) };
  }

  /** Whether the zombie in front may be reaped now; else we come back next turn, since it hides those behind it. */
  function mayTake(pid: number): boolean {
    const who = claim(pid);
    if (who === 'ours') return true;
    suspect = suspect.pid === pid ? { pid, turns: suspect.turns + 1 } : { pid, turns: 0 };
    if (suspect.turns >= (who === 'libuv' ? LIBUV_TURNS : UNKNOWN_TURNS)) return true;
    again ??= setImmediate(() => {
      again = null;
      reap();
    });
    return false;
  }

  function reap(): void {
    if (disposed) return;
    // While a second look is due, SIGCHLD must not count as a turn of the loop.
    if (again !== null && suspect.pid !== 0 && peek() === suspect.pid) return;
    const batch: ReapedExit[] = [];
    for (let pid = peek(); pid > 0 && mayTake(pid); pid = peek()) {
      const exit = take(pid);
      if (exit === null) break;
      batch.push(exit);
    }
    if (batch.length > 0) exited(batch);
  }

  function peek(): number {
    info.bytes.writeInt32LE(0, SI_PID);
    return sys.waitid(P_ALL, 0, info.address, WEXITED | WNOHANG | WNOWAIT) < 0 ? 0 : info.bytes.readInt32LE(SI_PID);
  }

  process.on('SIGCHLD', reap);
  return {
    reap,
    dispose() {
      disposed = true;
      process.off('SIGCHLD', reap);
      if (again !== null) clearImmediate(again);
    },
  };
}
