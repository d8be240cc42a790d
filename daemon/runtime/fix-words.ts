// What a fix is told about its issue, and what its end says.
import { EXIT_UNFIXABLE } from '../../config/check-spec.ts';
import type { FixSpec } from '../../config/check-spec.ts';
import type { FixOutcome, IssueView } from '../contract/issues.ts';
import type { RunView } from '../contract/jobs.ts';
import type { Json } from '../contract/reports.ts';

/** Parameters that become variables, at most. */
const MAX_PARAMS = 100;
/** A variable is no longer. */
const MAX_VALUE = 4096;

/** The issue as JSON, one line: what the fix reads from its stdin. Names are those of the environment, times ISO 8601. */
export function inputOf(issue: IssueView, fix: FixSpec): string {
  const { id, check, code, message, params, severity, occurrences, firstSeenAt, lastSeenAt, attempts } = issue;
  const at = (ms: number): string => new Date(ms).toISOString();
  return `${JSON.stringify({ id, check, code, message, params, severity, occurrences, first_seen: at(firstSeenAt), last_seen: at(lastSeenAt), attempt: attempts, attempts: fix.attempts })}\n`;
}

const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\0', '').slice(0, MAX_VALUE);

/** ISSUE_* and, for parameters that are an object, ISSUE_PARAM_*: the name in capitals, what is no letter or digit as `_`. */
export function variablesOf(issue: IssueView, fix: FixSpec): Readonly<Record<string, string>> {
  const { id, check, code, message, params, severity, occurrences, attempts } = issue;
  const fields = typeof params === 'object' && params !== null && !Array.isArray(params) ? Object.entries(params).slice(0, MAX_PARAMS) : [];
  return {
    ISSUE_ID: id, ISSUE_CHECK: check, ISSUE_CODE: code ?? '', ISSUE_MESSAGE: text(message), ISSUE_SEVERITY: severity, ISSUE_OCCURRENCES: String(occurrences), ISSUE_ATTEMPT: String(attempts),
    ISSUE_ATTEMPTS: String(fix.attempts), ...Object.fromEntries(fields.map(([name, value]) => [`ISSUE_PARAM_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, text(value as Json)])),
  };
}

/** What a line `RESULT {"fixed": …}`, or a reported result, says; undefined: nothing. null: another time. */
export function resultOf(result: Json): boolean | null | undefined {
  if (typeof result !== 'object' || result === null || !('fixed' in result)) return undefined;
  const { fixed } = result;
  return fixed === true || fixed === false || fixed === null ? fixed : undefined;
}

/** The same of a line of its stdout. */
export function resultLine(line: string): boolean | null | undefined {
  if (!line.startsWith('RESULT ')) return undefined;
  try {
    return resultOf(JSON.parse(line.slice('RESULT '.length)) as Json);
  } catch {
    return undefined;
  }
}

/** How an attempt by a run ended. `said`: its last words. */
export function outcomeOfRun(run: RunView, result: boolean | null | undefined, said: string): { readonly outcome: FixOutcome; readonly why: string } {
  const words = [run.why === '' ? run.state.replace('_', ' ') : run.why, said].filter((part) => part !== '').join(': ');
  if (run.startedAt === null && (run.state === 'skipped' || run.state === 'missed' || run.state === 'cancelled')) return { outcome: 'not_started', why: words };
  if (run.state === 'interrupted' || run.state === 'cancelled') return { outcome: 'retry', why: words };
  // What it says itself goes before what its exit code says.
  if (result === true) return { outcome: 'fixed', why: '' };
  if (result === false) return { outcome: 'unfixable', why: said };
  if (result === null) return { outcome: 'retry', why: said === '' ? 'it asks for another time' : said };
  if (run.state === 'succeeded') return { outcome: 'fixed', why: '' };
  if (run.code === EXIT_UNFIXABLE) return { outcome: 'unfixable', why: said };
  return { outcome: 'retry', why: words };
}
