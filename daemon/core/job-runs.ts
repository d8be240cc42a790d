// How runs come to be, and what is told of one that waits.
import type { JobSpec } from '../../config/job-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { RunCause, RunState, RunView, Trigger } from '../contract/jobs.ts';
import { RUN_STATES } from '../contract/jobs.ts';
import type { JobNode, JobTurn, RunNode, SkipReason } from './job-book.ts';
import type { RunGiven, RunRequest } from './job-state.ts';
import { newLife } from './run.ts';
import type { Wake } from './run-state.ts';

/** What a run is made of. */
export interface RunParts {
  readonly trigger: Trigger;
  readonly initiator: string;
  /** null: a new one. */
  readonly id?: string;
  readonly args?: readonly string[];
  readonly key?: string | null;
  readonly attempt?: number;
  readonly first?: string | null;
  readonly parent?: string | null;
  readonly scheduledAt?: number | null;
  /** Default: now. */
  readonly wake?: Wake;
  /** Why it waits. */
  readonly why?: string;
  readonly given?: RunGiven;
}

type EndFact = Extract<FactBody, { readonly durationMs: number | null }> & { readonly run: RunView };

/** The name of the fact of each final state. */
const END_FACTS = {
  succeeded: 'run.succeeded', failed: 'run.failed', retrying: 'run.retrying', timed_out: 'run.timed_out', stalled: 'run.stalled', cancelled: 'run.cancelled', missed: 'run.missed',
  skipped: 'run.skipped', interrupted: 'run.interrupted', dead: 'run.dead',
} as const;

/** The unique key of a run; null: none. */
export function keyOf(spec: JobSpec, args: readonly string[]): string | null {
  return spec.uniqueKey === null ? null : spec.uniqueKey.replaceAll('{args}', args.join(' '));
}

export function argsKey(args: readonly string[]): string {
  return JSON.stringify(args);
}

function newView(t: JobTurn, job: JobNode, parts: RunParts, state: RunState): RunView {
  job.number += 1;
  const args = parts.args ?? [];
  return {
    id: parts.id ?? t.m.newId(), job: job.name, number: job.number, state, trigger: parts.trigger, initiator: parts.initiator, args,
    key: parts.key === undefined ? keyOf(job.spec, args) : parts.key, attempt: parts.attempt ?? 1, first: parts.first ?? null, parent: parts.parent ?? null, scheduledAt: parts.scheduledAt ?? null,
    createdAt: t.m.wall, dueAt: null, startedAt: null, endedAt: null, pid: null, code: null, signal: null, cause: null, why: parts.why ?? '', fallback: false, peakRssBytes: null, cpuMs: null,
    heartbeat: null, progress: null, result: null, status: '',
  };
}

/** Puts a run into the book. */
export function attach(t: JobTurn, job: JobNode, view: RunView, wake: Wake, given: RunGiven | null = null): RunNode {
  const { book } = t;
  book.seq += 1;
  const run: RunNode = {
    id: view.id, key: `run ${view.id}`, seq: book.seq, job, spec: job.spec, life: newLife(wake), view, told: false, use: view.trigger === 'undo' ? 'undo' : 'command', given,
    vitals: null, breaker: null, judged: false, again: false,
  };
  book.runs.set(run.id, run);
  job.live.set(run.id, run);
  if (view.key !== null) job.byKey.set(view.key, run);
  const args = argsKey(view.args);
  const same = job.byArgs.get(args);
  if (same) same.add(run);
  else job.byArgs.set(args, new Set([run]));
  t.touch(run);
  t.made.push(run);
  return run;
}

/** Takes a run out of the book. */
export function detach(t: JobTurn, run: RunNode): void {
  const { job } = run;
  // Only who waits is looked for: a queue may be long.
  const at = run.life.phase === 'QUEUED' ? job.queue.indexOf(run) : -1;
  if (at >= 0) job.queue.splice(at, 1);
  t.book.runs.delete(run.id);
  job.live.delete(run.id);
  if (run.view.key !== null && job.byKey.get(run.view.key) === run) job.byKey.delete(run.view.key);
  const args = argsKey(run.view.args);
  const same = job.byArgs.get(args);
  same?.delete(run);
  if (same?.size === 0) job.byArgs.delete(args);
  t.touch(run);
}

/** A new run, whose time is looked at in this same step. */
export function makeRun(t: JobTurn, job: JobNode, parts: RunParts): RunNode {
  return attach(t, job, newView(t, job, parts, 'scheduled'), parts.wake ?? { due: t.m.mono }, parts.given);
}

/** The final fact of a run. `next`, `delayMs` and `times` where its state has them. */
export function endFact(view: RunView, durationMs: number | null, extra: { readonly next?: string; readonly delayMs?: number; readonly times?: number } = {}): FactBody {
  const state = view.state as keyof typeof END_FACTS;
  if (!RUN_STATES[view.state].final) throw new Error(`${view.state} is not the end of a run`);
  const base = { job: view.job, run: view, durationMs };
  switch (state) {
    case 'retrying': return { type: 'run.retrying', ...base, next: extra.next ?? '', delayMs: extra.delayMs ?? 0 };
    case 'missed': return { type: 'run.missed', ...base, times: extra.times ?? 1 };
    case 'skipped': return { type: 'run.skipped', ...base, times: extra.times ?? 1 };
    default: return { type: END_FACTS[state], ...base } as EndFact;
  }
}

/** A run, or `times` times of a schedule, that never begins: one row, one fact. */
export function refuse(t: JobTurn, job: JobNode, parts: RunParts, state: 'skipped' | 'missed' | 'cancelled', reason: SkipReason, times = 1): void {
  const view: RunView = { ...newView(t, job, parts, state), endedAt: t.m.wall, ...reason };
  t.write({ type: 'run', run: view });
  t.say(endFact(view, null, { times }));
}

/** A run waits: `scheduled` for a time, `queued` for a place. Told when something of it changed. */
export function tellWaiting(t: JobTurn, run: RunNode, state: 'scheduled' | 'queued', why: string, dueAt: number | null, cause: RunCause | null = null): void {
  const { view } = run;
  if (run.told && view.state === state && view.why === why && view.dueAt === dueAt && view.cause === cause) return;
  run.told = true;
  run.view = { ...view, state, why, dueAt, cause };
  t.write({ type: 'run', run: run.view });
  t.say({ type: state === 'scheduled' ? 'run.scheduled' : 'run.queued', job: run.job.name, run: run.view });
}

/** What somebody asked for. */
export function requestParts(request: RunRequest, spec: JobSpec): RunParts {
  const { id, trigger, initiator, args, parent, dueAt } = request;
  return {
    id, trigger, initiator, args, parent, key: request.key ?? (trigger === 'undo' ? null : keyOf(spec, args)), scheduledAt: dueAt, ...(dueAt === null ? {} : { wake: { at: dueAt } }),
    ...(request.input === undefined && request.environment === undefined ? {} : { given: { ...(request.input === undefined ? {} : { input: request.input }), ...(request.environment === undefined ? {} : { environment: request.environment }) } }),
  };
}
