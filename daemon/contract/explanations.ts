// What `explain` answers about everything that has a name: sentences for a person first, the facts behind them after. Browser-safe.
import type { FixSpec } from '../../config/check-spec.ts';
import type { AlertView, Silence } from './alerts.ts';
import type { Finding } from './answers.ts';
import type { CheckView, IssueDetails, IssueView } from './issues.ts';
import type { BreakerView, DeadLetter, JobView, RunDetails, RunView } from './jobs.ts';
import type { HeartbeatRow } from './reports.ts';
import type { DaemonView, GroupView } from './snapshot.ts';
import type { GroupStateName, ProcessStateName } from './states.ts';

/** What can be explained. The word and a colon before a name say which one is meant: `job:import`. */
export const EXPLAINED = {
  daemon: 'The daemon itself: no name, or `reeve`.',
  process: 'A process: `web`, `group:web_01`, `group:*`, `all`.',
  group: 'A group, by its name; without `group:` its members follow it.',
  job: 'A job.',
  run: 'A run of a job, by its id or the beginning of it.',
  check: 'A check.',
  issue: 'An issue, by its id or the beginning of it.',
  fix: 'A fix.',
  breaker: 'A circuit breaker.',
  dead: 'A dead letter, by its id or the beginning of it.',
  alert: 'An alert.',
} as const satisfies Record<string, string>;

export type ExplainedKind = keyof typeof EXPLAINED;

/** What every explanation has. */
interface Explained {
  /** As one would type it again: `web`, `import`, an id. */
  readonly name: string;
  /** How it is, in a sentence. */
  readonly summary: string;
  /** Why, since when, what happens next and when, and what keeps it from what is wanted. One sentence each. */
  readonly sentences: readonly string[];
}

export interface LifeAnswer {
  readonly incarnation: number;
  readonly pid: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly code: number | null;
  readonly signal: string | null;
  readonly why: string | null;
  readonly lastOutput: string | null;
}

export interface ProcessExplanation extends Explained {
  readonly kind: 'process';
  /** The namespec. */
  readonly process: string;
  readonly state: ProcessStateName;
  readonly transitions: readonly { readonly at: number; readonly from: string; readonly to: string; readonly why: string; readonly incarnation: number }[];
  readonly lives: readonly LifeAnswer[];
  /** Limits that it did not keep, newest first: of the last 24 hours, at most 50. */
  readonly violations: readonly { readonly at: number; readonly incarnation: number; readonly what: string; readonly limit: string; readonly actual: string; readonly why: string; readonly action: string }[];
  /** The last ones of its present or last life, oldest first. */
  readonly heartbeats: readonly HeartbeatRow[];
}

/** Restarts that count towards the limit of a group. max null: there is none, and nothing is counted. */
export interface RestartCount {
  readonly count: number;
  readonly max: number | null;
  readonly windowMs: number;
  /** Wall clock ms at which the oldest of them counts no more; null: none counts. */
  readonly lessAt: number | null;
}

export interface GroupExplanation extends Explained {
  readonly kind: 'group';
  readonly state: GroupStateName;
  readonly group: GroupView;
  readonly restarts: RestartCount;
}

export interface JobExplanation extends Explained {
  readonly kind: 'job';
  /** running, held, paused, disabled, queued, planned or idle. */
  readonly state: string;
  readonly job: JobView;
  /** The next times of its schedule, wall clock ms. */
  readonly next: readonly number[];
  /** Newest first. */
  readonly runs: readonly RunView[];
}

export interface RunExplanation extends Explained {
  readonly kind: 'run';
  readonly state: RunView['state'];
  readonly run: RunDetails;
}

export interface CheckExplanation extends Explained {
  readonly kind: 'check';
  /** running, failed, held, paused, disabled, issues, ok or new. */
  readonly state: string;
  readonly check: CheckView;
  /** Live ones, the last changed first. */
  readonly issues: readonly IssueView[];
}

export interface IssueExplanation extends Explained {
  readonly kind: 'issue';
  readonly state: IssueView['state'];
  readonly issue: IssueDetails;
}

export interface FixExplanation extends Explained {
  readonly kind: 'fix';
  /** working, held, waiting, disabled or idle. */
  readonly state: string;
  readonly fix: Pick<FixSpec, 'name' | 'code' | 'checks' | 'enabled' | 'attempts' | 'escalate'> & { readonly remedy: string };
  /** Live ones that it handles. */
  readonly issues: readonly IssueView[];
}

export interface BreakerExplanation extends Explained {
  readonly kind: 'breaker';
  readonly state: BreakerView['state'];
  readonly breaker: BreakerView;
  /** What is held back by it while it is open. */
  readonly jobs: readonly string[];
  readonly programs: readonly string[];
}

export interface DeadExplanation extends Explained {
  readonly kind: 'dead';
  /** pending or retried. */
  readonly state: string;
  readonly letter: DeadLetter;
}

export interface AlertExplanation extends Explained {
  readonly kind: 'alert';
  /** disabled, failing, lasting or quiet. */
  readonly state: string;
  readonly alert: AlertView;
  /** Of what lasts, or of the alert itself. */
  readonly silences: readonly Silence[];
}

export interface DaemonExplanation extends Explained {
  readonly kind: 'daemon';
  /** well, ailing, or the state of the daemon where that is not RUNNING. */
  readonly state: string;
  readonly daemon: DaemonView;
  /** Problems and warnings of `doctor`. */
  readonly findings: readonly Finding[];
}

/** Answer of `explain`, one for each thing that was named. `kind` says which form it has. */
export type Explanation =
  | DaemonExplanation | ProcessExplanation | GroupExplanation | JobExplanation | RunExplanation | CheckExplanation | IssueExplanation | FixExplanation | BreakerExplanation | DeadExplanation
  | AlertExplanation;
