// From the values of a program to one ProcessSpec. The two dialects of DESIGN §3 differ here, row by row, and nowhere later.
import { backoffOf, intensityOf, SUPERVISORD_START_BACKOFF, SUPERVISORD_START_RETRIES } from './backoff.ts';
import { stopLadder } from './stop-ladder.ts';
import { autoscaleOf, checkAutoscale, checkHealth, healthOf } from './health.ts';
import { checkLimits, limitsOf, recycleOf } from './limits.ts';
import { checkVitals, vitalsOf } from './supervision.ts';
import { checkWatch, watchOf } from './watch.ts';
import { splitWords } from './words.ts';
import { filled } from './table.ts';
import { logsKeys } from './logs-schema.ts';
import { programKeys } from './program-schema.ts';
import { repr } from './python-text.ts';
import { HOOK_NAMES } from './hooks.ts';
import type { HookSpec, HooksSpec, WrittenHooks } from './hooks.ts';
import type { WrittenReady } from './ready-kind.ts';
import type { Filled } from './table.ts';
import type { Dialect } from './declared.ts';
import type { CommandSpec, OutputSpec, Origin, ProcessSpec, ReadySpec } from './spec.ts';
import type { LogsValues } from './logs-schema.ts';
import type { ProgramValues } from './program-schema.ts';
import type { WrittenCommand } from './program-kinds.ts';

/** What the reader knows about one copy beside the program's values. */
export interface ProcessContext {
  readonly dialect: Dialect;
  readonly program: string;
  readonly group: string;
  readonly name: string;
  readonly num: number;
  readonly origin: Origin;
  /** Complete: the daemon's, env_file's and the program's variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** An absolute path for one that is written in the file. */
  readonly path: (written: string) => string;
  readonly serverUrl: string | null;
  readonly logs: LogsValues;
  /** Where an automatic log of this channel goes; null: nowhere but the daemon's own output. */
  readonly autoFile: (channel: 'stdout' | 'stderr') => string | null;
  /** INI: the section uses reeve's `restart`, so the whole restart row is reeve's. Always true for TOML. */
  readonly nativeRestart: boolean;
  /** INI: the section uses reeve's `stop`. Always true for TOML. */
  readonly nativeStop: boolean;
}

/** The argv of a command. A line that cannot be split is no error of the file: the program alone is FATAL, with the reason. */
export function commandOf(written: WrittenCommand, shell: boolean): CommandSpec {
  const { text } = written;
  if (shell) return { text, words: ['/bin/sh', '-c', text], shell };
  if (written.words !== null) return { text, words: written.words, shell };
  const split = splitWords(text);
  if ('problem' in split) return { text, words: [], shell, problem: `can't parse command ${repr(text)}: ${split.problem}` };
  return split.words[0] === undefined ? { text, words: [], shell, problem: 'command is empty' } : { text, words: split.words, shell };
}

function outputOf(channel: 'stdout' | 'stderr', values: ProgramValues, v: Filled<typeof programKeys>, c: ProcessContext): OutputSpec {
  const logs = filled(logsKeys, c.logs, c.dialect);
  const written = channel === 'stdout' ? v.stdout_logfile : v.stderr_logfile;
  const auto = written === 'auto';
  const autoFile = auto ? c.autoFile(channel) : null;
  const file = auto ? autoFile : written === 'none' || written === 'syslog' || written === '' ? null : c.path(written);
  const tee = values.log_tee ?? c.logs.tee ?? (auto && autoFile === null && c.dialect === 'toml');
  const maxBytes = channel === 'stdout' ? values.stdout_logfile_maxbytes : values.stderr_logfile_maxbytes;
  const backups = channel === 'stdout' ? values.stdout_logfile_backups : values.stderr_logfile_backups;
  return {
    file,
    // supervisord takes any whole number; less than nothing means nothing.
    maxBytes: Math.max(0, maxBytes ?? logs.maxbytes),
    backups: Math.max(0, backups ?? logs.backups),
    gzip: values.log_gzip ?? logs.gzip,
    tee: tee === true ? channel : tee === false ? null : tee,
    format: values.log_format ?? logs.format,
    timestamp: values.log_timestamp ?? logs.timestamp,
    stripAnsi: values.strip_ansi ?? logs.strip_ansi,
    full: values.log_full ?? logs.full,
    ringBytes: values.log_ring ?? logs.ring,
    auto,
    captureBytes: Math.max(0, channel === 'stdout' ? v.stdout_capture_maxbytes : v.stderr_capture_maxbytes),
    events: channel === 'stdout' ? v.stdout_events_enabled : v.stderr_events_enabled,
    // The old way to say it: a log file called syslog.
    syslog: written === 'syslog' || (channel === 'stdout' ? v.stdout_syslog : v.stderr_syslog),
  };
}

/** Not ready after this is a failed start, where `ready` is written and nothing else. */
const START_TIMEOUT_MS = 30_000;

function readyOf(written: WrittenReady | undefined): ReadySpec | null {
  if (written === undefined) return null;
  return written.kind === 'exec' ? { ...written, command: commandOf(written.command, false) } : written;
}

function hooksOf(written: WrittenHooks = {}): HooksSpec {
  return Object.fromEntries(Object.entries(written).map(([name, hook]): [string, HookSpec] => [name, { command: commandOf(hook.command, false), timeoutMs: hook.timeoutMs }]));
}

function startTimeoutOf(values: ProgramValues): number | null {
  if (values.ready === undefined || values.ready.kind === 'delay') return null;
  const ms = values.start_timeout ?? START_TIMEOUT_MS;
  return Number.isFinite(ms) ? ms : null;
}

