// What a schedule means, in words: `*/10 9-17 * * 1-5` is every 10 minutes from 09:00 to 17:50, Monday to Friday. Pure.
import { LAST, MONTHS, WEEKDAYS } from '../config/cron-fields.ts';
import type { Field } from '../config/cron-fields.ts';
import { readFields } from '../config/cron.ts';
import type { Fields } from '../config/cron.ts';
import { listed, two } from './words.ts';

const UNITS: Readonly<Record<string, string>> = { ms: 'millisecond', s: 'second', m: 'minute', h: 'hour', d: 'day' };
const NTH = ['', 'first', 'second', 'third', 'fourth', 'fifth'] as const;
/** More times a day than this are not listed one by one. */
const MAX_TIMES = 6;
/** More numbers of a field than this are cut. */
const MAX_NUMBERS = 8;

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const every = (n: number, unit: string): string => (n === 1 ? `every ${unit}` : `every ${n} ${unit}s`);

/** `*\/5` or `0-59/5`: the step of a field that is nothing else; 1 for `*`, null for others. */
function stepOf({ any, items, values }: Field, size: number): number | null {
  if (any) return 1;
  const [item] = items;
  if (items.length !== 1 || item === undefined || values.length < 2) return null;
  return item.from <= 1 && item.to - item.from >= size - 1 && size % item.step === 0 ? item.step : null;
}

/** First and last of numbers that follow one another; null: they do not. */
function rangeOf(values: readonly number[]): readonly [number, number] | null {
  const first = values[0];
  const last = values.at(-1);
  return values.length > 2 && first !== undefined && last !== undefined && last - first === values.length - 1 ? [first, last] : null;
}

const numbers = (values: readonly number[], text: (value: number) => string): string => listed(values.map(text), MAX_NUMBERS);

/** When on the days. `daily`: each is a time of the day, so that `daily` may be said before it. */
function timeWords({ second, minute, hour }: Fields): { readonly text: string; readonly daily: boolean } {
  const seconds = stepOf(second, 60);
  if (seconds !== null && minute.any && hour.any) return { text: every(seconds, 'second'), daily: false };
  const atSecond = second.values.length === 1 && second.values[0] === 0 ? '' : `:${numbers(second.values, two)}`;
  const minutes = stepOf(minute, 60);
  const hours = stepOf(hour, 24);
  const within = rangeOf(hour.values);
  const [only = 0] = minute.values;
  if (minutes !== null && atSecond === '') {
    if (hours === 1) return { text: every(minutes, 'minute'), daily: false };
    if (hour.values.length === 1) return { text: `${every(minutes, 'minute')} from ${two(hour.values[0] ?? 0)}:00 to ${two(hour.values[0] ?? 0)}:${two(60 - minutes)}`, daily: false };
    if (within !== null) return { text: `${every(minutes, 'minute')} from ${two(within[0])}:00 to ${two(within[1])}:${two(60 - minutes)}`, daily: false };
  }
  const marks = numbers(minute.values, (value) => `:${two(value)}${atSecond}`);
  if (hours === 1) return { text: `every hour at ${marks}`, daily: false };
  if (hours !== null && minute.values.length === 1) return { text: `${every(hours, 'hour')} at ${marks}`, daily: false };
  if (hour.values.length * minute.values.length <= MAX_TIMES) return { text: `at ${listed(hour.values.flatMap((h) => minute.values.map((m) => `${two(h)}:${two(m)}${atSecond}`)), MAX_TIMES)}`, daily: true };
  if (within !== null && minute.values.length === 1) return { text: `every hour at ${marks} from ${two(within[0])}:${two(only)} to ${two(within[1])}:${two(only)}`, daily: false };
  return { text: `at ${marks} of the hours ${numbers(hour.values, String)}`, daily: true };
}

function weekdayWords({ values, nth }: Field): string {
  const name = (value: number): string => capital(WEEKDAYS[value] ?? '');
  const range = rangeOf(values);
  const plain = values.length === 2 && values[0] === 0 && values[1] === 6 ? 'Saturday and Sunday' : range !== null ? `${name(range[0])} to ${name(range[1])}` : listed(values.map(name), 7);
  const which = nth.map(([weekday, n]) => `the ${n === LAST ? 'last' : (NTH[n] ?? '')} ${name(weekday)} of the month`);
  return [...(plain === '' ? [] : [plain]), ...which].join(' and ');
}

function dayWords({ values, lastDay }: Field): string {
  const range = rangeOf(values);
  const plain = values.length === 0 ? '' : range !== null ? `days ${range[0]} to ${range[1]}` : `day${values.length === 1 ? '' : 's'} ${numbers(values, String)}`;
  return [...(plain === '' ? [] : [plain]), ...(lastDay ? ['the last day'] : [])].join(' and ');
}

function monthWords({ any, values }: Field): string {
  if (any) return '';
  const name = (value: number): string => capital(MONTHS[value - 1] ?? '');
  const range = rangeOf(values);
  return ` in ${range === null ? listed(values.map(name), 12) : `${name(range[0])} to ${name(range[1])}`}`;
}

function cronWords(fields: Fields): string {
  const { day, month, weekday } = fields;
  const { text, daily } = timeWords(fields);
  const months = monthWords(month);
  if (day.any && weekday.any) return `${daily ? 'daily ' : ''}${text}${months}`;
  if (day.any) {
    const words = weekdayWords(weekday);
    return weekday.nth.length > 0 ? `on ${words}${months}, ${text}` : `${words}${months}, ${text}`;
  }
  const days = `on ${dayWords(day)} of ${month.any ? 'the month' : months.slice(4)}`;
  // Whether both must match is in day_match, which is not part of the schedule.
  return `${days}${weekday.any ? '' : ` and ${weekdayWords(weekday)} (either or both, as day_match says)`}, ${text}`;
}

/** `schedule` as a JobView has it. What cannot be put into words is given as it is written. */
export function scheduleWords(schedule: string): string {
  if (schedule === '') return 'by hand, or after another job';
  const interval = /^every (\d+)(ms|s|m|h|d)$/.exec(schedule);
  if (interval) return every(Number(interval[1]), UNITS[interval[2] ?? ''] ?? '');
  const fields = readFields(schedule);
  return 'problem' in fields ? schedule : cronWords(fields as Fields);
}
