// The last bytes of a stream, in memory. Grows to its capacity only as bytes come, so that silent programs cost nothing.

const FIRST_BYTES = 512;

export class Ring {
  readonly capacity: number;
  /** Bytes ever pushed since the last clear. */
  total = 0;
  #bytes: Buffer | null = null;
  // Where the next byte goes; the oldest kept byte is there too once the ring is full.
  #at = 0;
  #length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  push(bytes: Buffer, start: number, end: number): void {
    this.total += end - start;
    const from = Math.max(start, end - this.capacity);
    const count = end - from;
    if (count <= 0) return;
    const ring = this.#room(count);
    const first = Math.min(count, ring.length - this.#at);
    bytes.copy(ring, this.#at, from, from + first);
    bytes.copy(ring, 0, from + first, end);
    this.#at = (this.#at + count) % ring.length;
    this.#length = Math.min(ring.length, this.#length + count);
  }

  #room(count: number): Buffer {
    const old = this.#bytes;
    if (old !== null && (old.length === this.capacity || this.#length + count <= old.length)) return old;
    const grown = Buffer.allocUnsafeSlow(Math.min(this.capacity, Math.max(FIRST_BYTES, (old?.length ?? 0) * 2, this.#length + count)));
    const kept = this.last(this.#length);
    kept.copy(grown);
    this.#at = kept.length % grown.length;
    this.#bytes = grown;
    return grown;
  }

  /** A copy of the newest `count` bytes, or of what there is. */
  last(count: number): Buffer {
    const ring = this.#bytes;
    const length = Math.min(count, this.#length);
    if (ring === null || length <= 0) return Buffer.alloc(0);
    const from = (this.#at - length + ring.length) % ring.length;
    if (from + length <= ring.length) return Buffer.from(ring.subarray(from, from + length));
    return Buffer.concat([ring.subarray(from), ring.subarray(0, length - (ring.length - from))]);
  }

  clear(): void {
    this.total = 0;
    this.#length = 0;
    this.#at = 0;
    this.#bytes = null;
  }
}
