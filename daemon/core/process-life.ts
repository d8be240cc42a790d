// How lives begin and end: the steps that several cells of the process machine share.
import type { ProcessSpec } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import { backoffMs } from './backoff.ts';
import { addFailure, isFlapping, steadyDue, FLAP_WINDOW_MS } from './flapping.ts';
import { countRestart } from './intensity.ts';
import type { Exit, In, OomWord, ProcessEffect, ProcessOutcome, ProcessPhase, ProcessState, ProcessStep } from './process-state.ts';
import type { Moment, Waits } from './table.ts';

/** A spawn that failed is not tried again sooner than this, whatever the back-off says. */
const UNBORN_RETRY_MS = 100;

export interface Parts {
  readonly effects?: readonly ProcessEffect[];
  readonly facts?: readonly FactBody[];
  readonly outcome?: ProcessOutcome;
}

export function result(state: ProcessState, parts: Parts = {}): ProcessStep {
  return { state, effects: parts.effects ?? [], facts: parts.facts ?? [], outcome: parts.outcome ?? null };
}

/** The same process in another phase. Named one by one, so that nothing of the old phase (its timer!) is carried over. */
export function enter(s: ProcessState, phase: ProcessPhase, lasting: Partial<Pick<ProcessState, 'wanted' | 'incarnation' | 'tries' | 'failures' | 'restarts' | 'flaps' | 'flapping'>> = {}): ProcessState {
  return {
    wanted: s.wanted, incarnation: s.incarnation, tries: s.tries, failures: s.failures, restarts: s.restarts, flaps: s.flaps, flapping: s.flapping,
    ...lasting, ...phase,
  };
}

/** wanted changed: one fact, or none. */
export function wants(spec: ProcessSpec, s: ProcessState, wanted: 'up' | 'down', by: string): readonly FactBody[] {
  return s.wanted === wanted ? [] : [{ type: 'process.wanted', process: spec.id, wanted, by }];
}

/** It does not flap any more: a person stepped in, or its failures are too old. */
export function steady(spec: ProcessSpec, was: ProcessState, is: { readonly flapping: boolean }): readonly FactBody[] {
  return was.flapping && !is.flapping ? [{ type: 'process.steady', process: spec.id }] : [];
}

/** Puts what an earlier step said before what a later one says. */
export function after(first: Parts, then: ProcessStep): ProcessStep {
  return { ...then, effects: [...(first.effects ?? []), ...then.effects], facts: [...(first.facts ?? []), ...then.facts] };
}

/** Not yet: what it depends on is not there. No failure, and no timer: `look` comes when that changes. */
function waiting(spec: ProcessSpec, s: ProcessState, waits: Waits): ProcessStep {
  if (s.phase === 'BACKOFF' && s.waits === waits.why) return result(s);
  return result(enter(s, { phase: 'BACKOFF', due: null, gated: false, waits: waits.why }, { wanted: 'up' }), {
    facts: [{ type: 'process.waiting', process: spec.id, incarnation: s.incarnation, from: s.phase, on: waits.on, why: waits.why }],
  });
}

/** A new life, if what it depends on is there: the spawn is asked for; `spawned` or `spawn_failed` answers. */
export function begin(spec: ProcessSpec, s: ProcessState, m: Moment): ProcessStep {
  const waits = m.waits?.() ?? null;
  if (waits !== null) return waiting(spec, s, waits);
  const incarnation = s.incarnation + 1;
  return result(enter(s, { phase: 'STARTING', pid: null, since: m.now, due: null, readiness: 'pending', readyBy: null, lack: null }, { incarnation, wanted: 'up' }), {
    effects: [{ type: 'spawn', process: spec.id, incarnation }],
    facts: [{ type: 'process.starting', process: spec.id, incarnation, from: s.phase, tries: s.tries }],
  });
}

