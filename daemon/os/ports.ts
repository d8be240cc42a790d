// What the rest of the daemon may ask of the operating system. Two implementations: native (node:ffi) and portable.
import type { Readable, Writable } from 'node:stream';
import type { ProbeSpec } from '../../config/health-spec.ts';
import type { LimitsSpec } from '../../config/limits-spec.ts';
import type { ChannelSpec } from '../../config/alert-spec.ts';
import type { CommandSpec, ProcessSpec, ReadySpec, SignalName, SocketSpec } from '../../config/spec.ts';
import type { AlertMessage } from '../contract/alerts.ts';
import type { CheckMark, FixAttempt, IssueCount, IssueQuery, IssueState, IssueView } from '../contract/issues.ts';
import type { DeadLetter, DeadQuery, LastRun, RunDetails, RunQuery, RunView } from '../contract/jobs.ts';
import type { HeartbeatRow, Report, Supervised } from '../contract/reports.ts';

/** Milliseconds of the monotonic clock. Only differences mean anything. */
export type MonoMs = number & { readonly __brand?: 'mono' };
/** Milliseconds since 1970 of the wall clock. */
export type WallMs = number & { readonly __brand?: 'wall' };

export interface Clock {
  mono(): MonoMs;
  wall(): WallMs;
}

/** Tells when the wall clock no longer goes with the monotonic one: it was set, or the machine slept. Slow corrections (NTP) are none. */
export interface WallClockWatch {
  /** From now on `tell` hears each jump: ms that the wall clock is further than before, negative where it was set back. */
  onChange(tell: (jumpMs: number) => void): void;
  dispose(): void;
}

/** One life of one process, as the OS layer knows it. */
export interface Child {
  readonly id: string;
  readonly incarnation: number;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (clock ticks since boot): pid + this name a process uniquely within a boot. 0 where unknown. */
  readonly startTime: number;
}

/** Where output arrives: a descriptor of our own to read without blocking (native), or a stream (portable). */
export type OutputSource = { readonly fd: number } | { readonly stream: Readable };

export interface SpawnRequest {
  readonly spec: ProcessSpec;
  readonly incarnation: number;
  /** UUID of this life: SUPERVISION_ID. */
  readonly supervisionId: string;
  /** The complete environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  /** Becomes its stdin, whatever the spec says; stays the caller's. */
  readonly stdinFd?: number;
  /** It speaks the event listener protocol: its stdin and stdout are pipes, whatever the spec says. */
  readonly listens?: boolean;
  /** Where the spec says `ready = { fd }`: called once, from the event loop, when a newline came on that descriptor. */
  readonly onReady?: () => void;
  /** Called once, from the event loop, never within spawn(). */
  readonly onExit: (report: ExitReport) => void;
}

/** Why a process could not be started. `missing` kinds are the file's author's to mend; the others may pass. */
export type SpawnErrorKind =
  | 'no_command' | 'not_executable' | 'is_directory' | 'no_permission' | 'bad_command' | 'no_directory' | 'no_user'
  | 'too_many_files' | 'too_many_processes' | 'no_memory' | 'no_log' | 'hook' | 'other';

export interface SpawnError {
  readonly kind: SpawnErrorKind;
  /** A person's words: "can't find command 'x'" (supervisord's where it has them). */
  readonly message: string;
  readonly errno: string | null;
}

export type SpawnOutcome =
  | { readonly child: Child; readonly stdout: OutputSource | null; readonly stderr: OutputSource | null; readonly stdin: Writable | null }
  | { readonly error: SpawnError };

export interface ExitReport {
  readonly child: Child;
  /** Exit code, or null when a signal ended it or nobody knows. */
  readonly code: number | null;
  /** Name without SIG, or null. */
  readonly signal: SignalName | null;
  readonly coreDumped: boolean;
  /** Processes of this life that are still there, found when the main one was reaped. */
  readonly left: readonly number[];
  /** What it and the children it waited for used (wait4's rusage); null where nobody measured. peakRssBytes null: no more than the daemon's own peak, below which it cannot be told. */
  readonly usage: { readonly peakRssBytes: number | null; readonly cpuMs: number } | null;
  /** The kernel ended it because memory was short: it says so of this life, or of somebody at that time and nobody here sent the KILL. */
  readonly oom?: 'sure' | 'likely';
}

export type SignalOutcome = { readonly pids: readonly number[] } | { readonly gone: true } | { readonly error: string };

