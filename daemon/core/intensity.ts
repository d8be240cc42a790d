// Too many restarts? A list of monotonic times, no timer.
import type { IntensitySpec } from '../../config/spec.ts';

/** What counting one more restart leads to. */
export interface Counted {
  readonly times: readonly number[];
  readonly exceeded: boolean;
}

/**
 * Counts one restart at `now`: keeps those within the window, adds this one, and compares with the limit.
 * The restart after `max` within the window is one too many (AirsSys-RT and OTP agree: 5 allow five, the sixth is refused).
 * A restart exactly one window old still counts, as in OTP. Without a limit nothing is kept.
 */
export function countRestart(spec: IntensitySpec, times: readonly number[], now: number): Counted {
  if (spec.max === null) return { times: [], exceeded: false };
  const kept = times.filter((t) => now - t <= spec.windowMs);
  kept.push(now);
  return { times: kept, exceeded: kept.length > spec.max };
}
