// What people do with issues, what a new configuration means for them, and what an earlier daemon left.
import type { CheckSpec, FixSpec } from '../../config/check-spec.ts';
import { exhaust, fixEnded } from './issue-attempts.ts';
import { attach, change, newCheck, newFix, unqueue } from './issue-book.ts';
import type { Book, IssueNode, IssueTurn } from './issue-book.ts';
import { enqueue, handling, keepsFix, restart } from './issue-fixes.ts';
import { reopen } from './issue-sightings.ts';
import type { IssueEvent, IssueMemory } from './issue-state.ts';

type Told<T extends IssueEvent['type']> = Extract<IssueEvent, { readonly type: T }>;

/** Somebody wants it worked on now. Nothing happens where the rules forbid it: whoever asks has looked. */
export function fixNow(t: IssueTurn, { id, who, force, known }: Told<'fix'>): void {
  const node = t.book.issues.get(id);
  if (node?.view.state === 'open') {
    node.asked = { who, force };
    change(t, node, { nextTryAt: null });
    return enqueue(t, node);
  }
  const view = node?.view ?? known;
  if (!force || view === null || view.state === 'fixing' || handling(t.book, view.check, view.code).state === 'manual') return;
  const back = reopen(t, view, {});
  back.asked = { who, force };
  t.say({ type: 'issue.reopened', issue: back.view });
}

/** Somebody says what has become of it. Not while a fix works on it: seen again it would get a second one. */
export function settle(t: IssueTurn, { id, as, who, known }: Told<'settle'>): void {
  const node = t.book.issues.get(id) ?? (known === null ? null : attach(t, known));
  if (node === null || node.work !== null) return;
  unqueue(t.book, node);
  node.due = null;
  change(t, node, { state: as, fixed: as === 'fixed' ? true : as === 'unfixable' ? false : null, nextTryAt: null, run: null, why: `${who} said so` });
  if (as === 'closed') t.say({ type: 'issue.closed', issue: node.view, by: who });
  else if (as === 'fixed') t.say({ type: 'issue.fixed', issue: node.view, by: who });
  else t.say({ type: 'issue.unfixable', issue: node.view });
}

/** Was it found by a check that is not configured any more? Others who report have a colon in their names. */
function isOrphan(book: Book, { view, work }: IssueNode): boolean {
  return work === null && !view.check.includes(':') && !book.checks.has(view.check);
}

/** The fix that handles it may be another one now, and its check may be gone: then nobody would ever see that it is repaired. */
function rematch(t: IssueTurn, node: IssueNode): void {
  if (isOrphan(t.book, node)) {
    node.due = null;
    change(t, node, { state: 'closed', nextTryAt: null, run: null, why: `check ${node.view.check} is not configured any more` });
    t.say({ type: 'issue.closed', issue: node.view, by: 'the configuration' });
    return;
  }
  const { state, check, code, attempts, maxAttempts } = node.view;
  if (state === 'manual') {
    if (handling(t.book, check, code).state === 'open') restart(t, node);
    return;
  }
  if (state !== 'open') return;
  if (!keepsFix(t.book, node.view)) return restart(t, node);
  const most = t.book.fixes.get(node.view.fix ?? '')?.spec.attempts ?? maxAttempts;
  if (most === maxAttempts) return;
  change(t, node, { maxAttempts: most });
  if (attempts >= most) exhaust(t, node, `${String(attempts)} attempts were made, and ${String(most)} are allowed now`);
}

/** Other checks and fixes from now on. An attempt that goes on ends under the rules that it began with. O(issues). */
export function configure(t: IssueTurn, checks: readonly CheckSpec[], fixes: readonly FixSpec[]): void {
  const { book } = t;
  for (const name of [...book.fixes.keys()]) if (!fixes.some((spec) => spec.name === name)) book.fixes.delete(name);
  for (const spec of fixes) {
    const node = book.fixes.get(spec.name);
    if (node) node.spec = spec;
    else book.fixes.set(spec.name, newFix(spec));
  }
  for (const [name, node] of book.checks) {
    if (checks.some((spec) => spec.name === name)) continue;
    book.checks.delete(name);
    t.say({ type: 'check.removed', check: name });
    // Nobody looks again: what the fixes said holds.
    for (const issue of [...(node.verifier?.issues ?? []), ...node.next]) {
      if (issue.work?.stage !== 'verify') continue;
      issue.work = { ...issue.work, stage: 'fix', fix: { ...issue.work.fix, verify: false } };
      fixEnded(t, issue, issue.work.token, 'fixed', 'its check is not configured any more');
    }
  }
  for (const spec of checks) {
    const node = book.checks.get(spec.name);
    if (node) {
      if (node.spec.output !== spec.output) t.say({ type: 'check.changed', check: spec.name, output: spec.output });
      node.spec = spec;
      continue;
    }
    const added = newCheck(spec);
    book.checks.set(spec.name, added);
    t.say({ type: 'check.added', check: spec.name, output: spec.output, mark: added.mark });
  }
  for (const node of [...book.issues.values()]) rematch(t, node);
  for (const fix of book.fixes.values()) t.woken.add(fix);
}

/** The beginning. An attempt that the end of a daemon cut off counts: nobody knows how far it came. O(issues). */
export function boot(t: IssueTurn, memory: IssueMemory): void {
  const { book, m } = t;
  for (const [name, mark] of memory.marks) {
    const node = book.checks.get(name);
    if (!node) continue;
    node.mark = mark;
    t.say({ type: 'check.added', check: name, output: node.spec.output, mark });
  }
  for (const { fix, check, at } of memory.starts) {
    const due = m.mono - Math.max(0, m.wall - at);
    const node = book.fixes.get(fix);
    if (node && node.spec.maxFixes.max !== null) node.starts = [...node.starts, due];
    // When it ended is not looked up: from its begin, which is no later.
    if (node && node.spec.cooldownMs > 0) node.coolDue = due + node.spec.cooldownMs;
    const from = book.checks.get(check);
    if (from && from.spec.maxFixes.max !== null) from.starts = [...from.starts, due];
  }
  for (const view of memory.issues) resume(t, attach(t, view), memory);
}

function resume(t: IssueTurn, node: IssueNode, memory: IssueMemory): void {
  const { book, m } = t;
  const { view } = node;
  t.say({ type: 'issue.known', issue: view });
  if (view.state === 'fixing') {
    const attempt = memory.attempts.get(view.id);
    const fix = view.fix === null ? undefined : book.fixes.get(view.fix);
    if (!fix || !attempt) return restart(t, node);
    node.work = { token: attempt.run ?? '', stage: 'fix', fix: fix.spec, attempt, since: m.mono };
    return fixEnded(t, node, attempt.run ?? '', 'retry', 'the daemon or the host ended while it went on');
  }
  rematch(t, node);
  if (node.view.state !== 'open' || node.due !== null) return;
  const { nextTryAt } = node.view;
  if (nextTryAt !== null && nextTryAt > m.wall) {
    node.due = m.mono + (nextTryAt - m.wall);
    t.touch(node);
  } else {
    enqueue(t, node);
  }
}
