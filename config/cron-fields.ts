// One field of a cron expression: `*`, numbers, names, lists, ranges, steps, and what only the day fields know (`L`, `5#3`, `5L`).
import { nearest } from './nearest.ts';
import { shown } from './problems.ts';

export type FieldName = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'weekday';

/** The n-th such weekday of a month, 1 to 5; LAST is the last one. */
export type NthWeekday = readonly [weekday: number, nth: number];
export const LAST = -1;

/** What was written between two commas. `step` is 1 where none is written. */
export interface Item {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** `a/n`, a step from a number to the end of the field. */
  readonly open: boolean;
}

/** A field that was understood. */
export interface Field {
  readonly text: string;
  /** Written as `*` and nothing else: it says nothing. */
  readonly any: boolean;
  /** The numbers it names, ascending; Sunday is 0. */
  readonly values: readonly number[];
  /** `L` in the day field: the last day of the month, beside `values`. */
  readonly lastDay: boolean;
  readonly nth: readonly NthWeekday[];
  /** The numbers, ranges and steps it was written with. */
  readonly items: readonly Item[];
}

interface Kind {
  /** As a problem calls the field, and one of its values with its bounds. */
  readonly title: string;
  readonly one: string;
  readonly least: number;
  readonly most: number;
  /** Where `*` and an open step end. */
  readonly end: number;
  /** Full names; the first three letters stand for them too. The first is `least`. */
  readonly names: readonly string[];
}

export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export const MONTHS = [
  'january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december',
] as const;

const KINDS: Readonly<Record<FieldName, Kind>> = {
  second: { title: 'second', one: 'a second is 0 to 59', least: 0, most: 59, end: 59, names: [] },
  minute: { title: 'minute', one: 'a minute is 0 to 59', least: 0, most: 59, end: 59, names: [] },
  hour: { title: 'hour', one: 'an hour is 0 to 23', least: 0, most: 23, end: 23, names: [] },
  day: { title: 'day of the month', one: 'a day of the month is 1 to 31', least: 1, most: 31, end: 31, names: [] },
  month: { title: 'month', one: 'a month is 1 to 12 or jan to dec', least: 1, most: 12, end: 12, names: MONTHS },
  // 7 is a second name of Sunday, so `*/2` and `1/2` end at Saturday.
  weekday: { title: 'weekday', one: 'a weekday is 0 to 7 (0 and 7 are Sunday) or sun to sat', least: 0, most: 7, end: 6, names: WEEKDAYS },
};

const ITEM = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/;
const NTH = /^(\w+)#(\w+)$/;
const LAST_WEEKDAY = /^(\w+?)L$/i;

/** A number or a name as its number, or why it is none. */
function valueOf(kind: Kind, word: string): number | string {
  if (/^\d+$/.test(word)) {
    const value = Number(word);
    return value >= kind.least && value <= kind.most ? value : `${kind.one}, not ${word.length > 12 ? 'that many' : value}`;
  }
  const lower = word.toLowerCase();
  const at = kind.names.findIndex((name) => name === lower || name.slice(0, 3) === lower);
  if (at >= 0) return kind.least + at;
  if (kind.names.length === 0) return `${kind.one}, not ${shown(word)}`;
  const meant = nearest(word, kind.names);
  return `there is no ${kind.title} ${shown(word)}${meant === null ? `; ${kind.one}` : `: did you mean "${meant.slice(0, 3)}"?`}`;
}

function foldSunday(kind: Kind, value: number): number {
  return kind.most > kind.end && value > kind.end ? kind.least : value;
}

/** The numbers of an item in order, from its start; a range that runs backwards passes the end of the field. */
function numbersOf(kind: Kind, item: Item): number[] {
  const from = item.from > item.to ? foldSunday(kind, item.from) : item.from;
  const size = kind.end - kind.least + 1;
  const length = from > item.to ? item.to - from + size : item.to - from;
  const numbers: number[] = [];
  for (let at = 0; at <= length; at += item.step) numbers.push(kind.least + ((from - kind.least + at) % size));
  return numbers;
}

