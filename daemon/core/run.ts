// The life of one run: it waits for its time, then for a place, runs, and is ended. Pure: time arrives in events, signals leave as effects.
import type { JobSpec } from '../../config/job-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import { exitWords } from './process-life.ts';
import type { Clocks, RunExit, RunIn, RunLife, RunLifeEvent, RunLifeEventType, RunOutcome, RunPhase, RunPurpose, RunStep, Wake } from './run-state.ts';
import { wakeDue } from './run-state.ts';
import { nextStep, stepDue } from './stop-steps.ts';
import type { JobEffect } from './job-state.ts';
import type { Cell } from './table.ts';
import { ignore, impossible, InvariantError } from './table.ts';

/** Whose life it is. */
export interface RunSubject {
  readonly id: string;
  readonly spec: JobSpec;
}

type Handler<P extends RunPhase, E extends RunLifeEventType> = (r: RunSubject, s: RunIn<P>, e: Extract<RunLifeEvent, { type: E }>, m: Clocks) => RunStep;
type Table = { readonly [P in RunPhase]: { readonly [E in RunLifeEventType]: Cell<Handler<P, E>> } };

/** Where there is no room for a run, it is tried again after this. */
export const ROOM_RETRY_MS = 60_000;

/** Every phase × event. */
export const RUN_TABLE: Table = {
  SCHEDULED: {
    start: impossible, due: timeComes, stop: calledOff, signal: ignore, limit: ignore,
    spawned: impossible, spawn_failed: impossible, no_room: impossible, exited: impossible, gone: ignore, signal_failed: ignore,
  },
  QUEUED: {
    start: started, due: waited, stop: calledOff, signal: ignore, limit: ignore,
    spawned: impossible, spawn_failed: impossible, no_room: impossible, exited: impossible, gone: ignore, signal_failed: ignore,
  },
  STARTING: {
    start: impossible, due: ignore, stop: stoppedEarly, signal: ignore, limit: limited,
    spawned: spawned, spawn_failed: unborn, no_room: putOff, exited: impossible, gone: ignore, signal_failed: ignore,
  },
  RUNNING: {
    start: impossible, due: checked, stop: stopped, signal: signalled, limit: limited,
    spawned: impossible, spawn_failed: impossible, no_room: impossible, exited: exited, gone: ignore, signal_failed: unheard,
  },
  STOPPING: {
    start: impossible, due: escalated, stop: hurried, signal: ignore, limit: ignore,
    spawned: spawnedLate, spawn_failed: neverLived, no_room: neverLived, exited: exitedAtLast, gone: allGone, signal_failed: unheard,
  },
};

interface Parts {
  readonly effects?: readonly JobEffect[];
  readonly facts?: readonly FactBody[];
  readonly outcome?: RunOutcome;
}

/** One run in twenty is slower than 95 of 100: only what is beyond that by half, and by a second, is worth a word. */
function slowAfterMs(usualMs: number): number {
  return Math.max(usualMs * 1.5, usualMs + 1000);
}

