// From the values of a job to its JobSpec: the same for both dialects.
import { serverUrlOf } from './api.ts';
import { cronWarnings } from './cron-warnings.ts';
import { parseCron } from './cron.ts';
import { momentIn } from './job-kinds.ts';
import { HISTORY, jobKeys, RETRY_DELAY_MS, RETRY_MAX_DELAY_MS, sharedKeys } from './job-schema.ts';
import { commandOf, processOf, splitOwner } from './process.ts';
import { shown } from './problems.ts';
import { checkLimits } from './limits.ts';
import { checkVitals, vitalsOf } from './supervision.ts';
import { filled, keyName } from './table.ts';
import type { JobSettingValues, JobValues, SharedValues } from './job-schema.ts';
import type { JobSpec, RetrySpec, ScheduleSpec } from './job-spec.ts';
import type { Report } from './problems.ts';
import type { BackoffSpec, CommandSpec, Origin, ProcessSpec } from './spec.ts';
import type { Settings } from './declared.ts';

/** Where a job stands, and what surrounds it. */
export interface JobContext {
  readonly role: JobSpec['role'];
  readonly name: string;
  /** `jobs.report`, `job:report`: how messages name it. */
  readonly title: string;
  readonly report: Report;
  /** Place of a key, or of item `index` of it; '' is the job itself. */
  readonly place: (key: string, index?: number) => Origin;
  readonly isWritten: (key: string) => boolean;
  /** An absolute path for one that is written in the file. */
  readonly path: (written: string) => string;
  /** Complete but for what the job itself says: the daemon's and env_file's variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: Settings;
  readonly defaults: JobSettingValues;
  /** The zone where none is written; asked only then. */
  readonly zone: () => string;
  readonly autoFile: (channel: 'stdout' | 'stderr') => string | null;
}

/** A job as declared; the jobs it names are looked up when all are known. */
export interface JobDecl {
  readonly spec: JobSpec;
  readonly title: string;
  readonly values: JobValues;
  readonly place: JobContext['place'];
}

type Complain = (key: string, message: string, hint?: string) => void;

/** The values that a program has too: names such as on_failure mean something else there. */
function sharedValues(values: JobValues): SharedValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(sharedKeys, name))) as SharedValues;
}

function processSpec(values: JobValues, x: JobContext): ProcessSpec {
  const shared = sharedValues(values);
  const process = processOf(
    { ...shared, priority: values.priority ?? jobKeys.priority.fallback, autostart: false, restart: 'temporary', startsecs: 0 },
    {
      dialect: 'toml',
      program: x.name,
      group: 'job',
      name: x.name,
      num: 0,
      origin: x.place(''),
      environment: { ...x.environment, ...values.environment },
      path: x.path,
      serverUrl: values.control === true ? (serverUrlOf(x.settings.api.listen) ?? 'auto') : null,
      logs: x.settings.logs,
      autoFile: x.autoFile,
      nativeRestart: true,
      nativeStop: true,
    },
  );
  return {
    ...process,
    // A run that is over a limit is ended, unless the file says otherwise.
    limits: values.limits === undefined || values.limits.action !== undefined ? process.limits : { ...process.limits, action: 'stop' },
    notify: isNotified(values),
    vitals: vitalsOf(values),
  };
}

function isNotified(values: JobValues): boolean {
  return values.notify ?? (values.heartbeat !== undefined || values.progress_timeout !== undefined);
}

function scheduleOf(values: JobValues, x: JobContext, complain: Complain): ScheduleSpec | null {
  const v = filled(jobKeys, values, 'toml');
  const { schedule, every } = values;
  if (schedule !== undefined && every !== undefined) complain('every', '"schedule" and "every" exclude each other', 'keep one of them');
  if (every !== undefined) return { kind: 'every', everyMs: every, align: v.align, runOnStart: v.run_on_start };
  for (const key of ['align', 'run_on_start'] as const) if (values[key] === true) complain(key, `${key} does nothing without every`);
  if (schedule === undefined) {
    for (const key of ['day_match', 'jitter', 'not_before', 'not_after', 'catch_up'] as const)
      if (values[key] !== undefined) complain(key, `${key} does nothing without ${key === 'day_match' ? 'schedule' : 'schedule or every'}`);
    return null;
  }
  const text = schedule.trim();
  const cron = parseCron(text, v.day_match);
  if ('problem' in cron) {
    complain('schedule', cron.problem);
    return null;
  }
  for (const sentence of cronWarnings(text, cron)) x.report.warning(x.place('schedule'), `${x.title}.schedule`, `the schedule ${sentence}`);
  return { kind: 'cron', text, cron };
}

