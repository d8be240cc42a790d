// What an earlier daemon left: runs that were going on are interrupted, those that waited wait on, and times that passed are dealt with.
import type { RunView } from '../contract/jobs.ts';
import type { JobNode, JobTurn } from './job-book.ts';
import { restoreBreakers } from './job-breakers.ts';
import { concludeView } from './job-ending.ts';
import { beginSchedule } from './job-fires.ts';
import { judge } from './job-retry.ts';
import type { Judgement } from './job-retry.ts';
import { attach } from './job-runs.ts';
import type { JobMemory } from './job-state.ts';

function over(t: JobTurn, job: JobNode | undefined, view: RunView, j: Judgement): void {
  concludeView(t, job, null, { ...view, state: j.state, endedAt: t.m.wall, pid: null, dueAt: null, cause: j.cause, why: j.why }, j, null);
}

/** It was going on: nobody knows how it ended. */
function lose(t: JobTurn, view: RunView): void {
  const job = t.book.jobs.get(view.job);
  const why = 'the daemon or the host ended while it was going on';
  const unknown: Judgement = { state: 'interrupted', cause: 'lost', why, service: null, letter: false, next: null };
  const attempt = { attempt: view.attempt, once: view.trigger === 'undo', again: false, result: view.result };
  over(t, job, view, job ? judge(job.spec, attempt, { purpose: null, exit: null, unborn: null, lost: true, why }, t.m.chance()) : unknown);
}

/** It waited: it waits on, unless nobody wants it any more. */
function wait(t: JobTurn, view: RunView): void {
  const job = t.book.jobs.get(view.job);
  if (!job) return over(t, undefined, view, { state: 'cancelled', cause: 'request', why: 'its job is not configured any more', service: null, letter: false, next: null });
  // What it was to read is not kept: its issue asks anew.
  if (job.spec.role === 'fix') return over(t, job, view, { state: 'cancelled', cause: 'lost', why: 'the daemon ended before it was started', service: null, letter: false, next: null });
  const at = view.dueAt ?? view.scheduledAt ?? view.createdAt;
  const lateMs = t.m.wall - at;
  if (view.trigger === 'schedule' && job.spec.catchUp === 'none' && lateMs > job.spec.misfireGraceMs) {
    const why = `its time passed ${String(Math.round(lateMs / 1000))} s ago and nothing could start it`;
    return over(t, job, view, { state: 'missed', cause: 'late', why, service: null, letter: false, next: null });
  }
  attach(t, job, view, { at });
}

function remember(t: JobTurn, job: JobNode, memory: JobMemory): void {
  job.number = Math.max(job.number, memory.numbers.get(job.name) ?? 0);
  job.durations = memory.durations.get(job.name) ?? [];
  job.paused = memory.paused.get(job.name) ?? null;
  if (job.paused !== null) t.say({ type: 'job.paused', job: job.name, by: job.paused.by });
}

/** The beginning. O(jobs + runs). */
export function boot(t: JobTurn, memory: JobMemory): void {
  for (const [name, number] of memory.numbers) if (!t.book.jobs.has(name)) t.book.numbers.set(name, number);
  for (const job of t.book.jobs.values()) remember(t, job, memory);
  restoreBreakers(t, memory.breakers);
  for (const view of memory.lost) lose(t, view);
  for (const view of memory.waiting.toSorted((a, b) => a.createdAt - b.createdAt || a.number - b.number)) wait(t, view);
  // Without a memory nothing is known of the times before: they begin now.
  for (const job of t.book.jobs.values()) beginSchedule(t, job, memory.persistent ? (memory.lastFires.get(job.name) ?? null) : null);
}
