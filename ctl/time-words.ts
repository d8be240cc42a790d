// Times and durations for a person: short, and on the clock of a zone. Pure.

const UNITS = [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]] as const;

/** The two largest units: `3d 4h`, `2h 5m`, `12s`; below ten seconds with one digit: `0.4s`. */
export function shortDuration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 9950) return `${(Math.round(whole / 100) / 10).toString()}s`;
  const seconds = Math.round(whole / 1000) * 1000;
  for (const [index, [unit, size]] of UNITS.entries()) {
    if (seconds < size) continue;
    const [lower, lowerSize] = UNITS[index + 1] ?? ['', 1];
    const rest = lower === '' ? 0 : Math.floor((seconds % size) / lowerSize);
    return `${Math.floor(seconds / size)}${unit}${rest > 0 ? ` ${rest}${lower}` : ''}`;
  }
  return '0s';
}

/** `in 2h 5m`, `3m ago`, `now`. */
export function relative(at: number, now: number): string {
  const away = at - now;
  if (Math.abs(away) < 1000) return 'now';
  return away > 0 ? `in ${shortDuration(away)}` : `${shortDuration(-away)} ago`;
}

/** `2026-11-23 08:00:00` on the clock of a zone; a zone that this machine does not know is UTC. */
export function zoned(at: number, zone: string): string {
  const { date, clock } = faceOf(at, zone);
  return `${date} ${clock}`;
}

/** As zoned, without seconds where there are none: `2026-11-23 08:00`. */
export function zonedBriefly(at: number, zone: string): string {
  return zoned(at, zone).replace(/:00$/, '');
}

/** `Mon 2026-11-23 08:00:00 +03:00`. */
export function zonedFully(at: number, zone: string): string {
  const { date, clock, day, offset } = faceOf(at, zone);
  return `${day} ${date} ${clock} ${offset}`;
}

const DAYS = ['', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

function faceOf(at: number, zone: string): { readonly date: string; readonly clock: string; readonly day: string; readonly offset: string } {
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.trunc(at));
  let face: Temporal.ZonedDateTime;
  try {
    face = instant.toZonedDateTimeISO(zone);
  } catch {
    face = instant.toZonedDateTimeISO('UTC');
  }
  return { date: face.toPlainDate().toString(), clock: face.toPlainTime().toString({ smallestUnit: 'second' }), day: DAYS[face.dayOfWeek] ?? '', offset: face.offset };
}
