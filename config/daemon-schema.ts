// Keys of [daemon], and of [supervisord].
import * as kind from './kinds.ts';
import * as programKind from './program-kinds.ts';
import * as ini from './ini-types.ts';
import { key } from './table.ts';
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
  environment: key(programKind.environment, "Variables for every program; a program's own win.", '{ LANG = "C.UTF-8" }', { ini: ini.environment }),
  statsd: key(kind.destination, 'Tells a statsd server over UDP what happens as it happens, in counts and times: starts, ends, heartbeats, runs, breakers. Others: `/metrics`.', '"127.0.0.1:8125"', { fallbackText: 'nobody is told' }),
  shutdown_grace: key(kind.duration, 'After this long all remaining levels of a shutdown are told to stop at once.', '"8s"', {
    fallback: 8000,
  }),
  shutdown_timeout: key(kind.duration, 'Cap on the whole shutdown, past which everything is killed.', '"60s"', { fallbackText: 'none' }),
  max_restarts: key(programKind.maxRestarts, 'How many top-level groups may give up within `restart_window` before `on_failure` decides.', '5', {
    fallback: { max: null, windowMs: null },
  }),
  restart_window: key(kind.duration, 'Window of `max_restarts`.', '"60s"', { fallback: 60_000 }),
  on_failure: key(kind.oneOf('stay', 'exit'), 'What the daemon does past `max_restarts`: stay, or exit with status 10.', '"exit"', {
    fallback: 'stay',
  }),
};

/** [daemon] as it was written: absent keys are absent. */
export type DaemonValues = Values<typeof daemonKeys>;
