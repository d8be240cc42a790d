// What differs between two specifications of one job, in the words of the file. Everything is taken at once: a run that goes on keeps
// what it began with, and the next one has what is new.
import { changesOf, plain, silent } from './changes.ts';
import type { FileValue, KeyChange, Part, Rules } from './changes.ts';
import { printDuration } from './duration.ts';
import { processChanges, vitalsParts } from './process-changes.ts';
import { redactText } from './redact.ts';
import { printSize } from './size.ts';
import type { BreakerSpec, JobSettings, JobSpec, RetrySpec, ScheduleSpec } from './job-spec.ts';
import type { CommandSpec, ProcessSpec } from './spec.ts';

const time = (ms: number | null): FileValue => (ms === null ? null : printDuration(ms));
const moment = (ms: number | null): FileValue => (ms === null ? null : new Date(ms).toISOString());
const command = (c: CommandSpec | null): FileValue => (c === null ? null : c.text);

function scheduleParts(s: ScheduleSpec | null): readonly Part<'live'>[] {
  if (s === null) return [];
  if (s.kind === 'cron') return [{ key: 'schedule', value: s.text }, { key: 'day_match', value: s.cron.dayMatch }];
  return [{ key: 'every', value: time(s.everyMs) }, { key: 'align', value: s.align }, { key: 'run_on_start', value: s.runOnStart }];
}

function retryParts({ max, backoff, on, notOn }: RetrySpec): readonly Part<'live'>[] {
  return [
    { key: 'retries', value: max ?? -1 },
    { key: 'retry_delay', value: time(backoff.baseMs) },
    { key: 'retry_backoff', value: backoff.policy === 'exponential' && backoff.factor !== 2 ? backoff.factor : backoff.policy },
    { key: 'retry_max_delay', value: time(backoff.maxMs) },
    { key: 'retry_jitter', value: backoff.jitter },
    { key: 'retry_on', value: on },
    { key: 'no_retry_on', value: notOn },
  ];
}

export const JOB_RULES: Rules<JobSpec, 'live'> = {
  kind: silent('identity'),
  role: silent('identity'),
  name: silent('identity'),
  origin: silent('ignored'),
  // Compared by the rules of programs.
  process: silent('ignored'),
  enabled: plain('live', 'enabled'),
  schedule: { takes: 'live', parts: scheduleParts },
  timezone: plain('live', 'timezone'),
  jitterMs: plain('live', 'jitter', time),
  notBefore: plain('live', 'not_before', moment),
  notAfter: plain('live', 'not_after', moment),
  overlap: plain('live', 'overlap'),
  queueLimit: plain('live', 'queue_limit'),
  misfireGraceMs: plain('live', 'misfire_grace', time),
  catchUp: plain('live', 'catch_up'),
  timeoutMs: plain('live', 'timeout', time),
  softTimeout: { takes: 'live', parts: (s) => (s === null ? [] : [{ key: 'soft_timeout', value: time(s.afterMs) }, { key: 'soft_signal', value: s.signal }]) },
  retry: { takes: 'live', parts: retryParts },
  exitMap: { takes: 'live', parts: (map) => Object.entries(map).map(([code, meaning]) => ({ key: `exit_codes.${code}`, value: meaning })) },
  expiresMs: plain('live', 'expires', time),
  maxParallel: plain('live', 'max_parallel'),
  rate: plain('live', 'rate', ({ max, windowMs }) => (max === null ? null : `${max}/${printDuration(windowMs)}`)),
  atLeastOnce: plain('live', 'at_least_once'),
  chains: { takes: 'live', parts: ({ success, failure }) => [{ key: 'on_success', value: success }, { key: 'on_failure', value: failure }] },
  uniqueKey: plain('live', 'unique_key'),
  undo: plain('live', 'undo_command', command),
  minFreeDisk: plain('live', 'min_free_disk', (rooms) => rooms.map(({ bytes, path }) => `${printSize(bytes)}:${path}`)),
  breaker: plain('live', 'breaker'),
  fallback: plain('live', 'fallback_command', command),
  vitals: { takes: 'live', parts: vitalsParts },
  notify: plain('live', 'notify'),
  onShutdown: plain('live', 'on_shutdown'),
  drainTimeoutMs: plain('live', 'drain_timeout', time),
  drainSignal: plain('live', 'drain_signal'),
  drainCancel: plain('live', 'drain_cancel'),
  stale: { takes: 'live', parts: (s) => (s === null ? [] : [{ key: 'stale_after', value: time(s.afterMs) }, { key: 'stale_action', value: s.action }]) },
  deadLetters: plain('live', 'dead_letters'),
  history: plain('live', 'history', ({ okMs, failedMs, keep }) => `ok ${printDuration(okMs)}, failed ${printDuration(failedMs)}, keep ${keep}`),
  priority: plain('live', 'priority'),
};

export const BREAKER_RULES: Rules<BreakerSpec, 'live'> = {
  name: silent('identity'),
  origin: silent('ignored'),
  failures: plain('live', 'failures'),
  successes: plain('live', 'successes'),
  trials: plain('live', 'trials'),
  cooldownMs: plain('live', 'cooldown', time),
};

export const JOB_SETTING_RULES: Rules<JobSettings, 'live'> = {
  maxParallel: plain('live', 'jobs.max_parallel'),
  deadLetterMs: plain('live', 'jobs.dead_retention', time),
  breakersEnabled: plain('live', 'breakers.enabled'),
};

/** What differs between two specifications of one job; values of the environment and marked secrets are not in it. */
export function jobChanges(before: JobSpec, after: JobSpec): readonly KeyChange<'live'>[] {
  const own = changesOf(JOB_RULES, before, after).map((change) =>
    change.key.endsWith('_command') ? { ...change, from: blot(change.from, before.process), to: blot(change.to, after.process) } : change,
  );
  const said = new Set(own.map((change) => change.key));
  const process = processChanges(before.process, after.process).filter((change) => !said.has(change.key));
  return [...process.map((change) => ({ ...change, takes: 'live' as const })), ...own];
}

function blot(value: FileValue, spec: ProcessSpec): FileValue {
  return typeof value === 'string' ? redactText(value, spec) : value;
}

/** What differs between two specifications of one breaker. */
export function breakerChanges(before: BreakerSpec, after: BreakerSpec): readonly KeyChange<'live'>[] {
  return changesOf(BREAKER_RULES, before, after);
}
