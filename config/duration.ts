// Durations as people write them: "10s", "1m30s", "500ms", "1d", or a number of seconds.

/** Longest accepted duration: ten years. Anything longer is a slip of the pen. */
export const MAX_DURATION_MS = 10 * 365 * 86_400_000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw])\s*)+$/;
const PART = /(\d+(?:\.\d+)?)(ms|[smhdw])/g;

/** Milliseconds, or null when the value is not a duration. A bare number counts seconds. */
export function parseDuration(value: string | number): number | null {
  if (typeof value === 'number') return bounded(value * 1000);
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return bounded(Number(text) * 1000);
  if (text.length > 64 || !WHOLE.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
  return bounded(total);
}

function bounded(ms: number): number | null {
  return ms >= 0 && ms <= MAX_DURATION_MS ? Math.round(ms) : null;
}

/** The shortest text that parseDuration reads back: 90000 is "1m30s". Infinity is "infinity". */
export function printDuration(ms: number): string {
  if (ms === Infinity) return 'infinity';
  if (ms === 0) return '0s';
  let rest = ms;
  let out = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = UNITS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) out += `${count}${unit}`;
    rest -= count * size;
  }
  return out;
}
