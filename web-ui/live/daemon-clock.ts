// What time it is, on the daemon's clock: all times that the page shows are the daemon's, and a phone may be an hour wrong.

/** An answer says its time in whole seconds, and takes its time to come: a smaller difference is none. */
const ALIKE_MS = 5000;

let aheadMs = 0;

/** Hears the `Date` of an answer: how far the daemon's clock is ahead of this browser's, as far as that can be told. */
export function hearDate(date: string | null, now: number = Date.now()): void {
  const said = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(said)) return;
  const difference = said - now;
  // A clock that was set right meanwhile is believed again.
  aheadMs = Math.abs(difference) < ALIKE_MS ? 0 : difference;
}

/** The daemon's wall clock, ms. */
export function daemonNow(): number {
  return Date.now() + aheadMs;
}
