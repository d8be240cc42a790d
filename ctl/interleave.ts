// Several logs in one stream of whole lines, each with the name it comes from. Pure.
import { shortName } from '../daemon/contract/names.ts';
import { paint } from './screen.ts';
import type { Paint } from './screen.ts';

/** A longer line is printed in parts: a program that never ends its line must not fill the memory. */
const MOST_LINE = 64 * 1024;
const PAINTS: readonly Paint[] = ['cyan', 'green', 'yellow', 'magenta', 'blue'];

export interface LogPiece {
  readonly name: string;
  readonly channel: string;
  readonly text: string;
}

export interface Interleaver {
  /** Text to print for this piece: whole lines only, '' when none is complete. */
  add(piece: LogPiece): string;
  /** What is left of unfinished lines. */
  end(): string;
}

/** A name keeps its colour for as long as the stream lives; stderr's prefix is red-marked on a terminal. */
export function interleaver(colour: boolean): Interleaver {
  const unfinished = new Map<string, string>();
  const paints = new Map<string, Paint>();
  let width = 0;
  const prefix = (name: string, channel: string): string => {
    let chosen = paints.get(name);
    if (chosen === undefined) {
      chosen = PAINTS[paints.size % PAINTS.length]!;
      paints.set(name, chosen);
    }
    const shown = shortName(name);
    width = Math.max(width, shown.length);
    return `${paint(shown.padEnd(width), chosen, colour)} ${paint('|', channel === 'stderr' ? 'red' : 'grey', colour)} `;
  };
  return {
    add: ({ name, channel, text }) => {
      const key = `${channel} ${name}`;
      const lines = ((unfinished.get(key) ?? '') + text).split('\n');
      const rest = lines.pop()!;
      if (rest.length > MOST_LINE) {
        lines.push(rest);
        unfinished.delete(key);
      } else if (rest === '') unfinished.delete(key);
      else unfinished.set(key, rest);
      if (lines.length === 0) return '';
      const head = prefix(name, channel);
      return lines.map((line) => `${head}${line.endsWith('\r') ? line.slice(0, -1) : line}\n`).join('');
    },
    end: () => {
      const out = [...unfinished]
        .map(([key, text]) => `${prefix(key.slice(key.indexOf(' ') + 1), key.slice(0, key.indexOf(' ')))}${text}\n`)
        .join('');
      unfinished.clear();
      return out;
    },
  };
}
