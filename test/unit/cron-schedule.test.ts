// What the recorded vectors leave open and we decided: forms of expressions, their problems and warnings, zones, intervals, limits.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { cronWarnings } from '../../config/cron-warnings.ts';
import { parseCron } from '../../config/cron.ts';
import type { CronSpec } from '../../config/cron.ts';
import { readZone } from '../../config/zone-name.ts';
import { jitterOf, MAX_FIRES, nextCron, nextDue, nextEvery, nextFires } from '../../daemon/core/schedule.ts';
import type { Plan } from '../../daemon/core/schedule.ts';

function specOf(text: string, dayMatch: 'or' | 'and' = 'or'): CronSpec {
  const spec = parseCron(text, dayMatch);
  if ('problem' in spec) throw new Error(spec.problem);
  return spec;
}

function problemOf(text: string, dayMatch: 'or' | 'and' = 'or'): string {
  const spec = parseCron(text, dayMatch);
  assert.ok('problem' in spec, `${text} is accepted`);
  return spec.problem;
}

/** The next times as a clock in the zone shows them, seconds only where there are some. */
function times(text: string, from: string, count: number, zone = 'UTC', dayMatch: 'or' | 'and' = 'or'): string[] {
  const spec = specOf(text, dayMatch);
  let at = Temporal.PlainDateTime.from(from).toZonedDateTime(zone).epochMilliseconds;
  return Array.from({ length: count }, () => {
    at = nextCron(spec, zone, at) ?? Number.NaN;
    return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDateTime().toString().replace(/:00$/, '');
  });
}

const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;

test('a range that runs backwards passes the end of its field [D11]', () => {
  assert.deepEqual(times('0 22-4/3 * * *', '2026-11-02T05:00', 4), ['2026-11-02T22:00', '2026-11-03T01:00', '2026-11-03T04:00', '2026-11-03T22:00']);
  // 1 November 2026 is a Sunday.
  assert.deepEqual(times('0 0 * * fri-mon', '2026-11-02T00:00', 4), ['2026-11-06T00:00', '2026-11-07T00:00', '2026-11-08T00:00', '2026-11-09T00:00']);
  for (const same of ['7-2', '0-2', 'sun-tue', 'Sunday-TUESDAY']) assert.deepEqual(specOf(`0 0 * * ${same}`), specOf('0 0 * * 0,1,2'), same);
  assert.deepEqual(specOf('0 0 28-3 nov-feb *'), specOf('0 0 28,29,30,31,1,2,3 1,2,11,12 *'));
});

test('names are the first three letters or the whole word, in any case [B16][D10]', () => {
  assert.deepEqual(specOf('0 0 * January,DEC Wednesday'), specOf('0 0 * 1,12 3'));
});

test('a field in front of five is the seconds [B27]', () => {
  assert.deepEqual(times('*/20 59 23 * * *', '2026-12-31T23:59:20', 2), ['2026-12-31T23:59:40', '2027-01-01T23:59']);
  assert.deepEqual(times('15,45 * * * * *', '2026-11-01T10:00:45', 2), ['2026-11-01T10:01:15', '2026-11-01T10:01:45']);
  assert.deepEqual(specOf('0 30 2 * * *'), specOf('30 2 * * *'));
});

test('L is the last day, 5#3 the third Friday, 5L, friL and fri#L the last one [B27]', () => {
  assert.deepEqual(times('0 0 L * *', '2028-01-31T00:00', 2), ['2028-02-29T00:00', '2028-03-31T00:00']);
  assert.deepEqual(times('0 0 * * 5#3', '2026-11-01T00:00', 2), ['2026-11-20T00:00', '2026-12-18T00:00']);
  assert.deepEqual(times('0 0 * * sunL', '2026-11-01T00:00', 2), ['2026-11-29T00:00', '2026-12-27T00:00']);
  for (const same of ['friL', 'fri#L', '5#l', 'FridayL']) assert.deepEqual(specOf(`0 0 * * ${same}`), specOf('0 0 * * 5L'), same);
  assert.deepEqual(specOf('0 0 * * 7L'), specOf('0 0 * * 0L'));
});

test('a/n goes to the end of its field, which is Saturday for weekdays, and a step past its range leaves the start [D12]', () => {
  assert.deepEqual(specOf('10/20 * * * 1/2'), specOf('10,30,50 * * * 1,3,5'));
  assert.deepEqual(specOf('*/90 5/40 * * *'), specOf('0 5 * * *'));
});

