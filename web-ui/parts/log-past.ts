// The past of several logs comes log by log. Where its lines have times it is put in the order it was written in. Pure.
import { stampOf } from '../../daemon/contract/log-stamp.ts';
import type { Piece } from './log-places.ts';

export interface Past {
  readonly pieces: readonly Piece[];
  /** How many logs have something in it. */
  readonly logs: number;
  /** How many of them have times: these stand after the others, line by line in the order they were written in. */
  readonly timed: number;
}

interface Line {
  readonly piece: Piece;
  readonly at: number;
}

/** Lines of one log with their times. A line without one was written with the line before it; none has one: null. */
function timesOf(piece: Piece): readonly Line[] | null {
  const texts = piece.text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const stamps = texts.map(stampOf);
  const first = stamps.find((stamp) => stamp !== null);
  if (first === undefined || first === null) return null;
  let at = first;
  return texts.map((text, i) => {
    // A clock that was set back changes no order within a log.
    at = Math.max(at, stamps[i] ?? at);
    return { piece: { ...piece, text }, at };
  });
}

/** Within a log the order stays as it is. */
export function inOrder(pieces: readonly Piece[]): Past {
  const logs = new Map<string, Piece>();
  for (const piece of pieces) {
    const key = `${piece.name}/${piece.channel}`;
    logs.set(key, { ...piece, text: (logs.get(key)?.text ?? '') + piece.text });
  }
  const timed: (readonly Line[])[] = [];
  const untimed: Piece[] = [];
  for (const log of logs.values()) {
    const lines = timesOf(log);
    if (lines === null) untimed.push(log);
    else timed.push(lines);
  }
  // Sorting is stable: lines of the same time stay as they came.
  const sorted = timed.flat().toSorted((a, b) => a.at - b.at).map(({ piece }) => piece);
  return { pieces: [...untimed, ...sorted], logs: logs.size, timed: timed.length };
}
