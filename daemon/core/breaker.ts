// May a service be used? Closed: yes. Open: no, until its cool-down is over. Half-open: a few trials at a time, until enough of
// them succeed or one fails. Pure: time arrives with each call; who uses the service asks `mayStart` and tells how it went.
import type { BreakerSpec } from '../../config/job-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { BreakerState, BreakerView } from '../contract/jobs.ts';
import { ignore } from './table.ts';
import type { Cell } from './table.ts';

/** What a breaker goes by. `enabled` false: it counts, and never opens by itself. */
export interface BreakerRules extends Pick<BreakerSpec, 'name' | 'failures' | 'successes' | 'trials' | 'cooldownMs'> {
  readonly enabled: boolean;
}

/** Both clocks, read together. */
export interface BreakerMoment {
  readonly mono: number;
  readonly wall: number;
}

/** Rows are replaced, never changed. */
export interface Breaker {
  readonly phase: BreakerState;
  readonly failures: number;
  readonly successes: number;
  readonly totalFailures: number;
  readonly totalSuccesses: number;
  /** Trials that go on, by whatever names their user gave them. One that outlives its half-open phase still takes a place in the next. */
  readonly trials: ReadonlySet<string>;
  readonly openedAt: number | null;
  readonly lastFailureAt: number | null;
  readonly lastSuccessAt: number | null;
  /** open: when it becomes half-open, by both clocks; null: never by itself. */
  readonly retry: { readonly due: number; readonly at: number } | null;
  readonly why: string;
}

export type BreakerEvent =
  | { readonly type: 'success' }
  | { readonly type: 'failure' }
  /** Somebody who may starts to use the service; a trial where it is half-open. */
  | { readonly type: 'begin'; readonly id: string }
  /** And is done, however it went: told for every `begin`, after its success or failure. */
  | { readonly type: 'end'; readonly id: string }
  /** The deadline passed. */
  | { readonly type: 'due' }
  | { readonly type: 'open' | 'close' | 'half_open' | 'reset'; readonly by: string };

export interface BreakerStep {
  readonly state: Breaker;
  readonly facts: readonly FactBody[];
  /** A person asked for a state that it was in already: a success, with a warning. */
  readonly already: boolean;
}

type EventType = BreakerEvent['type'];
type Handler<E extends EventType> = (r: BreakerRules, s: Breaker, e: Extract<BreakerEvent, { type: E }>, m: BreakerMoment) => BreakerStep;
type Table = { readonly [P in BreakerState]: { readonly [E in EventType]: Cell<Handler<E>> } };

/** Every state × event. */
export const BREAKER_TABLE: Table = {
  closed: { success: works, failure: fails, begin: ignore, end: ended, due: ignore, open: opened, close: already, half_open: probed, reset: cleared },
  open: { success: works, failure: failsOpen, begin: ignore, end: ended, due: cooled, open: already, close: closed, half_open: probed, reset: cleared },
  half_open: { success: trialWorks, failure: trialFails, begin: begun, end: ended, due: ignore, open: opened, close: closed, half_open: already, reset: cleared },
};

const FRESH: Breaker = {
  phase: 'closed', failures: 0, successes: 0, totalFailures: 0, totalSuccesses: 0, trials: new Set(), openedAt: null, lastFailureAt: null, lastSuccessAt: null, retry: null, why: '',
};

function step(state: Breaker, facts: readonly FactBody[] = []): BreakerStep {
  return { state, facts, already: false };
}

function already(_r: BreakerRules, s: Breaker): BreakerStep {
  return { state: s, facts: [], already: true };
}

function counted(r: BreakerRules, s: Breaker, outcome: 'success' | 'failure' | 'trial'): FactBody {
  return { type: 'breaker.counted', breaker: r.name, row: breakerView(r.name, s), outcome };
}

function succeeded(s: Breaker, m: BreakerMoment): Breaker {
  return { ...s, totalSuccesses: s.totalSuccesses + 1, lastSuccessAt: m.wall };
}

function failed(s: Breaker, m: BreakerMoment): Breaker {
  return { ...s, totalFailures: s.totalFailures + 1, lastFailureAt: m.wall };
}

function toOpen(r: BreakerRules, s: Breaker, by: string, cooldownMs: number | null, m: BreakerMoment): BreakerStep {
  const retry = cooldownMs === null ? null : { due: m.mono + cooldownMs, at: m.wall + cooldownMs };
  const state: Breaker = { ...s, phase: 'open', successes: 0, openedAt: m.wall, retry, why: by };
  return step(state, [{ type: 'breaker.opened', breaker: r.name, row: breakerView(r.name, state), by }]);
}

function toClosed(r: BreakerRules, s: Breaker, by: string): BreakerStep {
  const state: Breaker = { ...s, phase: 'closed', retry: null, why: by };
  return step(state, [{ type: 'breaker.closed', breaker: r.name, row: breakerView(r.name, state), by }]);
}

function toHalfOpen(r: BreakerRules, s: Breaker, by: string): BreakerStep {
  const state: Breaker = { ...s, phase: 'half_open', successes: 0, retry: null, why: by };
  return step(state, [{ type: 'breaker.half_opened', breaker: r.name, row: breakerView(r.name, state), by }]);
}

function after(first: FactBody, then: BreakerStep): BreakerStep {
  return { ...then, facts: [first, ...then.facts] };
}

/** Closed: one success ends the row of failures. Open: late news of what began before, which changes no state. */
function works(r: BreakerRules, s: Breaker, _e: BreakerEvent, m: BreakerMoment): BreakerStep {
  const state = { ...succeeded(s, m), failures: s.phase === 'closed' ? 0 : s.failures };
  return step(state, [counted(r, state, 'success')]);
}