function step(life: RunLife | null, parts: Parts = {}): RunStep {
  return { life, effects: parts.effects ?? [], facts: parts.facts ?? [], outcome: parts.outcome ?? null };
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 100) / 10)} s`;
}

/** Its time has come: how long it may wait from here on. What is past already was told before. */
function queued(spec: JobSpec, askedDue: number, now: number): RunIn<'QUEUED'> {
  const later = (ms: number | null): number | null => (ms === null || askedDue + ms < now ? null : askedDue + ms);
  return {
    phase: 'QUEUED', askedDue, expiresDue: spec.expiresMs === null ? null : askedDue + spec.expiresMs, lateDue: later(Math.max(1, spec.misfireGraceMs)), staleDue: later(spec.stale?.afterMs ?? null),
  };
}

function timeComes(r: RunSubject, s: RunIn<'SCHEDULED'>, _e: RunLifeEvent, m: Clocks): RunStep {
  const due = wakeDue(s.wake, m);
  // Timers fire a millisecond early, and clocks are set: it is looked at again when its time really comes.
  if (due > m.mono) return step(s);
  return step(queued(r.spec, s.askedDue ?? due, m.mono), { outcome: { type: 'ready' } });
}

function expiry(r: RunSubject, s: RunIn<'QUEUED'>, m: Clocks): RunOutcome | null {
  if (s.expiresDue === null || s.expiresDue > m.mono) return null;
  return { type: 'expired', why: `not started within ${seconds(r.spec.expiresMs ?? 0)} of its time` };
}

function waited(r: RunSubject, s: RunIn<'QUEUED'>, _e: RunLifeEvent, m: Clocks): RunStep {
  const over = expiry(r, s, m);
  if (over) return step(null, { outcome: over });
  const waitedMs = m.mono - s.askedDue;
  const late = s.lateDue !== null && s.lateDue <= m.mono;
  const stale = s.staleDue !== null && s.staleDue <= m.mono;
  return step({ ...s, lateDue: late ? null : s.lateDue, staleDue: stale ? null : s.staleDue }, {
    facts: late ? [{ type: 'job.late', job: r.spec.name, run: r.id, dueAt: Math.round(m.wall - waitedMs), lateMs: Math.round(waitedMs) }] : [],
    ...(stale ? { outcome: { type: 'stale', waitedMs } } : {}),
  });
}

function calledOff(_r: RunSubject, _s: RunLife, e: RunLifeEvent & { type: 'stop' }): RunStep {
  return step(null, { outcome: { type: 'ended', purpose: e.purpose, exit: null, why: e.why } });
}

/** It gets a place, unless its time is over. The book adds the start itself: what to start is not the run's business. */
function started(r: RunSubject, s: RunIn<'QUEUED'>, e: RunLifeEvent & { type: 'start' }, m: Clocks): RunStep {
  const over = expiry(r, s, m);
  return over ? step(null, { outcome: over }) : step({ phase: 'STARTING', askedDue: s.askedDue, usualMs: e.usualMs, limitDue: null });
}

function spawned(r: RunSubject, s: RunIn<'STARTING'>, e: RunLifeEvent & { type: 'spawned' }, m: Clocks): RunStep {
  const { timeoutMs, softTimeout } = r.spec;
  return step({
    phase: 'RUNNING', pid: e.pid, since: m.mono, usualMs: s.usualMs, softDue: softTimeout === null ? null : m.mono + softTimeout.afterMs,
    timeoutDue: timeoutMs === null ? null : m.mono + timeoutMs, slowDue: s.usualMs === null ? null : m.mono + slowAfterMs(s.usualMs), limitDue: s.limitDue,
  }, { outcome: { type: 'started', pid: e.pid } });
}

function unborn(_r: RunSubject, _s: RunLife, e: RunLifeEvent & { type: 'spawn_failed' }): RunStep {
  return step(null, { outcome: { type: 'unborn', why: e.message, hopeless: e.hopeless } });
}

function putOff(_r: RunSubject, s: RunIn<'STARTING'>, e: RunLifeEvent & { type: 'no_room' }, m: Clocks): RunStep {
  return step({ phase: 'SCHEDULED', wake: { due: m.mono + ROOM_RETRY_MS }, askedDue: s.askedDue }, { outcome: { type: 'put_off', why: e.message } });
}

function limited(_r: RunSubject, s: RunIn<'STARTING'> | RunIn<'RUNNING'>, e: RunLifeEvent & { type: 'limit' }): RunStep {
  return step({ ...s, limitDue: Math.min(s.limitDue ?? Infinity, e.due) });
}

/** The first stop step. pid null: its start is not answered yet, and the answer gets the signal. */
function stopping(r: RunSubject, s: RunIn<'STARTING'> | RunIn<'RUNNING'>, purpose: RunPurpose, steps: RunIn<'STOPPING'>['steps'], why: string, m: Clocks): RunStep {
  const first = nextStep(steps, -1).step;
  const pid = s.phase === 'RUNNING' ? s.pid : null;
  return step({
    phase: 'STOPPING', pid, purpose, steps, step: 0, startedDue: s.phase === 'RUNNING' ? s.since : null, stepSince: m.mono, due: stepDue(first, m.mono), exit: null, why,
  }, {
    effects: pid === null ? [] : [{ type: 'signal', run: r.id, signal: first.signal, scope: first.scope }],
    facts: [{ type: 'run.stopping', job: r.spec.name, run: r.id, signal: first.signal, scope: first.scope, why }],
  });
}

function stoppedEarly(r: RunSubject, s: RunIn<'STARTING'>, e: RunLifeEvent & { type: 'stop' }, m: Clocks): RunStep {
  return stopping(r, s, e.purpose, e.steps, e.why, m);
}

function stopped(r: RunSubject, s: RunIn<'RUNNING'>, e: RunLifeEvent & { type: 'stop' }, m: Clocks): RunStep {
  return stopping(r, s, e.purpose, e.steps, e.why, m);
}

/** One of its deadlines is over. The one that ends it goes first. */
function checked(r: RunSubject, s: RunIn<'RUNNING'>, _e: RunLifeEvent, m: Clocks): RunStep {
  const isOver = (due: number | null): boolean => due !== null && due <= m.mono;
  const { process, timeoutMs, softTimeout } = r.spec;
  if (isOver(s.timeoutDue)) return stopping(r, s, 'timeout', process.stop, `took longer than its timeout of ${seconds(timeoutMs ?? 0)}`, m);
  if (isOver(s.limitDue)) return stopping(r, s, 'shutdown', process.stop, 'the daemon is ending and waits no longer', m);
  const effects: JobEffect[] = [];
  const facts: FactBody[] = [];
  const warned = isOver(s.softDue) && softTimeout !== null;
  if (warned) {
    effects.push({ type: 'signal', run: r.id, signal: softTimeout.signal, scope: 'main' });
    facts.push({ type: 'run.warned', job: r.spec.name, run: r.id, signal: softTimeout.signal, afterMs: softTimeout.afterMs });
  }
  const slow = isOver(s.slowDue);
  if (slow) facts.push({ type: 'run.slow', job: r.spec.name, run: r.id, ranMs: Math.round(m.mono - s.since), usualMs: s.usualMs ?? 0 });
  return step({ ...s, softDue: warned ? null : s.softDue, slowDue: slow ? null : s.slowDue }, { effects, facts });
}

function signalled(r: RunSubject, s: RunIn<'RUNNING'>, e: RunLifeEvent & { type: 'signal' }): RunStep {
  return step(s, {
    effects: [{ type: 'signal', run: r.id, signal: e.signal, scope: 'main' }],
    facts: [{ type: 'run.stopping', job: r.spec.name, run: r.id, signal: e.signal, scope: 'main', why: e.why }],
  });
}

function endLeftovers(r: RunSubject, signal: string): readonly JobEffect[] {
  return [{ type: 'signal', run: r.id, signal, scope: 'tree' }, { type: 'watch', run: r.id }];
}

function exitOf(e: RunLifeEvent & { type: 'exited' }, since: number, m: Clocks): RunExit {
  return { code: e.code, signal: e.signal, usage: e.usage, ranMs: m.mono - since, ...(e.oom === undefined ? {} : { oom: e.oom }) };
}

function ended(purpose: RunPurpose | null, exit: RunExit | null, why: string): RunStep {
  return step(null, { outcome: { type: 'ended', purpose, exit, why } });
}

/** It ended by itself. Whom it left behind is ended before it counts as over. */
function exited(r: RunSubject, s: RunIn<'RUNNING'>, e: RunLifeEvent & { type: 'exited' }, m: Clocks): RunStep {
  const exit = exitOf(e, s.since, m);
  const { sweep, stop } = r.spec.process;
  if (!sweep || e.left.length === 0) return ended(null, exit, exitWords(exit));
  const first = nextStep(stop, -1).step;
  return step({
    phase: 'STOPPING', pid: null, purpose: 'sweep', steps: stop, step: 0, startedDue: s.since, stepSince: m.mono, due: stepDue(first, m.mono), exit, why: exitWords(exit),
  }, {
    effects: endLeftovers(r, first.signal),
    facts: [{ type: 'run.stopping', job: r.spec.name, run: r.id, signal: first.signal, scope: 'tree', why: `ending ${String(e.left.length)} process${e.left.length === 1 ? '' : 'es'} it left behind` }],
  });
}

/** Signals cannot be sent: nothing is known to be wrong with the run itself, and the next step tries again. */
function unheard(r: RunSubject, s: RunIn<'RUNNING'> | RunIn<'STOPPING'>, e: RunLifeEvent & { type: 'signal_failed' }): RunStep {
  return step(s, { facts: [{ type: 'daemon.warning', what: `job ${r.spec.name}`, message: `cannot signal run ${r.id}: ${e.why}` }] });
}

/** A step's wait is over: the next signal, or the last one again. */
function escalated(r: RunSubject, s: RunIn<'STOPPING'>, _e: RunLifeEvent, m: Clocks): RunStep {
  if (s.due === null || s.due > m.mono) return step(s);
  const next = nextStep(s.steps, s.step);
  const life = { ...s, step: next.index, stepSince: m.mono, due: stepDue(next.step, m.mono) };
  // Nobody there yet: the answer to its start gets the signal.
  if (s.pid === null && s.exit === null) return step(life);
  const scope = s.exit === null ? next.step.scope : 'tree';
  const effects: JobEffect[] = [{ type: 'signal', run: r.id, signal: next.step.signal, scope }];
  if (next.last) effects.push({ type: 'survey', run: r.id });
  return step(life, { effects, facts: [{ type: 'run.stopping', job: r.spec.name, run: r.id, signal: next.step.signal, scope, why: `did not end within ${seconds(m.mono - s.stepSince)}` }] });
}

/** A stop goes on. Only one that is harder changes how; what it is for stays as it is. */
function hurried(r: RunSubject, s: RunIn<'STOPPING'>, e: RunLifeEvent & { type: 'stop' }, m: Clocks): RunStep {
  if (!e.harder) return step(s);
  const first = nextStep(e.steps, -1).step;
  const scope = s.exit === null ? first.scope : 'tree';
  const nobody = s.pid === null && s.exit === null;
  return step({ ...s, steps: e.steps, step: 0, stepSince: m.mono, due: stepDue(first, m.mono) }, {
    effects: nobody ? [] : [{ type: 'signal', run: r.id, signal: first.signal, scope }],
    facts: [{ type: 'run.stopping', job: r.spec.name, run: r.id, signal: first.signal, scope, why: e.why }],
  });
}

function spawnedLate(r: RunSubject, s: RunIn<'STOPPING'>, e: RunLifeEvent & { type: 'spawned' }, m: Clocks): RunStep {
  const at = s.steps[s.step] as RunIn<'STOPPING'>['steps'][number];
  return step({ ...s, pid: e.pid, startedDue: m.mono, stepSince: m.mono, due: stepDue(at, m.mono) }, {
    effects: [{ type: 'signal', run: r.id, signal: at.signal, scope: at.scope }], outcome: { type: 'started', pid: e.pid },
  });
}

function neverLived(_r: RunSubject, s: RunIn<'STOPPING'>): RunStep {
  return ended(s.purpose, null, s.why);
}

/** The main process is gone. What it left gets the signal of the present step. */
function exitedAtLast(r: RunSubject, s: RunIn<'STOPPING'>, e: RunLifeEvent & { type: 'exited' }, m: Clocks): RunStep {
  if (s.exit !== null) return step(s);
  const exit = exitOf(e, s.startedDue ?? m.mono, m);
  if (!r.spec.process.sweep || e.left.length === 0) return ended(s.purpose, exit, s.why);
  const at = s.steps[s.step] as RunIn<'STOPPING'>['steps'][number];
  return step({ ...s, pid: null, exit, stepSince: m.mono, due: stepDue(at, m.mono) }, { effects: endLeftovers(r, at.signal) });
}

function allGone(_r: RunSubject, s: RunIn<'STOPPING'>): RunStep {
  // The world answers a question that was not asked: its main process has not been reaped yet.
  return s.exit === null ? step(s) : ended(s.purpose === 'sweep' ? null : s.purpose, s.exit, s.why);
}

/** A run that waits for its time. */
export function newLife(wake: Wake): RunLife {
  return { phase: 'SCHEDULED', wake, askedDue: null };
}

/**
 * One event, one step.
 * @throws InvariantError when the cell is impossible.
 */
export function stepRun(subject: RunSubject, life: RunLife, event: RunLifeEvent, now: Clocks): RunStep {
  const cell = RUN_TABLE[life.phase][event.type] as Cell<(r: RunSubject, s: RunLife, e: RunLifeEvent, m: Clocks) => RunStep>;
  if (cell === ignore) return step(life);
  if (cell === impossible) throw new InvariantError(`run ${subject.id} of job ${subject.spec.name}`, life.phase, event.type);
  return cell(subject, life, event, now);
}
