// `ps`: processes of programs and runs of jobs as one list, filtered, with what they use where that is asked for.
import { rowOfProcess, rowOfRun } from '../contract/ps.ts';
import type { PsRow, Usage } from '../contract/ps.ts';
import { whereOrError } from '../contract/where.ts';
import type { Control } from '../runtime/control.ts';
import type { Handler } from './context.ts';
import { flagOf, orRefuse, textOf } from './context.ts';

/** Measured before other work is let through: about 3 ms where all of them ran, next to nothing where they slept. Each slice has to look for orphans once. */
const SLICE = 125;

/** What these use, measured in slices, so that a thousand processes keep nobody waiting. */
export async function measureAll(control: Control, ids: readonly string[], files: boolean): Promise<ReadonlyMap<string, Usage>> {
  const found = new Map<string, Usage>();
  for (let at = 0; at < ids.length; at += SLICE) {
    if (at > 0) await new Promise((resolve) => void setImmediate(resolve));
    for (const [id, usage] of control.usage(ids.slice(at, at + SLICE), files)) found.set(id, usage);
  }
  return found;
}

/** Measures what lives. */
async function measure(control: Control, rows: readonly PsRow[]): Promise<readonly PsRow[]> {
  const found = await measureAll(control, rows.flatMap((row) => (row.pid === null || row.endedAt !== null ? [] : [row.id])), false);
  return rows.map((row) => {
    const usage = found.get(row.id);
    return usage === undefined ? row : { ...row, rssBytes: usage.rssBytes, cpuPercent: usage.cpuPercent };
  });
}

export const ps: Handler = async ({ control, args }): Promise<readonly PsRow[]> => {
  const text = textOf(args, 'where');
  const now = Date.now();
  const where = text === undefined ? null : orRefuse(whereOrError(text, now));
  const snapshot = control.snapshot();
  const all = [...[...snapshot.processes.values()].map((view) => rowOfProcess(view)), ...[...snapshot.runs.values()].map((run) => rowOfRun(run))];
  const chosen = (rows: readonly PsRow[]): readonly PsRow[] => (where === null ? rows : rows.filter((row) => where.matches(row, now)));
  if (where?.measured === true) return chosen(await measure(control, all));
  return flagOf(args, 'usage', false) ? measure(control, chosen(all)) : chosen(all);
};
