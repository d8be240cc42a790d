// An issue is seen, or is not any more: what becomes of it.
import type { IssueView } from '../contract/issues.ts';
import { attach, change, MAX_LIVE } from './issue-book.ts';
import type { IssueNode, IssueTurn } from './issue-book.ts';
import { enqueue, handling } from './issue-fixes.ts';
import { canonical } from './issue-report.ts';
import type { Sighting } from './issue-state.ts';

/** What a sighting made of an issue. changed: it was there, and says something else now. stale: it was seen before it was fixed or closed. dropped: there are too many. */
export type Seen = 'opened' | 'reopened' | 'again' | 'changed' | 'stale' | 'dropped';

/** One that was fixed or closed is back, or somebody wants it worked on again: with all its attempts before it. */
export function reopen(t: IssueTurn, view: IssueView, patch: Partial<IssueView>): IssueNode {
  const node = t.book.issues.get(view.id) ?? attach(t, view);
  change(t, node, { ...handling(t.book, view.check, view.code), error: '', ...patch });
  if (node.view.state === 'open') enqueue(t, node);
  return node;
}

function open(t: IssueTurn, check: string, { id, report }: Sighting): Seen {
  if (t.book.issues.size >= MAX_LIVE) return 'dropped';
  const { wall } = t.m;
  const severity = report.severity ?? t.book.checks.get(check)?.spec.severity ?? 'major';
  const node = attach(t, {
    id, check, code: report.code, message: report.message, params: report.params, dedupKey: report.dedupKey, severity, occurrences: 1, reopened: 0, firstSeenAt: wall, lastSeenAt: wall, changedAt: wall, error: '',
    tries: 0, ...handling(t.book, check, report.code),
  });
  change(t, node, {});
  if (node.view.state === 'open') enqueue(t, node);
  t.say({ type: 'issue.opened', issue: node.view });
  return 'opened';
}

/** `since`: when the look began that saw it (wall clock ms); null: now. Who is told of an issue that is there already is the caller's to say. */
export function see(t: IssueTurn, check: string, sighting: Sighting, since: number | null): Seen {
  const { wall } = t.m;
  const { report, known } = sighting;
  const node = t.book.issues.get(sighting.id);
  const seen = (view: IssueView): Partial<IssueView> => ({ occurrences: view.occurrences + 1, lastSeenAt: wall, message: report.message, params: report.params, severity: report.severity ?? view.severity });
  if (node) {
    const before = node.view;
    change(t, node, seen(before));
    const same = before.message === node.view.message && before.severity === node.view.severity && canonical(before.params) === canonical(node.view.params);
    return same ? 'again' : 'changed';
  }
  if (known === null) return open(t, check, sighting);
  // The look began while the fix was still at work: what it saw may be gone.
  if (since !== null && since < known.changedAt) return 'stale';
  if (t.book.issues.size >= MAX_LIVE) return 'dropped';
  const back = reopen(t, known, { ...seen(known), reopened: known.reopened + 1 });
  t.say({ type: 'issue.reopened', issue: back.view });
  return 'reopened';
}

/** A complete look did not see these: they are gone. What is being worked on is left to its fix. How many. */
export function closeUnseen(t: IssueTurn, check: string, seen: ReadonlySet<string>): number {
  let closed = 0;
  for (const node of [...(t.book.byCheck.get(check) ?? [])]) {
    if (seen.has(node.id) || node.view.state === 'fixing') continue;
    const why = 'its check does not see it any more';
    change(t, node, { state: 'closed', nextTryAt: null, run: null, why });
    t.say({ type: 'issue.closed', issue: node.view, by: `check ${check}` });
    closed += 1;
  }
  return closed;
}
