// Who is next when a place is free? The lowest priority number, then the oldest.
import { popHeap, pushHeap } from './heap.ts';

interface Entry<T> {
  readonly priority: number;
  readonly seq: number;
  readonly item: T;
}

function before<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.priority < b.priority || (a.priority === b.priority && a.seq < b.seq);
}

/** A heap. Nobody is taken out of its middle: whoever does not want his place any more says so when his turn comes. */
export class PlaceQueue<T> {
  private readonly heap: Entry<T>[] = [];
  private readonly members = new Set<T>();

  /** Adds somebody; twice changes nothing. O(log n). */
  add(item: T, priority: number, seq: number): void {
    if (this.members.has(item)) return;
    this.members.add(item);
    pushHeap(this.heap, { priority, seq, item }, before);
  }

  get size(): number {
    return this.heap.length;
  }

  /** Is the next one ahead of somebody with these? */
  isAhead(priority: number, seq: number): boolean {
    const first = this.heap[0];
    return first !== undefined && (first.priority < priority || (first.priority === priority && first.seq < seq));
  }

  /** Takes out the next one. O(log n). */
  take(): T | undefined {
    const first = popHeap(this.heap, before);
    if (first === undefined) return undefined;
    this.members.delete(first.item);
    return first.item;
  }
}
