// What an operation's results say to a person and to a script: supervisorctl's lines and exit codes. Pure.
import type { Operation, TargetResult } from '../daemon/contract/answers.ts';
import type { CommandName } from '../daemon/contract/commands.ts';
import { ERRORS } from '../daemon/contract/errors.ts';
import type { ErrorCode } from '../daemon/contract/errors.ts';
import { shortName } from '../daemon/contract/names.ts';
import { EXIT } from './context.ts';
import { parseNamespec } from './names.ts';

/** supervisorctl's words in `name: ERROR (…)`. A code without an entry says its message. */
const WORDS: Partial<Readonly<Record<ErrorCode, string>>> = {
  NO_COMMAND: 'no such file',
  NOT_EXECUTABLE: 'file is not executable',
  ALREADY_STARTED: 'already started',
  SPAWN_FAILED: 'spawn error',
  ENDED_EARLY: 'abnormal termination',
  NOT_RUNNING: 'not running',
  BAD_SIGNAL: 'bad signal name',
  NO_LOG: 'no log file',
  DISABLED: 'disabled',
  SURVIVORS: 'still running',
  INTERRUPTED: 'interrupted',
  TIMEOUT: 'timeout',
};

/** The word for success, per command. */
const DONE: Partial<Readonly<Record<CommandName, string>>> = {
  start: 'started',
  stop: 'stopped',
  restart: 'started',
  signal: 'signalled',
  clear: 'cleared',
  rotate: 'rotated',
  disable: 'disabled',
  enable: 'enabled',
  scale: 'scaled',
};

/** Nothing needed doing, which is what was wanted: no failure. */
const HARMLESS: Partial<Readonly<Record<CommandName, ErrorCode>>> = {
  start: 'ALREADY_STARTED',
  stop: 'NOT_RUNNING',
  restart: 'NOT_RUNNING',
  disable: 'NOT_RUNNING',
};

/** `signal HUP all` is for those that run, as supervisorctl's; a process named in so many words is answered. */
const LEFT_OUT: typeof HARMLESS = { ...HARMLESS, signal: 'NOT_RUNNING' };

export interface Report {
  readonly out: readonly string[];
  /** For a person, on stderr: reasons, survivors, what to do. */
  readonly notes: readonly string[];
  readonly code: number;
}

/** The `ERROR` line of one target. */
export function errorLine(target: Pick<TargetResult, 'name' | 'code' | 'message'>): string {
  const name = shortName(target.name);
  if (target.code === 'NOT_FOUND') {
    const spec = parseNamespec(target.name);
    return spec.process === null ? `${spec.group}: ERROR (no such group)` : `${name}: ERROR (no such process)`;
  }
  return `${name}: ERROR (${(target.code !== null && WORDS[target.code]) || target.message || 'failed'})`;
}

/** Exit code for one failed target. supervisorctl: an unknown group in `start g:*`, or the start half of a restart, is an invalid argument. */
function exitOf(command: CommandName, target: TargetResult): number {
  if (target.code === null) return EXIT.generic;
  if (target.code === HARMLESS[command]) return EXIT.ok;
  if (target.code === 'NOT_FOUND' && (command === 'start' || command === 'restart') && parseNamespec(target.name).process === null)
    return EXIT.usage;
  return ERRORS[target.code].exit;
}

/** `all` and `g:*` skip what is so already, as supervisorctl; a process named in so many words is answered. */
function skipped(command: CommandName, target: TargetResult, words: readonly string[]): boolean {
  return target.code !== null && target.code === LEFT_OUT[command] && !named(target.name, words);
}

function named(id: string, words: readonly string[]): boolean {
  const shown = shortName(id);
  return words.some((word) => word === id || word === shown);
}

function note(target: TargetResult): string | null {
  const name = shortName(target.name);
  if (target.survivors && target.survivors.length > 0)
    return `${name}: still there: ${target.survivors.join(', ')}. ${ERRORS.SURVIVORS.advice}`;
  if (target.code === null || target.code === 'NOT_FOUND' || target.code === 'ALREADY_STARTED' || target.code === 'NOT_RUNNING')
    return null;
  const reason = target.message === '' || target.message === WORDS[target.code] ? ERRORS[target.code].says : target.message;
  // Some reasons say already what to do.
  const advice = reason.includes('`reevectl ') ? '' : ` ${ERRORS[target.code].advice.replaceAll('NAME', name)}`;
  return `${name}: ${reason}${/[.!?]$/.test(reason) ? '' : '.'}${advice}`;
}

/** Was alive before a restart, so that the stop half of its lines can be said. */
export type WasRunning = (name: string) => boolean | undefined;

/** Lines for all targets. For `restart`: first the stop lines, then the start lines, as supervisorctl does one after the other. */
export function report(
  command: CommandName,
  operation: Operation,
  words: readonly string[],
  wasRunning: WasRunning = () => undefined,
): Report {
  const stops: string[] = [];
  const out: string[] = [];
  const notes: string[] = [];
  let code: number = EXIT.ok;
  for (const target of operation.targets) {
    if (skipped(command, target, words)) continue;
    if (command === 'restart') {
      const was = wasRunning(target.name);
      if (target.code === 'NOT_FOUND') stops.push(errorLine(target));
      else if (was === true && target.code !== 'SURVIVORS' && target.code !== 'DISABLED' && target.outcome !== 'pending')
        stops.push(`${shortName(target.name)}: stopped`);
      else if (was === false && named(target.name, words)) stops.push(`${shortName(target.name)}: ERROR (not running)`);
    }
    if (target.outcome === 'ok') {
      out.push(`${shortName(target.name)}: ${DONE[command] ?? 'done'}`);
      continue;
    }
    if (target.outcome === 'pending') {
      notes.push(
        `${shortName(target.name)}: not finished; it goes on as operation ${operation.id}. Run \`reevectl operation ${operation.id}\`.`,
      );
      code = ERRORS.TIMEOUT.exit;
      continue;
    }
    out.push(errorLine(target));
    const said = note(target);
    if (said !== null) notes.push(said);
    const exit = exitOf(command, target);
    // Of names, the last failure is told. Of a group, supervisorctl hears last of those that took longest: that they did not come up.
    if (exit !== EXIT.ok) code = named(target.name, words) ? exit : Math.max(code, exit);
  }
  return { out: [...stops, ...out], notes, code };
}