/** A process that lives on though no program that runs answers for it. */
export interface LeftProcess {
  readonly pid: number;
  readonly startTime: number;
  /** Whose life left it, where that is known. */
  readonly process: string | null;
  /** Its command line, cut where it is long. */
  readonly command: string;
}

/** Where a look at trees may get what it asks of /proc; see proc.ts. */
export interface TreeReader {
  stat(pid: number): { readonly state: string; readonly ppid: number; readonly pgrp: number; readonly session: number; readonly startTime: number; readonly ticks: number; readonly childTicks: number; readonly threads: number; readonly rssPages: number } | null;
  children(pid: number): readonly number[];
}

/** What a whole life, with all it started, uses. */
export interface UsageSample {
  readonly at: MonoMs;
  /** Resident memory; shared pages count once for each process that has them, unless its control group counts. */
  readonly rssBytes: number;
  /** Processor time since it began, of those that ended too as far as anybody waited for them. */
  readonly cpuMs: number;
  readonly processes: number;
  /** Open files of the one process that has most; null: not asked for, or not to be seen. */
  readonly files: number | null;
}

/** Measures lives when asked; never by itself. */
export interface UsageMeter {
  /** Lives that are gone, or not to be seen, are left out. `keep`: asked again soon; what is opened stays open (bounded) until `release`. Some 10 µs each with `keep`, three times that without. */
  measure(children: readonly Child[], want: { readonly files: boolean; readonly keep: boolean }): ReadonlyMap<Child, UsageSample>;
  /** Nobody measures this life any more. */
  release(child: Child): void;
  dispose(): void;
}

/** Starts, signals and watches processes. */
export interface Processes {
  readonly name: 'native' | 'portable';
  /** Starts a process. Synchronous: errors of exec come back as values. */
  spawn(request: SpawnRequest): SpawnOutcome;
  /** main: the main process. group: its process group. tree: everybody that descends from it, wherever they went. */
  signal(child: Child, signal: SignalName, scope: 'main' | 'group' | 'tree'): SignalOutcome;
  /** Pids of this life that are alive now, the main one included. */
  tree(child: Child): readonly number[];
  /** As `tree`, for many at the price of one look, for those who count often. Those that are forgotten are left out. */
  trees(children: readonly Child[], via?: TreeReader): ReadonlyMap<Child, readonly number[]>;
  /** What the kernel counts of a life that has a control group of its own, of all who ever were in it; null: it has none. rssBytes null: memory is not counted there. */
  counted(child: Child): { readonly cpuMs: number; readonly rssBytes: number | null } | null;
  /** Other limits for a life that goes on, where the kernel keeps some. */
  limit(child: Child, limits: LimitsSpec): void;
  /** Calls back once when nobody of this life is left. A second call for the same child replaces the first. */
  whenGone(child: Child, callback: () => void): void;
  /** Forget a child's remains: nothing is watched or attributed to it any more. */
  forget(child: Child): void;
  /** Processes that were reaped though nobody here started them. */
  onStranger(callback: (pid: number, code: number | null, signal: SignalName | null) => void): void;
  /** Orphans that we adopted, that are alive and belong to no life that we watch: of unknown origin, or left by lives that are forgotten. Portable: none are known. */
  unattributed(): readonly LeftProcess[];
  /** Ends a process of an earlier daemon if pid and start time still name it. */
  endStray(pid: number, startTime: number, signal: SignalName): boolean;
  dispose(): void;
}

/** Tells when descriptors can be read. One nested epoll for all (native). Absent in portable mode, where sources are streams. */
export interface Readiness {
  /** Watches a non-blocking descriptor. `ready` is called from the event loop, level-triggered, until paused or removed. */
  add(fd: number, ready: () => void): ReadinessHandle;
  /** Grow a pipe (F_SETPIPE_SZ); false when the kernel refuses. */
  growPipe(fd: number, bytes: number): boolean;
}

export interface ReadinessHandle {
  pause(): void;
  resume(): void;
  /** Stop watching; the descriptor stays open and is its owner's to close. */
  remove(): void;
}

