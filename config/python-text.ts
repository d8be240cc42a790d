// What Python takes for blank: its whitespace is not JavaScript's, and an INI file means what Python's parser makes of it.

/** The characters for which str.isspace() is true, as the inside of a character class. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

const AROUND = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'g');
const BEHIND = new RegExp(`[${SPACE}]+$`);
const BEFORE = new RegExp(`^[${SPACE}]*`);
const ONE = new RegExp(`^[${SPACE}]$`);

/** str.isspace() of one character. */
export function isSpace(char: string): boolean {
  return char === ' ' || char === '\t' || ONE.test(char);
}

/** str.strip(). */
export function strip(text: string): string {
  return text.replace(AROUND, '');
}

/** str.rstrip(). */
export function stripEnd(text: string): string {
  return text.replace(BEHIND, '');
}

/** How many blanks a line starts with. */
export function indentOf(text: string): number {
  return BEFORE.exec(text)?.[0].length ?? 0;
}

/** int(): blanks around, a sign, single underscores between digits; null for anything else. */
export function pythonInt(text: string): number | null {
  const plain = strip(text);
  return /^[+-]?\d+(_\d+)*$/.test(plain) ? Number(plain.replaceAll('_', '')) : null;
}

/** int(text, 8). */
export function pythonOctal(text: string): number | null {
  const match = /^([+-]?)(?:0o_?)?([0-7]+(?:_[0-7]+)*)$/i.exec(strip(text));
  if (match === null) return null;
  const value = Number.parseInt((match[2] ?? '').replaceAll('_', ''), 8);
  return match[1] === '-' ? -value : value;
}

/** repr() of a string, as far as messages and formats need it. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inside = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll(quote, `\\${quote}`);
  return `${quote}${inside}${quote}`;
}
