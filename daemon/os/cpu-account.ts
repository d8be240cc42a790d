// How much processor time has a life used? Added up from looks at its processes, each tick once, though the kernel tells it twice:
// in the line of the process itself, and in its parent's once that has waited for it. In between it may be a zombie, whom nobody
// looks at, for as long as its parent likes:
//
//   look          child    parent's children    total
//   it runs        100              0             100
//   a zombie         -              0             100    its parent owes 100
//   waited for       -            110             110    100 of them were counted before
import type { ProcReader } from './proc.ts';

/** One process as it was at the last look. Times in clock ticks. */
interface Member {
  readonly startTime: number;
  parent: number;
  own: number;
  children: number;
  /** What its children gained since the look before. */
  gained: number;
  /** Counted of children that are gone, and not yet seen in `children`. It stays owed where nobody ever waits for them. */
  owed: number;
  round: number;
  /** How long it had run, in nanoseconds, before the last look at it; null: that was not asked. */
  ran: number | null;
}

/** Processor time of one life as far as it was seen. It never goes back. */
export class CpuAccount {
  /** Clock ticks. */
  total = 0;
  private readonly members = new Map<number, Member>();
  private round = 0;

  /** Who was there at the last look. */
  pids(): IterableIterator<number> {
    return this.members.keys();
  }

  has(pid: number): boolean {
    return this.members.has(pid);
  }

  get size(): number {
    return this.members.size;
  }

  /** Asks everybody how long it ran. True: nobody did since the last look. Asked before a look, so that who runs meanwhile is seen at the next one. */
  rested(ran: (pid: number) => number | null): boolean {
    let all = true;
    for (const [pid, member] of this.members) {
      const now = ran(pid);
      if (now === null || now !== member.ran) all = false;
      member.ran = now;
    }
    return all;
  }

  /** Adds what was used since the last look by those who are there now, and by those they waited for. */
  look(pids: readonly number[], via: ProcReader): void {
    this.round += 1;
    const gone: Member[] = [];
    for (const pid of pids) this.see(pid, via, gone);
    for (const member of this.members.values()) if (member.round !== this.round) gone.push(member);
    for (const member of gone) this.leave(member);
    for (const [pid, member] of this.members) {
      if (member.round !== this.round) this.members.delete(pid);
      else this.pay(member);
    }
  }

  private see(pid: number, via: ProcReader, gone: Member[]): void {
    const stat = via.stat(pid);
    if (stat === null) return;
    const known = this.members.get(pid);
    if (known?.startTime === stat.startTime) {
      this.total += Math.max(0, stat.ticks - known.own);
      known.gained = stat.childTicks - known.children;
      known.parent = stat.ppid;
      known.own = stat.ticks;
      known.children = stat.childTicks;
      known.round = this.round;
      return;
    }
    // Its number was another's.
    if (known !== undefined) gone.push(known);
    this.total += stat.ticks;
    this.members.set(pid, { startTime: stat.startTime, parent: stat.ppid, own: stat.ticks, children: stat.childTicks, gained: stat.childTicks, owed: 0, round: this.round, ran: null });
  }

  /** All that was counted of it comes once more by the nearest of those above it who lives: he waits for it, or for who waited for it. */
  private leave(member: Member): void {
    let heir = this.members.get(member.parent);
    for (let steps = this.members.size; heir !== undefined && heir.round !== this.round; steps -= 1) heir = steps > 0 ? this.members.get(heir.parent) : undefined;
    if (heir !== undefined) heir.owed += member.own + member.children + member.owed;
  }

  private pay(member: Member): void {
    const paid = Math.min(member.owed, member.gained);
    member.owed -= paid;
    this.total += member.gained - paid;
  }
}
