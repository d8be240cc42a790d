// How many lines end within these bytes? Four bytes at a time: line by line it would take as long as all else that is done with output.

const NEWLINE = 10;
const NEWLINES = 0x0a0a0a0a;
/** Below this many bytes a view costs more than it saves. */
const SHORT_BYTES = 64;

/** The view of the last buffer: readers use one buffer again and again. */
let viewed: ArrayBufferLike | null = null;
let words: Uint32Array = new Uint32Array(0);

function wordsOf(buffer: ArrayBufferLike): Uint32Array {
  if (buffer !== viewed) {
    viewed = buffer;
    words = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
  }
  return words;
}

function countBytes(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (bytes[at] === NEWLINE) count += 1;
  return count;
}

/** Newlines in bytes[start, end). */
export function countNewlines(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < SHORT_BYTES) return countBytes(bytes, start, end);
  const { byteOffset } = bytes;
  const view = wordsOf(bytes.buffer);
  const first = (byteOffset + start + 3) >>> 2;
  const last = (byteOffset + end) >>> 2;
  let count = countBytes(bytes, start, first * 4 - byteOffset) + countBytes(bytes, last * 4 - byteOffset, end);
  for (let at = first; at < last; at += 1) {
    // A byte that is a newline becomes 0, and that 0 the one bit that is set in its place.
    const word = (view[at] ?? 0) ^ NEWLINES;
    const zero = ~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word | 0x7f7f7f7f);
    if (zero !== 0) count += ((zero >>> 7) & 1) + ((zero >>> 15) & 1) + ((zero >>> 23) & 1) + (zero >>> 31);
  }
  return count;
}