/** The ways by which children report: NOTIFY_SOCKET (sd_notify) and REEVE_SOCKET (HTTP). */
export interface ReportChannels {
  /**
   * Before a spawn: makes what this child may speak to. `variables` go into its environment: REEVE_SOCKET and REEVE_TOKEN; and where
   * `notify`, NOTIFY_SOCKET, and WATCHDOG_USEC where `watchdogMs` is not null (the heartbeat's interval; without WATCHDOG_PID, as any
   * process of the child may speak). uid: of the child; null: the daemon's own.
   * A way that cannot be made is left out, and said once: reporting never keeps a child from starting. A spawn that fails: `close`.
   */
  open(subject: Supervised, options: { readonly uid: number | null; readonly notify: boolean; readonly watchdogMs: number | null }): { readonly variables: Readonly<Record<string, string>> };
  /** The main process ended: what it has sent and nobody has read yet is told to the sink first, then `done` is called (after a few turns of the event loop at most). Its last words come before its exit. Its other processes may go on talking until `close`. */
  drain(supervisionId: string, done: () => void): void;
  /** The child is gone: nothing is taken for it any more. */
  close(supervisionId: string): void;
  dispose(): Promise<void>;
}

/** Where reports go, and what was not taken: called from the event loop, one at a time, in the order they came. Must not throw. */
export interface ReportSink {
  report(subject: Supervised, report: Report): void;
  /** subject null: of nobody that is known. `times`: how many since the last call for the same sender; at most one call in ten seconds for each. */
  refused(subject: Supervised | null, why: string, times: number): void;
}

/** Listening sockets that the processes of a group share as their stdin. */
export interface SharedSockets {
  /** The group's socket, made with its first holder. */
  acquire(group: string, spec: SocketSpec, holder: string): { readonly fd: number } | { readonly error: string };
  /** Closed with its last holder. */
  release(group: string, holder: string): void;
}

/** How it is found out what lives use. */
export interface Measures {
  /** There is a /proc to look at. */
  readonly proc: boolean;
  /** Our control group, where we may make others in it; null: none. */
  readonly cgroup: string | null;
  /** What can be counted and kept there: memory, pids, cpu. */
  readonly controllers: readonly string[];
  /** Where the kernel counts ends for want of memory; null: nowhere that we may look. */
  readonly oom: string | null;
}

/** What the machine offers, for `doctor` and the start-up lines. */
export interface MachineFacts {
  readonly implementation: 'native' | 'portable';
  readonly why: string | null;
  readonly subreaper: boolean;
  readonly pid1: boolean;
  readonly pidfd: boolean;
  readonly measures: Measures;
  readonly limits: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

export interface Os {
  readonly clock: Clock;
  readonly processes: Processes;
  readonly readiness: Readiness | null;
  machine(): MachineFacts;
}

export type Channel = 'stdout' | 'stderr';

/** Who listens to what programs write, beside their logs. Called while bytes move: `bytes` must not be kept, and nothing be thrown. */
export interface OutputTaps {
  /** The stdout of this process is the event listener protocol. */
  isListener(process: string): boolean;
  /** Bytes of that protocol. */
  protocol(child: Child, bytes: Buffer): void;
  /** A chunk of a channel with `events`; whole characters where it is UTF-8. */
  chunk(child: Child, channel: Channel, bytes: Buffer): void;
  /** Somebody waits for words in the output of the present life of this process. */
  watches(process: string): boolean;
  /** Bytes of such a life. False: nobody waits any more. */
  seen(child: Child, channel: Channel, bytes: Buffer): boolean;
  /** What came between the tokens of capture mode; the newest bytes where it was too much. */
  captured(child: Child, channel: Channel, bytes: Buffer): void;
}

/** How a probe came out; `why` in a person's words. */
export type ProbeAnswer = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly degraded?: true };

/** What a probe asks: of `ready`, or of `health`. */
export type ProbeTarget = Extract<ReadySpec | ProbeSpec, { kind: 'http' | 'tcp' | 'exec' }>;

export interface ProbeRequest {
  readonly target: ProbeTarget;
  /** Whose user, directory and umask a command runs with. */
  readonly spec: ProcessSpec;
  /** Variables of a command. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** Called once, from the event loop, unless it was cancelled: at the latest after the target's time limit. */
  readonly done: (answer: ProbeAnswer) => void;
}

/** Asks programs whether they work: one question at a time for each request. */
export interface Prober {
  /** Nothing of a cancelled probe is left: no connection, no process. */
  probe(request: ProbeRequest): { cancel(): void };
  /** Runs a command as the program is, and tells what it writes to its standard output, at most 4 KiB of it; as `probe` otherwise. */
  read(request: ReadRequest): { cancel(): void };
}

export interface ReadRequest extends Pick<ProbeRequest, 'spec' | 'environment'> {
  readonly command: CommandSpec;
  readonly timeoutMs: number;
  readonly done: (answer: { readonly text: string } | { readonly problem: string }) => void;
}

