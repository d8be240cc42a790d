// What a careful colleague would say of a schedule that can be read, and may not be what was meant.
import { MONTHS, readField, WEEKDAYS } from './cron-fields.ts';
import type { Field, FieldName } from './cron-fields.ts';
import { readFields } from './cron.ts';
import type { CronSpec, Fields } from './cron.ts';
import { shown } from './problems.ts';

/** Fields with a step that is looked at: how many values they have, and what begins again after the last one. */
const TURNS = [
  ['second', 60, 'minute'],
  ['minute', 60, 'hour'],
  ['hour', 24, 'day'],
] as const satisfies readonly (readonly [FieldName, number, string])[];

function dayNamesOf({ day, month, weekday }: Fields): string {
  const parts = [
    day.any ? '' : `the day of the month ${shown(day.text)}`,
    weekday.any ? '' : `the weekday ${shown(weekday.text)}`,
    month.any ? '' : `the month ${shown(month.text)}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** `* * * * 1`: the minute was forgotten. */
function* everyMinute(fields: Fields): Generator<string> {
  const { second, minute, hour, day, month, weekday } = fields;
  const dates = `${day.text} ${month.text} ${weekday.text}`;
  if (second.any && !minute.any) {
    yield `runs at every second of the minute ${shown(minute.text)}, 60 times: write "0" as the seconds to run once in each such minute`;
  }
  if (!minute.any) return;
  const often = second.values.length;
  if (hour.any && dayNamesOf(fields) !== '') {
    yield `runs every ${second.any ? 'second' : 'minute'} of each day that matches (${dayNamesOf(fields)}), ${1440 * often} times a day: "0 0 ${dates}" runs once, at midnight`;
  } else if (!hour.any && hour.items.every(({ from, to, step }) => from === to && step === 1)) {
    yield `runs at every minute of the hour ${shown(hour.text)}, ${60 * often} times in each: "0 ${hour.text} ${dates}" runs once, on the hour`;
  }
}

/** Both day fields set: what is meant is often the other reading. */
function* bothDays({ day, month, weekday }: Fields, spec: CronSpec): Generator<string> {
  if (day.any || weekday.any || spec.dayMatch === 'and') return;
  const everyWeekday = weekday.values.length === WEEKDAYS.length;
  if (everyWeekday || day.values.length === 31) {
    const [all, other] = everyWeekday ? [weekday, day] : [day, weekday];
    yield `runs every day: ${shown(all.text)} names every day, so ${shown(other.text)} changes nothing (with day_match = "or" one match is enough)`;
  } else if (!day.lastDay && month.values.every((one) => longestOf(one) < (day.values[0] ?? 0))) {
    yield `runs by its weekday alone: the day of the month ${shown(day.text)} never comes in the month ${shown(month.text)}`;
  } else {
    yield `runs on the day of the month ${shown(day.text)} and also on every weekday ${shown(weekday.text)}: day_match = "and" wants both`;
  }
}

function longestOf(month: number): number {
  if (month === 2) return 29;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days that some months do not have. */
function* rareDays({ day, month, weekday }: Fields, spec: CronSpec): Generator<string> {
  const counts = weekday.any || spec.dayMatch === 'and';
  const first = day.values[0] ?? 0;
  if (!day.any && !day.lastDay && counts && first > 28) {
    const lacking = month.values.filter((one) => (one === 2 ? 28 : longestOf(one)) < first);
    if (lacking.length > 0) {
      const names = lacking.map((one) => `${(MONTHS[one - 1] ?? '').slice(0, 3)}${first === 29 ? ' except in leap years' : ''}`).join(', ');
      yield `months without the day ${shown(day.text)} are skipped (${names}): "L" is the last day of every month`;
    }
  }
  const fifth = weekday.nth.find(([, nth]) => nth === 5);
  if (fifth !== undefined) {
    const name = (WEEKDAYS[fifth[0]] ?? '').slice(0, 3);
    yield `months without a fifth "${name}" are skipped: "${name}#L" is the last one of every month`;
  }
}

/** Steps that do not do what they look like. */
function* oddSteps(fields: Fields): Generator<string> {
  for (const name of ['second', 'minute', 'hour', 'day', 'month', 'weekday'] as const) {
    const field: Field = fields[name];
    for (const item of field.items) {
      if (item.step === 1) continue;
      const read = readField(name, item.text);
      if (!('problem' in read) && read.values.length === 1) yield `the step of ${shown(item.text)} is larger than its range: it means ${read.values[0]} alone`;
    }
  }
  for (const [name, size, whole] of TURNS) {
    const item = fields[name].items.find(({ text, step }) => text.startsWith('*') && step < size && size % step !== 0);
    if (item === undefined) continue;
    const last = size - (size % item.step);
    yield `${shown(item.text)} begins again with each ${whole}: after ${name} ${last} comes ${name} 0, ${size - last} later and not ${item.step} (every = "…" keeps the distance)`;
  }
}

/** Sentences about surprises of an expression that parseCron has read as `spec`; each begins where "the schedule …" could stand. */
export function cronWarnings(text: string, spec: CronSpec): string[] {
  const fields = readFields(text);
  if ('problem' in fields) return [];
  return [...everyMinute(fields), ...bothDays(fields, spec), ...rareDays(fields, spec), ...oddSteps(fields)];
}
