// status and pid: what is so, in supervisorctl's lines and exit codes.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { Usage } from '../../daemon/contract/ps.ts';
import type { RestAnswers } from '../../daemon/contract/rest.ts';
import { STOPPED_STATES } from '../../daemon/contract/states.ts';
import type { GroupView, ProcessView, SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { flagOf, namesOf } from '../arguments.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { instant } from '../instant.ts';
import { byName, didYouMean, displayName, parseNamespec, select } from '../names.ts';
import type { Selection } from '../names.ts';
import { restartLines, statusLines, verboseLines } from '../status-lines.ts';

/** Where there is nobody to show. */
export const NO_PROGRAMS = 'No programs are configured: add [programs.NAME] with a command.';

/** supervisorctl's: 4 for an unknown name, but 3 as soon as one listed process is not up (it is set last). */
export function statusExit(views: readonly Pick<ProcessView, 'state'>[], unknown: number): number {
  if (views.some((v) => STOPPED_STATES.includes(v.state))) return EXIT.statusNotRunning;
  return unknown > 0 ? EXIT.statusUnknown : EXIT.ok;
}

/** What those that live use, by id. */
async function usageOf(context: Context, rows: readonly ProcessView[]): Promise<ReadonlyMap<string, Usage>> {
  const living = rows.filter((row) => row.pid !== null);
  if (living.length === 0) return new Map();
  const used = await (await context.client()).get<RestAnswers['top']>(COMMANDS.top.route.path, { names: living.map((row) => row.id) });
  return new Map(used.map((row) => [row.id, row]));
}

/** The groups of these rows, and those above them, in the order of the snapshot. */
function groupsOf(rows: readonly ProcessView[], groups: readonly GroupView[]): readonly GroupView[] {
  const named = new Map(groups.map((group) => [group.name, group]));
  const wanted = new Set<string>();
  for (const { group } of rows) for (let at: string | null = group; at !== null && !wanted.has(at); at = named.get(at)?.parent ?? null) wanted.add(at);
  return groups.filter((group) => wanted.has(group.name));
}

/** The snapshot with what is named, as JSON; what names nothing is said on stderr. */
export function printSelected(context: Context, snapshot: SnapshotJson, words: readonly string[], { rows, unknown }: Selection<ProcessView>): void {
  const groups = new Set(rows.map((row) => row.group));
  printJson(context, { ...snapshot, processes: rows, groups: words.length === 0 ? snapshot.groups : snapshot.groups.filter((group) => groups.has(group.name)) });
  for (const word of unknown) context.screen.note(`${word}: no such process or group`);
}

export const status: Command = async (context, values) => {
  const snapshot = await (await context.client()).status(wantsJson(context, values) && namesOf(values).length === 0);
  const sorted = snapshot.processes.toSorted(byName);
  const { rows, unknown } = select(namesOf(values), sorted, snapshot.groups);
  const code = statusExit(rows, unknown.length);
  if (wantsJson(context, values)) {
    printSelected(context, snapshot, namesOf(values), { rows, unknown });
    return code;
  }
  const known = [...sorted.map(displayName), ...snapshot.groups.map((g) => `${g.name}:*`)];
  for (const word of unknown) {
    const spec = parseNamespec(word);
    context.screen.line(spec.process === null ? `${spec.group}: ERROR (no such group)` : `${word}: ERROR (no such process)`);
    const guess = didYouMean(word, known);
    if (guess !== '') context.screen.note(`${word}: ${guess}`);
  }
  const { columns, colour } = context.screen;
  const style = { now: Date.now(), columns, colour };
  const verbose = flagOf(values, 'verbose');
  if (rows.length > 0) context.screen.raw(`${(verbose ? verboseLines(rows, style, await usageOf(context, rows)) : statusLines(rows, style)).join('\n')}\n`);
  if (verbose) {
    const limited = restartLines(groupsOf(rows, snapshot.groups), style);
    if (limited.length > 0) context.screen.raw(`\n${limited.join('\n')}\n`);
  }
  if (columns !== null && sorted.length === 0 && unknown.length === 0) context.screen.note(NO_PROGRAMS);
  // Scripts read supervisord's lines; a person is told what is easily forgotten.
  if (columns !== null && snapshot.drain) context.screen.note(`draining ${snapshot.drain.names.join(', ') || 'everything'} since ${instant(snapshot.drain.startedAt)} by ${snapshot.drain.by}; end it with: reevectl resume`);
  return code;
};

export const pid: Command = async (context, values) => {
  const snapshot = await (await context.client()).status();
  const words = namesOf(values);
  if (wantsJson(context, values)) {
    const selected = select(words, snapshot.processes.toSorted(byName), snapshot.groups);
    printSelected(context, snapshot, words, selected);
    if (selected.unknown.length > 0) return EXIT.generic;
    return words.length > 0 && !words.includes('all') && selected.rows.some((row) => row.pid === null) ? EXIT.notRunning : EXIT.ok;
  }
  if (words.length === 0) {
    context.screen.line(String(snapshot.daemon.pid));
    return EXIT.ok;
  }
  const sorted = snapshot.processes.toSorted(byName);
  if (words.includes('all')) {
    for (const row of sorted) context.screen.line(String(row.pid ?? 0));
    return EXIT.ok;
  }
  let code: number = EXIT.ok;
  for (const word of words) {
    const { rows } = select([word], sorted, snapshot.groups);
    if (rows.length === 0) {
      context.screen.line(`No such process ${word}`);
      const guess = didYouMean(word, sorted.map(displayName));
      if (guess !== '') context.screen.note(`${word}: ${guess}`);
      code = EXIT.generic;
    }
    for (const row of rows) {
      context.screen.line(String(row.pid ?? 0));
      if (row.pid === null) code = EXIT.notRunning;
    }
  }
  return code;
};
