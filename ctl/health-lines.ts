// The lines of `health` and `probe`: one per process, its probes below where they have something to say, and totals. Pure.
import { isAiling } from '../daemon/contract/health.ts';
import type { HealthEntry, HealthRow, ProbeView } from '../daemon/contract/health.ts';
import { shortName } from '../daemon/contract/names.ts';
import type { Health } from '../daemon/contract/states.ts';
import type { JobStyle } from './job-lines.ts';
import { paint, printable } from './screen.ts';
import type { Paint } from './screen.ts';
import { tableLines } from './table-lines.ts';
import { relative, shortDuration, zoned } from './time-words.ts';

export const HEALTH_PAINTS: Readonly<Record<string, Paint>> = { healthy: 'green', degraded: 'yellow', unhealthy: 'red', stuck: 'red', unknown: 'grey' };
const OUTCOME_PAINTS: Readonly<Record<HealthEntry['outcome'], Paint>> = { ok: 'green', degraded: 'yellow', failed: 'red' };

function milliseconds(ms: number | null): string {
  return ms === null ? '-' : ms < 1000 ? `${Math.round(ms * 10) / 10}ms` : shortDuration(ms);
}

/** The worst first, then by name. */
export function sorted(rows: readonly HealthRow[]): readonly HealthRow[] {
  return rows.toSorted((a, b) => Number(isAiling(b)) - Number(isAiling(a)) || shortName(a.process).localeCompare(shortName(b.process)));
}

/** `3 processes: 2 healthy, 1 unhealthy`, and who is not up though it is to be. */
export function totalsLine(rows: readonly HealthRow[]): string {
  const counts = new Map<Health, number>();
  for (const { health } of rows) counts.set(health, (counts.get(health) ?? 0) + 1);
  const down = rows.filter((row) => isAiling(row) && row.health !== 'unhealthy' && row.health !== 'stuck').length;
  const parts = (['healthy', 'degraded', 'unhealthy', 'stuck', 'unknown'] as const).flatMap((value) => (counts.has(value) ? [`${counts.get(value) ?? 0} ${value}`] : []));
  return `${rows.length} process${rows.length === 1 ? '' : 'es'}: ${[...parts, ...(down > 0 ? [`${down} to be up and not there`] : [])].join(', ')}`;
}

/** NAME, PROGRAM, STATE, HEALTH, SINCE, LAST CHECK, CHECKS, 1H and REASON, then the totals. */
export function healthLines(rows: readonly HealthRow[], style: JobStyle): string[] {
  const table = tableLines(
    ['NAME', 'PROGRAM', 'STATE', 'HEALTH', 'ILL FOR', 'LAST CHECK', 'CHECKS', '1H', 'REASON'],
    sorted(rows).map((row) => [
      shortName(row.process), shortName(row.process) === row.program ? '' : row.program, row.state, { text: row.health, paint: HEALTH_PAINTS[row.health] ?? null },
      row.unhealthySince === null ? '' : shortDuration(style.now - row.unhealthySince), row.lastCheckAt === null ? '-' : relative(row.lastCheckAt, style.now), row.checks === 0 ? '-' : String(row.checks),
      row.hour === null ? '-' : `${row.hour.percent}%`, row.why === '' ? '-' : row.why,
    ]),
    { ...style, right: new Set([6, 7]), drop: [1, 7, 6] },
  );
  return [...table, '', totalsLine(rows)];
}

/** One table for the probes of these. */
export function probeLines(rows: readonly HealthRow[], style: JobStyle): string[] {
  const probes = rows.flatMap((row) => row.probes.map((probe) => [row, probe] as const));
  const inRow = ({ failuresInRow, successesInRow }: ProbeView): string => (failuresInRow > 0 ? `${failuresInRow} failed` : successesInRow > 0 ? `${successesInRow} ok` : '-');
  return tableLines(
    ['NAME', 'PROBE', 'VALUE', 'IN A ROW', 'OK', 'DEGRADED', 'FAILED', 'LAST', 'TOOK', 'MEAN', 'ASKS', 'REASON'],
    probes.map(([row, probe]) => [
      shortName(row.process), probe.name, { text: probe.value, paint: HEALTH_PAINTS[probe.value] ?? null }, inRow(probe), String(probe.ok), String(probe.degraded), String(probe.failed),
      probe.lastAt === null ? '-' : relative(probe.lastAt, style.now), milliseconds(probe.lastMs), milliseconds(probe.averageMs), probe.target === '' ? '-' : probe.target, probe.why === '' ? '-' : probe.why,
    ]),
    { ...style, right: new Set([4, 5, 6, 8, 9]), drop: [5, 9, 3] },
  );
}

/** The answers of one process, oldest first. */
export function historyLines(row: HealthRow, style: JobStyle): string[] {
  const entries = row.history ?? [];
  const hour = row.hour === null ? '' : `; of ${row.hour.answers} in the last hour ${row.hour.percent} % were good`;
  if (entries.length === 0) return [`${shortName(row.process)}: no answers yet`];
  return [
    paint(`${shortName(row.process)}: the last ${entries.length} answer${entries.length === 1 ? '' : 's'}${hour}`, 'bold', style.colour),
    ...entries.map((entry) => `  ${zoned(entry.at, style.zone)}  life ${entry.incarnation}  ${entry.probe}  ${paint(entry.outcome, OUTCOME_PAINTS[entry.outcome], style.colour)}  ${milliseconds(entry.durationMs)}${entry.why === '' ? '' : `  ${printable(entry.why)}`}`),
  ];
}
