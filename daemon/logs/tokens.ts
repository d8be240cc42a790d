// Finds what a program writes between supervisord's two tokens, however reads cut it. Nothing is copied but what a cut token held back.

/** Takes bytes that are outside (or inside) the tokens. Must not keep `bytes`. */
export type TokenSink = (bytes: Buffer, start: number, end: number) => void;

const BEGIN = Buffer.from('<!--XSUPERVISOR:BEGIN-->');
const END = Buffer.from('<!--XSUPERVISOR:END-->');
// Either token has its first byte nowhere else: what turned out to be no token cannot hold the start of one.
const FIRST = 0x3c;

export interface TokenSinks {
  readonly outside: TokenSink;
  readonly inside: TokenSink;
  /** An END token: what came inside since its BEGIN is complete. */
  readonly complete: () => void;
}

export class TokenSplitter {
  #inside = false;
  /** Bytes of the awaited token that came at the end of the last chunk. */
  #held = 0;

  get inside(): boolean {
    return this.#inside;
  }

  push(bytes: Buffer, start: number, end: number, sinks: TokenSinks): void {
    let from = this.#resume(bytes, start, end, sinks);
    const given = bytes.subarray(0, end);
    while (from < end) {
      const token = this.#inside ? END : BEGIN;
      const found = given.indexOf(token, from);
      if (found < 0) {
        this.#held = heldBack(token, bytes, from, end);
        this.#give(bytes, from, end - this.#held, sinks);
        return;
      }
      this.#give(bytes, from, found, sinks);
      from = found + token.length;
      this.#toggle(sinks);
    }
  }

  /** Goes on with a token that the last chunk began; returns where the rest begins. */
  #resume(bytes: Buffer, start: number, end: number, sinks: TokenSinks): number {
    if (this.#held === 0) return start;
    const token = this.#inside ? END : BEGIN;
    let at = start;
    while (at < end && this.#held < token.length && bytes[at] === token[this.#held]) {
      at += 1;
      this.#held += 1;
    }
    if (this.#held === token.length) {
      this.#held = 0;
      this.#toggle(sinks);
    } else if (at < end) {
      const held = this.#held;
      this.#held = 0;
      this.#give(token, 0, held, sinks);
    }
    return at;
  }

  #give(bytes: Buffer, start: number, end: number, sinks: TokenSinks): void {
    if (end > start) (this.#inside ? sinks.inside : sinks.outside)(bytes, start, end);
  }

  #toggle(sinks: TokenSinks): void {
    this.#inside = !this.#inside;
    if (!this.#inside) sinks.complete();
  }

  /** No more will come: what looked like the beginning of a token was none. */
  flush(sinks: TokenSinks): void {
    const held = this.#held;
    this.#held = 0;
    this.#give(this.#inside ? END : BEGIN, 0, held, sinks);
  }
}

/** How many of the last bytes may be the beginning of `token`. */
function heldBack(token: Buffer, bytes: Buffer, start: number, end: number): number {
  const from = Math.max(start, end - token.length + 1);
  const found = bytes.subarray(from, end).lastIndexOf(FIRST);
  if (found < 0) return 0;
  const last = from + found;
  return bytes.compare(token, 0, end - last, last, end) === 0 ? end - last : 0;
}
