// What a change of each field of a program or group asks for: nothing but a new value, or a new life.
import { changesOf, hiddenParts, plain, silent } from './changes.ts';
import type { FileValue, KeyChange, Part, Rule, Rules } from './changes.ts';
import { printDuration } from './duration.ts';
import { redactText } from './redact.ts';
import { printSize } from './size.ts';
import { addressWords } from './health-kind.ts';
import type { AutoscaleSpec, HealthSpec, ProbeSpec } from './health-spec.ts';
import type { HooksSpec } from './hooks.ts';
import type { VitalsSpec } from './job-spec.ts';
import type { LimitsSpec, RecycleSpec } from './limits-spec.ts';
import type { WatchSpec } from './watch.ts';
import type { BackoffSpec, Dependency, GroupSpec, IntensitySpec, OutputSpec, ProcessSpec, ReadySpec, Rlimit, SocketSpec, StopStep } from './spec.ts';

export type Takes = 'live' | 'restart';
export type GroupTakes = 'live' | 'replace';

const time = (ms: number): FileValue => (Number.isFinite(ms) ? printDuration(ms) : 'infinity');
const octal = (mode: number | null): FileValue => (mode === null ? null : mode.toString(8).padStart(3, '0'));
const limit = (n: number): string => (Number.isFinite(n) ? String(n) : 'unlimited');

function backoffParts(b: BackoffSpec): readonly Part<Takes>[] {
  return [
    { key: 'restart_delay_policy', value: b.policy },
    { key: 'restart_delay', value: time(b.baseMs) },
    { key: 'restart_backoff', value: b.factor },
    { key: 'restart_max_delay', value: time(b.maxMs) },
    { key: 'restart_jitter', value: b.jitter },
    { key: 'backoff_reset', value: time(b.resetMs) },
  ];
}

function intensityParts(i: IntensitySpec): readonly Part<Takes>[] {
  return [
    { key: 'max_restarts', value: i.max },
    { key: 'restart_window', value: time(i.windowMs) },
  ];
}

function outputParts(channel: 'stdout' | 'stderr', o: OutputSpec): readonly Part<Takes>[] {
  return [
    { key: `${channel}_logfile`, value: o.file ?? 'none' },
    { key: `${channel}_logfile_maxbytes`, value: printSize(o.maxBytes) },
    { key: `${channel}_logfile_backups`, value: o.backups },
    { key: 'log_gzip', value: o.gzip },
    { key: 'log_tee', value: o.tee ?? false },
    { key: 'log_format', value: o.format },
    { key: 'log_timestamp', value: o.timestamp },
    { key: 'strip_ansi', value: o.stripAnsi },
    { key: 'log_full', value: o.full },
    { key: 'log_ring', value: printSize(o.ringBytes) },
    { key: `${channel}_capture_maxbytes`, value: printSize(o.captureBytes) },
    { key: `${channel}_events_enabled`, value: o.events },
    { key: `${channel}_syslog`, value: o.syslog },
  ];
}

function stopWords(steps: readonly StopStep[]): FileValue {
  return steps.map((step) => `${step.signal} ${String(time(step.waitMs))} ${step.scope}`);
}

function rlimitParts(limits: Readonly<Record<string, Rlimit>>): readonly Part<Takes>[] {
  return Object.entries(limits).map(([name, { soft, hard }]) => ({ key: `rlimits.${name}`, value: soft === hard ? limit(soft) : `${limit(soft)} of ${limit(hard)}` }));
}

function socketParts(s: SocketSpec): readonly Part<GroupTakes>[] {
  return [
    { key: 'socket', value: 'unix' in s.address ? `unix://${s.address.unix}` : `tcp://${s.address.host}:${s.address.port}` },
    { key: 'socket_mode', value: octal(s.mode) },
    { key: 'socket_owner', value: s.owner },
    { key: 'socket_backlog', value: s.backlog },
  ];
}

