// From [daemon] or [supervisord] to the daemon's own settings.
import { daemonKeys } from './daemon-schema.ts';
import { filled } from './table.ts';
import { intensityOf } from './backoff.ts';
import type { DaemonSpec } from './spec.ts';
import type { DaemonValues } from './daemon-schema.ts';
import type { Dialect } from './declared.ts';

/** The settings; `path` makes a written path absolute. supervisord has a log and a pid file even where none is written. */
export function daemonOf(values: DaemonValues, dialect: Dialect, path: (written: string) => string): DaemonSpec {
  const v = filled(daemonKeys, values, dialect);
  const file = (written: string | undefined) =>
    written === undefined || written === 'none' ? null : path(written);
  const ini = dialect === 'ini';
  return {
    identifier: v.identifier,
    stateDir: file(v.state_dir),
    runtimeDir: file(v.runtime_dir),
    logfile: v.logfile === 'syslog' ? v.logfile : file(v.logfile ?? (ini ? 'supervisord.log' : undefined)),
    logfileMaxBytes: Math.max(0, v.logfile_maxbytes),
    logfileBackups: Math.max(0, v.logfile_backups),
    logLevel: v.loglevel,
    logFormat: v.log_format,
    pidfile: file(v.pidfile ?? (ini ? 'supervisord.pid' : undefined)),
    nodaemon: v.nodaemon,
    silent: v.silent,
    umask: v.umask,
    user: v.user ?? null,
    directory: file(v.directory),
    minfds: v.minfds,
    minprocs: v.minprocs,
    environment: v.environment ?? {},
    statsd: v.statsd ?? null,
    shutdownGraceMs: v.shutdown_grace,
    shutdownTimeoutMs: v.shutdown_timeout ?? null,
    intensity: intensityOf(v.max_restarts, v.restart_window, null),
    onFailure: v.on_failure,
  };
}
