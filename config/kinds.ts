// The kinds of value a key may have: how each is read from TOML, from the text of an INI file, printed and described.
import { joinWords } from './words.ts';
import { parseDuration, printDuration } from './duration.ts';
import { parseSignal } from './signals.ts';
import { EVENT_TYPES, eventTypes as readEventTypes, fcgiSocket as iniFcgiSocket } from './event-types.ts';
import { parseSize, printSize } from './size.ts';
import { shown } from './problems.ts';
import { put } from './record.ts';
import type { RestartType, Rlimit, StopStep } from './spec.ts';

/** Says what is wrong; `sub` leads from the key to the part that is wrong. */
export type Complain = (message: string, sub?: readonly (string | number)[]) => void;

/** A JSON Schema (draft 2020-12) or a part of one. */
export type JsonSchema = { readonly [key: string]: unknown };

/** One kind of value. */
export interface Kind<T> {
  /** For people: "a duration such as "10s"". */
  readonly expected: string;
  readonly json: JsonSchema;
  /** The value, or undefined after a complaint. Never throws. */
  readonly read: (raw: unknown, complain: Complain) => T | undefined;
  /** What TOML would have given for the text of an INI value. */
  readonly fromText: (text: string) => unknown;
  /** As a method, so that tables may hold kinds of every type. */
  print(value: T): string;
  /** Never quote the value in messages. */
  readonly secret?: boolean;
}

/** The stop ladder as written; null where nothing was said. */
export interface WrittenStopStep {
  readonly signal: string;
  readonly waitMs: number | null;
  readonly scope: StopStep['scope'] | null;
}

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

const RLIMITS = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'sigpending',
  'stack',
];

/** Builds a kind from a function that answers undefined for what it does not accept. */
function simple<T>(
  expected: string,
  json: JsonSchema,
  parse: (raw: unknown) => T | undefined,
  options: {
    fromText?: (text: string) => unknown;
    print?: (value: T) => string;
    secret?: boolean;
  } = {},
): Kind<T> {
  const secret = options.secret === true;
  return {
    expected,
    json,
    read: (raw, complain) => {
      const value = parse(raw);
      if (value === undefined) complain(`expected ${expected}, got ${secret ? 'something else' : shown(raw)}`);
      return value;
    },
    fromText: options.fromText ?? ((text) => text),
    print: options.print ?? ((value) => String(value)),
    ...(secret ? { secret } : {}),
  };
}

const noNul = (raw: unknown): string | undefined => (typeof raw === 'string' && !raw.includes('\0') ? raw : undefined);
const numberText = (text: string): unknown => (/^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text);
const commaList = (text: string): string[] =>
  text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

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

/** One listener as written. */
export interface WrittenListener {
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
  readonly mode?: number;
  readonly owner?: string;
}

/** Listeners: addresses, or tables where one has credentials, a mode or an owner of its own. */
export const listeners: Kind<readonly WrittenListener[]> = {
  expected: 'addresses, or tables { address, username, password, mode, owner }',
  json: {
    anyOf: [
      { type: 'string', minLength: 1 },
      {
        type: 'array',
        items: {
          anyOf: [
            { type: 'string', minLength: 1 },
            {
              type: 'object',
              additionalProperties: false,
              required: ['address'],
              properties: {
                address: { type: 'string', minLength: 1 },
                username: { type: 'string', minLength: 1 },
                password: { type: 'string' },
                mode: umask.json,
                owner: { type: 'string', minLength: 1 },
              },
            },
          ],
        },
      },
    ],
  },
  read: (raw, complain) => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    const out = list.map((item, index) =>
      readListener(item, (message, sub = []) => complain(message, Array.isArray(raw) ? [index, ...sub] : sub)),
    );
    const good = out.filter((one) => one !== undefined);
    return good.length === out.length ? good : undefined;
  },
  fromText: commaList,
  print: (value) => JSON.stringify(value.map((one) => one.address)),
};

