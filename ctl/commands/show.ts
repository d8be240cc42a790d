// avail, wait, version, audit: values that are fetched and printed.
import { printDuration } from '../../config/duration.ts';
import type { ConfiguredProcess } from '../../daemon/contract/answers.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { shortName } from '../../daemon/contract/names.ts';
import { namesOf, numberOf, textOf } from '../arguments.ts';
import { Refusal } from '../client.ts';
import type { Client } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { instant } from '../instant.ts';
import { byName, didYouMean, displayName } from '../names.ts';
import { printable } from '../screen.ts';

const DEFAULT_WAIT_MS = 60_000;
const GRACE_MS = 15_000;

/** supervisorctl's columns. */
export function availLine(row: Pick<ConfiguredProcess, 'name' | 'group' | 'inUse' | 'autostart' | 'groupPriority' | 'priority'>): string {
  return `${displayName(row).padEnd(32)} ${(row.inUse ? 'in use' : 'avail').padEnd(9)} ${(row.autostart ? 'auto' : 'manual').padEnd(9)} ${row.groupPriority}:${row.priority}`;
}

export const avail: Command = async (context, values) => {
  const answer = await (await context.client()).get<RestAnswers['avail']>(COMMANDS.avail.route.path);
  const processes = answer.toSorted(byName);
  if (wantsJson(context, values)) printJson(context, processes);
  else for (const row of processes) context.screen.line(availLine(row));
  return EXIT.ok;
};

export const version: Command = async (context, values) => {
  const answer = await (await context.client()).get<RestAnswers['version']>(COMMANDS.version.route.path);
  if (wantsJson(context, values)) printJson(context, answer);
  else context.screen.line(answer.version);
  return EXIT.ok;
};

export const wait: Command = async (context, values) => {
  const client = await context.client();
  const state = textOf(values, 'for') ?? 'running';
  const timeoutMs = numberOf(values, 'timeout') ?? DEFAULT_WAIT_MS;
  const query = { names: namesOf(values), for: state, timeout: `${timeoutMs}ms` };
  try {
    const answer = await client.get<RestAnswers['wait']>(COMMANDS.wait.route.path, query, timeoutMs + GRACE_MS);
    if (wantsJson(context, values)) {
      printJson(context, answer);
      return answer.ok ? EXIT.ok : EXIT.generic;
    }
    const hopeless = new Map(answer.hopeless.map((one) => [one.process, one.why]));
    for (const id of answer.missing) {
      const why = hopeless.get(id);
      // Where one is hopeless nobody waited for the others.
      const not = why !== undefined ? `not ${state}, and will not be: ${why}` : hopeless.size > 0 ? `not ${state} yet` : `not ${state} after ${printDuration(timeoutMs)}`;
      context.screen.line(`${shortName(id)}: ERROR (${not})`);
    }
    if (answer.ok) return EXIT.ok;
    context.screen.note(`Run \`reevectl explain ${answer.missing.map(shortName).join(' ')}\`.`);
    return EXIT.generic;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'NOT_FOUND') throw error;
    return unknownName(context, client, namesOf(values), error);
  }
};

/** The whole request failed for one name: which, and what was meant. */
export async function unknownName(context: Context, client: Client, words: readonly string[], error: Refusal): Promise<number> {
  if (context.options.json) throw error;
  const known = (await client.status()).processes.map(displayName);
  context.screen.line(`Error: ${error.message}`);
  const guesses = words.map((n) => [n, known.includes(n) ? '' : didYouMean(n, known)] as const).filter(([, g]) => g !== '');
  context.screen.note(guesses.length > 0 ? guesses.map(([n, g]) => `${n}: ${g}`).join('\n') : error.advice);
  return EXIT.generic;
}

export const audit: Command = async (context, values) => {
  const answer = await (await context.client()).get<RestAnswers['audit']>(COMMANDS.audit.route.path);
  if (wantsJson(context, values)) {
    printJson(context, answer);
    return EXIT.ok;
  }
  for (const row of answer) {
    context.screen.line(
      printable(
        `${instant(row.at)}  ${row.who} (${row.role})  ${row.action}${row.targets.length > 0 ? ` ${row.targets.map(shortName).join(' ')}` : ''}: ${row.result}`,
      ),
    );
  }
  return EXIT.ok;
};
