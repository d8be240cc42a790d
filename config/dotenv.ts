// Files of variables (.env). Form: NAME=value, `export ` before it allowed, # comments, 'literal', "with \n \t \" \\ and line
// breaks", bare values up to a blank and #. ${NAME} stays as it is unless expansion is asked for.
import { ownOf, put } from './record.ts';

/** A line that cannot be read. */
export interface DotenvProblem {
  readonly line: number;
  readonly message: string;
}

/** Variables in order of the file; a later one wins. */
export interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly DotenvProblem[];
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

/** Reads dotenv text. `lookup` (asked-for expansion) gives variables from outside; null leaves `${}` alone. */
export function parseDotenv(text: string, lookup: ((name: string) => string | undefined) | null): Dotenv {
  const values: Record<string, string> = {};
  const problems: DotenvProblem[] = [];
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  let at = 0;
  let line = 1;
  const expand = (value: string) =>
    lookup === null ? value : expandNames(value, (name) => ownOf(values, name) ?? lookup(name));
  while (at < source.length) {
    const lineEnd = source.indexOf('\n', at);
    const end = lineEnd < 0 ? source.length : lineEnd;
    const row = source.slice(at, end);
    const match = ASSIGNMENT.exec(row);
    const first = line;
    let next = end + 1;
    if (match !== null) {
      const start = at + match[0].length;
      const quote = source.charAt(start);
      if (quote === '"' || quote === "'") {
        const close = closing(source, start);
        if (close < 0) {
          problems.push({ line: first, message: 'the quote is not closed' });
          break;
        }
        const inside = source.slice(start + 1, close);
        put(values, match[1] ?? '', quote === "'" ? inside : expand(inside.replace(/\\([nrt"\\$])/g, (_, char: string) => ESCAPES[char] ?? char)));
        const tailEnd = source.indexOf('\n', close);
        next = (tailEnd < 0 ? source.length : tailEnd) + 1;
        const tail = source.slice(close + 1, next - 1).trim();
        if (tail !== '' && !tail.startsWith('#')) problems.push({ line: first, message: 'text after the closing quote' });
      } else {
        const bare = row.slice(match[0].length).replace(/(^|[ \t])#.*$/, '');
        put(values, match[1] ?? '', expand(bare.trim()));
      }
    } else if (row.trim() !== '' && !row.trim().startsWith('#')) {
      problems.push({ line, message: 'expected NAME=value' });
    }
    for (let n = at; n < next && n < source.length; n += 1) if (source.charCodeAt(n) === 10) line += 1;
    at = next;
  }
  return { values, problems };
}

function closing(source: string, start: number): number {
  const quote = source.charAt(start);
  for (let i = start + 1; i < source.length; i += 1) {
    if (quote === '"' && source.charAt(i) === '\\') i += 1;
    else if (source.charAt(i) === quote) return i;
    else if (quote === "'" && source.charAt(i) === '\n') return -1;
  }
  return -1;
}

function expandNames(value: string, lookup: (name: string) => string | undefined): string {
  return value.replace(/\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g, (_, name: string, otherwise?: string) => {
    const found = lookup(name);
    return found === undefined || found === '' ? (otherwise ?? found ?? '') : found;
  });
}
