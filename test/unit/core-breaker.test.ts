import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breakerDeadline, breakerView, mayStart, newBreaker, restoreBreaker, stepBreaker } from '../../daemon/core/breaker.ts';
import type { Breaker, BreakerEvent, BreakerRules, BreakerStep } from '../../daemon/core/breaker.ts';

const WALL = 1_000_000;
const SMTP: BreakerRules = { name: 'smtp', failures: 3, successes: 2, trials: 2, cooldownMs: 60_000, enabled: true };
const FAIL: BreakerEvent = { type: 'failure' };
const OK: BreakerEvent = { type: 'success' };
const person = (type: 'open' | 'close' | 'half_open' | 'reset'): BreakerEvent => ({ type, by: 'ada' });

function played(events: readonly BreakerEvent[], rules = SMTP, now = 0): BreakerStep {
  let last: BreakerStep = { state: newBreaker(), facts: [], already: false };
  for (const event of events) last = stepBreaker(rules, last.state, event, { mono: now, wall: WALL + now });
  return last;
}

const OPEN = [FAIL, FAIL, FAIL];
const next = (state: Breaker, event: BreakerEvent, now = 0, rules = SMTP): BreakerStep => stepBreaker(rules, state, event, { mono: now, wall: WALL + now });
const halfOpen = (): Breaker => next(played(OPEN).state, { type: 'due' }, 60_000).state;
const names = (step: BreakerStep): readonly string[] => step.facts.map((f) => f.type);

test('so many failures in a row open it, and one success ends the row [C42] [C43]', () => {
  assert.equal(played([FAIL, FAIL]).state.phase, 'closed');
  assert.equal(played([FAIL, FAIL, OK, FAIL, FAIL]).state.phase, 'closed');
  const step = played(OPEN);
  assert.equal(step.state.phase, 'open');
  assert.deepEqual(names(step), ['breaker.counted', 'breaker.opened']);
  assert.equal(step.state.why, '3 failures in a row');
});

test('while it is open nothing may start; its cool-down ends by a deadline, not by somebody who asks [C44] [C47][E54]', () => {
  const { state } = played(OPEN, SMTP, 1000);
  assert.equal(mayStart(SMTP, state), false);
  assert.equal(breakerDeadline(state), 61_000);
  assert.equal(breakerView('smtp', state).retryAt, WALL + 61_000);
  assert.equal(next(state, { type: 'due' }, 60_999).state.phase, 'open');
  assert.equal(next(state, { type: 'due' }, 61_000).state.phase, 'half_open');
});

test('defect 14 is gone: trials are limited, and the documented number of successes closes it [C45]', () => {
  let state = halfOpen();
  assert.equal(mayStart(SMTP, state), true);
  state = next(state, { type: 'begin', id: 'a' }).state;
  state = next(state, { type: 'begin', id: 'a' }).state;
  assert.equal(mayStart(SMTP, state), true);
  state = next(state, { type: 'begin', id: 'b' }).state;
  assert.equal(mayStart(SMTP, state), false);
  state = next(next(state, OK).state, { type: 'end', id: 'a' }).state;
  assert.equal(state.phase, 'half_open');
  assert.equal(mayStart(SMTP, state), true);
  const closed = next(state, OK);
  assert.deepEqual(names(closed), ['breaker.counted', 'breaker.closed']);
  assert.equal(closed.state.failures, 0);
  assert.equal(mayStart(SMTP, closed.state), true);
});

test('any failure in half-open opens it again, for a whole cool-down [C46]', () => {
  const { state } = next(next(halfOpen(), OK).state, FAIL, 70_000);
  assert.equal(state.phase, 'open');
  assert.equal(breakerDeadline(state), 130_000);
  assert.equal(next(state, { type: 'due' }, 130_000).state.successes, 0);
});

test('a trial that outlives its half-open phase takes a place in the next one until it ends', () => {
  let state = next(halfOpen(), { type: 'begin', id: 'slow' }).state;
  state = next(next(state, FAIL, 70_000).state, { type: 'due' }, 130_000).state;
  state = next(state, { type: 'begin', id: 'b' }).state;
  assert.equal(mayStart(SMTP, state), false);
  assert.equal(mayStart(SMTP, next(state, { type: 'end', id: 'slow' }).state), true);
  assert.equal(next(state, person('reset')).state.trials.size, 2);
});

test('news of what began before it opened is counted and changes nothing', () => {
  const { state } = played(OPEN);
  const late = next(next(state, OK, 10).state, FAIL, 20).state;
  assert.equal(late.phase, 'open');
  assert.equal(breakerDeadline(late), 60_000);
  assert.deepEqual([late.totalFailures, late.totalSuccesses, late.lastFailureAt, late.lastSuccessAt], [4, 1, WALL + 20, WALL + 10]);
});

test('opened by hand it stays open; what is so already is a success that says so [C51]', () => {
  const { state, facts } = played([person('open')]);
  assert.equal(breakerDeadline(state), null);
  assert.equal(facts.length, 1);
  assert.deepEqual(next(state, person('open')), { state, facts: [], already: true });
  assert.equal(played([person('close')]).already, true);
  assert.equal(next(halfOpen(), person('half_open')).already, true);
});

test('close keeps the count, so that the next failure opens it again; reset clears it [C51]', () => {
  const closed = next(played(OPEN).state, person('close')).state;
  assert.deepEqual([closed.phase, closed.failures], ['closed', 3]);
  assert.equal(next(closed, FAIL).state.phase, 'open');
  const reset = next(played(OPEN).state, person('reset'));
  assert.deepEqual(names(reset), ['breaker.reset']);
  assert.deepEqual(breakerView('smtp', reset.state), { ...breakerView('smtp', newBreaker()), why: 'ada' });
});

test('half-open by hand lets trials through at once [C51]', () => {
  assert.equal(mayStart(SMTP, next(played(OPEN).state, person('half_open')).state), true);
  assert.equal(breakerDeadline(next(played(OPEN).state, person('half_open')).state), null);
});

test('with breakers.enabled = false it counts and never opens by itself [C53]', () => {
  const rules = { ...SMTP, enabled: false };
  const { state } = played([...OPEN, ...OPEN], rules);
  assert.deepEqual([state.phase, state.failures], ['closed', 6]);
  assert.equal(next(next(state, person('half_open')).state, FAIL, 0, rules).state.phase, 'half_open');
  assert.equal(next(state, person('open'), 0, rules).state.phase, 'open');
});

test('it survives the daemon: the rest of its cool-down goes on, however the wall clock was set [C48]', () => {
  const row = breakerView('smtp', played(OPEN).state);
  const soon = restoreBreaker(SMTP, row, { mono: 5, wall: WALL + 50_000 });
  assert.equal(breakerDeadline(soon), 10_005);
  assert.equal(breakerDeadline(restoreBreaker(SMTP, row, { mono: 5, wall: WALL + 90_000 })), 5);
  assert.equal(breakerDeadline(restoreBreaker(SMTP, row, { mono: 5, wall: 0 })), 60_005);
  assert.deepEqual({ ...breakerView('smtp', soon) }, row);
});
