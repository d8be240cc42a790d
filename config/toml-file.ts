// One TOML file: parsed, with a line for every key.
import toml from 'toml';
import { isTable } from './kind.ts';
import { locateToml } from './toml-locate.ts';
import { directoryOf } from './paths.ts';
import type { Origin } from './spec.ts';
import type { Report } from './problems.ts';

const MOST_QUOTED = 60;

/** A parsed file. */
export interface TomlFile {
  readonly file: string;
  /** Directory of the file: relative paths start here. */
  readonly here: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly place: (path: readonly (string | number)[]) => Origin;
}

/** What the parser throws: sometimes line and column, sometimes a location. */
interface SyntaxProblem {
  readonly message?: unknown;
  readonly line?: unknown;
  readonly location?: { readonly start?: { readonly line?: unknown } };
}

/** Parses a file; a syntax error is reported and gives null. */
export function parseTomlFile(file: string, text: string, report: Report): TomlFile | null {
  try {
    const data: unknown = toml.parse(text.replace(/^\uFEFF/, ''));
    const locate = locateToml(text);
    return { file, here: directoryOf(file), data: isTable(data) ? data : {}, place: (path) => ({ file, line: locate(path) }) };
  } catch (error) {
    const { message, line, location } = error as SyntaxProblem;
    const at = location?.start?.line ?? line;
    const row = typeof at === 'number' ? at : 0;
    report.error({ file, line: row }, null, `cannot read the file as TOML: ${plain(String(message))}${quoted(text, row)}`);
    return null;
  }
}

/** What the grammar would have liked, as a list of character classes, says less than what it found. */
function plain(message: string): string {
  const found = /^Expected .+ but (.+) found\.$/s.exec(message)?.[1];
  if (found === undefined) return message.replace(/\.$/, '');
  return `unexpected ${found === '"\\n"' || found === '"\\r"' ? 'end of the line' : found}`;
}

/** The line itself, which shows a missing quote or bracket better than words do. */
function quoted(text: string, row: number): string {
  const line = text.split('\n', row)[row - 1]?.trim() ?? '';
  if (line === '') return '';
  const cut = line.length > MOST_QUOTED ? `${line.slice(0, MOST_QUOTED)}…` : line;
  const bare = /^[\w.-]+\s*=\s*[A-Za-z/]/.test(line) ? ' (a text is written in quotes)' : '';
  return `, in \`${cut.replace(/[\u0000-\u001F\u007F]/g, '?')}\`${bare}`;
}
