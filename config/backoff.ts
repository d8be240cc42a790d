// From restart keys to delays. The rule that people meet: `restart_delay = "10s"` alone means ten seconds before each restart.
import { programKeys } from './program-schema.ts';
import type { BackoffSpec, IntensitySpec } from './spec.ts';
import type { WrittenIntensity } from './program-kinds.ts';

/** The restart keys that programs and groups share, as written. */
export interface DelayValues {
  readonly restart_delay?: number;
  readonly restart_delay_policy?: BackoffSpec['policy'];
  readonly restart_backoff?: number;
  readonly restart_max_delay?: number;
  readonly restart_jitter?: number;
  readonly backoff_reset?: number;
}

/** supervisord's delay after a failed start: 1, 2, 3 … seconds, without end. */
export const SUPERVISORD_START_BACKOFF: BackoffSpec = { policy: 'linear', baseMs: 1000, factor: 1, maxMs: Infinity, jitter: 0, resetMs: 0 };

/** supervisord's startretries. */
export const SUPERVISORD_START_RETRIES = 3;

/** Share of an exponential delay that is random unless restart_jitter says else: enough to part a crowd, little enough to predict. */
const JITTER = 0.2;

/** The delays of a program or group. `unwritten` is the policy where no key of the row is written. */
export function backoffOf(values: DelayValues, unwritten: 'none' | 'exponential'): BackoffSpec {
  const grows = values.restart_backoff !== undefined || values.restart_max_delay !== undefined;
  const guessed = grows ? 'exponential' : values.restart_delay === undefined ? unwritten : 'fixed';
  const policy = values.restart_delay_policy ?? guessed;
  const baseMs = policy === 'none' ? 0 : (values.restart_delay ?? programKeys.restart_delay.fallback);
  return {
    policy,
    baseMs,
    factor: values.restart_backoff ?? programKeys.restart_backoff.fallback,
    // A written delay over the default cap is meant: it lifts the cap.
    maxMs: values.restart_max_delay ?? Math.max(programKeys.restart_max_delay.fallback, baseMs),
    jitter: values.restart_jitter ?? (policy === 'exponential' ? JITTER : 0),
    resetMs: values.backoff_reset ?? programKeys.backoff_reset.fallback,
  };
}

/** A limit from max_restarts and restart_window; a window that is written wins over the preset's. */
export function intensityOf(max: WrittenIntensity | undefined, windowMs: number | undefined, unwritten: number | null): IntensitySpec {
  const limit = max ?? { max: unwritten, windowMs: null };
  return { max: limit.max, windowMs: windowMs ?? limit.windowMs ?? programKeys.restart_window.fallback };
}
