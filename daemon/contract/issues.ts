// Checks, issues and fixes as clients see them. Browser-safe.
import type { Severity3 } from '../../config/check-spec.ts';
import type { Json } from './reports.ts';

/** States of an issue. `live`: it is there, as far as anybody knows. */
export const ISSUE_STATES = {
  open: { live: true, says: 'A fix will work on it, at once or when its time comes.' },
  fixing: { live: true, says: 'A fix works on it now, or its check looks whether it is gone.' },
  manual: { live: true, says: 'No fix handles it: somebody has to.' },
  unfixable: { live: true, says: 'Its fix said that it cannot be fixed: somebody has to look.' },
  exhausted: { live: true, says: 'All attempts of its fix failed: somebody has to look.' },
  fixed: { live: false, says: 'A fix, or somebody, repaired it.' },
  closed: { live: false, says: 'Its check does not see it any more, or somebody closed it.' },
} as const satisfies Record<string, { live: boolean; says: string }>;

export type IssueState = keyof typeof ISSUE_STATES;
export type IssueSeverity = Severity3;

/** Something that a check, a run or a program found wrong. One per identity: (check, message, code, params), or (check, dedup key).
 *  Rows are replaced, never changed. Times are wall clock ms. */
export interface IssueView {
  /** A hash of its identity: the same problem has the same id at any time and on any machine. */
  readonly id: string;
  /** Name of the check; of others who report: `job:NAME`, or the process as `group:name`. */
  readonly check: string;
  readonly code: string | null;
  readonly message: string;
  readonly params: Json;
  readonly dedupKey: string | null;
  readonly severity: IssueSeverity;
  readonly state: IssueState;
  /** Times it was reported, from 1. */
  readonly occurrences: number;
  /** Times it came back after it was fixed or closed. */
  readonly reopened: number;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** Last change of its state. */
  readonly changedAt: number;
  /** The fix that handles it now; null: none. */
  readonly fix: string | null;
  /** Attempts of that fix since the issue was opened or reopened. */
  readonly attempts: number;
  /** Attempts in all, through reopenings and escalations. */
  readonly tries: number;
  /** How many attempts its fix may make. */
  readonly maxAttempts: number;
  /** true: fixed. false: it cannot be. null: nobody knows yet. */
  readonly fixed: boolean | null;
  /** open: the next attempt starts then, at the earliest; null: as soon as the fix is free. */
  readonly nextTryAt: number | null;
  /** fixing: the run that works on it, or that looks whether it is gone; null: none of ours (restart, signal, scale). */
  readonly run: string | null;
  /** What the last attempt ended with, at most 255 characters. */
  readonly error: string;
  /** The reason of its state, in a person's words. */
  readonly why: string;
}

/** How an attempt to fix an issue ended. */
export const FIX_OUTCOMES = ['fixed', 'unfixable', 'retry', 'unverified', 'not_started'] as const;
export type FixOutcome = (typeof FIX_OUTCOMES)[number];

/** One attempt of a fix at an issue. */
export interface FixAttempt {
  readonly issue: string;
  /** Counts per issue, from 1, through reopenings and escalations. */
  readonly number: number;
  readonly fix: string;
  /** The attempt of this fix since the issue was opened. */
  readonly attempt: number;
  /** Its run (`job show`); null: the fix does it without one. */
  readonly run: string | null;
  readonly by: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** null: it goes on. */
  readonly outcome: FixOutcome | null;
  readonly why: string;
}

/** An issue with its attempts, oldest first, and what happens next. */
export interface IssueDetails extends IssueView {
  readonly history: readonly FixAttempt[];
  readonly next: string;
}

/** What is kept of the runs of a check, also through restarts of the daemon. */
export interface CheckMark {
  readonly firstRunAt: number | null;
  /** Begin of the last run that ended. */
  readonly lastRunAt: number | null;
  /** ok: it saw nothing. null: it has not run yet. */
  readonly lastResult: 'ok' | 'issues' | 'failed' | null;
  readonly lastWhy: string;
  /** Issues that its last complete run saw. */
  readonly lastIssues: number;
  /** Last time it saw an issue; null: never. */
  readonly lastIssueAt: number | null;
}

export const NO_MARK: CheckMark = { firstRunAt: null, lastRunAt: null, lastResult: null, lastWhy: '', lastIssues: 0, lastIssueAt: null };

/** A check in the snapshot. */
export interface CheckState extends CheckMark {
  readonly name: string;
  readonly output: string;
}

/** A check, and how it fares. */
export interface CheckView extends CheckState {
  readonly schedule: string;
  readonly timezone: string;
  readonly enabled: boolean;
  readonly paused: boolean;
  readonly nextAt: number | null;
  /** Its live issues. */
  readonly open: number;
  /** Runs going on. */
  readonly running: number;
}

/** What one run of a check saw. */
export interface CheckReport {
  readonly check: string;
  readonly run: string;
  /** Nothing of it was stored. */
  readonly dryRun: boolean;
  readonly ok: boolean;
  readonly why: string;
  readonly issues: readonly { readonly id: string; readonly message: string; readonly code: string | null; readonly params: Json; readonly severity: IssueSeverity; readonly state: IssueState | 'new' }[];
  /** Issues past max_issues, which were not looked at. */
  readonly dropped: number;
}

export interface IssueQuery {
  readonly check?: string;
  readonly code?: string;
  readonly states?: readonly IssueState[];
  /** Part of the message, in any case. */
  readonly search?: string;
  readonly limit: number;
}

/** Issues of one check and code, counted. */
export interface IssueCount {
  readonly check: string;
  readonly code: string | null;
  readonly issues: number;
  readonly live: number;
  readonly occurrences: number;
  readonly reopened: number;
  readonly attempts: number;
  readonly fixed: number;
  /** Of attempts that ended in a fix, from the begin of the issue to its end; null: none. */
  readonly meanFixMs: number | null;
}
