// What children write, and what it means: the lines of sd_notify with ours among them, and the bodies of HTTP reports. Pure; any
// text at all has an answer, and nothing here throws.
import { withoutHidden } from '../../config/hidden-characters.ts';
import type { Json, Report } from './reports.ts';
import { META_LIMIT_BYTES } from './reports.ts';

/** A report, or a person's words why it is none. */
export type ReadReport = { readonly report: Report } | { readonly problem: string };

/** What one message of sd_notify says. */
export interface NotifyMessage {
  readonly reports: readonly Report[];
  /** Lines that were refused, in a person's words. Lines that mean nothing here (FDSTORE=1, ERRNO=2 …) are passed over in silence, as systemd does. */
  readonly problems: readonly string[];
}

/** A message of sd_notify may be so long. */
export const NOTIFY_LIMIT_BYTES = 16_384;
/** A status, or the reason of a health value; longer ones are cut. */
const TEXT_LIMIT = 1024;
/** Name of a service. */
const NAME = /^[\w.-]{1,64}$/;
/** Reports that one message may bring. */
const REPORTS_LIMIT = 32;
/** More time than this at once is not asked for by mistake alone. */
const EXTEND_LIMIT_MS = 24 * 3_600_000;
const HEALTH = ['healthy', 'degraded', 'unhealthy'] as const;

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, limit - 1) + '…';
}

/** One line that a terminal, a log and a page can show as it is: what is not seen, or turns text around, is U+FFFD. */
export function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return withoutHidden(text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim());
}

function shown(text: string): string {
  return cut(oneLine(text), TEXT_LIMIT);
}

function quoted(text: string): string {
  return JSON.stringify(cut(text, 40));
}

/** UTF-8 length: what the limit on metadata counts. */
function byteLength(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code >= 0xd800 && code < 0xdc00 ? (i += 1, 4) : 3;
  }
  return bytes;
}

