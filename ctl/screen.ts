// Where words go: stdout and stderr, with or without colour.
import { wantsColour } from './colour.ts';
import type { ColourChoice } from './colour.ts';

/** What a command may print to. */
export interface Screen {
  /** Columns of the terminal, or null when stdout is none. */
  readonly columns: number | null;
  readonly colour: boolean;
  /** A whole line to stdout. */
  line(text: string): void;
  /** Bytes to stdout as they are. */
  raw(bytes: Uint8Array | string): void;
  /** A whole line to stderr. */
  note(text: string): void;
  /** While stdout is full: when it takes more again. Who streams waits for it, so that a slow reader costs no memory. */
  full(): Promise<void> | undefined;
}

export type Paint = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'bright green' | 'bright yellow' | 'bright blue' | 'bright magenta' | 'bright cyan' | 'grey' | 'bold';
const CODES: Readonly<Record<Paint, number>> = {
  red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, 'bright green': 92, 'bright yellow': 93, 'bright blue': 94, 'bright magenta': 95, 'bright cyan': 96, grey: 90, bold: 1,
};

/** The text in a colour, or as it is. */
export function paint(text: string, colour: Paint | null, on: boolean): string {
  return on && colour !== null && text !== '' ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text;
}

/** Control characters that a log line or a message must not send to a terminal (escape sequences can retitle or worse). Tab stays. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000A-\u001F\u007F-\u009F]/g, '\uFFFD');
}

/** As printable, on one line and in cells that a column can count: a tab is a blank. */
export const printableCell = (text: string): string => printable(text).replaceAll('\t', ' ');

/** The real one. */
export function openScreen(colour: ColourChoice): Screen {
  const out = process.stdout;
  const err = process.stderr;
  return {
    // Asked each time: the shell lives on when its window changes.
    get columns() {
      return out.isTTY ? (out.columns > 0 ? out.columns : 80) : null;
    },
    colour: wantsColour(colour, out.isTTY, process.env),
    line: (text) => {
      out.write(`${text}\n`);
    },
    raw: (bytes) => {
      out.write(bytes);
    },
    note: (text) => {
      err.write(`${text}\n`);
    },
    full: () =>
      out.writableNeedDrain
        ? new Promise((resolve) => {
            out.once('drain', resolve);
          })
        : undefined,
  };
}

/** Resolves when everything written has left: a pipe or socket takes only so much at once, and an exit loses the rest. */
export async function flushed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0 && !stream.destroyed)
      await new Promise<void>((resolve) => {
        stream.write('', () => resolve());
      });
  }
}
