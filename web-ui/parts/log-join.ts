// After a dropped connection a log is asked for again with some of its past. Where the last that was seen stands in it, what follows is
// new: nothing is lost and nothing comes twice, as far as the daemon keeps it. Pure.
import type { LogChannel } from './log-buffer.ts';

export interface Piece {
  readonly name: string;
  readonly channel: LogChannel;
  readonly text: string;
}

/** So much of the end of each log is remembered: long enough to stand there but once. */
const REMEMBERED = 4096;

const keyOf = ({ name, channel }: Piece): string => `${channel} ${name}`;

/** The end of each log, as it was seen. */
export interface Seen {
  add(piece: Piece): void;
  /** '' : nothing was seen of it. */
  endOf(piece: Piece): string;
  clear(): void;
}

export function createSeen(): Seen {
  const ends = new Map<string, { pieces: string[]; length: number }>();
  return {
    add(piece) {
      const key = keyOf(piece);
      let end = ends.get(key);
      if (end === undefined) ends.set(key, end = { pieces: [], length: 0 });
      end.pieces.push(piece.text);
      end.length += piece.text.length;
      for (let first = end.pieces[0]; first !== undefined && end.length - first.length >= REMEMBERED; first = end.pieces[0]) {
        end.pieces.shift();
        end.length -= first.length;
      }
    },
    endOf: (piece) => (ends.get(keyOf(piece))?.pieces.join('') ?? '').slice(-REMEMBERED),
    clear: () => ends.clear(),
  };
}

export interface Joined {
  /** What is new, in the order it came. */
  readonly pieces: readonly Piece[];
  /** Logs in whose past the last that was seen does not stand: something may be missing before what is new of them. */
  readonly torn: readonly string[];
}

/** What of the first pieces after a dropped connection is new. */
export function join(pieces: readonly Piece[], seen: Seen): Joined {
  const whole = new Map<string, string>();
  for (const piece of pieces) whole.set(keyOf(piece), (whole.get(keyOf(piece)) ?? '') + piece.text);
  const skip = new Map<string, number>();
  const torn: string[] = [];
  for (const piece of pieces) {
    const key = keyOf(piece);
    if (skip.has(key)) continue;
    const end = seen.endOf(piece);
    // The last place: lines that repeat themselves are shown once too few rather than all of them again.
    const at = end === '' ? -1 : (whole.get(key) ?? '').lastIndexOf(end);
    if (at < 0 && end !== '') torn.push(piece.name);
    skip.set(key, at < 0 ? 0 : at + end.length);
  }
  const fresh: Piece[] = [];
  for (const piece of pieces) {
    const key = keyOf(piece);
    const left = skip.get(key) ?? 0;
    if (left < piece.text.length) fresh.push(left === 0 ? piece : { ...piece, text: piece.text.slice(left) });
    skip.set(key, Math.max(0, left - piece.text.length));
  }
  return { pieces: fresh, torn: [...new Set(torn)] };
}
