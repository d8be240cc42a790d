// Where the times of jobs stand in the calendar of the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CalendarRow } from '../../daemon/contract/page.ts';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { busyHours, dateOf, dateWord, dayStart, layoutCalendar, MAX_A_DAY } from '../../web-ui/calendar-layout.ts';

const HOUR = 3_600_000;
const DAY = dayStart(new Date(2026, 10, 22, 12).getTime());

function row(job: string, times: readonly number[], more: CalendarRow['more'] = null): CalendarRow {
  return { job, schedule: '0 3 * * *', timezone: 'UTC', times, more };
}

function run(job: string, at: number): RunView {
  return {
    id: `${job} ${at}`, job, number: 1, state: 'succeeded', trigger: 'schedule', initiator: 'schedule', args: [], key: null, attempt: 1, first: null, parent: null, scheduledAt: at, createdAt: at, dueAt: null,
    startedAt: at, endedAt: at + 10, pid: null, code: 0, signal: null, cause: null, why: '', fallback: false, peakRssBytes: null, cpuMs: null, heartbeat: null, progress: null, result: null, status: '',
  };
}

test('times stand in their day and hour, in order, and what was before now is told by its run [B19]', () => {
  const now = DAY + 5 * HOUR;
  const { days, bands } = layoutCalendar([row('nightly', [DAY + 3 * HOUR, DAY + 27 * HOUR]), row('early', [DAY + 27 * HOUR - 1])], [run('nightly', DAY + 3 * HOUR)], DAY, 2, now);
  assert.deepEqual(bands, []);
  assert.deepEqual(days.map((day) => day.size), [1, 2]);
  assert.equal(days[0]?.hours[3]?.[0]?.run?.job, 'nightly');
  assert.deepEqual([days[1]?.hours[2]?.map((one) => one.job), days[1]?.hours[3]?.map((one) => one.job)], [['early'], ['nightly']]);
  assert.deepEqual([...busyHours(days)].toSorted((a, b) => a - b), [2, 3]);
});

test('a job that comes too often for a line each is a band with its interval and its next time [B19]', () => {
  const times = Array.from({ length: 200 }, (_, i) => DAY + i * 30_000);
  const { days, bands } = layoutCalendar([row('tick', times, { everyMs: 30_000 }), row('nightly', [DAY + HOUR])], [run('tick', DAY)], DAY, 1, DAY + 45_000);
  assert.deepEqual(bands, [{ job: 'tick', schedule: '0 3 * * *', everyMs: 30_000, nextAt: DAY + 60_000 }]);
  assert.equal(days[0]?.size, 1);
});

test('a job that is due so many times a day is still read one by one, and one more makes a band', () => {
  const times = (n: number): number[] => Array.from({ length: n }, (_, i) => DAY + i * HOUR);
  assert.equal(layoutCalendar([row('a', times(MAX_A_DAY))], [], DAY, 1, DAY - 1).bands.length, 0);
  assert.equal(layoutCalendar([row('a', times(MAX_A_DAY + 1))], [], DAY, 1, DAY - 1).bands.length, 1);
});

test('a job that came often and is paused now is a band without a next time', () => {
  const runs = Array.from({ length: 40 }, (_, i) => run('paused', DAY + i * 10_000));
  const { bands, days } = layoutCalendar([], runs, DAY, 1, DAY + HOUR);
  assert.deepEqual(bands, [{ job: 'paused', schedule: '', everyMs: 10_000, nextAt: null }]);
  assert.equal(days[0]?.size, 0);
});

test('a day without anything has 24 empty hours', () => {
  const { days } = layoutCalendar([], [], DAY, 7, DAY);
  assert.equal(days.length, 7);
  assert.ok(days.every((day) => day.size === 0 && day.hours.length === 24));
  assert.ok(days.every((day, i) => day.from === dayStart(DAY, i) && day.until === dayStart(DAY, i + 1)));
});

test('a date goes into an address and back, and what is none is refused', () => {
  assert.equal(dateOf(dateWord(DAY)), DAY);
  for (const word of ['', '2026-02-30', 'yesterday', '2026-1-1']) assert.equal(dateOf(word), null);
});
