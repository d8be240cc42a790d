// What the control API may ask of the daemon: the one door between requests and the loop.
import type { AlertTest, AlertView, Silence } from '../contract/alerts.ts';
import type { Plan } from '../contract/plan.ts';
import type { ConfiguredProcess, Finding, Operation } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Fact } from '../contract/facts.ts';
import type { FactName } from '../contract/fact-payloads.ts';
import type { HealthRow, ProbeView } from '../contract/health.ts';
import type { CheckReport, CheckView, IssueCount, IssueDetails, IssueQuery, IssueState, IssueView } from '../contract/issues.ts';
import type { DeadLetter, DeadQuery, JobSetting, NextTimes, RunDetails, RunQuery, RunView } from '../contract/jobs.ts';
import type { Usage } from '../contract/ps.ts';
import type { CalendarAnswer, ConfigAnswer } from '../contract/page.ts';
import type { WaitAnswer } from '../contract/rest.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { LimitsSpec } from '../../config/limits-spec.ts';
import type { ApiSpec, CtlSpec, Role } from '../../config/api-spec.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { LogPlane, LogSlice } from '../os/ports/logs.ts';
import type { Compat } from './compat.ts';
import type { Inquiry } from './inquiry.ts';
import type { Meters } from './meters.ts';

/** Who asks: a user or token name, `uid:1000` on a unix socket, `anonymous`; and what that allows. */
export interface Caller {
  readonly who: string;
  readonly role: Role;
}

/** A request that changes something. Names are namespecs as typed: p, g:p, g:*, all. */
export type Mutation =
  | { readonly command: 'start' | 'disable' | 'enable' | 'clear' | 'rotate'; readonly names: readonly string[] }
  /** together: all are told at once in the order of `names`, as supervisord has it; otherwise in levels, the last to start first. */
  | { readonly command: 'stop'; readonly names: readonly string[]; readonly together?: boolean }
  | { readonly command: 'restart'; readonly names: readonly string[]; readonly strategy: boolean; readonly rolling: boolean }
  | { readonly command: 'signal'; readonly names: readonly string[]; readonly signal: string }
  /** instances `auto`: by its load again. */
  | { readonly command: 'scale'; readonly name: string; readonly instances: string }
  /** maxUnavailable null: all at once, in order. plan: only if it is still this one. */
  | { readonly command: 'apply'; readonly dryRun: boolean; readonly maxUnavailable: number | null; readonly plan: string | null }
  /** One new run; `dueAt` (wall clock ms) null: now. `args` are added to the command. One target, named as the job, with the id of
   *  the run in `run` from the first answer on. It ends when that run is over: ok when it succeeded, RUN_FAILED when it ended badly,
   *  NOT_STARTED when it was skipped, missed or cancelled before it began. With `dueAt` it ends at once: ok, planned. `unlessExists` and
   *  there is one already: ok, `run` is that one, and the message says so. */
  | { readonly command: 'job_run'; readonly job: string; readonly args: readonly string[]; readonly dueAt: number | null; readonly key: string | null; readonly unlessExists: boolean }
  /** For runs that start later, until the daemon ends. One target, named as the job. */
  | { readonly command: 'job_set'; readonly job: string; readonly settings: readonly JobSetting[] }
  | { readonly command: 'job_pause' | 'job_resume'; readonly names: readonly string[] }
  /** Names of runs (ids or their beginnings). signal null: the job's stop steps. */
  | { readonly command: 'job_cancel'; readonly names: readonly string[]; readonly signal: string | null }
  /** One target, named as the run; ends as job_run does. */
  | { readonly command: 'job_undo'; readonly run: string; readonly force: boolean }
  /** names empty: all that were not tried again, of `job` where it is given. Each target ends at once, with the new run in `run`;
   *  ALREADY_RETRIED without `force` where it was tried again before. */
  | { readonly command: 'dead_retry'; readonly names: readonly string[]; readonly job: string | null; readonly force: boolean }
  /** One target, `dead letters`, whose message is `N deleted, M left`. */
  | { readonly command: 'dead_prune'; readonly olderMs: number }
  | { readonly command: 'breaker_set'; readonly name: string; readonly to: 'open' | 'close' | 'half_open' | 'reset' }
  /** One run of each check; due: of those whose time has come. Each target ends with its run: ok with the number of issues, RUN_FAILED
   *  when it could not look. What it saw is in IssueControl.report. dryRun: nothing of it is stored. */
  | { readonly command: 'check_run'; readonly names: readonly string[]; readonly dryRun: boolean; readonly due: boolean }
  /** One attempt now, whatever its delay; each target ends with it, or at once where something holds it. all: whatever is open.
   *  force: also past budget and cool-down, and with all attempts anew where it is over, exhausted or unfixable. */
  | { readonly command: 'issue_fix'; readonly names: readonly string[]; readonly all: boolean; readonly force: boolean }
  | { readonly command: 'issue_close'; readonly names: readonly string[]; readonly as: 'closed' | 'fixed' | 'unfixable' }
  /** One target, `issues`, whose message is `N deleted`. */
  | { readonly command: 'issue_clear'; readonly states: readonly IssueState[]; readonly olderMs: number }
  /** Ends (its operation) when nothing of it goes on any more, or after timeoutMs: then what remains is named, or cancelled. */
  | { readonly command: 'drain'; readonly names: readonly string[]; readonly timeoutMs: number; readonly cancel: boolean; readonly expireMs: number | null }
  | { readonly command: 'undrain'; readonly names: readonly string[] }
  /** Names of groups. */
  | { readonly command: 'add' | 'remove' | 'update'; readonly names: readonly string[] }
  | { readonly command: 'reload' }
  | { readonly command: 'shutdown'; readonly mode: 'warm' | 'cold' | 'now' };

