// What is due: never early, never twice, and times that passed while nobody could start them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { JobSpec } from '../../config/job-spec.ts';
import { JobWorld } from '../support/job-world.ts';
import type { WorldOptions } from '../support/job-world.ts';
import { cron, every } from '../support/job-specs.ts';
import { jobSpec } from '../support/specs.ts';

const MIDNIGHT = Date.parse('2026-01-05T00:00:00Z');
const HOUR = 3_600_000;

/** A world with one job `j`, whose runs take a second. */
function world(overrides: Partial<JobSpec>, options: Partial<WorldOptions> = {}): JobWorld {
  return new JobWorld({ jobs: [jobSpec('j', overrides)], ...options }).script('j', { takesMs: 1000 });
}

function startsOf(w: JobWorld): string[] {
  return w.rowsOf('j').filter((row) => row.startedAt !== null).map((row) => new Date(row.startedAt ?? 0).toISOString().slice(5, 19));
}

test('a job starts at its times, in its own zone, and says the next one [B14, B15, B18, B19]', () => {
  const w = world({ schedule: cron('0 8 * * *'), timezone: 'Africa/Nairobi' }).boot().advance('2d');
  assert.deepEqual(startsOf(w), ['01-05T05:00:00', '01-06T05:00:00']);
  assert.deepEqual(w.rowsOf('j').map((row) => [row.trigger, row.scheduledAt, row.number]), [['schedule', MIDNIGHT + 5 * HOUR, 1], ['schedule', MIDNIGHT + 29 * HOUR, 2]]);
  assert.equal(w.snapshot.jobs.get('j')?.nextAt, MIDNIGHT + 53 * HOUR);
  assert.equal(w.snapshot.jobs.get('j')?.lastFireAt, MIDNIGHT + 29 * HOUR);
});

test('a weekly job comes once a week [B16]', () => {
  assert.deepEqual(startsOf(world({ schedule: cron('0 0 * * sun') }).boot().advance('14d')), ['01-11T00:00:00', '01-18T00:00:00']);
});

test('a timer that fires a millisecond early starts nothing early [D19]', () => {
  const w = world({ schedule: cron('*/10 * * * * *') }, { early: true }).boot().advance('1m');
  assert.deepEqual(startsOf(w), ['01-05T00:00:10', '01-05T00:00:20', '01-05T00:00:30', '01-05T00:00:40', '01-05T00:00:50', '01-05T00:01:00']);
});

test('an interval is counted from the last start, the first one after the daemon began [D8][A3]', () => {
  const w = world({ schedule: every('30s') }, { at: '2026-01-05T00:00:07Z' }).boot().advance('95s');
  assert.deepEqual(startsOf(w), ['01-05T00:00:37', '01-05T00:01:07', '01-05T00:01:37']);
});

test('run_on_start makes a job due when the daemon begins, and counts from there [D8]', () => {
  assert.deepEqual(startsOf(world({ schedule: every('30s', false, true) }, { at: '2026-01-05T00:00:07Z' }).boot().advance('35s')), ['01-05T00:00:07', '01-05T00:00:37']);
});

test('an aligned interval comes when the clock shows its multiples [D9]', () => {
  assert.deepEqual(startsOf(world({ schedule: every('15m', true) }, { at: '2026-01-05T00:07:00Z' }).boot().advance('40m')), ['01-05T00:15:00', '01-05T00:30:00', '01-05T00:45:00']);
});

test('setting the clock moves no interval that is not aligned', () => {
  const w = world({ schedule: every('30s') }).boot().advance('20s').setClock(-HOUR).advance('10s');
  assert.equal(w.rowsOf('j').length, 1);
  w.setClock(5 * HOUR).advance('29s');
  assert.equal(w.rowsOf('j').length, 1);
  w.advance('1s');
  assert.equal(w.rowsOf('j').length, 2);
  assert.equal(w.told('run.missed').length, 0);
});

test('the same time is not run twice when the clock is set back [D19]', () => {
  const w = world({ schedule: cron('0 * * * *') }, { at: '2026-01-05T07:59:00Z' }).boot().advance('2m').setClock(-HOUR).advance('65m');
  assert.deepEqual(w.rowsOf('j').map((row) => new Date(row.scheduledAt ?? 0).toISOString().slice(11, 16)), ['08:00']);
  w.advance('56m');
  assert.deepEqual(w.rowsOf('j').map((row) => new Date(row.scheduledAt ?? 0).toISOString().slice(11, 16)), ['08:00', '09:00']);
});

