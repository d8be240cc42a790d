// Kinds of value that only jobs have.
import { commaList, ofTable } from './kind.ts';
import * as kind from './kinds.ts';
import { parseDuration, printDuration } from './duration.ts';
import { parseSignal } from './signals.ts';
import { parseSize, printSize } from './size.ts';
import { shown } from './problems.ts';
import { readZone } from './zone-name.ts';
import { tableText } from './supervision.ts';
import type { ExitMeaning, FailureCause } from './job-spec.ts';
import type { Complain, JsonSchema, Kind } from './kind.ts';
import type { IntensitySpec } from './spec.ts';

/** Runs closer together than this are a slip of the pen. */
const MIN_INTERVAL_MS = 100;
const MAX_LIST = 256;
const asList = (raw: unknown): readonly unknown[] => (Array.isArray(raw) ? (raw as unknown[]) : [raw]);

/** Reads each item of a value that may be one or a list; undefined after a complaint about any. */
function each<T>(raw: unknown, complain: Complain, read: (item: unknown, complain: Complain) => T | undefined): readonly T[] | undefined {
  const items = asList(raw);
  if (items.length > MAX_LIST) {
    complain(`expected at most ${MAX_LIST} of them, got ${items.length}`);
    return undefined;
  }
  const good: T[] = [];
  items.forEach((item, index) => {
    const one = read(item, (message, sub = []) => complain(message, Array.isArray(raw) ? [index, ...sub] : sub));
    if (one !== undefined) good.push(one);
  });
  return good.length === items.length ? good : undefined;
}

/** `every = "30s"`. */
export const interval: Kind<number> = {
  ...kind.duration,
  expected: 'a duration of at least 100 ms such as "30s" or "15m"',
  read: (raw, complain) => {
    const ms = kind.duration.read(raw, () => undefined);
    if (ms !== undefined && ms >= MIN_INTERVAL_MS) return ms;
    complain(`expected ${interval.expected}, got ${shown(raw)}`);
    return undefined;
  },
};

/** A time zone by its IANA name, or an offset. */
export const timezone: Kind<string> = {
  expected: 'a time zone such as "Africa/Nairobi" or "UTC"',
  json: { type: 'string', minLength: 1 },
  read: (raw, complain) => {
    const read = typeof raw === 'string' ? readZone(raw) : { problem: `expected ${timezone.expected}, got ${shown(raw)}` };
    if ('zone' in read) return read.zone;
    complain(read.problem);
    return undefined;
  },
  fromText: (text) => text.trim(),
  print: (value) => JSON.stringify(value),
};

/** A time as written: an instant, or what a clock on the wall shows (RFC 3339 without an offset), in the zone of its job. */
export type WrittenMoment = { readonly at: number } | { readonly local: string };

const LOCAL = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?$/;
const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)$/;

function momentOf(raw: unknown): WrittenMoment | null {
  if (raw instanceof Date) return Number.isFinite(raw.getTime()) ? { at: raw.getTime() } : null;
  if (typeof raw !== 'string') return null;
  const text = raw.trim();
  try {
    if (INSTANT.test(text)) return { at: Temporal.Instant.from(text.replace(' ', 'T')).epochMilliseconds };
    const match = LOCAL.exec(text);
    return match === null ? null : { local: Temporal.PlainDateTime.from(`${match[1]}T${match[2] ?? '00:00'}`).toString() };
  } catch {
    return null; // the 30th of February
  }
}

