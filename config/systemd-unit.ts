// The syntax of systemd's unit files: sections, keys that may come again, lines continued with a backslash (systemd.syntax(7)).

/** One assignment, in the order of the file. */
export interface UnitKey {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** Assignments, and lines that are none. */
export interface Unit {
  readonly keys: readonly UnitKey[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/** Reads a unit file. Comments between continued lines are dropped, as systemd does. */
export function parseUnit(text: string): Unit {
  const keys: UnitKey[] = [];
  const problems: { line: number; message: string }[] = [];
  let section = '';
  let open: { text: string; line: number } | null = null;
  text.split(/\r?\n/).forEach((row, index) => {
    const trimmed = row.trim();
    if (/^[#;]/.test(trimmed) || (trimmed === '' && open === null)) return;
    const start: { text: string; line: number } = open ?? { text: '', line: index + 1 };
    if (trimmed.endsWith('\\')) {
      open = { text: `${start.text}${trimmed.slice(0, -1)} `, line: start.line };
      return;
    }
    open = null;
    const whole = `${start.text}${trimmed}`;
    const header = /^\[([^\]]+)\]$/.exec(whole)?.[1];
    const at = whole.indexOf('=');
    if (header !== undefined) section = header;
    else if (at > 0) keys.push({ section, key: whole.slice(0, at).trim(), value: whole.slice(at + 1).trim(), line: start.line });
    else problems.push({ line: start.line, message: `expected Key=value, got ${JSON.stringify(whole.slice(0, 40))}` });
  });
  return { keys, problems };
}

/** Words of a list such as Environment=: blanks part them, quotes hold them together, backslashes escape. */
export function unitWords(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|[^\s"'])+/g)) {
    const word = match[0].replace(
      /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g,
      (_, double?: string, single?: string) => double ?? single ?? '',
    );
    words.push(word.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', t: '\t', s: ' ' })[char] ?? char));
  }
  return words;
}

const SPAN: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  w: 604_800_000,
};

/** A time span in ms ("5", "1min 30s", "infinity"), or null. */
export function unitSpan(text: string): number | null {
  if (text === 'infinity') return Infinity;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)];
  if (parts.length === 0 || text.replace(/(\d+(?:\.\d+)?)\s*([a-z]+)/g, '').trim() !== '') return null;
  let total = 0;
  for (const [, amount, unit] of parts) {
    const size = SPAN[unit ?? ''];
    if (size === undefined) return null;
    total += Number(amount) * size;
  }
  return Math.round(total);
}
