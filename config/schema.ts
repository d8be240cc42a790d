// Every key a configuration may have, declared once. From these tables come the types of what is written, validation, the
// nearest-key suggestions, the JSON Schema, the reference page and the map of INI keys.
//
// A table of our own rather than valibot's: each key carries a sentence, an example, a default per dialect and its INI rules,
// a problem must lead to a line, and a daemon or client that only reads its file should not pay for a schema library.
import * as kind from './kinds.ts';
import { dependencies, restartWith } from './depends-kind.ts';
import { autoscaleKeys, healthKeys } from './health.ts';
import { limitKeys, recycleKeys } from './limits.ts';
import { hooks } from './hooks.ts';
import * as ini from './ini-types.ts';
import { ready } from './ready-kind.ts';
import { supervisionKeys } from './supervision.ts';
import { key, tableList } from './table.ts';
import { watchKeys } from './watch.ts';
import type { Values } from './table.ts';

const MB = 1024 ** 2;

/** [daemon], and [supervisord] where a key has an `ini` type. */
export const daemonKeys = {
  identifier: key(kind.filledString, 'Name of this daemon in logs, events and automatic log names.', '"shop"', {
    fallback: 'reeve',
    iniFallback: 'supervisor',
    ini: ini.text,
  }),
  state_dir: key(kind.path, 'Directory for state that survives a restart of the daemon.', '"/var/lib/reeve/shop"', {
    fallbackText: '`/var/lib/reeve/NAME` for root, else `$XDG_STATE_HOME/reeve/NAME`',
  }),
  runtime_dir: key(kind.path, 'Directory for sockets and locks.', '"/run/reeve"', {
    fallbackText: '`/run/reeve` for root, else `$XDG_RUNTIME_DIR/reeve`',
  }),
  logfile: key(kind.filledString, 'File of the daemon\'s own log, "syslog", or "none" for its standard error alone.', '"/var/log/reeve.log"', {
    fallbackText: 'none; INI: `supervisord.log`',
    ini: ini.logName,
  }),
  logfile_maxbytes: key(kind.size, "Rotate the daemon's log at this size; 0 never.", '"50MB"', { fallback: 50 * MB, ini: ini.size }),
  logfile_backups: key(kind.integer(0, 10_000), 'Old daemon logs kept.', '10', { fallback: 10, ini: ini.integer }),
  loglevel: key(
    kind.oneOf('critical', 'error', 'warn', 'info', 'debug', 'trace', 'blather'),
    'Least important message that the daemon logs.',
    '"debug"',
    { fallback: 'info', ini: ini.logLevel },
  ),
  log_format: key(kind.oneOf('json', 'supervisord'), "Form of the daemon's log lines.", '"supervisord"', {
    fallback: 'json',
    iniFallback: 'supervisord',
  }),
  pidfile: key(kind.path, "File that holds the daemon's pid.", '"/run/reeve.pid"', {
    fallbackText: 'none; INI: `supervisord.pid`',
    ini: ini.text,
  }),
  nodaemon: key(kind.boolean, 'Stay in the foreground.', 'true', { fallback: true, iniFallback: false, ini: ini.boolean }),
  silent: key(kind.boolean, 'In the foreground, do not copy the log to standard output.', 'true', { fallback: false, ini: ini.boolean }),
  umask: key(kind.umask, 'File mode mask of the daemon.', '"022"', { fallback: 0o022, ini: ini.octal }),
  user: key(kind.filledString, 'Switch to this user at start.', '"reeve"', { ini: ini.text }),
  directory: key(kind.path, 'Working directory of the daemon.', '"/srv"', { ini: ini.text }),
  minfds: key(kind.integer(0, 100_000_000), 'Least number of open files the daemon and its programs must be allowed; where that cannot be had, the daemon does not start.', '4096', {
    fallback: 0,
    iniFallback: 1024,
    ini: ini.integer,
  }),
  minprocs: key(kind.integer(0, 100_000_000), 'Least number of processes the daemon must be allowed; where that cannot be had, it does not start.', '500', {
    fallback: 0,
    iniFallback: 200,
    ini: ini.integer,
  }),
  environment: key(kind.environment, "Variables for every program; a program's own win.", '{ LANG = "C.UTF-8" }', { ini: ini.environment }),
  statsd: key(kind.destination, 'Tells a statsd server over UDP what happens as it happens, in counts and times: starts, ends, heartbeats, runs, breakers. Others: `/metrics`.', '"127.0.0.1:8125"', { fallbackText: 'nobody is told' }),
  shutdown_grace: key(kind.duration, 'After this long all remaining levels of a shutdown are told to stop at once.', '"8s"', {
    fallback: 8000,
  }),
  shutdown_timeout: key(kind.duration, 'Cap on the whole shutdown, past which everything is killed.', '"60s"', { fallbackText: 'none' }),
  max_restarts: key(kind.maxRestarts, 'How many top-level groups may give up within `restart_window` before `on_failure` decides.', '5', {
    fallback: { max: null, windowMs: null },
  }),
  restart_window: key(kind.duration, 'Window of `max_restarts`.', '"60s"', { fallback: 60_000 }),
  on_failure: key(kind.oneOf('stay', 'exit'), 'What the daemon does past `max_restarts`: stay, or exit with status 10.', '"exit"', {
    fallback: 'stay',
  }),
};

