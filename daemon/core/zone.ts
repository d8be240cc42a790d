// What the clock on the wall of a zone shows: how far it is ahead of UTC, and when that changes. The zone data are those of Node,
// read by Temporal (2 ms once, then 2 µs for each stretch of time; Intl.DateTimeFormat takes 30 ms and 10 MiB) and kept: a few
// stretches cover all that schedules ask for. All times are whole seconds.

/** A stretch of time without a clock change: [from, until) in seconds since 1970, and the seconds its clock is ahead of UTC. */
export interface Span {
  readonly from: number;
  readonly until: number;
  readonly offset: number;
}

/** Stretches kept of one zone. Reached only by looking far ahead (`job next -n 1000`): then they are read anew. */
const MAX_SPANS = 256;
/** Zones kept; there are some 600 names. */
const MAX_ZONES = 1024;
/** No clock is set by more than a day and a bit: a change longer ago does not matter. */
const LONGEST_CHANGE = 2 * 86_400;

const kept = new Map<string, Span[]>();

function readSpan(zone: string, at: number): Span {
  const here = Temporal.Instant.fromEpochMilliseconds(at * 1000).toZonedDateTimeISO(zone);
  const until = here.getTimeZoneTransition('next');
  // `previous` looks strictly before: a change at this very second counts too.
  const from = here.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  return {
    from: from === null ? -Infinity : from.epochMilliseconds / 1000,
    until: until === null ? Infinity : until.epochMilliseconds / 1000,
    offset: here.offsetNanoseconds / 1e9,
  };
}

/** The stretch that `at` lies in. Throws a RangeError when there is no such zone (config refuses those). */
export function spanAt(zone: string, at: number): Span {
  let spans = kept.get(zone);
  if (spans === undefined) {
    if (kept.size === MAX_ZONES) kept.clear();
    kept.set(zone, (spans = []));
  }
  for (const span of spans) if (at >= span.from && at < span.until) return span;
  const span = readSpan(zone, at);
  if (spans.length === MAX_SPANS) spans.length = 0;
  spans.push(span);
  return span;
}

/** The latest local time that the clock has shown up to and including `at`: later than the present one after it was set back. */
export function latestShown(zone: string, at: number): number {
  let span = spanAt(zone, at);
  let latest = at + span.offset;
  while (span.from > at - LONGEST_CHANGE) {
    const before = spanAt(zone, span.from - 1);
    latest = Math.max(latest, span.from - 1 + before.offset);
    span = before;
  }
  return latest;
}

/** The first instant at which the clock shows `local` or later: the jump where that time is missing, the first where it comes twice. */
export function firstShowing(zone: string, local: number): number {
  let span = spanAt(zone, local - LONGEST_CHANGE);
  for (;;) {
    const at = Math.max(span.from, local - span.offset);
    if (at < span.until) return at;
    span = spanAt(zone, span.until);
  }
}
