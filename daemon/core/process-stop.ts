// How a process ends when it is told to: steps with deadlines, until nobody of its life is left.
import type { ProcessSpec, StopStep } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import { after, begin, enter, result, settle, steady, wants } from './process-life.ts';
import type { Exit, In, ProcessEffect, ProcessEvent, ProcessState, ProcessStep, Purpose } from './process-state.ts';
import { nextStep, stepDue } from './stop-steps.ts';
import type { Moment } from './table.ts';

type Stopping = In<'STOPPING'>;

/** Has its start not come about yet? */
function isEarly(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>): boolean {
  return s.phase === 'STARTING' || (spec.ready !== null && s.readiness === 'pending');
}

/** The first step of ending a living process. pid null: the spawn is not answered yet; its answer gets the signal. */
export function stopping(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, purpose: Purpose, why: string, m: Moment, steps: readonly StopStep[] = spec.stop): ProcessStep {
  const first = steps[0] as StopStep;
  const wanted = purpose === 'stop' ? 'down' : 'up';
  const state = enter(s, {
    phase: 'STOPPING', pid: s.pid, purpose, steps, step: 0, since: m.now, due: stepDue(first, m.now), startedAt: s.since, from: s.phase, early: isEarly(spec, s), exit: null, why,
  }, { wanted });
  return result(state, {
    effects: s.pid === null ? [] : [{ type: 'signal', process: spec.id, incarnation: s.incarnation, signal: first.signal, scope: first.scope }],
    facts: [...wants(spec, s, wanted, why), { type: 'process.stopping', process: spec.id, incarnation: s.incarnation, from: s.phase, pid: s.pid, signal: first.signal, scope: first.scope, why }],
  });
}

/** The main process ended by itself and left others behind: they get the stop steps too, before anything else happens. */
export function sweeping(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, exit: Exit, left: readonly number[], m: Moment, purpose: Purpose = 'sweep'): ProcessStep {
  const first = spec.stop[0] as StopStep;
  const why = `ending ${left.length} process${left.length === 1 ? '' : 'es'} it left behind`;
  const state = enter(s, {
    phase: 'STOPPING', pid: null, purpose, steps: spec.stop, step: 0, since: m.now, due: stepDue(first, m.now), startedAt: s.since, from: s.phase, early: exit.early, exit, why,
  });
  return result(state, {
    effects: [...endLeftovers(spec, s, first)],
    facts: [{ type: 'process.stopping', process: spec.id, incarnation: s.incarnation, from: s.phase, pid: null, signal: first.signal, scope: 'tree', why }],
  });
}

/** The life has failed although it lives: it is ended, and is one failure when nobody of it is left. */
export function condemning(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, why: string, m: Moment, steps?: readonly StopStep[]): ProcessStep {
  return after({ facts: [{ type: 'process.condemned', process: spec.id, incarnation: s.incarnation, why }] }, stopping(spec, s, 'fail', why, m, steps));
}

/** The life is well and gives way to a new one. */
export function recycling(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, why: string, m: Moment, steps?: readonly StopStep[]): ProcessStep {
  return after({ facts: [{ type: 'process.recycled', process: spec.id, incarnation: s.incarnation, why }] }, stopping(spec, s, 'restart', why, m, steps));
}

/** It was given time to finish before its stop steps; somebody who wants it down, or anew, does not wait for that. */
export function graceless(spec: ProcessSpec, step: ProcessStep, m: Moment): ProcessStep {
  const s = step.state;
  if (s.phase !== 'STOPPING' || s.exit !== null || s.step >= s.steps.length - spec.stop.length) return step;
  const { outcome, ...before } = step;
  const next = hurried(spec, s, { type: 'hurry', steps: spec.stop }, m);
  return after(before, outcome === null ? next : { ...next, outcome });
}

function endLeftovers(spec: ProcessSpec, s: ProcessState, step: StopStep): readonly ProcessEffect[] {
  return [
    { type: 'signal', process: spec.id, incarnation: s.incarnation, signal: step.signal, scope: 'tree' },
    { type: 'watch', process: spec.id, incarnation: s.incarnation },
  ];
}

/** A step's wait is over: the next signal, or the last one again. */
export function escalate(spec: ProcessSpec, s: Stopping, _e: ProcessEvent, m: Moment): ProcessStep {
  const { index, step, last } = nextStep(s.steps, s.step);
  const scope = s.exit !== null ? 'tree' : step.scope;
  const effects: ProcessEffect[] = [{ type: 'signal', process: spec.id, incarnation: s.incarnation, signal: step.signal, scope }];
  // The last step has been tried: whoever is still there is a survivor, and is named.
  if (last) effects.push({ type: 'survey', process: spec.id, incarnation: s.incarnation });
  return result({ ...s, step: index, due: stepDue(step, m.now) }, {
    effects: s.pid === null && s.exit === null ? [] : effects,
    facts: [{ type: 'process.escalated', process: spec.id, incarnation: s.incarnation, signal: step.signal, scope, waitedMs: m.now - s.since, pids: s.pid === null ? [] : [s.pid] }],
  });
}

