// Which file a command runs, and in which directory: found before the spawn, so that what is missing comes back in words.
import { type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ProcessSpec } from '../../config/spec.ts';
import type { SpawnError } from './ports/processes.ts';
import { errnoName, quoted, spawnError } from './spawn-errors.ts';

/** supervisord's path for an environment without PATH. */
const DEFAULT_PATH = '/bin:/usr/bin:/usr/local/bin';

/** Whether the child's user may execute a file, or enter a directory. */
export type MayExecute = (path: string, stat: Stats) => boolean;

export interface Lookup {
  /** The file to execute, absolute. */
  readonly file: string;
  readonly directory: string | null;
}

function statOf(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    return errnoName(error);
  }
}

function checkDirectory(directory: string, mayExecute: MayExecute): { readonly error: SpawnError } | null {
  const cannot = `cannot use directory ${quoted(directory)}:`;
  const stat = statOf(directory);
  if (stat === 'EACCES') return spawnError('no_permission', `${cannot} permission denied`, stat);
  if (stat === 'ENOENT') return spawnError('no_directory', `${cannot} it does not exist`, stat);
  if (typeof stat === 'string') return spawnError('no_directory', `${cannot} ${stat === 'ENOTDIR' ? 'it is not a directory' : stat}`, stat);
  if (!stat.isDirectory()) return spawnError('no_directory', `${cannot} it is not a directory`, 'ENOTDIR');
  if (!mayExecute(directory, stat)) return spawnError('no_permission', `${cannot} permission denied`, 'EACCES');
  return null;
}

/** Ours may have been removed under us; a bare word is found all the same. */
function ownDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/';
  }
}

/** A word with a slash is a path, relative to the child's directory; else the first existing file of PATH, executable or not. */
function find(word: string, path: string, base: string): { readonly file: string; readonly stat: Stats | string } {
  if (word.includes('/')) {
    const file = resolve(base, word);
    return { file, stat: statOf(file) };
  }
  for (const directory of path.split(':')) {
    const file = resolve(base, directory, word);
    const stat = statOf(file);
    if (typeof stat !== 'string') return { file, stat };
  }
  return { file: word, stat: 'ENOENT' };
}

/** Finds the command and checks the directory with the eyes of whoever calls this. */
export function lookUp(
  spec: ProcessSpec,
  environment: Readonly<Record<string, string>>,
  mayExecute: MayExecute,
): Lookup | { readonly error: SpawnError } {
  if (spec.command.problem !== undefined) return spawnError('bad_command', spec.command.problem);
  const word = spec.command.words[0];
  if (word === undefined || word === '') return spawnError('bad_command', 'command is empty');
  if (spec.command.words.some((each) => each.includes('\0')))
    return spawnError('bad_command', `can't run ${quoted(word)}: an argument contains a NUL character`);
  if (spec.directory !== null) {
    const problem = checkDirectory(spec.directory, mayExecute);
    if (problem !== null) return problem;
  }
  const { file, stat } = find(word, environment['PATH'] ?? DEFAULT_PATH, spec.directory ?? ownDirectory());
  const shown = quoted(word.includes('/') ? word : file);
  if (stat === 'EACCES') return spawnError('no_permission', `no permission to run command ${shown}`, stat);
  if (typeof stat === 'string') return spawnError('no_command', `can't find command ${quoted(word)}`, stat);
  if (stat.isDirectory()) return spawnError('is_directory', `command at ${shown} is a directory`, 'EISDIR');
  if ((stat.mode & 0o111) === 0) return spawnError('not_executable', `command at ${shown} is not executable`, 'EACCES');
  if (!mayExecute(file, stat)) return spawnError('no_permission', `no permission to run command ${shown}`, 'EACCES');
  return { file, directory: spec.directory };
}

/** Why the command or the directory cannot be found at all, whoever is to run it; null: they are there. */
export function cannotFind(spec: ProcessSpec, environment: Readonly<Record<string, string>>): SpawnError | null {
  const found = lookUp(spec, environment, () => true);
  return 'error' in found ? found.error : null;
}
