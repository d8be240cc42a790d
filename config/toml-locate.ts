// Which line says this key? The `toml` package forgets positions once a file is parsed, so this scanner finds them again.
// It reads only as much TOML as positions need, trusts that the text is valid, and never throws on text that is not.

/** From the root to a value: keys, and indexes of arrays. */
export type TomlPath = readonly (string | number)[];

/** The 1-based line of a path; of its nearest known parent when the path itself is not there; 1 for nothing. */
export type Locate = (path: TomlPath) => number;

interface Scanner {
  readonly text: string;
  at: number;
  line: number;
  /** Path (as JSON) -> line. */
  readonly lines: Map<string, number>;
  /** Path (as JSON) of an array of tables -> how many of its tables were seen. */
  readonly arrays: Map<string, number>;
}

/** Deeper nesting than this is not followed (the parser refuses 500). */
const MAX_DEPTH = 600;

/** The first `known` parts of the path have their line already. What is said in so many words wins over what is implied. */
function note(s: Scanner, path: TomlPath, line: number, known = 0): void {
  for (let n = known + 1; n <= path.length; n += 1) {
    const id = JSON.stringify(path.slice(0, n));
    if (n === path.length || !s.lines.has(id)) s.lines.set(id, line);
  }
}

function advance(s: Scanner): void {
  if (s.text.charCodeAt(s.at) === 10) s.line += 1;
  s.at += 1;
}

/** Skips blanks; with `lines` also newlines and comments. */
function blanks(s: Scanner, lines: boolean): void {
  for (; s.at < s.text.length; advance(s)) {
    const char = s.text.charAt(s.at);
    if (char === ' ' || char === '\t') continue;
    if (lines && (char === '\n' || char === '\r')) continue;
    if (lines && char === '#') {
      const end = s.text.indexOf('\n', s.at);
      s.at = end < 0 ? s.text.length : end;
      s.at -= 1;
      continue;
    }
    return;
  }
}

/** The content of a string that starts here; escapes are resolved by JSON where they matter (keys). */
function quoted(s: Scanner): string {
  const quote = s.text.charAt(s.at);
  const triple = quote.repeat(3);
  const fence = s.text.startsWith(triple, s.at) ? triple : quote;
  const start = s.at + fence.length;
  for (let n = 0; n < fence.length; n += 1) advance(s);
  while (s.at < s.text.length) {
    if (quote === '"' && s.text.charAt(s.at) === '\\') advance(s);
    else if (s.text.startsWith(fence, s.at)) break;
    else if (fence.length === 1 && s.text.charAt(s.at) === '\n') break;
    advance(s);
  }
  const raw = s.text.slice(start, s.at);
  for (let n = 0; n < fence.length && s.at < s.text.length; n += 1) advance(s);
  // A multi-line string may end in up to two quotes of its own: """"x""""" ends with five.
  if (fence.length === 3) for (let n = 0; n < 2 && s.text.charAt(s.at) === quote; n += 1) advance(s);
  return quote === '"' && raw.includes('\\') ? unescaped(raw) : raw;
}

