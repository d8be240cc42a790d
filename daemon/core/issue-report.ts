// What somebody says is wrong: a line of text or of JSON becomes a report, and a report has an identity. Pure.
import type { IssueSeverity } from '../contract/issues.ts';
import { oneLine } from '../contract/report-text.ts';
import type { Json } from '../contract/reports.ts';

/** An issue as somebody reported it. */
export interface IssueReport {
  readonly message: string;
  readonly code: string | null;
  readonly params: Json;
  readonly dedupKey: string | null;
  /** null: that of its check. */
  readonly severity: IssueSeverity | null;
}

/** A report that was read, or why it is none. */
export type ReadIssue = { readonly report: IssueReport } | { readonly problem: string };

/** Longer messages are cut: two that differ only behind it are one issue. */
const MESSAGE_LIMIT = 1000;
const CODE = /^[A-Za-z0-9][\w.-]{0,99}$/;
const DEDUP_LIMIT = 200;
const PARAMS_LIMIT = 4096;
const SEVERITIES: readonly unknown[] = ['minor', 'major', 'critical'] satisfies readonly IssueSeverity[];
const KEYS: readonly string[] = ['message', 'code', 'params', 'dedup_key', 'severity'];

/** The code of an issue that says that its check failed. */
export const CHECK_FAILED = 'check-failed';

function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function clean(text: string): string {
  return oneLine(text).slice(0, MESSAGE_LIMIT);
}

/** JSON with the keys of objects in order: the same value is the same text. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value).toSorted().map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
}

/** What makes an issue the one it is: its check, and what the reporter says is its key, else its message, code and params. */
export function identityOf(check: string, report: IssueReport): string {
  const { message, code, params, dedupKey } = report;
  return canonical(dedupKey === null ? [check, message, code, params] : [check, { dedup: dedupKey }]);
}

function fields(value: { readonly [key: string]: Json }): ReadIssue {
  const { code = null, message = code, params = null, dedup_key: dedupKey = null, severity = null } = value;
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) return { problem: `${JSON.stringify(unknown.slice(0, 60))} is no field of an issue: there are ${KEYS.join(', ')}` };
  if (typeof message !== 'string' || clean(message) === '') return { problem: 'an issue has a message, a text that is not empty, or a code' };
  if (code !== null && (typeof code !== 'string' || !CODE.test(code))) return { problem: 'the code of an issue is a word of at most 100 letters, digits, ".", "_" and "-"' };
  if (dedupKey !== null && (typeof dedupKey !== 'string' || dedupKey === '' || dedupKey.length > DEDUP_LIMIT)) return { problem: `dedup_key is a text of at most ${String(DEDUP_LIMIT)} characters` };
  if (severity !== null && !SEVERITIES.includes(severity)) return { problem: `severity is one of ${SEVERITIES.join(', ')}` };
  if (JSON.stringify(params).length > PARAMS_LIMIT) return { problem: `params are longer than ${String(PARAMS_LIMIT)} characters of JSON` };
  return { report: { message: clean(message), code, params, dedupKey, severity: severity as IssueSeverity | null } };
}

/** An issue as JSON: `{message, code?, params?, dedup_key?, severity?}` (with a code the message may be left out: the code is it), `[message, code?, params?]`, or a text. */
export function readIssueJson(value: Json): ReadIssue {
  if (typeof value === 'string') return fields({ message: value });
  if (Array.isArray(value)) {
    const [message, code = null, params = null, more] = value as readonly Json[];
    return more === undefined && message !== undefined ? fields({ message, code, params }) : { problem: 'an issue as a list is [message], [message, code] or [message, code, params]' };
  }
  return isObject(value) ? fields(value) : { problem: 'an issue is an object with a message' };
}

function parse(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}

/** One line of the output of a check. null: it says nothing. `onlyJson`: text is chatter, and so is JSON that is no object or has no message. */
export function readIssueLine(line: string, onlyJson: boolean): ReadIssue | null {
  const text = line.trim();
  if (text === '') return null;
  const value = text.startsWith('{') || text.startsWith('[') ? parse(text) : undefined;
  if (onlyJson) return isObject(value) && 'message' in value ? fields(value) : null;
  if (value !== undefined) return readIssueJson(value);
  if (text.startsWith('{')) return { problem: 'it begins as JSON and is none' };
  return { report: { message: clean(text), code: null, params: null, dedupKey: null, severity: null } };
}