/** It has been alive for longer than startsecs. Its start has come about when it is ready too. */
export function running(spec: ProcessSpec, s: In<'STARTING'>, pid: number): ProcessStep {
  const due = s.flapping ? steadyDue(s.flaps) : null;
  const readiness = spec.ready === null ? 'ready' : s.readiness;
  const ready = readiness === 'ready';
  return result(enter(s, { phase: 'RUNNING', pid, since: s.since, due, readiness, readyBy: ready ? null : s.readyBy, lack: ready ? null : s.lack }, ready ? { tries: 0 } : {}), {
    facts: [{ type: 'process.running', process: spec.id, incarnation: s.incarnation, pid, startMs: spec.startMs, ready }],
    ...(ready ? { outcome: { type: 'running' } } : {}),
  });
}

/** It says or shows that it is ready: RUNNING or not, those that need it may start. */
export function readied(spec: ProcessSpec, s: In<'STARTING'> | In<'RUNNING'>, m: Moment): ProcessStep {
  if (s.pid === null || s.readiness === 'ready' || (spec.ready === null && s.phase !== 'RUNNING')) return result(s);
  const up = s.phase === 'RUNNING';
  const state: ProcessState = { ...s, readiness: 'ready', readyBy: null, lack: null, ...(up ? { tries: 0 } : {}) };
  return result(state, {
    facts: [{ type: 'process.ready', process: spec.id, incarnation: s.incarnation, afterMs: m.now - s.since }],
    ...(up ? { outcome: { type: 'running' } } : {}),
  });
}

/** The end of a life in words. */
export function exitWords(exit: { readonly code: number | null; readonly signal: string | null; readonly oom?: OomWord }): string {
  if (exit.oom !== undefined) return `${exit.oom === 'sure' ? '' : 'probably '}killed by the kernel: out of memory (SIG${exit.signal ?? 'KILL'})`;
  if (exit.signal !== null) return `terminated by SIG${exit.signal}`;
  if (exit.code !== null) return `exit status ${exit.code}`;
  return 'ended, exit status unknown';
}

export function isExpected(spec: ProcessSpec, exit: { readonly code: number | null }): boolean {
  return exit.code !== null && spec.exitCodes.includes(exit.code);
}

/** Does its restart type ask for another life after this end? */
export function asksRestart(spec: ProcessSpec, expected: boolean): boolean {
  return spec.restart === 'permanent' || (spec.restart === 'transient' && !expected);
}

/** A life is over and nothing of it is left: what now? Its own rules first, then its group's. `condemned`: why it had failed before it ended. */
export function settle(spec: ProcessSpec, s: ProcessState, exit: Exit, ranMs: number, m: Moment, condemned: string | null = null): ProcessStep {
  const expected = condemned === null && isExpected(spec, exit);
  const { early } = exit;
  const words = condemned ?? exitWords(exit);
  if (early && spec.startExit === 'retry') return failedStart(spec, s, condemned ?? (exit.from === 'STARTING' ? 'Exited too quickly (process log may have details)' : `ended before it was ready: ${words}`), m);
  if (!asksRestart(spec, expected)) return ended(spec, s, exit.from, expected, words);
  if (early && spec.startRetries !== null) return failedStart(spec, s, condemned ?? `ended before it was ${exit.from === 'STARTING' ? 'up' : 'ready'}: ${words}`, m);
  // Who was never ready was never in good health.
  return failed(spec, s, exit.from, expected, words, early && exit.from === 'RUNNING' ? 0 : ranMs, m);
}

/** A spawn that did not come about. */
export function unspawned(spec: ProcessSpec, s: In<'STARTING'>, message: string, hopeless: boolean, m: Moment): ProcessStep {
  if (hopeless && spec.missing === 'fatal') return fatal(spec, { ...s, failures: s.failures + 1 }, message);
  if (spec.startRetries !== null) return failedStart(spec, s, message, m);
  if (!asksRestart(spec, false)) return fatal(spec, s, message);
  return failed(spec, s, 'STARTING', false, message, 0, m);
}

function ended(spec: ProcessSpec, s: ProcessState, from: Exit['from'], expected: boolean, why: string): ProcessStep {
  const unborn = s.phase === 'STARTING' && s.pid === null;
  return result(enter(s, { phase: 'EXITED', unborn, expected }, { tries: 0 }), {
    facts: [{ type: 'process.state', process: spec.id, incarnation: s.incarnation, from, to: 'EXITED', why, pid: null }],
    outcome: { type: 'ended', expected, why },
  });
}

