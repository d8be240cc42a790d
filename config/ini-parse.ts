// The INI syntax supervisord reads: Python's RawConfigParser, not strict, with inline comments after blanks (compat §1).
// Written after that parser's behaviour line by line, since people's files depend on its corners.
import { indentOf, isSpace, strip, stripEnd } from './python-text.ts';

/** One key: where it stands and its value, continuation lines joined with newlines. */
export interface IniLine {
  readonly key: string;
  readonly value: string;
  /** 1-based. */
  readonly line: number;
  /** Text lost to ` ;` or ` #` inside an open quote, or null. */
  readonly cut: string | null;
  /** Continuation lines that look like keys of their own: `[line, key]`. */
  readonly swallowed: readonly { readonly line: number; readonly key: string }[];
}

/** One section header and what follows it. A name may come more than once. */
export interface IniBlock {
  readonly name: string;
  readonly line: number;
  readonly lines: readonly IniLine[];
}

/** A line that is no INI. */
export interface IniProblem {
  readonly line: number;
  readonly message: string;
}

interface OpenLine {
  readonly key: string;
  readonly line: number;
  readonly parts: string[];
  readonly swallowed: { line: number; key: string }[];
  cut: string | null;
}

/**
 * Where a comment starts: at the first `;` or `#` of the line, or where one follows a blank; -1 for none. Both characters are
 * looked for in turns, the second `;` together with the second `#`, and the first turn with a comment decides: in `a;b ;c #d`
 * the comment is `#d`.
 */
export function commentStart(row: string): number {
  const first = row.charAt(indentOf(row));
  if (first === ';' || first === '#') return 0;
  const found = { ';': -1, '#': -1 };
  let open: readonly (';' | '#')[] = [';', '#'];
  while (open.length > 0) {
    let start = -1;
    const next: (';' | '#')[] = [];
    for (const char of open) {
      const index = row.indexOf(char, found[char] + 1);
      if (index < 0) continue;
      found[char] = index;
      next.push(char);
      if ((index === 0 || isSpace(row.charAt(index - 1))) && (start < 0 || index < start)) start = index;
    }
    if (start >= 0) return start;
    open = next;
  }
  return -1;
}

/** What a comment took away although a quote before it was still open: the trap of `bash -c "a ; b"`. */
function cutInQuote(kept: string, lost: string): string | null {
  let open = '';
  for (const char of kept) {
    if (open === '' && (char === '"' || char === "'")) open = char;
    else if (char === open) open = '';
  }
  return open !== '' && lost.includes(open) ? lost : null;
}

/** The lines of a text: LF, CRLF and lone CR end them, as in Python's universal newlines. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}

/** Reads a text. Keys are lower-cased, sections come in the order of the file. */
export function parseIni(text: string): { readonly blocks: readonly IniBlock[]; readonly problems: readonly IniProblem[] } {
  const blocks: { name: string; line: number; lines: OpenLine[] }[] = [];
  const problems: IniProblem[] = [];
  let block: (typeof blocks)[number] | null = null;
  let open: OpenLine | null = null;
  let indent = 0;
  let headless = false;
  linesOf(text).forEach((row, index) => {
    const line = index + 1;
    if (headless) return; // One line says it; the rest of a file that is no INI at all would say the same.
    const comment = commentStart(row);
    const value = strip(comment < 0 ? row : row.slice(0, comment));
    if (value === '') {
      if (comment < 0 && open !== null) open.parts.push('');
      return;
    }
    const cut = comment < 0 ? null : cutInQuote(value, row.slice(comment));
    const depth = indentOf(row);
    if (block !== null && open !== null && depth > indent) {
      const key = /^([a-z][a-z_]+)\s*=/i.exec(value)?.[1];
      // Hooks are written one a line.
      if (key !== undefined && open.key !== 'hooks') open.swallowed.push({ line, key: key.toLowerCase() });
      open.parts.push(value);
      open.cut ??= cut;
      return;
    }
    indent = depth;
    const header = /^\[(.+)\]/s.exec(value)?.[1];
    if (header !== undefined) {
      block = { name: header, line, lines: [] };
      blocks.push(block);
      open = null;
      return;
    }
    if (block === null) {
      headless = true;
      problems.push({ line, message: `text before the first [section]: ${JSON.stringify(value.slice(0, 40))}` });
      return;
    }
    const at = value.search(/[=:]/);
    if (at <= 0) {
      problems.push({ line, message: `expected key = value, got ${JSON.stringify(value.slice(0, 40))}` });
      return;
    }
    const key = stripEnd(value.slice(0, at)).toLowerCase();
    open = { key, line, parts: [strip(value.slice(at + 1))], swallowed: [], cut };
    block.lines.push(open);
  });
  return {
    problems,
    blocks: blocks.map(({ name, line, lines }) => ({
      name,
      line,
      lines: lines.map(({ parts, ...one }) => ({ ...one, value: stripEnd(parts.join('\n')) })),
    })),
  };
}
