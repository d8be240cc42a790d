// Values of a filter, by the kind of their field: `500MB`, `80%`, `1h30m`, `today`, `2026-11-22T08:00`. Pure but for the zone of the machine.
import { parseDuration } from '../../config/duration.ts';
import { nearest } from '../../config/nearest.ts';
import { parseSize } from '../../config/size.ts';
import type { FieldKind, FieldValue, WhereField } from './where-fields.ts';

/** A test of one value of a field. null is what a field without a value has. */
export type ValueTest = (value: FieldValue) => boolean;

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** A time is a span: `2026-11-22` and `today` are a day, `08:00` a minute, `08:00:05` a second. [from, until) in ms. */
interface Span {
  readonly from: number;
  readonly until: number;
}

const DAYS: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1 };
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

function day(date: Temporal.PlainDate, zone: string): Span {
  return { from: date.toZonedDateTime(zone).epochMilliseconds, until: date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds };
}

/** The span that a text names, in `zone` where it names none itself; null: it is no time. */
export function parseSpan(text: string, now: number, zone: string): Span | null {
  const word = text.toLowerCase();
  const ago = /^now(?:\s*-\s*(.+))?$/.exec(word);
  if (ago) {
    const ms = ago[1] === undefined ? 0 : parseDuration(ago[1]);
    return ms === null ? null : { from: now - ms, until: now - ms + 1 };
  }
  if (Object.hasOwn(DAYS, word)) return day(Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate().add({ days: DAYS[word] ?? 0 }), zone);
  const match = TIME.exec(text);
  if (match === null) return null;
  const [, date = '', minutes, seconds, offset] = match;
  try {
    if (minutes === undefined) return day(Temporal.PlainDate.from(date, { overflow: 'reject' }), zone);
    const whole = `${date}T${minutes}${seconds ?? ':00'}`;
    const from = offset === undefined ? Temporal.PlainDateTime.from(whole, { overflow: 'reject' }).toZonedDateTime(zone).epochMilliseconds : Temporal.Instant.from(`${whole}${offset}`).epochMilliseconds;
    return { from, until: from + (seconds === undefined ? 60_000 : seconds.includes('.') ? 1 : 1000) };
  } catch {
    return null;
  }
}

/** This machine's zone. */
export function ownZone(): string {
  return Temporal.Now.timeZoneId();
}

/** `since`-like: `>` a day is from its beginning on, `<=` to its end. */
function inSpan(op: Comparison, { from, until }: Span): ValueTest {
  switch (op) {
    case '=': return (value) => typeof value === 'number' && value >= from && value < until;
    case '!=': return (value) => typeof value !== 'number' || value < from || value >= until;
    case '<': return (value) => typeof value === 'number' && value < from;
    case '<=': return (value) => typeof value === 'number' && value < until;
    case '>': case '>=': return (value) => typeof value === 'number' && value >= from;
  }
}

function byNumber(op: Comparison, wanted: number): ValueTest {
  switch (op) {
    case '=': return (value) => value === wanted;
    case '!=': return (value) => value !== wanted;
    case '<': return (value) => typeof value === 'number' && value < wanted;
    case '<=': return (value) => typeof value === 'number' && value <= wanted;
    case '>': return (value) => typeof value === 'number' && value > wanted;
    case '>=': return (value) => typeof value === 'number' && value >= wanted;
  }
}

/** `*` any characters, `?` one; no other sign is special. One star is undone at a time: the time is the product of the lengths. */
export function globTest(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let retry = 0;
  while (from < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      retry = from;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++retry;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

function equals(text: string, literal: boolean): ValueTest {
  const wanted = text.toLowerCase();
  const glob = !literal && /[*?]/.test(wanted);
  return (value) => value !== null && (glob ? globTest(wanted, String(value).toLowerCase()) : String(value).toLowerCase() === wanted);
}

const LOOKS: Readonly<Record<Exclude<FieldKind, 'text' | 'word' | 'flag'>, string>> = {
  number: 'a number', size: 'a size such as 500MB', percent: 'a percentage such as 80%', duration: 'a duration such as 90s or 1h30m',
  time: 'a time such as today, now-2h, 2026-11-22 or 2026-11-22T08:00',
};

function numeric(kind: 'number' | 'size' | 'percent' | 'duration', text: string): number | null {
  switch (kind) {
    case 'number': return /^-?\d{1,15}(?:\.\d{1,9})?$/.test(text) ? Number(text) : null;
    case 'size': return parseSize(text);
    case 'percent': return /^\d{1,9}(?:\.\d{1,9})?%?$/.test(text) ? Number(text.replace('%', '')) : null;
    case 'duration': return parseDuration(text);
  }
}

/** The test for `field op text`, or what is wrong with the value. `literal`: it stood in quotes. */
export function valueTest(name: string, field: WhereField, op: Comparison, text: string, literal: boolean, now: number, zone: string): ValueTest | string {
  const { kind } = field;
  const equality = op === '=' || op === '!=';
  if (!literal && text.toLowerCase() === 'none') {
    if (!equality) return `none is compared with = or !=, not with ${op}`;
    return (value) => (value === null || value === '') === (op === '=');
  }
  switch (kind) {
    case 'flag': {
      if (!equality || (text !== 'true' && text !== 'false')) return `${name} is true or false: write ${name} or !${name}`;
      const wanted = (text === 'true') === (op === '=');
      return (value) => (value === true) === wanted;
    }
    case 'word': case 'text': {
      if (!equality) return `${name} is a text: compare it with =, !=, =~ or in`;
      if (kind === 'word' && !/[*?]/.test(text) && !(field.values ?? []).includes(text.toLowerCase())) {
        const near = nearest(text, field.values ?? []);
        return `${name} is never ${JSON.stringify(text)}: ${near === null ? `it is one of ${(field.values ?? []).join(', ')}` : `did you mean ${near}?`}`;
      }
      const same = equals(text, literal);
      return op === '=' ? same : (value) => !same(value);
    }
    case 'time': {
      const span = parseSpan(text, now, zone);
      return span === null ? `${name} is compared with ${LOOKS.time}, not with ${JSON.stringify(text)}` : inSpan(op, span);
    }
    case 'number': case 'size': case 'percent': case 'duration': {
      const wanted = numeric(kind, text);
      return wanted === null ? `${name} is compared with ${LOOKS[kind]}, not with ${JSON.stringify(text)}` : byNumber(op, wanted);
    }
  }
}
