// A changed configuration: apply with its plan, and supervisord's reread, update, add and remove.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { Plan } from '../../daemon/contract/plan.ts';
import type { RereadAnswer } from '../../daemon/contract/rest.ts';
import { flagOf, namesOf, numberOf, textOf } from '../arguments.ts';
import type { Values } from '../arguments.ts';
import { Refusal } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { noteError } from '../json-error.ts';
import { applyResults, groupResults, planLines } from '../plan-lines.ts';
import type { Results } from '../plan-lines.ts';

/** `--dry-run` found something to do: neither the success nor the failure of a command. */
const CHANGES = 3;

function say(context: Context, results: Results): number {
  for (const line of results.out) context.screen.line(line);
  for (const line of results.notes) context.screen.note(line);
  return results.code;
}

async function agreed(context: Context, values: Values): Promise<boolean | null> {
  if (flagOf(values, 'yes')) return true;
  if (!context.canAsk) return null;
  return (await context.ask('Apply this plan y/N? ')).trim().toLowerCase().startsWith('y');
}

export const apply: Command = async (context, values) => {
  const client = await context.client();
  const json = wantsJson(context, values);
  const dry = flagOf(values, 'dry_run');
  const plan = await client.get<Plan>('/v1/plan');
  if (!json) for (const line of planLines(plan, context.screen.colour)) context.screen.line(line);
  if (dry || !plan.changes) {
    if (json) printJson(context, plan);
    return plan.changes ? CHANGES : EXIT.ok;
  }
  const yes = await agreed(context, values);
  if (yes === null) {
    const [why, advice] = ['Nothing was applied: there is nobody to ask.', 'Say --yes to apply it, or --dry-run to only look.'];
    if (json) noteError(context, { code: 'BAD_ARGUMENT', message: why }, advice);
    else context.screen.note(`${why} ${advice}`);
    return EXIT.usage;
  }
  if (!yes) {
    context.screen.note('Nothing was applied.');
    return EXIT.generic;
  }
  const body = {
    plan: textOf(values, 'plan') ?? plan.id,
    rolling: flagOf(values, 'rolling'),
    ...(numberOf(values, 'max_unavailable') === null ? {} : { max_unavailable: numberOf(values, 'max_unavailable') }),
  };
  const operation = await client.mutate(COMMANDS.apply.route.path, body, numberOf(values, 'wait') ?? Infinity);
  if (json) printJson(context, operation);
  const results = applyResults(operation);
  return json ? results.code : say(context, results);
};

/** supervisorctl's words for a file that cannot be read. */
function cannotReread(context: Context, error: unknown): number {
  if (!(error instanceof Refusal) || error.code !== 'BAD_CONFIG' || context.options.json) throw error;
  context.screen.line(`ERROR: CANT_REREAD: ${error.message}`);
  return EXIT.generic;
}

export const reread: Command = async (context, values) => {
  const client = await context.client();
  let found: RereadAnswer;
  try {
    found = await client.post<RereadAnswer>(COMMANDS.reread.route.path, {});
  } catch (error) {
    return cannotReread(context, error);
  }
  if (wantsJson(context, values)) {
    printJson(context, found);
    return EXIT.ok;
  }
  const words = [
    ...found.added.map((name) => [name, 'available'] as const),
    ...found.changed.map((name) => [name, 'changed'] as const),
    ...found.removed.map((name) => [name, 'disappeared'] as const),
  ].toSorted(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, word] of words) context.screen.line(`${name}: ${word}`);
  if (words.length === 0) context.screen.line('No config updates to processes');
  return EXIT.ok;
};

function byGroups(command: 'add' | 'remove' | 'update'): Command {
  return async (context, values) => {
    const client = await context.client();
    try {
      const operation = await client.mutate(COMMANDS[command].route.path, { names: namesOf(values) }, numberOf(values, 'wait') ?? Infinity);
      const results = groupResults(command, operation);
      if (!wantsJson(context, values)) return say(context, results);
      printJson(context, operation);
      return results.code;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'SHUTTING_DOWN' && !context.options.json) {
        context.screen.line('ERROR: shutting down');
        return EXIT.generic;
      }
      return cannotReread(context, error);
    }
  };
}

export const add = byGroups('add');
export const remove = byGroups('remove');
export const update = byGroups('update');