/** `not_before`: RFC 3339 with an offset, or a date or local date and time. TOML's own dates too. */
export const moment: Kind<WrittenMoment> = {
  expected: 'a time such as "2026-01-31T08:00:00Z", or "2026-01-31" or "2026-01-31 08:00" in the time zone of the job',
  json: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\d([Tt ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?([Zz]|[+-]\\d\\d:\\d\\d)?)?$' },
  read: (raw, complain) => {
    const read = momentOf(raw);
    if (read !== null) return read;
    complain(`expected ${moment.expected}, got ${shown(raw)}`);
    return undefined;
  },
  fromText: (text) => text.trim(),
  print: (value) => JSON.stringify('at' in value ? new Date(value.at).toISOString() : value.local),
};

/** The instant of a written time, ms since 1970. A time that a clock change skips is taken as far after it as it was before. */
export function momentIn(written: WrittenMoment, zone: string): number {
  return 'at' in written ? written.at : Temporal.PlainDateTime.from(written.local).toZonedDateTime(zone).epochMilliseconds;
}

/** `retries`: a number, or -1 for ever. null: without end. */
export const retries: Kind<number | null> = {
  expected: 'a whole number from 0 to 1000000, or -1 (for ever)',
  json: { type: 'integer', minimum: -1, maximum: 1_000_000 },
  read: (raw, complain) => {
    if (typeof raw === 'number' && Number.isInteger(raw) && raw >= -1 && raw <= 1_000_000) return raw === -1 ? null : raw;
    complain(`expected ${retries.expected}, got ${shown(raw)}`);
    return undefined;
  },
  fromText: (text) => (/^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : text),
  print: (value) => String(value ?? -1),
};

/** How the delay grows: a word, or the factor of the exponential one. */
export type WrittenGrowth = 'fixed' | 'linear' | 'exponential' | number;

export const growth: Kind<WrittenGrowth> = {
  expected: '"fixed", "linear", "exponential" (each time twice as long), or a factor from 1 to 100',
  json: { anyOf: [{ enum: ['fixed', 'linear', 'exponential'] }, { type: 'number', minimum: 1, maximum: 100 }] },
  read: (raw, complain) => {
    if (raw === 'fixed' || raw === 'linear' || raw === 'exponential' || (typeof raw === 'number' && raw >= 1 && raw <= 100)) return raw;
    complain(`expected ${growth.expected}, got ${shown(raw)}`);
    return undefined;
  },
  fromText: (text) => (/^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text.trim()),
  print: (value) => (typeof value === 'number' ? String(value) : `"${value}"`),
};

/** A share from 0 to 1; true is 1. */
export const share: Kind<number> = {
  expected: 'a number from 0 to 1, true (1) or false (0)',
  json: { anyOf: [{ type: 'boolean' }, { type: 'number', minimum: 0, maximum: 1 }] },
  read: (raw, complain) => {
    if (typeof raw === 'boolean') return Number(raw);
    if (typeof raw === 'number' && raw >= 0 && raw <= 1) return raw;
    complain(`expected ${share.expected}, got ${shown(raw)}`);
    return undefined;
  },
  fromText: (text) => (/^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : (kind.booleanText(text) ?? text)),
  print: String,
};

const CAUSE_WORDS = ['timeout', 'stalled', 'limit', 'lost', 'spawn'] as const;

function causeOf(raw: unknown): FailureCause | null {
  if (typeof raw === 'number') return Number.isInteger(raw) && raw >= 0 && raw <= 255 ? raw : null;
  if (typeof raw !== 'string') return null;
  const word = CAUSE_WORDS.find((one) => one === raw.trim());
  if (word !== undefined) return word;
  // A number in quotes is an exit code, not a signal.
  return /^\d+$/.test(raw.trim()) ? causeOf(Number(raw)) : parseSignal(raw);
}

/** `retry_on = [75, "KILL", "timeout"]`. */
export const causes: Kind<readonly FailureCause[]> = {
  expected: 'exit codes, signals, or "timeout", "stalled", "limit", "lost", "spawn", one or a list',
  json: {
    anyOf: [
      { type: 'integer', minimum: 0, maximum: 255 },
      { type: 'string', minLength: 1 },
      { type: 'array', items: { anyOf: [{ type: 'integer', minimum: 0, maximum: 255 }, { type: 'string', minLength: 1 }] } },
    ],
  },
  read: (raw, complain) =>
    each(raw, complain, (item, no) => {
      const cause = causeOf(item);
      if (cause === null) no(`expected an exit code, a signal, or "timeout", "stalled", "limit", "lost" or "spawn", got ${shown(item)}`);
      return cause ?? undefined;
    }),
  fromText: (text) => commaList(text).map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  print: (value) => JSON.stringify(value),
};

const MEANINGS: readonly ExitMeaning[] = ['success', 'retry', 'abort'];

/** `exit_codes = { 75 = "retry", 69 = "abort" }`. INI: `75=retry, 69=abort`. */
export const exitMap = ofTable<Readonly<Record<number, ExitMeaning>>>({
  expected: 'a table such as { 75 = "retry", 69 = "abort" }',
  json: { type: 'object', propertyNames: { pattern: '^\\d{1,3}$' }, additionalProperties: { enum: MEANINGS } },
  read: (raw, complain) => {
    const out: Record<number, ExitMeaning> = {};
    let good = true;
    for (const [code, value] of Object.entries(raw)) {
      const meaning = MEANINGS.find((one) => one === value);
      if (!/^\d{1,3}$/.test(code) || Number(code) > 255) complain(`expected an exit code from 0 to 255, got ${shown(code)}`, [code]);
      else if (meaning === undefined) complain(`expected "success", "retry" or "abort", got ${shown(value)}`, [code]);
      else {
        out[Number(code)] = meaning;
        continue;
      }
      good = false;
    }
    return good ? out : undefined;
  },
  fromText: tableText,
  print: (value) => `{ ${Object.entries(value).map(([code, meaning]) => `${code} = "${meaning}"`).join(', ')} }`,
});

const RATE_UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function rateOf(text: string): IntensitySpec | null {
  const [count = '', per = '', ...more] = text.trim().split('/');
  if (!/^\d{1,7}$/.test(count.trim()) || Number(count) < 1 || more.length > 0) return null;
  const windowMs = RATE_UNITS[per.trim()] ?? parseDuration(per);
  return windowMs === null || windowMs < 1 ? null : { max: Number(count), windowMs };
}

/** `rate = "100/m"`. */
export const rate: Kind<IntensitySpec> = {
  expected: 'starts in a time such as "100/m", "5/10s" or "1000/d"',
  json: { type: 'string', pattern: '^\\s*\\d{1,7}\\s*/\\s*\\S.*$' },
  read: (raw, complain) => {
    const read = typeof raw === 'string' ? rateOf(raw) : null;
    if (read === null) complain(`expected ${rate.expected}, got ${shown(raw)}`);
    return read ?? undefined;
  },
  fromText: (text) => text,
  print: (value) => `"${value.max}/${printDuration(value.windowMs)}"`,
};

/** Room as written: bytes, and where; null: the directory of the job. */
export interface WrittenRoom {
  readonly bytes: number;
  readonly path: string | null;
}

function roomOf(raw: unknown): WrittenRoom | null {
  if (typeof raw === 'number') return Number.isInteger(raw) && raw > 0 ? { bytes: raw, path: null } : null;
  if (typeof raw !== 'string') return null;
  const colon = raw.indexOf(':');
  const bytes = parseSize(colon < 0 ? raw : raw.slice(0, colon));
  const path = colon < 0 ? null : raw.slice(colon + 1).trim();
  return bytes === null || bytes <= 0 || path === '' ? null : { bytes, path };
}

/** `min_free_disk = ["1GB:/var/lib/shop", "100MB"]`. */
export const rooms: Kind<readonly WrittenRoom[]> = {
  expected: 'a size, or "SIZE:PATH" such as "1GB:/var/lib/shop", one or a list',
  json: {
    anyOf: [
      { type: 'integer', minimum: 1 },
      { type: 'string', minLength: 1 },
      { type: 'array', items: { anyOf: [{ type: 'integer', minimum: 1 }, { type: 'string', minLength: 1 }] } },
    ],
  },
  read: (raw, complain) =>
    each(raw, complain, (item, no) => {
      const room = roomOf(item);
      if (room === null) no(`expected a size above 0, or "SIZE:PATH" such as "1GB:/var/lib/shop", got ${shown(item)}`);
      return room ?? undefined;
    }),
  fromText: commaList,
  print: (value) => JSON.stringify(value.map(({ bytes, path }) => (path === null ? printSize(bytes) : `${printSize(bytes)}:${path}`))),
};

/** What is kept of ended runs, as written. */
export interface WrittenHistory {
  readonly okMs?: number;
  readonly failedMs?: number;
  readonly keep?: number;
}

const keep = kind.integer(0, 100_000);
const HISTORY_JSON: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { ok: kind.duration.json, failed: kind.duration.json, keep: keep.json },
};