/** Metadata, or a problem. Empty text is no metadata. */
function jsonOf(text: string, what: string): { readonly value: Json } | { readonly problem: string } {
  const trimmed = text.trim();
  if (trimmed === '') return { value: null };
  if (byteLength(trimmed) > META_LIMIT_BYTES) return { problem: `its ${what} has more than ${String(META_LIMIT_BYTES)} bytes` };
  try {
    return { value: JSON.parse(trimmed) as Json };
  } catch {
    return { problem: `its ${what} is not JSON: ${quoted(trimmed)}` };
  }
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function phaseOf(meta: Json): string | null {
  return isObject(meta) && typeof meta['phase'] === 'string' ? shown(meta['phase']) : null;
}

function progress(current: Json | undefined, total: Json | undefined, phase: string | null, meta: Json): ReadReport {
  if (typeof current !== 'number' || !Number.isFinite(current) || current < 0) return { problem: `progress must be a number from 0 on, not ${quoted(JSON.stringify(current) ?? 'nothing')}` };
  const end = total ?? null;
  if (end !== null && (typeof end !== 'number' || !Number.isFinite(end) || end < 0)) return { problem: `the total of a progress must be a number from 0 on, not ${quoted(JSON.stringify(end))}` };
  return { report: { type: 'progress', current, total: end, phase, meta } };
}

function health(value: Json | undefined, why: Json | undefined): ReadReport {
  const known = HEALTH.find((name) => name === value);
  if (known === undefined) return { problem: `health must be ${HEALTH.join(', ')}, not ${quoted(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'))}` };
  return { report: { type: 'health', value: known, why: typeof why === 'string' ? shown(why) : '' } };
}

function breaker(name: Json | undefined, outcome: Json | undefined): ReadReport {
  if (typeof name !== 'string' || !NAME.test(name)) return { problem: 'a breaker has a name of letters, digits, dots, dashes and underscores' };
  if (outcome !== 'success' && outcome !== 'failure') return { problem: `a breaker is told success or failure, not ${quoted(typeof outcome === 'string' ? outcome : (JSON.stringify(outcome) ?? 'nothing'))}` };
  return { report: { type: 'breaker', name, outcome } };
}

function withJson(text: string, what: string, make: (value: Json) => ReadReport): ReadReport {
  const read = jsonOf(text, what);
  return 'problem' in read ? read : make(read.value);
}

/** `3/10 {"phase":"load"}`, `3`, `3/?`. */
const PROGRESS = /^(\d+(?:\.\d+)?)(?:\s*\/\s*(\d+(?:\.\d+)?|\?))?(?:\s+(.*))?$/s;

function progressLine(value: string): ReadReport {
  const [, current, total, meta = ''] = PROGRESS.exec(value.trim()) ?? [];
  if (current === undefined) return { problem: `X_REEVE_PROGRESS must be CURRENT/TOTAL and JSON where wanted, not ${quoted(value)}` };
  return withJson(meta, 'metadata', (value) => progress(Number(current), total === undefined || total === '?' ? null : Number(total), phaseOf(value), value));
}

/** The first word, and the rest. */
function split(value: string): readonly [string, string] {
  const [, first = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(value.trim()) ?? [];
  return [first, rest];
}

function extend(value: string): ReadReport {
  if (!/^\d{1,20}$/.test(value)) return { problem: `EXTEND_TIMEOUT_USEC must be a number of microseconds, not ${quoted(value)}` };
  return { report: { type: 'extend', ms: Math.min(EXTEND_LIMIT_MS, Math.ceil(Number(value) / 1000)) } };
}

/** Lines that say `=1`; any other value is passed over, as in systemd. */
const FLAGS: Readonly<Record<string, Report>> = { READY: { type: 'ready' }, WATCHDOG: { type: 'watchdog' }, STOPPING: { type: 'stopping' }, RELOADING: { type: 'reloading' } };

/** Lines with a value. */
const LINES: Readonly<Record<string, (value: string) => ReadReport>> = {
  STATUS: (value) => ({ report: { type: 'status', text: shown(value) } }),
  EXTEND_TIMEOUT_USEC: extend,
  // Who the main process is, is known here by its pid, and a child that names another one would escape what its limits and its end are about.
  MAINPID: () => ({ problem: 'MAINPID is not taken: the process that was started is the main one' }),
  X_REEVE_HEARTBEAT: (value) => withJson(value, 'metadata', (meta) => ({ report: { type: 'heartbeat', meta } })),
  X_REEVE_PROGRESS: progressLine,
  X_REEVE_HEALTH: (value) => health(...split(value)),
  X_REEVE_BREAKER: (value) => breaker(...split(value)),
  X_REEVE_ISSUE: (value) => withJson(value, 'issue', (issue) => ({ report: { type: 'issue', issue } })),
  X_REEVE_RESULT: (value) => withJson(value, 'result', (result) => ({ report: { type: 'result', result } })),
};

function lineOf(line: string): ReadReport | null {
  const at = line.indexOf('=');
  if (at <= 0) return null;
  const name = line.slice(0, at);
  const value = line.slice(at + 1);
  if (Object.hasOwn(FLAGS, name)) return value.trim() === '1' ? { report: FLAGS[name] as Report } : null;
  if (Object.hasOwn(LINES, name)) return (LINES[name] as (value: string) => ReadReport)(value);
  return name.startsWith('X_REEVE_') ? { problem: `${quoted(name)} is no report that reeve knows` } : null;
}

/** Reads one message of sd_notify: assignments, one a line. */
export function readNotify(text: string): NotifyMessage {
  const reports: Report[] = [];
  const problems: string[] = [];
  for (const line of text.split('\n')) {
    const read = lineOf(line);
    if (read === null) continue;
    if (reports.length + problems.length >= REPORTS_LIMIT) {
      problems.push(`more than ${String(REPORTS_LIMIT)} reports in one message`);
      break;
    }
    if ('report' in read) reports.push(read.report);
    else problems.push(read.problem);
  }
  return { reports, problems };
}

function fields(body: string, make: (fields: { readonly [key: string]: Json }) => ReadReport): ReadReport {
  return withJson(body, 'body', (value) => (isObject(value) ? make(value) : { problem: 'the body must be a JSON object' }));
}

/** Bodies of `POST /v1/supervised/{id}/{kind}`. */
const BODIES = {
  ready: () => ({ report: { type: 'ready' } }),
  heartbeat: (body) => withJson(body, 'metadata', (meta) => ({ report: { type: 'heartbeat', meta } })),
  progress: (body) => fields(body, (f) => progress(f['current'], f['total'], typeof f['phase'] === 'string' ? shown(f['phase']) : phaseOf(f['meta'] ?? null), f['meta'] ?? null)),
  status: (body) => fields(body, (f) => (typeof f['text'] === 'string' ? { report: { type: 'status', text: shown(f['text']) } } : { problem: 'a status has a text' })),
  health: (body) => fields(body, (f) => health(f['value'], f['why'])),
  result: (body) => withJson(body, 'result', (result) => ({ report: { type: 'result', result } })),
  breaker: (body) => fields(body, (f) => breaker(f['name'], f['outcome'])),
  issue: (body) => withJson(body, 'issue', (issue) => ({ report: { type: 'issue', issue } })),
} as const satisfies Record<string, (body: string) => ReadReport>;

/** The last part of the address of a report: `heartbeat`, `progress` … */
export type ReportKind = keyof typeof BODIES;

/** What can be posted. */
export const REPORT_KINDS = Object.keys(BODIES) as readonly ReportKind[];

/** Reads the body of a report of this kind; null: there is no such kind. */
export function readBody(kind: string, body: string): ReadReport | null {
  return Object.hasOwn(BODIES, kind) ? BODIES[kind as ReportKind](body) : null;
}
