// The life of one process: supervisord's states and rules. Pure: time arrives in events, signals leave as effects.
import type { ProcessSpec } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import { isFlapping, steadyDue } from './flapping.ts';
import { after, begin, enter, exitWords, isExpected, readied, result, retry, running, settle, steady, unspawned, wants } from './process-life.ts';
import { condemning, escalate, exitedWhileStopping, finish, givenTime, graceless, hurried, purposed, recycling, spawnedLate, stopping, sweeping } from './process-stop.ts';
import type { In, ProcessEvent, ProcessEventType, ProcessState, ProcessStep } from './process-state.ts';
import { ignore, impossible, InvariantError } from './table.ts';
import type { Cell, Moment } from './table.ts';

type Phase = ProcessState['phase'];
type Handler<P extends Phase, E extends ProcessEventType> = (spec: ProcessSpec, s: In<P>, e: Extract<ProcessEvent, { type: E }>, m: Moment) => ProcessStep;
type Table = { readonly [P in Phase]: { readonly [E in ProcessEventType]: Cell<Handler<P, E>> } };

/** Every state × event. */
export const PROCESS_TABLE: Table = {
  STOPPED: {
    start: freshStart, retry: impossible, stop: alreadyDown, end: alreadyDown, restart: freshStart, hurry: ignore,
    spawned: impossible, spawn_failed: impossible, exited: impossible, condemn: ignore, recycle: ignore, gone: ignore, signal_failed: ignore, due: impossible,
    ready: ignore, unready: ignore, extend: ignore, look: ignore,
  },
  STARTING: {
    start: ignore, retry: impossible, stop: stop, end: end, restart: restart, hurry: ignore,
    spawned: spawned, spawn_failed: spawnFailed, exited: exited, condemn: condemned, recycle: recycled, gone: ignore, signal_failed: ignore, due: up,
    ready: ready, unready: unready, extend: extended, look: reconsidered,
  },
  RUNNING: {
    start: ignore, retry: impossible, stop: stop, end: end, restart: restart, hurry: ignore,
    spawned: impossible, spawn_failed: impossible, exited: exited, condemn: condemned, recycle: recycled, gone: ignore, signal_failed: ignore, due: calm,
    ready: ready, unready: unready, extend: extended, look: reconsidered,
  },
  BACKOFF: {
    start: begun, retry: impossible, stop: backedOff, end: backedOff, restart: begun, hurry: ignore,
    spawned: impossible, spawn_failed: impossible, exited: impossible, condemn: ignore, recycle: ignore, gone: ignore, signal_failed: ignore, due: waited,
    ready: ignore, unready: ignore, extend: ignore, look: looked,
  },
  STOPPING: {
    start: again, retry: impossible, stop: stopWins, end: endWins, restart: again, hurry: hurried,
    spawned: spawnedLate, spawn_failed: neverWas, exited: exitedStopping, condemn: ignore, recycle: ignore, gone: allGone, signal_failed: lost, due: escalate,
    ready: ignore, unready: ignore, extend: extendedStop, look: ignore,
  },
  EXITED: {
    start: freshStart, retry: retried, stop: downAnyway, end: alreadyDown, restart: freshStart, hurry: ignore,
    spawned: impossible, spawn_failed: impossible, exited: impossible, condemn: ignore, recycle: ignore, gone: ignore, signal_failed: ignore, due: impossible,
    ready: ignore, unready: ignore, extend: ignore, look: ignore,
  },
  FATAL: {
    start: freshStart, retry: retried, stop: downAnyway, end: alreadyDown, restart: freshStart, hurry: ignore,
    spawned: impossible, spawn_failed: impossible, exited: impossible, condemn: ignore, recycle: ignore, gone: ignore, signal_failed: ignore, due: impossible,
    ready: ignore, unready: ignore, extend: ignore, look: ignore,
  },
  UNKNOWN: {
    start: fromUnknown, retry: fromUnknown, stop: stopUnknown, end: stopUnknown, restart: fromUnknown, hurry: ignore,
    spawned: ignore, spawn_failed: ignore, exited: foundDead, condemn: ignore, recycle: ignore, gone: ignore, signal_failed: ignore, due: ignore,
    ready: ignore, unready: ignore, extend: ignore, look: ignore,
  },
};

function freshStart(spec: ProcessSpec, s: ProcessState, e: { why: string }, m: Moment): ProcessStep {
  // Whoever starts what is down for good gives it a fresh chance; one that a strategy ended keeps its row of failures.
  const fresh = s.phase === 'STOPPED' ? s : enter(s, { phase: 'STOPPED' }, { tries: 0, failures: 0, restarts: [] });
  return after({ facts: wants(spec, s, 'up', e.why) }, begin(spec, { ...fresh, phase: s.phase } as ProcessState, m));
}

