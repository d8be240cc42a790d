// Laws of the calculator, tried on made-up expressions around the clock changes of zones with odd ones.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCron } from '../../config/cron.ts';
import type { CronSpec } from '../../config/cron.ts';
import { nextCron } from '../../daemon/core/schedule.ts';
import { ANY, arbitraryField, textOf, walk } from '../support/cron-walker.ts';
import type { NaiveCron } from '../support/cron-walker.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Half an hour (Lord Howe, Pyongyang), two hours (Troll), at midnight (Santiago), in Ramadan (Casablanca), a lost day (Apia,
 *  Kiritimati, Kwajalein), a quarter of an hour once (Kathmandu), before that and since nothing (Nairobi). */
const ZONES = [
  'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu', 'America/Santiago', 'Africa/Casablanca', 'Antarctica/Troll', 'Europe/Madrid',
  'America/New_York', 'Pacific/Kiritimati', 'Pacific/Kwajalein', 'Asia/Pyongyang', 'Africa/Nairobi',
] as const;

/** Clock changes of the zones since 1985, ms. */
const CHANGES = ZONES.flatMap((zone) => {
  const found: { readonly zone: string; readonly at: number }[] = [];
  let here = Temporal.Instant.from('1985-01-01T00:00Z').toZonedDateTimeISO(zone);
  for (let next = here.getTimeZoneTransition('next'); next !== null && next.year < 2032; next = here.getTimeZoneTransition('next')) {
    found.push({ zone, at: next.epochMilliseconds });
    here = next;
  }
  // A zone without changes is one too.
  return found.length > 0 ? found : [{ zone, at: Date.UTC(2026, 2, 29) }];
});

const near = (spread: number) =>
  fc.record({ zone: fc.constantFrom(...ZONES), which: fc.nat(), shift: fc.integer({ min: -spread, max: spread }) }).map(({ zone, which, shift }) => {
    const own = CHANGES.filter((change) => change.zone === zone);
    return { zone, after: (own[which % own.length]?.at ?? 0) + shift };
  });

const five = {
  minute: arbitraryField(0, 59), hour: arbitraryField(0, 23), day: arbitraryField(1, 31), month: arbitraryField(1, 12), weekday: arbitraryField(0, 6),
  dayMatch: fc.constantFrom('or' as const, 'and' as const),
};
const crons: fc.Arbitrary<NaiveCron> = fc.record({ second: fc.constant(null), ...five });
/** Those that are due on most days: a walk of some hours meets them. */
const busy = fc.record({ ...five, second: fc.constant(null), day: arbitraryField(1, 31, 30), month: arbitraryField(1, 12, 60), weekday: arbitraryField(0, 6, 30) });
const busySeconds = fc.record({
  second: arbitraryField(0, 59), minute: arbitraryField(0, 59, 4), hour: arbitraryField(0, 23, 4), day: fc.constant(ANY), month: fc.constant(ANY),
  weekday: fc.constant(ANY), dayMatch: five.dayMatch,
});
const withSeconds: fc.Arbitrary<NaiveCron> = fc.record({ ...five, second: arbitraryField(0, 59) });

/** The spec, or null where the expression never comes. */
function specOf(cron: NaiveCron): CronSpec | null {
  const spec = parseCron(textOf(cron), cron.dayMatch);
  if (!('problem' in spec)) return spec;
  assert.match(spec.problem, /never comes/, textOf(cron));
  return null;
}

function agrees(cron: NaiveCron, zone: string, after: number, windowMs: number): void {
  const spec = specOf(cron);
  if (spec === null) return;
  const walked = walk(cron, zone, after, after + windowMs);
  const ours = nextCron(spec, zone, after);
  if (walked === null) assert.ok(ours === null || ours > after + windowMs, `${textOf(cron)}: ours ${ours}, walked none`);
  else assert.equal(ours, walked, textOf(cron));
}

test('a clock walked minute by minute comes to the same next time, around every kind of clock change [B28][D11]', () => {
  fc.assert(fc.property(busy, near(5 * HOUR), (cron, { zone, after }) => agrees(cron, zone, after, 12 * HOUR)), { numRuns: 500 });
});

