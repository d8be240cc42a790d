// Removes terminal escape sequences from a stream of chunks; a sequence may be cut anywhere.

export type AnsiState = 'text' | 'escape' | 'intermediate' | 'csi' | 'string' | 'string_escape';

const ESC = 0x1b;
const BEL = 0x07;
const NEWLINE = 0x0a;

function next(state: AnsiState, byte: number): AnsiState | 'keep' {
  // A sequence never spans lines: an unfinished one must not swallow what follows.
  if (byte === NEWLINE) return 'keep';
  switch (state) {
    case 'text':
      return byte === ESC ? 'escape' : 'keep';
    case 'escape':
      if (byte === 0x5b) return 'csi'; // [
      if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) return 'string'; // ] P X ^ _
      return byte >= 0x20 && byte <= 0x2f ? 'intermediate' : 'text';
    case 'intermediate':
      return byte >= 0x20 && byte <= 0x2f ? 'intermediate' : 'text';
    case 'csi':
      if (byte === ESC) return 'escape';
      return byte >= 0x40 && byte <= 0x7e ? 'text' : 'csi';
    case 'string':
      if (byte === BEL) return 'text';
      return byte === ESC ? 'string_escape' : 'string';
    case 'string_escape':
      return byte === 0x5c ? 'text' : 'string';
  }
}

/** Strips bytes[start, end) in place and returns the new end with the state for the next chunk. */
export function stripAnsi(state: AnsiState, bytes: Uint8Array, start: number, end: number): { state: AnsiState; end: number } {
  let at = start;
  if (state === 'text') {
    const escape = bytes.indexOf(ESC, start);
    if (escape < 0 || escape >= end) return { state, end };
    at = escape;
  }
  let to = at;
  let now = state;
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    const after = next(now, byte);
    if (after === 'keep') {
      bytes[to] = byte;
      to += 1;
      now = 'text';
    } else {
      now = after;
    }
  }
  return { state: now, end: to };
}