function fails(r: BreakerRules, s: Breaker, _e: BreakerEvent, m: BreakerMoment): BreakerStep {
  const state = { ...failed(s, m), failures: s.failures + 1 };
  const said = counted(r, state, 'failure');
  if (!r.enabled || state.failures < r.failures) return step(state, [said]);
  return after(said, toOpen(r, state, `${String(state.failures)} failures in a row`, r.cooldownMs, m));
}

/** What began before it opened fails now: known already, and no reason to wait longer. */
function failsOpen(r: BreakerRules, s: Breaker, _e: BreakerEvent, m: BreakerMoment): BreakerStep {
  const state = failed(s, m);
  return step(state, [counted(r, state, 'failure')]);
}

function cooled(r: BreakerRules, s: Breaker, _e: BreakerEvent, m: BreakerMoment): BreakerStep {
  return s.retry === null || m.mono < s.retry.due ? step(s) : toHalfOpen(r, s, 'its cool-down is over');
}

function begun(r: BreakerRules, s: Breaker, e: { readonly id: string }): BreakerStep {
  if (s.trials.has(e.id)) return step(s);
  const state = { ...s, trials: new Set(s.trials).add(e.id) };
  return step(state, [counted(r, state, 'trial')]);
}

function ended(r: BreakerRules, s: Breaker, e: { readonly id: string }): BreakerStep {
  if (!s.trials.has(e.id)) return step(s);
  const trials = new Set(s.trials);
  trials.delete(e.id);
  const state = { ...s, trials };
  return step(state, [counted(r, state, 'trial')]);
}

function trialWorks(r: BreakerRules, s: Breaker, _e: BreakerEvent, m: BreakerMoment): BreakerStep {
  const state = { ...succeeded(s, m), successes: s.successes + 1 };
  const said = counted(r, state, 'success');
  if (state.successes < r.successes) return step(state, [said]);
  return after(said, toClosed(r, { ...state, failures: 0 }, `${String(state.successes)} successes in half-open`));
}

function trialFails(r: BreakerRules, s: Breaker, _e: BreakerEvent, m: BreakerMoment): BreakerStep {
  const state = { ...failed(s, m), failures: s.failures + 1, successes: 0 };
  const said = counted(r, state, 'failure');
  return r.enabled ? after(said, toOpen(r, state, 'a failure in half-open', r.cooldownMs, m)) : step(state, [said]);
}

/** Opened by hand, it stays open until somebody says otherwise. */
function opened(r: BreakerRules, s: Breaker, e: { readonly by: string }, m: BreakerMoment): BreakerStep {
  return toOpen(r, s, e.by, null, m);
}

/** Closed by hand it keeps its count: unless a success comes first, the next failure may open it again at once. */
function closed(r: BreakerRules, s: Breaker, e: { readonly by: string }): BreakerStep {
  return toClosed(r, { ...s, successes: 0 }, e.by);
}

function probed(r: BreakerRules, s: Breaker, e: { readonly by: string }): BreakerStep {
  return toHalfOpen(r, s, e.by);
}

function cleared(r: BreakerRules, s: Breaker, e: { readonly by: string }): BreakerStep {
  // Trials go on whatever is forgotten: their places are freed when they end.
  const state: Breaker = { ...FRESH, trials: s.trials, why: e.by };
  return step(state, [{ type: 'breaker.reset', breaker: r.name, row: breakerView(r.name, state), by: e.by }]);
}

/** A breaker that nothing is known of: closed. */
export function newBreaker(): Breaker {
  return FRESH;
}

/** A breaker as an earlier daemon left it. Its trials ended with that daemon's children; a cool-down never grows by a clock that was set. */
export function restoreBreaker(rules: BreakerRules, row: BreakerView, now: BreakerMoment): Breaker {
  const left = row.retryAt === null ? null : Math.min(rules.cooldownMs, Math.max(0, row.retryAt - now.wall));
  const { failures, successes, totalFailures, totalSuccesses, openedAt, lastFailureAt, lastSuccessAt, why } = row;
  const retry = row.state !== 'open' || left === null ? null : { due: now.mono + left, at: now.wall + left };
  return { phase: row.state, failures, successes, totalFailures, totalSuccesses, trials: new Set(), openedAt, lastFailureAt, lastSuccessAt, retry, why };
}

/** As clients see it, and as the store keeps it. */
export function breakerView(name: string, s: Breaker): BreakerView {
  const { failures, successes, totalFailures, totalSuccesses, openedAt, lastFailureAt, lastSuccessAt, why } = s;
  return { name, state: s.phase, failures, successes, totalFailures, totalSuccesses, trialsRunning: s.trials.size, openedAt, lastFailureAt, lastSuccessAt, retryAt: s.retry?.at ?? null, why };
}

/** Whether somebody may use the service now. Who does says `begin` before and `end` after. */
export function mayStart(rules: BreakerRules, s: Breaker): boolean {
  return s.phase === 'closed' || (s.phase === 'half_open' && s.trials.size < rules.trials);
}

/** When it wants to hear `due` (monotonic ms); null: never. */
export function breakerDeadline(s: Breaker): number | null {
  return s.retry?.due ?? null;
}

export function stepBreaker(rules: BreakerRules, state: Breaker, event: BreakerEvent, now: BreakerMoment): BreakerStep {
  const cell = BREAKER_TABLE[state.phase][event.type] as Cell<(r: BreakerRules, s: Breaker, e: BreakerEvent, m: BreakerMoment) => BreakerStep>;
  return typeof cell === 'string' ? step(state) : cell(rules, state, event, now);
}
