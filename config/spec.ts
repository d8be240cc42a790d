// What a configuration means once it is read: every default filled in, every name resolved.
// Pure data, the same for TOML and INI; where the dialects differ on purpose the difference is a value here, never a flag
// that says which file it came from.
import type { AlertSettings, AlertSpec } from './alert-spec.ts';
import type { CheckSpec, FixSpec, IssueSettings } from './check-spec.ts';
import type { BreakerSpec, JobSettings, JobSpec, VitalsSpec } from './job-spec.ts';
import type { AutoscaleSpec, HealthSpec } from './health-spec.ts';
import type { HooksSpec } from './hooks.ts';
import type { LimitsSpec, RecycleSpec } from './limits-spec.ts';
import type { WatchSpec } from './watch.ts';
import type { ApiSpec, CtlSpec } from './api-spec.ts';

/** OTP's restart types. INI: autorestart true | unexpected | false. */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** OTP's strategies: what a failure of one member does to the others. */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

/** Signal names without SIG, as `kill -l` prints them. */
export type SignalName = string;

/** Where a value was written: absolute file path and 1-based line. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

/** How long to wait before restart number n of a row of failures (n counts from 0). */
export interface BackoffSpec {
  /** none: always 0. linear: n+1 times base (supervisord). fixed: base. exponential: 0 for n = 0, then base * factor^(n-1). */
  readonly policy: 'none' | 'fixed' | 'linear' | 'exponential';
  readonly baseMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** Share of the delay that is random: 0 none, 1 full. */
  readonly jitter: number;
  /** After this long in good health the row of failures is forgotten. */
  readonly resetMs: number;
}

/** At most `max` restarts within `windowMs`; max null is no limit. */
export interface IntensitySpec {
  readonly max: number | null;
  readonly windowMs: number;
}

/** One step of ending a process: send `signal` to `scope`, wait up to `waitMs` for everybody to be gone (Infinity: for ever). */
export interface StopStep {
  readonly signal: SignalName;
  readonly scope: 'main' | 'group' | 'tree';
  readonly waitMs: number;
}

/** A limit of the kernel (getrlimit(2)); Infinity is RLIM_INFINITY. */
export interface Rlimit {
  readonly soft: number;
  readonly hard: number;
}

/** The command of a program. `words` are empty when `problem` says why it cannot be parsed. */
export interface CommandSpec {
  /** As written. */
  readonly text: string;
  /** argv; with shell: true it is ['/bin/sh', '-c', text]. */
  readonly words: readonly string[];
  readonly shell: boolean;
  readonly problem?: string;
}

/** Where one output channel of a process goes. */
export interface OutputSpec {
  /** The file, or null for none. A path of a device (`/dev/stdout`) is never rotated. */
  readonly file: string | null;
  /** Rotate at this size; 0 = never. */
  readonly maxBytes: number;
  /** Old files kept as file.1 … file.N; 0 = truncate at maxBytes. */
  readonly backups: number;
  /** Old files are compressed: file.1.gz … file.N.gz. */
  readonly gzip: boolean;
  /** Copy complete lines to the daemon's own stdout or stderr with a `[name] ` prefix. */
  readonly tee: 'stdout' | 'stderr' | null;
  /** Form of what is written to file and tee. json: one object a line {at, process, channel, line}. */
  readonly format: 'raw' | 'json';
  /** Prefix each line with the time (RFC 3339, UTC, ms). Raw form only. */
  readonly timestamp: boolean;
  readonly stripAnsi: boolean;
  /** When the target is full or too slow: block the child, or drop and count. */
  readonly full: 'block' | 'drop';
  /** Bytes kept in memory for `tail` where there is no file. */
  readonly ringBytes: number;
  /** Chosen by us, not written by the user (INI's AUTO). */
  readonly auto: boolean;
  /** Capture mode (PROCESS_COMMUNICATION events): at most so many bytes between the tokens are kept, the newest; 0 = off. */
  readonly captureBytes: number;
  /** Each read of this channel is an event PROCESS_LOG_STDOUT or PROCESS_LOG_STDERR. */
  readonly events: boolean;
  /** Copy lines to syslog, prefixed with the name of the process. */
  readonly syslog: boolean;
}

/** What a program waits for in another: RUNNING; its `ready` flag; ended as expected; ended by itself, whatever its exit status. */
export type Condition = 'started' | 'ready' | 'completed' | 'exited';

/** One entry of depends_on. */
export interface Dependency {
  /** A program, a process `group:name`, or a group. */
  readonly name: string;
  readonly kind: 'program' | 'process' | 'group';
  /** null: `completed` of a oneshot, `ready` of anybody else (who has no `ready` is ready when RUNNING). */
  readonly condition: Condition | null;
  /** The dependent restarts when this one gets a new life. */
  readonly restartWith: boolean;
}

