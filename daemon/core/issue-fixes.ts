// Which fix handles an issue, and may it begin now? One fixer per issue, budgets, cool-downs and places.
import type { IntensitySpec } from '../../config/spec.ts';
import type { FixSpec } from '../../config/check-spec.ts';
import type { FixAttempt, IssueView } from '../contract/issues.ts';
import { change, unqueue } from './issue-book.ts';
import type { Book, FixNode, IssueNode, IssueTurn } from './issue-book.ts';
import { rateDue } from './job-admission.ts';

/** Where an issue begins, or begins anew. */
export type Handling = Pick<IssueView, 'state' | 'fix' | 'maxAttempts' | 'attempts' | 'fixed' | 'nextTryAt' | 'run' | 'why'>;

interface Hold {
  readonly why: string;
  readonly due: number | null;
  /** Holds whatever the issue. */
  readonly all: boolean;
}

/** The fix of an issue: one that names the check, else one for whoever reports the code; null: none. */
export function handlerOf(book: Book, check: string, code: string | null): FixSpec | null {
  if (code === null) return null;
  let general: FixSpec | null = null;
  for (const { spec } of book.fixes.values()) {
    if (!spec.enabled || spec.code !== code) continue;
    if (spec.checks?.includes(check) === true) return spec;
    if (spec.checks === null) general ??= spec;
  }
  return general;
}

/** Which fix works on it, or that a person has to: with all its attempts before it. */
export function handling(book: Book, check: string, code: string | null): Handling {
  const fix = handlerOf(book, check, code);
  const why = fix !== null ? `fix ${fix.name} will work on it` : code === null ? 'it has no code, so no fix handles it' : `no fix handles code ${code}`;
  return { state: fix === null ? 'manual' : 'open', fix: fix?.name ?? null, maxAttempts: fix?.attempts ?? 0, attempts: 0, fixed: null, nextTryAt: null, run: null, why };
}

/** Is the fix that it has still one for it? One that it was escalated to may handle another code. */
export function keepsFix(book: Book, { fix: name, check, code }: IssueView): boolean {
  const spec = name === null ? undefined : book.fixes.get(name)?.spec;
  if (spec?.enabled !== true) return false;
  if (spec.code === code && (spec.checks === null || spec.checks.includes(check))) return true;
  for (const other of book.fixes.values()) if (other.spec.escalate === name) return true;
  return false;
}

/** It begins anew, as the configuration is now. */
export function restart(t: IssueTurn, node: IssueNode): void {
  unqueue(t.book, node);
  node.due = null;
  change(t, node, handling(t.book, node.view.check, node.view.code));
  if (node.view.state === 'open') enqueue(t, node);
}

function used(starts: readonly number[], { max, windowMs }: IntensitySpec, now: number): readonly number[] {
  return max === null ? [] : [...starts.filter((at) => now - at < windowMs), now];
}

function inWords({ max, windowMs }: IntensitySpec): string {
  return `${String(max)} in ${String(windowMs / 1000)} s`;
}

/** What keeps a fix from beginning with this issue; null: nothing. */
function holdOf(t: IssueTurn, fix: FixNode, node: IssueNode): Hold | null {
  const now = t.m.mono;
  const { spec } = fix;
  if (t.book.closing) return { why: 'the daemon is ending', due: null, all: true };
  if (fix.busy.size >= spec.maxParallel) return { why: spec.maxParallel === 1 ? 'it works on another issue' : `it works on ${String(fix.busy.size)} issues`, due: null, all: true };
  if (node.asked?.force === true) return null;
  // What is asked for by force goes first: only the rules of the fix itself end the look through its queue.
  if (fix.coolDue !== null && fix.coolDue > now) return { why: `its cool-down of ${String(spec.cooldownMs / 1000)} s is not over`, due: fix.coolDue, all: false };
  const own = rateDue(spec.maxFixes, fix.starts, now);
  if (own !== null) return { why: `its budget of ${inWords(spec.maxFixes)} is used up`, due: own, all: false };
  const check = t.book.checks.get(node.view.check);
  const theirs = check ? rateDue(check.spec.maxFixes, check.starts, now) : null;
  return check && theirs !== null ? { why: `the budget of check ${check.name}, ${inWords(check.spec.maxFixes)}, is used up`, due: theirs, all: false } : null;
}

/** The claim: written before anybody is asked to work on it, so that no second one begins. */
function claim(t: IssueTurn, fix: FixNode, node: IssueNode): void {
  const { m, book } = t;
  const { spec } = fix;
  const token = m.newId();
  const by = node.asked?.who ?? 'reeve';
  unqueue(book, node);
  node.due = null;
  node.asked = null;
  const [attempts, tries] = [node.view.attempts + 1, node.view.tries + 1];
  const run = spec.remedy.kind === 'command' || spec.remedy.kind === 'run' ? token : null;
  const attempt: FixAttempt = { issue: node.id, number: tries, fix: spec.name, attempt: attempts, run, by, startedAt: m.wall, endedAt: null, outcome: null, why: '' };
  node.work = { token, stage: 'fix', fix: spec, attempt, since: m.mono };
  fix.busy.add(node);
  fix.starts = used(fix.starts, spec.maxFixes, m.mono);
  const check = book.checks.get(node.view.check);
  if (check) check.starts = used(check.starts, check.spec.maxFixes, m.mono);
  t.write({ type: 'attempt', attempt });
  change(t, node, { state: 'fixing', attempts, tries, maxAttempts: spec.attempts, nextTryAt: null, run, why: `fix ${spec.name} works on it, attempt ${String(attempts)} of ${String(spec.attempts)}` });
  t.say({ type: 'fix.started', fix: spec.name, attempt: attempts, of: spec.attempts, runId: run, by, issue: node.view });
  t.ask({ type: 'fix', issue: node.view, fix: spec, token, by });
}

/** Begins what may begin of a fix: in the order in which their times came. */
export function begin(t: IssueTurn, fix: FixNode): void {
  let hold: Hold | null = null;
  fix.wakeDue = null;
  for (const node of [...fix.queue]) {
    const one = holdOf(t, fix, node);
    if (one === null) {
      claim(t, fix, node);
      continue;
    }
    hold ??= one;
    if (one.due !== null && (fix.wakeDue === null || one.due < fix.wakeDue)) fix.wakeDue = one.due;
    if (one.all) break;
  }
  t.touch(fix);
  const why = hold?.why ?? '';
  if (why !== fix.held) t.say({ type: 'fix.held', fix: fix.spec.name, why, waiting: fix.queue.size });
  fix.held = why;
}

/** Its time has come: it waits for its fix. */
export function enqueue(t: IssueTurn, node: IssueNode): void {
  const fix = node.view.fix === null ? undefined : t.book.fixes.get(node.view.fix);
  node.due = null;
  if (!fix) return;
  fix.queue.add(node);
  t.touch(node);
  t.woken.add(fix);
}

/** Its fix is free for others; its cool-down begins. */
export function release(t: IssueTurn, node: IssueNode): void {
  const name = node.work?.fix.name;
  const fix = name === undefined ? undefined : t.book.fixes.get(name);
  node.work = null;
  if (!fix) return;
  fix.busy.delete(node);
  if (fix.spec.cooldownMs > 0) fix.coolDue = t.m.mono + fix.spec.cooldownMs;
  t.woken.add(fix);
}