function retryOf(values: JobValues, complain: Complain): RetrySpec {
  // null is a value: for ever.
  const max = values.retries === undefined ? jobKeys.retries.fallback : values.retries;
  const written = values.retry_backoff ?? (values.retry_max_delay === undefined ? 'fixed' : 'exponential');
  const policy: BackoffSpec['policy'] = typeof written === 'number' ? 'exponential' : written;
  const baseMs = values.retry_delay ?? RETRY_DELAY_MS[policy === 'exponential' ? 'exponential' : 'fixed'];
  // Whatever its retries: a run that was stuck, or over a limit, is run again after the same delay.
  const reruns = vitalsOf(values).onStuck === 'restart' || values.limits?.action === 'restart';
  if (values.retries === undefined || values.retries === 0) {
    for (const key of ['retry_delay', 'retry_backoff', 'retry_max_delay', 'retry_jitter', 'retry_on', 'no_retry_on'] as const)
      if (values[key] !== undefined && !(reruns && key === 'retry_delay')) complain(key, `${key} does nothing without retries`, 'write retries = 3');
    for (const [code, meaning] of Object.entries(values.exit_codes ?? {}))
      if (meaning === 'retry') complain('exit_codes', `exit code ${code} is to be tried again, but there are no retries`, 'write retries = 3');
  }
  if (values.retry_max_delay !== undefined && values.retry_max_delay < baseMs)
    complain('retry_max_delay', 'the delay never grows past this, and begins above it', 'write a smaller retry_delay');
  if (values.retry_max_delay !== undefined && policy === 'fixed') complain('retry_max_delay', 'retry_max_delay does nothing where retry_backoff is "fixed"');
  return {
    max,
    backoff: {
      policy,
      baseMs,
      factor: typeof written === 'number' ? written : policy === 'exponential' ? 2 : 1,
      // A written delay over the default cap is meant: it lifts the cap.
      maxMs: values.retry_max_delay ?? Math.max(RETRY_MAX_DELAY_MS, baseMs),
      jitter: values.retry_jitter ?? (policy === 'exponential' ? 1 : 0),
      resetMs: 0,
    },
    on: values.retry_on ?? null,
    notOn: values.no_retry_on ?? [],
  };
}

/** A command that cannot be split would fail at its time, at night: it is refused now. */
function splittable(key: string, command: CommandSpec, complain: Complain): CommandSpec {
  if (command.problem !== undefined) complain(key, command.problem);
  return command;
}

/** 0 is how a file says never. */
function limitOf(ms: number | undefined): number | null {
  return ms === undefined || ms === 0 ? null : ms;
}

function checkTogether(values: JobValues, x: JobContext, complain: Complain): void {
  for (const twin of ['stopsignal', 'stopasgroup', 'killasgroup'] as const)
    if (values.stop !== undefined && values[twin] !== undefined)
      complain(twin, `"${twin}" and "stop" exclude each other`, 'write the signal and scope in the steps of stop');
  if (values.shell === true && values.command?.words != null) complain('shell', 'shell = true needs the command as one string');
  if (values.user !== undefined && splitOwner(values.user)[0] === '') complain('user', `expected "user" or "user:group", got ${shown(values.user)}`);
  for (const limit of Object.keys(values.limits?.rlimits ?? {}))
    if (values.rlimits?.[limit] !== undefined) complain('limits', `"${limit}" is also written in rlimits`);
  if (values.redirect_stderr === true && values.stderr_logfile !== undefined)
    x.report.warning(x.place('stderr_logfile'), `${x.title}.stderr_logfile`, 'stderr_logfile does nothing with redirect_stderr = true');
  const timeout = limitOf(values.timeout ?? x.defaults.timeout);
  if (values.soft_timeout !== undefined && timeout !== null && values.soft_timeout >= timeout)
    complain('soft_timeout', 'soft_timeout is not before timeout, which ends the run', 'write a shorter soft_timeout');
  if (values.soft_signal !== undefined && values.soft_timeout === undefined) complain('soft_signal', 'soft_signal does nothing without soft_timeout');
  if (values.every !== undefined && (values.jitter ?? 0) >= values.every) complain('jitter', 'the jitter is not shorter than every: runs would change places');
  for (const code of values.exitcodes ?? [])
    if ((values.exit_codes?.[code] ?? 'success') !== 'success')
      complain('exit_codes', `exit code ${code} is success in exitcodes and ${values.exit_codes?.[code]} here`);
  const odd = /\{(?!args\})[^{}]*\}/.exec(values.unique_key ?? '');
  if (odd !== null) complain('unique_key', `${odd[0]} is not known: use {args}`);
  if (values.stale_action !== undefined && values.stale_after === undefined) complain('stale_action', 'stale_action does nothing without stale_after');
  if (values.fallback_command !== undefined && values.breaker === undefined)
    complain('fallback_command', 'fallback_command does nothing without breaker', 'write breaker = "..."');
  if (values.on_shutdown === 'signal' && values.drain_signal === undefined)
    complain('on_shutdown', 'on_shutdown = "signal" needs drain_signal', 'write drain_signal = "USR1"');
  checkVitals(values, complain);
  checkLimits(values, complain);
}