/** A probe is asked every `intervalMs` and has `timeoutMs` for its answer. */
interface Probing {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** An address to connect to. */
export type ProbeAddress = { readonly host: string; readonly port: number } | { readonly unix: string };

/** How it is found out that a process is ready. */
export type ReadySpec =
  /** It says READY=1 (sd_notify). */
  | { readonly kind: 'notify' }
  /** A GET answers with one of these status codes; null: 200 to 399. `unix`: over this socket. */
  | ({ readonly kind: 'http'; readonly url: string; readonly unix: string | null; readonly status: readonly number[] | null } & Probing)
  /** It accepts a connection. */
  | ({ readonly kind: 'tcp'; readonly address: ProbeAddress } & Probing)
  /** The command, run as the program is, exits with 0. */
  | ({ readonly kind: 'exec'; readonly command: CommandSpec } & Probing)
  /** A line of its output matches. */
  | { readonly kind: 'log'; readonly pattern: string }
  /** It writes a newline to this descriptor (s6), or closes it having written one. */
  | { readonly kind: 'fd'; readonly fd: number }
  | { readonly kind: 'delay'; readonly delayMs: number };

/** One copy of a program: what runs, how it is restarted, how it is ended, where its output goes. */
export interface ProcessSpec {
  readonly kind: 'process';
  /** Unique: `group:name`. */
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly program: string;
  /** Stable instance number (process_num). */
  readonly num: number;
  readonly command: CommandSpec;
  /** Absolute, or null for the daemon's own. Existence is checked at each spawn. */
  readonly directory: string | null;
  readonly umask: number | null;
  /** Name or number as written; looked up at each spawn. `group` null: the user's own groups. */
  readonly user: string | null;
  readonly userGroup: string | null;
  readonly nice: number | null;
  readonly oomScoreAdj: number | null;
  /** Keys: as, core, cpu, data, fsize, memlock, nofile, nproc, rss, stack … */
  readonly rlimits: Readonly<Record<string, Rlimit>>;
  /** What a life of it may use. */
  readonly limits: LimitsSpec;
  /** When a life of it gives way to a new one. */
  readonly recycle: RecycleSpec;
  /** Send KILL to the child when the daemon dies (PR_SET_PDEATHSIG). */
  readonly killOnDaemonDeath: boolean;
  /** The program's own variables; they win over everything else. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names of variables whose values are also blotted out of the command line wherever it is shown (environment_secret). */
  readonly secrets?: readonly string[];
  /** true: the daemon's variables too. A list: only these names. false: none but PATH, HOME, LANG, TZ. */
  readonly inherit: boolean | readonly string[];
  /** SUPERVISOR_SERVER_URL for the child, or null. 'auto': that of the default unix socket, where no listener is written. */
  readonly serverUrl: string | null;
  readonly stdin: 'null' | 'pipe';
  /** NOTIFY_SOCKET is set for it: asked for by notify, ready, heartbeat or watchdog. */
  readonly notify: boolean;
  readonly vitals: VitalsSpec;
  /** How it is seen from outside whether it works. */
  readonly health: HealthSpec;
  /** How many instances of its program there are, by what they have to do; null: as many as written. */
  readonly autoscale: AutoscaleSpec | null;
  readonly hooks: HooksSpec;
  /** Its restart when files change; null: none. */
  readonly watch: WatchSpec | null;
  /** Restarts wait while this breaker is open; null: none. */
  readonly breaker: string | null;
  /** On `drain`: sent to the main process, which goes on; null: nothing is sent. */
  readonly drainSignal: SignalName | null;
  /** `drain` waits for it at most so long; null: it is not waited for. */
  readonly drainTimeoutMs: number | null;
  /** session: setsid(2) (native). group: a new process group in the daemon's session (INI). */
  readonly processGroup: 'session' | 'group';
  readonly autostart: boolean;
  /** It runs to its end: that is what it is for, not a failure. */
  readonly oneshot: boolean;
  /** How it says or shows that it is ready; null: ready when RUNNING. */
  readonly ready: ReadySpec | null;
  /** Not ready this long after its spawn is a failed start; null: it may take as long as it likes. */
  readonly startTimeoutMs: number | null;
  /** What must be so before each of its starts. */
  readonly dependsOn: readonly Dependency[];
  /** Low starts first and stops last. */
  readonly priority: number;
  readonly restart: RestartType;
  /** Exit codes that are expected. A death by signal never is. */
  readonly exitCodes: readonly number[];
  /** Alive for more than this: RUNNING. 0: RUNNING at once. */
  readonly startMs: number;
  /** Failed starts in a row that are retried before FATAL; null: no such count, each failed start is a failure for the group. */
  readonly startRetries: number | null;
  /** supervisord: an exit before startMs is retried whatever the restart type and exit code say. */
  readonly startExit: 'retry' | 'judge';
  /** A missing or non-executable command or directory: FATAL at once, or one more failed start. */
  readonly missing: 'fatal' | 'retry';
  readonly backoff: BackoffSpec;
  /** Delay after a failed start (supervisord: linear). */
  readonly startBackoff: BackoffSpec;
  /** The program's own limit, past which it is FATAL. */
  readonly intensity: IntensitySpec;
  readonly stop: readonly StopStep[];
  /** End what the main process left behind, before a respawn and before STOPPED is said. */
  readonly sweep: boolean;
  /** exit: when this program is FATAL or ended for good, the daemon ends. */
  readonly onFailure: 'stay' | 'exit';
  /** Exit status of the daemon then: a number, or the program's own code. */
  readonly exitCode: number | 'own';
  readonly stdout: OutputSpec;
  /** null: stderr goes where stdout goes (redirect_stderr). */
  readonly stderr: OutputSpec | null;
  readonly origin: Origin;
}

/** A pool of event listeners: its processes speak supervisord's READY/RESULT protocol on their standard input and output. */
export interface ListenerSpec {
  /** Event types in supervisord's words, upper case, as written and each once: `PROCESS_STATE`, `TICK_5` … `EVENT` is all of them. */
  readonly events: readonly string[];
  /** Events that wait for a free process, at most; the oldest is dropped. */
  readonly bufferSize: number;
}

/** A listening socket that the daemon makes for a group and that each of its processes gets as standard input (FastCGI). */
export interface SocketSpec {
  readonly address: { readonly unix: string } | { readonly host: string; readonly port: number };
  /** Unix sockets: mode bits. */
  readonly mode: number;
  /** Unix sockets: `user` or `user:group` as written (only `user`: its own group where `ownGroup`, else the group stays), or null
   *  for the daemon's own. */
  readonly owner: string | null;
  /** The owner is the program's user and nobody wrote it: its primary group comes with it. */
  readonly ownGroup: boolean;
  /** listen(2); null: as many as the system allows. */
  readonly backlog: number | null;
}

/** A supervisor node: members in start order, and the rule for failures among them. */
export interface GroupSpec {
  readonly kind: 'group';
  readonly name: string;
  readonly strategy: Strategy;
  readonly intensity: IntensitySpec;
  readonly restart: RestartType;
  readonly backoff: BackoffSpec;
  readonly priority: number;
  /** in_order: the next member starts when the one before is up. together: by priority, all in one pass. */
  readonly start: 'together' | 'in_order' | 'in_order_running';
  /** Made by us for a program that no group lists. */
  readonly implicit: boolean;
  /** The processes are event listeners ([eventlistener:x]). */
  readonly listener: ListenerSpec | null;
  /** The processes share a listening socket ([fcgi-program:x]). */
  readonly socket: SocketSpec | null;
  readonly members: readonly MemberSpec[];
  readonly origin: Origin;
}

export type MemberSpec = GroupSpec | ProcessSpec;

/** [daemon] or [supervisord]. */
export interface DaemonSpec {
  readonly identifier: string;
  /** Where state that must survive lives; null: chosen by main (per user, keyed by the file's path). */
  readonly stateDir: string | null;
  readonly runtimeDir: string | null;
  /** The daemon's own log: an absolute path, or `syslog`; null: stderr only (foreground). */
  readonly logfile: string | null;
  readonly logfileMaxBytes: number;
  readonly logfileBackups: number;
  readonly logLevel: 'critical' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'blather';
  readonly logFormat: 'json' | 'supervisord';
  readonly pidfile: string | null;
  readonly nodaemon: boolean;
  readonly silent: boolean;
  readonly umask: number;
  readonly user: string | null;
  readonly directory: string | null;
  readonly minfds: number;
  readonly minprocs: number;
  readonly environment: Readonly<Record<string, string>>;
  /** `host:port` of a statsd server; null: none. */
  readonly statsd: string | null;
  /** After this long all remaining levels of a shutdown are told at once. */
  readonly shutdownGraceMs: number;
  /** Cap on the whole shutdown; null: none, every program keeps its own stop wait. */
  readonly shutdownTimeoutMs: number | null;
  /** Limit on groups that give up at the top level, past which onFailure decides. */
  readonly intensity: IntensitySpec;
  readonly onFailure: 'stay' | 'exit';
}

/** A whole configuration. `tree` is the root: its members are the top-level groups, in start order. */
export interface Config {
  readonly dialect: 'toml' | 'ini';
  /** The main file, absolute. */
  readonly file: string;
  readonly files: readonly string[];
  readonly daemon: DaemonSpec;
  readonly api: ApiSpec;
  readonly ctl: CtlSpec;
  readonly tree: GroupSpec;
  /** In the order of the files; then what checks and fixes run. */
  readonly jobs: readonly JobSpec[];
  readonly checks: readonly CheckSpec[];
  readonly fixes: readonly FixSpec[];
  readonly issueSettings: IssueSettings;
  readonly breakers: readonly BreakerSpec[];
  readonly jobSettings: JobSettings;
  /** In the order of the files. */
  readonly alerts: readonly AlertSpec[];
  readonly alertSettings: AlertSettings;
}

/** Something wrong (error) or odd (warning) with a file, for the person who wrote it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** 1-based; 0 when no line can be named. */
  readonly line: number;
  /** `programs.web.comand`, or null for the file as a whole. */
  readonly key: string | null;
  /** "cannot X: reason" with the value and what was expected. */
  readonly message: string;
  /** The nearest known key or what to do. */
  readonly hint: string | null;
}
