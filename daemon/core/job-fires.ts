// The schedule of a job: its next time, what is done when times have come, and when they passed while nobody could start them.
import type { JobNode, JobTurn, SkipReason } from './job-book.ts';
import { skipReason } from './job-admission.ts';
import { nextTime, passedTimes, startDue, timeAfter, WRONG_CLOCK_MS } from './job-due.ts';
import type { NextTime, Passed } from './job-due.ts';
import { tellSkips, wish } from './job-ending.ts';
import { keyOf, refuse } from './job-runs.ts';
import type { Clocks } from './run-state.ts';

/** Skipped times are told at once, then at most this often while the reason stays. */
const QUIET_MS = 60_000;

/** Does anything come of its schedule now? */
function isOff(job: JobNode): boolean {
  return job.removed || !job.spec.enabled || job.spec.schedule === null;
}

/** When it is due next by its schedule (monotonic ms); null: never, or not now. */
export function fireDue(job: JobNode, now: Clocks): number | null {
  return job.next === null || job.paused !== null ? null : startDue(job.next, now);
}

function setNext(t: JobTurn, job: JobNode, next: NextTime | null): void {
  job.next = next;
  t.touch(job);
  tellNext(t, job);
}

function tellNext(t: JobTurn, job: JobNode): void {
  t.say({ type: 'job.next', job: job.name, nextAt: job.paused === null ? (job.next?.at ?? null) : null, lastFireAt: job.lastFireAt });
}

function dealtWith(t: JobTurn, job: JobNode, at: number): void {
  job.lastFireAt = at;
  t.write({ type: 'fire', job: job.name, at });
}

/** The schedule begins, or is read from a store: `lastAt` is the last time that was dealt with, null: none is known. */
export function beginSchedule(t: JobTurn, job: JobNode, lastAt: number | null): void {
  const { wall } = t.m;
  job.lastFireAt = lastAt;
  if (isOff(job)) {
    if (job.next !== null || lastAt !== null) setNext(t, job, null);
    return;
  }
  // A time far in the future is that of a clock that was wrong.
  const from = lastAt === null || lastAt - wall > WRONG_CLOCK_MS ? wall : lastAt;
  // From now on its times are owed, also by the next daemon.
  if (from !== lastAt) t.write({ type: 'fire', job: job.name, at: from });
  const { schedule } = job.spec;
  // A check that never ran is due.
  const first = job.spec.role === 'check' && lastAt === null;
  if (schedule?.kind === 'every' && (schedule.runOnStart || (first && !schedule.align)) && job.paused === null) {
    dealtWith(t, job, wall);
    setNext(t, job, nextTime(job.spec, Math.max(from, wall), t.m, t.m.chance));
    run(t, job, wall, 'schedule');
    return;
  }
  job.next = nextTime(job.spec, from, t.m, t.m.chance);
  if (!fire(t, job)) setNext(t, job, job.next);
}

/** Its schedule was changed, or it was enabled: from now on, and never a second time for one that was dealt with. */
export function changeSchedule(t: JobTurn, job: JobNode): void {
  const { wall } = t.m;
  if (isOff(job)) return setNext(t, job, null);
  const last = job.lastFireAt !== null && job.lastFireAt - wall <= WRONG_CLOCK_MS ? job.lastFireAt : wall;
  const next = nextTime(job.spec, last, t.m, t.m.chance);
  setNext(t, job, next !== null && next.at < wall ? (next.due === null ? nextTime(job.spec, wall, t.m, t.m.chance) : { ...next, at: wall, due: t.m.mono }) : next);
}

/** The wall clock was set: calendars are looked at anew, intervals go on. */
export function clockChanged(t: JobTurn, job: JobNode): void {
  if (isOff(job) || job.next === null) return;
  const { wall, mono } = t.m;
  if (job.lastFireAt !== null && job.lastFireAt - wall > WRONG_CLOCK_MS) {
    dealtWith(t, job, wall);
    if (job.next.due === null) return setNext(t, job, nextTime(job.spec, wall, t.m, t.m.chance));
  }
  if (job.next.due !== null) return setNext(t, job, { ...job.next, at: Math.round(wall + (job.next.due - mono)) });
  if (!fire(t, job)) t.touch(job);
}

