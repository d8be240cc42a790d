// Lives of a process on an axis of time. Pure.

export interface Span {
  readonly from: number;
  readonly until: number;
}

export interface Life {
  readonly startedAt: number;
  readonly endedAt: number | null;
}

/** Where a life lies on the axis, in percent of its width; null: not within it. */
export function placed(life: Life, axis: Span, now: number): { readonly left: number; readonly width: number } | null {
  const from = Math.max(life.startedAt, axis.from);
  const until = Math.min(life.endedAt ?? now, axis.until);
  if (until < axis.from || from > axis.until) return null;
  const whole = Math.max(1, axis.until - axis.from);
  return { left: ((from - axis.from) / whole) * 100, width: Math.max(0, ((until - from) / whole) * 100) };
}

const STEPS = [1, 2, 5, 10, 15, 30].map((n) => n * 1000)
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * 60_000), [1, 2, 3, 6, 12].map((n) => n * 3_600_000), [1, 2, 7, 14, 30, 90].map((n) => n * 86_400_000));

/** Round times on the axis, about `most` of them; `offsetMs`: of the zone, so that days begin at midnight. */
export function ticks(axis: Span, most: number, offsetMs = 0): readonly number[] {
  const span = axis.until - axis.from;
  const step = STEPS.find((one) => span / one <= most) ?? 365 * 86_400_000;
  const out: number[] = [];
  for (let at = Math.ceil((axis.from + offsetMs) / step) * step - offsetMs; at <= axis.until && out.length <= 2 * most; at += step) out.push(at);
  return out;
}
