// Checks and issues as a person reads them. Pure.
import type { CheckReport, CheckView, FixAttempt, IssueCount, IssueDetails, IssueState, IssueView } from '../daemon/contract/issues.ts';
import { shortId } from '../daemon/contract/names.ts';
import type { JobStyle } from './job-lines.ts';
import { printable } from './screen.ts';
import type { Paint } from './screen.ts';
import { tableLines } from './table-lines.ts';
import type { Cell } from './table-lines.ts';
import { relative, shortDuration, zoned, zonedBriefly } from './time-words.ts';

const STATE_PAINTS: Readonly<Record<IssueState, Paint>> = { open: 'yellow', fixing: 'cyan', manual: 'yellow', unfixable: 'red', exhausted: 'red', fixed: 'green', closed: 'grey' };
/** A check that saw nothing for so long may be one that cannot see anything. */
const QUIET_MS = 30 * 86_400_000;

const state = (one: IssueState): Cell => ({ text: one, paint: STATE_PAINTS[one] });

function lastCell(check: CheckView, now: number): Cell {
  if (check.running > 0) return { text: 'running', paint: 'cyan' };
  if (check.lastResult === null || check.lastRunAt === null) return { text: 'never' };
  const ago = relative(check.lastRunAt, now);
  if (check.lastResult === 'failed') return { text: `failed ${ago}`, paint: 'red' };
  return check.lastResult === 'ok' ? { text: `ok ${ago}`, paint: 'green' } : { text: `${check.lastIssues} issue${check.lastIssues === 1 ? '' : 's'} ${ago}`, paint: 'yellow' };
}

/** What deserves a look: a failure, or a check that never saw anything although it has looked for long. */
function note(check: CheckView, now: number): string {
  if (check.lastResult === 'failed') return check.lastWhy;
  const since = check.lastIssueAt ?? check.firstRunAt;
  return since !== null && now - since > QUIET_MS ? `no issue in ${shortDuration(now - since)}: can it see any?` : '';
}

export function checkListLines(checks: readonly CheckView[], style: JobStyle): string[] {
  return tableLines(
    ['NAME', 'LAST', 'OPEN', 'NEXT', 'SCHEDULE', 'NOTE'],
    checks.map((check) => [
      check.name, lastCell(check, style.now), String(check.open), !check.enabled ? 'disabled' : check.paused ? 'paused' : check.nextAt === null ? '-' : relative(check.nextAt, style.now).replace(/^in /, ''),
      check.schedule, note(check, style.now),
    ]),
    { ...style, right: new Set([2]), drop: [4] },
  );
}

/** What one run of a check saw. */
export function reportLines(report: CheckReport, style: JobStyle): string[] {
  const lines = report.issues.length === 0 ? [] : tableLines(
    ['ISSUE', 'STATE', 'SEVERITY', 'CODE', 'MESSAGE'],
    report.issues.map((issue) => [shortId(issue.id), issue.state === 'new' ? { text: 'new' } : state(issue.state), issue.severity, issue.code ?? '', issue.message]),
    { ...style, drop: [2] },
  );
  return [
    ...lines,
    ...(report.dropped === 0 ? [] : [`${report.dropped} more were not looked at (max_issues).`]),
    ...(report.ok ? (report.issues.length === 0 ? [`${report.check}: nothing is wrong`] : []) : [`${report.check}: could not look: ${printable(report.why)}`]),
    ...(report.dryRun && report.issues.length > 0 ? ['Nothing of it was stored.'] : []),
  ];
}

function tries(issue: IssueView): string {
  return issue.fix === null ? '' : `${issue.attempts}/${issue.maxAttempts}`;
}

export function issueListLines(issues: readonly IssueView[], style: JobStyle): string[] {
  return tableLines(
    ['ISSUE', 'STATE', 'CHECK', 'CODE', 'SEEN', 'TRIES', 'LAST', 'MESSAGE'],
    issues.map((issue) => [shortId(issue.id), state(issue.state), issue.check, issue.code ?? '', String(issue.occurrences), tries(issue), relative(issue.lastSeenAt, style.now), issue.message]),
    { ...style, right: new Set([4]), drop: [4, 3] },
  );
}

function attemptRow(attempt: FixAttempt, style: JobStyle): readonly (string | Cell)[] {
  const took = attempt.endedAt === null ? '' : shortDuration(attempt.endedAt - attempt.startedAt);
  const outcome = attempt.outcome ?? 'going on';
  return [
    String(attempt.number), zonedBriefly(attempt.startedAt, style.zone), attempt.fix, { text: outcome.replace('_', ' '), paint: outcome === 'fixed' ? 'green' : attempt.outcome === null ? 'cyan' : 'red' }, took,
    attempt.run === null ? '' : shortId(attempt.run), attempt.by === 'reeve' ? '' : attempt.by, attempt.why,
  ];
}

/** One issue with its attempts. */
export function issueLines(issue: IssueDetails, style: JobStyle): string[] {
  const at = (ms: number): string => `${zoned(ms, style.zone)} (${relative(ms, style.now)})`;
  const rows: readonly (readonly [string, string])[] = [
    ['issue', issue.id], ['check', issue.check], ['code', issue.code ?? ''], ['message', issue.message], ['params', issue.params === null ? '' : JSON.stringify(issue.params)], ['severity', issue.severity],
    ['state', issue.state], ['why', issue.why], ['next', issue.next],
    ['seen', `${issue.occurrences} time${issue.occurrences === 1 ? '' : 's'}, first ${at(issue.firstSeenAt)}, last ${at(issue.lastSeenAt)}`],
    ['back', issue.reopened === 0 ? '' : `${issue.reopened} time${issue.reopened === 1 ? '' : 's'}`], ['fix', issue.fix === null ? '' : `${issue.fix}, ${issue.attempts} of ${issue.maxAttempts} attempts, ${issue.tries} in all`],
    ['error', issue.error],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    ...rows.filter(([, value]) => value !== '').map(([name, value]) => `${name.padEnd(width)}${printable(value)}`),
    ...(issue.history.length === 0 ? [] : ['', ...tableLines(['TRY', 'BEGAN', 'FIX', 'OUTCOME', 'TOOK', 'RUN', 'BY', 'WHY'], issue.history.map((attempt) => attemptRow(attempt, style)), { ...style, drop: [6] })]),
  ];
}

export function issueTopLines(counts: readonly IssueCount[], style: JobStyle): string[] {
  return tableLines(
    ['CHECK', 'CODE', 'SEEN', 'ISSUES', 'LIVE', 'BACK', 'ATTEMPTS', 'FIXED', 'MEAN TO FIX'],
    counts.map((one) => [
      one.check, one.code ?? '', String(one.occurrences), String(one.issues), String(one.live), String(one.reopened), String(one.attempts), String(one.fixed), one.meanFixMs === null ? '' : shortDuration(one.meanFixMs),
    ]),
    { ...style, right: new Set([2, 3, 4, 5, 6, 7]) },
  );
}
