// Cuts a stream of chunks at line ends, keeping the unfinished line, up to a bound.

/** Takes whole lines; `complete` is false when the range ends in the middle of one. Must not keep `bytes`. */
export type LineSink = (bytes: Buffer, start: number, end: number, complete: boolean) => void;

/** An unfinished line longer than this is passed on as it is. */
export const LINE_BOUND = 64 * 1024;
const NEWLINE = 10;
const FIRST_BYTES = 256;

export class LineCutter {
  #partial: Buffer | null = null;
  #length = 0;

  /** Bytes of the unfinished line. */
  get held(): number {
    return this.#length;
  }

  push(bytes: Buffer, start: number, end: number, sink: LineSink): void {
    const last = lastNewline(bytes, start, end);
    if (last < 0) {
      this.#keep(bytes, start, end, sink);
      return;
    }
    let from = start;
    if (this.#length > 0) {
      // The first line is completed where it lies; the others go out in one piece from the caller's buffer.
      from = bytes.indexOf(NEWLINE, start) + 1;
      this.#append(bytes, start, from);
      this.#give(sink, true);
    }
    if (from <= last) sink(bytes, from, last + 1, true);
    if (last + 1 < end) this.#keep(bytes, last + 1, end, sink);
  }

  #keep(bytes: Buffer, start: number, end: number, sink: LineSink): void {
    if (this.#length + end - start > LINE_BOUND) {
      this.flush(sink);
      if (end - start > LINE_BOUND) {
        const cut = characterStart(bytes, end, start);
        sink(bytes, start, cut, false);
        this.#append(bytes, cut, end);
        return;
      }
    }
    this.#append(bytes, start, end);
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (this.#partial === null || this.#partial.length < needed) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, needed, Math.min(LINE_BOUND, (this.#partial?.length ?? 0) * 2)));
      this.#partial?.copy(grown, 0, 0, this.#length);
      this.#partial = grown;
    }
    bytes.copy(this.#partial, this.#length, start, end);
    this.#length = needed;
  }

  #give(sink: LineSink, complete: boolean): void {
    const bytes = this.#partial;
    const length = this.#length;
    this.#length = 0;
    if (bytes !== null && length > 0) sink(bytes, 0, length, complete);
    // Long lines are rare; their room is not kept for the life of a program.
    if (bytes !== null && bytes.length > 4096) this.#partial = null;
  }

  /** Passes the unfinished line on. */
  flush(sink: LineSink): void {
    this.#give(sink, false);
  }
}

function lastNewline(bytes: Buffer, start: number, end: number): number {
  const found = bytes.lastIndexOf(NEWLINE, end - 1);
  return found < start ? -1 : found;
}

// A cut falls between characters: at most three bytes of a UTF-8 sequence are held back.
function characterStart(bytes: Buffer, end: number, start: number): number {
  for (let back = 1; back <= 3 && end - back > start; back += 1) {
    const byte = bytes[end - back] ?? 0;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return byte >= (back === 1 ? 0xc0 : back === 2 ? 0xe0 : 0xf0) ? end - back : end;
  }
  return end;
}
