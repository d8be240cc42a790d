// The two clocks. The monotonic one is asked of `process.hrtime`: the global `performance` loads a module of its own at its first use,
// which a start has no time for.
import type { Clock } from './ports/clock.ts';

const BEGUN_SECONDS = process.hrtime()[0];

/** Milliseconds since about the start of this process, with fractions; never goes back. */
export function mono(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds - BEGUN_SECONDS) * 1e3 + nanoseconds / 1e6;
}

export const clock: Clock = { mono, wall: () => Date.now() };