function begun(spec: ProcessSpec, s: In<'BACKOFF'>, e: { why: string }, m: Moment): ProcessStep {
  return after({ facts: wants(spec, s, 'up', e.why) }, begin(spec, s, m));
}

function retried(spec: ProcessSpec, s: ProcessState, e: ProcessEvent & { type: 'retry' }, m: Moment): ProcessStep {
  return retry(spec, s, e.gated, e.why, m);
}

function waited(spec: ProcessSpec, s: In<'BACKOFF'>, _e: ProcessEvent, m: Moment): ProcessStep {
  if (s.waits !== null) return result(s);
  return s.gated ? result({ ...s, due: null }, { outcome: { type: 'due' } }) : begin(spec, s, m);
}

/** May it be started now? */
function looked(spec: ProcessSpec, s: In<'BACKOFF'>, _e: ProcessEvent, m: Moment): ProcessStep {
  return s.waits === null ? result(s) : begin(spec, s, m);
}

function alreadyDown(spec: ProcessSpec, s: ProcessState, e: { type: string; why: string }): ProcessStep {
  if (e.type !== 'stop') return result(s, { outcome: { type: 'stopped' } });
  const state = { ...s, wanted: 'down', flaps: [], flapping: false } as const;
  return result(state, { facts: [...wants(spec, s, 'down', e.why), ...steady(spec, s, state)], outcome: { type: 'stopped' } });
}

/** EXITED and FATAL keep their name when stopped: it says more than STOPPED. */
function downAnyway(spec: ProcessSpec, s: ProcessState, e: { type: string; why: string }): ProcessStep {
  return alreadyDown(spec, s, e);
}

function backedOff(spec: ProcessSpec, s: In<'BACKOFF'>, e: { type: string; why: string }): ProcessStep {
  const wanted = e.type === 'stop' ? 'down' : s.wanted;
  const state = enter(s, { phase: 'STOPPED' }, { wanted, ...(e.type === 'stop' ? { failures: 0, restarts: [], flaps: [], flapping: false } : {}) });
  return result(state, {
    facts: [...wants(spec, s, wanted, e.why), { type: 'process.stopped', process: spec.id, incarnation: s.incarnation, pid: null, why: e.why }, ...steady(spec, s, state)],
    outcome: { type: 'stopped' },
  });
}

function stop(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, e: { why: string }, m: Moment): ProcessStep {
  return stopping(spec, s, 'stop', e.why, m);
}

function end(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, e: { why: string }, m: Moment): ProcessStep {
  return stopping(spec, s, 'end', e.why, m);
}

function restart(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, e: { why: string }, m: Moment): ProcessStep {
  return stopping(spec, s, 'restart', e.why, m);
}

function spawned(spec: ProcessSpec, s: In<'STARTING'>, e: ProcessEvent & { type: 'spawned' }, m: Moment): ProcessStep {
  const said: FactBody[] = [{ type: 'process.spawned', process: spec.id, incarnation: s.incarnation, pid: e.pid, supervisionId: e.supervisionId }];
  const state: In<'STARTING'> = { ...s, pid: e.pid, since: m.now, due: m.now + spec.startMs, readyBy: readyBy(spec, m.now) };
  if (spec.startMs > 0) return result(state, { facts: said, outcome: { type: 'started' } });
  // startsecs 0: RUNNING at once. The group hears "running", which includes "started".
  return after({ facts: said }, running(spec, state, e.pid));
}

/** Until when it must be ready, or, where that is a matter of time, when it is. */
function readyBy(spec: ProcessSpec, now: number): number | null {
  if (spec.ready === null) return null;
  if (spec.ready.kind === 'delay') return now + spec.ready.delayMs;
  return spec.startTimeoutMs === null ? null : now + spec.startTimeoutMs;
}

function spawnFailed(spec: ProcessSpec, s: In<'STARTING'>, e: ProcessEvent & { type: 'spawn_failed' }, m: Moment): ProcessStep {
  const said: FactBody[] = [{ type: 'process.spawn_failed', process: spec.id, incarnation: s.incarnation, kind: e.kind, message: e.message }];
  return after({ facts: said }, unspawned(spec, s, e.message, e.hopeless, m));
}

function up(spec: ProcessSpec, s: In<'STARTING'>, _e: ProcessEvent, m: Moment): ProcessStep {
  if (s.pid === null) return result({ ...s, due: null });
  // Both may be over at once: up first, so that its readiness is that of a RUNNING one.
  return s.due !== null && s.due <= m.now ? running(spec, s, s.pid) : late(spec, s, m);
}

