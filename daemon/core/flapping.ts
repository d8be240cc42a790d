// Does it fail again and again, however slowly? A loop that lives a little longer than startsecs never reaches FATAL
// (supervisord, PM2); a count over an hour makes it loud.

/** Failures within the window that make a process flap. */
export const FLAP_FAILURES = 5;
export const FLAP_WINDOW_MS = 3_600_000;
/** Times kept, and so the largest count that is shown. */
const FLAP_KEPT = 100;

/** Adds a failure at `now` (monotonic ms). */
export function addFailure(times: readonly number[], now: number): readonly number[] {
  const kept = times.filter((t) => now - t <= FLAP_WINDOW_MS).slice(1 - FLAP_KEPT);
  kept.push(now);
  return kept;
}

export function isFlapping(times: readonly number[], now: number): boolean {
  const first = times.at(-FLAP_FAILURES);
  return first !== undefined && now - first <= FLAP_WINDOW_MS;
}

/** When a process that flaps now is steady again, if nothing else fails (monotonic ms). */
export function steadyDue(times: readonly number[]): number | null {
  const first = times.at(-FLAP_FAILURES);
  return first === undefined ? null : first + FLAP_WINDOW_MS + 1;
}
