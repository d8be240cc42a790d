// help and completion: what the table says, without a daemon.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { CommandDefinition, CommandName } from '../../daemon/contract/commands.ts';
import { argumentsOf, commandOf, FAMILIES, textOf } from '../arguments.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { noteError } from '../json-error.ts';
import { didYouMean } from '../names.ts';
import { commandHelp, familyHelp, generalHelp, SHELL_WORDS, shellHelp } from '../render-help.ts';
import { renderCompletion } from '../render-completion.ts';
import type { ShellName } from '../render-completion.ts';

/** The table of commands, or one of them, with what its --json prints. */
async function helpJson(context: Context, word: string | null): Promise<number> {
  const { jsonFormOf } = await import('../../daemon/contract/json-output.ts');
  const chosen = (Object.keys(COMMANDS) as CommandName[]).filter((name) => word === null || name === word || name.startsWith(`${word} `));
  if (chosen.length === 0) {
    const guess = didYouMean(word ?? '', Object.keys(COMMANDS));
    noteError(context, { code: 'UNKNOWN_METHOD', message: `there is no command ${word ?? ''}`, ...(guess === '' ? {} : { hint: guess }) });
    return EXIT.generic;
  }
  printJson(context, Object.fromEntries(chosen.map((name) => {
    const { says, role, route, answer, examples }: CommandDefinition = COMMANDS[name];
    return [name, { says, role, ...(route === undefined ? {} : { route }), answer, args: Object.fromEntries(argumentsOf(name)), examples, json: jsonFormOf(name)?.type ?? null }];
  })));
  return EXIT.ok;
}

export const help: Command = async (context, values) => {
  const first = textOf(values, 'command');
  const second = textOf(values, 'second');
  if (wantsJson(context, values)) return helpJson(context, first === null ? null : second === null ? first : `${first} ${second}`);
  if (first === null) {
    context.screen.raw(context.interactive ? shellHelp() : generalHelp());
    return EXIT.ok;
  }
  const word = second === null ? first : `${first} ${second}`;
  const named = commandOf(second === null ? [first] : [first, second]);
  if (named !== null) {
    context.screen.raw(commandHelp(named.command));
    return EXIT.ok;
  }
  if (FAMILIES.has(first) && second === null) {
    context.screen.raw(familyHelp(first));
    return EXIT.ok;
  }
  if (Object.hasOwn(SHELL_WORDS, word)) {
    context.screen.line(`${word}: ${SHELL_WORDS[word as keyof typeof SHELL_WORDS]}`);
    return EXIT.ok;
  }
  context.screen.line(`*** No help on ${word}`);
  const guess = didYouMean(word, Object.keys(COMMANDS));
  context.screen.note(guess === '' ? 'Run `reevectl help` for the commands.' : `${word}: ${guess}`);
  return EXIT.generic;
};

export const completion: Command = async (context, values) => {
  context.screen.raw(renderCompletion(textOf(values, 'shell') as ShellName));
  return EXIT.ok;
};
