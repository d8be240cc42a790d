// Every key of [jobs], [jobs.NAME], [breakers] and [breakers.NAME], declared once.
import * as kind from './kinds.ts';
import * as programKind from './program-kinds.ts';
import { causes, exitMap, growth, history, interval, moment, rate, retries, rooms, share, timezone } from './job-kinds.ts';
import * as ini from './ini-types.ts';
import { programKeys } from './program-schema.ts';
import { supervisionKeys } from './supervision.ts';
import { key } from './table.ts';
import type { Values } from './table.ts';

/** What a job's process has in common with a program's. */
export const sharedKeys = {
  command: programKeys.command,
  shell: programKeys.shell,
  directory: programKeys.directory,
  umask: programKeys.umask,
  user: programKeys.user,
  environment: programKeys.environment,
  environment_secret: programKeys.environment_secret,
  env_file: programKeys.env_file,
  env_file_expand: programKeys.env_file_expand,
  inherit: programKeys.inherit,
  exitcodes: key(kind.exitCodes, 'Exit codes that are success.', '[0, 2]', { fallback: [0], ini: ini.exitCodes }),
  stop: programKeys.stop,
  stopsignal: programKeys.stopsignal,
  stopwaitsecs: programKeys.stopwaitsecs,
  stopasgroup: programKeys.stopasgroup,
  killasgroup: programKeys.killasgroup,
  nice: programKeys.nice,
  oom_score_adj: programKeys.oom_score_adj,
  rlimits: programKeys.rlimits,
  limits: programKeys.limits,
  kill_on_daemon_death: programKeys.kill_on_daemon_death,
  control: programKeys.control,
  redirect_stderr: programKeys.redirect_stderr,
  stdout_logfile: programKeys.stdout_logfile,
  stdout_logfile_maxbytes: programKeys.stdout_logfile_maxbytes,
  stdout_logfile_backups: programKeys.stdout_logfile_backups,
  stderr_logfile: programKeys.stderr_logfile,
  stderr_logfile_maxbytes: programKeys.stderr_logfile_maxbytes,
  stderr_logfile_backups: programKeys.stderr_logfile_backups,
  stdout_syslog: programKeys.stdout_syslog,
  stderr_syslog: programKeys.stderr_syslog,
  log_gzip: programKeys.log_gzip,
  log_tee: programKeys.log_tee,
  log_format: programKeys.log_format,
  log_timestamp: programKeys.log_timestamp,
  strip_ansi: programKeys.strip_ansi,
  log_full: programKeys.log_full,
  log_ring: programKeys.log_ring,
};

const MINUTE = 60_000;
const DAY = 86_400_000;
const catchUp = kind.oneOf('none', 'one', 'all');

/** What is kept of ended runs where nothing is written. */
export const HISTORY = { okMs: 2 * DAY, failedMs: 5 * DAY, keep: 1000 } as const;
/** First delay before a retry: of a fixed or linear row, and of an exponential one. */
export const RETRY_DELAY_MS = { fixed: MINUTE, exponential: 1000 } as const;
/** A delay does not grow past this. */
export const RETRY_MAX_DELAY_MS = 10 * MINUTE;

