// What [checks], [fixes] and [issues] mean once they are read: every default filled in. Pure data, as spec.ts. What a check or a fix
// executes is a job of the same book (job-spec.ts), by the name `check:NAME` or `fix:NAME`.
import type { IntensitySpec, Origin } from './spec.ts';

export type Severity3 = 'minor' | 'major' | 'critical';

/** How what a check writes to its stdout is read. issues: each line is an issue. json: a line that is a JSON object with a message is one,
 *  the rest is chatter. exit: all is chatter, the exit code decides. */
export type CheckOutput = 'issues' | 'json' | 'exit';

/** A detector. Its job `check:NAME` says when it runs and what. */
export interface CheckSpec {
  readonly name: string;
  readonly output: CheckOutput;
  /** output = "exit": what other codes than 0 say. A code that is not here is a check that failed. */
  readonly exitSeverity: Readonly<Record<number, Severity3>>;
  /** Of issues that do not say. */
  readonly severity: Severity3;
  /** An issue that a complete run does not see any more is closed. */
  readonly autoClose: boolean;
  /** What becomes of a run that failed. ignore: nothing. issue: an issue `check-failed`. alert: a fact of severity error, no issue. */
  readonly onError: 'ignore' | 'issue' | 'alert';
  /** Issues taken of one run; more are counted and dropped. */
  readonly maxIssues: number;
  /** Attempts to fix issues of this check within a time, at most. max null: no limit. */
  readonly maxFixes: IntensitySpec;
  readonly origin: Origin;
}

/** What a fix does. command: a run of the job `fix:NAME`. The others are what an operator would do with reevectl. */
export type RemedySpec =
  | { readonly kind: 'command' }
  | { readonly kind: 'restart'; readonly name: string }
  | { readonly kind: 'signal'; readonly name: string; readonly signal: string }
  /** instances: `3`, `+1`, `-1`. */
  | { readonly kind: 'scale'; readonly name: string; readonly instances: string }
  | { readonly kind: 'run'; readonly job: string };

/** A handler of the issues of one code. */
export interface FixSpec {
  readonly name: string;
  readonly code: string;
  /** Only of these checks; null: of whoever reports the code. A fix that names the check wins over one that does not. */
  readonly checks: readonly string[] | null;
  readonly remedy: RemedySpec;
  /** false: it is never used; its issues are as if there were none. */
  readonly enabled: boolean;
  /** An attempt without a command is given up after this; null: never. That of a command is its job's. */
  readonly timeoutMs: number | null;
  readonly attempts: number;
  /** From the end of an attempt to the next one. */
  readonly retryDelayMs: number;
  /** After success the check runs again and must not see the issue. */
  readonly verify: boolean;
  /** From the end of one attempt of this fix to the next one, whatever the issue. */
  readonly cooldownMs: number;
  /** Attempts of this fix within a time, at most. max null: no limit. */
  readonly maxFixes: IntensitySpec;
  /** Issues that it works on at the same time, at most. */
  readonly maxParallel: number;
  /** The fix that goes on when this one has used up its attempts or says that it cannot; null: a person. */
  readonly escalate: string | null;
  readonly origin: Origin;
}

/** [issues] */
export interface IssueSettings {
  /** Issues that are fixed or closed are kept so long. */
  readonly retentionMs: number;
}

/** What exit codes of the command of a fix mean beside 0, which is fixed: 69 (EX_UNAVAILABLE) cannot be fixed; any other, another time. */
export const EXIT_UNFIXABLE = 69;
