// One TOML file: parsed, with a line for every key.
import toml from 'toml';
import { isTable } from './kinds.ts';
import { locateToml } from './toml-locate.ts';
import { directoryOf } from './paths.ts';
import type { Origin } from './spec.ts';
import type { Report } from './problems.ts';

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
    report.error({ file, line: typeof at === 'number' ? at : 0 }, null, `cannot read the file as TOML: ${plain(String(message))}`);
    return null;
  }
}

/** The grammar's list of forty things it would have liked says less than what it found. */
function plain(message: string): string {
  const found = /^Expected .{80,} but (.+) found\.$/s.exec(message);
  return found === null ? message : `unexpected ${found[1]}`;
}
