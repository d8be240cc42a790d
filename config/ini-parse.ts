// The INI syntax supervisord reads: Python's RawConfigParser, not strict, with inline comments after blanks (compat §1).
// Written after that parser's rules line by line, since people's files depend on its corners.

/** One key: where it stands and its value, continuation lines joined with newlines. */
export interface IniLine {
  readonly key: string;
  readonly value: string;
  /** 1-based. */
  readonly line: number;
  /** Text lost to ` ;` or ` #` inside an open quote, or null. */
  readonly cut: string | null;
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
  cut: string | null;
}

const isBlank = (char: string): boolean => /\s/.test(char);

/** Where an inline comment starts: the first `;` or `#` at the start of the line or after a blank; -1 for none. */
function commentStart(row: string): number {
  if (/^\s*[#;]/.test(row)) return 0;
  for (let i = 0; i < row.length; i += 1) {
    const char = row.charAt(i);
    if ((char === ';' || char === '#') && (i === 0 || isBlank(row.charAt(i - 1)))) return i;
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

/** Reads a text. LF, CRLF and lone CR end lines. Keys are lower-cased, sections come in the order of the file. */
export function parseIni(text: string): { readonly blocks: readonly IniBlock[]; readonly problems: readonly IniProblem[] } {
  const blocks: { name: string; line: number; lines: OpenLine[] }[] = [];
  const problems: IniProblem[] = [];
  let block: (typeof blocks)[number] | null = null;
  let open: OpenLine | null = null;
  let indent = 0;
  text.split(/\r\n|\r|\n/).forEach((row, index) => {
    const line = index + 1;
    const comment = commentStart(row);
    const value = (comment < 0 ? row : row.slice(0, comment)).trim();
    if (value === '') {
      if (comment < 0 && open !== null) open.parts.push('');
      return;
    }
    const cut = comment < 0 ? null : cutInQuote(value, row.slice(comment));
    const depth = row.length - row.trimStart().length;
    if (block !== null && open !== null && depth > indent) {
      open.parts.push(value);
      open.cut ??= cut;
      return;
    }
    indent = depth;
    const header = /^\[(.+)\]/.exec(value)?.[1];
    if (header !== undefined) {
      block = { name: header, line, lines: [] };
      blocks.push(block);
      open = null;
      return;
    }
    if (block === null) {
      // One line says it; the rest of a file that is no INI at all would say the same.
      if (problems.length === 0) problems.push({ line, message: `text before the first [section]: ${JSON.stringify(value.slice(0, 40))}` });
      return;
    }
    const option = /^(.*?)\s*[=:]\s*(.*)$/s.exec(value);
    if (option === null || option[1] === '') {
      problems.push({ line, message: `expected key = value, got ${JSON.stringify(value.slice(0, 40))}` });
      return;
    }
    open = { key: (option[1] ?? '').toLowerCase(), line, parts: [(option[2] ?? '').trim()], cut };
    block.lines.push(open);
  });
  return {
    problems,
    blocks: blocks.map(({ name, line, lines }) => ({
      name,
      line,
      lines: lines.map((one) => ({ key: one.key, line: one.line, cut: one.cut, value: one.parts.join('\n').trimEnd() })),
    })),
  };
}
