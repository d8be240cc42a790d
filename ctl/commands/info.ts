// info and pool: the daemon as a whole, and the instances of a program.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { textOf } from '../arguments.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { infoLines, poolLines } from '../info-lines.ts';
import { pathWith, printLines, styleOf } from './job.ts';

export const info: Command = async (context, values) => {
  const answer = await (await context.client()).get<RestAnswers['info']>(COMMANDS.info.route.path);
  if (wantsJson(context, values)) printJson(context, answer);
  else printLines(context, infoLines(answer));
  return EXIT.ok;
};

/** Exit 1 when an instance has crashed. */
export const pool: Command = async (context, values) => {
  const answer = await (await context.client()).get<RestAnswers['pool']>(pathWith(COMMANDS.pool.route.path, { name: textOf(values, 'name') ?? '' }));
  if (wantsJson(context, values)) printJson(context, answer);
  else printLines(context, poolLines(answer, styleOf(context)));
  return answer.crashed > 0 ? EXIT.generic : EXIT.ok;
};
