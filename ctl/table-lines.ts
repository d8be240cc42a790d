// Rows under a header, columns as wide as they need to be; on a terminal the last one gives way, then the widest. Pure.
import { paint, printable, truncate } from './screen.ts';
import type { Paint } from './screen.ts';

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
}

const GAP = 2;
/** No column is cut below this. */
const LEAST = 8;

const textOf = (cell: CellOrText): string => printable(typeof cell === 'string' ? cell : cell.text);

/** Widths that fit: what is too much is taken from the last column, then from the widest, none below LEAST. */
function fit(widths: readonly number[], columns: number): readonly number[] {
  const fitted = [...widths];
  const total = (): number => fitted.reduce((sum, w) => sum + w, 0) + GAP * (fitted.length - 1);
  const cut = (index: number): void => {
    fitted[index] = Math.max(Math.min(LEAST, fitted[index]!), fitted[index]! - Math.max(0, total() - columns));
  };
  cut(fitted.length - 1);
  // The first column is a name: cut last, since it is what the next command wants.
  for (let round = 1; round < fitted.length && total() > columns; round++) {
    const widest = fitted.reduce((best, w, i) => (i > 0 && w > fitted[best]! ? i : best), 1);
    cut(widest);
  }
  return fitted;
}

/** The header and one line per row. Control characters are made harmless; columns that are empty everywhere are left out. */
export function tableLines(header: readonly string[], rows: readonly (readonly CellOrText[])[], style: TableStyle): string[] {
  const used = header.map((_, c) => c).filter((c) => rows.some((row) => textOf(row[c] ?? '') !== ''));
  const kept = rows.length === 0 ? header.map((_, c) => c) : used;
  const needed = kept.map((c) => Math.max(header[c]!.length, ...rows.map((row) => textOf(row[c] ?? '').length)));
  const widths = style.columns === null ? needed : fit(needed, style.columns);
  const line = (cells: readonly CellOrText[]): string =>
    kept
      .map((c, i) => {
        const cell = cells[c] ?? '';
        const shown = truncate(textOf(cell), widths[i]!);
        const padded = style.right?.has(c) === true ? shown.padStart(widths[i]!) : i === kept.length - 1 ? shown : shown.padEnd(widths[i]!);
        return typeof cell === 'string' ? padded : paint(padded, cell.paint ?? null, style.colour);
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  return [line(header), ...rows.map(line)];
}
