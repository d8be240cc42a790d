// Random users of a service, people who meddle, and time: what a breaker may never do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BREAKER_TABLE, breakerDeadline, breakerView, mayStart, newBreaker, restoreBreaker, stepBreaker } from '../../daemon/core/breaker.ts';
import type { Breaker, BreakerEvent, BreakerRules } from '../../daemon/core/breaker.ts';

const parameters = { numRuns: 1500, ...(process.env.REEVE_SEED === undefined ? {} : { seed: Number(process.env.REEVE_SEED) }) };

/** A use of the service that may start, and one that ends; outcomes of others; people; time. */
type Act = { readonly act: 'use' } | { readonly act: 'done'; readonly ok: boolean; readonly which: number } | { readonly act: 'outcome'; readonly ok: boolean } | { readonly act: 'person'; readonly type: 'open' | 'close' | 'half_open' | 'reset' } | { readonly act: 'wait'; readonly ms: number };

const acts = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 5, arbitrary: fc.constant({ act: 'use' }) },
    { weight: 5, arbitrary: fc.record({ act: fc.constant('done' as const), ok: fc.boolean(), which: fc.nat(5) }) },
    { weight: 3, arbitrary: fc.record({ act: fc.constant('outcome' as const), ok: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('person' as const), type: fc.constantFrom('open' as const, 'close' as const, 'half_open' as const, 'reset' as const) }) },
    { weight: 3, arbitrary: fc.record({ act: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 150 }) }) },
  ),
  { maxLength: 60 },
);
const rulesOf = fc.record({
  name: fc.constant('x'), failures: fc.integer({ min: 1, max: 4 }), successes: fc.integer({ min: 1, max: 4 }), trials: fc.integer({ min: 1, max: 3 }), cooldownMs: fc.integer({ min: 1, max: 100 }), enabled: fc.boolean(),
});

interface World {
  state: Breaker;
  now: number;
  /** What the test counts by itself. */
  row: number;
  good: number;
  using: string[];
  serial: number;
}

function tell(rules: BreakerRules, w: World, event: BreakerEvent): void {
  const before = w.state;
  const { state, facts, already } = stepBreaker(rules, before, event, { mono: w.now, wall: 7e11 + w.now });
  w.state = state;
  if (event.type === 'success') { w.row = before.phase === 'closed' ? 0 : w.row; w.good = before.phase === 'half_open' ? w.good + 1 : w.good; }
  if (event.type === 'failure') w.row = before.phase === 'open' ? w.row : w.row + 1;
  if (event.type === 'reset') w.row = 0;

  // Who moves it, and by what.
  if (before.phase !== state.phase) {
    assert.ok(!already);
    const why = `${before.phase} -> ${state.phase} by ${event.type}`;
    switch (event.type) {
      case 'failure': assert.ok(rules.enabled && state.phase === 'open' && (before.phase === 'half_open' || w.row >= rules.failures), why); break;
      case 'success': assert.ok(before.phase === 'half_open' && state.phase === 'closed' && w.good >= rules.successes, why); w.row = 0; break;
      case 'due': assert.ok(before.phase === 'open' && state.phase === 'half_open' && before.retry !== null && w.now >= before.retry.due, why); break;
      case 'open': case 'close': case 'half_open': case 'reset': break;
      default: assert.fail(why);
    }
    w.good = 0;
  } else if (event.type === 'failure' && rules.enabled) {
    assert.ok(state.phase === 'open' || (state.phase === 'closed' && w.row < rules.failures), 'a failure that had to open it did not');
  } else if (event.type === 'success' && before.phase === 'half_open') {
    assert.ok(w.good < rules.successes, 'enough successes did not close it');
  }
  if (event.type === 'failure' && state.phase === 'half_open') w.good = w.state.successes;

  assert.equal(state.failures, w.row);
  assert.equal(breakerDeadline(state) !== null && state.phase !== 'open', false, 'only an open one has a deadline');
  const last = facts.at(-1);
  if (last !== undefined && 'row' in last) assert.deepEqual(last.row, breakerView('x', state), 'the last fact shows the row as it is');
  else assert.deepEqual(breakerView('x', state), breakerView('x', before), 'a row that changed is told');
}

function act(rules: BreakerRules, w: World, a: Act): void {
  switch (a.act) {
    case 'use': {
      if (!mayStart(rules, w.state)) return;
      w.serial += 1;
      w.using.push(`u${String(w.serial)}`);
      tell(rules, w, { type: 'begin', id: `u${String(w.serial)}` });
      return;
    }
    case 'done': {
      const [id] = w.using.splice(a.which, 1);
      if (id === undefined) return;
      tell(rules, w, { type: a.ok ? 'success' : 'failure' });
      tell(rules, w, { type: 'end', id });
      return;
    }
    case 'outcome': return tell(rules, w, { type: a.ok ? 'success' : 'failure' });
    case 'person': return tell(rules, w, { type: a.type, by: 'ada' });
    case 'wait': {
      w.now += a.ms;
      const due = breakerDeadline(w.state);
      if (due !== null && due <= w.now) tell(rules, w, { type: 'due' });
      else tell(rules, w, { type: 'due' });
    }
  }
}

test('no random day breaks a law: both limits hold, only what may move it moves it, and every change is told [C42] [C43] [C45] [C46] [C50]', () => {
  fc.assert(
    fc.property(rulesOf, acts, (rules, day) => {
      const w: World = { state: newBreaker(), now: 0, row: 0, good: 0, using: [], serial: 0 };
      for (const a of day) {
        act(rules, w, a);
        assert.ok(w.state.trials.size <= rules.trials, 'more trials than allowed');
        assert.ok([...w.state.trials].every((id) => w.using.includes(id)), 'a trial that ended takes a place');
        const again = restoreBreaker(rules, breakerView('x', w.state), { mono: w.now, wall: 7e11 + w.now });
        assert.deepEqual({ ...again, trials: w.state.trials }, w.state, 'what the store keeps is all there is');
      }
      // Left alone, an open one that nobody opened by hand lets somebody try.
      for (const id of w.using.splice(0)) tell(rules, w, { type: 'end', id });
      const due = breakerDeadline(w.state);
      if (due !== null) { w.now = Math.max(w.now, due); tell(rules, w, { type: 'due' }); }
      assert.ok(mayStart(rules, w.state) || w.state.why === 'ada');
    }),
    parameters,
  );
});

test('every cell of its table is decided', () => {
  const events = ['success', 'failure', 'begin', 'end', 'due', 'open', 'close', 'half_open', 'reset'].sort();
  for (const row of Object.values(BREAKER_TABLE)) assert.deepEqual(Object.keys(row).sort(), events);
});
