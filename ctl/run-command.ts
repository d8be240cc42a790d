// One command from words to exit code: parse, load its handler, run it, and say what went wrong.
import { ERRORS } from '../daemon/contract/errors.ts';
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { CommandName } from '../daemon/contract/commands.ts';
import { adviceFor } from './advice.ts';
import { commandOf, FAMILIES, noJson, parseCommand } from './arguments.ts';
import type { UsageProblem } from './arguments.ts';
import { Refusal } from './client.ts';
import { HANDLERS } from './commands/table.ts';
import { EXIT } from './context.ts';
import type { Context } from './context.ts';
import { UsageError } from './find-daemon.ts';
import { ConnectionError } from './http.ts';
import { noteError } from './json-error.ts';
import { didYouMean } from './names.ts';

/** supervisorctl answers a command without its argument with 1, and only `start` with 2 (LSB: invalid argument). */
const USAGE_EXITS: Partial<Readonly<Record<CommandName, number>>> = {
  stop: EXIT.generic,
  restart: EXIT.generic,
  signal: EXIT.generic,
  tail: EXIT.generic,
  maintail: EXIT.generic,
  avail: EXIT.generic,
  reload: EXIT.generic,
  reread: EXIT.generic,
  update: EXIT.generic,
  add: EXIT.generic,
  remove: EXIT.generic,
  clear: EXIT.generic,
  version: EXIT.generic,
  monitor: EXIT.generic,
  shutdown: EXIT.generic,
};

/** Words of supervisorctl that are no commands here (yet), and what to do instead. The nearest name would be a dangerous guess. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  open: 'is for the shell; here `-s URL` names the server',
};

/** Words that leave the shell: outside of it there is nothing to leave, which is no failure. */
const LEAVING = new Set(['exit', 'quit']);

/** The nearest command, or what to use in place of one that is elsewhere; '' when nothing is near. */
function meant(word: string): string {
  const elsewhere = Object.hasOwn(ELSEWHERE, word) ? ELSEWHERE[word] : undefined;
  return elsewhere ?? didYouMean(word, [...Object.keys(COMMANDS).filter((name) => !name.includes(' ')), ...FAMILIES.keys()]);
}

function usageJson(context: Context, { problem, unknown, command, family }: UsageProblem): number {
  const hint = unknown === undefined ? '' : meant(unknown);
  const advice = command !== null ? `Run \`reevectl help ${command}\`.` : family !== undefined ? `Run \`reevectl help ${family}\`.` : 'Run `reevectl help` for the commands.';
  noteError(context, { code: unknown === undefined ? 'BAD_ARGUMENT' : 'UNKNOWN_METHOD', message: problem, ...(hint === '' ? {} : { hint }) }, advice);
  return unknown !== undefined ? EXIT.generic : command === null ? EXIT.usage : (USAGE_EXITS[command] ?? EXIT.usage);
}

async function usage(context: Context, problem: UsageProblem): Promise<number> {
  if (context.options.json) return usageJson(context, problem);
  if (problem.unknown !== undefined) {
    context.screen.line(problem.problem);
    const guess = meant(problem.unknown);
    context.screen.note(guess === '' ? 'Run `reevectl help` for the commands.' : `${problem.unknown}: ${guess}`);
    return EXIT.generic;
  }
  context.screen.line(`Error: ${problem.problem}`);
  const { commandHelp, familyHelp } = await import('./render-help.ts');
  if (problem.family !== undefined) context.screen.raw(familyHelp(problem.family));
  if (problem.command === null) return EXIT.usage;
  context.screen.raw(commandHelp(problem.command));
  return USAGE_EXITS[problem.command] ?? EXIT.usage;
}

/** Which file sent us there: a forgotten supervisord.conf of the machine may be it. */
function fromFile(context: Context): string {
  const by = context.foundBy?.() ?? null;
  return by !== null && by.startsWith('/') ? `This address is from ${by}. ` : '';
}

/** What to do when a daemon cannot be reached. */
function reach(context: Context, error: ConnectionError): string {
  switch (error.trouble) {
    case 'denied': return 'You may not connect to this socket. Use sudo, or ask for its owner or group to be changed.';
    case 'garbage': return 'Something else listens there. Say where reeved listens with -s or -c.';
    case 'timeout': case 'lost': return 'The daemon may be busy, ending, or stopped. Look at its log and try again.';
    case 'no_such_file': case 'refused': case 'unknown_host': case 'other': return `${fromFile(context)}${ERRORS.NO_DAEMON.advice}`;
    default: return error.trouble satisfies never;
  }
}

/** supervisorctl: 4; but 7 when the socket file is missing and the command is not `status`. */
function unreachable(context: Context, error: ConnectionError, command: string): number {
  const advice = reach(context, error);
  if (context.options.json) noteError(context, { code: 'NO_DAEMON', message: error.message }, advice);
  else {
    context.screen.line(error.message);
    context.screen.note(advice);
  }
  return error.trouble === 'no_such_file' && command !== 'status' ? EXIT.notRunning : EXIT.noDaemon;
}

function refused(context: Context, error: Refusal, command: string): number {
  const { code, message, hint } = error;
  const known = error.advice !== ERRORS[code].advice;
  // Who gave a name and was not let in is not to be told to give one.
  const wrong = code === 'UNAUTHENTICATED' && context.options.username !== null;
  const advice = wrong ? 'The name or the password is not the server\'s: check -u and -p, and [api] users in its file.' : known ? error.advice : adviceFor(command, code);
  if (context.options.json) noteError(context, { code, message, ...(hint === null ? {} : { hint }) }, advice);
  else {
    context.screen.line(code === 'UNAUTHENTICATED' ? 'Server requires authentication' : `Error: ${message}${hint ? `; ${hint}` : ''}`);
    context.screen.note(advice);
  }
  return ERRORS[code].exit;
}

/** Says what went wrong, for a person, and with which exit code. What is not foreseen is thrown on: it is our mistake. */
export function explainFailure(context: Context, error: unknown, command: string): number {
  if (error instanceof ConnectionError) return unreachable(context, error, command);
  if (error instanceof Refusal) return refused(context, error, command);
  if (error instanceof UsageError) {
    if (context.options.json) noteError(context, { code: 'BAD_ARGUMENT', message: error.message });
    else context.screen.note(error.message);
    return EXIT.usage;
  }
  throw error;
}

/** Runs `words` and resolves to the exit code. */
export async function runCommand(given: Context, words: readonly string[]): Promise<number> {
  const first = words[0] ?? '';
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
  // `reevectl version --json` and `reevectl --json version` alike, also where something goes wrong.
  const context = own.includes('--json') && !given.options.json ? { ...given, options: { ...given.options, json: true } } : given;
  if (context.options.help || own.includes('--help') || own.includes('-h')) {
    const { commandHelp, familyHelp } = await import('./render-help.ts');
    const named = commandOf(words);
    if (named !== null || FAMILIES.has(first)) {
      context.screen.raw(named === null ? familyHelp(first) : commandHelp(named.command));
      return EXIT.ok;
    }
  }
  if (LEAVING.has(first)) return EXIT.ok;
  const parsed = parseCommand(words);
  if ('problem' in parsed) return usage(context, parsed);
  const without = context.options.json ? noJson(parsed.command) : null;
  if (without !== null) return usage(context, without);
  try {
    const handler = await HANDLERS[parsed.command]();
    return await handler(context, parsed.values);
  } catch (error) {
    return explainFailure(context, error, parsed.command);
  }
}
