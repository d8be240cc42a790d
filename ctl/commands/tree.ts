// tree: groups, members, what they depend on, and their states.
import { namesOf } from '../arguments.ts';
import { EXIT, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { didYouMean, displayName, select } from '../names.ts';
import { treeLines } from '../tree-lines.ts';
import { NO_PROGRAMS, printSelected } from './status.ts';

export const tree: Command = async (context, values) => {
  const snapshot = await (await context.client()).status();
  const { processes, groups } = snapshot;
  const { rows, unknown } = select(namesOf(values), processes, groups);
  if (wantsJson(context, values)) {
    printSelected(context, snapshot, namesOf(values), { rows, unknown });
    return unknown.length > 0 ? EXIT.statusUnknown : EXIT.ok;
  }
  for (const word of unknown) {
    const guess = didYouMean(word, [...processes.map(displayName), ...groups.map((g) => g.name)]);
    context.screen.note(`${word}: no such process or group${guess === '' ? '' : `; ${guess}`}`);
  }
  if (context.screen.columns !== null && processes.length === 0 && unknown.length === 0) context.screen.note(NO_PROGRAMS);
  for (const line of treeLines(processes, groups, new Set(rows.map((row) => row.id)), context.screen)) context.screen.line(line);
  return unknown.length > 0 ? EXIT.statusUnknown : EXIT.ok;
};
