// Looks at /proc for those who look again and again: a descriptor stays open for each process, and lists of children are read anew
// only where a process was started since. What is open is bounded; past that each look opens and closes.
import { closeSync, openSync, readSync } from 'node:fs';
import { childrenOf, childrenOfSingle, openStat, type ProcReader, type ProcStat, readOpenStat, readStat } from './proc.ts';
import { softFiles } from './limits.ts';

/** Descriptors kept, at most; and no more than this share of what we may open. */
const KEPT_MAX = 2000;
const KEPT_SHARE = 1 / 8;

interface Kept {
  /** -1: none was to be had. */
  fd: number;
  stat: ProcStat;
  round: number;
  children: readonly number[];
  /** The last pid there was when `children` was read. */
  childrenAt: string;
}

export class KeptProc implements ProcReader {
  private readonly known = new Map<number, Kept>();
  /** Seen first in this round, and claimed by nobody so far. */
  private readonly unclaimed = new Set<number>();
  private readonly loadavg = Buffer.allocUnsafeSlow(128);
  private readonly max: number;
  private loadavgFd = -1;
  private open = 0;
  private round = 0;
  private lastPid = '';

  constructor() {
    const soft = softFiles();
    this.max = Math.min(KEPT_MAX, Number.isFinite(soft) ? Math.floor(soft * KEPT_SHARE) : KEPT_MAX);
  }

  /** From here until `end` everything is looked at once more, and once only. */
  begin(): void {
    this.round += 1;
    this.lastPid = this.readLastPid();
  }

  stat(pid: number): ProcStat | null {
    const kept = this.known.get(pid);
    if (kept === undefined) return this.first(pid);
    if (kept.round === this.round) return kept.stat;
    const stat = kept.fd >= 0 ? readOpenStat(kept.fd) : readStat(pid);
    if (stat === null || stat.startTime !== kept.stat.startTime) {
      this.drop(pid);
      // Its number may be another's by now.
      return this.first(pid);
    }
    kept.stat = stat;
    kept.round = this.round;
    return stat;
  }

  children(pid: number): readonly number[] {
    const kept = this.known.get(pid);
    if (kept === undefined) return childrenOf(pid);
    // No process, and no thread, was started anywhere since: whoever was no parent then is none now.
    if (this.lastPid === '' || kept.childrenAt !== this.lastPid) {
      kept.children = kept.stat.threads === 1 ? childrenOfSingle(pid) : childrenOf(pid);
      kept.childrenAt = this.lastPid;
    }
    return kept.children;
  }

  /** Somebody measures this process, and will drop it. */
  claim(pid: number): void {
    this.unclaimed.delete(pid);
  }

  /** The round is over: who was only passed by is closed. */
  end(): void {
    for (const pid of this.unclaimed) this.drop(pid);
  }

  /** Nobody asks for this process any more. */
  drop(pid: number): void {
    const kept = this.known.get(pid);
    if (kept === undefined) return;
    this.known.delete(pid);
    this.unclaimed.delete(pid);
    if (kept.fd < 0) return;
    closeSync(kept.fd);
    this.open -= 1;
  }

  /** Descriptors that are open now. */
  get size(): number {
    return this.open + (this.loadavgFd < 0 ? 0 : 1);
  }

  dispose(): void {
    for (const pid of [...this.known.keys()]) this.drop(pid);
    if (this.loadavgFd >= 0) closeSync(this.loadavgFd);
    this.loadavgFd = -1;
  }

  private first(pid: number): ProcStat | null {
    const fd = this.open < this.max ? openStat(pid) : -1;
    const stat = fd >= 0 ? readOpenStat(fd) : readStat(pid);
    if (stat === null) {
      if (fd >= 0) closeSync(fd);
      return null;
    }
    if (fd >= 0) this.open += 1;
    this.known.set(pid, { fd, stat, round: this.round, children: [], childrenAt: '' });
    this.unclaimed.add(pid);
    return stat;
  }

  /** The last number that was given to a process or thread; '' where that cannot be told. */
  private readLastPid(): string {
    try {
      if (this.loadavgFd < 0) this.loadavgFd = openSync('/proc/loadavg', 'r');
      const length = readSync(this.loadavgFd, this.loadavg, 0, this.loadavg.length, 0);
      return this.loadavg.toString('latin1', this.loadavg.lastIndexOf(32, length - 1) + 1, length).trim();
    } catch {
      return '';
    }
  }
}
