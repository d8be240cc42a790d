import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Ticks } from '../../daemon/runtime/ticks.ts';
import type { Period } from '../../daemon/runtime/ticks.ts';

/** A clock on the wall that only moves when told, with timers that go by it. */
function world(startMs: number): { ticks: Ticks; told: string[]; pass: (ms: number) => void; set: (ms: number) => void; timers: () => number } {
  let wall = startMs;
  let timer: { due: number; call: () => void } | null = null;
  const told: string[] = [];
  mock.method(globalThis, 'setTimeout', (call: () => void, ms: number) => (timer = { due: wall + ms, call }));
  mock.method(globalThis, 'clearTimeout', () => (timer = null));
  const ticks = new Ticks({ mono: () => wall, wall: () => wall }, (period, when) => void told.push(`${period} ${when}`));
  return {
    ticks, told,
    timers: () => (timer === null ? 0 : 1),
    set: (ms) => void (wall = ms),
    pass(ms) {
      const end = wall + ms;
      for (let next = timer; next !== null && next.due <= end; next = timer) {
        wall = Math.max(wall, next.due);
        timer = null;
        next.call();
      }
      wall = end;
    },
  };
}

const wanted = (...periods: readonly Period[]): ReadonlySet<Period> => new Set(periods);

test('ticks come at the turn of each wanted period, and no other', (t) => {
  t.after(() => mock.restoreAll());
  const w = world(1_000_000_007_000);
  w.ticks.want(wanted(5, 60));
  w.pass(63_000);
  assert.deepEqual(w.told.filter((one) => one.startsWith('60')), ['60 1000000020']);
  assert.equal(w.told.filter((one) => one.startsWith('5')).length, 13);
  assert.equal(w.told[0], '5 1000000010');
});

test('nothing wakes up while nobody wants ticks', (t) => {
  t.after(() => mock.restoreAll());
  const w = world(1_000_000_007_000);
  assert.equal(w.timers(), 0);
  w.ticks.want(wanted(5));
  assert.equal(w.timers(), 1);
  w.ticks.want(wanted());
  assert.equal(w.timers(), 0);
});

test('a clock that was set is noticed within half a minute, with one tick for all that was passed over', (t) => {
  t.after(() => mock.restoreAll());
  const w = world(1_000_000_000_000);
  w.ticks.want(wanted(3600));
  w.set(1_000_000_000_000 + 10 * 3_600_000);
  w.pass(30_000);
  assert.deepEqual(w.told, ['3600 1000033200']);
});
