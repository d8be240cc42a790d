// What to do about an error, for the command that met it: the table's advice where nothing better is known. Pure.
import { ERRORS } from '../daemon/contract/errors.ts';
import type { ErrorCode } from '../daemon/contract/errors.ts';

/** Where the names and ids of a command are listed; by its beginning, the first that fits. */
const LISTS: readonly (readonly [beginning: string, advice: string])[] = [
  ['job undo', 'Run `reevectl job history` for the ids of runs.'],
  ...(['job show', 'job logs', 'job cancel', 'job watch'] as const).map((one) => [one, 'Run `reevectl job list` for the jobs, `reevectl job history` for the runs.'] as const),
  ['job ', 'Run `reevectl job list` for the names of jobs.'],
  ['dead list', 'Run `reevectl job list` for the names of jobs.'],
  ['dead ', 'Run `reevectl dead list` for the ids of dead letters, `reevectl job list` for the names of jobs.'],
  ['breaker', 'Run `reevectl breaker` for the names of breakers.'],
  ['check ', 'Run `reevectl check list` for the names of checks.'],
  ['issue list', 'Run `reevectl check list` for the names of checks.'],
  ['issue ', 'Run `reevectl issue list --all` for the ids of issues.'],
  ['alert ', 'Run `reevectl alert list` for alerts and their channels.'],
  ['silence end', 'Run `reevectl silence list` for what is silenced.'],
  ['operation', 'An operation is kept for a while after its end; `reevectl audit` shows who asked for what.'],
  ...(['add', 'remove', 'update'] as const).map((one) => [one, 'Run `reevectl avail` for what the file has, `reevectl status` for what is there.'] as const),
  ...(['scale', 'pool'] as const).map((one) => [one, 'Run `reevectl avail` for the programs.'] as const),
];

/** `command` as in the table of commands, or as an operation has it (`job_cancel`). */
export function adviceFor(command: string, code: ErrorCode): string {
  const name = command.replace('_', ' ');
  if (code === 'BAD_ARGUMENT') return `Run \`reevectl help ${name}\`.`;
  if (code !== 'NOT_FOUND') return ERRORS[code].advice;
  return LISTS.find(([beginning]) => name.startsWith(beginning))?.[1] ?? ERRORS.NOT_FOUND.advice;
}
