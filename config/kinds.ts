// Kinds of value that any table may have: texts, numbers, times, sizes, words and lists of them.
import { parseDuration, printDuration } from './duration.ts';
import { parseSignal } from './signals.ts';
import { parseSize, printSize } from './size.ts';
import { simple, noNul, numberText, commaList } from './kind.ts';
import type { JsonSchema, Kind } from './kind.ts';

export const filledString = simple('a non-empty string', { type: 'string', minLength: 1 }, (raw) =>
  noNul(raw)?.trim() === '' ? undefined : noNul(raw),
);
export const secret = simple('a string', { type: 'string' }, (raw) => noNul(raw), { secret: true });
/** Where datagrams go. */
export const destination = simple('host:port, such as "127.0.0.1:8125"', { type: 'string', pattern: '^([A-Za-z0-9_.-]+|\\[[0-9a-fA-F:.]+\\]):[0-9]{1,5}$' }, (raw) => {
  const port = typeof raw === 'string' ? /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})$/.exec(raw)?.[1] : undefined;
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? (raw as string) : undefined;
});
export const path = simple('a path', { type: 'string', minLength: 1 }, (raw) => (raw === '' ? undefined : noNul(raw)));
export const boolean = simple('true or false', { type: 'boolean' }, (raw) => (typeof raw === 'boolean' ? raw : undefined), {
  fromText: (text) => booleanText(text) ?? text,
});

/** supervisord's booleans; null for anything else. */
export function booleanText(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  if (['yes', 'true', 'on', '1'].includes(word)) return true;
  return ['no', 'false', 'off', '0'].includes(word) ? false : null;
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Kind<number> {
  return simple(
    `a whole number from ${min} to ${max}`,
    { type: 'integer', minimum: min, maximum: max },
    (raw) => (typeof raw === 'number' && Number.isInteger(raw) && raw >= min && raw <= max ? raw : undefined),
    { fromText: numberText },
  );
}

/** A number from `min` to `max`. */
export function decimal(min: number, max: number): Kind<number> {
  return simple(
    `a number from ${min} to ${max}`,
    { type: 'number', minimum: min, maximum: max },
    (raw) => (typeof raw === 'number' && raw >= min && raw <= max ? raw : undefined),
    { fromText: numberText },
  );
}

const DURATION_JSON: JsonSchema = {
  anyOf: [
    { type: 'number', minimum: 0 },
    { type: 'string', pattern: '^\\s*(\\d+(\\.\\d+)?\\s*(ms|s|m|h|d|w)\\s*)+$|^\\s*\\d+(\\.\\d+)?\\s*$' },
  ],
};
const toMs = (raw: unknown): number | undefined =>
  typeof raw === 'number' || typeof raw === 'string' ? (parseDuration(raw) ?? undefined) : undefined;

export const duration = simple('a duration such as "10s", "1m30s" or a number of seconds', DURATION_JSON, toMs, { print: printDuration });
export const durationOrInfinity = simple(
  'a duration such as "10s", a number of seconds, or "infinity"',
  { anyOf: [DURATION_JSON, { const: 'infinity' }] },
  (raw) => (raw === 'infinity' ? Infinity : toMs(raw)),
  { print: printDuration },
);
export const size = simple(
  'a size such as "50MB" (1024-based) or a number of bytes',
  {
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: '^\\s*\\d+(\\.\\d+)?\\s*[kKmMgGtT]?([iI]?[bB])?\\s*$' },
    ],
  },
  (raw) => (typeof raw === 'number' || typeof raw === 'string' ? (parseSize(raw) ?? undefined) : undefined),
  { print: printSize },
);
export const signal = simple('a signal such as "TERM"', { anyOf: [{ type: 'string' }, { type: 'integer' }] }, (raw) =>
  typeof raw === 'string' || typeof raw === 'number' ? (parseSignal(raw) ?? undefined) : undefined,
);
export const umask = simple(
  'an octal mask such as "022"',
  {
    anyOf: [
      { type: 'string', pattern: '^(0o?)?[0-7]{1,4}$' },
      { type: 'integer', minimum: 0, maximum: 0o7777 },
    ],
  },
  (raw) => {
    if (typeof raw === 'number') return Number.isInteger(raw) && raw >= 0 && raw <= 0o7777 ? raw : undefined;
    return typeof raw === 'string' && /^(0o?)?[0-7]{1,4}$/.test(raw) ? Number.parseInt(raw.replace(/^0o/, ''), 8) : undefined;
  },
  { print: (value) => `"0${value.toString(8)}"` },
);
export const exitCodes = simple(
  'exit codes from 0 to 255, one or a list',
  {
    anyOf: [
      { type: 'integer', minimum: 0, maximum: 255 },
      { type: 'array', items: { type: 'integer', minimum: 0, maximum: 255 } },
    ],
  },
  (raw): readonly number[] | undefined => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    return list.every((code): code is number => typeof code === 'number' && Number.isInteger(code) && code >= 0 && code <= 255)
      ? list
      : undefined;
  },
  { fromText: (text) => commaList(text).map(numberText), print: (value) => `[${value.join(', ')}]` },
);

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return simple(words.map((word) => `"${word}"`).join(' or '), { enum: words }, (raw) => words.find((word) => word === raw), {
    print: (value) => `"${value}"`,
  });
}

export const strings = simple(
  'a string or a list of strings',
  { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
  (raw): readonly string[] | undefined => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    return list.every((item): item is string => noNul(item) !== undefined && item !== '') ? list : undefined;
  },
  { fromText: commaList, print: (value) => JSON.stringify(value) },
);
