// `ready = …`: how a program says or shows that it is ready. As a table, or as a line of words, which is INI's form:
//   { http = "http://127.0.0.1:8000/ready", interval = "2s" }    http interval=2s http://127.0.0.1:8000/ready
import { parseDuration, printDuration } from './duration.ts';
import { command as commandKind } from './program-kinds.ts';
import { isTable } from './kind.ts';
import type { Complain, Kind } from './kind.ts';
import type { WrittenCommand } from './program-kinds.ts';
import { shown } from './problems.ts';
import { put } from './record.ts';
import type { ProbeAddress } from './spec.ts';

/** `ready` as written. A command is not split yet. */
export type WrittenReady =
  | { readonly kind: 'notify' }
  | { readonly kind: 'http'; readonly url: string; readonly unix: string | null; readonly status: readonly number[] | null; readonly intervalMs: number; readonly timeoutMs: number }
  | { readonly kind: 'tcp'; readonly address: ProbeAddress; readonly intervalMs: number; readonly timeoutMs: number }
  | { readonly kind: 'exec'; readonly command: WrittenCommand; readonly intervalMs: number; readonly timeoutMs: number }
  | { readonly kind: 'log'; readonly pattern: string }
  | { readonly kind: 'fd'; readonly fd: number }
  | { readonly kind: 'delay'; readonly delayMs: number };

const INTERVAL_MS = 1000;
const TIMEOUT_MS = 5000;
/** A probe more often than this costs more than it tells. */
const LEAST_INTERVAL_MS = 50;

const WAYS = ['notify', 'http', 'tcp', 'exec', 'log', 'fd', 'delay'] as const;
type Way = (typeof WAYS)[number];
const PROBES: readonly Way[] = ['http', 'tcp', 'exec'];

const EXPECTED = 'one of { notify = true }, { http = URL }, { tcp = "host:port" }, { exec = "command" }, { log = "regex" }, { fd = 3 }, { delay = "5s" }';