/** Keys of `heartbeat`, `heartbeat_misses`, `on_stuck` and `progress_timeout`. */
export function vitalsParts({ heartbeat, progressTimeoutMs, onStuck }: VitalsSpec): readonly Part<'live'>[] {
  return [
    { key: 'heartbeat', value: heartbeat === null ? null : time(heartbeat.intervalMs) },
    { key: 'heartbeat_misses', value: heartbeat === null ? null : heartbeat.misses },
    { key: 'on_stuck', value: onStuck },
    { key: 'progress_timeout', value: progressTimeoutMs === null ? null : time(progressTimeoutMs) },
  ];
}

const span = (ms: number | null): FileValue => (ms === null ? null : time(ms));

/** What is judged while it runs; the limits that the kernel was told at its birth are in `rlimits`. */
function limitsParts(l: LimitsSpec): readonly Part<Takes>[] {
  return [
    { key: 'limits.memory', value: l.memoryBytes === null ? null : printSize(l.memoryBytes) },
    { key: 'limits.cpu', value: l.cpuPercent === null ? null : `${l.cpuPercent}%` },
    { key: 'limits.nofile', value: l.files },
    { key: 'limits.processes', value: l.processes },
    { key: 'limits.runtime', value: span(l.runtimeMs) },
    { key: 'limits.disk', value: l.disk.map(({ path, bytes }) => `${printSize(bytes)}:${path}`) },
    { key: 'limits.action', value: l.action },
    { key: 'limits.warn_at', value: `${Math.round(l.warnAt * 10_000) / 100}%` },
    { key: 'limits.window', value: time(l.windowMs) },
    { key: 'limits.every', value: time(l.everyMs) },
    { key: 'limits.grace', value: l.grace },
    { key: 'limits.throttle', value: l.throttle },
  ];
}

function recycleParts(r: RecycleSpec): readonly Part<Takes>[] {
  return [
    { key: 'max_age', value: span(r.maxAgeMs) },
    { key: 'max_age_jitter', value: time(r.jitterMs) },
    { key: 'max_jobs_per_child', value: r.maxJobs },
    { key: 'recycle_together', value: r.together },
  ];
}

/** As the file says them. */
function readyDetails(r: ReadySpec): readonly Part<Takes>[] {
  const asked = 'intervalMs' in r ? [{ key: 'ready.interval', value: time(r.intervalMs) }, { key: 'ready.timeout', value: time(r.timeoutMs) }] : [];
  switch (r.kind) {
    case 'notify': return [];
    case 'http': return [{ key: 'ready.http', value: r.unix === null ? r.url : `${r.url} over unix:${r.unix}` }, { key: 'ready.status', value: r.status ?? '200 to 399' }, ...asked];
    case 'tcp': return [{ key: 'ready.tcp', value: addressWords(r.address) }, ...asked];
    case 'exec': return [{ key: 'ready.exec', value: JSON.stringify(r.command), shown: r.command.text }, ...asked];
    case 'log': return [{ key: 'ready.log', value: r.pattern }];
    case 'fd': return [{ key: 'ready.fd', value: r.fd }];
    case 'delay': return [{ key: 'ready.delay', value: time(r.delayMs) }];
    default: return r satisfies never;
  }
}

/** In which way it is ready is said at its birth; what a probe asks may change from life to life. */
function readyParts(r: ReadySpec | null): readonly Part<Takes>[] {
  if (r === null) return [];
  return [{ key: 'ready', value: r.kind, takes: 'restart' }, ...readyDetails(r)];
}

function dependsParts(list: readonly Dependency[]): readonly Part<Takes>[] {
  const words = ({ name, condition }: Dependency): string => (condition === null ? name : `${name}:${condition}`);
  return [
    { key: 'depends_on', value: list.map(words) },
    { key: 'restart_with', value: list.filter((one) => one.restartWith).map((one) => one.name) },
  ];
}

const output: Rule<OutputSpec, Takes> = { takes: 'live', parts: (o) => outputParts('stdout', o) };

/** Logs move while the program runs, since its pipes end in the daemon; what the kernel was told at its birth does not. */
function hookParts(hooks: HooksSpec): readonly Part<Takes>[] {
  return Object.entries(hooks).map(([name, hook]) => ({ key: `hooks.${name}`, value: `${hook.command.text} (${time(hook.timeoutMs)})` }));
}

