// What becomes of an issue, what does its check see, and what does a fix wait for? Pure.
import type { CheckSpec, FixSpec } from '../../config/check-spec.ts';
import type { CheckExplanation, FixExplanation, IssueExplanation } from '../contract/explanations.ts';
import type { CheckView, FixAttempt, IssueDetails, IssueView } from '../contract/issues.ts';
import { ISSUE_STATES } from '../contract/issues.ts';
import { shortId } from '../contract/names.ts';
import { ago, because, clockTime, count, listed, span } from './explain-words.ts';
import { holds, streak } from './explain-job.ts';
import type { JobSource } from './explain-job.ts';

export interface IssueSource {
  readonly issue: IssueDetails;
  /** Its check, where it has one that is configured. */
  readonly check: CheckView | null;
  readonly spec: CheckSpec | undefined;
  readonly fix: FixSpec | undefined;
  /** What keeps its fix from beginning; '': nothing. */
  readonly held: string;
  readonly now: number;
}

function attemptSentence(last: FixAttempt, now: number): string {
  const run = last.run === null ? '' : `; \`reevectl job show ${shortId(last.run)}\` has its output`;
  if (last.endedAt === null) return `Attempt ${last.number} by fix ${last.fix} goes on for ${ago(now - last.startedAt)}${run}.`;
  return `Attempt ${last.number} by fix ${last.fix} ended ${ago(now - last.endedAt)} ago: ${(last.outcome ?? 'unknown').replace('_', ' ')}${because(last.why)}${run}.`;
}

/** What would change it: its check, which sees it or does not. */
function seer({ issue, check, spec, now }: IssueSource): readonly string[] {
  if (!ISSUE_STATES[issue.state].live) return [];
  if (check === null) return [`It was reported by ${issue.check}, which is no check: nothing closes it by itself but its fix.`];
  const next = check.paused ? 'which is paused' : !check.enabled ? 'which is disabled' : check.nextAt === null ? 'which has no next time' : `which looks again ${check.nextAt <= now ? 'now' : `at ${clockTime(check.nextAt, check.timezone)}, in ${ago(check.nextAt - now)}`}`;
  return [`Its check is ${check.name}, ${next}${spec?.autoClose === true ? '; when that does not see it any more it is closed' : '; it is not closed when that does not see it any more (auto_close = false)'}.`];
}

export function explainIssue(source: IssueSource): IssueExplanation {
  const { issue, fix, held, now } = source;
  const id = shortId(issue.id);
  const seen = `It was seen ${count(issue.occurrences, 'time')}, first ${ago(now - issue.firstSeenAt)} ago, last ${ago(now - issue.lastSeenAt)} ago${issue.reopened === 0 ? '' : `; it came back ${count(issue.reopened, 'time')}`}.`;
  const last = issue.history.at(-1);
  const handled = issue.fix === null
    ? (issue.state === 'manual' ? [`No fix handles ${issue.code === null ? 'an issue without a code' : `the code ${issue.code}`}.`] : [])
    : [`Its fix is ${issue.fix}: ${issue.attempts} of ${count(issue.maxAttempts, 'attempt')} made${fix?.verify === true ? ', and its check must not see it any more' : ''}${fix?.escalate == null ? '' : `; after them fix ${fix.escalate} goes on`}.`];
  return {
    kind: 'issue', name: issue.id, state: issue.state, issue,
    summary: `issue ${id} (${issue.check}${issue.code === null ? '' : `, ${issue.code}`}) is ${issue.state} for ${ago(now - issue.changedAt)}: ${issue.message}`,
    sentences: [
      ...(issue.why === '' ? [] : [`Why: ${issue.why}.`]), seen, ...handled, ...(last === undefined ? [] : [attemptSentence(last, now)]), ...(held === '' ? [] : [`Its fix does not begin now: ${held}.`]),
      `What comes next: ${issue.next}.`, ...seer(source),
    ],
  };
}

export interface CheckSource {
  readonly check: CheckView;
  readonly spec: CheckSpec;
  /** What runs it; null: it is not there. */
  readonly job: JobSource | null;
  readonly issues: readonly IssueView[];
  readonly now: number;
}

function checkState({ check, job }: CheckSource): string {
  if (check.running > 0) return 'running';
  if (check.paused) return 'paused';
  if (!check.enabled) return 'disabled';
  if ((job?.job.held ?? '') !== '') return 'held';
  return check.lastResult ?? 'new';
}

function checkSummary({ check, now }: CheckSource): string {
  const name = `check ${check.name}`;
  if (check.running > 0) return `${name} looks now.`;
  if (check.lastRunAt === null) return `${name} has not looked yet.`;
  const when = `${ago(now - check.lastRunAt)} ago`;
  switch (check.lastResult) {
    case 'ok': return `${name} looked ${when}, and nothing was wrong.`;
    case 'issues': return `${name} looked ${when} and saw ${count(check.lastIssues, 'issue')}.`;
    default: return `${name} could not look ${when}${because(check.lastWhy)}.`;
  }
}

