// The shapes and headers of the REST API for those who ask it: reevectl, the page, scripts. Browser-safe.
import type { AlertTest, AlertView, Silence } from './alerts.ts';
import type { ConfiguredProcess, Finding, Operation } from './answers.ts';
import type { Explanation } from './explanations.ts';
import type { InfoAnswer, PoolAnswer } from './info.ts';
import type { CheckReport, CheckView, IssueCount, IssueDetails, IssueState, IssueView } from './issues.ts';
import type { BreakerView, DeadLetter, DrainView, JobView, NextTimes, RunDetails, RunView } from './jobs.ts';
import type { CalendarAnswer, ConfigAnswer, SessionAnswer } from './page.ts';
import type { Plan } from './plan.ts';
import type { PsRow, UsageRow } from './ps.ts';
import type { Fact, Severity } from './facts.ts';
import type { HealthRow } from './health.ts';
import type { SnapshotJson } from './snapshot.ts';

/** Sent by reevectl over the unix socket so that the audit trail can name a person; it grants nothing. */
export const USER_HEADER = 'x-reeve-user';
/** Size of the log after the bytes of this answer. */
export const LOG_OFFSET_HEADER = 'x-log-offset';
/** `true` when there was more than was asked for or may be sent at once. */
export const LOG_OVERFLOW_HEADER = 'x-log-overflow';
/** Of `/v1/logs/follow`: which daemon answers. Positions are those of one daemon: another one counts anew. */
export const DAEMON_HEADER = 'x-reeve-daemon';
/** Ask `/v1/events` and `/v1/logs/follow` for one JSON object a line. */
export const NDJSON = 'application/x-ndjson';

/** Bytes of a log sent in one answer at most. */
export const MAX_LOG_BYTES = 4 * 1024 * 1024;
/** Bytes of the past when nobody says how many (supervisorctl's tail). */
export const DEFAULT_TAIL_BYTES = 1600;
/** The longest a request is held open for `wait`; ask again after it. */
export const MAX_WAIT_MS = 3_600_000;

/** Who answers. */
export interface VersionAnswer {
  readonly version: string;
  readonly identifier: string;
  readonly pid: number;
  readonly state: string;
}

/** Who asked for what, when, and what came of it. */
export interface AuditEntry {
  readonly at: number;
  readonly who: string;
  readonly role: string;
  readonly action: string;
  readonly targets: readonly string[];
  readonly result: string;
}

/** Not reached in time is an answer, not an error: `ok` false with the ids that are missing. */
export interface WaitAnswer {
  readonly ok: boolean;
  readonly missing: readonly string[];
  /** Those of them that are down and stay so until somebody starts them, and why: nobody waits for these. */
  readonly hopeless: readonly { readonly process: string; readonly why: string }[];
}

/** One line of `/v1/logs/follow` in its newline-delimited form. `text` is what was written, whole lines where possible. */
export interface LogLine {
  readonly name: string;
  readonly channel: 'stdout' | 'stderr';
  readonly text: string;
  /** Where the text ends, if `positions` was asked for: `from=NAME/CHANNEL=END` goes on there, with the same daemon. An empty text says only this. */
  readonly end?: number;
  /** Wall clock ms when it was written, if `timestamps` was asked for; absent: it was there before. */
  readonly at?: number;
}

/** One file of a log: the one that is written to, or one that its rotation keeps. */
export interface LogFile {
  /** Whose log: `group:name`, `job:NAME`, `check:NAME`, `fix:NAME`. */
  readonly name: string;
  readonly channel: 'stdout' | 'stderr';
  /** Its name in its directory. After the next rotation another file has it. */
  readonly file: string;
  /** The same file under whatever name, until it is rotated away. */
  readonly id: string;
  /** Place in the rotation: 0 is written to, 1 was rotated last. */
  readonly number: number;
  readonly compressed: boolean;
  /** On the disk. */
  readonly bytes: number;
  /** Of what was written; null: it cannot be told. */
  readonly plainBytes: number | null;
  /** Wall clock ms of what is in it: by its first line where lines have times, else by the file system, at the latest; null: not known. */
  readonly from: number | null;
  /** Wall clock ms of the last write. */
  readonly until: number;
}

/** Facts older than `oldest` are gone: read `/v1/status` again. Event type `gap`; it has no id. */
export interface GapNotice {
  readonly type: 'gap';
  readonly oldest: number;
}

/** Events since the daemon began, those that are no longer kept included. */
export interface EventCounts {
  /** Wall clock ms: when the daemon began. */
  readonly since: number;
  /** Number of the last one. */
  readonly last: number;
  readonly severities: Readonly<Record<Severity, number>>;
  /** By type, those that never happened left out. */
  readonly types: Readonly<Record<string, number>>;
}

/** First of all in the SSE form that follows: which daemon speaks. One with another start counts its facts anew: read `/v1/status` again. It has no id. */
export interface DaemonNotice {
  readonly type: 'daemon';
  readonly pid: number;
  /** Wall clock ms. */
  readonly startedAt: number;
  /** Number of its last fact so far. */
  readonly seq: number;
}

/** One line of `/v1/events` in its newline-delimited form, and the data of its SSE form. */
export type EventLine = Fact | GapNotice;

/** So much of a text was given to the process' stdin: all of it. */
export interface StdinAnswer {
  readonly name: string;
  readonly bytes: number;
}

