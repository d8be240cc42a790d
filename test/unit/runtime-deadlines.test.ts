import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Deadlines } from '../../daemon/runtime/deadlines.ts';

/** A clock that the mocked timers move. */
function world(t: import('node:test').TestContext): { fired: string[]; deadlines: Deadlines; tick: (ms: number) => void; now: () => number } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  const fired: string[] = [];
  const deadlines = new Deadlines({ mono: () => now, wall: () => now }, (key) => fired.push(`${key}@${now}`));
  return { fired, deadlines, now: () => now, tick: (ms) => { now += ms; t.mock.timers.tick(ms); } };
}

test('deadlines fire in the order in which they are due, whatever the order they were set in', (t) => {
  const w = world(t);
  for (const [key, due] of [['c', 30], ['a', 10], ['b', 20]] as const) w.deadlines.set(key, due);
  w.tick(10);
  w.tick(10);
  w.tick(10);
  assert.deepEqual(w.fired, ['a@10', 'b@20', 'c@30']);
});

test('a deadline that was moved fires once, at its new time; one that was dropped never', (t) => {
  const w = world(t);
  w.deadlines.set('a', 10);
  w.deadlines.set('a', 25);
  w.deadlines.set('b', 15);
  w.deadlines.set('b', null);
  w.tick(15);
  assert.deepEqual(w.fired, []);
  w.tick(10);
  assert.deepEqual(w.fired, ['a@25']);
  w.tick(100);
  assert.equal(w.fired.length, 1);
});

test('a deadline of the past fires with the next turn', (t) => {
  const w = world(t);
  w.tick(50);
  w.deadlines.set('late', 10);
  w.tick(1);
  assert.deepEqual(w.fired, ['late@51']);
});

test('a timer that fires early does not fire the deadline: it is armed again', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  const fired: number[] = [];
  const deadlines = new Deadlines({ mono: () => now, wall: () => now }, () => fired.push(now));
  deadlines.set('a', 10);
  now = 9.4;
  t.mock.timers.tick(10);
  assert.deepEqual(fired, []);
  now = 10.4;
  t.mock.timers.tick(1);
  assert.deepEqual(fired, [10.4]);
});

test('a deadline weeks away does not overflow the timer', (t) => {
  const w = world(t);
  const weeks = 40 * 86_400_000;
  w.deadlines.set('far', weeks);
  w.tick(2_000_000_000);
  assert.deepEqual(w.fired, []);
  w.tick(weeks - 2_000_000_000);
  assert.deepEqual(w.fired, [`far@${weeks}`]);
});

test('a thousand deadlines come out sorted', (t) => {
  const w = world(t);
  for (let i = 0; i < 1000; i += 1) w.deadlines.set(`k${i}`, (i * 7919) % 1000);
  w.tick(1000);
  const order = w.fired.map((f) => Number(f.slice(1, f.indexOf('@')))).map((i) => (i * 7919) % 1000);
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  assert.equal(order.length, 1000);
});

test('a process is RUNNING after startsecs also when a reload came before it, with a stop wait that was shorter', (t) => {
  const w = world(t);
  w.deadlines.set('before', 10_000);
  w.deadlines.close();
  w.deadlines.set('after', 20_000);
  w.tick(20_000);
  assert.deepEqual(w.fired, ['after@20000']);
});

test('a deadline that is moved a hundred thousand times takes no more room than a few', (t) => {
  const w = world(t);
  w.deadlines.set('other', 3_600_000);
  for (let i = 0; i < 100_000; i += 1) w.deadlines.set('flapping', 3_600_000 + i);
  assert.ok((w.deadlines as unknown as { heap: unknown[] }).heap.length < 2000);
  w.tick(3_600_000 + 99_999);
  assert.deepEqual(w.fired, ['other@3699999', 'flapping@3699999']);
});
