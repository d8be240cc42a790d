// Health and autoscaling of a program: the keys, and what they mean.
import * as kind from './kinds.ts';
import { freeName } from './free-name.ts';
import * as programKind from './program-kinds.ts';
import { printDuration } from './duration.ts';
import { health } from './health-kind.ts';
import { NO_HEALTH, PROBE_DEFAULTS } from './health-spec.ts';
import { shown } from './problems.ts';
import { key } from './table.ts';
import type { AutoscaleSpec, HealthSpec, ProbeSpec, ScaleSource } from './health-spec.ts';
import type { WrittenProbe, WrittenTarget } from './health-kind.ts';
import type { CommandSpec } from './spec.ts';
import type { Kind } from './kind.ts';
import type { WrittenCommand } from './program-kinds.ts';
import type { Values } from './table.ts';

/** A metric as written. */
type WrittenMetric = Exclude<ScaleSource, { kind: 'command' }>;

/** `cpu`, or `queue:JOB`. */
const metric: Kind<WrittenMetric> = {
  expected: '"cpu" (percent of one core, all instances together), or "queue:JOB" (its runs that wait)',
  json: { type: 'string', pattern: '^(cpu|queue:.+)$' },
  read: (raw, complain) => {
    const job = typeof raw === 'string' ? /^queue:(\S+)$/.exec(raw)?.[1] : undefined;
    if (raw === 'cpu') return { kind: 'cpu' };
    if (job !== undefined) return { kind: 'queue', job };
    complain(`expected ${metric.expected}, got ${shown(raw)}`);
    return undefined;
  },
  fromText: (text) => text,
  print: (value) => (value.kind === 'cpu' ? '"cpu"' : `"queue:${value.job}"`),
};

const LEAST_LOOK_MS = 100;
const INTERVAL_MS = 10_000;
const UP_DELAY_MS = 0;
const DOWN_DELAY_MS = 30_000;

export const healthKeys = {
  health: key(
    health,
    'How it is seen from outside whether it works: `http`, `tcp`, `exec`, `heartbeat = true` (fresh within two intervals) or `output_silence`; one table or a list, the worst counts. Each takes `interval` (30s), `timeout` (5s), `failures` (3), `successes` (2), `start_period` (0s) and `name`.',
    '{ http = "http://127.0.0.1:8000/health", interval = "10s" }',
    { fallbackText: 'none: what it says itself, its heartbeat and its limits' },
  ),
  on_unhealthy: key(kind.oneOf('restart', 'alert', 'none'), 'What becomes of a life that its probes, or its own words, call unhealthy: it has failed (the strategy of its group holds), an alert, or nothing but its health.', '"alert"', {
    fallbackText: '`"restart"` where `health` or `unhealthy_if_silent` is written, else `"none"`',
  }),
  restart_on_degraded: key(kind.boolean, 'A life that is degraded has failed, as one that is unhealthy.', 'true', { fallback: false }),
  unhealthy_if_silent: key(kind.duration, 'Neither output nor a sign of life (heartbeat, progress) for so long: unhealthy.', '"10m"', { fallbackText: 'none' }),
};

/** Keys of [programs.NAME] that decide how many instances there are. */
export const autoscaleKeys = {
  min: key(kind.integer(1, programKind.MAX_NUMPROCS), 'With `max`: instances there are at least.', '2', { fallbackText: '1 where `max` is written' }),
  max: key(kind.integer(1, programKind.MAX_NUMPROCS), 'Autoscale: instances there are at most.', '8', { fallbackText: 'not scaled' }),
  scale_command: key(programKind.command, 'Prints the number that decides how many instances there are.', '"redis-cli llen tasks"', { fallbackText: 'none' }),
  scale_metric: key(metric, 'The same from what reeve knows: "cpu", or "queue:JOB".', '"queue:import"', { fallbackText: 'none' }),
  scale_target: key(kind.decimal(0.001, 1_000_000_000), 'What one instance is good for: the number divided by it, rounded up, is how many are needed.', '10', {
    fallbackText: '1: the number is how many; `scale_metric = "cpu"`: 70',
  }),
  scale_interval: key(kind.duration, 'The number is looked at this often; a queue also when a run comes.', '"10s"', { fallback: INTERVAL_MS }),
  scale_up_delay: key(kind.duration, 'More are started when they were needed for so long.', '"5s"', { fallback: UP_DELAY_MS }),
  scale_down_delay: key(kind.duration, 'Some are ended when fewer were enough for so long, counted from the last growth at least.', '"2m"', { fallback: DOWN_DELAY_MS }),
};

type HealthValues = Values<typeof healthKeys>;
type ScaleValues = Values<typeof autoscaleKeys>;
type CommandOf = (written: WrittenCommand) => CommandSpec;

/** Of one processor that an instance keeps busy, so much is enough for one more. */
const CPU_TARGET = 70;

function targetOf(written: WrittenTarget, commandOf: CommandOf, path: (written: string) => string) {
  if (written.kind === 'exec') return { ...written, command: commandOf(written.command) };
  return written.kind === 'http' && written.ca !== null ? { ...written, ca: path(written.ca) } : written;
}

/** What is only seen has its patience in its own number: one look decides. */
function countsOf(probe: WrittenProbe): { readonly failures: number; readonly successes: number } {
  const sign = probe.target.kind === 'heartbeat' || probe.target.kind === 'silence';
  return { failures: probe.failures ?? (sign ? 1 : PROBE_DEFAULTS.failures), successes: probe.successes ?? (sign ? 1 : PROBE_DEFAULTS.successes) };
}

function kindWord(target: WrittenTarget): string {
  return target.kind === 'silence' ? (target.reports ? 'silence' : 'output') : target.kind;
}

