// The comments of an INI file, handed out by line: each to the key or section below it, or to the section it stands in.
import { commentStart, linesOf, parseIni } from './ini-parse.ts';
import { indentOf } from './python-text.ts';

/** The comments of one file. Each is given once. */
export interface Comments {
  /** Full-line comments directly above a line, top first, without their mark. */
  readonly above: (line: number) => readonly string[];
  /** The comment behind what a line says, or null. */
  readonly behind: (line: number) => string | null;
  /** What is left between two lines (both included). */
  readonly between: (first: number, last: number) => readonly string[];
  /** Number of lines. */
  readonly lines: number;
  /** The last line of the block that starts with the header in this line: the one before the comments above the next header. */
  readonly blockEnd: (header: number) => number;
}

/** Takes a text apart. */
export function commentsOf(text: string): Comments {
  const rows = linesOf(text);
  const used = new Set<number>();
  const headers = parseIni(text).blocks.map((block) => block.line);
  const full = (line: number): string | null => {
    const row = rows[line - 1] ?? '';
    const at = indentOf(row);
    return row.charAt(at) === ';' || row.charAt(at) === '#' ? row.slice(at + 1).trimEnd() : null;
  };
  const top = (line: number): number => {
    let first = line;
    while (first > 1 && full(first - 1) !== null && !used.has(first - 1)) first -= 1;
    return first;
  };
  const take = (first: number, last: number): string[] => {
    const out: string[] = [];
    for (let line = first; line <= last; line += 1) {
      const one = full(line);
      if (one === null || used.has(line)) continue;
      used.add(line);
      out.push(one);
    }
    return out;
  };
  return {
    lines: rows.length,
    above: (line) => take(top(line), line - 1),
    behind: (line) => {
      const row = rows[line - 1] ?? '';
      const at = full(line) === null ? commentStart(row) : -1;
      return at < 0 ? null : row.slice(at + 1).trim();
    },
    between: take,
    blockEnd: (header) => {
      const next = headers.find((line) => line > header);
      return next === undefined ? rows.length : top(next) - 1;
    },
  };
}