test('a clock walked second by second comes to the same next time of expressions with seconds [B27]', () => {
  fc.assert(fc.property(busySeconds, near(1.5 * HOUR), (cron, { zone, after }) => agrees(cron, zone, after, HOUR)), { numRuns: 120 });
});

test('the next time is strictly later, the same from every moment before it, and never goes back', () => {
  fc.assert(
    fc.property(fc.oneof(crons, withSeconds), near(40 * DAY), fc.integer({ min: 0, max: 3 * DAY }), fc.double({ min: 0, max: 1, noNaN: true }), (cron, { zone, after }, later, part) => {
      const spec = specOf(cron);
      const next = spec === null ? null : nextCron(spec, zone, after);
      if (spec === null || next === null) return;
      assert.ok(next > after);
      assert.equal(next % 1000, 0);
      assert.equal(nextCron(spec, zone, next - 1), next);
      assert.equal(nextCron(spec, zone, after + Math.floor((next - 1 - after) * part)), next);
      const fromLater = nextCron(spec, zone, after + later);
      assert.ok(fromLater === null || fromLater >= next, `${textOf(cron)} in ${zone}: later ${fromLater} before ${next}`);
      assert.ok((nextCron(spec, zone, next) ?? Infinity) > next);
    }),
    { numRuns: 1000 },
  );
});

test('a job at one time of the day runs once on each day of ten years, whatever the clock does, and at that time where it exists [B28]', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), (zone, hour, minute) => {
      const spec = parseCron(`${minute} ${hour} * * *`, 'or') as CronSpec;
      let at = Temporal.ZonedDateTime.from({ year: 2008, month: 1, day: 1, timeZone: zone }).epochMilliseconds - 1;
      let day = Temporal.PlainDate.from('2008-01-01');
      for (let n = 0; n < 3650; n += 1) {
        const next = nextCron(spec, zone, at);
        assert.ok(next !== null);
        const shown = Temporal.Instant.fromEpochMilliseconds(next).toZonedDateTimeISO(zone);
        // Apia had no 30 December 2011: that run and the one of the midnight after it are one, or it stands at that midnight.
        const lost = zone === 'Pacific/Apia' && day.toString() === '2011-12-30';
        if (lost) {
          assert.equal(shown.toPlainDateTime().toString(), '2011-12-31T00:00:00');
          day = day.add({ days: hour + minute === 0 ? 2 : 1 });
        } else {
          assert.equal(shown.toPlainDate().toString(), day.toString());
          const wanted = day.toPlainDateTime({ hour, minute }).toZonedDateTime(zone, { disambiguation: 'earlier' });
          if (wanted.hour === hour && wanted.minute === minute) assert.equal(next, wanted.epochMilliseconds);
          day = day.add({ days: 1 });
        }
        at = next;
      }
    }),
    { numRuns: 24 },
  );
});

test('a date is refused exactly when none of the 146097 days of the calendar has it [D15]', () => {
  const calendar = new Set<number>();
  for (let day = Date.UTC(2000, 0, 1); day < Date.UTC(2400, 0, 1); day += DAY) {
    const date = new Date(day);
    calendar.add(((date.getUTCMonth() + 1) * 32 + date.getUTCDate()) * 8 + date.getUTCDay());
  }
  const days = [...calendar].map((code) => ({ month: code >> 8, day: (code >> 3) & 31, weekday: code & 7 }));
  const rare = fc.constantFrom('29', '30', '31', '30,31', '29-31').map((text) => {
    const [from = 0, to = from] = text.split(/[-,]/).map(Number);
    return { text, has: (value: number) => value >= from && value <= to };
  });
  fc.assert(
    fc.property(fc.oneof(five.day, rare), five.month, five.weekday, five.dayMatch, (day, month, weekday, dayMatch) => {
      const both = day.text !== '*' && weekday.text !== '*';
      const possible = days.some((date) => {
        const [byDay, byWeekday] = [day.has(date.day), weekday.has(date.weekday)];
        return month.has(date.month) && (both && dayMatch === 'or' ? byDay || byWeekday : byDay && byWeekday);
      });
      const spec = parseCron(`0 0 ${day.text} ${month.text} ${weekday.text}`, dayMatch);
      assert.equal(!('problem' in spec), possible);
      if (!('problem' in spec)) assert.notEqual(nextCron(spec, 'UTC', 0), null);
    }),
    { numRuns: 500 },
  );
});