function readListener(item: unknown, complain: Complain): WrittenListener | undefined {
  if (!isTable(item)) {
    const address = noNul(item);
    if (address !== undefined && address !== '') return { address };
    complain(`expected an address or a table, got ${shown(item)}`);
    return undefined;
  }
  let good = true;
  const odd = Object.keys(item).find((name) => !['address', 'username', 'password', 'mode', 'owner'].includes(name));
  const text = (name: string, least: number): string | undefined => {
    const value = item[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.length >= least && !value.includes('\0')) return value;
    complain(name === 'password' ? 'expected a string, got something else' : `expected a string, got ${shown(value)}`, [name]);
    good = false;
    return undefined;
  };
  const [address, username, password, owner] = [text('address', 1), text('username', 1), text('password', 0), text('owner', 1)];
  const mode = item['mode'] === undefined ? undefined : umask.read(item['mode'], (message) => complain(message, ['mode']));
  if (odd !== undefined) complain(`unknown key ${shown(odd)}`, [odd]);
  if (item['address'] === undefined) complain('"address" is missing');
  if ((username === undefined) !== (password === undefined)) complain('username and password are both needed, or neither');
  if (!good || odd !== undefined || address === undefined || (username === undefined) !== (password === undefined)) return undefined;
  if (item['mode'] !== undefined && mode === undefined) return undefined;
  return {
    address,
    ...(username === undefined || password === undefined ? {} : { username, password }),
    ...(mode === undefined ? {} : { mode }),
    ...(owner === undefined ? {} : { owner }),
  };
}

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

export const tee = simple(
  'true, false, "stdout" or "stderr"',
  { anyOf: [{ type: 'boolean' }, { enum: ['stdout', 'stderr'] }] },
  (raw): boolean | 'stdout' | 'stderr' | undefined => (typeof raw === 'boolean' || raw === 'stdout' || raw === 'stderr' ? raw : undefined),
  { fromText: (text) => booleanText(text) ?? text },
);

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

/** Types of events for a listener. */
export const eventTypes: Kind<readonly string[]> = {
  expected: `a list of event types: ${EVENT_TYPES.join(', ')}`,
  json: { type: 'array', items: { enum: EVENT_TYPES }, minItems: 1 },
  read: (raw, complain) => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    const words = list.filter((item) => typeof item === 'string');
    if (words.length < list.length || words.length === 0) {
      complain(`expected a list of event types, got ${shown(raw)}`);
      return undefined;
    }
    const read = readEventTypes.read(words.join(','));
    if ('value' in read) return read.value;
    complain(read.problem);
    return undefined;
  },
  fromText: commaList,
  print: (value) => JSON.stringify(value),
};

/** The shared socket of FastCGI programs. */
export const fcgiSocket = simple(
  iniFcgiSocket.expected,
  { type: 'string', pattern: '^(unix:///|tcp://[^\\s:]+:\\d+$)' },
  (raw) => {
    const read = typeof raw === 'string' ? iniFcgiSocket.read(raw) : null;
    return read !== null && 'value' in read ? read.value : undefined;
  },
  { print: (value) => ('unix' in value ? `unix://${value.unix}` : `tcp://${value.host}:${value.port}`) },
);

/** The ladder of ending a process: `["TERM 10s", "QUIT 5s group", "KILL"]`. */
export const stopSteps: Kind<readonly WrittenStopStep[]> = {
  expected: 'steps "SIGNAL [WAIT] [main|group|tree]" such as ["TERM 10s", "KILL"]',
  json: {
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1, maxItems: 16 },
    ],
  },
  read: (raw, complain) => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    if (list.length === 0 || list.length > 16) {
      complain(`expected 1 to 16 ${stopSteps.expected}, got ${list.length}`);
      return undefined;
    }
    const steps = list.map((item, index) => readStep(item, (message) => complain(message, Array.isArray(raw) ? [index] : [])));
    const good = steps.filter((step) => step !== undefined);
    const endless = good.findIndex((step) => step.waitMs === Infinity);
    if (endless >= 0 && endless < good.length - 1) {
      complain(`step ${endless + 2} can never be reached: the wait before it is infinite`, [endless + 1]);
      return undefined;
    }
    return good.length === steps.length ? good : undefined;
  },
  fromText: commaList,
  print: (steps) => JSON.stringify(steps.map((step) => step.signal)),
};

