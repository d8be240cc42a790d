// Values as TOML text, the way a person would write them.
import { headers } from './alert-schema.ts';
import * as check from './check-kinds.ts';
import * as job from './job-kinds.ts';
import * as kind from './kinds.ts';
import * as programKind from './program-kinds.ts';
import { fcgiSocket } from './pool-kinds.ts';
import { rlimits as rlimitsKind } from './rlimits-kind.ts';
import { stopSteps } from './stop-kind.ts';
import { heartbeat } from './supervision.ts';
import { dependencies } from './depends-kind.ts';
import { health } from './health-kind.ts';
import { autoscaleKeys } from './health.ts';
import { hooks } from './hooks.ts';
import { rooms } from './job-kinds.ts';
import { limits, recycleKeys } from './limits.ts';
import { ready } from './ready-kind.ts';
import { printSize } from './size.ts';
import type { WrittenHeartbeat } from './supervision.ts';
import type { Key, Keys } from './table.ts';
import type { WrittenLimits } from './limits.ts';
import type { Rlimit } from './spec.ts';
import type { Numprocs, WrittenCommand, WrittenIntensity } from './program-kinds.ts';
import type { WrittenStopStep } from './stop-kind.ts';

/** A string: literal where that spares escapes, else basic. */
export function tomlString(text: string): string {
  // eslint-disable-next-line no-control-regex -- what a literal string may not hold
  if (/["\\]/.test(text) && !/['\u0000-\u001f\u007f]/.test(text)) return `'${text}'`;
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

/** A key, quoted where it must be. */
export function tomlKey(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
}

/** An inline table of strings. */
export function tomlTable(table: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(table).map(([name, value]) => `${tomlKey(name)} = ${tomlString(value)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** A list of strings. */
export function tomlList(list: readonly string[]): string {
  return `[${list.map(tomlString).join(', ')}]`;
}

/** A duration: seconds as a number, `"infinity"`. */
export function tomlDuration(ms: number): string {
  return ms === Infinity ? '"infinity"' : String(Math.max(0, ms) / 1000);
}

/** Mode bits, as a string in octal. */
export function tomlOctal(bits: number): string {
  return `"0${bits.toString(8)}"`;
}

function limit(value: number): string {
  return value === Infinity ? '"unlimited"' : String(value);
}

function rlimitPairs(table: Readonly<Record<string, Rlimit>>): string[] {
  return Object.entries(table).map(([name, { soft, hard }]) =>
    soft === hard ? `${name} = ${limit(soft)}` : `${name} = { soft = ${limit(soft)}, hard = ${limit(hard)} }`,
  );
}

function rlimits(table: Readonly<Record<string, Rlimit>>): string {
  return `{ ${rlimitPairs(table).join(', ')} }`;
}

function limitsTable({ rlimits: kernel, memory, cpu, runtime, disk, warn_at: warnAt, window, every, ...plainly }: WrittenLimits): string {
  const written: readonly (readonly [string, string | undefined])[] = [
    ['memory', memory === undefined ? undefined : tomlString(printSize(memory))],
    ['cpu', cpu === undefined ? undefined : tomlString(`${cpu}%`)],
    ['runtime', runtime === undefined ? undefined : tomlDuration(runtime)],
    ['disk', disk === undefined ? undefined : rooms.print(disk)],
    ['warn_at', warnAt === undefined ? undefined : tomlString(`${warnAt}%`)],
    ['window', window === undefined ? undefined : tomlDuration(window)],
    ['every', every === undefined ? undefined : tomlDuration(every)],
    ...Object.entries(plainly).map(([name, value]) => [name, value === undefined ? undefined : typeof value === 'string' ? tomlString(value) : String(value)] as const),
  ];
  const pairs = written.flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${value}`]));
  return `{ ${[...pairs, ...rlimitPairs(kernel)].join(', ')} }`;
}

function stopStep(step: WrittenStopStep): string {
  const wait = step.waitMs === null ? [] : [step.waitMs === Infinity ? 'infinity' : `${step.waitMs}ms`];
  return [step.signal, ...wait, ...(step.scope === null ? [] : [step.scope])].join(' ');
}

function intensity(value: WrittenIntensity): string {
  const preset = Object.entries(programKind.PRESETS).find(([, one]) => one.max === value.max && one.windowMs === value.windowMs)?.[0];
  return value.max === null ? '"unlimited"' : preset !== undefined ? `"${preset}"` : String(value.max);
}

/** Kinds whose values are not what TOML writes. Their values have the type the kind gave them. */
const PRINTERS = new Map<unknown, (value: never) => string>([
  [kind.duration, tomlDuration],
  [kind.durationOrInfinity, tomlDuration],
  [kind.size, (bytes: number) => (bytes <= 0 ? '0' : `"${printSize(bytes)}"`)],
  [kind.umask, tomlOctal],
  [heartbeat, beat],
  [job.interval, tomlDuration],
  [recycleKeys.max_age.kind, tomlDuration],
  [programKind.environment, tomlTable],
  [headers, tomlTable],
  [rlimitsKind, rlimits],
  [limits, limitsTable],
  [stopSteps, (steps: readonly WrittenStopStep[]) => tomlList(steps.map(stopStep))],
  [programKind.maxRestarts, intensity],
  [programKind.numprocs, (value: Numprocs) => ('count' in value ? String(value.count) : `"cpus*${value.perCpu}"`)],
  [programKind.command, (value: WrittenCommand) => (value.words === null ? tomlString(value.text) : tomlList(value.words))],
  [programKind.autorestart, (value: 'permanent' | 'transient' | 'temporary') => programKind.autorestart.print(value)],
  [
    fcgiSocket,
    (value: { readonly unix: string } | { readonly host: string; readonly port: number }) => tomlString(fcgiSocket.print(value)),
  ],
]);

/** A heartbeat: its interval where nothing else is written. */
function beat({ intervalMs, misses, onStuck }: WrittenHeartbeat): string {
  if (misses === undefined && onStuck === undefined) return tomlDuration(intervalMs);
  const more = [...(misses === undefined ? [] : [`misses = ${misses}`]), ...(onStuck === undefined ? [] : [`on_stuck = "${onStuck}"`])];
  return `{ ${[`interval = ${tomlDuration(intervalMs)}`, ...more].join(', ')} }`;
}

/** Kinds that print what TOML writes. */
const PRINT_TOML = new Set<unknown>([dependencies, ready, health, autoscaleKeys.scale_metric.kind, hooks, job.exitMap, job.rate, job.rooms, job.history, job.growth, job.causes, job.moment, job.retries, check.exitSeverity, check.signalTo, check.scaleTo]);

function plain(value: unknown): string {
  if (typeof value === 'string') return tomlString(value);
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  return String(value);
}

/** The value of a key, as its kind reads it back. */
export function tomlValue(key: Key<unknown>, value: unknown): string {
  if (PRINT_TOML.has(key.kind)) return key.kind.print(value);
  const print = PRINTERS.get(key.kind);
  // The printers stand beside the kinds whose values they print.
  return print === undefined ? plain(value) : print(value as never);
}

/** `name = value` of a key of a table. */
export function tomlLine(keys: Keys, name: string, value: unknown): string {
  const key = keys[name];
  return `${tomlKey(name)} = ${key === undefined ? plain(value) : tomlValue(key, value)}`;
}
