// `health = …`: how it is seen from outside whether a program works. A table, or a list of tables; or lines of words, which is INI's form:
//   { http = "http://127.0.0.1:8000/health", interval = "10s" }    http interval=10s http://127.0.0.1:8000/health
import { parseDuration, printDuration } from './duration.ts';
import { command as commandKind } from './program-kinds.ts';
import { isTable } from './kind.ts';
import { didYouMean } from './nearest.ts';
import { shown } from './problems.ts';
import { goodPattern, goodUrl, probeAddress } from './ready-kind.ts';
import { put } from './record.ts';
import type { Complain, Kind } from './kind.ts';
import type { WrittenCommand } from './program-kinds.ts';
import type { HealthSign, HealthTarget } from './health-spec.ts';

/** What a probe asks, as written: a command is not split, and `ca` not resolved, yet. */
export type WrittenTarget = Exclude<HealthTarget, { kind: 'exec' }> | { readonly kind: 'exec'; readonly command: WrittenCommand; readonly degraded: readonly number[] } | HealthSign;

/** One probe as written. */
export interface WrittenProbe {
  readonly target: WrittenTarget;
  readonly name?: string;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly failures?: number;
  readonly successes?: number;
  readonly startPeriodMs?: number;
}

const WAYS = ['http', 'tcp', 'exec', 'heartbeat', 'output_silence'] as const;
type Way = (typeof WAYS)[number];
/** A probe more often than this costs more than it tells. */
const LEAST_INTERVAL_MS = 50;
/** More than so many of one program are a slip of the pen. */
const MAX_PROBES = 20;
const MAX_COUNT = 1000;

const COMMON = ['name', 'interval', 'failures', 'successes', 'start_period'] as const;
const OF_WAY: Readonly<Record<Way, readonly string[]>> = {
  http: ['timeout', 'status', 'degraded', 'body', 'headers', 'method', 'unix', 'ca', 'insecure', 'server_name'],
  tcp: ['timeout'],
  exec: ['timeout', 'degraded'],
  heartbeat: [],
  output_silence: [],
};

const EXPECTED = 'one or more of { http = URL }, { tcp = "host:port" }, { exec = "command" }, { heartbeat = true }, { output_silence = "10m" }';

/** Options of the form of words, and how their text becomes what TOML would have given. */
const TEXTS: Readonly<Record<string, (text: string) => unknown>> = {
  status: (text) => text.split(',').map(Number),
  degraded: (text) => text.split(',').map(Number),
  failures: Number,
  successes: Number,
  insecure: (text) => (text === 'true' ? true : text),
};