/** The time to be ready is over. */
function late(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, m: Moment): ProcessStep {
  if (s.readyBy === null || s.readyBy > m.now) return result(s);
  if (spec.ready === null) return reconsidered(spec, s, { type: 'look' }, m);
  if (spec.ready?.kind === 'delay') return readied(spec, s, m);
  return condemning(spec, s, `not ready within ${Math.round(s.readyBy - s.since) / 1000} s${s.lack === null ? '' : `: ${s.lack}`}`, m);
}

/** Another file says otherwise how it is ready: who need not say it any more is, who must say it gets the time for it. */
function reconsidered(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, _e: ProcessEvent, m: Moment): ProcessStep {
  if (s.readiness === 'ready' || s.pid === null) return result(s);
  if (spec.ready !== null) return result(s.readiness === 'pending' ? { ...s, readyBy: readyBy(spec, m.now) } : s);
  return s.phase === 'RUNNING' ? readied(spec, s, m) : result({ ...s, readyBy: null, lack: null });
}

function ready(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, _e: ProcessEvent, m: Moment): ProcessStep {
  return readied(spec, s, m);
}

function unready(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, e: { why: string }): ProcessStep {
  if (spec.ready === null) return result(s);
  if (s.readiness !== 'ready') return result({ ...s, lack: e.why });
  return result({ ...s, readiness: 'lost', lack: e.why }, { facts: [{ type: 'process.unready', process: spec.id, incarnation: s.incarnation, why: e.why }] });
}

function extended(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, e: { ms: number; exactly?: true }, m: Moment): ProcessStep {
  if (e.exactly === true || s.readyBy === null || spec.ready?.kind === 'delay') return result(s);
  return result({ ...s, readyBy: Math.max(s.readyBy, m.now + e.ms) });
}

function extendedStop(_spec: ProcessSpec, s: In<'STOPPING'>, e: { ms: number; exactly?: true }, m: Moment): ProcessStep {
  return e.exactly === true ? result(s.due === null ? s : { ...s, due: m.now + e.ms }) : givenTime(s, e.ms, m);
}

/** The window of a flapping process ran out without another failure. */
function calm(spec: ProcessSpec, s: In<'RUNNING'>, _e: ProcessEvent, m: Moment): ProcessStep {
  if (s.readyBy !== null && s.readyBy <= m.now) return late(spec, s, m);
  if (isFlapping(s.flaps, m.now)) return result({ ...s, due: steadyDue(s.flaps) });
  return result({ ...s, due: null, flapping: false }, { facts: s.flapping ? [{ type: 'process.steady', process: spec.id }] : [] });
}

function condemned(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, e: ProcessEvent & { type: 'condemn' }, m: Moment): ProcessStep {
  return condemning(spec, s, e.why, m, e.steps);
}

function recycled(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, e: ProcessEvent & { type: 'recycle' }, m: Moment): ProcessStep {
  return recycling(spec, s, e.why, m, e.steps);
}

function exitFact(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'> | In<'STOPPING'>, e: ProcessEvent & { type: 'exited' }, m: Moment): FactBody {
  const since = s.phase === 'STOPPING' ? s.startedAt : s.since;
  return {
    type: 'process.exited', process: spec.id, incarnation: s.incarnation, pid: s.pid ?? 0, code: e.code, signal: e.signal, coreDumped: e.coreDumped,
    expected: isExpected(spec, e) && !(s.phase === 'STOPPING' && s.purpose === 'fail'), ranMs: m.now - since, from: s.phase, left: e.left, ...(e.lastOutput === undefined ? {} : { lastOutput: e.lastOutput }),
    ...(e.oom === undefined ? {} : { oom: e.oom }),
  };
}

function exited(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, e: ProcessEvent & { type: 'exited' }, m: Moment): ProcessStep {
  const said = [exitFact(spec, s, e, m)];
  // startsecs is counted once more here: the exit may arrive before the timer that was due earlier.
  const from = s.phase === 'STARTING' && s.due !== null && m.now > s.due ? 'RUNNING' : s.phase;
  const early = from === 'STARTING' || (spec.ready !== null && s.readiness === 'pending');
  const exit = { code: e.code, signal: e.signal, from, early, ...(e.oom === undefined ? {} : { oom: e.oom }) } as const;
  if (spec.sweep && e.left.length > 0) return after({ facts: said }, sweeping(spec, s, exit, e.left, m));
  return after({ facts: said }, settle(spec, s, exit, m.now - s.since, m));
}

function exitedStopping(spec: ProcessSpec, s: In<'STOPPING'>, e: ProcessEvent & { type: 'exited' }, m: Moment): ProcessStep {
  return exitedWhileStopping(spec, s, e, [exitFact(spec, s, e, m)], m);
}