/** A command beside programs: a hook, the script of an alert. */
export interface SideRequest {
  readonly command: CommandSpec;
  /** Absolute, or null for the daemon's own. */
  readonly directory: string | null;
  /** As written; null: the daemon's. */
  readonly user: string | null;
  readonly group: string | null;
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads; null: nothing. */
  readonly input: string | null;
  readonly timeoutMs: number;
  /** Called once, from the event loop, unless it was cancelled: when nobody of it is left, as far as that can be brought about. */
  readonly done: (answer: SideAnswer) => void;
}

export interface SideAnswer {
  /** It exited with 0 in time. */
  readonly ok: boolean;
  /** `exit status 3`, `no end within 30 s`; '' when ok. */
  readonly why: string;
  /** The end of what it wrote. */
  readonly output: string;
  readonly tookMs: number;
}

/** Runs commands that end by themselves, or after their time; all they started goes with them. */
export interface SideCommands {
  run(request: SideRequest): { cancel(): void };
}

/** How a delivery came out. hopeless: the same again would not be taken either. */
export type DeliveryAnswer = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly hopeless?: boolean };

/** Sends lines, and does not look whether they arrive. */
export interface DatagramLines {
  send(lines: readonly string[]): void;
  close(): void;
}

/** What carries alerts out of the daemon. */
export interface AlertCarrier {
  /** Never rejects. Takes no longer than the channel's timeout, and a little. */
  deliver(channel: ChannelSpec, message: AlertMessage, environment: Readonly<Record<string, string>>): Promise<DeliveryAnswer>;
  /** Ends what is under way; it is answered as not delivered. */
  close(): void;
}

/** Tells of files that change below a directory. */
export interface FileWatches {
  /** `changed` gets paths relative to the directory. `problem`: it cannot be watched, or only a part of it. */
  watch(request: FileWatchRequest): { close(): void };
}

export interface FileWatchRequest {
  readonly directory: string;
  readonly patterns: readonly string[];
  readonly ignore: readonly string[];
  /** Absolute paths of files and directories that are not looked at. */
  readonly without: readonly string[];
  readonly changed: (file: string) => void;
  readonly problem: (why: string) => void;
}

/** Who hears all that programs write, beside their logs: the daemon's own log at level debug. Called while bytes move, as OutputTaps. */
export interface OutputEcho {
  /** May change; the log plane is told by `echoChanged`. */
  readonly echoes: boolean;
  /** Whole characters where it is UTF-8. */
  echo(process: string, channel: Channel, bytes: Buffer): void;
}

/** The log of the system. */
export interface Syslog {
  /** bytes[start, end) as one line of `name` (null: of the daemon itself), without its newline; severity: of syslog, 6 (info) where nothing is said. False: it was not taken, and is lost. Never waits. */
  send(name: string | null, bytes: Buffer, start: number, end: number, severity?: number): boolean;
  close(): void;
}

/** Bytes of a log, and where they end. */
export interface LogSlice {
  readonly bytes: Uint8Array;
  /** Size of the log after these bytes. */
  readonly offset: number;
  /** More was there than was asked for. */
  readonly overflow: boolean;
}

export interface FollowRequest {
  /** `from`: go on after this position, as far as it is kept, in place of `bytes` and `lines`; what is gone is told in the text. */
  readonly targets: readonly { readonly id: string; readonly channel: Channel; readonly from?: number }[];
  /** Bytes of the past to begin with, per target. */
  readonly bytes: number;
  /** So many lines of the past in place of `bytes`. */
  readonly lines?: number;
  /**
   * Called with whole lines where possible. Must not keep `bytes`. `end`: position after them, in bytes that the log got since the
   * daemon began (below 0: before that). `at`: wall clock ms when they were written; null: they are of the past.
   */
  readonly onChunk: (id: string, channel: Channel, bytes: Uint8Array, end: number, at: number | null) => void;
  /** What is not taken is not read further: call when the consumer can take more. */
  readonly onEnd: (why: string) => void;
}

