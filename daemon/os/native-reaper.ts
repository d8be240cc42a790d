// Reaps: our own children, orphans that we adopted, and strangers (PID 1), but never what libuv waits for.
// One peek names a zombie without taking it, then wait4 takes it by number, so nobody's exit is stolen.
import type { ExitReport } from './ports/processes.ts';
import { decodeStatus } from './signals.ts';
import { P_ALL, SI_PID, type Sys, WEXITED, WNOHANG, WNOWAIT } from './sys.ts';

/** What is to be done with a zombie. */
export type Claim = 'ours' | 'libuv' | 'unknown';

export interface ReapedExit {
  readonly pid: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly coreDumped: boolean;
  readonly usage: NonNullable<ExitReport['usage']>;
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

/** struct rusage on 64-bit Linux: user and system time as seconds and microseconds, then ru_maxrss in KiB, and what nobody needs here. */
const RUSAGE_BYTES = 144;
const RU_STIME = 16;
const RU_MAXRSS = 32;

function milliseconds(timeval: Buffer, at: number): number {
  return Number(timeval.readBigInt64LE(at)) * 1000 + Number(timeval.readBigInt64LE(at + 8)) / 1000;
}

/**
 * What it used. A child shares our memory until it executes its program, and Linux counts the most that we ever had as the child's:
 * only what is above that is its own, and a smaller peak is not known.
 */
function usageOf(rusage: Buffer): ReapedExit['usage'] {
  const cpuMs = Math.round(milliseconds(rusage, 0) + milliseconds(rusage, RU_STIME));
  const peakKib = Number(rusage.readBigInt64LE(RU_MAXRSS));
  return { peakRssBytes: peakKib > process.resourceUsage().maxRSS ? peakKib * 1024 : null, cpuMs };
}

/** `exited` gets all exits of one pass together. */
export function createReaper(sys: Sys, claim: (pid: number) => Claim, exited: (batch: readonly ReapedExit[]) => void): Reaper {
  const info = sys.memory(128);
  const status = sys.memory(4);
  const rusage = sys.memory(RUSAGE_BYTES);
  let suspect = { pid: 0, turns: 0 };
  let again: NodeJS.Immediate | null = null;
  let disposed = false;

  function take(pid: number): ReapedExit | null {
    suspect = { pid: 0, turns: 0 };
    if (sys.wait4(pid, status.address, WNOHANG, rusage.address) !== pid) return null;
    return { pid, ...decodeStatus(status.bytes.readInt32LE(0)), usage: usageOf(rusage.bytes) };
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
