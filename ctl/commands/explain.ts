// explain: how things are, why, and what happens next.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { namesOf } from '../arguments.ts';
import { Refusal } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { explanationLines } from '../explain-lines.ts';
import { styleOf } from './job.ts';

export const explain: Command = async (context, values) => {
  const names = namesOf(values);
  const json = wantsJson(context, values);
  try {
    const explanations = await (await context.client()).get<RestAnswers['explain']>(COMMANDS.explain.route.path, { names });
    if (json) printJson(context, explanations);
    else context.screen.line(explanations.map((one) => explanationLines(one, styleOf(context)).join('\n')).join('\n\n'));
    return EXIT.ok;
  } catch (error) {
    // The daemon knows all names, and which of them was meant.
    if (!(error instanceof Refusal) || error.code !== 'NOT_FOUND' || error.hint === null || json) throw error;
    context.screen.line(`Error: ${error.message}`);
    context.screen.note(names.length === 1 ? `${names[0] ?? ''}: ${error.hint}` : error.hint);
    return EXIT.generic;
  }
};