/** `notify`, `fd 3`, `http interval=2s status=200,204 http://…` -> the table it stands for. */
function tableOf(text: string): Record<string, unknown> {
  const [, way = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(text) ?? [];
  const table: Record<string, unknown> = {};
  let left = rest;
  for (let option = /^(interval|timeout|status|unix)=(\S+)\s*/.exec(left); option; option = /^(interval|timeout|status|unix)=(\S+)\s*/.exec(left)) {
    const [all, name = '', value = ''] = option;
    table[name] = name === 'status' ? value.split(',').map(Number) : value;
    left = left.slice(all.length);
  }
  const value = left.trim();
  put(table, way, way === 'notify' && value === '' ? true : way === 'fd' && /^\d+$/.test(value) ? Number(value) : value);
  return table;
}

/** `host:port`, `:port`, `unix:/path`; null for anything else. */
export function probeAddress(text: string): ProbeAddress | null {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    return path.startsWith('/') && !path.includes('\0') ? { unix: path } : null;
  }
  const match = /^(?:\[([^\]\s]+)\]|([^:\s[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? 0);
  if (match === null || port < 1 || port > 65_535) return null;
  return { host: match[1] ?? (match[2] || '127.0.0.1'), port };
}

/** The URL as it is asked for, or null. */
export function goodUrl(text: string): string | null {
  return /^https?:\/\/(\[[\da-fA-F:.]+\]|[^\s/:?#[\]@]+)(:\d{1,5})?([/?][\x21-\x7e]*)?$/.test(text) ? text : null;
}

/** The expression as it is, or null. */
export function goodPattern(text: string): string | null {
  try {
    return text === '' ? null : new RegExp(text).source && text;
  } catch {
    return null;
  }
}

/** A key of the table, by its own rule; a complaint and undefined when it is wrong. */
type Field = <T>(name: string, expected: string, parse: (raw: unknown) => T | null | undefined) => T | undefined;

function readWay(way: Way, table: Record<string, unknown>, field: Field, complain: Complain): WrittenReady | undefined {
  const ms = (name: string, fallback: number): number | undefined =>
    table[name] === undefined ? fallback : field(name, 'a duration such as "2s"', (raw) => (typeof raw === 'string' || typeof raw === 'number' ? parseDuration(raw) : null));
  const text = (raw: unknown): string | null => (typeof raw === 'string' && !raw.includes('\0') ? raw : null);
  const intervalMs = ms('interval', INTERVAL_MS);
  const timeoutMs = ms('timeout', TIMEOUT_MS);
  if (intervalMs !== undefined && intervalMs < LEAST_INTERVAL_MS) complain(`expected an interval of at least ${printDuration(LEAST_INTERVAL_MS)}`, ['interval']);
  if (timeoutMs === 0) complain('a probe needs some time for its answer', ['timeout']);
  if (intervalMs === undefined || timeoutMs === undefined || intervalMs < LEAST_INTERVAL_MS || timeoutMs === 0) return undefined;
  const probing = { intervalMs, timeoutMs };
  switch (way) {
    case 'notify': return field('notify', 'true', (raw) => (raw === true ? ({ kind: 'notify' } as const) : null));
    case 'http': {
      const url = field('http', 'a URL such as "http://127.0.0.1:8000/ready"', (raw) => goodUrl(text(raw) ?? ''));
      const unix = table['unix'] === undefined ? null : field('unix', 'an absolute path', (raw) => (text(raw)?.startsWith('/') === true ? text(raw) : null));
      const list: unknown[] = Array.isArray(table['status']) ? table['status'] : [table['status']];
      const good = list.filter((code): code is number => typeof code === 'number' && Number.isInteger(code) && code >= 100 && code <= 599);
      const status = table['status'] === undefined ? null : field('status', 'a status code from 100 to 599, or a list', () => (good.length === list.length && good.length > 0 ? good : null));
      return url === undefined || unix === undefined || status === undefined ? undefined : { kind: 'http', url, unix, status, ...probing };
    }
    case 'tcp': {
      const address = field('tcp', '"host:port" or "unix:/path"', (raw) => probeAddress(text(raw) ?? ''));
      return address && { kind: 'tcp', address, ...probing };
    }
    case 'exec': {
      const command = commandKind.read(table['exec'], (message) => complain(message, ['exec']));
      return command && { kind: 'exec', command, ...probing };
    }
    case 'log': {
      const pattern = field('log', 'a regular expression', (raw) => goodPattern(text(raw) ?? ''));
      return pattern === undefined ? undefined : { kind: 'log', pattern };
    }
    case 'fd': return field('fd', 'a descriptor from 3 to 9', (raw) => (typeof raw === 'number' && Number.isInteger(raw) && raw >= 3 && raw <= 9 ? ({ kind: 'fd', fd: raw } as const) : null));
    case 'delay': {
      const delayMs = ms('delay', 0);
      return delayMs === undefined ? undefined : { kind: 'delay', delayMs };
    }
    default: return way satisfies never;
  }
}

const duration = { type: ['string', 'number'] } as const;
const probing = { interval: duration, timeout: duration };
const form = (way: Way, value: object, more: object = {}): object => ({ type: 'object', additionalProperties: false, required: [way], properties: { [way]: value, ...more } });

/** `ready`. */
export const ready: Kind<WrittenReady> = {
  expected: EXPECTED,
  json: {
    anyOf: [
      { type: 'string', pattern: `^(${WAYS.join('|')})\\b` },
      form('notify', { const: true }),
      form('http', { type: 'string' }, { ...probing, unix: { type: 'string' }, status: { anyOf: [{ type: 'integer' }, { type: 'array', items: { type: 'integer' }, minItems: 1 }] } }),
      form('tcp', { type: 'string' }, probing),
      form('exec', commandKind.json, probing),
      form('log', { type: 'string', minLength: 1 }),
      form('fd', { type: 'integer', minimum: 3, maximum: 9 }),
      form('delay', duration),
    ],
  },
  read: (raw, complain) => {
    const table = typeof raw === 'string' ? tableOf(raw) : raw;
    const refuse = (message: string, sub: readonly (string | number)[] = []): void => complain(message, typeof raw === 'string' ? [] : sub);
    const ways = isTable(table) ? WAYS.filter((way) => table[way] !== undefined) : [];
    const [way] = ways;
    if (!isTable(table) || way === undefined) {
      refuse(`expected ${EXPECTED}, got ${shown(raw)}`);
      return undefined;
    }
    if (ways.length > 1) {
      refuse(`"${ways.join('" and "')}" exclude each other: a program is ready in one way`);
      return undefined;
    }
    const known: readonly string[] = [way, ...(PROBES.includes(way) ? ['interval', 'timeout'] : []), ...(way === 'http' ? ['status', 'unix'] : [])];
    const odd = Object.keys(table).find((name) => !known.includes(name));
    if (odd !== undefined) {
      refuse(`"${odd}" does nothing beside "${way}"`, [odd]);
      return undefined;
    }
    const field: Field = (name, expected, parse) => {
      const value = parse(table[name]);
      if (value !== null && value !== undefined) return value;
      refuse(`expected ${expected}, got ${shown(table[name])}`, [name]);
      return undefined;
    };
    return readWay(way, table, field, refuse);
  },
  fromText: (text) => text,
  print: (value) => `"${readyWords(value)}"`,
};

/** As one line: the INI form. */
export function readyWords(value: WrittenReady): string {
  const options = 'intervalMs' in value
    ? `${value.intervalMs === INTERVAL_MS ? '' : `interval=${printDuration(value.intervalMs)} `}${value.timeoutMs === TIMEOUT_MS ? '' : `timeout=${printDuration(value.timeoutMs)} `}`
    : '';
  switch (value.kind) {
    case 'notify': return 'notify';
    case 'http': return `http ${options}${value.status === null ? '' : `status=${value.status.join(',')} `}${value.unix === null ? '' : `unix=${value.unix} `}${value.url}`;
    case 'tcp': return `tcp ${options}${'unix' in value.address ? `unix:${value.address.unix}` : `${value.address.host.includes(':') ? `[${value.address.host}]` : value.address.host}:${value.address.port}`}`;
    case 'exec': return `exec ${options}${value.command.text}`;
    case 'log': return `log ${value.pattern}`;
    case 'fd': return `fd ${value.fd}`;
    case 'delay': return `delay ${printDuration(value.delayMs)}`;
    default: return value satisfies never;
  }
}
