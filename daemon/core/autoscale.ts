// How many instances of a program there are to be, by a number that says what they have to do. Pure: time arrives with each look.
import type { AutoscaleSpec } from '../../config/health-spec.ts';

export interface ScaleState {
  /** Monotonic ms of the last growth; null: none yet. */
  readonly grewAt: number | null;
  /** Since when more are needed than there are; null: they are not. */
  readonly moreSince: number | null;
  /** Since when fewer are enough, and the most that were needed since then. */
  readonly fewer: { readonly since: number; readonly most: number } | null;
}

export const UNSCALED: ScaleState = { grewAt: null, moreSince: null, fewer: null };

export interface ScaleStep {
  readonly state: ScaleState;
  /** So many instead; null: as they are. */
  readonly to: number | null;
}

/** How many are needed for this number, within min and max. */
export function needed(spec: AutoscaleSpec, value: number): number {
  // 0.3 / 0.1 is a hair more than 3 in floating-point numbers, and no fourth instance.
  const count = Math.ceil(value / spec.target - 1e-9);
  return Math.min(spec.max, Math.max(spec.min, count));
}

/** One look: `present` instances, and the number. Growth is quick and goes all the way; shrinking waits, and keeps what was needed while it waited. */
export function look(spec: AutoscaleSpec, s: ScaleState, present: number, value: number, now: number): ScaleStep {
  const need = needed(spec, value);
  if (need === present) return { state: { ...s, moreSince: null, fewer: null }, to: null };
  if (need > present) {
    const moreSince = s.moreSince ?? now;
    // Below min is no wish of the load: it is put right at once.
    if (present >= spec.min && now - moreSince < spec.upDelayMs) return { state: { ...s, moreSince, fewer: null }, to: null };
    return { state: { grewAt: now, moreSince: null, fewer: null }, to: need };
  }
  const fewer = { since: s.fewer?.since ?? now, most: Math.max(need, s.fewer?.most ?? 0) };
  // Above max is put right at once, too.
  if (present > spec.max) return { state: { ...s, moreSince: null, fewer: null }, to: spec.max };
  const calm = Math.max(fewer.since, s.grewAt ?? -Infinity);
  if (now - calm < spec.downDelayMs) return { state: { ...s, moreSince: null, fewer }, to: null };
  return { state: { ...s, moreSince: null, fewer: null }, to: Math.min(present, fewer.most) };
}

/** The number in what a command wrote: its last line that is not empty. A problem in words where that is none. */
export function numberIn(text: string): number | { readonly problem: string } {
  const line = text.split('\n').map((one) => one.trim()).findLast((one) => one !== '') ?? '';
  const value = /^[+]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(line) ? Number(line) : NaN;
  return Number.isFinite(value) ? value : { problem: line === '' ? 'it printed nothing' : `it printed ${JSON.stringify(line.slice(0, 60))}, which is no number` };
}

/** `3 instances for 27 at 10 each`. */
export function scaleWords(spec: AutoscaleSpec, value: number, to: number): string {
  const what = spec.source.kind === 'cpu' ? `${round(value)} % of a core` : spec.source.kind === 'queue' ? `${round(value)} runs of ${spec.source.job} that wait` : `the number ${round(value)}`;
  const held = to === spec.max ? `, max ${spec.max}` : to === spec.min ? `, min ${spec.min}` : '';
  return `${what} at ${round(spec.target)} for each${held}`;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
