// Lives on an axis of time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placed, ticks } from '../../web-ui/parts/lives.ts';

test('a life lies on the axis where it was, the present one to its end', () => {
  assert.deepEqual(placed({ startedAt: 100, endedAt: 150 }, { from: 0, until: 200 }, 200), { left: 50, width: 25 });
  assert.deepEqual(placed({ startedAt: 150, endedAt: null }, { from: 0, until: 200 }, 200), { left: 75, width: 25 });
});

test('a life that began before the axis is cut, one that is not within it is left out', () => {
  assert.deepEqual(placed({ startedAt: 0, endedAt: 150 }, { from: 100, until: 200 }, 200), { left: 0, width: 50 });
  assert.equal(placed({ startedAt: 0, endedAt: 50 }, { from: 100, until: 200 }, 200), null);
  assert.equal(placed({ startedAt: 300, endedAt: null }, { from: 100, until: 200 }, 200), null);
});

test('an axis of no length is no division by zero', () => {
  assert.deepEqual(placed({ startedAt: 100, endedAt: 100 }, { from: 100, until: 100 }, 100), { left: 0, width: 0 });
});

test('the marks of an axis are round times, not more than asked for by much', () => {
  assert.deepEqual(ticks({ from: 3_000, until: 62_000 }, 6), [10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
  assert.deepEqual(ticks({ from: 0, until: 86_400_000 }, 6).length, 5);
  const long = ticks({ from: 0, until: 20 * 365 * 86_400_000 }, 6);
  assert.ok(long.length > 0 && long.length <= 13);
});

test('days begin at midnight of the zone', () => {
  const hour = 3_600_000;
  assert.deepEqual(ticks({ from: 0, until: 48 * hour }, 2, 2 * hour).map((at) => (at + 2 * hour) % (24 * hour)), [0, 0]);
});
