// Keys of [programs.NAME] and its instances, and of [program:NAME].
import * as kind from './kinds.ts';
import * as programKind from './program-kinds.ts';
import * as ini from './ini-types.ts';
import { rlimits } from './rlimits-kind.ts';
import { stopSteps } from './stop-kind.ts';
import { dependencies, restartWith } from './depends-kind.ts';
import { autoscaleKeys, healthKeys } from './health.ts';
import { limitKeys, recycleKeys } from './limits.ts';
import { hooks } from './hooks.ts';
import { ready } from './ready-kind.ts';
import { supervisionKeys } from './supervision.ts';
import { key } from './table.ts';
import { watchKeys } from './watch.ts';
import type { Values } from './table.ts';

/** [programs.NAME], and [program:NAME]. */
export const programKeys = {
  command: key(
    programKind.command,
    'What to run: a line split into words (quotes work, nothing else does), or a list of words.',
    '"python3 -m app.worker"',
    { fallbackText: 'required', ini: ini.command },
  ),
  shell: key(kind.boolean, 'Run the command with `/bin/sh -c`.', 'true', { fallback: false }),
  directory: key(kind.path, 'Working directory; relative to the file.', '"/srv/app"', { fallbackText: "the daemon's", ini: ini.text }),
  umask: key(kind.umask, 'File mode mask, octal.', '"027"', { fallbackText: "the daemon's", ini: ini.octal }),
  user: key(kind.filledString, 'Run as `user` or `user:group`, by name or number.', '"www-data"', {
    fallbackText: "the daemon's",
    ini: ini.text,
  }),
  environment: key(programKind.environment, "The program's own variables; they win over all others.", '{ PORT = "8000" }', {
    fallbackText: '{}',
    ini: ini.environment,
  }),
  environment_secret: key(
    kind.strings,
    'Variables whose values are also hidden in the command line. Values of the environment are never shown at all.',
    '["SMTP_PASSWORD"]',
    { fallback: [] },
  ),
  env_file: key(kind.strings, 'Files of variables in dotenv form, later ones win; `environment` wins over them.', '".env"', {
    fallback: [],
  }),
  env_file_expand: key(kind.boolean, 'Expand `${NAME}` and `${NAME:-default}` in env_file values that are not in single quotes.', 'true', {
    fallback: false,
  }),
  inherit: key(
    programKind.inherit,
    'Variables taken from the daemon: all, the named ones, or none but PATH, HOME, LANG and TZ.',
    '["PATH", "AWS_REGION"]',
    { fallback: true },
  ),
  numprocs: key(programKind.numprocs, 'Copies to run: a number, one per processor, or so many per processor.', '"cpus*2"', {
    fallback: { count: 1 },
    ini: ini.numprocs,
  }),
  numprocs_start: key(kind.integer(-1_000_000, 1_000_000), 'Number of the first copy.', '1', { fallback: 0, ini: ini.integer }),
  process_name: key(
    kind.filledString,
    'Name of each copy: `{program}`, `{group}`, `{num}`, `{num:02}` are filled in.',
    '"{program}_{num:02}"',
    { fallbackText: '`{program}`, or `{program}-{num}` where numprocs is written and not 1', ini: ini.text },
  ),
  priority: key(kind.integer(-1_000_000, 1_000_000), 'Low starts first and stops last.', '100', { fallback: 999, ini: ini.integer }),
  autostart: key(kind.boolean, 'Start with the daemon.', 'false', { fallback: true, ini: ini.boolean }),
  type: key(
    kind.oneOf('service', 'oneshot'),
    'service: it is to stay up; oneshot: it runs to its end, and has completed when it ends with one of `exitcodes`.',
    '"oneshot"',
    { fallback: 'service' },
  ),
  ready: key(
    ready,
    'How it says or shows, in each of its lives, that it is ready. Probes take `interval` (1s) and `timeout` (5s).',
    '{ http = "http://127.0.0.1:8000/ready" }',
    { fallbackText: 'ready when RUNNING' },
  ),
  start_timeout: key(kind.durationOrInfinity, 'Not ready this long after its spawn: a failed start.', '"2m"', {
    fallbackText: '`30s` where `ready` is written',
  }),
  depends_on: key(
    dependencies,
    'What must be so before each of its starts: NAME or NAME:CONDITION, where NAME is a program, a process `group:name` or a group, and CONDITION started, ready, completed or exited.',
    '["db:ready", "migrate:completed"]',
    { fallback: [] },
  ),
  restart_with: key(restartWith, 'It restarts when what it depends on gets a new life: all of `depends_on`, or these names of it.', 'true', {
    fallback: false,
  }),
  restart: key(
    kind.oneOf('permanent', 'transient', 'temporary'),
    'permanent: always; transient: after unexpected exits; temporary: never.',
    '"transient"',
    { fallback: 'permanent', iniFallback: 'transient', fallbackText: '`"permanent"`; oneshot: `"temporary"`' },
  ),
  exitcodes: key(kind.exitCodes, 'Exit codes that are expected.', '[0, 2]', { fallback: [0], ini: ini.exitCodes }),
  startsecs: key(kind.duration, 'RUNNING after it lived longer than this; 0 at once.', '"5s"', { fallback: 1000, ini: ini.seconds }),
  startretries: key(kind.integer(0, 1_000_000), 'Failed starts in a row that are retried before FATAL.', '5', {
    fallbackText: 'not counted; INI: `3`',
    ini: ini.integer,
  }),
  restart_delay: key(
    kind.duration,
    'Delay before a restart: of each one where nothing else is written, else the first one of a row.',
    '"10s"',
    { fallback: 1000 },
  ),
  restart_delay_policy: key(
    kind.oneOf('none', 'fixed', 'linear', 'exponential'),
    'How the delay grows from restart to restart.',
    '"linear"',
    { fallbackText: 'exponential; fixed where `restart_delay` is written without `restart_backoff` and `restart_max_delay`; INI: none' },
  ),
  restart_backoff: key(kind.decimal(1, 100), 'Factor of the exponential delay.', '1.5', { fallback: 2 }),
  restart_max_delay: key(kind.duration, 'The delay never grows past this.', '"5m"', { fallback: 60_000 }),
  restart_jitter: key(kind.decimal(0, 1), 'Share of the delay that is random.', '0.5', { fallbackText: '0.2 for exponential, else 0' }),
  backoff_reset: key(kind.duration, 'After this long in good health the row of failures is forgotten.', '"5m"', { fallback: 60_000 }),
  max_restarts: key(programKind.maxRestarts, 'Restarts within `restart_window`, past which the program is FATAL.', '"moderate"', {
    fallback: { max: null, windowMs: null },
  }),
  restart_window: key(kind.duration, 'Window of `max_restarts`.', '"60s"', { fallback: 60_000 }),
  stop: key(
    stopSteps,
    'How it is ended, step by step: `SIGNAL [WAIT] [main|group|tree]`; KILL always comes last unless the wait is infinite.',
    '["TERM 10s", "QUIT 5s", "KILL"]',
    { fallbackText: '`stopsignal`, `stopwaitsecs`, then KILL' },
  ),
  stopsignal: key(kind.signal, 'Signal that asks it to end.', '"QUIT"', { fallback: 'TERM', ini: ini.signal }),
  stopwaitsecs: key(kind.durationOrInfinity, 'Wait after the stop signal before KILL; "infinity" never kills.', '"30s"', {
    fallback: 10_000,
    ini: ini.seconds,
  }),
  stopasgroup: key(kind.boolean, 'Send the stop signal to the process group.', 'true', {
    fallbackText: 'false; `shell = true`: true',
    ini: ini.boolean,
  }),
  killasgroup: key(kind.boolean, 'Send KILL to the process group.', 'true', {
    fallbackText: 'the whole tree; INI: `stopasgroup`',
    ini: ini.boolean,
  }),
  nice: key(kind.integer(-20, 19), 'Scheduling priority.', '10', { fallbackText: "the daemon's" }),
  oom_score_adj: key(kind.integer(-1000, 1000), 'How willingly the kernel kills it when memory is short.', '500', {
    fallbackText: "the daemon's",
  }),
  rlimits: key(rlimits, 'Kernel limits: a number, a size, "unlimited", or `{ soft, hard }`.', '{ nofile = 4096, core = 0 }', {
    fallbackText: '{}',
  }),
  ...limitKeys,
  ...recycleKeys,
  ...healthKeys,
  ...autoscaleKeys,
  kill_on_daemon_death: key(kind.boolean, 'The kernel kills it when the daemon dies.', 'true', { fallback: false }),
  on_failure: key(kind.oneOf('stay', 'exit'), 'exit: the daemon ends when this program is FATAL or ended for good.', '"exit"', {
    fallback: 'stay',
  }),
  exit_code: key(programKind.exitCode, 'Exit status of the daemon then; "own" is the program\'s.', '"own"', { fallback: 10 }),
  stdin: key(kind.oneOf('null', 'pipe'), 'What the program reads: `/dev/null`, or a pipe held open.', '"pipe"', {
    fallback: 'null',
    iniFallback: 'pipe',
  }),
  control: key(kind.boolean, 'Tell the program where the control API is (SUPERVISOR_SERVER_URL).', 'true', {
    fallback: false,
    iniFallback: true,
  }),
  redirect_stderr: key(kind.boolean, 'Write standard error where standard output goes.', 'true', { fallback: false, ini: ini.boolean }),
  stdout_logfile: key(kind.filledString, 'File for standard output, "none", or "auto".', '"/var/log/web.log"', {
    fallback: 'auto',
    ini: ini.logName,
  }),
  stdout_logfile_maxbytes: key(kind.size, 'Rotate at this size; 0 never.', '"50MB"', { fallbackText: '`logs.maxbytes`', ini: ini.size }),
  stdout_logfile_backups: key(kind.integer(0, 10_000), 'Old files kept; 0 truncates instead.', '10', {
    fallbackText: '`logs.backups`',
    ini: ini.integer,
  }),
  stderr_logfile: key(kind.filledString, 'File for standard error, "none", or "auto".', '"/var/log/web.err.log"', {
    fallback: 'auto',
    ini: ini.logName,
  }),
  stderr_logfile_maxbytes: key(kind.size, 'Rotate at this size; 0 never.', '"50MB"', { fallbackText: '`logs.maxbytes`', ini: ini.size }),
  stderr_logfile_backups: key(kind.integer(0, 10_000), 'Old files kept; 0 truncates instead.', '10', {
    fallbackText: '`logs.backups`',
    ini: ini.integer,
  }),
  stdout_capture_maxbytes: key(
    kind.size,
    'Capture mode: what stands between `<!--XSUPERVISOR:BEGIN-->` and `<!--XSUPERVISOR:END-->` becomes a PROCESS_COMMUNICATION event of at most so many bytes; 0 off.',
    '"1MB"',
    { fallback: 0, ini: ini.size },
  ),
  stderr_capture_maxbytes: key(kind.size, 'The same for standard error.', '"1MB"', { fallback: 0, ini: ini.size }),
  stdout_events_enabled: key(kind.boolean, 'Standard output is sent to event listeners as PROCESS_LOG_STDOUT.', 'true', {
    fallback: false,
    ini: ini.boolean,
  }),
  stderr_events_enabled: key(kind.boolean, 'Standard error is sent to event listeners as PROCESS_LOG_STDERR.', 'true', {
    fallback: false,
    ini: ini.boolean,
  }),
  stdout_syslog: key(kind.boolean, 'Copy standard output to syslog, beside its file.', 'true', { fallback: false, ini: ini.boolean }),
  stderr_syslog: key(kind.boolean, 'Copy standard error to syslog, beside its file.', 'true', { fallback: false, ini: ini.boolean }),
  log_gzip: key(kind.boolean, 'Compress old files (`web.log.1.gz`), one at a time and soon after they were rotated.', 'true', {
    fallbackText: '`logs.gzip`',
  }),
  log_tee: key(
    programKind.tee,
    "Copy complete lines to the daemon's output with a `[name] ` prefix: each channel to its own, or both to the named one.",
    '"stdout"',
    { fallbackText: '`logs.tee`; true for automatic logs where the daemon is PID 1' },
  ),
  log_format: key(kind.oneOf('raw', 'json'), 'Form of what is written: as it comes, or one JSON object a line.', '"json"', {
    fallbackText: '`logs.format`',
  }),
  log_timestamp: key(kind.boolean, 'Prefix each line with the time (raw form).', 'true', { fallbackText: '`logs.timestamp`' }),
  strip_ansi: key(kind.boolean, 'Remove colour codes.', 'true', { fallbackText: '`logs.strip_ansi`' }),
  log_full: key(
    kind.oneOf('block', 'drop'),
    'When the disk is full or slow: hold the program back, or drop lines and count them.',
    '"drop"',
    { fallbackText: '`logs.full`' },
  ),
  log_ring: key(kind.size, 'Bytes kept in memory for `tail` where there is no file.', '"64KB"', { fallbackText: '`logs.ring`' }),
  ...supervisionKeys,
  hooks: key(
    hooks,
    'Commands around each life: `pre_start` (must succeed before it is started), `post_start` (it is RUNNING), `pre_stop` (before its stop steps), `post_stop` (after its end), `on_crash` (after an end that was not expected). Each may take 30 s, or its `timeout`.',
    '{ pre_start = "./migrate", on_crash = { command = "./report", timeout = "10s" } }',
    { fallbackText: 'none' },
  ),
  ...watchKeys,
};

/** Keys of [program:x], and of [programs.NAME] with `rules = "supervisord"`, that reeve's own rules say otherwise. */
export const supervisordKeys = {
  autorestart: key(programKind.autorestart, 'true, false or "unexpected"; `restart` says it in OTP\'s words.', '"unexpected"', {
    fallback: 'transient',
    ini: ini.autorestart,
  }),
  serverurl: key(kind.filledString, 'SUPERVISOR_SERVER_URL of the child, or AUTO.', '"unix:///run/supervisor.sock"', {
    fallback: 'AUTO',
    ini: ini.text,
  }),
};

/** [programs.NAME.instance.N]: what one copy may have of its own. */
export const instanceKeys = {
  command: programKeys.command,
  directory: programKeys.directory,
  user: programKeys.user,
  environment: programKeys.environment,
  env_file: programKeys.env_file,
  autostart: programKeys.autostart,
  priority: programKeys.priority,
  nice: programKeys.nice,
  stdout_logfile: programKeys.stdout_logfile,
  stderr_logfile: programKeys.stderr_logfile,
};
/** A program as it was written, in either dialect: absent keys are absent. */
export type ProgramValues = Values<typeof programKeys> & Values<typeof supervisordKeys>;
