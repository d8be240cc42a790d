// When jobs are due within a span of time, for people to look at: bounded for each job and in all. Pure.
import type { CalendarAnswer, CalendarRow } from '../contract/page.ts';

export interface CalendarJob {
  readonly name: string;
  readonly schedule: string;
  readonly timezone: string;
}

/** Times of one job, and of all together (some 3 µs each). */
const MAX_OF_ONE = 200;
const MAX_OF_ALL = 20_000;
/** So many everybody gets, however many jobs there are: two say how far apart they are. */
const LEAST = 2;

/** `next`: the first time of a job after a moment, wall clock ms; undefined: never again. `from` and `until` are included. */
export function calendarOf(jobs: readonly CalendarJob[], next: (job: string, after: number) => number | undefined, from: number, until: number): CalendarAnswer {
  const most = Math.max(LEAST, Math.min(MAX_OF_ONE, Math.floor(MAX_OF_ALL / Math.max(1, jobs.length))));
  const rows = jobs.flatMap(({ name, schedule, timezone }): readonly CalendarRow[] => {
    const times: number[] = [];
    let nearest = Infinity;
    let at = next(name, from - 1);
    while (at !== undefined && at <= until && times.length < most) {
      const before = times.at(-1);
      if (before !== undefined) nearest = Math.min(nearest, at - before);
      times.push(at);
      at = next(name, at);
    }
    const last = times.at(-1);
    if (last === undefined) return [];
    return [{ job: name, schedule, timezone, times, more: at !== undefined && at <= until ? { everyMs: Math.min(nearest, at - last) } : null }];
  });
  return { from, until, jobs: rows };
}
