// Where each log was when it was last heard, so that the next connection goes on with the byte after it; and what in a log are words of
// reeve, not of its program. Pure.
import type { LogChannel } from './log-buffer.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';

/** What a program wrote. */
export interface Piece {
  readonly name: string;
  readonly channel: LogChannel;
  readonly text: string;
  /** The daemon's wall clock, ms; absent: it was written before it was asked for. */
  readonly at?: number;
}

/** Something is missing here. */
export interface Gap {
  readonly name: string;
  readonly channel: LogChannel;
  readonly says: string;
}

export type Heard = { readonly piece: Piece } | { readonly gap: Gap } | null;

/** Places longer than this together do not fit into the address of a request. */
const MOST_CHARS = 8000;
const NOTICE = /^\n?\[reeve: ([^\n]*)\]\n$/;
const UTF8 = new TextEncoder();

export interface LogPlaces {
  /** Logs that are known. */
  readonly size: number;
  /** What a line of the stream is: something written, a gap, or null: only a place. */
  hear(line: LogLine): Heard;
  /** The argument `from` that goes on after all that was heard; null: it is too long to be asked. */
  from(): readonly string[] | null;
  /** Another daemon counts them: all that its logs got since it began is new. */
  anew(): void;
}

/** Nothing is known at first. */
export function createPlaces(): LogPlaces {
  const ends = new Map<string, number>();
  return {
    get size() { return ends.size; },
    hear({ name, channel, text, end, at }) {
      const key = `${name}/${channel}`;
      const before = ends.get(key);
      if (end !== undefined) ends.set(key, end);
      if (text === '') return null;
      const says = NOTICE.exec(text)?.[1];
      // What reeve says has no place in the log: it leads over as many bytes as are missing, whatever its own length.
      if (says !== undefined && end !== undefined && before !== undefined && end - before !== UTF8.encode(text).length) return { gap: { name, channel, says } };
      return { piece: { name, channel, text, ...(at === undefined ? {} : { at }) } };
    },
    from() {
      const list = [...ends].map(([log, end]) => `${log}=${end}`);
      return encodeURIComponent(list.join('&from=')).length > MOST_CHARS ? null : list;
    },
    anew() {
      for (const key of ends.keys()) ends.set(key, 0);
    },
  };
}