test('a clock that was a year ahead and is set right does not keep its jobs waiting for a year', () => {
  const w = world({ schedule: cron('0 8 * * *') }, { at: '2027-01-05T00:00:00Z' }).boot().advance('9h').setClock(-365 * 24 * HOUR).advance('24h');
  assert.equal(w.rowsOf('j').length, 2);
});

test('a clock that is set forward over a time makes it due at once, within the grace [B23]', () => {
  const w = world({ schedule: cron('0 8 * * *') }).boot().advance('7h').setClock(HOUR + 30_000);
  assert.deepEqual(w.triggers('j'), ['schedule']);
});

test('a time that passed longer ago than the grace is missed [B23]', () => {
  const w = world({ schedule: cron('0 8 * * *'), catchUp: 'none' }).boot().advance('7h').setClock(HOUR + 61_000);
  assert.deepEqual(w.trace(), ['missed j']);
  assert.equal(w.rowsOf('j')[0]?.scheduledAt, MIDNIGHT + 8 * HOUR);
});

test('catch_up = none: many missed times are one fact with their number [B24]', () => {
  const w = world({ schedule: cron('0 * * * *'), catchUp: 'none' }).boot().setClock(10 * HOUR + 600_000);
  assert.deepEqual(w.trace(), ['missed j x10']);
  assert.equal(w.snapshot.jobs.get('j')?.counts.missed, 10);
});

test('catch_up = one: several missed times become one run, and the rest are told [B24]', () => {
  const w = world({ schedule: cron('0 * * * *'), catchUp: 'one' }).boot().setClock(10 * HOUR + 600_000);
  assert.deepEqual(w.trace(), ['missed j x9', 'start j']);
  assert.deepEqual(w.triggers('j'), ['schedule', 'catch_up']);
  assert.equal(w.row(w.one('j')).scheduledAt, MIDNIGHT + 10 * HOUR);
});

test('catch_up = all: each missed time is run, one after the other [B24]', () => {
  const w = world({ schedule: cron('0 * * * *'), catchUp: 'all' }).boot().setClock(3 * HOUR + 600_000).advance('10s');
  assert.deepEqual(w.states('j'), ['succeeded', 'succeeded', 'succeeded']);
  assert.deepEqual(w.rowsOf('j').map((row) => (row.scheduledAt ?? 0) - MIDNIGHT), [HOUR, 2 * HOUR, 3 * HOUR]);
  assert.ok(w.triggers('j').every((trigger) => trigger === 'catch_up'));
});

test('catch_up = all has a bound: the newest 100 are run, the others missed', () => {
  const w = world({ schedule: cron('* * * * *'), catchUp: 'all' }).boot().setClock(5 * HOUR + 100_000);
  assert.equal(w.told('run.missed')[0]?.times, 201);
  assert.equal(w.rowsOf('j').filter((row) => row.trigger === 'catch_up').length, 100);
});

test('a year of missed seconds is not counted one by one: the fact has a lower bound', () => {
  const w = world({ schedule: cron('* * * * * *'), catchUp: 'none' }).boot().setClock(365 * 24 * HOUR);
  const times = w.told('run.missed')[0]?.times ?? 0;
  assert.ok(times >= 1000 && times <= 20_001, String(times));
  assert.equal(w.snapshot.jobs.get('j')?.nextAt, w.wall + 1000);
});

test('times that passed while no daemon ran are caught up by what is stored [D20, D21]', () => {
  const lastFires = new Map([['j', MIDNIGHT - 24 * HOUR]]);
  const caught = world({ schedule: cron('0 0 * * *') }, { at: '2026-01-05T09:00:00Z' }).boot({ lastFires });
  assert.deepEqual(caught.triggers('j'), ['catch_up']);
  const late = world({ schedule: cron('0 0 * * *') }, { at: '2026-01-05T00:00:30Z' }).boot({ lastFires });
  assert.deepEqual(late.triggers('j'), ['schedule']);
});

test('without a store nothing is caught up [B24]', () => {
  const w = world({ schedule: cron('0 0 * * *') }, { at: '2026-01-05T09:00:00Z' }).boot({ persistent: false, lastFires: new Map([['j', MIDNIGHT - 24 * HOUR]]) });
  assert.deepEqual(w.states('j'), []);
});

test('the times of a new job are owed from its first moment, also by the next daemon', () => {
  const w = world({ schedule: cron('0 8 * * *') }).boot();
  assert.deepEqual(w.fires, [{ job: 'j', at: MIDNIGHT }]);
  const next = world({ schedule: cron('0 8 * * *') }, { at: '2026-01-05T09:00:00Z' }).boot(w.memory());
  assert.deepEqual(next.triggers('j'), ['catch_up']);
});