/** `http interval=2s status=200,204 header=Host:x http://…` -> the table it stands for. */
function tableOf(text: string): Record<string, unknown> {
  const [, way = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(text) ?? [];
  const table: Record<string, unknown> = {};
  const headers: Record<string, string> = {};
  let left = rest;
  for (let option = /^([a-z_]+)=(\S*)\s*/.exec(left); option; option = /^([a-z_]+)=(\S*)\s*/.exec(left)) {
    const [all, name = '', value = ''] = option;
    if (name === 'header') put(headers, value.slice(0, Math.max(0, value.indexOf(':'))), value.slice(value.indexOf(':') + 1));
    else put(table, name, Object.hasOwn(TEXTS, name) ? TEXTS[name]?.(value) : value);
    left = left.slice(all.length);
  }
  if (Object.keys(headers).length > 0) table['headers'] = headers;
  const value = left.trim();
  put(table, way, way === 'heartbeat' && value === '' ? true : value);
  return table;
}

/** A key of the table, by its own rule; a complaint and undefined when it is wrong. */
type Field = <T>(name: string, expected: string, parse: (raw: unknown) => T | undefined) => T | undefined;

const text = (raw: unknown): string | undefined => (typeof raw === 'string' && raw !== '' && !/[\0\r\n]/.test(raw) ? raw : undefined);

function codes(least: number, most: number): (raw: unknown) => readonly number[] | undefined {
  return (raw) => {
    const list: unknown[] = Array.isArray(raw) ? raw : [raw];
    const good = list.filter((code): code is number => typeof code === 'number' && Number.isInteger(code) && code >= least && code <= most);
    return good.length === list.length && good.length > 0 ? good : undefined;
  };
}

function headersOf(raw: unknown): Readonly<Record<string, string>> | undefined {
  if (!isTable(raw)) return undefined;
  const entries = Object.entries(raw);
  const good = entries.every(([name, value]) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && typeof value === 'string' && !/[\0\r\n]/.test(value));
  return good ? (Object.fromEntries(entries) as Record<string, string>) : undefined;
}

/** `unix:/run/app.sock:/health`: a URL over a socket. */
function urlOf(raw: unknown): { readonly url: string; readonly unix: string | null } | undefined {
  const written = text(raw) ?? '';
  const socket = /^unix:(\/[^:]+):(\/\S*)$/.exec(written);
  const url = goodUrl(socket === null ? written : `http://localhost${socket[2] ?? ''}`);
  return url === null ? undefined : { url, unix: socket?.[1] ?? null };
}

function httpOf(table: Record<string, unknown>, field: Field): WrittenTarget | undefined {
  const optional = <T>(name: string, expected: string, parse: (raw: unknown) => T | undefined, otherwise: T): T | undefined => (table[name] === undefined ? otherwise : field(name, expected, parse));
  const where = field('http', 'a URL such as "http://127.0.0.1:8000/health", or "unix:/run/app.sock:/health"', urlOf);
  const unix = optional('unix', 'an absolute path', (raw) => (text(raw)?.startsWith('/') === true ? text(raw) : undefined), null);
  const status = optional<readonly number[] | null>('status', 'a status code from 100 to 599, or a list', codes(100, 599), null);
  const degraded = optional('degraded', 'a status code from 100 to 599, or a list', codes(100, 599), []);
  const method = optional('method', 'a method such as "HEAD"', (raw) => (/^[A-Z]{1,20}$/.test(text(raw) ?? '') ? text(raw) : undefined), 'GET');
  const headers = optional('headers', 'a table of header fields', headersOf, {});
  const body = optional<string | null>('body', 'a regular expression', (raw) => goodPattern(text(raw) ?? '') ?? undefined, null);
  const ca = optional<string | null>('ca', 'a file of certificates (PEM)', text, null);
  const insecure = optional('insecure', 'true or false', (raw) => (typeof raw === 'boolean' ? raw : undefined), false);
  const serverName = optional<string | null>('server_name', 'a name', text, null);
  if (where === undefined || unix === undefined || status === undefined || degraded === undefined || method === undefined || headers === undefined || body === undefined || ca === undefined || insecure === undefined || serverName === undefined) return undefined;
  if (!where.url.startsWith('https:'))
    for (const name of ['ca', 'insecure', 'server_name']) if (table[name] !== undefined) field(name, 'a URL that begins with https beside it', () => undefined);
  return { kind: 'http', url: where.url, unix: where.unix ?? unix, status, degraded, method, headers, body, ca, insecure, serverName };
}

function targetOf(way: Way, table: Record<string, unknown>, field: Field, complain: Complain): WrittenTarget | undefined {
  switch (way) {
    case 'http': return httpOf(table, field);
    case 'tcp': {
      const address = field('tcp', '"host:port" or "unix:/path"', (raw) => probeAddress(text(raw) ?? '') ?? undefined);
      return address && { kind: 'tcp', address };
    }
    case 'exec': {
      const command = commandKind.read(table['exec'], (message) => complain(message, ['exec']));
      const degraded = table['degraded'] === undefined ? [] : field('degraded', 'an exit status from 1 to 255, or a list', codes(1, 255));
      return command && degraded && { kind: 'exec', command, degraded };
    }
    case 'heartbeat': return field('heartbeat', 'true', (raw) => (raw === true ? { kind: 'heartbeat' } : undefined));
    case 'output_silence': {
      const afterMs = field('output_silence', 'a duration of at least 100 ms such as "10m"', durationOf(100));
      return afterMs === undefined ? undefined : { kind: 'silence', afterMs, reports: false };
    }
    default: return way satisfies never;
  }
}

function durationOf(least: number): (raw: unknown) => number | undefined {
  return (raw) => {
    const ms = typeof raw === 'string' || typeof raw === 'number' ? parseDuration(raw) : null;
    return ms !== null && Number.isFinite(ms) && ms >= least ? ms : undefined;
  };
}

const count = (raw: unknown): number | undefined => (typeof raw === 'number' && Number.isInteger(raw) && raw >= 1 && raw <= MAX_COUNT ? raw : undefined);

/** One table; undefined after a complaint. */
function readProbe(raw: unknown, complain: Complain): WrittenProbe | undefined {
  const table = typeof raw === 'string' ? tableOf(raw) : raw;
  let good = true;
  const refuse: Complain = (message, sub = []) => {
    good = false;
    complain(message, typeof raw === 'string' ? [] : sub);
  };
  const ways = isTable(table) ? WAYS.filter((way) => table[way] !== undefined) : [];
  const [way] = ways;
  if (!isTable(table) || way === undefined) {
    refuse(`expected ${EXPECTED}, got ${shown(raw)}`);
    return undefined;
  }
  if (ways.length > 1) {
    refuse(`"${ways.join('" and "')}" exclude each other: write a list of two tables`);
    return undefined;
  }
  const known = [way, ...COMMON, ...OF_WAY[way]];
  for (const name of Object.keys(table)) {
    if (known.includes(name)) continue;
    const elsewhere = WAYS.some((other) => OF_WAY[other].includes(name));
    refuse(elsewhere ? `"${name}" does nothing beside "${way}"` : `unknown key${suffix(didYouMean(name, known))}`, [name]);
  }
  const field: Field = (name, expected, parse) => {
    const value = parse(table[name]);
    if (value === undefined) refuse(`expected ${expected}, got ${shown(table[name])}`, [name]);
    return value;
  };
  const maybe = <T>(name: string, expected: string, parse: (value: unknown) => T | undefined): T | undefined => (table[name] === undefined ? undefined : field(name, expected, parse));
  const target = targetOf(way, table, field, refuse);
  const parts = {
    name: maybe('name', 'a name without blanks, of at most 40 characters', (value) => (/^[^\s\0]{1,40}$/.test(text(value) ?? '') ? text(value) : undefined)),
    intervalMs: maybe('interval', `a duration of at least ${printDuration(LEAST_INTERVAL_MS)}`, durationOf(LEAST_INTERVAL_MS)),
    timeoutMs: maybe('timeout', 'a duration such as "5s", which is some time', durationOf(1)),
    failures: maybe('failures', `a number from 1 to ${MAX_COUNT}`, count),
    successes: maybe('successes', `a number from 1 to ${MAX_COUNT}`, count),
    startPeriodMs: maybe('start_period', 'a duration such as "1m"', durationOf(0)),
  };
  if (!good || target === undefined) return undefined;
  const written = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Omit<WrittenProbe, 'target'>;
  return { target, ...written };
}

function suffix(hint: string | null): string {
  return hint === null ? '' : `, ${hint}`;
}

const duration = { type: ['string', 'number'] } as const;
const someCodes = { anyOf: [{ type: 'integer' }, { type: 'array', items: { type: 'integer' }, minItems: 1 }] } as const;
const counts = { type: 'integer', minimum: 1, maximum: MAX_COUNT } as const;
const word = { type: 'string', minLength: 1 } as const;
const MORE: Readonly<Record<string, object>> = {
  name: word, interval: duration, failures: counts, successes: counts, start_period: duration, timeout: duration, status: someCodes, degraded: someCodes, body: word,
  headers: { type: 'object', additionalProperties: { type: 'string' } }, method: { type: 'string', pattern: '^[A-Z]+$' }, unix: word, ca: word, insecure: { type: 'boolean' }, server_name: word,
};
const VALUES: Readonly<Record<Way, object>> = { http: word, tcp: word, exec: commandKind.json, heartbeat: { const: true }, output_silence: duration };
const FORMS = WAYS.map((way) => ({
  type: 'object', additionalProperties: false, required: [way], properties: { [way]: VALUES[way], ...Object.fromEntries([...COMMON, ...OF_WAY[way]].map((name) => [name, MORE[name]])) },
}));
const WORDS = { type: 'string', pattern: `^(${WAYS.join('|')})\\b` } as const;

/** `health`. */
export const health: Kind<readonly WrittenProbe[]> = {
  expected: EXPECTED,
  json: { anyOf: [WORDS, ...FORMS, { type: 'array', minItems: 1, maxItems: MAX_PROBES, items: { anyOf: [WORDS, ...FORMS] } }] },
  read: (raw, complain) => {
    if (!Array.isArray(raw)) {
      const one = readProbe(raw, complain);
      return one && [one];
    }
    if (raw.length === 0 || raw.length > MAX_PROBES) {
      complain(`expected 1 to ${MAX_PROBES} probes, got ${raw.length}`);
      return undefined;
    }
    const probes = raw.map((item: unknown, index) => readProbe(item, (message, sub = []) => complain(message, [index, ...sub])));
    const good = probes.filter((probe) => probe !== undefined);
    return good.length === probes.length ? good : undefined;
  },
  // One probe a line; commas belong to commands.
  fromText: (lines) => lines.split('\n').map((line) => line.trim()).filter((line) => line !== ''),
  print: (value) => JSON.stringify(value.map(probeWords)),
};

/** One probe as a line of words: the INI form. */
export function probeWords(probe: WrittenProbe): string {
  const { target } = probe;
  const span = (name: string, ms: number | undefined): readonly string[] => (ms === undefined ? [] : [`${name}=${printDuration(ms)}`]);
  const options = [
    ...(probe.name === undefined ? [] : [`name=${probe.name}`]), ...span('interval', probe.intervalMs), ...span('timeout', probe.timeoutMs),
    ...(probe.failures === undefined ? [] : [`failures=${probe.failures}`]), ...(probe.successes === undefined ? [] : [`successes=${probe.successes}`]), ...span('start_period', probe.startPeriodMs),
    ...('degraded' in target && target.degraded.length > 0 ? [`degraded=${target.degraded.join(',')}`] : []),
  ];
  switch (target.kind) {
    case 'http': return ['http', ...options, ...httpWords(target), target.url].join(' ');
    case 'tcp': return ['tcp', ...options, addressWords(target.address)].join(' ');
    case 'exec': return ['exec', ...options, target.command.text].join(' ');
    case 'heartbeat': return ['heartbeat', ...options].join(' ');
    case 'silence': return ['output_silence', ...options, printDuration(target.afterMs)].join(' ');
    default: return target satisfies never;
  }
}

/** `host:port`, or `unix:/path`. */
export function addressWords(address: Extract<HealthTarget, { kind: 'tcp' }>['address']): string {
  return 'unix' in address ? `unix:${address.unix}` : `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

function httpWords(target: Extract<HealthTarget, { kind: 'http' }>): readonly string[] {
  return [
    ...(target.status === null ? [] : [`status=${target.status.join(',')}`]), ...(target.unix === null ? [] : [`unix=${target.unix}`]), ...(target.method === 'GET' ? [] : [`method=${target.method}`]),
    ...Object.entries(target.headers).map(([name, value]) => `header=${name}:${value}`), ...(target.body === null ? [] : [`body=${target.body}`]), ...(target.ca === null ? [] : [`ca=${target.ca}`]),
    ...(target.insecure ? ['insecure=true'] : []), ...(target.serverName === null ? [] : [`server_name=${target.serverName}`]),
  ];
}
