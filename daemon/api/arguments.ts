// Arguments of a request, judged by the table: unknown names are refused with the nearest one, each value by its type. Pure.
import { nearest } from '../../config/nearest.ts';
import type { ArgumentSpec } from '../contract/commands.ts';
import type { CommandError } from '../contract/errors.ts';

export type ArgumentValue = string | number | boolean | readonly string[];
export type ArgumentValues = ReadonlyMap<string, ArgumentValue>;
export type ReadArguments = { readonly values: ArgumentValues } | { readonly refusal: CommandError };

const MAX_NAMES = 4096;
const MAX_WORDS = 256;
const MAX_TEXT = 1024;
/** What is written to a program; any characters. */
const MAX_LONG_TEXT = 65_536;
const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a value of this type looks like, for the refusal. */
const EXPECTED: Readonly<Record<ArgumentSpec['type'], string>> = {
  string: 'a text of at most 1024 characters',
  text: 'a text of 1 to 65536 characters',
  names: 'a list of names such as ["web", "group:*"]',
  words: 'a list of at most 256 texts, of 65536 characters in all',
  integer: 'a whole number',
  boolean: 'true or false',
  duration: 'a time such as "30s", "5m" or a number of seconds',
  signal: 'a signal name or number such as HUP or 15',
  channel: 'stdout or stderr',
  enum: 'one of its values',
};

function text(raw: unknown): string | undefined {
  return typeof raw === 'string' && raw.length > 0 && raw.length <= MAX_TEXT && !raw.includes('\0') ? raw : undefined;
}

function names(raw: unknown): readonly string[] | undefined {
  // A query has names=a&names=b or names=a,b; a body has an array, whose strings are taken as they are.
  const list: readonly unknown[] = typeof raw === 'string' ? raw.split(',').map((part) => part.trim()).filter((part) => part !== '') : Array.isArray(raw) ? raw : [raw];
  return list.length <= MAX_NAMES && list.every((one) => text(one) !== undefined) ? (list as string[]) : undefined;
}

// Arguments of a command line: empty ones and any characters but NUL are fine.
function words(raw: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  if (list.length > MAX_WORDS || !list.every((one): one is string => typeof one === 'string' && !one.includes('\0'))) return undefined;
  return list.reduce((sum, one) => sum + one.length, 0) <= MAX_LONG_TEXT ? list : undefined;
}

function integer(raw: unknown): number | undefined {
  const value = typeof raw === 'string' && /^[+-]?\d{1,16}$/.test(raw) ? Number(raw) : raw;
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

function boolean(raw: unknown): boolean | undefined {
  if (typeof raw === 'boolean') return raw;
  if (raw === '' || raw === 'true' || raw === '1' || raw === 'yes') return true;
  return raw === 'false' || raw === '0' || raw === 'no' ? false : undefined;
}

function durationMs(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) && raw >= 0 ? raw * 1000 : undefined;
  const match = typeof raw === 'string' ? /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)?$/.exec(raw) : null;
  return match ? Number(match[1]) * (DURATION_UNITS[match[2] ?? 's'] ?? 1000) : undefined;
}

function value(spec: ArgumentSpec, raw: unknown): ArgumentValue | undefined {
  switch (spec.type) {
    case 'string': return text(typeof raw === 'number' ? String(raw) : raw);
    case 'text': return typeof raw === 'string' && raw.length > 0 && raw.length <= MAX_LONG_TEXT ? raw : undefined;
    case 'names': {
      const list = names(raw);
      return spec.values === undefined || list?.every((one) => spec.values?.includes(one)) ? list : undefined;
    }
    case 'words': return words(raw);
    case 'integer': return integer(raw);
    case 'boolean': return boolean(raw);
    case 'duration': return durationMs(raw);
    case 'signal': {
      const signal = text(typeof raw === 'number' ? String(raw) : raw);
      return signal !== undefined && /^[A-Za-z0-9+-]{1,20}$/.test(signal) ? signal : undefined;
    }
    case 'channel': return raw === 'stdout' || raw === 'stderr' ? raw : undefined;
    case 'enum': return typeof raw === 'string' && (spec.values ?? []).includes(raw) ? raw : undefined;
  }
}

function unknown(name: string, known: readonly string[]): CommandError {
  const near = nearest(name, known);
  const shown = JSON.stringify(name.slice(0, 64));
  return {
    code: 'BAD_ARGUMENT',
    message: `cannot use argument ${shown}: ${known.length === 0 ? 'none is taken here' : `known are ${known.join(', ')}`}`,
    ...(near === null ? {} : { hint: `did you mean ${near}?` }),
  };
}

function bad(name: string, spec: ArgumentSpec, raw: unknown): CommandError {
  const expected = spec.values !== undefined ? `one of ${(spec.values ?? []).join(', ')}` : EXPECTED[spec.type];
  if (spec.secret === true) return { code: 'BAD_ARGUMENT', message: `cannot use ${name}: expected ${expected}` };
  const shown = JSON.stringify(raw) ?? String(raw);
  return { code: 'BAD_ARGUMENT', message: `cannot use ${name} = ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}: expected ${expected}` };
}

/** Reads arguments from a query or body object. Durations come out in ms. Only own properties count. */
export function readArguments(specs: Readonly<Record<string, ArgumentSpec>>, raw: Readonly<Record<string, unknown>>): ReadArguments {
  const values = new Map<string, ArgumentValue>();
  const known = Object.keys(specs);
  for (const name of Object.keys(raw)) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) return { refusal: unknown(name, known) };
    const parsed = value(spec, raw[name]);
    if (parsed === undefined) return { refusal: bad(name, spec, raw[name]) };
    values.set(name, parsed);
  }
  for (const name of known) {
    const spec = specs[name];
    if (spec?.required !== true) continue;
    const got = values.get(name);
    if (got === undefined || (spec.type === 'names' && (got as readonly string[]).length === 0)) {
      return { refusal: { code: 'BAD_ARGUMENT', message: `cannot do it: argument ${name} is missing (${spec.says})` } };
    }
  }
  return { values };
}
