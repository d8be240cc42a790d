// A drain: what is named starts nothing new until it is over.
import type { Drain, JobTurn } from './job-book.ts';
import { isDrained } from './job-book.ts';

/** Runs of drained jobs that still go on. */
export function remaining(t: JobTurn): readonly string[] {
  const ids: string[] = [];
  for (const job of t.book.jobs.values()) if (isDrained(t.book, job.name)) for (const run of job.running) ids.push(run.id);
  return ids;
}

function set(t: JobTurn, drain: Drain | null): void {
  t.book.drain = drain;
  t.touched.add('drain');
  for (const job of t.book.waiting) t.woken.add(job);
}

function tell(t: JobTurn, drain: Drain): void {
  t.say({ type: 'drain.started', names: [...(drain.names ?? [])], by: drain.by, expiresAt: drain.expiresAt, remaining: remaining(t) });
}

/** names empty: everything. A second drain adds to the first, and lasts as long as it says itself. */
export function drain(t: JobTurn, names: readonly string[], expiresMs: number | null, who: string): void {
  const before = t.book.drain;
  const all = names.length === 0 || (before !== null && before.names === null);
  const next: Drain = {
    names: all ? null : new Set([...(before?.names ?? []), ...names]), by: who, startedAt: before?.startedAt ?? t.m.wall,
    expiresDue: expiresMs === null ? null : t.m.mono + expiresMs, expiresAt: expiresMs === null ? null : t.m.wall + expiresMs,
  };
  set(t, next);
  tell(t, next);
}

/** names empty: everything starts again. */
export function undrain(t: JobTurn, names: readonly string[], who: string): void {
  const before = t.book.drain;
  if (before === null) return;
  const left = names.length === 0 ? [] : [...(before.names ?? t.book.jobs.keys())].filter((name) => !names.includes(name));
  if (left.length > 0) {
    const next: Drain = { ...before, names: new Set(left) };
    set(t, next);
    return tell(t, next);
  }
  set(t, null);
  t.say({ type: 'drain.ended', names: [...(before.names ?? [])], by: who });
}

/** Its time is over. */
export function drainDue(t: JobTurn): void {
  t.touched.add('drain');
  const due = t.book.drain?.expiresDue ?? null;
  if (due !== null && due <= t.m.mono) undrain(t, [], 'its expiry');
}
