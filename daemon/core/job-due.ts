// What is due? Never early, never twice, and times that passed unnoticed are counted.
import type { JobSpec } from '../../config/job-spec.ts';
import type { Clocks } from './run-state.ts';
import { jitterOf, nextDue, nextFires } from './schedule.ts';
import type { Plan } from './schedule.ts';

/** The next time of a job. Calendars go by the wall clock; intervals that are not aligned by the monotonic one, which nobody sets. */
export interface NextTime {
  /** The time it stands for (wall clock ms). */
  readonly at: number;
  /** Intervals: the same on the monotonic clock; null: by the calendar. */
  readonly due: number | null;
  /** Its run starts so much later. */
  readonly jitterMs: number;
}

/** Times that have come. */
export interface Passed {
  /** How many; a lower bound where they are more than anybody would run. */
  readonly times: number;
  /** The last of them, oldest first, at most CATCH_UP_LIMIT. */
  readonly recent: readonly number[];
  readonly lastAt: number;
  /** Intervals: the last one on the monotonic clock. */
  readonly lastDue: number | null;
  /** How long ago the last of them was to start. */
  readonly lateMs: number;
}

/** Times that are caught up at most, the newest. */
export const CATCH_UP_LIMIT = 100;
/** A clock that is set back by more than this was wrong before: its times are forgotten, or nothing would be due until it is there again. */
export const WRONG_CLOCK_MS = 86_400_000;
/** Times looked at in one go; then the count goes on nearer to the present. */
const LOOK = 1000;
const MAX_LOOKS = 20;

/** When a job is due by itself; null: it has no schedule. */
export function planOf(spec: JobSpec): Plan | null {
  const { schedule, timezone, notBefore, notAfter } = spec;
  return schedule === null ? null : { schedule, timezone, notBefore, notAfter };
}

/** Does it go by the calendar? */
function isCalendar(plan: Plan): boolean {
  return plan.schedule.kind === 'cron' || plan.schedule.align;
}

function jittered(spec: JobSpec, plan: Plan, at: number, chance: () => number): number {
  if (spec.jitterMs === 0) return 0;
  const after = plan.schedule.kind === 'every' && !plan.schedule.align ? at + plan.schedule.everyMs : nextDue(plan, at, at);
  return jitterOf(spec.jitterMs, after === null ? spec.jitterMs + 1 : after - at, chance());
}

/** The next time by the calendar, strictly later than `afterAt`. */
function calendarTime(spec: JobSpec, plan: Plan, afterAt: number, chance: () => number): NextTime | null {
  const at = nextDue(plan, afterAt, afterAt);
  return at === null ? null : { at, due: null, jitterMs: jittered(spec, plan, at, chance) };
}

/** The interval that is over at `due`, unless its limits say otherwise. */
function intervalTime(spec: JobSpec, plan: Plan, due: number, now: Clocks, chance: () => number): NextTime | null {
  const from = plan.notBefore === null ? due : Math.max(due, now.mono + (plan.notBefore - now.wall));
  const at = Math.round(now.wall + (from - now.mono));
  return plan.notAfter !== null && at > plan.notAfter ? null : { at, due: from, jitterMs: jittered(spec, plan, at, chance) };
}

/** The next time after `lastAt` (wall clock ms): from a store, or the beginning of the schedule. It may be past. */
export function nextTime(spec: JobSpec, lastAt: number, now: Clocks, chance: () => number): NextTime | null {
  const plan = planOf(spec);
  if (plan === null) return null;
  if (plan.schedule.kind === 'cron' || plan.schedule.align) return calendarTime(spec, plan, lastAt, chance);
  // A last time in the future: the clock was set back meanwhile. One interval from now is the most that can be left of it.
  const sinceMs = Math.max(0, now.wall - lastAt);
  return intervalTime(spec, plan, now.mono - sinceMs + plan.schedule.everyMs, now, chance);
}

/** The one after times that have come. */
export function timeAfter(spec: JobSpec, passed: Passed, now: Clocks, chance: () => number): NextTime | null {
  const plan = planOf(spec);
  if (plan === null) return null;
  if (passed.lastDue === null || plan.schedule.kind === 'cron') return calendarTime(spec, plan, passed.lastAt, chance);
  return intervalTime(spec, plan, passed.lastDue + plan.schedule.everyMs, now, chance);
}

/** When it is to start (monotonic ms), as the clocks are now. */
export function startDue(next: NextTime, now: Clocks): number {
  return (next.due ?? now.mono + (next.at - now.wall)) + next.jitterMs;
}

/** Which times have come, beginning with `next`; null: none yet. */
export function passedTimes(spec: JobSpec, next: NextTime, now: Clocks): Passed | null {
  const plan = planOf(spec);
  if (plan === null || startDue(next, now) > now.mono) return null;
  return next.due !== null && plan.schedule.kind === 'every' ? passedIntervals(plan.schedule.everyMs, next, next.due, now) : passedDays(plan, next, now);
}

function passedIntervals(everyMs: number, next: NextTime, due: number, now: Clocks): Passed {
  const more = Math.floor((now.mono - next.jitterMs - due) / everyMs);
  const at = (i: number): number => Math.round(now.wall - (now.mono - (due + i * everyMs)));
  const recent: number[] = [];
  for (let i = Math.max(0, more + 1 - CATCH_UP_LIMIT); i <= more; i += 1) recent.push(at(i));
  const lastDue = due + more * everyMs;
  return { times: more + 1, recent, lastAt: at(more), lastDue, lateMs: now.mono - lastDue - next.jitterMs };
}

function passedDays(plan: Plan, next: NextTime, now: Clocks): Passed {
  const until = now.wall - next.jitterMs;
  const recent: number[] = [next.at];
  const answer = (lastAt: number): Passed => ({ times, recent, lastAt, lastDue: null, lateMs: until - (recent.at(-1) ?? lastAt) });
  let times = 1;
  let seen = next.at;
  let from = seen;
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    for (let found = 0; found < LOOK; found += 1) {
      const at = nextDue(plan, seen, seen);
      if (at === null || at > until) return answer(recent.at(-1) ?? seen);
      seen = at;
      times += 1;
      recent.push(at);
      if (recent.length > CATCH_UP_LIMIT) recent.shift();
    }
    // Too many to count one by one: on to the last part of what is left, half as long as what was just looked at.
    seen = Math.max(seen, Math.floor(until - (seen - from) / 2));
    from = seen;
  }
  return answer(Math.floor(until));
}

/** The next times of a job for people, at most `count`. */
export function timesAfter(spec: JobSpec, next: NextTime | null, afterAt: number, count: number): readonly number[] {
  const plan = planOf(spec);
  if (plan === null) return [];
  if (isCalendar(plan) || next === null) return nextFires(plan, afterAt, afterAt, count);
  const times = next.at > afterAt ? [next.at] : [];
  return [...times, ...nextFires(plan, Math.max(next.at, afterAt), next.at, count - times.length)];
}