/** [jobs.NAME], and [job:NAME]. */
export const jobKeys = {
  ...sharedKeys,
  schedule: key(
    kind.filledString,
    'When it is due, as cron says it: minute, hour, day of the month, month, weekday (seconds may stand first), or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.',
    '"0 8 * * *"',
    { fallbackText: 'only on request or after another job' },
  ),
  day_match: key(kind.oneOf('or', 'and'), 'Day of the month and weekday both set: either of them matches, or both must.', '"and"', {
    fallback: 'or',
  }),
  every: key(interval, 'It is due again so long after its last start.', '"15m"', { fallbackText: 'none' }),
  align: key(kind.boolean, 'With `every`: on multiples of it in the time zone (15m: :00, :15, :30, :45).', 'true', { fallback: false }),
  run_on_start: key(kind.boolean, 'With `every`: due when the daemon starts, too.', 'true', { fallback: false }),
  timezone: key(timezone, 'The zone of `schedule`, `align`, `not_before` and `not_after`.', '"Africa/Nairobi"', {
    fallbackText: '`timezone` of [jobs], else that of the host',
  }),
  jitter: key(kind.duration, 'A run starts up to so much later than its time, at random.', '"30s"', { fallback: 0 }),
  not_before: key(moment, 'Nothing is due before this time: RFC 3339, or a date or date and time in the zone.', '"2026-01-31"', {
    fallbackText: 'none',
  }),
  not_after: key(moment, 'Nothing is due after this time.', '"2026-12-31 18:00"', { fallbackText: 'none' }),
  enabled: key(kind.boolean, 'false: never due by itself; by hand it runs.', 'false', { fallback: true }),
  overlap: key(
    kind.oneOf('skip', 'queue', 'kill', 'allow'),
    'What a run that is due does while another one of its job goes on: it is left out, waits, ends the other, or runs beside it.',
    '"queue"',
    { fallback: 'skip' },
  ),
  queue_limit: key(kind.integer(1, 100_000), 'Runs that wait for their turn, at most; more are skipped.', '10', { fallback: 100 }),
  misfire_grace: key(kind.duration, 'A run whose time passed longer ago than this is missed.', '"5m"', {
    fallbackText: '`misfire_grace` of [jobs], else `60s`',
  }),
  catch_up: key(
    catchUp,
    'What becomes of times that passed while no daemon ran: nothing, one run for all, or one for each.',
    '"all"',
    { fallbackText: '`catch_up` of [jobs], else `"one"`; without a state directory `"none"`' },
  ),
  timeout: key(kind.duration, 'The run is ended by its stop steps after this; 0: never.', '"10m"', {
    fallbackText: '`timeout` of [jobs], else never',
  }),
  soft_timeout: key(kind.duration, 'After this `soft_signal` is sent to the main process, once: time to save and leave.', '"8m"', {
    fallbackText: 'none',
  }),
  soft_signal: key(kind.signal, 'Signal of `soft_timeout`.', '"USR1"', { fallback: 'TERM' }),
  retries: key(retries, 'Further attempts after a failed one; -1: for ever.', '3', { fallback: 0 }),
  retry_delay: key(kind.duration, 'Delay before a retry: of each one, or the first of a growing row.', '"60s"', {
    fallbackText: '`60s`; exponential: `1s`',
  }),
  retry_backoff: key(growth, 'How the delay grows from retry to retry.', '"exponential"', {
    fallbackText: '`"fixed"`; with `retry_max_delay` written `"exponential"`',
  }),
  retry_max_delay: key(kind.duration, 'The delay never grows past this.', '"1h"', { fallback: RETRY_MAX_DELAY_MS }),
  retry_jitter: key(share, 'Share of the delay that is random.', '0.5', { fallbackText: '1 for exponential, else 0' }),
  retry_on: key(causes, 'Only these failures are tried again.', '[75, "KILL", "timeout"]', { fallbackText: 'all' }),
  no_retry_on: key(causes, 'These failures are never tried again; wins over `retry_on`.', '[65]', { fallback: [] }),
  exit_codes: key(exitMap, 'Exit codes with a meaning of their own, whatever `retry_on` says.', '{ 75 = "retry", 69 = "abort" }', {
    fallbackText: 'none',
  }),
  expires: key(kind.duration, 'A run that has not started so long after its time is not started any more.', '"12h"', {
    fallbackText: 'never',
  }),
  max_parallel: key(kind.integer(1, 10_000), 'Runs of this job at the same time, at most.', '2', { fallbackText: 'no limit of its own' }),
  rate: key(rate, 'Starts within a time, at most; more wait.', '"100/m"', { fallbackText: 'no limit' }),
  at_least_once: key(kind.boolean, 'A run that the death of the daemon or the host interrupted is run again.', 'true', { fallback: false }),
  after: key(kind.strings, 'Jobs: it starts each time one of them succeeded.', '["extract"]', { fallback: [] }),
  on_success: key(kind.strings, 'Jobs that start when a run succeeded.', '["load"]', { fallback: [] }),
  on_failure: key(kind.strings, 'Jobs that start when a run failed for good.', '["clean_up"]', { fallback: [] }),
  unique_key: key(
    kind.filledString,
    'Runs with the same key are never waiting or running twice; `{args}` stands for the arguments of the run.',
    '"invoice {args}"',
    { fallbackText: 'none' },
  ),
  undo_command: key(programKind.command, 'Takes back what a run did: `reevectl job undo RUN`. Gets its arguments, and its id in UNDO_RUN.', '"./unbook"', {
    fallbackText: 'none',
  }),
  min_free_disk: key(rooms, 'A run starts only while so much is free there; without a path: in the directory of the job.', '"1GB:/var/lib/shop"', {
    fallbackText: 'none',
  }),
  ...supervisionKeys,
  fallback_command: key(programKind.command, 'Runs in place of `command` while the breaker is open.', '"./say-sorry"', { fallbackText: 'none: runs wait' }),
  on_shutdown: key(
    kind.oneOf('wait', 'signal', 'kill', 'handback'),
    'When the daemon ends: wait for the run up to `drain_timeout` (`shutdown_grace` where that is not written); send `drain_signal` first; end it at once; or end it and let the next daemon run it again.',
    '"handback"',
    { fallback: 'wait' },
  ),
  drain_cancel: key(kind.boolean, 'false: `drain --cancel` leaves its runs alone.', 'false', { fallback: true }),
  stale_after: key(kind.duration, 'A run that waits longer than this is stale.', '"1h"', { fallbackText: 'never' }),
  stale_action: key(kind.oneOf('rerun', 'fail', 'alert'), 'What becomes of a stale run.', '"fail"', { fallback: 'alert' }),
  dead_letters: key(kind.boolean, 'Keep runs that failed for good as dead letters.', 'false', { fallback: true }),
  history: key(history, 'How long ended runs are kept, good and bad ones, and how many of both.', '{ ok = "2d", failed = "5d", keep = 1000 }', {
    fallbackText: '`history` of [jobs], else `{ ok = "2d", failed = "5d", keep = 1000 }`',
  }),
  priority: key(kind.integer(-1_000_000, 1_000_000), 'Low starts first where several wait for a place.', '100', {
    fallback: 999,
    ini: ini.integer,
  }),
};

