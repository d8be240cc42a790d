// Kinds of value of what runs: its command, copies, restarts and variables.
import { joinWords } from './words.ts';
import { put } from './record.ts';
import { simple, noNul, numberText, commaList, ofTable } from './kind.ts';
import { booleanText } from './kinds.ts';
import type { RestartType } from './spec.ts';

/** A number of copies: fixed, or so many per processor. */
export type Numprocs = { readonly count: number } | { readonly perCpu: number };

/** A restart limit as written; windowMs null: restart_window decides. */
export interface WrittenIntensity {
  readonly max: number | null;
  readonly windowMs: number | null;
}

/** A command as written: one line, or words. */
export interface WrittenCommand {
  readonly text: string;
  readonly words: readonly string[] | null;
}

/** More copies of one program than this are a slip of the pen. */
export const MAX_NUMPROCS = 10_000;

/** OTP-style limits by name. */
export const PRESETS: Readonly<Record<string, { readonly max: number; readonly windowMs: number }>> = {
  strict: { max: 3, windowMs: 300_000 },
  moderate: { max: 5, windowMs: 60_000 },
  lenient: { max: 10, windowMs: 60_000 },
};

/** As text with shell words, or as words already. */
export const command = simple(
  'a command line or a list of words',
  {
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string' }, minItems: 1 },
    ],
  },
  (raw): WrittenCommand | undefined => {
    if (Array.isArray(raw)) {
      const words: unknown[] = raw;
      if (words.length === 0 || words[0] === '' || !words.every((word): word is string => noNul(word) !== undefined)) return undefined;
      return { text: joinWords(words), words };
    }
    const text = noNul(raw);
    return text === undefined || text.trim() === '' ? undefined : { text, words: null };
  },
  { print: (value) => value.text },
);

/** Which variables of the daemon a program gets: all, none, or those named. */
export const inherit = simple(
  'true, false, or a list of variable names',
  { anyOf: [{ type: 'boolean' }, { type: 'array', items: { type: 'string' } }] },
  (raw): boolean | readonly string[] | undefined => {
    if (typeof raw === 'boolean') return raw;
    const list: unknown[] = Array.isArray(raw) ? raw : [null];
    return list.every((name): name is string => typeof name === 'string' && name !== '' && !name.includes('=')) ? list : undefined;
  },
  { fromText: (text) => booleanText(text) ?? commaList(text) },
);

/** How many copies: a number, or a multiple of the processors. */
export const numprocs = simple(
  `a number of copies from 1 to ${MAX_NUMPROCS}, "cpus", or "cpus*2"`,
  {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: MAX_NUMPROCS },
      { type: 'string', pattern: '^cpus(\\s*\\*\\s*\\d+(\\.\\d+)?)?$' },
    ],
  },
  (raw): Numprocs | undefined => {
    if (typeof raw === 'number') return Number.isInteger(raw) && raw >= 1 && raw <= MAX_NUMPROCS ? { count: raw } : undefined;
    const match = typeof raw === 'string' ? /^cpus(?:\s*\*\s*(\d+(?:\.\d+)?))?$/.exec(raw.trim()) : null;
    const factor = match === null ? 0 : Number(match[1] ?? 1);
    return factor > 0 && factor <= 1000 ? { perCpu: factor } : undefined;
  },
  { fromText: numberText, print: (value) => ('count' in value ? String(value.count) : `"cpus*${value.perCpu}"`) },
);

/** How many restarts in a window, or one of PRESETS. */
export const maxRestarts = simple(
  'a number of restarts, "strict" (3 in 5m), "moderate" (5 in 1m), "lenient" (10 in 1m), or "unlimited"',
  { anyOf: [{ type: 'integer', minimum: 0, maximum: 1_000_000 }, { enum: ['strict', 'moderate', 'lenient', 'unlimited'] }] },
  (raw): WrittenIntensity | undefined => {
    if (raw === 'unlimited') return { max: null, windowMs: null };
    if (typeof raw === 'string') return Object.hasOwn(PRESETS, raw) ? PRESETS[raw] : undefined;
    return typeof raw === 'number' && Number.isInteger(raw) && raw >= 0 && raw <= 1_000_000 ? { max: raw, windowMs: null } : undefined;
  },
  { fromText: numberText, print: (value) => (value.max === null ? '"unlimited"' : String(value.max)) },
);

/** Whether output is also written to the daemon's own, and to which. */
export const tee = simple(
  'true, false, "stdout" or "stderr"',
  { anyOf: [{ type: 'boolean' }, { enum: ['stdout', 'stderr'] }] },
  (raw): boolean | 'stdout' | 'stderr' | undefined => (typeof raw === 'boolean' || raw === 'stdout' || raw === 'stderr' ? raw : undefined),
  { fromText: (text) => booleanText(text) ?? text },
);

/** With which status the daemon ends for a program; own: with the program's. */
export const exitCode = simple(
  'an exit status from 0 to 255 or "own"',
  { anyOf: [{ type: 'integer', minimum: 0, maximum: 255 }, { const: 'own' }] },
  (raw): number | 'own' | undefined =>
    raw === 'own' || (typeof raw === 'number' && Number.isInteger(raw) && raw >= 0 && raw <= 255) ? raw : undefined,
  { fromText: numberText },
);

/** supervisord's autorestart in TOML. */
export const autorestart = simple(
  'true, false or "unexpected"',
  { anyOf: [{ type: 'boolean' }, { const: 'unexpected' }] },
  (raw): RestartType | undefined =>
    raw === 'unexpected' ? 'transient' : raw === true ? 'permanent' : raw === false ? 'temporary' : undefined,
  { print: (value) => ({ permanent: 'true', transient: '"unexpected"', temporary: 'false' })[value] },
);

/** Variables for a child: a table of strings (numbers and booleans are printed). */
export const environment = ofTable<Readonly<Record<string, string>>>({
  expected: 'a table of variables such as { LANG = "C.UTF-8" }',
  json: {
    type: 'object',
    propertyNames: { pattern: '^[^=\\u0000]+$' },
    additionalProperties: { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
  },
  read: (raw, complain) => {
    const out: Record<string, string> = {};
    for (const [name, value] of Object.entries(raw)) {
      if (name === '' || name.includes('=') || name.includes('\0')) complain(`"${name}" cannot be the name of a variable`, [name]);
      else if (typeof value === 'string' ? value.includes('\0') : typeof value !== 'number' && typeof value !== 'boolean')
        complain('expected a string', [name]);
      else put(out, name, String(value));
    }
    return out;
  },
  fromText: (text) => text,
  print: () => '{}',
  secret: true,
});
