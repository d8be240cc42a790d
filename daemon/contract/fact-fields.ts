// The fields of a fact as a person reads them: without what says nothing, in words, and with the unit that their name ends with. Pure.
import { shortId } from './names.ts';

/** One field in words. `unit`: what a number is of; null: a plain value. */
export interface FieldInWords {
  readonly word: string;
  readonly value: unknown;
  readonly unit: 'ms' | 'bytes' | 'at' | null;
}

/** Values that say nothing: most facts of their type have them. */
const DULL: Readonly<Record<string, unknown>> = { coreDumped: false, opened: 0, reopened: 0, closed: 0 };
/** What people call it. */
const WORDS: Readonly<Record<string, string>> = { incarnation: 'life' };
const UNITS = { Ms: 'ms', Bytes: 'bytes', At: 'at' } as const;
/** In numbers what `why` says in words. */
const UNSAID = new Set(['exceeded']);
const ID = /^[\da-f]{8}-[\da-f]{4}-/;

/** `lastOutput` is `last_output`, as keys of the configuration are written. */
function inWords(key: string): string {
  return WORDS[key] ?? key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function lastLine(text: string): string {
  return text.split('\n').findLast((line) => line.trim() !== '')?.trim() ?? '';
}

/** In short; null: it says nothing. Of what a process wrote the last line, of ids their beginning, of the issues a check saw their number. */
export function fieldInWords(key: string, value: unknown): FieldInWords | null {
  if (UNSAID.has(key) || value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0) || (key in DULL && DULL[key] === value)) return null;
  const unit = typeof value === 'number' ? /(?:Ms|Bytes|At)$/.exec(key)?.[0] : undefined;
  if (unit !== undefined) return { word: inWords(key.slice(0, -unit.length)), value, unit: UNITS[unit as keyof typeof UNITS] };
  if (key === 'lastOutput' && typeof value === 'string') return { word: inWords(key), value: lastLine(value), unit: null };
  if (key === 'seen' && Array.isArray(value)) return { word: key, value: value.length, unit: null };
  return { word: inWords(key), value: typeof value === 'string' && ID.test(value) ? shortId(value) : value, unit: null };
}
