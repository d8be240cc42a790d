// A second way to say when a cron expression is due, as slow as it is plain: the clock of a zone is walked step by step, and each step
// asks whether a time of the expression has come. It shares no code with the calculator: fields are made with their own predicates.
import fc from 'fast-check';

/** A field: how it is written, and which numbers it means. */
export interface NaiveField {
  readonly text: string;
  readonly has: (value: number) => boolean;
}

/** An expression in pieces; no seconds: a five-field one. */
export interface NaiveCron {
  readonly second: NaiveField | null;
  readonly minute: NaiveField;
  readonly hour: NaiveField;
  readonly day: NaiveField;
  readonly month: NaiveField;
  readonly weekday: NaiveField;
  readonly dayMatch: 'or' | 'and';
}

export function textOf(cron: NaiveCron): string {
  const five = [cron.minute, cron.hour, cron.day, cron.month, cron.weekday].map(({ text }) => text).join(' ');
  return cron.second === null ? five : `${cron.second.text} ${five}`;
}

/** Does a wall clock that shows this (ms, as if it were UTC) show a time of the expression? */
function matches(cron: NaiveCron, shown: number): boolean {
  const date = new Date(shown);
  const second = date.getUTCSeconds();
  if (cron.second === null ? second !== 0 : !cron.second.has(second)) return false;
  if (!cron.minute.has(date.getUTCMinutes()) || !cron.hour.has(date.getUTCHours()) || !cron.month.has(date.getUTCMonth() + 1)) return false;
  const byDay = cron.day.has(date.getUTCDate());
  const byWeekday = cron.weekday.has(date.getUTCDay());
  if (cron.dayMatch === 'or' && cron.day.text !== '*' && cron.weekday.text !== '*') return byDay || byWeekday;
  return byDay && byWeekday;
}

function clockOf(zone: string, at: number): number {
  return at + Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;
}

/** The first time after `after` and up to `until` (ms), or null. */
export function walk(cron: NaiveCron, zone: string, after: number, until: number): number | null {
  const step = cron.second === null ? 60_000 : 1000;
  // Begun a day and an hour before, so that it is known what the clock has shown when it was set back.
  let at = Math.floor((after - 25 * 3_600_000) / 60_000) * 60_000;
  let latest = clockOf(zone, at);
  if (cron.second !== null) {
    // Steps of seconds are many: the past is walked by minutes, which no clock change cuts, each shown to its last second.
    for (; at + 60_000 <= after; at += 60_000) latest = Math.max(latest, clockOf(zone, at) + 59_000);
    latest = Math.max(latest, clockOf(zone, at));
  }
  for (at += step; at <= until; at += step) {
    const shown = clockOf(zone, at);
    let due = false;
    if (cron.hour.text === '*') due = matches(cron, shown);
    else for (let passed = latest + step; passed <= shown && !due; passed += step) due = matches(cron, passed);
    latest = Math.max(latest, shown);
    if (due && at > after) return at;
  }
  return null;
}

export const ANY: NaiveField = { text: '*', has: () => true };

/** One field: `*` (`star` of `star` + 6 times), a number, a list, a range that may pass the end, a step. */
export function arbitraryField(least: number, most: number, star = 3): fc.Arbitrary<NaiveField> {
  const number = fc.integer({ min: least, max: most });
  const size = most - least + 1;
  return fc.oneof(
    { weight: star, arbitrary: fc.constant(ANY) },
    number.map((n) => ({ text: `${n}`, has: (value: number) => value === n })),
    fc.uniqueArray(number, { minLength: 2, maxLength: 5 }).map((list) => ({ text: list.join(','), has: (value: number) => list.includes(value) })),
    fc.tuple(number, number).map(([from, to]) => ({
      text: `${from}-${to}`,
      has: (value: number) => (from <= to ? value >= from && value <= to : value >= from || value <= to),
    })),
    fc.integer({ min: 1, max: size }).map((step) => ({ text: `*/${step}`, has: (value: number) => (value - least) % step === 0 })),
    fc.tuple(number, fc.integer({ min: 1, max: size })).map(([from, step]) => ({
      text: `${from}/${step}`,
      has: (value: number) => value >= from && (value - from) % step === 0,
    })),
    fc.tuple(number, number, fc.integer({ min: 1, max: size })).map(([from, to, step]) => ({
      text: `${from}-${to}/${step}`,
      has: (value: number) => {
        const at = (value - from + size) % size;
        return at <= (to - from + size) % size && at % step === 0;
      },
    })),
  );
}
