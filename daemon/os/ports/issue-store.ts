// What survives us of issues, attempts to fix them, and checks.
import type { CheckMark, FixAttempt, IssueCount, IssueQuery, IssueState, IssueView } from '../../contract/issues.ts';
import type { WallMs } from './clock.ts';

/** What survives us of issues, of attempts to fix them, and of checks. */
export interface IssueStore {
  saveIssue(issue: IssueView): void;
  saveAttempt(attempt: FixAttempt): void;
  saveMark(check: string, mark: CheckMark): void;
  issue(id: string): IssueView | undefined;
  /** An id, or the beginning of one that no other issue shares. */
  findIssue(prefix: string): IssueView | 'ambiguous' | undefined;
  /** Last changed first. */
  issues(query: IssueQuery): readonly IssueView[];
  /** In order; of one issue the newest 100 are kept. */
  attempts(issue: string): readonly FixAttempt[];
  liveIssues(): readonly IssueView[];
  /** Those without an end: they went on when the last daemon ended. */
  openAttempts(): readonly FixAttempt[];
  /** Begins of attempts since then, oldest first. */
  starts(since: WallMs): readonly { readonly fix: string; readonly check: string; readonly at: WallMs }[];
  /** By check and code, the most frequent first. */
  counts(limit: number): readonly IssueCount[];
  /** Ids of issues in one of these states that changed before. Bounded. */
  older(states: readonly IssueState[], before: WallMs): readonly string[];
  drop(ids: readonly string[]): void;
  /** Deletes issues that are fixed or closed and changed before; of them the newest 20,000 are kept in any case. Bounded work per call. */
  prune(before: WallMs): void;
  marks(): ReadonlyMap<string, CheckMark>;
}