/** One failure, for the group to judge; past the program's own limit it is FATAL. */
function failed(spec: ProcessSpec, s: ProcessState, from: Exit['from'], expected: boolean, why: string, ranMs: number, m: Moment): ProcessStep {
  const counted = countRestart(spec.intensity, s.restarts, m.now);
  const failures = (ranMs >= spec.backoff.resetMs ? 0 : s.failures) + 1;
  const flap = flapped(spec, s, m);
  const next = { ...s, ...flap.lasting, restarts: counted.times, failures };
  if (counted.exceeded) {
    const seconds = Math.round(spec.intensity.windowMs / 1000);
    return after({ facts: flap.facts }, fatal(spec, next, `too many restarts: more than ${spec.intensity.max} in ${seconds} s; last end: ${why}`, { restarts: counted.times.length, windowMs: spec.intensity.windowMs }));
  }
  const step = ended(spec, next, from, expected, why);
  const tries = spec.startRetries === null && from === 'STARTING' ? s.tries + 1 : 0;
  return { ...step, state: { ...step.state, tries }, facts: [...flap.facts, ...step.facts] };
}

/** A failed start that its own rules retry: wait, or give up. The counter starts anew after FATAL, as in supervisord. */
function failedStart(spec: ProcessSpec, s: ProcessState, why: string, m: Moment): ProcessStep {
  const tries = s.tries + 1;
  const flap = flapped(spec, s, m);
  if (tries > (spec.startRetries ?? 0)) return after({ facts: flap.facts }, fatal(spec, { ...s, ...flap.lasting, failures: s.failures + 1 }, why));
  const delayMs = backoffMs(spec.startBackoff, tries - 1, m.chance);
  return result(enter(s, { phase: 'BACKOFF', due: m.now + delayMs, gated: false, waits: null }, { ...flap.lasting, tries }), {
    facts: [...flap.facts, { type: 'process.backoff', process: spec.id, incarnation: s.incarnation, from: s.phase, tries, delayMs, why }],
  });
}

/** It is not started again by itself. Its own count starts anew: whoever starts it gives it a fresh chance. */
export function fatal(spec: ProcessSpec, s: ProcessState, why: string, exceeded?: { readonly restarts: number; readonly windowMs: number }): ProcessStep {
  return result(enter(s, { phase: 'FATAL' }, { tries: 0, restarts: [] }), {
    facts: [{ type: 'process.fatal', process: spec.id, incarnation: s.incarnation, from: s.phase, why, ...(exceeded === undefined ? {} : { exceeded }) }],
    outcome: { type: 'fatal', why },
  });
}

function flapped(spec: ProcessSpec, s: ProcessState, m: Moment): { lasting: { flaps: readonly number[]; flapping: boolean }; facts: readonly FactBody[] } {
  const flaps = addFailure(s.flaps, m.now);
  const flapping = isFlapping(flaps, m.now);
  const facts: FactBody[] = flapping ? [{ type: 'process.flapping', process: spec.id, failures: flaps.length, windowMs: FLAP_WINDOW_MS }] : [];
  return { lasting: { flaps, flapping }, facts: [...facts, ...steady(spec, s, { flapping })] };
}

/** The group wants another life after a failure: at once, or after the delay its row of failures earns. */
export function retry(spec: ProcessSpec, s: ProcessState, gated: boolean, why: string, m: Moment): ProcessStep {
  const earnedMs = backoffMs(spec.backoff, Math.max(0, s.failures - 1), m.chance);
  // A spawn fails at once: without any wait the next would fail in the same instant, for ever, and nobody else be served.
  const unborn = s.phase === 'FATAL' || (s.phase === 'EXITED' && s.unborn);
  const delayMs = unborn ? Math.max(earnedMs, UNBORN_RETRY_MS) : earnedMs;
  if (delayMs === 0 && !gated) return begin(spec, s, m);
  const told = delayMs === 0;
  return result(enter(s, { phase: 'BACKOFF', due: told ? null : m.now + delayMs, gated, waits: null }), {
    facts: [{ type: 'process.backoff', process: spec.id, incarnation: s.incarnation, from: s.phase, tries: Math.max(s.tries, s.failures), delayMs, why }],
    ...(told ? { outcome: { type: 'due' } } : {}),
  });
}
