// avail, wait, version, explain, audit: values that are fetched and printed.
import { printDuration } from '../../config/duration.ts';
import type { ConfiguredProcess, Explanation, LifeAnswer } from '../../daemon/contract/answers.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import type { GroupView } from '../../daemon/contract/snapshot.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { uptime } from '../../daemon/contract/description.ts';
import { shortName } from '../../daemon/contract/names.ts';
import { namesOf, numberOf, textOf } from '../arguments.ts';
import { Refusal } from '../client.ts';
import type { Client } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { instant } from '../instant.ts';
import { byName, didYouMean, displayName, parseNamespec } from '../names.ts';
import { paint, printable } from '../screen.ts';

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
  const known = (await client.status()).processes.map(displayName);
  context.screen.line(`Error: ${error.message}`);
  const guesses = words.map((n) => [n, known.includes(n) ? '' : didYouMean(n, known)] as const).filter(([, g]) => g !== '');
  context.screen.note(guesses.length > 0 ? guesses.map(([n, g]) => `${n}: ${g}`).join('\n') : error.advice);
  return EXIT.generic;
}

function lifeLine(life: LifeAnswer): string {
  const ended = life.endedAt === null ? 'not ended' : `ran ${uptime(life.endedAt - life.startedAt)}`;
  const how =
    life.endedAt === null
      ? ''
      : life.signal !== null
        ? `, signal ${life.signal}`
        : life.code === null
          ? ', exit status unknown'
          : `, exit ${life.code}`;
  return `  ${String(life.incarnation).padStart(4)}  ${instant(life.startedAt)}  pid ${life.pid}, ${ended}${how}${life.why ? `: ${printable(life.why)}` : ''}`;
}

function explanationLines(one: Explanation, colour: boolean): string[] {
  const lines = [
    `${paint(shortName(one.process), 'bold', colour)}: ${one.state}. ${printable(one.summary)}`,
    ...one.sentences.map((s) => `  ${printable(s)}`),
  ];
  if (one.transitions.length > 0) {
    lines.push('Last changes:');
    for (const t of one.transitions)
      lines.push(`  ${instant(t.at)}  ${t.from} -> ${t.to}, life ${t.incarnation}${t.why === '' ? '' : `: ${printable(t.why)}`}`);
  }
  if (one.violations.length > 0) {
    lines.push('Limits it did not keep:');
    for (const v of one.violations) lines.push(`  ${instant(v.at)}  ${v.what}, life ${v.incarnation}: ${printable(v.why)}${v.action === 'alert' ? '' : `; action: ${v.action}`}`);
  }
  if (one.lives.length > 0) {
    lines.push('Lives:');
    for (const life of one.lives) {
      lines.push(lifeLine(life));
      const last = life.lastOutput?.trimEnd() ?? '';
      if (last !== '') lines.push(...last.split('\n').map((text) => `        | ${printable(text)}`));
    }
  }
  return lines;
}

/** A group in one line, before its members: they may be fine and yet not run because of it. */
function groupLine(group: GroupView, colour: boolean): string {
  const why = group.why === '' ? '' : `: ${printable(group.why)}`;
  return `${paint(`group ${group.name}`, 'bold', colour)}: ${group.state}${why} (${group.strategy}; ${group.members.map(shortName).join(', ')})`;
}

export const explain: Command = async (context, values) => {
  const client = await context.client();
  const { processes, groups, jobs } = await client.status(true);
  const [only = '', ...more] = namesOf(values);
  // A job is explained by its times and its last runs.
  if (more.length === 0 && jobs.some((job) => job.name === only) && !processes.some((p) => displayName(p) === only)) {
    return (await import('./job.ts')).show(context, { ...values, run: only });
  }
  // What is asked about may be a group: `explain pipeline` can mean nothing else when no process has this name.
  const words = namesOf(values).map((word) =>
    groups.some((g) => g.name === word) && !processes.some((p) => displayName(p) === word) ? `${word}:*` : word,
  );
  try {
    const explanations = await client.get<RestAnswers['explain']>(COMMANDS.explain.route.path, { names: words });
    if (wantsJson(context, values)) {
      printJson(context, explanations);
      return EXIT.ok;
    }
    const { colour } = context.screen;
    const about = groups.filter((g) => words.some((word) => parseNamespec(word).process === null && parseNamespec(word).group === g.name));
    context.screen.line(
      [...about.map((g) => groupLine(g, colour)), ...explanations.map((one) => explanationLines(one, colour).join('\n'))].join('\n\n'),
    );
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'NOT_FOUND') throw error;
    return unknownName(context, client, words, error);
  }
};

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
