// Terminal text as text with styles: SGR (16, 256 and true colours, bold, dim, italic, underline, inverse, struck out) is read, every other
// escape and control character is taken out. One pass, whatever a program writes: an escape without an end ends with its line. Pure.

/** A colour: 0 to 15 by its number in the terminal's palette, or red, green and blue. */
export type Colour = number | readonly [number, number, number];

export interface Sgr {
  readonly ink: Colour | null;
  readonly ground: Colour | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly struck: boolean;
  readonly inverse: boolean;
}

export interface Span {
  readonly text: string;
  readonly sgr: Sgr;
}

export const PLAIN: Sgr = { ink: null, ground: null, bold: false, dim: false, italic: false, underline: false, struck: false, inverse: false };

/** Parameters of one sequence that are looked at. */
const MAX_PARAMETERS = 32;
const ESC = 0x1b;
const BEL = 0x07;
const ST = 0x9c;
const CSI = 0x9b;
/** A line without any of these is what it says. Controls, the other set of controls, and what turns the direction of text. */
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const CUBE = [0, 95, 135, 175, 215, 255] as const;

/** One of the 256 colours. */
export function paletteColour(index: number): Colour {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  const at = index - 16;
  return [CUBE[Math.floor(at / 36)] ?? 0, CUBE[Math.floor(at / 6) % 6] ?? 0, CUBE[at % 6] ?? 0];
}

const isByte = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 255;

/** `5;N` or `2;R;G;B` after a 38 or 48: the colour, and how many parameters it took. null: it is none. */
function extended(parameters: readonly number[], from: number): { readonly colour: Colour | null; readonly used: number } {
  if (parameters[from] === 5) return { colour: isByte(parameters[from + 1]) ? paletteColour(parameters[from + 1] ?? 0) : null, used: 2 };
  if (parameters[from] !== 2) return { colour: null, used: 1 };
  const [red, green, blue] = [parameters[from + 1], parameters[from + 2], parameters[from + 3]];
  return { colour: isByte(red) && isByte(green) && isByte(blue) ? [red, green, blue] : null, used: 4 };
}

/** `38:2::R:G:B`, `38:5:N`, `4:3`: parameters with parts of their own. */
function withParts(sgr: Sgr, parts: readonly number[]): Sgr {
  if (parts[0] === 4) return { ...sgr, underline: parts[1] !== 0 };
  if (parts[0] !== 38 && parts[0] !== 48) return sgr;
  // The form of the standard names a colour space before red; that of many programs does not.
  const rest = parts[1] === 2 && parts.length >= 6 ? [2, ...parts.slice(3)] : parts.slice(1);
  const { colour } = extended(rest, 0);
  if (colour === null) return sgr;
  return parts[0] === 38 ? { ...sgr, ink: colour } : { ...sgr, ground: colour };
}

function single(sgr: Sgr, code: number): Sgr {
  if (code >= 30 && code <= 37) return { ...sgr, ink: code - 30 };
  if (code >= 90 && code <= 97) return { ...sgr, ink: code - 82 };
  if (code >= 40 && code <= 47) return { ...sgr, ground: code - 40 };
  if (code >= 100 && code <= 107) return { ...sgr, ground: code - 92 };
  switch (code) {
    case 0: return PLAIN;
    case 1: return { ...sgr, bold: true };
    case 2: return { ...sgr, dim: true };
    case 3: return { ...sgr, italic: true };
    case 4: case 21: return { ...sgr, underline: true };
    case 7: return { ...sgr, inverse: true };
    case 9: return { ...sgr, struck: true };
    case 22: return { ...sgr, bold: false, dim: false };
    case 23: return { ...sgr, italic: false };
    case 24: return { ...sgr, underline: false };
    case 27: return { ...sgr, inverse: false };
    case 29: return { ...sgr, struck: false };
    case 39: return { ...sgr, ink: null };
    case 49: return { ...sgr, ground: null };
    default: return sgr;
  }
}

const numberOf = (text: string): number => (text === '' ? 0 : text.length > 5 ? -1 : Number(text));