function readItem(kind: Kind, text: string): Item | string {
  const match = ITEM.exec(text);
  if (match === null) return text === '' ? 'between commas there must be something' : `${shown(text)} is not a number, a range or a step`;
  const [, star, first = '', second, steps] = match;
  const step = steps === undefined ? 1 : Number(steps);
  if (step === 0) return 'a step must be at least 1';
  const open = star === undefined && second === undefined && steps !== undefined;
  const from = star === undefined ? valueOf(kind, first) : kind.least;
  if (typeof from === 'string') return from;
  if (star !== undefined || open) return { text, from: open ? foldSunday(kind, from) : from, to: kind.end, step, open };
  const to = second === undefined ? from : valueOf(kind, second);
  return typeof to === 'string' ? to : { text, from, to, step, open };
}

/** `fri#3`, `fri#L`, `friL`; null when it has none of these forms. */
function readNth(kind: Kind, text: string): NthWeekday | string | null {
  const hash = NTH.exec(text);
  const last = hash === null ? LAST_WEEKDAY.exec(text) : null;
  const word = hash?.[1] ?? last?.[1];
  if (word === undefined) return text.includes('#') ? `${shown(text)} is not a weekday, "#" and 1 to 5` : null;
  // `5L`, `friL`: what stands before L must be a weekday, else "Jul" and the like would be read as one.
  const value = valueOf(kind, word);
  if (typeof value === 'string') return value;
  const which = hash?.[2] ?? 'L';
  if (/^l$/i.test(which)) return [foldSunday(kind, value), LAST];
  return /^0*[1-5]$/.test(which) ? [foldSunday(kind, value), Number(which)] : `after "#" comes 1 to 5, or L for the last one, not ${shown(which)}`;
}

/** Words other schedulers know, and what to write here. */
function foreign(name: FieldName, item: string): string | null {
  if (item === '?') return 'write "*" for "?" (and mind that Quartz, whose word it is, counts weekdays from 1 = Sunday)';
  if (/^l\d+$/i.test(item) && name === 'weekday') return `write "${item.slice(1)}L" for the last such weekday of a month`;
  if (/^l$/i.test(item)) return '"L", the last day, belongs into the day of the month alone';
  if (/^(?:l|\d+)w$/i.test(item)) return '"W" is not known here';
  return null;
}

function everyValue(kind: Kind): Field {
  const values = Array.from({ length: kind.end - kind.least + 1 }, (_, at) => kind.least + at);
  const item = { text: '*', from: kind.least, to: kind.end, step: 1, open: false };
  return { text: '*', any: true, values, lastDay: false, nth: [], items: [item] };
}

/** Most fields are `*`: read once. */
const EVERY = Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, everyValue(kind)])) as Readonly<Record<FieldName, Field>>;

/** Reads one field. The problem is a sentence that names the field and its value. */
export function readField(name: FieldName, text: string): Field | { readonly problem: string } {
  if (text === '*') return EVERY[name];
  const kind = KINDS[name];
  const problem = (why: string) => ({ problem: `the ${kind.title} ${shown(text)} cannot be read: ${why}` });
  const values = new Set<number>();
  const nth: NthWeekday[] = [];
  const items: Item[] = [];
  let lastDay = false;
  for (const part of text.split(',')) {
    if (name === 'day' && /^l$/i.test(part)) {
      lastDay = true;
      continue;
    }
    const hint = foreign(name, part);
    if (hint !== null) return problem(hint);
    if (name !== 'weekday' && part.includes('#')) return problem('"#" belongs into the weekday alone');
    const which = name === 'weekday' ? readNth(kind, part) : null;
    if (typeof which === 'string') return problem(which);
    if (which !== null) {
      nth.push(which);
      continue;
    }
    const item = readItem(kind, part);
    if (typeof item === 'string') return problem(item);
    items.push(item);
    for (const value of numbersOf(kind, item)) values.add(value);
  }
  return { text, any: false, values: [...values].sort((a, b) => a - b), lastDay, nth, items };
}