/** A run that hangs keeps all later ones of its schedule from starting, and nobody hears of it. */
function warnEndless(spec: JobSpec, x: JobContext): void {
  const written = x.isWritten('timeout') || x.defaults.timeout !== undefined;
  const watched = spec.vitals.onStuck === 'kill' || spec.vitals.onStuck === 'restart';
  const owes = spec.vitals.heartbeat !== null || spec.vitals.progressTimeoutMs !== null;
  if (spec.schedule === null || written || (watched && owes)) return;
  x.report.warning(
    x.place(''),
    x.title,
    `the job has no timeout: a run that hangs ${spec.overlap === 'allow' ? 'is never ended' : 'keeps all later ones from starting'}`,
    'write timeout = "1h", or timeout = 0 if it may take as long as it likes',
  );
}

/** One job, everything filled in but the jobs that others name as theirs to follow. */
export function jobOf(values: JobValues, x: JobContext): JobDecl {
  const complain: Complain = (key, message, hint) =>
    x.report.error(x.place(key), key === '' ? x.title : keyName(x.title, [key]), message, hint ?? null);
  const v = filled(jobKeys, values, 'toml');
  if (!x.isWritten('command')) complain('', `the ${x.role} has no command`, 'write command = "..."');
  checkTogether(values, x, complain);
  const process = processSpec(values, x);
  const zone = values.timezone ?? x.defaults.timezone ?? x.zone();
  const moment = (key: 'not_before' | 'not_after'): number | null => (values[key] === undefined ? null : momentIn(values[key], zone));
  const [notBefore, notAfter] = [moment('not_before'), moment('not_after')];
  if (notBefore !== null && notAfter !== null && notAfter <= notBefore) complain('not_after', 'not_after is not later than not_before: it would never be due');
  const history = { ...HISTORY, ...x.defaults.history, ...values.history };
  const cwd = process.directory ?? x.path('.');
  const spec: JobSpec = {
    kind: 'job',
    role: x.role,
    name: x.name,
    process: values.command === undefined ? process : { ...process, command: splittable('command', process.command, complain) },
    enabled: v.enabled,
    schedule: scheduleOf(values, x, complain),
    timezone: zone,
    jitterMs: v.jitter,
    notBefore,
    notAfter,
    overlap: v.overlap,
    queueLimit: v.queue_limit,
    misfireGraceMs: values.misfire_grace ?? x.defaults.misfire_grace ?? 60_000,
    catchUp: values.catch_up ?? x.defaults.catch_up ?? 'one',
    timeoutMs: limitOf(values.timeout ?? x.defaults.timeout),
    softTimeout: limitOf(values.soft_timeout) === null ? null : { afterMs: values.soft_timeout ?? 0, signal: v.soft_signal },
    retry: retryOf(values, complain),
    exitMap: values.exit_codes ?? {},
    expiresMs: limitOf(values.expires),
    maxParallel: values.max_parallel ?? null,
    rate: values.rate ?? { max: null, windowMs: 60_000 },
    atLeastOnce: v.at_least_once,
    chains: { success: v.on_success, failure: v.on_failure },
    uniqueKey: values.unique_key ?? null,
    undo: values.undo_command === undefined ? null : splittable('undo_command', commandOf(values.undo_command, v.shell), complain),
    minFreeDisk: (values.min_free_disk ?? []).map(({ bytes, path }) => ({ bytes, path: path === null ? cwd : x.path(path) })),
    breaker: values.breaker ?? null,
    fallback: values.fallback_command === undefined ? null : splittable('fallback_command', commandOf(values.fallback_command, v.shell), complain),
    vitals: process.vitals,
    notify: process.notify,
    onShutdown: v.on_shutdown,
    drainTimeoutMs: values.drain_timeout ?? null,
    drainSignal: values.drain_signal ?? null,
    drainCancel: v.drain_cancel,
    stale: values.stale_after === undefined ? null : { afterMs: values.stale_after, action: v.stale_action },
    deadLetters: v.dead_letters,
    history,
    priority: v.priority,
    origin: x.place(''),
  };
  warnEndless(spec, x);
  return { spec, title: x.title, values, place: x.place };
}
