// What a program or a run may use, and when it gives way to a new life: the keys, and what they mean.
import * as kind from './kinds.ts';
import { rlimits as rlimitsKind } from './rlimits-kind.ts';
import { ofTable } from './kind.ts';
import { NO_LIMITS, NO_RECYCLING } from './limits-spec.ts';
import { rooms } from './job-kinds.ts';
import { shown } from './problems.ts';
import { key } from './table.ts';
import { put } from './record.ts';
import type { LimitAction, LimitsSpec, RecycleSpec } from './limits-spec.ts';
import type { Complain, JsonSchema, Kind } from './kind.ts';
import type { WrittenRoom } from './job-kinds.ts';
import type { Rlimit } from './spec.ts';
import type { Values } from './table.ts';

/** `limits` as written. */
export interface WrittenLimits {
  /** Limits of the kernel by another name: nofile, core, nproc … */
  readonly rlimits: Readonly<Record<string, Rlimit>>;
  readonly memory?: number;
  readonly cpu?: number;
  readonly processes?: number;
  readonly runtime?: number;
  readonly disk?: readonly WrittenRoom[];
  readonly action?: LimitAction;
  readonly warn_at?: number;
  readonly window?: number;
  readonly every?: number;
  readonly grace?: 'stop' | 'finish';
  readonly throttle?: boolean;
}

/** Looking more often than this costs more than it tells. */
const MIN_SPAN_MS = 100;

function percent(least: number, most: number): Kind<number> {
  const expected = `a percentage from ${least}% to ${most}% such as "80%"`;
  return {
    expected,
    json: { anyOf: [{ type: 'number', minimum: least, maximum: most }, { type: 'string', pattern: '^\\s*\\d+(\\.\\d+)?\\s*%?\\s*$' }] },
    read: (raw, complain) => {
      const text = typeof raw === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(raw)?.[1] : undefined;
      const value = typeof raw === 'number' ? raw : Number(text);
      if (value >= least && value <= most) return value;
      complain(`expected ${expected}, got ${shown(raw)}`);
      return undefined;
    },
    fromText: (text) => text,
    print: (value) => `"${value}%"`,
  };
}

/** A kind that takes no less than `least`. */
function atLeast(least: number, words: string, base: Kind<number>): Kind<number> {
  const expected = `${base.expected}, at least ${words}`;
  return {
    ...base,
    expected,
    read: (raw, complain) => {
      const value = base.read(raw, () => undefined);
      if (value !== undefined && value >= least) return value;
      complain(`expected ${expected}, got ${shown(raw)}`);
      return undefined;
    },
  };
}

const PARTS = {
  memory: atLeast(1024 ** 2, '1MB', kind.size),
  cpu: percent(1, 100_000),
  processes: kind.integer(1, 10_000_000),
  runtime: atLeast(MIN_SPAN_MS, '100ms', kind.duration),
  disk: rooms,
  action: kind.oneOf('alert', 'restart', 'stop', 'kill'),
  warn_at: percent(1, 100),
  window: atLeast(MIN_SPAN_MS, '100ms', kind.duration),
  every: atLeast(MIN_SPAN_MS, '100ms', kind.duration),
  grace: kind.oneOf('stop', 'finish'),
  throttle: kind.boolean,
} as const satisfies Readonly<Record<string, Kind<never> | Kind<number> | Kind<boolean> | Kind<string> | Kind<readonly WrittenRoom[]>>>;

const { cpu: _cpu, ...RLIMITS } = rlimitsKind.json['properties'] as Readonly<Record<string, JsonSchema>>;

/** `limits = { memory = "512MB", cpu = "80%", nofile = 4096, action = "restart" }`. INI: `memory=512MB, cpu=80%, nofile=4096`. */
export const limits = ofTable<WrittenLimits>({
  expected: 'a table of limits such as { memory = "512MB", cpu = "80%", nofile = 4096, action = "restart" }',
  json: {
    type: 'object',
    additionalProperties: false,
    properties: { ...Object.fromEntries(Object.entries(PARTS).map(([name, part]) => [name, part.json])), ...RLIMITS },
  },
  read: (raw, complain) => {
    let good = true;
    const no: Complain = (message, sub) => {
      good = false;
      complain(message, sub);
    };
    const found: Record<string, unknown> = {};
    const rest: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(raw)) {
      if (!Object.hasOwn(PARTS, name)) put(rest, name, value);
      else found[name] = PARTS[name as keyof typeof PARTS].read(value, (message, sub = []) => no(message, [name, ...sub]));
    }
    const rlimits = rlimitsKind.read(rest, (message, sub) => no(message.replace('known are ', `known are ${Object.keys(PARTS).join(', ')}, `), sub));
    // Each part was read by its own kind; the compiler cannot see that through a string index.
    return good ? ({ ...found, rlimits: rlimits ?? {} } as WrittenLimits) : undefined;
  },
  fromText: (text) => {
    const parts = text.split(/[,\n]/).filter((part) => part.trim() !== '');
    return Object.fromEntries(
      parts.map((part): [string, unknown] => {
        const at = part.indexOf('=');
        const name = part.slice(0, at < 0 ? undefined : at).trim();
        const value = at < 0 ? '' : part.slice(at + 1).trim();
        if (Object.hasOwn(PARTS, name)) return [name, PARTS[name as keyof typeof PARTS].fromText(value)];
        return [name, (rlimitsKind.fromText(part) as Record<string, unknown>)[name]];
      }),
    );
  },
  print: ({ rlimits, ...value }) => JSON.stringify({ ...value, ...rlimits }),
});

