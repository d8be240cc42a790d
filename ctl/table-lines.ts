// Rows under a header, columns as wide as they need to be; on a terminal the widest give way. Pure.
import { paint, printableCell } from './screen.ts';
import type { Paint } from './screen.ts';
import { padEnd, padStart, textWidth, truncate } from './text-width.ts';

export interface Cell {
  readonly text: string;
  readonly paint?: Paint | null;
}

export type CellOrText = string | Cell;

export interface TableStyle {
  /** Width of the terminal; null: nothing is cut. */
  readonly columns: number | null;
  readonly colour: boolean;
  /** Columns whose values stand at the right. */
  readonly right?: ReadonlySet<number>;
  /** Columns that are left out, the first one first, before anything is cut. */
  readonly drop?: readonly number[];
  /** A column of prose: it is cut to PROSE before another one is left out. */
  readonly prose?: number;
}

const GAP = 2;
/** No column is cut below this. */
const LEAST = 8;
/** So much of a reason tells what it is about. */
const PROSE = 32;

const textOf = (cell: CellOrText): string => printableCell(typeof cell === 'string' ? cell : cell.text);

const total = (widths: readonly number[]): number => widths.reduce((sum, w) => sum + w, 0) + GAP * (widths.length - 1);

/** Widths that fit: what is too much is taken from the widest, none below LEAST. The first column is a name, which the next command
 *  wants whole: it gives way last. */
function fit(widths: readonly number[], columns: number): readonly number[] {
  const fitted = [...widths];
  while (total(fitted) > columns) {
    let widest = 0;
    for (let i = 1; i < fitted.length; i++) if (fitted[i]! > LEAST && (widest === 0 || fitted[i]! >= fitted[widest]!)) widest = i;
    if (fitted[widest]! <= LEAST) break;
    fitted[widest]!--;
  }
  return fitted;
}

/** The header and one line per row. Control characters are made harmless; columns that are empty everywhere are left out. */
export function tableLines(header: readonly string[], rows: readonly (readonly CellOrText[])[], style: TableStyle): string[] {
  const used = header.map((_, c) => c).filter((c) => rows.some((row) => textOf(row[c] ?? '') !== ''));
  let kept = rows.length === 0 ? header.map((_, c) => c) : used;
  const widthOf = (c: number): number => rows.reduce((most, row) => Math.max(most, textWidth(textOf(row[c] ?? ''))), textWidth(header[c]!));
  const wanted = (c: number): number => (c === style.prose ? Math.min(PROSE, widthOf(c)) : widthOf(c));
  for (const c of style.drop ?? []) if (style.columns !== null && total(kept.map(wanted)) > style.columns) kept = kept.filter((one) => one !== c);
  const needed = kept.map(widthOf);
  const widths = style.columns === null ? needed : fit(needed, style.columns);
  const line = (cells: readonly CellOrText[]): string =>
    kept
      .map((c, i) => {
        const cell = cells[c] ?? '';
        const shown = truncate(textOf(cell), widths[i]!);
        const padded = style.right?.has(c) === true ? padStart(shown, widths[i]!) : i === kept.length - 1 ? shown : padEnd(shown, widths[i]!);
        return typeof cell === 'string' ? padded : paint(padded, cell.paint ?? null, style.colour);
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  return [line(header), ...rows.map(line)];
}
