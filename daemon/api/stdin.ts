// What is typed for a program: text for its standard input.
import type { StdinAnswer } from '../contract/rest.ts';
import type { Handler } from './context.ts';
import { namesOf, orRefuse, textOf } from './context.ts';
import { refuse } from './error-answer.ts';

export const stdin: Handler = async ({ control, caller, args }): Promise<StdinAnswer> => {
  const [id, ...more] = orRefuse(control.resolve(namesOf(args)));
  const text = textOf(args, 'text') ?? '';
  if (id === undefined || more.length > 0) throw refuse('BAD_ARGUMENT', 'cannot write to several processes at once: name one');
  const said = await control.compat.writeStdin(id, text, caller);
  switch (said) {
    case 'ok': return { name: id, bytes: Buffer.byteLength(text) };
    case 'not_running': throw refuse('NOT_RUNNING', `cannot write to ${id}: it is not running`);
    case 'closed': throw refuse('NO_STDIN', `cannot write to ${id}: its standard input is closed, or is not a pipe`);
    case 'full': throw refuse('BUSY', `cannot write to ${id}: it has not read what it was sent before`);
    default: return said satisfies never;
  }
};