test('both day fields set: one is enough, or with day_match = "and" both are wanted [D13]', () => {
  assert.deepEqual(times('0 0 13 * fri', '2026-11-01T00:00', 3), ['2026-11-06T00:00', '2026-11-13T00:00', '2026-11-20T00:00']);
  assert.deepEqual(times('0 0 13 * fri', '2026-11-01T00:00', 2, 'UTC', 'and'), ['2026-11-13T00:00', '2027-08-13T00:00']);
  // Only `*` alone is "not set".
  assert.deepEqual(times('0 0 */1 * mon', '2026-11-03T00:00', 1), ['2026-11-04T00:00']);
  assert.deepEqual(times('0 0 29 2 mon', '2026-11-01T00:00', 2, 'UTC', 'and'), ['2044-02-29T00:00', '2072-02-29T00:00']);
});

test('a problem names the field, its value and what to write', () => {
  assert.equal(problemOf('0 25 * * *'), 'the hour "25" cannot be read: an hour is 0 to 23, not 25');
  assert.match(problemOf('0 0 * * mond'), /^the weekday "mond" .* did you mean "mon"\?$/);
  assert.match(problemOf('0 0 ? * mon'), /write "\*" for "\?" .*Quartz/);
  assert.match(problemOf('0 0 * * L5'), /write "5L"/);
  assert.match(problemOf('0 0 15W * *'), /"W" is not known/);
  assert.match(problemOf('0 0 1 1 * 2027 *'), /five fields .* has 7$/);
  assert.match(problemOf('@reboot'), /not a time: use a program/);
  assert.match(problemOf('@every 5m'), /write every = /);
  assert.match(problemOf('Daily'), /did you mean "@daily"\?$/);
  assert.equal(problemOf('0 0 31 2 mon', 'and'), 'the day of the month "31" never comes in the month "2" on the weekday "mon" (day_match = "and")');
  assert.ok(problemOf(`${'1,'.repeat(5000)}1 * * * *`).length < 200);
  assert.ok(problemOf(`${'9'.repeat(300)} * * * *`).length < 200);
});

test('a schedule that runs more or less often than it looks is warned of [D14]', () => {
  const warnings = (text: string): string => cronWarnings(text, specOf(text)).join('\n');
  assert.match(warnings('* * * * 1'), /every minute of each day that matches \(the weekday "1"\), 1440 times a day: "0 0 \* \* 1" runs once/);
  assert.match(warnings('* 2 * * *'), /every minute of the hour "2", 60 times/);
  assert.match(warnings('* 30 2 * * *'), /every second of the minute "30"/);
  assert.match(warnings('0 0 1-7 * mon'), /and also on every weekday "mon": day_match = "and" wants both/);
  assert.match(warnings('0 0 1-31 * mon'), /runs every day/);
  assert.match(warnings('0 0 31 2 mon'), /by its weekday alone/);
  assert.match(warnings('0 0 31 * *'), /skipped \(feb, apr, jun, sep, nov\): "L" is the last day/);
  assert.match(warnings('0 0 29 2 *'), /feb except in leap years/);
  assert.match(warnings('0 0 * * fri#5'), /without a fifth "fri" are skipped/);
  assert.match(warnings('*/7 * * * *'), /after minute 56 comes minute 0, 4 later and not 7/);
  assert.match(warnings('*/90 * * * *'), /larger than its range: it means 0 alone/);
  for (const plain of ['* * * * *', '0 8 * * *', '0 0 * * sun', '@monthly', '*/15 9-17 * * mon-fri', '* 9-17 * * 1-5', '0 22-4 * * fri-mon', '0 0 L * *', '0 0 28 * *']) {
    assert.equal(warnings(plain), '', plain);
  }
  assert.deepEqual(cronWarnings('0 0 1-7 * mon', specOf('0 0 1-7 * mon', 'and')), []);
});

test('every zone of this Node, its aliases and offsets are taken; others are refused with the nearest name [B18]', () => {
  for (const zone of [...Intl.supportedValuesOf('timeZone'), 'UTC', 'GMT', 'US/Eastern', 'Asia/Kolkata', 'Europe/Kyiv', 'Etc/GMT+5', '+05:30']) {
    assert.deepEqual(readZone(zone), { zone });
  }
  assert.deepEqual(readZone('africa/nairobi'), { zone: 'Africa/Nairobi' });
  const refused = (name: string): string => {
    const read = readZone(name);
    assert.ok('problem' in read, name);
    return read.problem;
  };
  assert.equal(refused('Africa/Nairobbi'), 'there is no time zone "Africa/Nairobbi": did you mean "Africa/Nairobi"?');
  assert.match(refused('new york'), /"America\/New_York"/);
  assert.match(refused('UTC+3'), /write "\+03:00"/);
  assert.match(refused('PST'), /abbreviations mean several zones/);
  assert.match(refused('2026-11-01T00:00Z[Europe/Madrid]'), /^there is no time zone/);
  assert.match(refused(''), /^there is no time zone ""/);
});

