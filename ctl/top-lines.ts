// The lines of `top`: who uses what, the greediest first. Pure.
import { shortId } from '../daemon/contract/names.ts';
import type { UsageRow } from '../daemon/contract/ps.ts';
import type { Paint } from './screen.ts';
import { sizeText } from './size-text.ts';
import { tableLines } from './table-lines.ts';
import { shortDuration } from './time-words.ts';

/** By what it can be sorted; the key that asks for it while it is live. */
export const SORTS = { cpu: 'c', memory: 'm', processes: 'p', files: 'f', name: 'n', uptime: 'u' } as const;
export type Sort = keyof typeof SORTS;

export interface TopStyle {
  readonly now: number;
  /** Width of the terminal, or null in a pipe or a file. */
  readonly columns: number | null;
  readonly colour: boolean;
}

const AMOUNT: Readonly<Record<Exclude<Sort, 'name'>, (row: UsageRow, now: number) => number>> = {
  cpu: (row) => row.cpuPercent,
  memory: (row) => row.rssBytes,
  processes: (row) => row.processes,
  files: (row) => row.files ?? -1,
  uptime: (row, now) => (row.startedAt === null ? -1 : now - row.startedAt),
};

const titleOf = (row: UsageRow): string => (row.kind === 'run' ? `${row.name} ${shortId(row.id)}` : row.name);

/** The greatest first; names in their order. */
export function sorted(rows: readonly UsageRow[], by: Sort, now: number): readonly UsageRow[] {
  const byName = (a: UsageRow, b: UsageRow): number => (titleOf(a) < titleOf(b) ? -1 : titleOf(a) > titleOf(b) ? 1 : 0);
  if (by === 'name') return rows.toSorted(byName);
  const amount = AMOUNT[by];
  return rows.toSorted((a, b) => amount(b, now) - amount(a, now) || byName(a, b));
}

/** `memory 82%`: the limit that is most used up. */
function limitText(row: UsageRow): { readonly text: string; readonly paint: Paint | null } {
  const known = row.limits.filter((one) => one.percent !== null).toSorted((a, b) => (b.percent ?? 0) - (a.percent ?? 0));
  const [worst] = known;
  if (worst === undefined) return { text: '-', paint: null };
  const percent = worst.percent ?? 0;
  return { text: `${worst.limit} ${String(Math.round(percent))}%`, paint: percent > 100 ? 'red' : percent >= 90 ? 'yellow' : null };
}

const HEADER: Readonly<Record<string, Sort>> = { NAME: 'name', CPU: 'cpu', MEMORY: 'memory', PROCESSES: 'processes', FILES: 'files', UPTIME: 'uptime' };

/** A header and one line per row, in the order of `by`, which is marked. */
export function topLines(rows: readonly UsageRow[], by: Sort, style: TopStyle): string[] {
  const header = ['NAME', 'PID', 'CPU', 'MEMORY', 'PROCESSES', 'FILES', 'UPTIME', 'HEALTH', 'LIMIT'].map((title) => (HEADER[title] === by && style.columns !== null ? `${title}*` : title));
  const cells = sorted(rows, by, style.now).map((row) => [
    titleOf(row), String(row.pid ?? '-'), `${String(Math.round(row.cpuPercent * 10) / 10)}%`, sizeText(row.rssBytes), String(row.processes), row.files === null ? '-' : String(row.files),
    row.startedAt === null ? '-' : shortDuration(style.now - row.startedAt), row.health, limitText(row),
  ]);
  return tableLines(header, cells, { columns: style.columns, colour: style.colour, right: new Set([1, 2, 3, 4, 5, 6]), drop: [5, 4, 6, 7, 1] });
}

/** `3 running: 12.5% of a core, 1.2 GB, 7 processes`. */
export function totalLine(rows: readonly UsageRow[]): string {
  const sum = (of: (row: UsageRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return `${String(rows.length)} running: ${String(Math.round(sum((row) => row.cpuPercent) * 10) / 10)}% of a core, ${sizeText(sum((row) => row.rssBytes))}, ${String(sum((row) => row.processes))} processes`;
}