/** The names of probes, in order: what is written, else the kind, numbered where there are several. */
function namesOf(probes: readonly WrittenProbe[]): readonly string[] {
  const taken = new Set<string>();
  return probes.map((probe) => freeName(probe.name ?? kindWord(probe.target), taken));
}

function probesOf(values: HealthValues): readonly WrittenProbe[] {
  const silent = values.unhealthy_if_silent;
  return [...(values.health ?? []), ...(silent === undefined ? [] : [{ target: { kind: 'silence', afterMs: silent, reports: true } } as const])];
}

/** How it is seen whether it works. `path`: an absolute path for one that is written. */
export function healthOf(values: HealthValues, commandOf: CommandOf, path: (written: string) => string): HealthSpec {
  const written = probesOf(values);
  const names = namesOf(written);
  const probes = written.map((probe, index): ProbeSpec => ({
    name: names[index] ?? '',
    intervalMs: probe.intervalMs ?? PROBE_DEFAULTS.intervalMs,
    timeoutMs: probe.timeoutMs ?? PROBE_DEFAULTS.timeoutMs,
    ...countsOf(probe),
    startPeriodMs: probe.startPeriodMs ?? PROBE_DEFAULTS.startPeriodMs,
    ...targetOf(probe.target, commandOf, path),
  }));
  const onUnhealthy = values.on_unhealthy ?? (probes.length > 0 || values.restart_on_degraded === true ? 'restart' : 'none');
  const restartOnDegraded = values.restart_on_degraded ?? false;
  return probes.length === 0 && onUnhealthy === 'none' && !restartOnDegraded ? NO_HEALTH : { probes, onUnhealthy, restartOnDegraded };
}

/** How many instances there are to be, by what they have to do; null: as many as written. */
export function autoscaleOf(values: ScaleValues, commandOf: CommandOf): AutoscaleSpec | null {
  const { max } = values;
  const source: ScaleSource | undefined = values.scale_command === undefined ? values.scale_metric : { kind: 'command', command: commandOf(values.scale_command) };
  if (max === undefined || source === undefined) return null;
  return {
    min: values.min ?? 1, max, source,
    target: values.scale_target ?? (source.kind === 'cpu' ? CPU_TARGET : 1),
    intervalMs: values.scale_interval ?? INTERVAL_MS,
    upDelayMs: values.scale_up_delay ?? UP_DELAY_MS,
    downDelayMs: values.scale_down_delay ?? DOWN_DELAY_MS,
  };
}

/** Copies of a program that is scaled by its load, when there are so many now; undefined: the file says it. */
export function keptCount({ min, max }: ScaleValues, present: number | undefined): number | undefined {
  return max === undefined || present === undefined ? undefined : Math.min(max, Math.max(min ?? 1, present));
}

type Say = (key: string, message: string, hint?: string) => void;

/** What is good by itself and wrong together. */
export function checkHealth(values: HealthValues & { readonly heartbeat?: unknown; readonly type?: unknown }, commandOf: CommandOf, complain: Say): void {
  const written = values.health ?? [];
  for (const { target } of written) {
    const problem = target.kind === 'exec' ? commandOf(target.command).problem : undefined;
    if (problem !== undefined) complain('health', problem);
  }
  if (written.some(({ target }) => target.kind === 'heartbeat') && values.heartbeat === undefined)
    complain('health', 'health = { heartbeat = true } needs to know how often one is due', 'write heartbeat = "60s"');
  const names = written.flatMap((probe) => probe.name ?? []);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) complain('health', `two probes are called ${shown(twice)}`, 'give each a name of its own');
  if (values.restart_on_degraded === true && values.on_unhealthy !== undefined && values.on_unhealthy !== 'restart')
    complain('restart_on_degraded', `restart_on_degraded beside on_unhealthy = "${values.on_unhealthy}" would restart for the lesser evil alone`, 'leave on_unhealthy out');
  if (values.unhealthy_if_silent === 0) complain('unhealthy_if_silent', 'nobody is heard all the time', 'write "10m"');
  if (values.type === 'oneshot' && probesOf(values).length > 0)
    complain(values.health === undefined ? 'unhealthy_if_silent' : 'health', 'a oneshot is not asked for its health: it ends', 'leave it out, or write limits = { runtime = "10m" }');
}

/** What is good by itself and wrong together about the number of instances. `numprocs`: written, as a number. */
export function checkAutoscale(values: ScaleValues & { readonly numprocs?: programKind.Numprocs }, commandOf: CommandOf, complain: Say): void {
  const { min, max, scale_command: command, scale_metric: written, numprocs } = values;
  if (max === undefined) {
    for (const name of Object.keys(autoscaleKeys) as readonly (keyof ScaleValues)[])
      if (values[name] !== undefined) complain(name, `${name} does nothing without max`, 'write max = 8, and scale_command or scale_metric');
    return;
  }
  if (min !== undefined && min > max) complain('min', `min = ${min} is more than max = ${max}`);
  if (command === undefined && written === undefined) complain('max', 'nothing says how many instances are needed', 'write scale_command = "..." or scale_metric = "cpu"');
  if (command !== undefined && written !== undefined) complain('scale_metric', '"scale_command" and "scale_metric" exclude each other');
  const problem = command === undefined ? undefined : commandOf(command).problem;
  if (problem !== undefined) complain('scale_command', problem);
  if (values.scale_interval !== undefined && values.scale_interval < LEAST_LOOK_MS) complain('scale_interval', `expected at least ${printDuration(LEAST_LOOK_MS)}`);
  if (numprocs !== undefined && 'count' in numprocs && (numprocs.count < (min ?? 1) || numprocs.count > max))
    complain('numprocs', `numprocs = ${numprocs.count} is not between min = ${min ?? 1} and max = ${max}`, 'leave numprocs out: it begins with min');
}
