// Laws of probes and of autoscaling, over random answers and numbers.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AutoscaleSpec, ProbeRules } from '../../config/health-spec.ts';
import { look, UNSCALED } from '../../daemon/core/autoscale.ts';
import { answered, nextDue, UNASKED } from '../../daemon/core/health.ts';
import type { Outcome } from '../../daemon/core/health.ts';
import { HealthHistory } from '../../daemon/core/health-history.ts';

const outcome = fc.constantFrom<Outcome>('ok', 'degraded', 'failed');
const rules = fc.record({ failures: fc.integer({ min: 1, max: 5 }), successes: fc.integer({ min: 1, max: 5 }), startPeriodMs: fc.constantFrom(0, 5000) })
  .map((some): ProbeRules => ({ name: 'p', intervalMs: 1000, timeoutMs: 1000, ...some }));

test('unhealthy begins with exactly `failures` failures that degraded answers do not interrupt, and ends with `successes` good ones [E30][E32]', () => {
  fc.assert(fc.property(rules, fc.array(outcome, { maxLength: 60 }), (spec, answers) => {
    let state = UNASKED;
    let failures = 0;
    let successes = 0;
    let started = false;
    let ill = false;
    answers.forEach((answer, n) => {
      const ageMs = n * 1000;
      if (answer === 'failed' && (started || ageMs >= spec.startPeriodMs)) {
        failures += 1;
        successes = 0;
        ill ||= failures >= spec.failures;
      }
      if (answer === 'ok') {
        failures = 0;
        successes += 1;
        started = true;
        if (successes >= spec.successes) ill = false;
        if (!ill) successes = 0;
      }
      if (answer === 'degraded' && !ill) started = true;
      state = answered(spec, state, answer, 'w', ageMs);
      assert.equal(state.value === 'unhealthy', ill, `answer ${n}`);
      if (answer === 'ok') assert.ok(state.value === 'healthy' || ill);
      if (answer === 'degraded') assert.equal(state.value, ill ? 'unhealthy' : 'degraded');
      assert.ok(state.value !== 'healthy' || state.why === '', 'who is well has nothing to complain of');
    });
  }));
});

test('two questions of one probe are half an interval to one and a half apart, whenever the first was answered', () => {
  fc.assert(fc.property(fc.string(), fc.integer({ min: 50, max: 3_600_000 }), fc.double({ min: 0, max: 1e9, noNaN: true }), (name, intervalMs, now) => {
    const due = nextDue(name, intervalMs, now);
    assert.ok(due - now >= intervalMs / 2 - 1e-6 && due - now <= intervalMs * 1.5 + 1e-6, `${due - now} of ${intervalMs}`);
  }));
});

test('the packed history is the last hundred of a list [C38]', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), outcome, fc.integer({ min: 0, max: 1e6 })), { maxLength: 230 }), (rows) => {
    const history = new HealthHistory();
    rows.forEach(([probe, one, ms], n) => history.add(n, probe, one, `w${n}`, ms, n % 7));
    const expected = rows.map(([probe, one, durationMs], at) => ({ at, probe, outcome: one, why: `w${at}`, durationMs, incarnation: at % 7 })).slice(-100);
    assert.deepEqual(history.entries(), expected);
    assert.deepEqual(history.hour(0), { answers: expected.length, healthy: expected.filter((row) => row.outcome === 'ok').length });
  }), { numRuns: 40 });
});

test('instances stay between min and max, never shrink soon after a growth, and no more are ended than were idle [D44][A41]', () => {
  const spec = fc.record({ min: fc.integer({ min: 1, max: 4 }), more: fc.integer({ min: 0, max: 6 }), target: fc.constantFrom(1, 7), upDelayMs: fc.constantFrom(0, 3000), downDelayMs: fc.constantFrom(0, 10_000) })
    .map(({ min, more, ...rest }): AutoscaleSpec => ({ min, max: min + more, source: { kind: 'cpu' }, intervalMs: 1000, ...rest }));
  fc.assert(fc.property(spec, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 80 }), (one, numbers) => {
    let state = UNSCALED;
    let present = one.min;
    let grewAt = -Infinity;
    const needs: { readonly at: number; readonly need: number }[] = [];
    numbers.forEach((value, n) => {
      const now = n * 1000;
      needs.push({ at: now, need: Math.min(one.max, Math.max(one.min, Math.ceil(value / one.target))) });
      const step = look(one, state, present, value, now);
      state = step.state;
      if (step.to === null) return;
      assert.ok(step.to >= one.min && step.to <= one.max && step.to !== present);
      if (step.to > present) grewAt = now;
      else {
        assert.ok(now - grewAt >= one.downDelayMs, 'too soon after a growth');
        const most = Math.max(...needs.filter(({ at }) => at >= now - one.downDelayMs).map(({ need }) => need));
        assert.ok(step.to >= Math.min(most, present), 'somebody was needed a moment ago');
      }
      present = step.to;
    });
  }));
});
