// What programs and jobs alike may be asked to say of themselves, and how they are drained: the keys, and what they mean.
import * as kind from './kinds.ts';
import { isTable } from './kind.ts';
import { shown } from './problems.ts';
import { key } from './table.ts';
import type { HeartbeatSpec, VitalsSpec } from './job-spec.ts';
import type { Kind } from './kind.ts';
import type { Values } from './table.ts';

/** A heartbeat as written: the keys of the table that are there. */
export interface WrittenHeartbeat {
  readonly intervalMs: number;
  readonly misses?: number;
  readonly onStuck?: VitalsSpec['onStuck'];
}

const DEFAULT_INTERVAL_MS = 60_000;
/** Faster ones are a load and no sign of life. */
const MIN_INTERVAL_MS = 100;
const misses = kind.integer(1, 1000);
const onStuck = kind.oneOf('alert', 'restart', 'kill', 'none');
const HEARTBEAT = 'a duration of at least 100 ms such as "60s", true (60s), or a table { interval, misses, on_stuck }';

function intervalOf(raw: unknown): number | undefined {
  if (raw === true) return DEFAULT_INTERVAL_MS;
  const ms = kind.duration.read(raw, () => undefined);
  return ms !== undefined && ms >= MIN_INTERVAL_MS ? ms : undefined;
}

/** `heartbeat = "60s"`, or `{ interval = "60s", misses = 3, on_stuck = "kill" }`. INI: `60s`, or `interval=60s, misses=3`. */
export const heartbeat: Kind<WrittenHeartbeat> = {
  expected: HEARTBEAT,
  json: {
    anyOf: [
      { const: true },
      kind.duration.json,
      {
        type: 'object',
        additionalProperties: false,
        properties: { interval: kind.duration.json, misses: misses.json, on_stuck: onStuck.json },
      },
    ],
  },
  read: (raw, complain) => {
    if (!isTable(raw)) {
      const intervalMs = intervalOf(raw);
      if (intervalMs === undefined) complain(`expected ${HEARTBEAT}, got ${shown(raw)}`);
      return intervalMs === undefined ? undefined : { intervalMs };
    }
    let good = true;
    const no = (message: string, sub: readonly (string | number)[]): void => {
      good = false;
      complain(message, sub);
    };
    for (const name of Object.keys(raw))
      if (!['interval', 'misses', 'on_stuck'].includes(name)) no('unknown key: a heartbeat has interval, misses and on_stuck', [name]);
    const intervalMs = raw['interval'] === undefined ? DEFAULT_INTERVAL_MS : intervalOf(raw['interval']);
    if (intervalMs === undefined) no(`expected a duration of at least 100 ms, got ${shown(raw['interval'])}`, ['interval']);
    const count = raw['misses'] === undefined ? undefined : misses.read(raw['misses'], (message) => no(message, ['misses']));
    const action = raw['on_stuck'] === undefined ? undefined : onStuck.read(raw['on_stuck'], (message) => no(message, ['on_stuck']));
    if (!good || intervalMs === undefined) return undefined;
    return { intervalMs, ...(count === undefined ? {} : { misses: count }), ...(action === undefined ? {} : { onStuck: action }) };
  },
  fromText: (text) => (text.includes('=') ? tableText(text) : (kind.booleanText(text) ?? text)),
  print: (value) => `"${kind.duration.print(value.intervalMs)}"`,
};

/** `a=1, b=x`: the table that TOML would have given. */
export function tableText(text: string): Record<string, unknown> {
  const pairs = text.split(/[,\n]/).flatMap((part): [string, unknown][] => {
    const at = part.indexOf('=');
    if (part.trim() === '') return [];
    const value = part.slice(at + 1).trim();
    return [[part.slice(0, at < 0 ? undefined : at).trim(), /^\d+$/.test(value) ? Number(value) : value]];
  });
  return Object.fromEntries(pairs);
}

/** Keys of [programs.NAME] and [jobs.NAME]. */
export const supervisionKeys = {
  heartbeat: key(heartbeat, 'It owes a sign of life in each of these spans.', '"60s"', { fallbackText: 'none owed' }),
  heartbeat_misses: key(misses, 'So many missed in a row: stuck.', '3', { fallback: 3 }),
  on_stuck: key(
    onStuck,
    'What becomes of it when it is stuck: an alert, a restart (a run: ended, and run again whatever its retries say), KILL, or nothing but its health.',
    '"restart"',
    { fallback: 'alert' },
  ),
  progress_timeout: key(kind.duration, 'Progress that has not moved for so long is stuck too; counts from its first report on.', '"10m"', {
    fallbackText: 'not watched',
  }),
  notify: key(kind.boolean, 'Set NOTIFY_SOCKET for it, so that it may report by sd_notify.', 'true', {
    fallbackText: 'true where `heartbeat`, `progress_timeout`, `max_jobs_per_child` or `ready = { notify = true }` is written',
  }),
  breaker: key(kind.filledString, 'Name of a circuit breaker of [breakers]: open, restarts wait and due runs are held.', '"smtp"', {
    fallbackText: 'none',
  }),
  drain_signal: key(kind.signal, 'Sent to the main process when it is drained; it goes on and takes nothing new.', '"USR1"', {
    fallbackText: 'none',
  }),
  drain_timeout: key(kind.duration, 'A drain waits for it at most so long.', '"5m"', {
    fallbackText: "the request's; a program without it is not waited for",
  }),
};

type SupervisionValues = Values<typeof supervisionKeys>;

/** What is watched of it. */
export function vitalsOf(values: SupervisionValues): VitalsSpec {
  const written = values.heartbeat;
  const beat: HeartbeatSpec | null =
    written === undefined
      ? null
      : { intervalMs: written.intervalMs, misses: written.misses ?? values.heartbeat_misses ?? supervisionKeys.heartbeat_misses.fallback };
  return {
    heartbeat: beat,
    progressTimeoutMs: values.progress_timeout ?? null,
    onStuck: written?.onStuck ?? values.on_stuck ?? supervisionKeys.on_stuck.fallback,
  };
}

/** What is good by itself and wrong together. */
export function checkVitals(values: SupervisionValues, complain: (key: string, message: string, hint?: string) => void): void {
  const { heartbeat: beat } = values;
  if (values.heartbeat_misses !== undefined) {
    if (beat === undefined) complain('heartbeat_misses', 'heartbeat_misses does nothing without heartbeat', 'write heartbeat = "60s"');
    else if (beat.misses !== undefined) complain('heartbeat_misses', '"heartbeat_misses" and "misses" of heartbeat exclude each other');
  }
  if (values.on_stuck !== undefined) {
    if (beat?.onStuck !== undefined) complain('on_stuck', '"on_stuck" and "on_stuck" of heartbeat exclude each other');
    else if (beat === undefined && values.progress_timeout === undefined)
      complain('on_stuck', 'on_stuck does nothing without heartbeat or progress_timeout', 'write heartbeat = "60s"');
  }
  if (values.progress_timeout === 0) complain('progress_timeout', 'no progress moves in no time', 'leave it out to watch no progress');
}
