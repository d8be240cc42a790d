// One command from words to exit code: parse, load its handler, run it, and say what went wrong.
import { ERRORS } from '../daemon/contract/errors.ts';
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { CommandName } from '../daemon/contract/commands.ts';
import { commandOf, FAMILIES, parseCommand } from './arguments.ts';
import type { UsageProblem } from './arguments.ts';
import { Refusal } from './client.ts';
import { HANDLERS } from './commands/table.ts';
import { EXIT } from './context.ts';
import type { Context } from './context.ts';
import { UsageError } from './find-daemon.ts';
import { ConnectionError } from './http.ts';
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

async function usage(context: Context, problem: UsageProblem): Promise<number> {
  if (problem.unknown !== undefined) {
    context.screen.line(problem.problem);
    const elsewhere = Object.hasOwn(ELSEWHERE, problem.unknown) ? ELSEWHERE[problem.unknown] : undefined;
    const guess = elsewhere ?? didYouMean(problem.unknown, [...Object.keys(COMMANDS).filter((name) => !name.includes(' ')), ...FAMILIES.keys()]);
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

/** supervisorctl: 4; but 7 when the socket file is missing and the command is not `status`. */
function unreachable(context: Context, error: ConnectionError, command: string): number {
  context.screen.line(error.message);
  switch (error.trouble) {
    case 'denied':
      context.screen.note('You may not connect to this socket. Use sudo, or ask for its owner or group to be changed.');
      break;
    case 'garbage':
      context.screen.note('Something else listens there. Say where reeved listens with -s or -c.');
      break;
    case 'timeout':
    case 'lost':
      context.screen.note('The daemon may be busy, ending, or stopped. Look at its log and try again.');
      break;
    case 'no_such_file':
    case 'refused':
    case 'unknown_host':
    case 'other':
      context.screen.note(`${fromFile(context)}${ERRORS.NO_DAEMON.advice}`);
      break;
  }
  return error.trouble === 'no_such_file' && command !== 'status' ? EXIT.notRunning : EXIT.noDaemon;
}

function refused(context: Context, error: Refusal): number {
  if (error.code === 'UNAUTHENTICATED') context.screen.line('Server requires authentication');
  else context.screen.line(`Error: ${error.message}${error.hint ? `; ${error.hint}` : ''}`);
  context.screen.note(error.advice);
  return ERRORS[error.code].exit;
}

/** Says what went wrong, for a person, and with which exit code. What is not foreseen is thrown on: it is our mistake. */
export function explainFailure(context: Context, error: unknown, command: string): number {
  if (error instanceof ConnectionError) return unreachable(context, error, command);
  if (error instanceof Refusal) return refused(context, error);
  if (error instanceof UsageError) {
    context.screen.note(error.message);
    return EXIT.usage;
  }
  throw error;
}

/** Runs `words` and resolves to the exit code. */
export async function runCommand(context: Context, words: readonly string[]): Promise<number> {
  const first = words[0] ?? '';
  const end = words.indexOf('--');
  const own = end < 0 ? words : words.slice(0, end);
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
  try {
    const handler = await HANDLERS[parsed.command]();
    return await handler(context, parsed.values);
  } catch (error) {
    return explainFailure(context, error, parsed.command);
  }
}