/** What is good by itself and wrong together about starts, readiness and signs of life. */
export function checkStart(values: ProgramValues, complain: (key: string, message: string, hint?: string) => void): void {
  const { ready } = values;
  checkVitals(values, complain);
  checkLimits(values, complain);
  checkWatch(values, complain);
  const plainCommand = (written: WrittenCommand): CommandSpec => commandOf(written, false);
  checkHealth(values, plainCommand, complain);
  checkAutoscale(values, plainCommand, complain);
  for (const name of HOOK_NAMES) {
    const written = values.hooks?.[name];
    const problem = written === undefined ? undefined : commandOf(written.command, false).problem;
    if (problem !== undefined) complain('hooks', `${name}: ${problem}`);
  }
  if (ready?.kind === 'notify' && values.notify === false)
    complain('notify', 'ready = { notify = true } needs NOTIFY_SOCKET, which notify = false takes away', 'leave notify out');
  if (values.type === 'oneshot') {
    if (values.restart === 'permanent' || values.autorestart === 'permanent')
      complain(values.restart === undefined ? 'autorestart' : 'restart', 'a oneshot that is always restarted never completes', 'write restart = "transient" to try again after failures');
    if (ready !== undefined) complain('ready', 'a oneshot is not ready, it completes', 'leave ready out; others wait for NAME:completed');
  }
  if (values.start_timeout !== undefined && ready === undefined && values.type !== 'oneshot')
    complain('start_timeout', 'start_timeout does nothing without ready', 'write ready = ...');
  if (values.start_timeout === 0) complain('start_timeout', 'nobody is ready in no time', 'write "infinity" for no limit');
  if (ready?.kind === 'delay' && values.start_timeout !== undefined) complain('start_timeout', 'start_timeout does nothing beside ready = { delay = ... }');
  if (ready?.kind === 'exec') {
    const command = commandOf(ready.command, false);
    if (command.problem !== undefined) complain('ready', command.problem);
  }
  if (values.restart_with !== undefined && values.restart_with !== false && (values.depends_on ?? []).length === 0)
    complain('restart_with', 'restart_with does nothing without depends_on', 'write depends_on = ["..."]');
}

/** One copy of a program, everything filled in. */
export function processOf(values: ProgramValues, c: ProcessContext): ProcessSpec {
  const toml = c.dialect === 'toml';
  const v = filled(programKeys, values, c.dialect);
  const { shell } = v;
  const oneshot = v.type === 'oneshot';
  const directory = values.directory === undefined ? null : c.path(values.directory);
  const backoff = backoffOf(values, c.nativeRestart ? 'exponential' : 'none');
  const [user = null, userGroup = null] = values.user === undefined ? [] : splitOwner(values.user);
  return {
    kind: 'process',
    id: `${c.group}:${c.name}`,
    name: c.name,
    group: c.group,
    program: c.program,
    num: c.num,
    command: commandOf(values.command ?? { text: '', words: null }, shell),
    directory,
    umask: values.umask ?? null,
    user,
    userGroup,
    nice: values.nice ?? null,
    oomScoreAdj: values.oom_score_adj ?? null,
    rlimits: { ...values.limits?.rlimits, ...values.rlimits },
    limits: limitsOf(values, 'alert', directory ?? c.path('.'), c.path),
    recycle: recycleOf(values),
    killOnDaemonDeath: v.kill_on_daemon_death,
    environment: c.environment,
    ...(values.environment_secret === undefined ? {} : { secrets: values.environment_secret }),
    inherit: v.inherit,
    serverUrl: c.serverUrl,
    stdin: v.stdin,
    notify: values.notify ?? (values.ready?.kind === 'notify' || values.heartbeat !== undefined || values.progress_timeout !== undefined || values.max_jobs_per_child !== undefined),
    vitals: vitalsOf(values),
    health: healthOf(values, (written) => commandOf(written, false), c.path),
    autoscale: autoscaleOf(values, (written) => commandOf(written, false)),
    hooks: hooksOf(values.hooks),
    watch: watchOf(values, directory),
    breaker: values.breaker ?? null,
    drainSignal: values.drain_signal ?? null,
    drainTimeoutMs: values.drain_timeout ?? null,
    processGroup: toml ? 'session' : 'group',
    autostart: v.autostart,
    oneshot,
    ready: readyOf(values.ready),
    startTimeoutMs: startTimeoutOf(values),
    // Filled in when every name is known.
    dependsOn: [],
    priority: v.priority,
    restart: values.restart ?? values.autorestart ?? (oneshot ? 'temporary' : v.restart),
    exitCodes: v.exitcodes,
    // A oneshot has nothing to prove by staying.
    startMs: Math.max(0, values.startsecs ?? (oneshot ? 0 : v.startsecs)),
    startRetries:
      values.startretries === undefined ? (c.nativeRestart ? null : SUPERVISORD_START_RETRIES) : Math.max(0, values.startretries),
    startExit: c.nativeRestart ? 'judge' : 'retry',
    missing: toml ? 'fatal' : 'retry',
    backoff,
    startBackoff: c.nativeRestart ? backoff : SUPERVISORD_START_BACKOFF,
    intensity: intensityOf(values.max_restarts, values.restart_window, null),
    stop: stopLadder(values, c.nativeStop, shell),
    // What a oneshot leaves behind is what it is for.
    sweep: toml && !oneshot,
    onFailure: v.on_failure,
    exitCode: v.exit_code,
    stdout: outputOf('stdout', values, v, c),
    stderr: v.redirect_stderr ? null : outputOf('stderr', values, v, c),
    origin: c.origin,
  };
}

/** `user`, `user:group` -> both halves. */
export function splitOwner(text: string): [string, string | null] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, null] : [text.slice(0, colon), text.slice(colon + 1) || null];
}
