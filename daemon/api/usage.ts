// `top`: what everything that lives uses, and how much of its limits that is.
import type { LimitsSpec } from '../../config/limits-spec.ts';
import { shortName } from '../contract/names.ts';
import type { LimitUse, Usage, UsageRow } from '../contract/ps.ts';
import { rowOfProcess, rowOfRun } from '../contract/ps.ts';
import type { PsRow } from '../contract/ps.ts';
import type { Handler } from './context.ts';
import { namesOf, orRefuse } from './context.ts';
import { measureAll } from './ps.ts';

function usesOf(limits: LimitsSpec, usage: Usage, startedAt: number | null, now: number): readonly LimitUse[] {
  const uses: LimitUse[] = [];
  const add = (limit: LimitUse['limit'], max: number | null, actual: number | null): void => {
    if (max !== null) uses.push({ limit, max, percent: actual === null ? null : Math.round((actual / max) * 1000) / 10 });
  };
  add('memory', limits.memoryBytes, usage.rssBytes);
  add('cpu', limits.cpuPercent, usage.cpuPercent);
  add('files', limits.files, usage.files);
  add('processes', limits.processes, usage.processes);
  add('runtime', limits.runtimeMs, startedAt === null ? null : Math.max(0, now - startedAt));
  return uses;
}

/** Those that live: the named processes, or all processes and runs. */
function living(rows: readonly PsRow[]): readonly PsRow[] {
  return rows.filter((row) => row.pid !== null && row.endedAt === null);
}

export const usage: Handler = async ({ control, args }): Promise<readonly UsageRow[]> => {
  const names = namesOf(args);
  const { processes, runs } = control.snapshot();
  const ids = orRefuse(control.resolve(names));
  const rows = living([...ids.flatMap((id) => processes.get(id) ?? []).map((view) => rowOfProcess(view)), ...(names.length === 0 ? [...runs.values()].map((run) => rowOfRun(run)) : [])]);
  const found = await measureAll(control, rows.map((row) => row.id), true);
  const now = Date.now();
  return rows.flatMap(({ kind, name, id, state, health, pid, startedAt }): UsageRow[] => {
    const used = found.get(id);
    const limits = control.limitsOf(id);
    if (used === undefined) return [];
    return [{ kind, name: kind === 'run' ? name : shortName(id), id, state, health, pid, startedAt, ...used, limits: limits === undefined ? [] : usesOf(limits, used, startedAt, now) }];
  });
};
