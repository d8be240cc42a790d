// Where the times of jobs stand in a calendar: by day and hour of the browser's clock; what comes too often to be read one by one is a
// band above them. Pure.
import type { CalendarRow } from '../daemon/contract/page.ts';
import type { RunView } from '../daemon/contract/jobs.ts';
import { two } from './words.ts';

/** A run that was, or a time that comes (`run` null). */
export interface CalendarEntry {
  readonly job: string;
  readonly at: number;
  readonly run: RunView | null;
}

export interface CalendarDay {
  /** Wall clock ms of its first and of the next day's first moment. */
  readonly from: number;
  readonly until: number;
  /** 24, by the hour of the clock, each in order of time. On a day with a change of the clock an hour may be empty or have twice as many. */
  readonly hours: readonly (readonly CalendarEntry[])[];
  readonly size: number;
}

export interface CalendarBand {
  readonly job: string;
  readonly schedule: string;
  readonly everyMs: number;
  /** The next of them; null: none is known. */
  readonly nextAt: number | null;
}

export interface CalendarLayout {
  readonly days: readonly CalendarDay[];
  readonly bands: readonly CalendarBand[];
}

/** A job that comes more often on one day is a band. */
export const MAX_A_DAY = 12;

/** Midnight of the day that `at` is in, so many days later. */
export function dayStart(at: number, plus = 0): number {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + plus).getTime();
}

/** `from` as an address has it: `2026-11-22`. */
export function dateWord(at: number): string {
  const day = new Date(at);
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** Midnight of a date as dateWord writes it; null: it is none. */
export function dateOf(word: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(word);
  if (match === null) return null;
  const at = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3])).getTime();
  return dateWord(at) === word ? at : null;
}

function gapOf(times: readonly number[]): number {
  const gaps = times.slice(1).map((at, i) => at - (times[i] ?? at)).toSorted((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? 0;
}

/** When a run stands in a calendar: at the time it was due, else when it came about. */
export const timeOf = (run: RunView): number => run.scheduledAt ?? run.startedAt ?? run.createdAt;

/** More than MAX_A_DAY of these times, ascending, lie within 24 hours. */
const isOften = (times: readonly number[]): boolean => times.some((at, i) => (times[i + MAX_A_DAY] ?? Infinity) < at + 86_400_000 - 1);

/** Jobs that come more than MAX_A_DAY times within 24 hours, or came so, or for which the answer has no room. */
function bandsOf(rows: readonly CalendarRow[], runs: readonly RunView[], now: number): CalendarBand[] {
  const bands = new Map<string, CalendarBand>();
  for (const row of rows) {
    if (row.more === null && !isOften(row.times)) continue;
    bands.set(row.job, { job: row.job, schedule: row.schedule, everyMs: row.more?.everyMs ?? gapOf(row.times), nextAt: row.times.find((at) => at > now) ?? null });
  }
  for (const [job, own] of Map.groupBy(runs, (run) => run.job)) {
    const times = own.map(timeOf).toSorted((a, b) => a - b);
    if (!bands.has(job) && isOften(times)) bands.set(job, { job, schedule: '', everyMs: gapOf(times), nextAt: null });
  }
  return [...bands.values()];
}

/** `count` days from `from` (a midnight). Times before `now` are left out: what became of them is in `runs`. */
export function layoutCalendar(rows: readonly CalendarRow[], runs: readonly RunView[], from: number, count: number, now: number): CalendarLayout {
  const bands = bandsOf(rows, runs, now);
  const often = new Set(bands.map((band) => band.job));
  const entries: CalendarEntry[] = [
    ...runs.filter((run) => !often.has(run.job)).map((run) => ({ job: run.job, at: timeOf(run), run })),
    ...rows.filter((row) => !often.has(row.job)).flatMap((row) => row.times.filter((at) => at > now).map((at) => ({ job: row.job, at, run: null }))),
  ].toSorted((a, b) => a.at - b.at || (a.job < b.job ? -1 : 1));
  const days = Array.from({ length: count }, (_, i) => {
    const begin = dayStart(from, i);
    const until = dayStart(from, i + 1);
    const hours: CalendarEntry[][] = Array.from({ length: 24 }, () => []);
    const own = entries.filter((entry) => entry.at >= begin && entry.at < until);
    for (const entry of own) hours[new Date(entry.at).getHours()]?.push(entry);
    return { from: begin, until, hours, size: own.length };
  });
  return { days, bands: bands.toSorted((a, b) => a.everyMs - b.everyMs || (a.job < b.job ? -1 : 1)) };
}

/** Hours of a list of days in which something is; the others are drawn low. */
export function busyHours(days: readonly CalendarDay[]): ReadonlySet<number> {
  return new Set(days.flatMap((day) => day.hours.flatMap((entries, hour) => (entries.length > 0 ? [hour] : []))));
}