function neverWas(spec: ProcessSpec, s: In<'STOPPING'>, e: ProcessEvent & { type: 'spawn_failed' }, m: Moment): ProcessStep {
  return after({ facts: [{ type: 'process.spawn_failed', process: spec.id, incarnation: s.incarnation, kind: e.kind, message: e.message }] }, finish(spec, s, m));
}

function allGone(spec: ProcessSpec, s: In<'STOPPING'>, _e: ProcessEvent, m: Moment): ProcessStep {
  // Only the main process's own exit ends a life; "gone" may come a moment before it.
  return s.exit === null ? result(s) : finish(spec, s, m);
}

function stopWins(spec: ProcessSpec, s: In<'STOPPING'>, e: { why: string }, m: Moment): ProcessStep {
  return graceless(spec, purposed(spec, s, 'stop', e.why), m);
}

function endWins(spec: ProcessSpec, s: In<'STOPPING'>, e: { why: string }, m: Moment): ProcessStep {
  return s.purpose === 'stop' ? result(s) : graceless(spec, purposed(spec, s, 'end', e.why), m);
}

function again(spec: ProcessSpec, s: In<'STOPPING'>, e: { why: string }, m: Moment): ProcessStep {
  // A strategy that ends it starts it itself, in order.
  return s.purpose === 'end' ? result(s) : graceless(spec, purposed(spec, s, 'restart', e.why), m);
}

function lost(spec: ProcessSpec, s: In<'STOPPING'>, e: ProcessEvent & { type: 'signal_failed' }): ProcessStep {
  return result(enter(s, { phase: 'UNKNOWN', pid: s.pid }), {
    facts: [{ type: 'process.unknown', process: spec.id, incarnation: s.incarnation, from: s.phase, why: e.why }],
    outcome: { type: 'lost', why: e.why },
  });
}

function fromUnknown(spec: ProcessSpec, s: In<'UNKNOWN'>, e: { why: string }, m: Moment): ProcessStep {
  // While its pid may be alive a second copy must not start.
  return s.pid === null ? freshStart(spec, s, e, m) : result(s, { outcome: { type: 'lost', why: `pid ${s.pid} may still be alive` } });
}

function stopUnknown(spec: ProcessSpec, s: In<'UNKNOWN'>, e: { type: string; why: string }, m: Moment): ProcessStep {
  if (s.pid === null) {
    const step = alreadyDown(spec, s, e);
    return { ...step, state: enter(step.state, { phase: 'STOPPED' }), facts: [...step.facts, { type: 'process.stopped', process: spec.id, incarnation: s.incarnation, pid: null, why: e.why }] };
  }
  return stopping(spec, enter(s, { phase: 'RUNNING', pid: s.pid, since: m.now, due: null, readiness: 'pending', readyBy: null, lack: null }) as In<'RUNNING'>, e.type === 'stop' ? 'stop' : 'end', e.why, m);
}

function foundDead(spec: ProcessSpec, s: In<'UNKNOWN'>, e: ProcessEvent & { type: 'exited' }, m: Moment): ProcessStep {
  const life = enter(s, { phase: 'RUNNING', pid: s.pid ?? 0, since: m.now, due: null, readiness: 'pending', readyBy: null, lack: null }) as In<'RUNNING'>;
  const said: FactBody[] = [{ ...exitFact(spec, life, e, m), from: s.phase } as FactBody];
  // Whom it left is ended as after any stop; a restart is a person's decision now.
  if (spec.sweep && e.left.length > 0) return after({ facts: said }, sweeping(spec, life, { code: e.code, signal: e.signal, from: 'RUNNING', early: false }, e.left, m, 'stop'));
  return result(enter(s, { phase: 'STOPPED' }), {
    facts: [...said, { type: 'process.stopped', process: spec.id, incarnation: s.incarnation, pid: s.pid, why: `found ended: ${exitWords(e)}` }],
  });
}

/** News of another life changes nothing. The one place where it is dropped. */
function isStale(s: ProcessState, e: ProcessEvent): boolean {
  return 'incarnation' in e && e.incarnation !== s.incarnation;
}

/**
 * One event, one step.
 * @throws InvariantError when the cell is impossible.
 */
export function stepProcess(spec: ProcessSpec, state: ProcessState, event: ProcessEvent, moment: Moment): ProcessStep {
  if (isStale(state, event)) return result(state);
  const cell = PROCESS_TABLE[state.phase][event.type] as Cell<(spec: ProcessSpec, s: ProcessState, e: ProcessEvent, m: Moment) => ProcessStep>;
  if (cell === ignore) return result(state);
  if (cell === impossible) throw new InvariantError(spec.id, state.phase, event.type);
  return cell(spec, state, event, moment);
}
