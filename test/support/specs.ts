// Small specs for tests: every field has a plain value, and a test says only what it is about.
import { NO_HEALTH } from '../../config/health-spec.ts';
import type { BreakerSpec, JobSpec, VitalsSpec } from '../../config/job-spec.ts';
import { NO_LIMITS, NO_RECYCLING } from '../../config/limits-spec.ts';
import type { BackoffSpec, GroupSpec, MemberSpec, OutputSpec, ProcessSpec } from '../../config/spec.ts';

const origin = { file: '/test.toml', line: 1 } as const;
export const NO_BACKOFF: BackoffSpec = { policy: 'none', baseMs: 0, factor: 1, maxMs: 0, jitter: 0, resetMs: 60_000 };
export const EXPONENTIAL: BackoffSpec = { policy: 'exponential', baseMs: 1000, factor: 2, maxMs: 60_000, jitter: 0, resetMs: 60_000 };
export const LINEAR: BackoffSpec = { policy: 'linear', baseMs: 1000, factor: 1, maxMs: Number.MAX_SAFE_INTEGER, jitter: 0, resetMs: 0 };
export const NO_OUTPUT: OutputSpec = {
  file: null, maxBytes: 0, backups: 0, gzip: false, tee: null, format: 'raw', timestamp: false, stripAnsi: false, full: 'block', ringBytes: 0, auto: false, captureBytes: 0, events: false, syslog: false,
};

export const NO_VITALS: VitalsSpec = { heartbeat: null, progressTimeoutMs: null, onStuck: 'alert' };

/** A native process as DESIGN §3 says it; `overrides` are what the test is about. */
export function processSpec(id: string, overrides: Partial<ProcessSpec> = {}): ProcessSpec {
  const at = id.indexOf(':');
  const group = at < 0 ? id : id.slice(0, at);
  const name = at < 0 ? id : id.slice(at + 1);
  return {
    kind: 'process', id, name, group, program: name, num: 0, command: { text: 'true', words: ['true'], shell: false }, directory: null, umask: null,
    user: null, userGroup: null, nice: null, oomScoreAdj: null, rlimits: {}, limits: NO_LIMITS, recycle: NO_RECYCLING, killOnDaemonDeath: false, environment: {}, inherit: true, serverUrl: null,
    stdin: 'null', notify: false, vitals: NO_VITALS, health: NO_HEALTH, autoscale: null, hooks: {}, watch: null, breaker: null, drainSignal: null, drainTimeoutMs: null, processGroup: 'session', autostart: true, oneshot: false, ready: null, startTimeoutMs: null, dependsOn: [], priority: 999, restart: 'permanent', exitCodes: [0], startMs: 1000, startRetries: null,
    startExit: 'judge', missing: 'fatal', backoff: EXPONENTIAL, startBackoff: EXPONENTIAL, intensity: { max: null, windowMs: 60_000 },
    stop: [{ signal: 'TERM', scope: 'main', waitMs: 10_000 }, { signal: 'KILL', scope: 'tree', waitMs: 10_000 }], sweep: true,
    onFailure: 'stay', exitCode: 10, stdout: NO_OUTPUT, stderr: NO_OUTPUT, origin, ...overrides,
  };
}

/** A process under supervisord's rules (INI). */
export function iniProcess(id: string, overrides: Partial<ProcessSpec> = {}): ProcessSpec {
  return processSpec(id, {
    restart: 'transient', startRetries: 3, startExit: 'retry', missing: 'retry', backoff: NO_BACKOFF, startBackoff: LINEAR, sweep: false, processGroup: 'group', stdin: 'pipe',
    stop: [{ signal: 'TERM', scope: 'main', waitMs: 10_000 }, { signal: 'KILL', scope: 'main', waitMs: 10_000 }], ...overrides,
  });
}

export function groupSpec(name: string, members: readonly MemberSpec[], overrides: Partial<GroupSpec> = {}): GroupSpec {
  return {
    kind: 'group', name, strategy: 'one_for_one', intensity: { max: null, windowMs: 60_000 }, restart: 'permanent', backoff: NO_BACKOFF, priority: 999,
    start: 'together', implicit: false, listener: null, socket: null, members, origin, ...overrides,
  };
}

/** A job with its defaults: no schedule, no limits, no retries. Its process is `job:NAME`. */
export function jobSpec(name: string, overrides: Partial<JobSpec> = {}): JobSpec {
  return {
    kind: 'job', role: 'job', name, process: processSpec(`job:${name}`, { restart: 'temporary', startMs: 0, priority: overrides.priority ?? 999 }), enabled: true, schedule: null, timezone: 'UTC', jitterMs: 0,
    notBefore: null, notAfter: null, overlap: 'skip', queueLimit: 100, misfireGraceMs: 60_000, catchUp: 'one', timeoutMs: null, softTimeout: null,
    retry: { max: 0, backoff: { policy: 'fixed', baseMs: 60_000, factor: 1, maxMs: 600_000, jitter: 0, resetMs: 0 }, on: null, notOn: [] }, exitMap: {}, expiresMs: null,
    maxParallel: null, rate: { max: null, windowMs: 60_000 }, atLeastOnce: false, chains: { success: [], failure: [] }, uniqueKey: null, undo: null, minFreeDisk: [],
    breaker: null, fallback: null, vitals: NO_VITALS, notify: false, onShutdown: 'wait', drainTimeoutMs: null, drainSignal: null, drainCancel: true, stale: null,
    deadLetters: true, history: { okMs: 2 * 86_400_000, failedMs: 5 * 86_400_000, keep: 1000 }, priority: 999, origin, ...overrides,
  };
}

export function breakerSpec(name: string, overrides: Partial<BreakerSpec> = {}): BreakerSpec {
  return { name, failures: 5, successes: 2, trials: 3, cooldownMs: 300_000, origin, ...overrides };
}
