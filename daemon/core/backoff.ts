// How long to wait before the next start?
import type { BackoffSpec } from '../../config/spec.ts';

/**
 * Delay in ms before restart number `n` of a row of failures (n counts from 0).
 * Exponential: the first restart is immediate, then base, base*factor, … up to max.
 * Jitter takes a random share off, never more than the spec says, so the cap holds.
 */
export function backoffMs(spec: BackoffSpec, n: number, chance: number): number {
  const full = fullDelay(spec, n);
  return Math.round(full * (1 - spec.jitter * chance));
}

function fullDelay(spec: BackoffSpec, n: number): number {
  switch (spec.policy) {
    case 'none': return 0;
    case 'fixed': return Math.min(spec.maxMs, spec.baseMs);
    case 'linear': return Math.min(spec.maxMs, spec.baseMs * (n + 1));
    case 'exponential':
      if (n === 0) return 0;
      // 2^1023 is the largest finite power; the cap makes anything past a few dozen the same.
      return Math.min(spec.maxMs, spec.baseMs * spec.factor ** Math.min(n - 1, 60));
    default: return spec.policy satisfies never;
  }
}