/** Somebody is in a hurry: what is left of the steps is replaced. */
export function hurried(spec: ProcessSpec, s: Stopping, e: ProcessEvent & { type: 'hurry' }, m: Moment): ProcessStep {
  const first = e.steps[0];
  if (!first) return result(s);
  const scope = s.exit !== null ? 'tree' : first.scope;
  return result({ ...s, steps: e.steps, step: 0, due: stepDue(first, m.now) }, {
    effects: s.pid === null && s.exit === null ? [] : [{ type: 'signal', process: spec.id, incarnation: s.incarnation, signal: first.signal, scope }],
    facts: [{ type: 'process.escalated', process: spec.id, incarnation: s.incarnation, signal: first.signal, scope, waitedMs: m.now - s.since, pids: s.pid === null ? [] : [s.pid] }],
  });
}

/** The spawn is answered while the stop is already wanted: now there is somebody to signal. */
export function spawnedLate(spec: ProcessSpec, s: Stopping, e: ProcessEvent & { type: 'spawned' }, m: Moment): ProcessStep {
  const step = s.steps[s.step] as StopStep;
  return result({ ...s, pid: e.pid, due: stepDue(step, m.now) }, {
    effects: [{ type: 'signal', process: spec.id, incarnation: s.incarnation, signal: step.signal, scope: step.scope }],
    facts: [{ type: 'process.spawned', process: spec.id, incarnation: s.incarnation, pid: e.pid, supervisionId: e.supervisionId }],
  });
}

/** The main process is gone. What it left gets the signal of the present step. */
export function exitedWhileStopping(spec: ProcessSpec, s: Stopping, e: ProcessEvent & { type: 'exited' }, said: readonly FactBody[], m: Moment): ProcessStep {
  const exit: Exit = { code: e.code, signal: e.signal, from: s.from, early: s.early, ...(e.oom === undefined ? {} : { oom: e.oom }) };
  const now: Stopping = { ...s, pid: null, exit };
  if (!spec.sweep || e.left.length === 0) return after({ facts: said }, finish(spec, now, m));
  const step = s.steps[s.step] as StopStep;
  return result({ ...now, due: stepDue(step, m.now) }, { effects: endLeftovers(spec, s, step), facts: said });
}

/** It asks for more time to end: the present step's wait is over that much later. */
export function givenTime(s: Stopping, ms: number, m: Moment): ProcessStep {
  return result(s.due === null ? s : { ...s, due: Math.max(s.due, m.now + ms) });
}

/** Nobody is left: what the stop was for decides what follows. */
export function finish(spec: ProcessSpec, s: Stopping, m: Moment): ProcessStep {
  if (s.purpose === 'sweep' && s.exit !== null) return settle(spec, s, s.exit, s.since - s.startedAt, m);
  if (s.purpose === 'fail') return settle(spec, s, s.exit ?? { code: null, signal: null, from: s.from, early: s.early }, s.since - s.startedAt, m, s.why);
  const state = enter(s, { phase: 'STOPPED' }, cleared(s));
  const said: FactBody[] = [{ type: 'process.stopped', process: spec.id, incarnation: s.incarnation, pid: s.pid, why: s.why }, ...steady(spec, s, state)];
  if (s.purpose === 'restart') return after({ facts: said }, begin(spec, state, m));
  return result(state, { facts: said, outcome: { type: 'stopped' } });
}

/** An operator's stop or restart starts all counts anew; the end of a sibling does not. */
function cleared(s: Stopping): { tries: number; failures?: number; restarts?: readonly number[]; flaps?: readonly number[]; flapping?: boolean } {
  return s.purpose === 'end' ? { tries: 0 } : { tries: 0, failures: 0, restarts: [], flaps: [], flapping: false };
}


/** What a stop is for changes while it goes on. A stop wins over a restart; the end for a strategy only over what was its own idea. */
export function purposed(spec: ProcessSpec, s: Stopping, purpose: Purpose, why: string): ProcessStep {
  const wanted = purpose === 'stop' ? 'down' : 'up';
  return result({ ...s, purpose, why: purpose === 'stop' ? why : s.why, wanted }, { facts: wants(spec, s, wanted, why) });
}
