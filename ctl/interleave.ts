// Several logs in one stream of whole lines, each with the name it comes from. Pure.
import { shortName } from '../daemon/contract/names.ts';
import { colouredLine, paint, printableCell } from './screen.ts';
import type { Paint } from './screen.ts';
import { padEnd, textWidth, truncate } from './text-width.ts';

/** A longer line is printed in parts: a program that never ends its line must not fill the memory. */
const MOST_LINE = 64 * 1024;
const PAINTS: readonly Paint[] = ['cyan', 'green', 'yellow', 'magenta', 'blue', 'bright cyan', 'bright green', 'bright yellow', 'bright magenta', 'bright blue'];
/** A name wider than this does not push all lines to the right. */
const MOST_NAME = 40;

export interface LogPiece {
  readonly name: string;
  readonly channel: string;
  readonly text: string;
  /** Wall clock ms; absent: nobody knows. */
  readonly at?: number;
}

export interface Interleaver {
  /** Text to print for this piece: whole lines only, '' when none is complete. */
  add(piece: LogPiece): string;
  /** What is left of unfinished lines. */
  end(): string;
}

export interface InterleaveStyle {
  readonly colour: boolean;
  /** Names that will come, so that the first line is aligned with the last; others make room for themselves. */
  readonly names?: readonly string[];
  /** The time before each line, as these words; absent: none. */
  readonly stamp?: (at: number | undefined) => string;
  /** For a terminal: of what programs write, colours stay, and what moves the cursor is left out. Else it is as it was written. */
  readonly terminal?: boolean;
  /** Which lines are shown; absent: all. */
  readonly shows?: (piece: LogPiece, line: string) => boolean;
}

/** The same name has the same colour today and tomorrow, here and in another window. */
export function paintOf(name: string): Paint {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  return PAINTS[(hash >>> 0) % PAINTS.length]!;
}

/** Lines with their names: `|` for stdout, `!` for stderr, which is red on a terminal. */
export function interleaver({ colour, names = [], stamp, terminal = false, shows }: InterleaveStyle): Interleaver {
  const unfinished = new Map<string, { readonly piece: LogPiece; readonly text: string }>();
  let width = names.reduce((most, name) => Math.max(most, Math.min(MOST_NAME, textWidth(printableCell(shortName(name))))), 0);
  const prefix = ({ name, channel, at }: LogPiece): string => {
    const shown = truncate(printableCell(shortName(name)), MOST_NAME);
    width = Math.max(width, textWidth(shown));
    const mark = channel === 'stderr' ? paint('!', 'red', colour) : paint('|', 'grey', colour);
    return `${paint(padEnd(shown, width), paintOf(name), colour)} ${stamp === undefined ? '' : `${paint(stamp(at), 'grey', colour)} `}${mark} `;
  };
  const written = (line: string): string => (terminal ? colouredLine(line) : line.endsWith('\r') ? line.slice(0, -1) : line);
  return {
    add: (piece) => {
      const key = `${piece.channel} ${piece.name}`;
      const lines = ((unfinished.get(key)?.text ?? '') + piece.text).split('\n');
      const rest = lines.pop()!;
      if (rest.length > MOST_LINE) {
        lines.push(rest);
        unfinished.delete(key);
      } else if (rest === '') unfinished.delete(key);
      else unfinished.set(key, { piece, text: rest });
      const shown = shows === undefined ? lines : lines.filter((line) => shows(piece, line));
      if (shown.length === 0) return '';
      const head = prefix(piece);
      return shown.map((line) => `${head}${written(line)}\n`).join('');
    },
    end: () => {
      const out = [...unfinished.values()].filter(({ piece, text }) => shows?.(piece, text) ?? true).map(({ piece, text }) => `${prefix(piece)}${written(text)}\n`).join('');
      unfinished.clear();
      return out;
    },
  };
}