/** What a sequence `ESC [ parameters m` makes of a style. Parameters it does not know change nothing. */
export function applySgr(before: Sgr, parameters: string): Sgr {
  if (!/^[\d;:]*$/.test(parameters)) return before;
  let sgr = before;
  // Cut first: what a program writes may be long.
  const words = parameters.slice(0, 8 * MAX_PARAMETERS).split(';', MAX_PARAMETERS);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word.includes(':')) {
      sgr = withParts(sgr, word.split(':', 8).map(numberOf));
      continue;
    }
    const code = numberOf(word);
    if (code !== 38 && code !== 48) {
      sgr = single(sgr, code);
      continue;
    }
    const { colour, used } = extended(words.slice(i + 1, i + 5).map(numberOf), 0);
    if (colour !== null) sgr = code === 38 ? { ...sgr, ink: colour } : { ...sgr, ground: colour };
    i += used;
  }
  return sgr;
}

/** End (exclusive) of the escape that begins at `at`, and where its parameters stand if it is an SGR. */
function escapeAt(line: string, at: number): { readonly end: number; readonly sgr: readonly [number, number] | null } {
  const begin = line.charCodeAt(at) === CSI ? at + 1 : at + 2;
  const kind = line.charCodeAt(at) === CSI ? 0x5b : line.charCodeAt(at + 1);
  if (kind === 0x5b) {
    for (let i = begin; i < line.length; i++) {
      const code = line.charCodeAt(i);
      if (code >= 0x40 && code <= 0x7e) return { end: i + 1, sgr: code === 0x6d ? [begin, i] : null };
      // Another escape begins: this one was cut short.
      if (code === ESC || code < 0x20 || code > 0x7e) return { end: i, sgr: null };
    }
    return { end: line.length, sgr: null };
  }
  // Titles, links and other strings: up to BEL or ST.
  if (kind === 0x5d || kind === 0x50 || kind === 0x58 || kind === 0x5e || kind === 0x5f) {
    for (let i = begin; i < line.length; i++) {
      const code = line.charCodeAt(i);
      if (code === BEL || code === ST) return { end: i + 1, sgr: null };
      if (code === ESC) return { end: line.charCodeAt(i + 1) === 0x5c ? i + 2 : i, sgr: null };
    }
    return { end: line.length, sgr: null };
  }
  let i = at + 1;
  while (i < line.length && line.charCodeAt(i) >= 0x20 && line.charCodeAt(i) <= 0x2f) i++;
  const last = line.charCodeAt(i);
  return { end: last >= 0x30 && last <= 0x7e ? i + 1 : i, sgr: null };
}

export interface ParsedLine {
  readonly spans: readonly Span[];
  /** Style in force after it: the next line of the same log begins with it. */
  readonly sgr: Sgr;
}

/** A line as spans, neighbours of one style joined. `before`: the style in force where it begins. */
export function parseAnsi(line: string, before: Sgr = PLAIN): ParsedLine {
  if (!SPECIAL.test(line)) return { spans: line === '' ? [] : [{ text: line, sgr: before }], sgr: before };
  const spans: Span[] = [];
  let sgr = before;
  let from = 0;
  let text = '';
  const flush = (): void => {
    if (text !== '') spans.push({ text, sgr });
    text = '';
  };
  for (let i = 0; i < line.length;) {
    const code = line.charCodeAt(i);
    if (code === 0x09 || (code >= 0x20 && code < 0x7f) || (code > 0x9f && !(code >= 0x202a && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069))) {
      i++;
      continue;
    }
    text += line.slice(from, i);
    if (code === ESC || code === CSI) {
      const { end, sgr: parameters } = escapeAt(line, i);
      if (parameters !== null) {
        const next = applySgr(sgr, line.slice(parameters[0], parameters[1]));
        if (next !== sgr) {
          flush();
          sgr = next;
        }
      }
      i = end;
    } else {
      // What turns the direction of text could show a line as what it is not.
      if (code > 0x9f) text += '\uFFFD';
      i++;
    }
    from = i;
  }
  text += line.slice(from);
  flush();
  return { spans, sgr };
}

/** The line as it is read: without escapes and controls. */
export function plainText(line: string): string {
  return SPECIAL.test(line) ? parseAnsi(line).spans.map((span) => span.text).join('') : line;
}