test('an interval goes on over a restart of the daemon [D20]', () => {
  const w = world({ schedule: every('1h') }, { at: '2026-01-05T00:40:00Z' }).boot({ lastFires: new Map([['j', MIDNIGHT]]) }).advance('19m');
  assert.deepEqual(w.states('j'), []);
  assert.deepEqual(startsOf(w.advance('1m')), ['01-05T01:00:00']);
});

test('a clock that was set back between two daemons keeps no interval waiting longer than itself', () => {
  const w = world({ schedule: every('1h') }).boot({ lastFires: new Map([['j', MIDNIGHT + 5 * HOUR]]) });
  assert.equal(w.advance('1h').rowsOf('j').length, 1);
});

test('the last time is written before its run is claimed: a crash in between runs nothing twice', () => {
  const w = world({ schedule: cron('0 * * * *') }).boot();
  const step = ((): unknown[] => {
    const seen: unknown[] = [];
    w.law = (_w, _event, s) => void seen.push(...s.records);
    w.advance('1h');
    return seen;
  })();
  assert.deepEqual((step as { type: string }[]).slice(0, 2).map((record) => record.type), ['fire', 'run']);
});

test('nothing is due outside not_before and not_after [B26]', () => {
  const day = (n: number): number => MIDNIGHT + n * 24 * HOUR;
  const w = world({ schedule: cron('0 8 * * *'), notBefore: day(2), notAfter: day(4) }).boot().advance('7d');
  assert.deepEqual(startsOf(w), ['01-07T08:00:00', '01-08T08:00:00']);
  assert.equal(w.snapshot.jobs.get('j')?.nextAt, null);
  const interval = world({ schedule: every('1d'), notBefore: day(2), notAfter: day(4) }).boot().advance('7d');
  assert.deepEqual(startsOf(interval), ['01-07T00:00:00', '01-08T00:00:00', '01-09T00:00:00']);
});

test('jitter starts a run later than its time, never earlier, and keeps the time it stands for [B25]', () => {
  const w = world({ schedule: cron('0 * * * *'), jitterMs: 60_000 }, { chance: () => 0.5 }).boot().advance('2h');
  assert.deepEqual(startsOf(w), ['01-05T01:00:30']);
  assert.equal(w.rowsOf('j')[0]?.scheduledAt, MIDNIGHT + HOUR);
  assert.equal(w.snapshot.jobs.get('j')?.nextAt, MIDNIGHT + 2 * HOUR);
});

test('a disabled job is never due by itself and runs by hand', () => {
  const w = world({ schedule: cron('* * * * *'), enabled: false }).boot().advance('1h');
  assert.deepEqual(w.states('j'), []);
  w.request('j');
  assert.deepEqual(w.advance('2s').states('j'), ['succeeded']);
});

test('a skipped hour is run once at the jump and a repeated hour once [B28]', () => {
  const spring = world({ schedule: cron('30 2 * * *'), timezone: 'Europe/Berlin' }, { at: '2026-03-28T12:00:00Z' }).boot().advance('24h');
  assert.deepEqual(startsOf(spring), ['03-29T01:00:00']);
  const autumn = world({ schedule: cron('30 2 * * *'), timezone: 'Europe/Berlin' }, { at: '2026-10-24T12:00:00Z' }).boot().advance('24h');
  assert.deepEqual(startsOf(autumn), ['10-25T00:30:00']);
});

test('what is due next is asked without waiting for it [B19]', () => {
  const w = world({ schedule: cron('0 8 * * *') }).boot();
  assert.deepEqual(w.book.next('j', w.wall, 3).map((at) => at - MIDNIGHT), [8 * HOUR, 32 * HOUR, 56 * HOUR]);
  const interval = world({ schedule: every('1h') }).boot().advance('90m');
  assert.deepEqual(interval.book.next('j', interval.wall, 2).map((at) => at - MIDNIGHT), [2 * HOUR, 3 * HOUR]);
});

test('2,000 jobs that wait have one deadline each, and touch nobody else when they are due', () => {
  const jobs = Array.from({ length: 2000 }, (_, i) => jobSpec(`j${String(i)}`, { schedule: cron(`${String(i % 60)} * * * *`) }));
  const w = new JobWorld({ jobs }).boot();
  assert.equal(w.due.size, 2000);
  const sizes: number[] = [];
  w.law = (_w, _event, step) => void sizes.push(step.touched.size);
  w.advance('61s');
  assert.ok(Math.max(...sizes) <= 3, `a step touched ${String(Math.max(...sizes))} keys`);
});
