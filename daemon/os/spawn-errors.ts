// Why a process could not be started, in words. supervisord's where it has them, since scripts compare them.
import { getSystemErrorName } from 'node:util';
import type { SpawnError, SpawnErrorKind } from './ports/processes.ts';

/** Quotes as Python's repr does, which is how supervisord prints commands. */
export function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r');
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}

/** A SpawnError; `errno` is a name such as ENOENT. */
export function spawnError(kind: SpawnErrorKind, message: string, errno: string | null = null): { readonly error: SpawnError } {
  return { error: { kind, message, errno } };
}

/** errno name -> kind and words, given the process's name and the file that was to run. */
const WORDS: Readonly<Record<string, (name: string, file: string) => readonly [SpawnErrorKind, string]>> = {
  EMFILE: (name) => ['too_many_files', `too many open files to spawn ${quoted(name)}`],
  ENFILE: (name) => ['too_many_files', `too many open files to spawn ${quoted(name)}`],
  EAGAIN: (name) => ['too_many_processes', `Too many processes in process table to spawn ${quoted(name)}`],
  ENOMEM: (name) => ['no_memory', `not enough memory to spawn ${quoted(name)}`],
  // The file was there a moment ago, so it is what its first line names that is missing, or it vanished since.
  ENOENT: (_, file) => ['no_command', `cannot run ${quoted(file)}: its interpreter or loader does not exist`],
  EACCES: (_, file) => ['no_permission', `no permission to run command ${quoted(file)}`],
  EPERM: (_, file) => ['no_permission', `no permission to run command ${quoted(file)}`],
  ENOEXEC: (_, file) => [
    'bad_command',
    `cannot run ${quoted(file)}: it is neither a program for this machine nor a script that begins with #!`,
  ],
  E2BIG: (_, file) => ['bad_command', `cannot run ${quoted(file)}: its arguments and environment are too long for this system`],
  ETXTBSY: (_, file) => ['other', `cannot run ${quoted(file)}: it is being written to`],
  ENOTDIR: (_, file) => ['no_command', `can't find command ${quoted(file)}`],
};

/** The error for an errno of a spawn (a positive number, or its name). */
export function spawnErrno(errno: number | string, name: string, file: string): { readonly error: SpawnError } {
  const code = typeof errno === 'string' ? errno : getSystemErrorName(-errno);
  const [kind, message] = WORDS[code]?.(name, file) ?? ['other', `unknown error during fork for ${quoted(name)}: ${code}`];
  return spawnError(kind, message, code);
}

/** Name of the errno of a thrown error of node:fs and the like. */
export function errnoName(error: unknown): string {
  return (error as { code?: string } | null)?.code ?? 'UNKNOWN';
}