/** Keys of [programs.NAME] and [jobs.NAME]. */
export const limitKeys = {
  limits: key(
    limits,
    'What it may use with all it started: `memory`, `cpu` (percent of one core over `window`, 30s), `processes`, `runtime`, `disk` ("SIZE:PATH" that stays free), `nofile` and the other kernel limits; and what comes of more: `action` alert, restart, stop or kill, `warn_at` (90%), `grace` stop or finish, `every` (5s), `throttle`.',
    '{ memory = "512MB", cpu = "80%", nofile = 4096, action = "restart" }',
    { fallbackText: '{}; `action` of a program `alert`, of a job `stop`' },
  ),
};

/** Keys of [programs.NAME] alone. */
export const recycleKeys = {
  max_age: key(atLeast(1000, '1s', kind.duration), 'A life as old as this gives way to a new one, in good order; it does not count as a failure.', '"6h"', { fallbackText: 'none' }),
  max_age_jitter: key(kind.duration, 'Up to so much longer than `max_age`, at random for each life.', '"30m"', { fallback: NO_RECYCLING.jitterMs }),
  max_jobs_per_child: key(kind.integer(1, 1_000_000_000), 'A life that reported so many results gives way to a new one.', '1000', { fallbackText: 'none' }),
  recycle_together: key(kind.boolean, 'Several of one group may give way at the same time; else one after another, each up before the next.', 'true', {
    fallback: NO_RECYCLING.together,
  }),
};

type LimitValues = Values<typeof limitKeys>;
type RecycleValues = Values<typeof recycleKeys>;

/** What it may use. `here`: where a `disk` without a path is looked at; `path`: an absolute path for one that is written. */
export function limitsOf(values: LimitValues, action: LimitAction, here: string, path: (written: string) => string): LimitsSpec {
  const { limits: written } = values;
  if (written === undefined) return action === NO_LIMITS.action ? NO_LIMITS : { ...NO_LIMITS, action };
  const soft = written.rlimits['nofile']?.soft ?? null;
  return {
    memoryBytes: written.memory ?? null,
    cpuPercent: written.cpu ?? null,
    files: soft !== null && Number.isFinite(soft) ? soft : null,
    processes: written.processes ?? null,
    runtimeMs: written.runtime ?? null,
    disk: (written.disk ?? []).map((room) => ({ bytes: room.bytes, path: room.path === null ? here : path(room.path) })),
    action: written.action ?? action,
    warnAt: (written.warn_at ?? NO_LIMITS.warnAt * 100) / 100,
    windowMs: written.window ?? NO_LIMITS.windowMs,
    everyMs: written.every ?? NO_LIMITS.everyMs,
    grace: written.grace ?? NO_LIMITS.grace,
    throttle: written.throttle ?? NO_LIMITS.throttle,
  };
}

/** When it gives way to a new life. */
export function recycleOf(values: RecycleValues): RecycleSpec {
  return {
    maxAgeMs: values.max_age ?? null,
    jitterMs: values.max_age_jitter ?? NO_RECYCLING.jitterMs,
    maxJobs: values.max_jobs_per_child ?? null,
    together: values.recycle_together ?? NO_RECYCLING.together,
  };
}

/** What is good by itself and wrong together. */
export function checkLimits(values: LimitValues & RecycleValues, complain: (key: string, message: string, hint?: string) => void): void {
  const { limits: written } = values;
  if (written !== undefined) {
    const watched = written.memory ?? written.cpu ?? written.processes ?? written.runtime ?? written.disk ?? written.rlimits['nofile'];
    for (const name of ['action', 'warn_at', 'window', 'every', 'grace'] as const)
      if (written[name] !== undefined && watched === undefined) complain('limits', `"${name}" of limits does nothing without a limit`, 'write limits = { memory = "512MB", ... }');
    for (const name of ['window', 'throttle'] as const)
      if (written[name] !== undefined && written.cpu === undefined && watched !== undefined) complain('limits', `"${name}" of limits does nothing without cpu`, 'write cpu = "80%"');
    if (written.every !== undefined && written.cpu !== undefined && written.every > (written.window ?? NO_LIMITS.windowMs))
      complain('limits', '"every" of limits is longer than "window", in which the processor is measured', 'make every at most as long as window');
  }
  if (values.max_age_jitter !== undefined && values.max_age === undefined) complain('max_age_jitter', 'max_age_jitter does nothing without max_age', 'write max_age = "6h"');
  if (values.recycle_together !== undefined && values.max_age === undefined && values.max_jobs_per_child === undefined)
    complain('recycle_together', 'recycle_together does nothing without max_age or max_jobs_per_child', 'write max_age = "6h"');
}
