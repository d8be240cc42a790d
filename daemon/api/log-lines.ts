// How what was written goes over the wire: as it is, or one JSON object a line with its name, its place and its time.
import type { LogLine } from '../contract/rest.ts';
import type { Channel } from '../os/ports/output.ts';

/** `end` and `at`: see FollowRequest. '' or nothing: there is nothing to send yet. */
export type Encode = (id: string, channel: Channel, bytes: Uint8Array, end: number, at: number | null) => string | Uint8Array;

/** What a JSON line says beside the text. */
export interface LineOptions {
  /** Say where each text ends, so that a reader can come back and go on. */
  readonly positions: boolean;
  /** Say when each text was written. */
  readonly timestamps: boolean;
}

/** The content type of logs as they were written. */
export const TEXT = 'text/plain; charset=utf-8';
/** No bytes: what is sent where only a position is to be told. */
export const NOTHING = new Uint8Array();

/** Bytes of a character that begins so; 0: none does. */
function lengthOf(first: number): number {
  return first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** After some first bytes fewer second ones are a character (Unicode, table 3-7). */
function goesOn(first: number, second: number): boolean {
  return second >= (first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80) && second <= (first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf);
}

/** Bytes at the end that are the beginning of a character whose rest is still to come: what a decoder keeps, which of other bytes makes U+FFFD at once. */
function beginnings(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < lengthOf(byte) && (back === 1 || goesOn(byte, bytes[bytes.length - back + 1] ?? 0)) ? back : 0;
  }
  return 0;
}

/** Text is decoded per log, so that a character cut in two by a read is not broken. */
export function lineEncoder({ positions, timestamps }: LineOptions): Encode {
  const decoders = new Map<string, { readonly decoder: TextDecoder; held: number }>();
  return (id, channel, bytes, end, at) => {
    const key = `${channel} ${id}`;
    const own = decoders.get(key) ?? { decoder: new TextDecoder(), held: 0 };
    decoders.set(key, own);
    const text = own.decoder.decode(bytes, { stream: true });
    // What waits in the decoder was not said: who comes back must be given it again.
    own.held = text === '' ? own.held + bytes.length : beginnings(bytes);
    const line: LogLine = { name: id, channel, text, ...(positions ? { end: end - own.held } : {}), ...(timestamps && at !== null ? { at } : {}) };
    return line.text === '' && !positions ? '' : `${JSON.stringify(line)}\n`;
  };
}

/** Bytes are copied: the plane may use its buffer again. */
export const rawEncode: Encode = (_id, _channel, bytes) => Buffer.from(bytes);
