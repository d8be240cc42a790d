// Cron expressions: five fields, or six with seconds first, or an alias. Read once, at load, into sets that need no calendar rules any
// more. The rules are those of DESIGN ("Cron, decided once"); what other crons disagree about is decided here so: a day field is "not
// set" only when it is `*` alone (`*/2`, `1-31` and `*,5` are set); ranges may run backwards past the end of their field; a step
// larger than its range leaves the start alone; `a/n` goes to the end of the field, Saturday for weekdays; `5L`, `friL` and `fri#L`
// are the last Friday; years, `?`, `W`, `L5` and @reboot are refused.
import { LAST, readField } from './cron-fields.ts';
import type { Field, FieldName } from './cron-fields.ts';
import { didYouMean } from './nearest.ts';
import { shown } from './problems.ts';

/** A set of numbers 0 to 59: bit n of the first number is n, bit n of the second is 30 + n. */
export type Sixty = readonly [number, number];

/** What an expression means. Plain data. */
export interface CronSpec {
  /** Second 0 alone where the expression has five fields. */
  readonly seconds: Sixty;
  readonly minutes: Sixty;
  /** Bit n is hour n. */
  readonly hours: number;
  /** Bit n is month n, 1 to 12. */
  readonly months: number;
  /** Which days of a month match: `days[length - 28][weekday of its first day]` has bit d - 1 for day d. Sunday is 0. */
  readonly days: readonly (readonly number[])[];
  /** elapsed: whenever the clock shows it, in both passes of a repeated hour and not at all in a missing one (the hour field is `*`).
   *  wall: once each day, at the jump where the time is missing, the first time where it comes twice. */
  readonly follows: 'elapsed' | 'wall';
  /** What both day fields together mean when both are set. */
  readonly dayMatch: 'or' | 'and';
}

/** The fields of an expression, in the order of their names. */
export type Fields = Readonly<Record<FieldName, Field>>;

/** What the aliases stand for. */
export const CRON_ALIASES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

const ORDER = ['second', 'minute', 'hour', 'day', 'month', 'weekday'] as const;
/** Longer than any list of sixty numbers; a bound for what is looked at. */
const MAX_TEXT = 1000;
/** Days 1, 8, 15, 22, 29. */
const EVERY_WEEK = 0x10204081;
const LENGTHS = [28, 29, 30, 31] as const;
const FIRSTS = [0, 1, 2, 3, 4, 5, 6] as const;

function bitsOf(values: readonly number[], first = 0): number {
  return values.reduce((bits, value) => (value >= first && value < first + 31 ? bits | (1 << (value - first)) : bits), 0);
}

function sixty(values: readonly number[]): Sixty {
  return [bitsOf(values.filter((value) => value < 30)), bitsOf(values, 30)];
}

/** Days of a month of `length` days whose first day is the weekday `first`, that the weekday field names. */
function weekdayBits({ values, nth }: Field, length: number, first: number): number {
  let bits = 0;
  for (const weekday of values) bits |= EVERY_WEEK << ((weekday - first + 7) % 7);
  for (const [weekday, which] of nth) {
    const at = (weekday - first + 7) % 7;
    const day = which === LAST ? at + 7 * Math.floor((length - 1 - at) / 7) : at + 7 * (which - 1);
    // A shift takes its number modulo 32: a fifth weekday that the month does not have must not become another day.
    if (day < length) bits |= 1 << day;
  }
  return bits;
}

function daysOf(day: Field, weekday: Field, dayMatch: CronSpec['dayMatch']): number[][] {
  const named = bitsOf(day.values, 1);
  return LENGTHS.map((length) => {
    const whole = 2 ** length - 1;
    const byDay = day.lastDay ? named | (1 << (length - 1)) : named;
    return FIRSTS.map((first) => {
      if (weekday.any) return byDay & whole;
      const byWeekday = weekdayBits(weekday, length, first);
      if (day.any) return byWeekday & whole;
      return (dayMatch === 'or' ? byDay | byWeekday : byDay & byWeekday) & whole;
    });
  });
}

/** Every month begins with every weekday somewhere in the 400 years of the calendar, and February in either length. */
function isPossible(days: readonly (readonly number[])[], months: readonly number[]): boolean {
  return months.some((month) => {
    const lengths = month === 2 ? [28, 29] : [[4, 6, 9, 11].includes(month) ? 30 : 31];
    return lengths.some((length) => days[length - 28]?.some((bits) => bits !== 0));
  });
}

function wrongAlias(text: string): string {
  const [word = '', ...more] = text.split(/\s+/);
  if (word === '@reboot') return '"@reboot" is not a time: use a program with restart = "temporary", which runs once at each start';
  if (word.startsWith('@every')) return `${shown(text)} is not a schedule: write every = "5m" and the like instead`;
  if (more.length > 0 && Object.hasOwn(CRON_ALIASES, word)) return `nothing may follow ${word}, but it says ${shown(text)}`;
  const meant = didYouMean(word, Object.keys(CRON_ALIASES));
  return `there is no schedule ${shown(text)}: ${meant ?? `the aliases are ${Object.keys(CRON_ALIASES).join(', ')}`}`;
}

/** Takes an expression apart; the problem is a sentence. */
export function readFields(written: string): Fields | { readonly problem: string } {
  const text = written.trim();
  if (text.length > MAX_TEXT) return { problem: `a schedule has at most ${MAX_TEXT} characters, and this has ${text.length}` };
  const lower = text.toLowerCase();
  if (text.startsWith('@') && !Object.hasOwn(CRON_ALIASES, lower)) return { problem: wrongAlias(lower) };
  const parts = (CRON_ALIASES[lower] ?? text).split(/\s+/).filter((part) => part !== '');
  if (parts.length === 5) parts.unshift('0');
  if (parts.length !== ORDER.length) {
    const hint = Object.hasOwn(CRON_ALIASES, `@${lower}`) ? `; did you mean "@${lower}"?` : '';
    return {
      problem: `a schedule has five fields (minute, hour, day of the month, month, weekday), or six with seconds first, but ${shown(text)} has ${parts.length}${hint}`,
    };
  }
  const fields: Partial<Record<FieldName, Field>> = {};
  for (const [at, name] of ORDER.entries()) {
    const field = readField(name, parts[at] ?? '');
    if ('problem' in field) return field;
    fields[name] = field;
  }
  return fields as Fields;
}

/** Reads an expression; the problem is a sentence that names the field and its value. */
export function parseCron(text: string, dayMatch: 'or' | 'and'): CronSpec | { readonly problem: string } {
  const fields = readFields(text);
  if ('problem' in fields) return fields as { readonly problem: string };
  const { second, minute, hour, day, month, weekday } = fields;
  const days = daysOf(day, weekday, dayMatch);
  if (!isPossible(days, month.values)) {
    const together = weekday.any ? '' : ` on the weekday ${shown(weekday.text)} (day_match = "${dayMatch}")`;
    return { problem: `the day of the month ${shown(day.text)} never comes in the month ${shown(month.text)}${together}` };
  }
  return {
    seconds: sixty(second.values),
    minutes: sixty(minute.values),
    hours: bitsOf(hour.values),
    months: bitsOf(month.values),
    days,
    follows: hour.any ? 'elapsed' : 'wall',
    dayMatch,
  };
}
