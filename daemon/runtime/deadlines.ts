// One timer for everything: the earliest deadline of all subjects.
import { popHeap, pushHeap } from '../core/heap.ts';
import type { Clock } from '../os/ports/clock.ts';

interface Entry {
  readonly due: number;
  readonly key: string;
}

function before(a: Entry, b: Entry): boolean {
  return a.due < b.due;
}

/** Longest sleep: setTimeout overflows at 2^31 ms and then fires at once. */
const MAX_SLEEP_MS = 2_000_000_000;
/** Entries that were moved or dropped stay in the heap until they come up, or until they are this many more than those that hold. */
const MAX_STALE = 1024;

export class Deadlines {
  private readonly clock: Clock;
  private readonly fire: (key: string) => void;
  private readonly due = new Map<string, number>();
  private readonly heap: Entry[] = [];
  private timer: NodeJS.Timeout | null = null;
  private armedFor = Infinity;

  constructor(clock: Clock, fire: (key: string) => void) {
    this.clock = clock;
    this.fire = fire;
  }

  /** Sets, moves or (null) drops the deadline of a subject, in monotonic ms. O(log n). */
  set(key: string, due: number | null): void {
    if (due === null) {
      this.due.delete(key);
      return;
    }
    if (this.due.get(key) === due) return;
    this.due.set(key, due);
    pushHeap(this.heap, { due, key }, before);
    if (this.heap.length > 2 * this.due.size + MAX_STALE) this.sweep();
    if (due < this.armedFor) this.arm();
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.armedFor = Infinity;
    this.due.clear();
    this.heap.length = 0;
  }

  private arm(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.armedFor = Infinity;
    const first = this.peek();
    if (!first) return;
    this.armedFor = first.due;
    const sleep = Math.min(MAX_SLEEP_MS, Math.max(0, Math.ceil(first.due - this.clock.mono())));
    this.timer = setTimeout(() => this.wake(), sleep);
  }

  private wake(): void {
    this.timer = null;
    this.armedFor = Infinity;
    const now = this.clock.mono();
    // A timer may fire a millisecond early: what is not due yet is armed again.
    try {
      for (let first = this.peek(); first && first.due <= now; first = this.peek()) {
        popHeap(this.heap, before);
        this.due.delete(first.key);
        this.fire(first.key);
      }
    } finally {
      this.arm();
    }
  }

  /** The earliest entry that still holds; those that were moved or dropped are thrown away here. */
  private peek(): Entry | undefined {
    for (let first = this.heap[0]; first; first = this.heap[0]) {
      if (this.due.get(first.key) === first.due) return first;
      popHeap(this.heap, before);
    }
    return undefined;
  }

  private sweep(): void {
    this.heap.length = 0;
    for (const [key, due] of this.due) pushHeap(this.heap, { due, key }, before);
  }
}