/** The last of what one life said, kept in memory beside its log. */
export interface LifeOutput {
  /** Bytes of it so far, those no longer kept included. */
  readonly total: number;
  /** Called while bytes move: both channels of the life, in the order they were read. */
  heard(channel: Channel, bytes: Buffer, start: number, end: number): void;
  /** Both channels as they came, at most 64 KiB, from the beginning of a line. */
  text(): string;
  /** The last lines of its standard error; of all it said where nothing came that way. */
  errors(lines: number): readonly string[];
  /** Calls with what is kept, then with what comes, until the end. */
  follow(onChunk: (bytes: Uint8Array) => void, onEnd: () => void): { close(): void };
  /** Nothing more comes: those who follow are told. */
  end(): void;
}

/** Carries output from pipes to where the configuration says. Log bytes never pass the mailbox. */
export interface LogPlane {
  /** Makes the targets of a process ready (creates directories, opens files). A message when that cannot be done. */
  open(spec: ProcessSpec): string | null;
  /** Whether all output is echoed has changed. */
  echoChanged(): void;
  /** Takes a changed spec live (sizes, backups, tee, format); same result as open. */
  change(spec: ProcessSpec): string | null;
  /** The process is no longer known. */
  close(id: string): void;
  /** `keep` hears what goes to the log. */
  attach(child: Child, channel: Channel, source: OutputSource, keep?: LifeOutput): void;
  /** For a life whose own words are wanted apart from those of its like. */
  keep(): LifeOutput;
  /** Reads what the life that just ended left in its pipes, then calls back. Bounded: a blocked target does not hold the exit. */
  drain(child: Child, done: () => void): void;
  /** The last bytes written, for facts and `explain` (at most `lines` lines). */
  lastLines(id: string, lines: number): string;
  /** supervisord's tail rules. A message when there is no log. */
  tail(id: string, channel: Channel, offset: number, length: number): LogSlice | { readonly error: 'no_log' };
  /** supervisord's read rules: offset < 0 with length 0 is the last bytes; length 0 is to the end. */
  read(id: string, channel: Channel, offset: number, length: number): Uint8Array | { readonly error: 'no_log' | 'bad_arguments' | 'failed'; readonly message: string };
  /** Bytes as they are written, across rotations. */
  follow(request: FollowRequest): { pause(): void; resume(): void; close(): void };
  /** Bytes that the log got since the daemon began: the position of its end. */
  position(id: string, channel: Channel): number;
  clear(id: string): string | null;
  rotate(id: string): string | null;
  /** Close and reopen every file (SIGUSR2, for an external logrotate). */
  reopen(): void;
  stats(id: string): LogStats;
  /** From now on lines are counted: it takes a look at every byte, which nobody pays for before somebody asks. */
  countLines(): void;
  dispose(): Promise<void>;
}

export interface LogStats {
  readonly bytes: number;
  /** Since countLines. */
  readonly lines: number;
  readonly dropped: number;
  readonly rotations: number;
  readonly blocked: boolean;
  readonly paths: { readonly stdout: string | null; readonly stderr: string | null };
}

/** What an operator decided about a process. */
export interface Intent {
  /** Stopped by hand; survives a crash, forgotten by a clean end of the daemon. */
  readonly stopped: boolean;
  /** Disabled: lasts until enabled. */
  readonly disabled: boolean;
  readonly by: string;
  readonly at: WallMs;
}

/** One life of a process, for `explain` and for finding strays after a crash. */
export interface LifeRecord {
  readonly process: string;
  readonly incarnation: number;
  readonly supervisionId: string;
  readonly pid: number;
  readonly startTime: number;
  readonly startedAt: WallMs;
  readonly endedAt: WallMs | null;
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it ended, in a person's words. */
  readonly why: string | null;
  readonly lastOutput: string | null;
}

