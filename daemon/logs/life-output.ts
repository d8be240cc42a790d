// The last of what one life said, kept in memory beside its log: both channels in the order they came, and its errors apart.
import type { Channel as ChannelName, KeptOutput, LifeOutput } from '../os/ports/output.ts';
import { Ring } from './ring.ts';

/** Of both channels. */
const TEXT_BYTES = 64 * 1024;
/** Of standard error alone: 50 lines of more than 300 bytes. */
const ERRORS_BYTES = 16 * 1024;
const NEWLINE = 10;
const NEWLINES = Buffer.from('\n');

interface Reader {
  readonly onChunk: (bytes: Uint8Array, end: number) => void;
  readonly onEnd: () => void;
}

export class LifeRing implements LifeOutput {
  readonly #text = new Ring(TEXT_BYTES);
  readonly #errors = new Ring(ERRORS_BYTES);
  readonly #readers = new Set<Reader>();
  #midLine = false;
  #last: ChannelName | null = null;
  #ended = false;
  #begun = false;

  /** `over`: a life that ended, with what is still kept of it. */
  constructor(over?: KeptOutput) {
    if (over === undefined) return;
    this.#begun = true;
    const bytes = Buffer.from(over.bytes);
    this.#text.push(bytes, 0, bytes.length);
    this.#text.total = over.end;
    this.#ended = true;
  }

  get total(): number {
    return this.#text.total;
  }

  heard(channel: ChannelName, bytes: Buffer, start: number, end: number): void {
    if (end <= start || this.#ended) return;
    // A line of the other channel does not go on in this one.
    if (this.#midLine && this.#last !== channel) this.#push(NEWLINES, 0, 1);
    this.#last = channel;
    this.#midLine = bytes[end - 1] !== NEWLINE;
    this.#push(bytes, start, end);
    if (channel === 'stderr') this.#errors.push(bytes, start, end);
  }

  // What is kept of a life that ended begins with a line already.
  #whole(): Buffer {
    return this.#begun ? this.#text.last(this.#text.capacity) : wholeLines(this.#text);
  }

  #push(bytes: Buffer, start: number, end: number): void {
    this.#text.push(bytes, start, end);
    if (this.#readers.size === 0) return;
    // The buffer is the reader of pipes' own, and used again.
    const copy = Buffer.from(bytes.subarray(start, end));
    for (const reader of this.#readers) reader.onChunk(copy, this.#text.total);
  }

  text(): string {
    return this.#whole().toString('utf8');
  }

  errors(lines: number): readonly string[] {
    const ring = this.#errors.total > 0 ? this.#errors : this.#text;
    const text = wholeLines(ring).toString('utf8').replace(/\r?\n$/, '');
    return text === '' ? [] : text.split('\n').slice(-lines);
  }

  kept(): KeptOutput {
    return { bytes: this.#whole(), end: this.#text.total };
  }

  // A position beyond the end is one in the output of another life.
  #recall(onChunk: Reader['onChunk'], from = -1): void {
    const { total } = this.#text;
    const all = this.#text.last(this.#text.capacity);
    const missing = total - from;
    const kept = from < 0 || missing < 0 ? this.#whole() : all.subarray(Math.max(0, all.length - missing));
    if (from >= 0 && missing > all.length) onChunk(Buffer.from(`[reeve: ${missing - all.length} bytes that were written meanwhile are no longer kept here]\n`), total - all.length);
    if (kept.length > 0) onChunk(kept, total);
  }

  follow(onChunk: Reader['onChunk'], onEnd: () => void, from?: number): { close(): void } {
    const reader = { onChunk, onEnd };
    this.#recall(onChunk, from);
    if (this.#ended) onEnd();
    else this.#readers.add(reader);
    return { close: () => void this.#readers.delete(reader) };
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const readers = [...this.#readers];
    this.#readers.clear();
    for (const reader of readers) reader.onEnd();
  }
}

/** What a ring keeps, without the line whose beginning is gone, unless it is the only one. */
function wholeLines(ring: Ring): Buffer {
  const bytes = ring.last(ring.capacity);
  if (ring.total <= bytes.length) return bytes;
  const newline = bytes.indexOf(NEWLINE);
  return newline < 0 || newline === bytes.length - 1 ? bytes : bytes.subarray(newline + 1);
}