/** Its deadline: what has come is dealt with. False: nothing has. */
export function fire(t: JobTurn, job: JobNode): boolean {
  t.touch(job);
  if (isOff(job) || job.paused !== null || job.next === null || t.book.closing !== null) return false;
  const passed = passedTimes(job.spec, job.next, t.m);
  if (passed === null) return false;
  dealtWith(t, job, passed.lastAt);
  setNext(t, job, timeAfter(job.spec, passed, t.m, t.m.chance));
  begin(t, job, passed);
  return true;
}

/** The last of the times is on time if it is within the grace; those before it, and all of them if it is not, are missed or caught up. */
function begin(t: JobTurn, job: JobNode, passed: Passed): void {
  const { catchUp, misfireGraceMs } = job.spec;
  const onTime = passed.lateMs <= misfireGraceMs;
  const last = passed.recent.at(-1) ?? passed.lastAt;
  const missed = passed.times - (onTime ? 1 : 0);
  if (missed > 0 && catchUp === 'all') {
    if (passed.times > passed.recent.length) tellMissed(t, job, passed.recent[0] ?? last, passed.times - passed.recent.length, passed.lateMs);
    for (const at of passed.recent) run(t, job, at, 'catch_up');
    return;
  }
  const one = !onTime && catchUp === 'one';
  if (missed > (one ? 1 : 0)) tellMissed(t, job, (onTime ? passed.recent.at(-2) : last) ?? last, missed - (one ? 1 : 0), passed.lateMs);
  if (one) run(t, job, last, 'catch_up');
  else if (onTime) run(t, job, last, 'schedule');
}

function tellMissed(t: JobTurn, job: JobNode, at: number, times: number, lateMs: number): void {
  const why = times === 1 ? `its time passed ${String(Math.round(Math.max(lateMs, 0) / 1000))} s ago and nothing could start it` : `${String(times)} times passed and nothing could start it`;
  refuse(t, job, { trigger: 'schedule', initiator: 'schedule', scheduledAt: at, key: null }, 'missed', { cause: 'late', why }, times);
}

/** One run for one time, unless it is skipped at once: many such times make one fact. */
function run(t: JobTurn, job: JobNode, at: number, trigger: 'schedule' | 'catch_up'): void {
  if (trigger === 'schedule') {
    const key = keyOf(job.spec, []);
    const twin = key === null ? undefined : job.byKey.get(key);
    const reason = twin ? { cause: 'duplicate' as const, why: `run ${twin.id} has the same key` } : skipReason(job, job.queue.length);
    if (reason) return skipTime(t, job, at, reason);
  }
  wish(t, job, { trigger, initiator: 'schedule', scheduledAt: at });
}

function skipTime(t: JobTurn, job: JobNode, at: number, reason: SkipReason): void {
  const { skips } = job;
  const same = skips !== null && skips.reason.cause === reason.cause;
  if (same && t.m.mono < skips.quietDue) {
    job.skips = { ...skips, times: skips.times + 1, at };
    return;
  }
  if (!same) tellSkips(t, job);
  refuse(t, job, { trigger: 'schedule', initiator: 'schedule', scheduledAt: at, key: null }, 'skipped', reason, same ? skips.times + 1 : 1);
  job.skips = { times: 0, at, reason, quietDue: t.m.mono + QUIET_MS };
}

export function pause(t: JobTurn, job: JobNode, who: string): void {
  if (job.paused !== null) return;
  job.paused = { by: who, at: t.m.wall };
  t.write({ type: 'paused', job: job.name, by: who });
  t.say({ type: 'job.paused', job: job.name, by: who });
  tellNext(t, job);
  t.touch(job);
  t.woken.add(job);
}

/** It goes on. Times that passed meanwhile were not wanted: they are counted as skipped, and none is caught up. */
export function resume(t: JobTurn, job: JobNode, who: string): void {
  if (job.paused === null) return;
  const { by } = job.paused;
  job.paused = null;
  t.write({ type: 'paused', job: job.name, by: null });
  t.say({ type: 'job.resumed', job: job.name, by: who });
  const passed = job.next === null || isOff(job) ? null : passedTimes(job.spec, job.next, t.m);
  if (passed) {
    dealtWith(t, job, passed.lastAt);
    refuse(t, job, { trigger: 'schedule', initiator: 'schedule', scheduledAt: passed.recent.at(-1) ?? passed.lastAt, key: null }, 'skipped', { cause: 'paused', why: `paused by ${by}` }, passed.times);
    setNext(t, job, timeAfter(job.spec, passed, t.m, t.m.chance));
  } else {
    tellNext(t, job);
    t.touch(job);
  }
  t.woken.add(job);
}
