// Reads the files that env_file names, and says in words why a file cannot be read.
import { parseDotenv } from './dotenv.ts';
import { resolveFrom } from './paths.ts';
import { ownOf, put } from './record.ts';
import type { ProgramValues } from './program-schema.ts';
import type { ReadContext } from './declared.ts';

/** ENOENT and friends for people. */
export function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of the path is not a directory',
    ELOOP: 'too many symbolic links',
  };
  return ownOf(words, code) === undefined ? String(error instanceof Error ? error.message : error) : `${words[code]} (${code})`;
}

/** Variables of env_file, in order; the files are read relative to the file that names them. */
export function envFiles(
  c: ReadContext,
  values: Pick<ProgramValues, 'env_file' | 'env_file_expand'>,
  here: string,
  complain: (message: string, index: number) => void,
): Record<string, string> {
  const out: Record<string, string> = {};
  if (c.options.secrets === false) return out;
  (values.env_file ?? []).forEach((written, index) => {
    const path = resolveFrom(here, written);
    try {
      const lookup = values.env_file_expand === true ? (name: string) => ownOf(out, name) ?? ownOf(c.port.env, name) : null;
      const read = parseDotenv(c.port.readFile(path), lookup);
      for (const problem of read.problems) c.report.error({ file: path, line: problem.line }, null, problem.message);
      for (const [name, value] of Object.entries(read.values)) put(out, name, value);
    } catch (error) {
      complain(`cannot read ${path}: ${reason(error)}`, index);
    }
  });
  return out;
}
