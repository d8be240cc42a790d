// What facts about checks and issues make of the snapshot.
import type { Fact } from './facts.ts';
import type { CheckMark, IssueView } from './issues.ts';
import { ISSUE_STATES } from './issues.ts';
import type { Snapshot } from './snapshot.ts';

function put(s: Snapshot, issue: IssueView): void {
  if (ISSUE_STATES[issue.state].live) s.issues.set(issue.id, issue);
  else s.issues.delete(issue.id);
}

/** A run of a check is over: its mark, and what it saw again. */
function looked(s: Snapshot, fact: Fact & { readonly check: string; readonly mark: CheckMark; readonly seen: readonly string[] }): void {
  const row = s.checks.get(fact.check);
  if (row) s.checks.set(fact.check, { ...row, ...fact.mark });
  for (const id of fact.seen) {
    const issue = s.issues.get(id);
    if (issue) s.issues.set(id, { ...issue, occurrences: issue.occurrences + 1, lastSeenAt: fact.at });
  }
}

/** Applies one fact about checks, issues and fixes; others are ignored. O(1), and O(issues seen) at the end of a check. */
export function applyIssueEvent(s: Snapshot, fact: Fact): void {
  switch (fact.type) {
    case 'issue.known': case 'issue.opened': case 'issue.seen': case 'issue.changed': case 'issue.reopened': case 'issue.retrying': case 'issue.fixed': case 'issue.unfixable': case 'issue.exhausted': case 'issue.escalated':
    case 'issue.closed': case 'fix.started': case 'fix.ended':
      return put(s, fact.issue);
    case 'check.added': s.checks.set(fact.check, { name: fact.check, output: fact.output, ...fact.mark }); return;
    case 'check.changed': {
      const row = s.checks.get(fact.check);
      if (row) s.checks.set(fact.check, { ...row, output: fact.output });
      return;
    }
    case 'check.removed': s.checks.delete(fact.check); return;
    case 'check.completed': case 'check.failed': case 'check.faltered': return looked(s, fact);
    default: return;
  }
}