test('the same time of the day is another instant in each zone [B14][B15][B18]', () => {
  const daily = specOf('0 8 * * *');
  assert.equal(nextCron(daily, 'Africa/Nairobi', at('2026-11-22T05:00:00Z')), at('2026-11-23T05:00:00Z'));
  assert.equal(nextCron(daily, 'America/New_York', at('2026-11-22T05:00:00Z')), at('2026-11-22T13:00:00Z'));
  assert.equal(nextCron(daily, '+05:30', at('2026-11-22T05:00:00Z')), at('2026-11-23T02:30:00Z'));
});

test('an interval counts from its anchor, and the first time is one interval after it [D8]', () => {
  const every = { everyMs: 30_000, align: false, anchorMs: 1_000_500 };
  assert.equal(nextEvery(every, 'UTC', 900_000), 1_030_500);
  assert.equal(nextEvery(every, 'UTC', 1_030_499.9), 1_030_500);
  assert.equal(nextEvery(every, 'UTC', 1_030_500), 1_060_500);
  assert.equal(nextEvery(every, 'UTC', 10_000_000_000), 10_000_000_500);
});

test('an aligned interval comes when the clock shows a multiple of it; weeks begin on Monday [D9]', () => {
  const aligned = (everyMs: number, zone: string, from: string): string => {
    const next = nextEvery({ everyMs, align: true, anchorMs: 123 }, zone, at(from));
    return Temporal.Instant.fromEpochMilliseconds(next).toZonedDateTimeISO(zone).toPlainDateTime().toString();
  };
  assert.equal(aligned(900_000, 'Asia/Kathmandu', '2026-11-22T10:01:00Z'), '2026-11-22T16:00:00');
  assert.equal(aligned(86_400_000, 'Africa/Nairobi', '2026-11-22T10:00:00Z'), '2026-11-23T00:00:00');
  assert.equal(aligned(604_800_000, 'Africa/Nairobi', '2026-11-24T10:00:00Z'), '2026-11-30T00:00:00');
  // Santiago has no midnight on 6 September 2026.
  assert.equal(aligned(86_400_000, 'America/Santiago', '2026-09-05T12:00:00Z'), '2026-09-06T01:00:00');
  // Half hours go on through the repeated hour.
  assert.deepEqual(nextFires({ schedule: { kind: 'every', everyMs: 1_800_000, align: true, runOnStart: false }, timezone: 'Europe/Madrid', notBefore: null, notAfter: null }, at('2026-10-25T00:00:00Z'), 0, 4).map((ms) => (ms - at('2026-10-25T00:00:00Z')) / 1_800_000), [1, 2, 3, 4]);
  assert.equal(nextEvery({ everyMs: 250, align: true, anchorMs: 1 }, 'UTC', 1000.5), 1250);
});

const daily: Plan = { schedule: { kind: 'cron', text: '@daily', cron: specOf('@daily') }, timezone: 'UTC', notBefore: null, notAfter: null };

test('nothing is due before not_before or after not_after, and both instants count [B26]', () => {
  const [first, last] = [at('2026-11-10T00:00:00Z'), at('2026-11-12T00:00:00Z')];
  const limited = { ...daily, notBefore: first, notAfter: last };
  assert.deepEqual(nextFires(limited, at('2026-11-01T12:00:00Z'), 0, 9), [first, at('2026-11-11T00:00:00Z'), last]);
  assert.equal(nextDue(limited, last, 0), null);
});

test('the next times are as many as asked for, with a bound [B19]', () => {
  assert.equal(nextFires(daily, 0, 0, 10).length, 10);
  assert.equal(nextFires(daily, 0, 0, 1e9).length, MAX_FIRES);
});

test('jitter makes a run later, never earlier, and never as late as the next one [B25]', () => {
  assert.equal(jitterOf(5000, 60_000, 0), 0);
  assert.equal(jitterOf(5000, 60_000, 0.5), 2500);
  assert.ok(jitterOf(90_000, 60_000, 1 - 1e-12) < 60_000);
  assert.equal(jitterOf(5000, 0, 0.9), 0);
});

test('a spec is plain data', () => {
  const spec = specOf('*/5 1,2 L * fri#2');
  assert.deepEqual(JSON.parse(JSON.stringify(spec)), spec);
});
