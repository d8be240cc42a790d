// Where words go: stdout and stderr, with or without colour.
import { jsonWithoutHidden, withoutHidden } from '../config/hidden-characters.ts';
import { wantsColour } from './colour.ts';
import type { ColourChoice } from './colour.ts';

/** What a command may print to. */
export interface Screen {
  /** Columns of the terminal, or null when stdout is none. */
  readonly columns: number | null;
  readonly colour: boolean;
  /** A whole line to stdout, or several; what could move a cursor, or is not seen, is shown as U+FFFD. */
  line(text: string): void;
  /** One value of JSON to stdout, as a whole line. */
  json(text: string): void;
  /** Bytes to stdout as they are. */
  raw(bytes: Uint8Array | string): void;
  /** A whole line to stderr, as `line`. */
  note(text: string): void;
  /** While stdout is full: when it takes more again. Who streams waits for it, so that a slow reader costs no memory. */
  full(): Promise<void> | undefined;
}

export type Paint = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'bright green' | 'bright yellow' | 'bright blue' | 'bright magenta' | 'bright cyan' | 'grey' | 'bold' | 'alarm';
/** alarm: bold on a ground of red, so that it is another thing than red to everybody. */
const CODES: Readonly<Record<Paint, number | string>> = {
  red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, 'bright green': 92, 'bright yellow': 93, 'bright blue': 94, 'bright magenta': 95, 'bright cyan': 96, grey: 90, bold: 1, alarm: '1;7;31',
};

/** The text in a colour, or as it is. */
export function paint(text: string, colour: Paint | null, on: boolean): string {
  return on && colour !== null && text !== '' ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text;
}

/** Without control characters, which a message must not send to a terminal (escape sequences can retitle or worse), and without what turns the direction of text or is not seen. Tab stays. */
export const printable: (text: string) => string = withoutHidden;

/** Line ends and our own colours stay. */
const OURS = /(\n|\u001B\[[\d;]*m)/;
const withColours = (text: string): string => text.split(OURS).map((part, i) => (i % 2 === 1 ? part : printable(part))).join('');

/** Escape sequences: of CSI the group is its last letter; those that carry text (titles, links) with it; others. */
// oxlint-disable-next-line no-control-regex
const SEQUENCE = /\u001B(?:\[[0-?]*[ -/]*([@-~])|[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\|$)|[ -~]|$)/g;

/** A line that a program wrote, for a terminal that shows others beside it: in its colours, but it moves no cursor, and writes over nothing. */
export function colouredLine(line: string): string {
  // What a carriage return would have written over is not seen in a terminal either.
  const last = line.replace(/\r+$/, '');
  return withColours(last.slice(last.lastIndexOf('\r') + 1).replace(SEQUENCE, (sequence, final?: string) => (final === 'm' ? sequence : '')));
}

/** As printable, on one line and in cells that a column can count: a tab is a blank. */
export const printableCell = (text: string): string => printable(text).replaceAll('\t', ' ');

/** What prints text for a person or a script, with these to write to. */
export function printersOf(out: (text: string) => void, err: (text: string) => void): Pick<Screen, 'line' | 'json' | 'note'> {
  return {
    line: (text) => out(`${withColours(text)}\n`),
    json: (text) => out(`${jsonWithoutHidden(text)}\n`),
    note: (text) => err(`${withColours(text)}\n`),
  };
}

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
    ...printersOf((text) => void out.write(text), (text) => void err.write(text)),
    raw: (bytes) => {
      out.write(bytes);
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