export interface TransitionRecord {
  readonly process: string;
  readonly incarnation: number;
  readonly at: WallMs;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** A limit that a life did not keep. */
export interface ViolationRecord {
  readonly process: string;
  readonly incarnation: number;
  readonly at: WallMs;
  /** Which limit: memory, cpu, files … */
  readonly what: string;
  readonly limit: string;
  readonly actual: string;
  readonly why: string;
  /** What came of it. */
  readonly action: string;
}

/** What is kept of a run beside its row. */
export interface RunExtras {
  readonly argv: readonly string[];
  readonly output: string;
  readonly heartbeats: readonly HeartbeatRow[];
  readonly errors: readonly string[];
  readonly violations: RunDetails['violations'];
}

/** Runs, dead letters, breakers and last times. Written down before they are told: a call that returns has queued the write, and
 *  everything queued is committed before a fact about it leaves the daemon (Store.flush at the end of each step). */
export interface RunStore {
  /** durable: the run must not be lost. The commit of its first row waits for the disk itself; that a later one is lost to a power cut
   *  only makes it run again. */
  saveRun(run: RunView, durable?: boolean): void;
  saveExtras(run: string, extras: RunExtras): void;
  run(id: string): RunView | undefined;
  /** An id, or the beginning of one that no other run shares. */
  findRun(prefix: string): RunView | 'ambiguous' | undefined;
  extras(run: string): RunExtras | undefined;
  /** Newest first. `where` is not looked at here. */
  runs(query: RunQuery): readonly RunView[];
  /** Attempts of the same work, in order; `first` is the id of the first. */
  attempts(first: string): readonly RunView[];
  /** Runs without an end: they waited or ran when the last daemon ended. */
  openRuns(): readonly RunView[];
  runNumbers(): ReadonlyMap<string, number>;
  /** ms of the last successful runs, newest first, per job. */
  durations(limit: number): ReadonlyMap<string, readonly number[]>;
  /** The last run of each job that was started and ended. */
  lastRuns(): ReadonlyMap<string, LastRun>;
  saveFire(job: string, at: WallMs): void;
  lastFires(): ReadonlyMap<string, WallMs>;
  savePaused(job: string, by: string | null, at: WallMs): void;
  paused(): ReadonlyMap<string, { readonly by: string; readonly at: WallMs }>;
  saveDead(letter: DeadLetter): void;
  dead(query: DeadQuery): readonly DeadLetter[];
  findDead(prefix: string): DeadLetter | 'ambiguous' | undefined;
  /** How many were not tried again, by job. */
  pendingDead(): ReadonlyMap<string, number>;
  markRetried(id: string, as: string, at: WallMs): void;
  /** Deletes letters that failed before; how many, and how many are left. Of letters the newest 10,000 are kept in any case. */
  pruneDead(before: WallMs): { readonly deleted: number; readonly left: number };
  /** Deletes ended runs past what their job keeps. Bounded work per call. */
  pruneRuns(job: string, keep: { readonly okBefore: WallMs; readonly failedBefore: WallMs; readonly keep: number }): void;
  saveBreaker(name: string, state: string, data: string, at: WallMs): void;
  breakers(): ReadonlyMap<string, { readonly state: string; readonly data: string; readonly at: WallMs }>;
}

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

export type AlertRowKind = 'entry' | 'delivery' | 'silence';

/** What alerts must find again. Values are JSON. */
export interface AlertStore {
  /** null: forget it. */
  put(kind: AlertRowKind, key: string, data: string | null): void;
  /** By key, in the order in which they were first written. */
  all(kind: AlertRowKind): ReadonlyMap<string, string>;
}

/** What must survive us. Writes are queued and committed together within a few ms; `flush` is synchronous. */
export interface Store {
  readonly runs: RunStore;
  readonly alerts: AlertStore;
  readonly issues: IssueStore;
  /** The file, or null when everything is kept in memory only (with the reason in `problem`). */
  readonly path: string | null;
  readonly problem: string | null;
  intents(): ReadonlyMap<string, Intent>;
  /** Written before it returns. */
  setIntent(process: string, intent: Intent | null): void;
  /** Several in one transaction, written before it returns. */
  setIntents(changes: Iterable<readonly [process: string, intent: Intent | null]>): void;
  /** A clean end, or a full restart, forgets what was stopped by hand (disabled stays). */
  clearStopped(): void;
  /** The highest incarnation number ever given to each process. */
  incarnations(): ReadonlyMap<string, number>;
  lifeStarted(life: LifeRecord): void;
  lifeEnded(process: string, incarnation: number, end: { endedAt: WallMs; code: number | null; signal: string | null; why: string; lastOutput: string | null }): void;
  transition(record: TransitionRecord): void;
  violated(record: ViolationRecord): void;
  /** Newest first; those of the last 24 hours, at most 50. */
  violations(process: string): readonly ViolationRecord[];
  /** Newest first. */
  lives(process: string, limit: number): readonly LifeRecord[];
  transitions(process: string, limit: number): readonly TransitionRecord[];
  /** Lives of this boot without an end: children of a daemon that died. */
  openLives(): readonly LifeRecord[];
  audit(entry: { at: WallMs; who: string; role: string; action: string; targets: readonly string[]; result: string }): void;
  auditTrail(limit: number): readonly { at: WallMs; who: string; role: string; action: string; targets: readonly string[]; result: string }[];
  flush(): void;
  close(): void;
}