/** What `reread` found. Names of groups; each is changed as a whole. */
export interface RereadAnswer {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** null: nothing is. */
export interface DrainAnswer {
  readonly drain: DrainView | null;
}

/** Body of a mutation of jobs. What stands in the path is not in the body. `since`, `when`: see parseWhen. */
export interface JobMutationBodies {
  readonly 'job run': { readonly args?: readonly string[]; readonly key?: string; readonly unless_exists?: boolean; readonly wait?: string | number };
  readonly 'job at': { readonly when: string; readonly args?: readonly string[]; readonly key?: string; readonly unless_exists?: boolean };
  readonly 'job set': { readonly settings: readonly string[] };
  readonly 'job pause': { readonly names: readonly string[] };
  readonly 'job resume': { readonly names: readonly string[] };
  readonly 'job cancel': { readonly names: readonly string[]; readonly signal?: string; readonly wait?: string | number };
  readonly 'job undo': { readonly force?: boolean; readonly wait?: string | number };
  readonly 'dead retry': { readonly names?: readonly string[]; readonly all?: boolean; readonly job?: string; readonly force?: boolean };
  readonly 'dead prune': { readonly days?: number };
  readonly 'breaker-set': { readonly to: 'open' | 'close' | 'half_open' | 'reset' };
  readonly drain: { readonly names?: readonly string[]; readonly timeout?: string | number; readonly cancel?: boolean; readonly expire?: string | number; readonly wait?: string | number };
  readonly resume: { readonly names?: readonly string[] };
}

/** Commands that change jobs and runs. */
export type JobMutationName = keyof JobMutationBodies;

/** Body of a mutation of checks and issues. */
export interface IssueMutationBodies {
  readonly 'check run': { readonly names: readonly string[]; readonly dry_run?: boolean; readonly wait?: string | number };
  readonly 'check run-due': { readonly wait?: string | number };
  readonly 'issue fix': { readonly names?: readonly string[]; readonly all?: boolean; readonly force?: boolean; readonly wait?: string | number };
  readonly 'issue close': { readonly names: readonly string[]; readonly as?: 'fixed' | 'unfixable' | 'closed' };
  readonly 'issue clear': { readonly state?: readonly IssueState[]; readonly older?: string | number };
}

/** Commands that change checks and issues. */
export type IssueMutationName = keyof IssueMutationBodies;

/** Body of a mutation. `wait` may also be in the query. */
export interface MutationBodies {
  readonly start: { readonly names: readonly string[]; readonly wait?: string | number };
  readonly stop: { readonly names: readonly string[]; readonly wait?: string | number };
  readonly disable: { readonly names: readonly string[]; readonly wait?: string | number };
  readonly enable: { readonly names: readonly string[]; readonly wait?: string | number };
  readonly clear: { readonly names: readonly string[]; readonly wait?: string | number };
  readonly rotate: { readonly names: readonly string[]; readonly wait?: string | number };
  readonly restart: { readonly names: readonly string[]; readonly strategy?: boolean; readonly rolling?: boolean; readonly wait?: string | number };
  readonly signal: { readonly names: readonly string[]; readonly signal: string; readonly wait?: string | number };
  readonly scale: { readonly name: string; readonly instances: string; readonly wait?: string | number };
  readonly apply: { readonly dry_run?: boolean; readonly rolling?: boolean; readonly max_unavailable?: number; readonly plan?: string; readonly wait?: string | number };
  readonly add: { readonly names: readonly string[]; readonly wait?: string | number };
  readonly remove: { readonly names: readonly string[]; readonly wait?: string | number };
  readonly update: { readonly names?: readonly string[]; readonly wait?: string | number };
  readonly reload: { readonly wait?: string | number };
  readonly shutdown: { readonly mode?: 'warm' | 'cold' | 'now'; readonly wait?: string | number };
}

/** Commands that change anything else. */
export type MutationName = keyof MutationBodies;

/** What the JSON routes answer when all is well. Mutations: 202 with the operation, 200 once it has ended. */
export interface RestAnswers extends Readonly<Record<MutationName | JobMutationName | IssueMutationName, Operation>> {
  readonly status: SnapshotJson;
  readonly avail: readonly ConfiguredProcess[];
  readonly wait: WaitAnswer;
  readonly explain: readonly Explanation[];
  readonly info: InfoAnswer;
  readonly pool: PoolAnswer;
  readonly top: readonly UsageRow[];
  readonly health: readonly HealthRow[];
  readonly probe: readonly HealthRow[];
  readonly version: VersionAnswer;
  readonly doctor: readonly Finding[];
  readonly operation: Operation;
  readonly 'alert list': readonly AlertView[];
  readonly 'alert test': readonly AlertTest[];
  readonly silence: Silence;
  readonly 'silence list': readonly Silence[];
  readonly 'silence end': readonly Silence[];
  readonly audit: readonly AuditEntry[];
  readonly plan: Plan;
  readonly reread: RereadAnswer;
  readonly stdin: StdinAnswer;
  readonly 'job list': readonly JobView[];
  readonly 'job history': readonly RunView[];
  readonly 'job show': RunDetails;
  readonly 'job next': Exclude<NextTimes, { readonly code: unknown }>;
  readonly 'dead list': readonly DeadLetter[];
  readonly 'dead show': DeadLetter;
  readonly breaker: readonly BreakerView[];
  readonly 'check list': readonly CheckView[];
  readonly 'check-report': CheckReport;
  readonly 'issue list': readonly IssueView[];
  readonly 'issue show': IssueDetails;
  readonly 'issue top': readonly IssueCount[];
  readonly 'drain-show': DrainAnswer;
  readonly 'event-counts': EventCounts;
  readonly 'log-files': readonly LogFile[];
  readonly ps: readonly PsRow[];
  readonly session: SessionAnswer;
  readonly login: SessionAnswer;
  readonly logout: SessionAnswer;
  readonly 'process-config': ConfigAnswer;
  readonly 'job-config': ConfigAnswer;
  readonly calendar: CalendarAnswer;
}
