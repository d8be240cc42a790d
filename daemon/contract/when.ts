// Instants as people write them: `1w` (from now, or ago), `2026-12-01 08:00` on the clock of a zone, `2026-12-01T08:00:00Z`,
// `tomorrow 08:00`, `08:00`. Browser-safe.
import { parseDuration } from '../../config/duration.ts';
import { parseSpan } from './where-values.ts';

/** Which way a duration, or a time of the day without a day, goes. */
export type Direction = 'future' | 'past';

const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const WORDS: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1 };

/** A time of the day: of the day that `word` names, or the nearest one in that direction. */
function clockTime(text: string, word: string | null, now: number, zone: string, direction: Direction): number | null {
  const match = CLOCK.exec(text);
  if (match === null) return null;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  const on = (days: number): number => today.add({ days }).toZonedDateTime({ timeZone: zone, plainTime: new Temporal.PlainTime(hour, minute, second) }).epochMilliseconds;
  if (word !== null) return on(WORDS[word] ?? 0);
  const at = on(0);
  if (direction === 'future') return at > now ? at : on(1);
  return at <= now ? at : on(-1);
}

/**
 * Wall clock ms, or null when the text is no time. A local time that a change of the clock leaves out is taken after the gap, one that
 * comes twice is the first. `zone` is an IANA name.
 */
export function parseWhen(text: string, now: number, zone: string, direction: Direction): number | null {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  const duration = parseDuration(trimmed.replace(/^in /i, ''));
  if (duration !== null) return direction === 'future' ? now + duration : now - duration;
  const words = /^(yesterday|today|tomorrow) (\S+)$/i.exec(trimmed);
  if (words) return clockTime(words[2] ?? '', (words[1] ?? '').toLowerCase(), now, zone, direction);
  return clockTime(trimmed, null, now, zone, direction) ?? parseSpan(trimmed, now, zone)?.from ?? null;
}

/** What is expected, for errors. */
export const WHEN_FORMS = 'a duration (90m, 1w) or a time (08:00, tomorrow 08:00, 2026-12-01, 2026-12-01 08:00, 2026-12-01T08:00:00Z)';
