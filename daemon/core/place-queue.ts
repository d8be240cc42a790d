// Who is next when a place is free? The lowest priority number, then the oldest.

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
    const { heap } = this;
    const entry = { priority, seq, item };
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!before(entry, heap[up] as Entry<T>)) break;
      heap[i] = heap[up] as Entry<T>;
      i = up;
    }
    heap[i] = entry;
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
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    this.members.delete(first.item);
    if (heap.length === 0) return first.item;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && before(right, heap[child] as Entry<T>)) child += 1;
      if (before(last, heap[child] as Entry<T>)) break;
      heap[i] = heap[child] as Entry<T>;
      i = child;
    }
    heap[i] = last;
    return first.item;
  }
}
