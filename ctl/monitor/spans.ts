// Painted text of a known width: a line of the screen is a list of spans, cut to the columns there are. Pure.
import { paint, printableCell } from '../screen.ts';
import type { Paint } from '../screen.ts';
import { textWidth, truncate } from '../text-width.ts';

export interface Span {
  readonly text: string;
  readonly paint?: Paint | null;
}

export type Line = readonly Span[];

export const plain = (text: string, how: Paint | null = null): Line => [{ text, paint: how }];

export interface LineStyle {
  readonly colour: boolean;
  /** Filled with blanks: what stood there is gone, without a sequence that some terminals apply to the last cell too. */
  readonly fill?: boolean;
  /** The whole width stands out. */
  readonly chosen?: boolean;
}

/** The line with its colours, never wider than `columns`. */
export function renderLine(line: Line, columns: number, { colour, fill = false, chosen = false }: LineStyle): string {
  let left = columns;
  let out = '';
  for (const span of line) {
    if (left <= 0) break;
    const text = truncate(printableCell(span.text), left);
    left -= textWidth(text);
    // A colour inside of what stands out would end it.
    out += chosen ? text : paint(text, span.paint ?? null, colour);
  }
  const filled = fill || chosen ? `${out}${' '.repeat(Math.max(0, left))}` : out;
  return chosen ? `\u001B[7m${filled}\u001B[0m` : filled;
}