function readStep(item: unknown, complain: Complain): WrittenStopStep | undefined {
  const [name = '', ...rest] = typeof item === 'string' ? item.trim().split(/\s+/) : [];
  const signalName = typeof item === 'string' ? parseSignal(name) : null;
  if (signalName === null) {
    complain(`expected a step such as "TERM 10s", got ${shown(item)}`);
    return undefined;
  }
  let waitMs: number | null = null;
  let scope: StopStep['scope'] | null = null;
  for (const word of rest) {
    const wait = word === 'infinity' ? Infinity : parseDuration(word);
    if (wait !== null && waitMs === null && scope === null) waitMs = wait;
    else if ((word === 'main' || word === 'group' || word === 'tree') && scope === null) scope = word;
    else {
      complain(`expected SIGNAL [WAIT] [main|group|tree], got ${shown(item)}: cannot read "${word}"`);
      return undefined;
    }
  }
  return { signal: signalName, waitMs, scope };
}

/** Variables for a child: a table of strings (numbers and booleans are printed). */
export const environment: Kind<Readonly<Record<string, string>>> = {
  expected: 'a table of variables such as { LANG = "C.UTF-8" }',
  json: {
    type: 'object',
    propertyNames: { pattern: '^[^=\\u0000]+$' },
    additionalProperties: { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
  },
  read: (raw, complain) => {
    if (!isTable(raw)) {
      complain(`expected ${environment.expected}, got ${shown(raw)}`);
      return undefined;
    }
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
};

/** Kernel limits: `{ nofile = 4096, core = { soft = 0, hard = "unlimited" } }`. INI: `nofile=4096, core=0:unlimited`. */
export const rlimits: Kind<Readonly<Record<string, Rlimit>>> = {
  expected: 'a table of limits such as { nofile = 4096 }',
  json: {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      RLIMITS.map((name) => [
        name,
        {
          anyOf: [
            { type: 'integer', minimum: 0 },
            { type: 'string' },
            {
              type: 'object',
              properties: { soft: { type: ['integer', 'string'] }, hard: { type: ['integer', 'string'] } },
              required: ['soft'],
              additionalProperties: false,
            },
          ],
        },
      ]),
    ),
  },
  read: (raw, complain) => {
    if (!isTable(raw)) {
      complain(`expected ${rlimits.expected}, got ${shown(raw)}`);
      return undefined;
    }
    const out: Record<string, Rlimit> = {};
    for (const [name, value] of Object.entries(raw)) {
      const limit = readLimit(value);
      if (!RLIMITS.includes(name)) complain(`"${name}" is not a limit; known are ${RLIMITS.join(', ')}`, [name]);
      else if (limit === null)
        complain(`expected a number, a size, "unlimited" or { soft, hard } with soft <= hard, got ${shown(value)}`, [name]);
      else out[name] = limit;
    }
    return out;
  },
  fromText: (text) =>
    Object.fromEntries(
      commaList(text).map((part) => {
        const [name = '', value = ''] = part.split('=', 2).map((half) => half.trim());
        const [soft = '', hard] = value.split(':').map(numberText);
        return [name, hard === undefined ? soft : { soft, hard }];
      }),
    ),
  print: (value) => JSON.stringify(value),
};

function readLimit(raw: unknown): Rlimit | null {
  const one = (value: unknown): number | null =>
    value === 'unlimited' || value === 'infinity'
      ? Infinity
      : typeof value === 'number' || typeof value === 'string'
        ? parseSize(value)
        : null;
  if (!isTable(raw)) {
    const both = one(raw);
    return both === null ? null : { soft: both, hard: both };
  }
  if (Object.keys(raw).some((name) => name !== 'soft' && name !== 'hard')) return null;
  const soft = one(raw['soft']);
  const hard = raw['hard'] === undefined ? soft : one(raw['hard']);
  return soft === null || hard === null || soft > hard ? null : { soft, hard };
}

/** True for a TOML table. */
export function isTable(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) && !(raw instanceof Date);
}
