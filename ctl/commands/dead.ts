// dead list, show, retry, prune: runs that failed for good.
import type { Operation } from '../../daemon/contract/answers.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { flagOf, namesOf, numberOf, textOf } from '../arguments.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { deadLetterLines, deadLines } from '../job-lines.ts';
import { change, pathWith, printLines, styleOf } from './job.ts';

export const list: Command = async (context, values) => {
  const query = { job: textOf(values, 'job'), since: textOf(values, 'since'), pending: flagOf(values, 'pending') ? true : undefined, limit: numberOf(values, 'limit') };
  const letters = await (await context.client()).get<RestAnswers['dead list']>(COMMANDS['dead list'].route.path, query);
  if (wantsJson(context, values)) printJson(context, letters);
  else printLines(context, deadLines(letters, styleOf(context)), letters.length === 0 ? 'No dead letters.' : null);
  return EXIT.ok;
};

export const show: Command = async (context, values) => {
  const letter = await (await context.client()).get<RestAnswers['dead show']>(pathWith(COMMANDS['dead show'].route.path, { id: textOf(values, 'id') ?? '' }));
  if (wantsJson(context, values)) printJson(context, letter);
  else printLines(context, deadLetterLines(letter, styleOf(context)));
  return EXIT.ok;
};

export const retry: Command = async (context, values) => {
  const job = textOf(values, 'job');
  const body = { names: namesOf(values), all: flagOf(values, 'all'), force: flagOf(values, 'force'), ...(job === null ? {} : { job }) };
  let retried = 0;
  const code = await change(context, values, COMMANDS['dead retry'].route.path, body, (target) => {
    retried++;
    return target.run === undefined ? 'tried again' : `tried again as run ${target.run}`;
  });
  if (code === EXIT.ok && retried === 0 && !wantsJson(context, values)) context.screen.note('No dead letters that were not tried again.');
  return code;
};

export const prune: Command = async (context, values) => {
  const days = numberOf(values, 'days');
  if (days === 0) {
    if (wantsJson(context, values)) printJson(context, { id: '', command: 'dead_prune', who: '', startedAt: Date.now(), endedAt: Date.now(), targets: [{ name: 'dead letters', outcome: 'ok', code: null, message: 'none deleted: 0 keeps all' }] } satisfies Operation);
    else context.screen.note('0 keeps all dead letters: none was deleted.');
    return EXIT.ok;
  }
  return change(context, values, COMMANDS['dead prune'].route.path, days === null ? {} : { days }, (target) => target.message);
};
