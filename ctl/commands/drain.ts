// drain and resume: let what runs finish, and start nothing new.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { Operation } from '../../daemon/contract/answers.ts';
import type { DrainAnswer } from '../../daemon/contract/rest.ts';
import { PLAIN_ROUTES } from '../../daemon/contract/routes.ts';
import { flagOf, namesOf, numberOf } from '../arguments.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { relative } from '../time-words.ts';
import { change } from './job.ts';

function said(context: Context, operation: Operation): number {
  const failed = operation.targets.filter((target) => target.outcome === 'error');
  for (const target of operation.targets.filter((one) => one.outcome === 'ok')) context.screen.line(`${target.name}: ${target.message === '' || target.message === 'OK' ? 'drained' : target.message}`);
  for (const target of failed) context.screen.line(`${target.name}: ERROR (${target.message})`);
  if (failed.length > 0) context.screen.note('The drain goes on. End it with `reevectl resume`, or end what is left with `reevectl drain --wait --cancel`.');
  return failed.length > 0 ? EXIT.generic : EXIT.ok;
}

export const drain: Command = async (context, values) => {
  const client = await context.client();
  const timeout = numberOf(values, 'timeout');
  const expire = numberOf(values, 'expire');
  const body = {
    names: namesOf(values), cancel: flagOf(values, 'cancel'), ...(timeout === null ? {} : { timeout: `${timeout}ms` }), ...(expire === null ? {} : { expire: `${expire}ms` }),
  };
  const wait = flagOf(values, 'wait');
  const operation = await client.mutate(COMMANDS.drain.route.path, body, wait ? Infinity : 0);
  if (wantsJson(context, values)) {
    printJson(context, operation);
    return operation.targets.some((target) => target.outcome === 'error') ? EXIT.generic : EXIT.ok;
  }
  if (wait) return said(context, operation);
  const { drain: now } = await client.get<DrainAnswer>(PLAIN_ROUTES['drain-show'].path);
  const refused = operation.targets.some((target) => target.outcome === 'error');
  if (refused) return said(context, operation);
  const what = namesOf(values).length === 0 ? 'everything' : namesOf(values).join(', ');
  const left = now === null || now.remaining.length === 0 ? 'nothing goes on' : `still going on: ${now.remaining.join(', ')}`;
  context.screen.line(`draining ${what}: ${left}`);
  if (now !== null && now.expiresAt !== null) context.screen.note(`It ends by itself ${relative(now.expiresAt, Date.now())}, or with \`reevectl resume\`.`);
  return EXIT.ok;
};

export const resume: Command = (context, values) => change(context, values, COMMANDS.resume.route.path, { names: namesOf(values) }, (target) => (target.message === '' || target.message === 'OK' ? 'runs start again' : target.message));