const role = key(kind.oneOf('read', 'operate', 'admin'), 'What the bearer may do.', '"operate"', { fallback: 'read' });

/** [[api.users]]. */
export const userKeys = {
  name: key(kind.filledString, 'Name for basic auth.', '"ann"'),
  password: key(kind.secret, 'Password: `scrypt:…`, `{SHA}hex`, or plain text.', '"scrypt:..."'),
  password_file: key(kind.path, 'File that holds the password.', '"/run/secrets/ann"'),
  role,
};

/** [[api.tokens]]. */
export const tokenKeys = {
  name: key(kind.filledString, 'Name of the token in the audit trail.', '"deploy"'),
  token: key(kind.secret, 'The bearer token.', '"..."'),
  token_file: key(kind.path, 'File that holds the token.', '"/run/secrets/deploy"'),
  role,
};

/** [api]. */
export const apiKeys = {
  listen: key(
    kind.listeners,
    'Where the control API listens: `unix:/path`, `host:port`, `*:port` or `:port` (every interface); or tables `{ address, username, password, mode, owner }` for what one listener has of its own.',
    '["unix:/run/reeve/reeve.sock", "127.0.0.1:9001"]',
    { fallbackText: 'a unix socket in `runtime_dir`' },
  ),
  auth: key(kind.oneOf('none'), '"none" gives everybody who reaches a listener every right.', '"none"', {
    fallbackText: 'credentials decide; TCP without any serves the read role on loopback',
  }),
  users: key(
    tableList(userKeys, ['name']),
    'People: name, password (or password_file) and role.',
    '[{ name = "ann", password_file = "/run/secrets/ann", role = "admin" }]',
    { fallbackText: 'none' },
  ),
  tokens: key(
    tableList(tokenKeys, ['name']),
    'Programs: name, token (or token_file) and role.',
    '[{ name = "deploy", token_file = "/run/secrets/deploy", role = "operate" }]',
    { fallbackText: 'none' },
  ),
  probe_listen: key(kind.filledString, 'Serves `/livez`, `/readyz` and `/metrics`, and nothing else, to anyone.', '"0.0.0.0:9002"', {
    fallbackText: 'none',
  }),
  allowed_hosts: key(kind.strings, 'Names accepted in Host and Origin beside the loopback ones.', '["ops.example.com"]', { fallback: [] }),
  ui: key(kind.boolean, 'Serve the web page at `/` of every TCP listener; `reevectl ui` prints its address.', 'false', { fallback: true }),
  readyz_health: key(kind.boolean, '`/readyz` also says no while a process that is up is unhealthy or stuck.', 'true', { fallback: false }),
  socket_mode: key(kind.umask, 'Mode bits of unix sockets, octal.', '"0770"', { fallback: 0o700 }),
  socket_owner: key(kind.filledString, 'Owner of unix sockets: `user` or `user:group`.', '"root:adm"', {
    fallbackText: "the daemon's user",
  }),
};

