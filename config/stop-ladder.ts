// From stop keys to the steps that end a process.
import { programKeys } from './program-schema.ts';
import type { StopStep } from './spec.ts';
import type { WrittenStopStep } from './stop-kind.ts';

/** The stop keys of a program, as written. */
export interface StopValues {
  readonly stop?: readonly WrittenStopStep[];
  readonly stopsignal?: string;
  readonly stopwaitsecs?: number;
  readonly stopasgroup?: boolean;
  readonly killasgroup?: boolean;
}

/** KILL is repeated no faster than this, whatever stopwaitsecs says: what survives KILL waits for the kernel. */
export const MIN_KILL_REPEAT_MS = 1000;

/**
 * The ladder always ends with KILL unless the wait before it is infinite; the wait of that last KILL is the time after which it
 * is sent again. native: first step to the main process (a shell: to its group, since a shell does not pass signals on), later
 * steps to the whole tree. Otherwise supervisord's: main process, or group where stopasgroup and killasgroup say so.
 */
export function stopLadder(values: StopValues, native: boolean, shell: boolean): readonly StopStep[] {
  const waitMs = Math.max(0, values.stopwaitsecs ?? programKeys.stopwaitsecs.fallback);
  const asGroup = values.stopasgroup ?? (native && shell);
  const first: StopStep['scope'] = asGroup ? 'group' : 'main';
  const killGroup = values.killasgroup ?? (native ? undefined : values.stopasgroup === true);
  const killScope: StopStep['scope'] = killGroup === undefined ? 'tree' : killGroup ? 'group' : 'main';
  const repeatMs = Math.max(MIN_KILL_REPEAT_MS, waitMs === Infinity ? programKeys.stopwaitsecs.fallback : waitMs);
  const kill: StopStep = { signal: 'KILL', scope: killScope, waitMs: repeatMs };
  const written = values.stop ?? [{ signal: values.stopsignal ?? programKeys.stopsignal.fallback, waitMs, scope: null }];
  const steps = written.map((step, index): StopStep => {
    const last = index === written.length - 1;
    if (step.signal === 'KILL' && last)
      return { signal: 'KILL', scope: step.scope ?? killScope, waitMs: Math.max(MIN_KILL_REPEAT_MS, finite(step.waitMs) ?? repeatMs) };
    return { signal: step.signal, scope: step.scope ?? (index === 0 ? first : native ? 'tree' : first), waitMs: step.waitMs ?? waitMs };
  });
  const end = steps.at(-1);
  return end === undefined || (end.signal !== 'KILL' && end.waitMs !== Infinity) ? [...steps, kill] : steps;
}

function finite(ms: number | null): number | null {
  return ms === Infinity ? null : ms;
}