function watchParts(watch: WatchSpec | null): readonly Part<Takes>[] {
  if (watch === null) return [];
  return [{ key: 'watch', value: watch.patterns }, { key: 'watch_ignore', value: watch.ignore }, { key: 'watch_debounce', value: time(watch.debounceMs) }];
}

function probeText(p: ProbeSpec): string {
  const what = p.kind === 'http' ? p.url : p.kind === 'tcp' ? addressWords(p.address) : p.kind === 'exec' ? p.command.text : p.kind === 'silence' ? printDuration(p.afterMs) : '';
  return `${p.kind} ${what} every ${printDuration(p.intervalMs)}`.replace('  ', ' ');
}

function healthParts(h: HealthSpec): readonly Part<Takes>[] {
  return [
    ...h.probes.map((p): Part<Takes> => ({ key: `health.${p.name}`, value: JSON.stringify(p), shown: probeText(p) })),
    { key: 'on_unhealthy', value: h.onUnhealthy },
    { key: 'restart_on_degraded', value: h.restartOnDegraded },
  ];
}

function autoscaleParts(a: AutoscaleSpec | null): readonly Part<Takes>[] {
  if (a === null) return [];
  const { source } = a;
  return [
    { key: 'min', value: a.min },
    { key: 'max', value: a.max },
    source.kind === 'command' ? { key: 'scale_command', value: source.command.text } : { key: 'scale_metric', value: source.kind === 'cpu' ? 'cpu' : `queue:${source.job}` },
    { key: 'scale_target', value: a.target },
    { key: 'scale_interval', value: time(a.intervalMs) },
    { key: 'scale_up_delay', value: time(a.upDelayMs) },
    { key: 'scale_down_delay', value: time(a.downDelayMs) },
  ];
}

export const PROCESS_RULES: Rules<ProcessSpec, Takes> = {
  kind: silent('identity'),
  id: silent('identity'),
  name: silent('identity'),
  group: silent('identity'),
  origin: silent('ignored'),
  program: plain('restart', 'program'),
  num: plain('restart', 'numprocs_start'),
  command: {
    takes: 'restart',
    parts: (c) => [
      { key: 'command', value: [c.text, ...c.words], shown: c.text },
      { key: 'shell', value: c.shell },
    ],
  },
  directory: plain('restart', 'directory'),
  umask: plain('restart', 'umask', octal),
  user: plain('restart', 'user'),
  userGroup: plain('restart', 'user'),
  oomScoreAdj: plain('restart', 'oom_score_adj'),
  rlimits: { takes: 'restart', parts: rlimitParts },
  limits: { takes: 'live', parts: limitsParts },
  recycle: { takes: 'live', parts: recycleParts },
  killOnDaemonDeath: plain('restart', 'kill_on_daemon_death'),
  environment: { takes: 'restart', parts: (values) => hiddenParts('environment', values) },
  inherit: plain('restart', 'inherit'),
  serverUrl: plain('restart', 'control', (url) => url !== null),
  stdin: plain('restart', 'stdin'),
  processGroup: silent('restart'),
  // NOTIFY_SOCKET is in the environment it was born with.
  notify: plain('restart', 'notify'),
  vitals: { takes: 'live', parts: vitalsParts },
  health: { takes: 'live', parts: healthParts },
  autoscale: { takes: 'live', parts: autoscaleParts },
  hooks: { takes: 'live', parts: hookParts },
  watch: { takes: 'live', parts: watchParts },
  breaker: plain('live', 'breaker'),
  drainSignal: plain('live', 'drain_signal'),
  drainTimeoutMs: plain('live', 'drain_timeout', (ms) => (ms === null ? null : time(ms))),
  nice: plain('live', 'nice'),
  secrets: plain('live', 'environment_secret'),
  autostart: plain('live', 'autostart'),
  oneshot: plain('live', 'type', (oneshot) => (oneshot ? 'oneshot' : 'service')),
  ready: { takes: 'live', parts: readyParts },
  startTimeoutMs: plain('live', 'start_timeout', (ms) => (ms === null ? null : time(ms))),
  dependsOn: { takes: 'live', parts: dependsParts },
  priority: plain('live', 'priority'),
  restart: plain('live', 'restart'),
  exitCodes: plain('live', 'exitcodes'),
  startMs: plain('live', 'startsecs', time),
  startRetries: plain('live', 'startretries'),
  startExit: silent('live'),
  missing: silent('live'),
  backoff: { takes: 'live', parts: backoffParts },
  startBackoff: { takes: 'live', parts: backoffParts },
  intensity: { takes: 'live', parts: intensityParts },
  stop: plain('live', 'stop', stopWords),
  sweep: silent('live'),
  onFailure: plain('live', 'on_failure'),
  exitCode: plain('live', 'exit_code'),
  stdout: output,
  // A pipe of its own is made at birth.
  stderr: { takes: 'live', parts: (o) => (o === null ? [{ key: 'redirect_stderr', value: true, takes: 'restart' }] : [{ key: 'redirect_stderr', value: false, takes: 'restart' }, ...outputParts('stderr', o)]) },
};

