// How many instances there are to be.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { AutoscaleSpec } from '../../config/health-spec.ts';
import { look, needed, numberIn, scaleWords, UNSCALED } from '../../daemon/core/autoscale.ts';

const SPEC: AutoscaleSpec = { min: 1, max: 8, source: { kind: 'queue', job: 'import' }, target: 10, intervalMs: 1000, upDelayMs: 0, downDelayMs: 30_000 };

test('the number divided by what one instance is good for, rounded up, within min and max [A41][C70]', () => {
  assert.deepEqual([0, 1, 10, 11, 35, 1000].map((value) => needed(SPEC, value)), [1, 1, 1, 2, 4, 8]);
  assert.equal(needed({ ...SPEC, target: 0.1 }, 0.3), 3, 'floating-point numbers make no fourth');
});

test('it grows at once and all the way, and shrinks only when the last growth is long ago [D44]', () => {
  let { state, to } = look(SPEC, UNSCALED, 1, 35, 1000);
  assert.equal(to, 4);
  ({ state, to } = look(SPEC, state, 4, 5, 2000));
  assert.equal(to, null);
  ({ state, to } = look(SPEC, state, 4, 5, 31_999));
  assert.equal(to, null, 'fewer are enough only since 2000');
  ({ state, to } = look(SPEC, state, 4, 5, 32_000));
  assert.equal(to, 1);
});

test('what was needed while it waited to shrink is kept, and a need in between begins the wait anew', () => {
  let { state, to } = look(SPEC, UNSCALED, 4, 5, 0);
  ({ state, to } = look(SPEC, state, 4, 25, 15_000));
  ({ state, to } = look(SPEC, state, 4, 5, 30_000));
  assert.equal(to, 3, 'three were needed at 15 s');
  ({ state, to } = look(SPEC, UNSCALED, 4, 5, 0));
  ({ state } = look(SPEC, state, 4, 40, 20_000));
  ({ to } = look(SPEC, state, 4, 5, 40_000));
  assert.equal(to, null);
});

test('scale_up_delay wants the need to last, but min and max are kept at once', () => {
  const slow = { ...SPEC, min: 2, upDelayMs: 5000 };
  let { state, to } = look(slow, UNSCALED, 2, 50, 0);
  assert.equal(to, null);
  ({ state, to } = look(slow, state, 2, 50, 4999));
  assert.equal(to, null);
  ({ to } = look(slow, state, 2, 50, 5000));
  assert.equal(to, 5);
  assert.equal(look(slow, UNSCALED, 1, 0, 0).to, 2);
  assert.equal(look(slow, UNSCALED, 12, 0, 0).to, 8);
});

test('the last line of what a command prints is the number; anything else is said', () => {
  assert.deepEqual([numberIn('12\n'), numberIn('queue:\n 3.5 \n\n'), numberIn('1e2')], [12, 3.5, 100]);
  assert.deepEqual(numberIn(''), { problem: 'it printed nothing' });
  assert.deepEqual(numberIn('-3'), { problem: 'it printed "-3", which is no number' });
  assert.deepEqual(numberIn('NaN'), { problem: 'it printed "NaN", which is no number' });
  assert.equal(scaleWords(SPEC, 35, 4), '35 runs of import that wait at 10 for each');
});