export interface FactFilter {
  /** Facts with a greater number only. Older ones come from the ring first. */
  readonly since: number | null;
  readonly onFact: (fact: Fact) => void;
  /** Facts between `since` and the oldest kept one are gone: the snapshot must be read again. */
  readonly onGap: (oldest: number) => void;
}

export interface WaitRequest {
  readonly names: readonly string[];
  readonly for: 'running' | 'stopped' | 'exited' | 'ready' | 'healthy';
  readonly timeoutMs: number;
}

/** What can be asked about jobs. Names of runs are ids or their beginnings. */
export interface JobControl {
  /** Newest first, from memory and store; `where` is applied. */
  history(query: RunQuery): readonly RunView[] | CommandError;
  show(run: string): RunDetails | CommandError;
  next(job: string, count: number): NextTimes;
  /** When these jobs are due between two wall clock times, within bounds. */
  calendar(jobs: readonly string[], from: number, until: number): CalendarAnswer;
  dead(query: DeadQuery): readonly DeadLetter[];
  showDead(id: string): DeadLetter | CommandError;
  /** What its runs execute, and where they write; undefined: there is no such job. */
  process(job: string): ProcessSpec | undefined;
  /** Output of one run as it comes, from its beginning as far as it is kept, or from a position; `end`: position after it. `onEnd` when the run is over. */
  follow(run: string, onChunk: (bytes: Uint8Array, end: number) => void, onEnd: () => void, from?: number): { close(): void } | CommandError;
}

/** What can be asked about checks and issues. Names of issues are ids or their beginnings. */
export interface IssueControl {
  checks(): readonly CheckView[];
  /** What a run of a check saw that somebody asked for. */
  report(run: string): CheckReport | CommandError;
  /** Last changed first. */
  list(query: IssueQuery): readonly IssueView[];
  show(issue: string): IssueDetails | CommandError;
  top(limit: number): readonly IssueCount[];
}

