// `ps`: processes of programs and runs of jobs as one list, filtered, with what they use where that is asked for.
import { rowOfProcess, rowOfRun } from '../contract/ps.ts';
import type { PsRow, Usage } from '../contract/ps.ts';
import { whereOrError } from '../contract/where.ts';
import type { Control } from '../runtime/control.ts';
import type { Handler } from './context.ts';
import { flagOf, orRefuse, textOf } from './context.ts';

/** Pids measured before other work is let through: about 5 ms. */
const SLICE = 100;

/** Measures what lives, in slices, so that a thousand processes keep nobody waiting. */
async function measure(control: Control, rows: readonly PsRow[]): Promise<readonly PsRow[]> {
  const pids = rows.flatMap((row) => (row.pid === null || row.endedAt !== null ? [] : [row.pid]));
  const found = new Map<number, Usage>();
  for (let at = 0; at < pids.length; at += SLICE) {
    if (at > 0) await new Promise((resolve) => void setImmediate(resolve));
    for (const [pid, usage] of control.usage(pids.slice(at, at + SLICE))) found.set(pid, usage);
  }
  return rows.map((row) => {
    const usage = row.pid === null ? undefined : found.get(row.pid);
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