export function explainCheck(source: CheckSource): CheckExplanation {
  const { check, spec, job, issues, now } = source;
  const next = check.paused ? `It is paused: \`reevectl job resume check:${check.name}\` lets it look again.`
    : !check.enabled ? 'It is disabled in the file: it looks only when somebody asks.'
      : check.nextAt === null ? `It has no next time; \`reevectl check run ${check.name}\` lets it look.` : `It looks again ${check.nextAt <= now ? 'now' : `at ${clockTime(check.nextAt, check.timezone)}, in ${ago(check.nextAt - now)}`} (schedule: ${check.schedule}).`;
  const row = job === null ? null : streak(job.runs, now);
  const budget = spec.maxFixes.max === null ? [] : [`Its issues get at most ${count(spec.maxFixes.max, 'attempt')} at a fix in ${span(spec.maxFixes.windowMs)}.`];
  return {
    kind: 'check', name: check.name, state: checkState(source), summary: checkSummary(source), check, issues,
    sentences: [
      next, ...(job === null || check.paused ? [] : holds(job)), ...(row === null ? [] : [row]),
      issues.length === 0 ? 'None of its issues is there now.' : `Of its issues ${count(issues.length, 'is', 'are')} there: ${listed(issues.map((one) => `${shortId(one.id)} (${one.state})`))}.`,
      ...(check.lastIssueAt === null ? (check.firstRunAt === null ? [] : ['It has never seen an issue.']) : [`It last saw an issue ${ago(now - check.lastIssueAt)} ago.`]),
      spec.autoClose ? 'An issue that it does not see any more is closed.' : 'It closes no issue by itself (auto_close = false).', ...budget,
    ],
  };
}

export interface FixSource {
  readonly spec: FixSpec;
  readonly held: string;
  /** Live ones that it handles. */
  readonly issues: readonly IssueView[];
  readonly now: number;
}

/** What a fix does, as one would type it. */
export function remedyWords({ name, remedy }: Pick<FixSpec, 'name' | 'remedy'>): string {
  switch (remedy.kind) {
    case 'command': return `runs its command (job fix:${name})`;
    case 'restart': return `does \`reevectl restart ${remedy.name}\``;
    case 'signal': return `does \`reevectl signal ${remedy.signal} ${remedy.name}\``;
    case 'scale': return `does \`reevectl scale ${remedy.name} ${remedy.instances}\``;
    case 'run': return `does \`reevectl job run ${remedy.job}\``;
    default: return remedy satisfies never;
  }
}

export function explainFix({ spec, held, issues, now }: FixSource): FixExplanation {
  const working = issues.filter((one) => one.state === 'fixing');
  const waiting = issues.filter((one) => one.state === 'open');
  const state = !spec.enabled ? 'disabled' : working.length > 0 ? 'working' : held !== '' ? 'held' : waiting.length > 0 ? 'waiting' : 'idle';
  const name = `fix ${spec.name}`;
  const said: Readonly<Record<string, string>> = {
    disabled: `${name} is disabled in the file: its issues are as if there were no fix.`, working: `${name} works on ${count(working.length, 'issue')}${waiting.length === 0 ? '' : `, and ${waiting.length} wait${waiting.length === 1 ? 's' : ''}`}.`,
    held: `${name} does not begin: ${held}.`, waiting: `${name} has ${count(waiting.length, 'issue')} that ${waiting.length === 1 ? 'waits' : 'wait'} for its time.`, idle: `${name} has nothing to do.`,
  };
  const due = waiting.flatMap((one) => (one.nextTryAt === null || one.nextTryAt <= now ? [] : [one.nextTryAt]));
  return {
    kind: 'fix', name: spec.name, state, summary: said[state] ?? '', issues,
    fix: { name: spec.name, code: spec.code, checks: spec.checks, enabled: spec.enabled, attempts: spec.attempts, escalate: spec.escalate, remedy: remedyWords(spec) },
    sentences: [
      `It ${remedyWords(spec)} for issues with the code ${spec.code}${spec.checks === null ? ', whoever reports them' : ` of ${listed(spec.checks)}`}.`,
      `An issue gets ${count(spec.attempts, 'attempt')}, ${span(spec.retryDelayMs)} apart${spec.verify ? '; after success its check must not see the issue any more' : ''}.`,
      ...(spec.maxFixes.max === null ? [] : [`At most ${count(spec.maxFixes.max, 'attempt')} in ${span(spec.maxFixes.windowMs)}, whatever the issue.`]),
      ...(spec.cooldownMs === 0 ? [] : [`It rests for ${span(spec.cooldownMs)} between two attempts.`]),
      spec.escalate === null ? 'When it can do no more, somebody has to look.' : `When it can do no more, fix ${spec.escalate} goes on.`,
      ...(working.length === 0 ? [] : [`Being fixed: ${listed(working.map((one) => shortId(one.id)))}.`]), ...(held === '' || state !== 'working' ? [] : [`The next one does not begin: ${held}.`]),
      ...(due.length === 0 ? [] : [`The next attempt is due in ${ago(Math.min(...due) - now)}.`]),
    ],
  };
}