/** What can be asked about alerts. */
export interface AlertControl {
  list(): readonly AlertView[];
  silences(): readonly Silence[];
  /** Sends a sample; answers when every channel has. */
  test(name: string | null, channel: string | null, caller: Caller): Promise<readonly AlertTest[] | CommandError>;
  silence(name: string, ms: number, why: string, caller: Caller): Promise<Silence | CommandError>;
  /** By what is silenced, id, or `all`. */
  unsilence(name: string, caller: Caller): Promise<readonly Silence[] | CommandError>;
}

/** How processes are, and who says how many there are. */
export interface Wellness {
  /** In the order of `ids`; those that are not there are left out. */
  rows(ids: readonly string[], history: boolean): readonly HealthRow[];
  /** What its probes say; none: it has none. */
  probes(process: string): readonly ProbeView[];
  /** Asks all its probes now and resolves when they have answered, or its life is over; null: it is not up, or has none. */
  ask(process: string): Promise<void> | null;
  /** An operator said how many instances this program has. */
  hold(program: string): void;
  /** Its load says it again; false: it never does. */
  release(program: string): boolean;
  /** null: its load never says it. */
  isHeld(program: string): boolean | null;
}

export interface Control {
  readonly jobs: JobControl;
  readonly alerts: AlertControl;
  readonly issues: IssueControl;
  readonly version: string;
  readonly api: ApiSpec;
  readonly ctl: CtlSpec;
  snapshot(): Snapshot;
  /** What these processes (`group:name`) and runs (UUIDs), with all they started, use now, as far as that can be told. Some 50 µs each: for those who ask, never by itself. */
  usage(ids: readonly string[], files?: boolean): ReadonlyMap<string, Usage>;
  readonly wellness: Pick<Wellness, 'rows' | 'probes' | 'ask'>;
  /** For /metrics. */
  readonly meters: Meters;
  /** What a process or run may use; undefined: there is none. */
  limitsOf(id: string): LimitsSpec | undefined;
  /** Ids for namespecs, in tree order, or the error for the first unknown one (with the nearest names as hint). [] means all. */
  resolve(names: readonly string[]): readonly string[] | CommandError;
  /** Begins an operation; the answer is its first state. Unknown names become failed targets, not a refusal. */
  mutate(mutation: Mutation, caller: Caller): Operation | CommandError;
  /** Resolves when everything that was asked for so far is decided and written down. */
  heard(): Promise<void>;
  operation(id: string): Operation | undefined;
  /** Resolves when the operation has ended, the time is over, or nobody waits any more (`gone`). */
  settled(id: string, timeoutMs: number, gone?: AbortSignal): Promise<Operation | undefined>;
  /** Ends before its time when one that is to run is down and stays so. */
  wait(request: WaitRequest, gone?: AbortSignal): Promise<WaitAnswer | CommandError>;
  subscribe(filter: FactFilter): () => void;
  /** How often each fact happened since the daemon began. */
  factCounts(): ReadonlyMap<FactName, number>;
  readonly inquiry: Inquiry;
  configured(): readonly ConfiguredProcess[];
  /** Every setting of one process or job that is in force. */
  config(kind: 'process' | 'job', name: string): Promise<ConfigAnswer | CommandError>;
  /** What `apply` would do now. */
  plan(): Plan | CommandError;
  doctor(): readonly Finding[];
  audit(limit: number): readonly { at: number; who: string; role: string; action: string; targets: readonly string[]; result: string }[];
  /** For requests that are refused before they reach mutate. */
  noteRefusal(caller: Caller, action: string, why: string): void;
  /** For who logs in and out; `how` is the result as it is written. */
  noteVisit(caller: Caller, action: string, how: string): void;
  readonly logs: LogPlane;
  /** What supervisord's own API needs beside all this. */
  readonly compat: Compat;
  mainLog: {
    /** The file, or null when only memory keeps it. */
    readonly path: string | null;
    read(offset: number, length: number): LogSlice | { readonly error: string };
    follow(onChunk: (bytes: Uint8Array) => void): () => void;
    /** Empties it; a message when that failed. */
    clear(): string | null;
  };
}