/** [ctl], and [supervisorctl]. */
export const ctlKeys = {
  server_url: key(kind.filledString, 'Where reevectl finds the daemon.', '"unix:///run/reeve/reeve.sock"', {
    fallbackText: 'the first listener of [api]',
  }),
  username: key(kind.filledString, 'Name for basic auth.', '"ann"', { fallbackText: 'none' }),
  password: key(kind.secret, 'Password for basic auth.', '"..."', { fallbackText: 'none' }),
  password_file: key(kind.path, 'File that holds the password.', '"/run/secrets/ann"', { fallbackText: 'none' }),
  prompt: key(kind.filledString, 'Prompt of the interactive shell.', '"shop"', { fallback: 'reeve', iniFallback: 'supervisor' }),
  history_file: key(kind.path, "File of the interactive shell's history.", '"~/.reeve_history"', { fallbackText: 'none' }),
};

/** [logs]: what programs do with their output where they do not say. */
export const logsKeys = {
  directory: key(kind.path, 'Directory of automatic log files.', '"/var/log/shop"', { fallbackText: '`logs` in `state_dir`' }),
  maxbytes: key(kind.size, 'Rotate at this size; 0 never.', '"50MB"', { fallback: 50 * MB }),
  backups: key(kind.integer(0, 10_000), 'Old files kept; 0 truncates instead.', '10', { fallback: 10 }),
  gzip: key(kind.boolean, 'Compress old files (`web.log.1.gz`), one at a time and soon after they were rotated.', 'true', { fallback: false }),
  tee: key(kind.tee, "Copy complete lines to the daemon's own output with a `[name] ` prefix.", 'true', { fallback: false }),
  format: key(kind.oneOf('raw', 'json'), 'Form of what is written: as it comes, or one JSON object a line.', '"json"', { fallback: 'raw' }),
  timestamp: key(kind.boolean, 'Prefix each line with the time (raw form).', 'true', { fallback: false }),
  strip_ansi: key(kind.boolean, 'Remove colour codes.', 'true', { fallback: false }),
  full: key(kind.oneOf('block', 'drop'), 'When the disk is full or slow: hold the program back, or drop lines and count them.', '"drop"', {
    fallback: 'block',
  }),
  ring: key(kind.size, 'Bytes kept in memory for `tail` where there is no file.', '"64KB"', { fallback: 64 * 1024 }),
};

