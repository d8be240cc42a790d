// One channel of one life that somebody listens to beside its log: the protocol of an event listener, chunks for PROCESS_LOG events,
// a line that says that it is ready, what is captured between tokens, and everything where the daemon's own log is to have it.
// Programs that use none of it have no tap.
import type { OutputSpec } from '../../config/spec.ts';
import type { Channel as ChannelName, OutputEcho, OutputTaps } from '../os/ports/output.ts';
import type { Child } from '../os/ports/processes.ts';
import { Ring } from './ring.ts';
import { TokenSplitter } from './tokens.ts';
import type { TokenSink, TokenSinks } from './tokens.ts';

/** What one event carries at most: supervisord reads so much at once. */
const CHUNK_BYTES = 128 * 1024;
/** A UTF-8 sequence is at most this long. */
const SEQUENCE_BYTES = 4;

/** Who may listen. */
export interface Ears {
  readonly taps: OutputTaps | null;
  readonly echo: OutputEcho | null;
}

/** A tap where something taps, else null. `present` is kept where it does that already: it may be amid a token. */
export function tapOf(present: Tap | null, ears: Ears, child: Child, channel: ChannelName, spec: OutputSpec): Tap | null {
  const { taps, echo } = ears;
  const protocol = channel === 'stdout' && taps?.isListener(child.id) === true;
  const watched = taps?.watches(child.id) === true;
  const heard = taps !== null && !protocol;
  const options = { protocol, watched, events: heard && spec.events, echoes: !protocol && echo?.echoes === true, captureBytes: heard ? spec.captureBytes : 0 };
  if (!protocol && !watched && !options.events && !options.echoes && options.captureBytes === 0) return null;
  return present?.does(options) === true ? present : new Tap(ears, child, channel, options);
}

interface TapOptions {
  readonly protocol: boolean;
  /** Somebody waits for a line. */
  readonly watched: boolean;
  readonly events: boolean;
  readonly echoes: boolean;
  readonly captureBytes: number;
}

export class Tap {
  readonly #ears: Ears;
  readonly #child: Child;
  readonly #channel: ChannelName;
  readonly #options: TapOptions;
  readonly #splitter: TokenSplitter | null;
  readonly #captured: Ring | null;
  readonly #sinks: TokenSinks;
  #watched: boolean;
  /** The beginning of a character whose end has not come yet. */
  #carry: Buffer | null = null;
  #log: TokenSink | null = null;

  constructor(ears: Ears, child: Child, channel: ChannelName, options: TapOptions) {
    this.#ears = ears;
    this.#child = child;
    this.#channel = channel;
    this.#options = options;
    this.#watched = options.watched;
    const captures = options.captureBytes > 0;
    this.#splitter = captures ? new TokenSplitter() : null;
    this.#captured = captures ? new Ring(options.captureBytes) : null;
    this.#sinks = {
      outside: (bytes, start, end) => {
        this.#chunk(bytes, start, end);
        this.#log?.(bytes, start, end);
      },
      inside: (bytes, start, end) => {
        this.#chunk(bytes, start, end);
        this.#captured?.push(bytes, start, end);
      },
      complete: () => this.#complete(),
    };
  }

  does({ protocol, watched, events, echoes, captureBytes }: TapOptions): boolean {
    const own = this.#options;
    return own.protocol === protocol && own.watched === watched && own.events === events && own.echoes === echoes && own.captureBytes === captureBytes;
  }

  /** What was read, as it was written. */
  raw(bytes: Buffer, length: number): void {
    if (this.#options.protocol) this.#ears.taps?.protocol(this.#child, bytes.subarray(0, length));
    if (this.#watched) this.#watched = this.#ears.taps?.seen(this.#child, this.#channel, bytes.subarray(0, length)) === true;
  }

  /** bytes[0, end) for those who listen; `log` gets what is not captured. */
  pass(bytes: Buffer, end: number, log: TokenSink): void {
    this.#log = log;
    if (this.#splitter !== null) this.#splitter.push(bytes, 0, end, this.#sinks);
    else this.#sinks.outside(bytes, 0, end);
  }

  /** Nothing more is to be expected soon: what was held back is passed on. */
  flush(log: TokenSink): void {
    this.#log = log;
    this.#splitter?.flush(this.#sinks);
    const carry = this.#carry;
    this.#carry = null;
    if (carry !== null) this.#say(carry);
  }

  #complete(): void {
    const captured = this.#captured;
    if (captured === null) return;
    this.#ears.taps?.captured(this.#child, this.#channel, captured.last(captured.length));
    captured.clear();
  }

  #say(chunk: Buffer): void {
    if (this.#options.events) this.#ears.taps?.chunk(this.#child, this.#channel, chunk);
    if (this.#options.echoes) this.#ears.echo?.echo(this.#child.id, this.#channel, chunk);
  }

  #chunk(bytes: Buffer, start: number, end: number): void {
    if (!this.#options.events && !this.#options.echoes) return;
    let piece = bytes.subarray(start, end);
    if (this.#carry !== null) piece = Buffer.concat([this.#carry, piece]);
    this.#carry = null;
    while (piece.length > 0) {
      const cut = wholeCharacters(piece, Math.min(piece.length, CHUNK_BYTES));
      if (cut === 0) break;
      this.#say(piece.subarray(0, cut));
      piece = piece.subarray(cut);
    }
    // The buffer is the reader's own and used again.
    if (piece.length > 0) this.#carry = Buffer.from(piece);
  }
}

/** The end of the last whole character within bytes[0, end); `end` where the bytes are no UTF-8 anyway. */
function wholeCharacters(bytes: Buffer, end: number): number {
  for (let back = 1; back < SEQUENCE_BYTES && back <= end; back += 1) {
    const byte = bytes[end - back] ?? 0;
    if (byte < 0x80) return end;
    if (byte < 0xc0) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needs > back ? end - back : end;
  }
  return end;
}
