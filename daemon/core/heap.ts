// A binary heap in an array: the first is before all others, and nobody else is in order.

/** Adds one. O(log n). */
export function pushHeap<T>(heap: T[], one: T, before: (a: T, b: T) => boolean): void {
  let at = heap.push(one) - 1;
  while (at > 0) {
    const up = (at - 1) >> 1;
    if (!before(one, heap[up] as T)) break;
    heap[at] = heap[up] as T;
    at = up;
  }
  heap[at] = one;
}

/** Takes out the first; undefined: there is none. O(log n). */
export function popHeap<T>(heap: T[], before: (a: T, b: T) => boolean): T | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as T, heap[child] as T)) child += 1;
    if (!before(heap[child] as T, last)) break;
    heap[at] = heap[child] as T;
    at = child;
  }
  heap[at] = last;
  return first;
}
