// From the values of a program to one ProcessSpec. The two dialects of DESIGN §3 differ here, row by row, and nowhere later.
import { backoffOf, intensityOf, SUPERVISORD_START_BACKOFF } from './backoff.ts';
import { stopLadder } from './stop-ladder.ts';
import { splitWords } from './words.ts';
import type { Dialect } from './declared.ts';
import type { CommandSpec, OutputSpec, Origin, ProcessSpec } from './spec.ts';
import type { LogsValues, ProgramValues } from './schema.ts';
import type { WrittenCommand } from './kinds.ts';

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
  if ('problem' in split) return { text, words: [], shell, problem: split.problem };
  return split.words[0] === undefined ? { text, words: [], shell, problem: 'the command is empty' } : { text, words: split.words, shell };
}

function outputOf(channel: 'stdout' | 'stderr', values: ProgramValues, c: ProcessContext): OutputSpec {
  const written = (channel === 'stdout' ? values.stdout_logfile : values.stderr_logfile) ?? 'auto';
  const auto = written === 'auto';
  const autoFile = auto ? c.autoFile(channel) : null;
  const file = auto ? autoFile : written === 'none' || written === 'syslog' ? null : c.path(written);
  const tee = values.log_tee ?? c.logs.tee ?? (auto && autoFile === null && c.dialect === 'toml');
  const maxBytes = channel === 'stdout' ? values.stdout_logfile_maxbytes : values.stderr_logfile_maxbytes;
  const backups = channel === 'stdout' ? values.stdout_logfile_backups : values.stderr_logfile_backups;
  return {
    file,
    maxBytes: maxBytes ?? c.logs.maxbytes ?? 50 * 1024 ** 2,
    backups: backups ?? c.logs.backups ?? 10,
    tee: tee === true ? channel : tee === false ? null : tee,
    format: values.log_format ?? c.logs.format ?? 'raw',
    timestamp: values.log_timestamp ?? c.logs.timestamp ?? false,
    stripAnsi: values.strip_ansi ?? c.logs.strip_ansi ?? false,
    full: values.log_full ?? c.logs.full ?? 'block',
    ringBytes: values.log_ring ?? c.logs.ring ?? 64 * 1024,
    auto,
  };
}

/** One copy of a program, everything filled in. */
export function processOf(values: ProgramValues, c: ProcessContext): ProcessSpec {
  const toml = c.dialect === 'toml';
  const shell = values.shell ?? false;
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
    directory: values.directory === undefined ? null : c.path(values.directory),
    umask: values.umask ?? null,
    user,
    userGroup,
    nice: values.nice ?? null,
    oomScoreAdj: values.oom_score_adj ?? null,
    rlimits: { ...values.limits, ...values.rlimits },
    killOnDaemonDeath: values.kill_on_daemon_death ?? false,
    environment: c.environment,
    inherit: values.inherit ?? true,
    serverUrl: c.serverUrl,
    stdin: values.stdin ?? (toml ? 'null' : 'pipe'),
    processGroup: toml ? 'session' : 'group',
    autostart: values.autostart ?? true,
    priority: values.priority ?? 999,
    restart: values.restart ?? (toml ? 'permanent' : 'transient'),
    exitCodes: values.exitcodes ?? [0],
    startMs: values.startsecs ?? 1000,
    startRetries: values.startretries ?? (c.nativeRestart ? null : 3),
    startExit: c.nativeRestart ? 'judge' : 'retry',
    missing: toml ? 'fatal' : 'retry',
    backoff,
    startBackoff: c.nativeRestart ? backoff : SUPERVISORD_START_BACKOFF,
    intensity: intensityOf(values.max_restarts, values.restart_window, null),
    stop: stopLadder(values, c.nativeStop, shell),
    sweep: toml,
    onFailure: values.on_failure ?? 'stay',
    exitCode: values.exit_code ?? 10,
    stdout: outputOf('stdout', values, c),
    stderr: values.redirect_stderr === true ? null : outputOf('stderr', values, c),
    origin: c.origin,
  };
}

/** `user`, `user:group` -> both halves. */
export function splitOwner(text: string): [string, string | null] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, null] : [text.slice(0, colon), text.slice(colon + 1) || null];
}
