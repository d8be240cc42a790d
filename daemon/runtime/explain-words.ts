// Times, counts and lists in sentences of `explain`. Pure.

/** Names listed in a sentence; the rest is a number. */
const LISTED = 10;

/** `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`; below zero: `0 s`. */
export function ago(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

/** A length that somebody wrote: `60 s`, `5 min`, `1 h`. */
export function span(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  return ago(ms).replace(/(?<= min) 0 s$|(?<= h) 0 min$|(?<= d) 0 h$/, '');
}

/** `2026-11-23 08:00 Europe/Berlin`; a zone that this machine does not know is UTC. */
export function clockTime(at: number, zone: string): string {
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.trunc(at));
  const face = (of: string): string => instant.toZonedDateTimeISO(of).toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' ').replace(/:00$/, '');
  try {
    return `${face(zone)} ${zone}`;
  } catch {
    return `${face('UTC')} UTC`;
  }
}

/** `at 2026-11-23 08:00 UTC, in 3 h 5 min`; one that is over is `now`. */
export function dueIn(at: number, now: number, zone: string): string {
  return at <= now ? 'now' : `at ${clockTime(at, zone)}, in ${ago(at - now)}`;
}

/** `1 run`, `3 runs`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** `a, b and 3 more`. */
export function listed(names: readonly string[], most = LISTED): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** ` (why)`, or nothing. */
export function because(why: string): string {
  return why === '' ? '' : ` (${why})`;
}