/** [jobs]: what is no table is no job. */
export const jobSettingKeys = {
  timezone: key(timezone, 'Time zone of jobs that name none.', '"Africa/Nairobi"', { fallbackText: 'that of the host' }),
  max_parallel: key(kind.integer(1, 10_000), 'Runs of all jobs at the same time, at most.', '8', { fallbackText: 'no limit' }),
  misfire_grace: key(kind.duration, 'For jobs that do not say.', '"5m"', { fallback: MINUTE }),
  catch_up: key(catchUp, 'For jobs that do not say.', '"none"', { fallback: 'one' }),
  timeout: key(kind.duration, 'For jobs that do not say; 0: never.', '"1h"', { fallbackText: 'never' }),
  history: key(history, 'For jobs that do not say.', '{ ok = "1d" }', { fallbackText: '`{ ok = "2d", failed = "5d", keep = 1000 }`' }),
  dead_retention: key(kind.duration, 'Dead letters are kept so long; 0: for ever.', '"90d"', { fallback: 30 * DAY }),
};

/** [breakers]: what is no table is no breaker. */
export const breakerSettingKeys = {
  enabled: key(kind.boolean, 'false: breakers never open by themselves.', 'false', { fallback: true }),
};

/** [breakers.NAME], and [breaker:NAME]. */
export const breakerKeys = {
  failures: key(kind.integer(1, 1_000_000), 'Failures in a row that open it.', '10', { fallback: 5 }),
  successes: key(kind.integer(1, 1_000_000), 'Successes in half-open that close it.', '3', { fallback: 2 }),
  trials: key(kind.integer(1, 1_000_000), 'Trials at the same time in half-open, at most.', '1', { fallback: 3 }),
  cooldown: key(kind.duration, 'Open for so long, then half-open.', '"10m"', { fallback: 5 * MINUTE }),
};

export type JobValues = Values<typeof jobKeys>;
export type SharedValues = Values<typeof sharedKeys>;
export type JobSettingValues = Values<typeof jobSettingKeys>;
export type BreakerSettingValues = Values<typeof breakerSettingKeys>;
