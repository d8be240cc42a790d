// An attempt to fix an issue is over: fixed, tried again later, handed on, or left to a person.
import type { FixOutcome } from '../contract/issues.ts';
import { change, unqueue } from './issue-book.ts';
import type { CheckNode, IssueNode, IssueTurn, Work } from './issue-book.ts';
import { enqueue, keepsFix, release, restart } from './issue-fixes.ts';

/** The end of what a fix said is kept so far. */
const ERROR_LIMIT = 255;
/** What could not even be started is not asked for again sooner than this, whatever the retry delay: nothing counts these. */
const NOT_STARTED_MS = 10_000;

function ended(t: IssueTurn, node: IssueNode, work: Work, outcome: FixOutcome, why: string): void {
  t.write({ type: 'attempt', attempt: { ...work.attempt, endedAt: t.m.wall, outcome, why: why.slice(0, ERROR_LIMIT) } });
  release(t, node);
  t.say({ type: 'fix.ended', fix: work.fix.name, attempt: work.attempt.attempt, outcome, durationMs: Math.round(t.m.mono - work.since), why, runId: work.attempt.run, issue: node.view });
}

/** This fix can do no more. Another one goes on, or a person. */
function giveUp(t: IssueTurn, node: IssueNode, work: Work, state: 'unfixable' | 'exhausted', why: string): void {
  const next = work.fix.escalate === null ? undefined : t.book.fixes.get(work.fix.escalate);
  if (next?.spec.enabled === true) {
    const from = work.fix.name;
    change(t, node, { state: 'open', fix: next.spec.name, attempts: 0, maxAttempts: next.spec.attempts, nextTryAt: null, run: null, why: `fix ${next.spec.name} goes on: ${why}` });
    t.say({ type: 'issue.escalated', issue: node.view, from, to: next.spec.name });
    return enqueue(t, node);
  }
  if (state === 'exhausted') return exhaust(t, node, why);
  change(t, node, { state, fixed: false, nextTryAt: null, run: null, why });
  t.say({ type: 'issue.unfixable', issue: node.view });
}

/** A person has to look: no attempt is left. */
export function exhaust(t: IssueTurn, node: IssueNode, why: string): void {
  unqueue(t.book, node);
  node.due = null;
  change(t, node, { state: 'exhausted', fixed: null, nextTryAt: null, run: null, why });
  t.say({ type: 'issue.exhausted', issue: node.view });
}

/** Later, if there are attempts left. */
function again(t: IssueTurn, node: IssueNode, work: Work, why: string): void {
  if (!keepsFix(t.book, node.view)) return restart(t, node);
  const { attempts } = node.view;
  const { attempts: most, retryDelayMs, name } = t.book.fixes.get(work.fix.name)?.spec ?? work.fix;
  if (attempts >= most) return giveUp(t, node, work, 'exhausted', `${String(attempts)} attempt${attempts === 1 ? '' : 's'} of fix ${name} failed, the last one: ${why}`);
  later(t, node, retryDelayMs, `attempt ${String(attempts)} of ${String(most)} of fix ${name} failed: ${why}`);
  t.say({ type: 'issue.retrying', issue: node.view, delayMs: retryDelayMs });
}

function later(t: IssueTurn, node: IssueNode, delayMs: number, why: string): void {
  change(t, node, { state: 'open', nextTryAt: t.m.wall + delayMs, run: null, why });
  node.due = t.m.mono + delayMs;
}

/** It is repaired, as far as anybody can tell. */
function mended(t: IssueTurn, node: IssueNode, work: Work, why: string): void {
  ended(t, node, work, 'fixed', why);
  change(t, node, { state: 'fixed', fixed: true, nextTryAt: null, run: null, error: '', why: `fix ${work.fix.name} repaired it${why === '' ? '' : `: ${why}`}` });
  t.say({ type: 'issue.fixed', issue: node.view, by: `fix ${work.fix.name}` });
}

/** The check looks again. Who comes while such a look goes on waits for the next: it may have looked already. */
function verify(t: IssueTurn, check: CheckNode, node: IssueNode): void {
  if (check.verifier?.started === true) {
    check.next.add(node);
    return;
  }
  if (check.verifier === null) {
    check.verifier = { run: t.m.newId(), started: false, issues: new Set() };
    t.ask({ type: 'verify', check: check.name, run: check.verifier.run });
  }
  check.verifier.issues.add(node);
}

/** The answer to an effect `fix`. News of an attempt that is not the present one is dropped here. */
export function fixEnded(t: IssueTurn, node: IssueNode, token: string, outcome: FixOutcome, why: string): void {
  const { work } = node;
  if (work === null || work.token !== token || work.stage !== 'fix') return;
  const error = outcome === 'fixed' ? '' : why.slice(0, ERROR_LIMIT);
  switch (outcome) {
    case 'fixed': {
      const check = t.book.checks.get(node.view.check);
      if (!work.fix.verify || !check) return mended(t, node, work, why);
      node.work = { ...work, stage: 'verify' };
      change(t, node, { run: null, why: `fix ${work.fix.name} is through, check ${check.name} looks again` });
      return verify(t, check, node);
    }
    case 'unfixable':
      ended(t, node, work, outcome, why);
      node.view = { ...node.view, error };
      return giveUp(t, node, work, 'unfixable', `fix ${work.fix.name} says that it cannot be fixed${why === '' ? '' : `: ${why}`}`);
    case 'not_started':
      // It was not tried, so it does not count.
      ended(t, node, work, outcome, why);
      node.view = { ...node.view, error, attempts: node.view.attempts - 1 };
      if (!keepsFix(t.book, node.view)) return restart(t, node);
      return later(t, node, Math.max(NOT_STARTED_MS, work.fix.retryDelayMs), `fix ${work.fix.name} was not started: ${why}`);
    case 'retry': case 'unverified':
      ended(t, node, work, outcome, why);
      node.view = { ...node.view, error };
      return again(t, node, work, why);
    default: return outcome satisfies never;
  }
}

/** A look is over. `seen`: what it saw; null: it failed, so that nobody knows. */
export function verifierEnded(t: IssueTurn, check: CheckNode, run: string, seen: ReadonlySet<string> | null, why: string): void {
  const { verifier } = check;
  if (verifier === null || verifier.run !== run) return;
  check.verifier = null;
  for (const node of verifier.issues) {
    const { work } = node;
    if (work === null || work.stage !== 'verify') continue;
    if (seen !== null && !seen.has(node.id)) {
      mended(t, node, work, `check ${check.name} does not see it any more`);
      continue;
    }
    node.work = { ...work, stage: 'fix' };
    fixEnded(t, node, work.token, 'unverified', seen === null ? `check ${check.name} could not look again: ${why}` : `check ${check.name} still sees it`);
  }
  const waiting = [...check.next];
  check.next.clear();
  for (const node of waiting) if (node.work?.stage === 'verify') verify(t, check, node);
}
