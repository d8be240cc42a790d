// A run is over: what is written and told, and what follows from it.
import type { JobSpec } from '../../config/job-spec.ts';
import type { RunView } from '../contract/jobs.ts';
import { endOfUse } from './job-breakers.ts';
import type { JobNode, JobTurn, RunNode } from './job-book.ts';
import { followers } from './job-chain.ts';
import { judge } from './job-retry.ts';
import type { Ending, Judgement } from './job-retry.ts';
import type { RunGiven } from './job-state.ts';
import { detach, endFact, keyOf, makeRun, refuse } from './job-runs.ts';
import type { RunParts } from './job-runs.ts';
import type { RunExit } from './run-state.ts';
import { isLiving } from './run-state.ts';

/** Successful runs whose durations are kept, per job. */
const DURATIONS_KEPT = 100;

/** The times that were skipped since the last fact about them. */
export function tellSkips(t: JobTurn, job: JobNode): void {
  const { skips } = job;
  job.skips = null;
  if (skips === null || skips.times === 0) return;
  refuse(t, job, { trigger: 'schedule', initiator: 'schedule', scheduledAt: skips.at }, 'skipped', skips.reason, skips.times);
}

function followUp(t: JobTurn, job: JobNode, view: RunView, next: NonNullable<Judgement['next']>, why: string, given: RunGiven | null): RunNode {
  const { m } = t;
  const parts: RunParts = {
    trigger: next.rerun ? 'rerun' : 'retry', initiator: `job ${job.name}`, args: view.args, key: view.key, attempt: next.rerun ? view.attempt : view.attempt + 1, first: view.first ?? view.id,
    parent: view.id, scheduledAt: view.scheduledAt, wake: { due: m.mono + next.delayMs }, why, ...(given === null ? {} : { given }),
  };
  return makeRun(t, job, parts);
}

/** The jobs that follow. */
function chain(t: JobTurn, spec: JobSpec, view: RunView): void {
  for (const name of followers(spec, view.state)) {
    const job = t.book.jobs.get(name);
    if (!job || job.removed) continue;
    const parts: RunParts = { trigger: 'chain', initiator: `job ${spec.name}`, parent: view.id };
    if (job.spec.enabled) wish(t, job, parts);
    else refuse(t, job, parts, 'skipped', { cause: 'paused', why: `job ${name} is disabled` });
  }
}

/** A new run, unless its unique key is taken. */
export function wish(t: JobTurn, job: JobNode, parts: RunParts): RunNode | null {
  const key = parts.key === undefined ? keyOf(job.spec, parts.args ?? []) : parts.key;
  const twin = key === null ? undefined : job.byKey.get(key);
  if (!twin) return makeRun(t, job, { ...parts, key });
  refuse(t, job, { ...parts, key }, 'skipped', { cause: 'duplicate', why: `run ${twin.id} with the same key ${twin.life.phase === 'SCHEDULED' || twin.life.phase === 'QUEUED' ? 'waits' : 'is going on'}` });
  return null;
}

/** Writes and tells the end of a run, then whatever follows from a judgement. The run is out of the book already. */
export function concludeView(t: JobTurn, job: JobNode | undefined, spec: JobSpec | null, view: RunView, j: Judgement, durationMs: number | null, given: RunGiven | null = null): void {
  const next = j.next && job ? followUp(t, job, view, j.next, `${view.why}; ${j.next.rerun ? 'run again' : `attempt ${String(view.attempt + 1)}`}`, given) : null;
  t.write({ type: 'run', run: view });
  const { id, args, code, signal, cause, why, attempt } = view;
  if (j.letter) {
    t.write({ type: 'dead', letter: { id, job: view.job, args, code, signal, cause, why, attempts: attempt, failedAt: view.endedAt ?? t.m.wall, retriedAt: null, retriedAs: null } });
  }
  t.say(endFact(view, durationMs, next && j.next ? { next: next.id, delayMs: j.next.delayMs } : {}));
  if (j.letter) t.say({ type: 'dead.added', job: view.job, run: id, cause, attempts: attempt });
  if (spec) chain(t, spec, view);
}

/** A job that was taken out of the configuration is forgotten when its last run is over. */
export function forget(t: JobTurn, job: JobNode): void {
  if (!job.removed || job.live.size > 0) return;
  t.book.jobs.delete(job.name);
  t.book.numbers.set(job.name, job.number);
  t.book.waiting.delete(job);
  t.touch(job);
  t.say({ type: 'job.removed', job: job.name });
}

/** A run is over, and this is what it was. */
export function conclude(t: JobTurn, run: RunNode, j: Judgement, exit: RunExit | null): void {
  const { job, spec } = run;
  const living = isLiving(run.life);
  detach(t, run);
  const started = run.view.startedAt !== null;
  const view: RunView = {
    ...run.view, state: j.state, endedAt: t.m.wall, pid: null, dueAt: null, code: exit?.code ?? null, signal: exit?.signal ?? null, cause: j.cause, why: j.why,
    peakRssBytes: exit?.usage.peakRssBytes ?? null, cpuMs: exit?.usage.cpuMs ?? null,
  };
  if (living) {
    t.book.taken -= 1;
    job.running.delete(run);
    t.ask({ type: 'release', run: run.id, heartbeats: run.vitals?.rows ?? [] });
    endOfUse(t, run, j.service);
  }
  concludeView(t, job, run.use === 'undo' || job.removed ? null : spec, view, j, started && exit ? Math.round(exit.ranMs) : null, run.given);
  if (j.state === 'succeeded' && run.use === 'command' && exit) job.durations = [Math.round(exit.ranMs), ...job.durations.slice(0, DURATIONS_KEPT - 1)];
  if (living) tellSkips(t, job);
  t.woken.add(job);
  forget(t, job);
}

/** A run is over: it is judged by how it ended. */
export function settle(t: JobTurn, run: RunNode, e: Ending): void {
  const attempt = { attempt: run.view.attempt, once: run.use === 'undo' || run.job.removed, again: run.again, result: run.view.result };
  conclude(t, run, judge(run.spec, attempt, e, t.m.chance()), e.exit);
}