/** [programs.NAME], and [program:NAME]. */
export const programKeys = {
  command: key(
    kind.command,
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
  environment: key(kind.environment, "The program's own variables; they win over all others.", '{ PORT = "8000" }', {
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
    kind.inherit,
    'Variables taken from the daemon: all, the named ones, or none but PATH, HOME, LANG and TZ.',
    '["PATH", "AWS_REGION"]',
    { fallback: true },
  ),
  numprocs: key(kind.numprocs, 'Copies to run: a number, one per processor, or so many per processor.', '"cpus*2"', {
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
  max_restarts: key(kind.maxRestarts, 'Restarts within `restart_window`, past which the program is FATAL.', '"moderate"', {
    fallback: { max: null, windowMs: null },
  }),
  restart_window: key(kind.duration, 'Window of `max_restarts`.', '"60s"', { fallback: 60_000 }),
  stop: key(
    kind.stopSteps,
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
  rlimits: key(kind.rlimits, 'Kernel limits: a number, a size, "unlimited", or `{ soft, hard }`.', '{ nofile = 4096, core = 0 }', {
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
  exit_code: key(kind.exitCode, 'Exit status of the daemon then; "own" is the program\'s.', '"own"', { fallback: 10 }),
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
    kind.tee,
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

/**
 * Keys of [programs.NAME] that INI says by the kind of its section, or by being INI: never read from [program:x].
 */
export const poolKeys = {
  rules: key(
    kind.oneOf('reeve', 'supervisord'),
    "Whose rules and defaults hold for restarts, stops, process group, standard input and automatic logs: ours, or those of supervisord's INI.",
    '"supervisord"',
    { fallback: 'reeve' },
  ),
  events: key(
    kind.eventTypes,
    "Makes the program a pool of event listeners in supervisord's protocol, with these types of events. INI: [eventlistener:NAME].",
    '["PROCESS_STATE", "TICK_60"]',
    { fallbackText: 'none' },
  ),
  buffer_size: key(kind.integer(1, 1_000_000), 'Events that wait for a free listener, at most; the oldest is dropped.', '100', {
    fallback: 10,
    ini: ini.positive,
  }),
  fcgi_socket: key(
    kind.fcgiSocket,
    'A listening socket that all copies share as standard input: `unix:///path` or `tcp://host:port`. INI: [fcgi-program:NAME] `socket`.',
    '"unix:///run/app.sock"',
    { fallbackText: 'none' },
  ),
  fcgi_socket_owner: key(kind.filledString, 'Owner of that unix socket, `user` or `user:group`.', '"www-data"', {
    fallbackText: "the program's user",
  }),
  fcgi_socket_mode: key(kind.umask, 'Mode bits of that unix socket, octal.', '"0770"', { fallback: 0o700 }),
  fcgi_socket_backlog: key(kind.integer(1, 65_535), 'Connections that may wait, at most.', '128', {
    fallbackText: 'what the system allows',
    ini: ini.backlog,
  }),
};

/** Keys of [program:x], and of [programs.NAME] with `rules = "supervisord"`, that reeve's own rules say otherwise. */
export const supervisordKeys = {
  autorestart: key(kind.autorestart, 'true, false or "unexpected"; `restart` says it in OTP\'s words.', '"unexpected"', {
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

/** [groups.NAME], and reeve's own keys of [group:NAME]. */
export const groupKeys = {
  members: key(kind.strings, 'Programs and groups, in start order.', '["ingest", "store"]', { fallbackText: 'required' }),
  strategy: key(
    kind.oneOf('one_for_one', 'one_for_all', 'rest_for_one'),
    'Who is restarted with a failed member: nobody, all, or those after it.',
    '"rest_for_one"',
    { fallback: 'one_for_one' },
  ),
  max_restarts: key(kind.maxRestarts, 'Failures within `restart_window`, past which the group gives up.', '5', {
    fallbackText: '5 where `strategy` is written, else unlimited',
  }),
  restart_window: key(kind.duration, 'Window of `max_restarts`.', '"60s"', { fallback: 60_000 }),
  restart: key(
    kind.oneOf('permanent', 'transient', 'temporary'),
    'permanent: a group that gave up is restarted; else it stays FATAL.',
    '"transient"',
    { fallback: 'permanent' },
  ),
  restart_delay: programKeys.restart_delay,
  restart_delay_policy: programKeys.restart_delay_policy,
  restart_backoff: programKeys.restart_backoff,
  restart_max_delay: programKeys.restart_max_delay,
  restart_jitter: programKeys.restart_jitter,
  backoff_reset: programKeys.backoff_reset,
  priority: programKeys.priority,
  depends_on: programKeys.depends_on,
  restart_with: programKeys.restart_with,
  start_sequential: key(kind.boolean, 'Start each member only when the one before is RUNNING, and ready where it has `ready`.', 'true', { fallback: false }),
};

/** Keys and tables of the design that a later version reads: refused by name, never ignored. */
export const laterKeys = {
  root: ['hooks', 'templates'],
  daemon: ['log_roll', 'upgrade', 'retention', 'alerts', 'hooks', 'on_fatal'],
  api: ['tls', 'audit', 'rate_limit', 'cors'],
  programs: [
    'watchdog',
    'drain',
    'oneshot',
    'alerts',
    'schedule',
    'log_durability',
    'log_roll',
    'log_maxage',
    'socket',
    'sockets',
    'capabilities',
    'cgroup',
    'slow',
    'replicas',
    'circuit_breaker',
  ],
  groups: ['ready', 'hooks', 'alerts', 'rolling', 'health'],
} as const;

export type DaemonValues = Values<typeof daemonKeys>;
export type ApiValues = Values<typeof apiKeys>;
export type LogsValues = Values<typeof logsKeys>;
export type ProgramValues = Values<typeof programKeys> & Values<typeof supervisordKeys>;
export type PoolValues = Values<typeof poolKeys>;
export type GroupValues = Values<typeof groupKeys>;
