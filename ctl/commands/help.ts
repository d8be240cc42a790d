// help and completion: what the table says, without a daemon.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { commandOf, FAMILIES, textOf } from '../arguments.ts';
import { EXIT } from '../context.ts';
import type { Command } from '../context.ts';
import { didYouMean } from '../names.ts';
import { commandHelp, familyHelp, generalHelp, SHELL_WORDS, shellHelp } from '../render-help.ts';
import { renderCompletion } from '../render-completion.ts';
import type { ShellName } from '../render-completion.ts';

export const help: Command = async (context, values) => {
  const first = textOf(values, 'command');
  const second = textOf(values, 'second');
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
  if (guess !== '') context.screen.note(`${word}: ${guess}`);
  return EXIT.generic;
};

export const completion: Command = async (context, values) => {
  context.screen.raw(renderCompletion(textOf(values, 'shell') as ShellName));
  return EXIT.ok;
};
