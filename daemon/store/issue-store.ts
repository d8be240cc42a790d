// What survives us of issues, over the queue of the store: live ones and marks of checks are kept here too, so that a damaged file or a
// full disk costs history and nothing else.
import type { CheckMark, FixAttempt, IssueView } from '../contract/issues.ts';
import { ISSUE_STATES } from '../contract/issues.ts';
import type { IssueStore } from '../os/ports/issue-store.ts';
import type { IssueRows } from './issue-rows.ts';

export type IssueWrite =
  | { readonly type: 'issue'; readonly issue: IssueView }
  | { readonly type: 'attempt'; readonly attempt: FixAttempt }
  | { readonly type: 'mark'; readonly check: string; readonly mark: CheckMark }
  | { readonly type: 'drop'; readonly ids: readonly string[] }
  | { readonly type: 'prune'; readonly before: number };

/** The queue of the store. */
export interface IssueQueue {
  enqueue(write: IssueWrite): void;
  /** Commits what is queued, then reads; `none` where the store is closed. */
  read<T>(what: (rows: IssueRows) => T, none: T): T;
}

export interface IssueBook {
  readonly store: IssueStore;
  /** Puts what is known here into another database: within a transaction of the caller. */
  copyEssentials(to: IssueRows): void;
}

/** Writes one change down. */
export function applyIssue(rows: IssueRows, write: IssueWrite): void {
  switch (write.type) {
    case 'issue': return rows.put(write.issue);
    case 'attempt': return rows.putAttempt(write.attempt);
    case 'mark': return rows.putMark(write.check, write.mark);
    case 'drop':
      for (const id of write.ids) rows.drop(id);
      return;
    case 'prune': return rows.prune(write.before);
    default: return write satisfies never;
  }
}

/** Reads what is known of issues from `rows`, and answers for it from then on. */
export function openIssueBook(rows: IssueRows, queue: IssueQueue): IssueBook {
  const live = new Map(rows.live().map((issue) => [issue.id, issue]));
  const marks = rows.marks();

  const store: IssueStore = {
    saveIssue(issue) {
      if (ISSUE_STATES[issue.state].live) live.set(issue.id, issue);
      else live.delete(issue.id);
      queue.enqueue({ type: 'issue', issue });
    },
    saveAttempt: (attempt) => queue.enqueue({ type: 'attempt', attempt }),
    saveMark(check, mark) {
      marks.set(check, mark);
      queue.enqueue({ type: 'mark', check, mark });
    },
    issue: (id) => live.get(id) ?? queue.read((from) => from.get(id), undefined),
    findIssue(prefix) {
      const found = prefix === '' ? [] : queue.read((from) => from.starting(prefix.toLowerCase()), []);
      return found.length > 1 ? 'ambiguous' : found[0];
    },
    issues: (query) => queue.read((from) => from.list(query), []),
    attempts: (issue) => queue.read((from) => from.attempts(issue), []),
    liveIssues: () => [...live.values()],
    openAttempts: () => queue.read((from) => from.openAttempts(), []),
    starts: (since) => queue.read((from) => from.starts(since), []),
    counts: (limit) => queue.read((from) => from.counts(limit), []),
    older: (states, before) => queue.read((from) => from.older(states, before), []),
    drop(ids) {
      for (const id of ids) live.delete(id);
      queue.enqueue({ type: 'drop', ids });
    },
    prune: (before) => queue.enqueue({ type: 'prune', before }),
    marks: () => marks,
  };

  return {
    store,
    copyEssentials(to) {
      for (const issue of live.values()) to.put(issue);
      for (const [check, mark] of marks) to.putMark(check, mark);
    },
  };
}