/** A group's rules are the daemon's, and change with a word. */
export const GROUP_RULES: Rules<GroupSpec, GroupTakes> = {
  kind: silent('identity'),
  name: silent('identity'),
  origin: silent('ignored'),
  implicit: silent('ignored'),
  // Members are compared one by one.
  members: silent('ignored'),
  strategy: plain('live', 'strategy'),
  restart: plain('live', 'restart'),
  priority: plain('live', 'priority'),
  intensity: { takes: 'live', parts: intensityParts as Rule<IntensitySpec, GroupTakes>['parts'] },
  backoff: { takes: 'live', parts: backoffParts as Rule<BackoffSpec, GroupTakes>['parts'] },
  start: plain('live', 'start_sequential', (start) => start === 'in_order_running'),
  // A pool speaks a protocol with what it was given at birth, and so does a socket that its processes were born with.
  listener: { takes: 'replace', parts: (l) => (l === null ? [] : [{ key: 'events', value: l.events }, { key: 'buffer_size', value: l.bufferSize }]) },
  socket: { takes: 'replace', parts: (s) => (s === null ? [] : socketParts(s)) },
};

/** A file that we chose is not compared by its name where `ignoreAuto`, as supervisord does. */
function withoutAuto(o: OutputSpec | null, other: OutputSpec | null): OutputSpec | null {
  return o !== null && other !== null && o.auto && other.auto ? { ...o, file: other.file } : o;
}

/** `after` with the automatic log files of `before`. */
export function keepAutoFiles(before: ProcessSpec, after: ProcessSpec): ProcessSpec {
  return { ...after, stdout: withoutAuto(after.stdout, before.stdout) as OutputSpec, stderr: withoutAuto(after.stderr, before.stderr) };
}

/** What differs between two specifications of one process. Values of the environment and marked secrets are not in it. */
export function processChanges(before: ProcessSpec, after: ProcessSpec): readonly KeyChange<Takes>[] {
  const blot = (value: FileValue, spec: ProcessSpec): FileValue => (typeof value === 'string' ? redactText(value, spec) : value);
  const changes = changesOf(PROCESS_RULES, before, after);
  const redirected = changes.some((change) => change.key === 'redirect_stderr');
  // A channel that comes or goes says so; that all its settings come or go with it is understood.
  const comesAlong = ({ key, from, to }: KeyChange<Takes>): boolean => redirected && (from === null || to === null) && /^(stderr_|log_|strip_ansi)/.test(key);
  return changes.filter((change) => !comesAlong(change)).map((change) =>
    change.key === 'command' || change.key === 'scale_command' || /^(hooks|health)\./.test(change.key) ? { ...change, from: blot(change.from, before), to: blot(change.to, after) } : change,
  );
}

/** What differs between two specifications of one group; its members are not looked at. */
export function groupChanges(before: GroupSpec, after: GroupSpec): readonly KeyChange<GroupTakes>[] {
  return changesOf(GROUP_RULES, before, after);
}