function unescaped(raw: string): string {
  // JSON knows all of TOML's escapes but three.
  const long = raw.replace(/\\(?:\\|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|e)/g, (all, wide?: string, byte?: string) => {
    if (byte !== undefined) return `\\u00${byte}`;
    if (wide === undefined) return all === '\\e' ? '\\u001b' : all;
    const code = Number.parseInt(wide, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
  try {
    return String(JSON.parse(`"${long}"`));
  } catch {
    return raw;
  }
}

/** A dotted key, each part bare or quoted. Empty when there is none. */
function dotted(s: Scanner): string[] {
  const parts: string[] = [];
  for (;;) {
    blanks(s, false);
    const char = s.text.charAt(s.at);
    if (char === '"' || char === "'") {
      parts.push(quoted(s));
    } else {
      const bare = /[^\s.=[\]{},#"']*/y;
      bare.lastIndex = s.at;
      const word = bare.exec(s.text)?.[0] ?? '';
      if (word === '') return parts;
      s.at += word.length;
      parts.push(word);
    }
    blanks(s, false);
    if (s.text.charAt(s.at) !== '.') return parts;
    s.at += 1;
  }
}

/** Skips a value, noting what is inside it. */
function value(s: Scanner, path: TomlPath, depth: number): void {
  const char = s.text.charAt(s.at);
  if (char === '"' || char === "'") {
    quoted(s);
  } else if (char === '[' && depth < MAX_DEPTH) {
    advance(s);
    for (let index = 0; ; index += 1) {
      blanks(s, true);
      if (s.at >= s.text.length) return;
      if (s.text.charAt(s.at) === ']') break;
      const before = s.at;
      note(s, [...path, index], s.line, path.length);
      value(s, [...path, index], depth + 1);
      blanks(s, true);
      if (s.text.charAt(s.at) === ',') advance(s);
      if (s.at === before) advance(s);
    }
    advance(s);
  } else if (char === '{' && depth < MAX_DEPTH) {
    advance(s);
    for (;;) {
      blanks(s, true);
      if (s.at >= s.text.length) return;
      if (s.text.charAt(s.at) === '}') break;
      const before = s.at;
      pair(s, path, depth + 1);
      blanks(s, true);
      if (s.text.charAt(s.at) === ',') advance(s);
      if (s.at === before) advance(s);
    }
    advance(s);
  } else {
    while (s.at < s.text.length && !/[,\]}\n#]/.test(s.text.charAt(s.at))) advance(s);
  }
}

function pair(s: Scanner, table: TomlPath, depth: number): void {
  const line = s.line;
  const path = [...table, ...dotted(s)];
  note(s, path, line, table.length);
  blanks(s, false);
  if (s.text.charAt(s.at) !== '=') return;
  advance(s);
  blanks(s, false);
  value(s, path, depth);
}

/** `[a.b]` or `[[a.b]]`: the path of the table, with the index of the last table where a part is an array of tables. */
function header(s: Scanner): TomlPath {
  const line = s.line;
  const many = s.text.startsWith('[[', s.at);
  s.at += many ? 2 : 1;
  const parts = dotted(s);
  const path: (string | number)[] = [];
  parts.forEach((part, n) => {
    path.push(part);
    const id = JSON.stringify(path);
    const seen = s.arrays.get(id);
    if (n < parts.length - 1) {
      if (seen !== undefined) path.push(seen - 1);
    } else if (many) {
      s.arrays.set(id, (seen ?? 0) + 1);
      if (seen === undefined) note(s, path, line);
      path.push(seen ?? 0);
    }
  });
  note(s, path, line);
  while (s.at < s.text.length && s.text.charAt(s.at) === ']') advance(s);
  return path;
}

function scan(text: string): ReadonlyMap<string, number> {
  const s: Scanner = { text, at: text.startsWith('\uFEFF') ? 1 : 0, line: 1, lines: new Map(), arrays: new Map() };
  let table: TomlPath = [];
  for (;;) {
    blanks(s, true);
    if (s.at >= text.length) break;
    const before = s.at;
    if (text.charAt(s.at) === '[') table = header(s);
    else pair(s, table, 0);
    if (s.at === before) advance(s);
  }
  return s.lines;
}

/** Scans the whole text once and answers for any path. */
export function locateToml(text: string): Locate {
  const lines = scan(text);
  return (path) => {
    for (let n = path.length; n > 0; n -= 1) {
      const line = lines.get(JSON.stringify(path.slice(0, n)));
      if (line !== undefined) return line;
    }
    return 1;
  };
}

/** Scans the whole text once; the 1-based line of a path that is written there, else null. */
export function findToml(text: string): (path: TomlPath) => number | null {
  const lines = scan(text);
  return (path) => lines.get(JSON.stringify(path)) ?? null;
}
