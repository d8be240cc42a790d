// The nouns of issues: what the book of issues is told, and what it asks of the world.
import type { CheckSpec, FixSpec } from '../../config/check-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { CheckMark, FixAttempt, FixOutcome, IssueView } from '../contract/issues.ts';
import type { IssueReport } from './issue-report.ts';

/** Time and chance of one step, as in the book of jobs. */
export type { JobMoment as IssueMoment } from './job-state.ts';

/** A report with the hash of its identity. known: the row that is kept of it, where it is fixed or closed; null: none is. */
export interface Sighting {
  readonly id: string;
  readonly report: IssueReport;
  readonly known: IssueView | null;
}

/** What is known from an earlier daemon. */
export interface IssueMemory {
  /** Live ones. */
  readonly issues: readonly IssueView[];
  /** Attempts without an end, by issue. */
  readonly attempts: ReadonlyMap<string, FixAttempt>;
  readonly marks: ReadonlyMap<string, CheckMark>;
  /** Wall clock ms of the last starts of attempts, oldest first: for budgets. */
  readonly starts: readonly { readonly fix: string; readonly check: string; readonly at: number }[];
}

export type IssueEvent =
  | { readonly type: 'boot'; readonly memory: IssueMemory }
  /** A deadline is over: `issue ID`, `fix NAME`. */
  | { readonly type: 'due'; readonly key: string }
  /** By a program, or by a run that is no check. */
  | { readonly type: 'reported'; readonly check: string; readonly sighting: Sighting }
  | { readonly type: 'check_started'; readonly check: string; readonly run: string }
  /** failed null: it ran through, and these are all issues there are. startedAt null: it never began. failure: the identity of the issue
   *  that says so. */
  | { readonly type: 'check_ended'; readonly check: string; readonly run: string; readonly startedAt: number | null; readonly seen: readonly Sighting[]; readonly dropped: number;
      readonly failed: { readonly why: string; readonly sighting: Sighting } | null }
  | { readonly type: 'fix_ended'; readonly issue: string; readonly token: string; readonly outcome: FixOutcome; readonly why: string }
  /** By hand: now, whatever its delay. force: also one that is past its attempts or over, and past budget and cool-down. known: as in a sighting. */
  | { readonly type: 'fix'; readonly id: string; readonly who: string; readonly force: boolean; readonly known: IssueView | null }
  | { readonly type: 'settle'; readonly id: string; readonly as: 'closed' | 'fixed' | 'unfixable'; readonly who: string; readonly known: IssueView | null }
  | { readonly type: 'configure'; readonly checks: readonly CheckSpec[]; readonly fixes: readonly FixSpec[] }
  /** The daemon ends: no attempt begins any more. */
  | { readonly type: 'close' };

export type IssueEffect =
  /** Work on it. Say fix_ended with this token. The token is the id of the run where there is one. */
  | { readonly type: 'fix'; readonly issue: IssueView; readonly fix: FixSpec; readonly token: string; readonly by: string }
  /** Run the check again, with this id. Say check_ended. */
  | { readonly type: 'verify'; readonly check: string; readonly run: string };

/** What must be written down before the facts of the step are told. */
export type IssueRecord =
  | { readonly type: 'issue'; readonly issue: IssueView }
  | { readonly type: 'attempt'; readonly attempt: FixAttempt }
  | { readonly type: 'check'; readonly check: string; readonly mark: CheckMark };

export interface IssueStep {
  readonly records: readonly IssueRecord[];
  readonly facts: readonly FactBody[];
  readonly effects: readonly IssueEffect[];
  /** Keys whose deadline may have changed. */
  readonly touched: ReadonlySet<string>;
}