/** `history = { ok = "2d", failed = "5d", keep = 1000 }`. */
export const history = ofTable<WrittenHistory>({
  expected: 'a table such as { ok = "2d", failed = "5d", keep = 1000 }',
  json: HISTORY_JSON,
  read: (raw, complain) => {
    let good = true;
    const read = (name: string, one: Kind<number>): number | undefined => {
      if (raw[name] === undefined) return undefined;
      const value = one.read(raw[name], (message) => complain(message, [name]));
      good &&= value !== undefined;
      return value;
    };
    const [okMs, failedMs, count] = [read('ok', kind.duration), read('failed', kind.duration), read('keep', keep)];
    for (const name of Object.keys(raw)) {
      if (['ok', 'failed', 'keep'].includes(name)) continue;
      complain('unknown key: history has ok, failed and keep', [name]);
      good = false;
    }
    if (!good) return undefined;
    return {
      ...(okMs === undefined ? {} : { okMs }),
      ...(failedMs === undefined ? {} : { failedMs }),
      ...(count === undefined ? {} : { keep: count }),
    };
  },
  fromText: tableText,
  print: ({ okMs, failedMs, keep: count }) => {
    const parts = [
      ...(okMs === undefined ? [] : [`ok = "${printDuration(okMs)}"`]),
      ...(failedMs === undefined ? [] : [`failed = "${printDuration(failedMs)}"`]),
      ...(count === undefined ? [] : [`keep = ${count}`]),
    ];
    return `{ ${parts.join(', ')} }`;
  },
});
