// The calendar of jobs: bounded for each and in all, and honest about what it leaves out.
import assert from 'node:assert/strict';
import test from 'node:test';
import { calendarOf } from '../../daemon/runtime/calendar.ts';

const job = (name: string) => ({ name, schedule: 'every', timezone: 'UTC' });
const every = (ms: number) => (_job: string, after: number): number => (Math.floor(after / ms) + 1) * ms;

test('both ends of the span belong to it', () => {
  assert.deepEqual(calendarOf([job('a')], every(10), 10, 30).jobs, [{ job: 'a', schedule: 'every', timezone: 'UTC', times: [10, 20, 30], more: null }]);
});

test('a job without a time in the span is left out, one that ends has its last times', () => {
  const once = (_job: string, after: number): number | undefined => (after < 15 ? 15 : undefined);
  assert.deepEqual(calendarOf([job('a')], once, 16, 100).jobs, []);
  assert.deepEqual(calendarOf([job('a')], once, 0, 100).jobs[0]?.times, [15]);
});

test('of a job that is due very often the first 200 times are told, and how far apart they are', () => {
  const [row] = calendarOf([job('a')], every(10), 0, 1e6).jobs;
  assert.equal(row?.times.length, 200);
  assert.deepEqual(row?.more, { everyMs: 10 });
  assert.equal(calendarOf([job('a')], every(10), 10, 2000).jobs[0]?.more, null, 'exactly 200 are all there are');
});

test('the gap told is the smallest: nothing is nearer to the next', () => {
  // Twice an hour apart by a minute.
  const pairs = (_job: string, after: number): number => {
    const hour = Math.floor(after / 60);
    return after < hour * 60 + 1 ? hour * 60 + 1 : (hour + 1) * 60;
  };
  assert.deepEqual(calendarOf([job('a')], pairs, 0, 1e6).jobs[0]?.more, { everyMs: 1 });
});

test('whatever jobs there are, the answer is bounded, and each is in it', () => {
  let asked = 0;
  const counted = (name: string, after: number): number => {
    asked += 1;
    return every(10)(name, after);
  };
  const many = calendarOf(Array.from({ length: 5000 }, (_none, n) => job(`j${n}`)), counted, 0, 1e9).jobs;
  assert.equal(many.length, 5000);
  assert.ok(many.every((row) => row.times.length === 4 && row.more?.everyMs === 10));
  assert.ok(asked <= 5000 * 5, `${asked} times were worked out`);
});
