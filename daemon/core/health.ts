// What a row of answers makes of a probe, and what its probes make of a life. Pure: time arrives as the age of the life.
//
//   value      ok                            degraded     failed
//   unknown    healthy                       degraded     unknown, unhealthy at `failures` in a row
//   healthy    healthy                       degraded     healthy, unhealthy at `failures` in a row
//   degraded   healthy                       degraded     degraded, unhealthy at `failures` in a row
//   unhealthy  healthy at `successes` in a   unhealthy    unhealthy
//              row
import type { HealthSpec, ProbeRules } from '../../config/health-spec.ts';
import type { HealthSource } from '../contract/health.ts';

/** How one question came out. */
export type Outcome = 'ok' | 'degraded' | 'failed';

export interface ProbeState {
  readonly value: 'unknown' | 'healthy' | 'degraded' | 'unhealthy';
  /** Why it is not healthy; of one that is unknown: what the last answer was; '' where there is nothing to say. */
  readonly why: string;
  /** Failures in a row; degraded answers neither count nor reset. */
  readonly failures: number;
  /** Good answers in a row. */
  readonly successes: number;
  /** Some answer was good: what failed before the end of start_period was a slow start. */
  readonly started: boolean;
}

/** A probe that was not answered yet in this life. */
export const UNASKED: ProbeState = { value: 'unknown', why: '', failures: 0, successes: 0, started: false };

/** The reason while the verdict stays: where two differ in digits alone (an age, a length), the first one, or each answer would be news. */
function reason(before: string, why: string): string {
  const bare = (text: string): string => text.replaceAll(/\d+/g, '0');
  return before !== '' && before !== why && bare(before) === bare(why) ? before : why;
}

function good(rules: ProbeRules, s: ProbeState): ProbeState {
  const successes = s.successes + 1;
  // From an unhealthy state one good answer may be luck; from any other there is nothing to recover from.
  if (s.value === 'unhealthy' && successes < rules.successes) return { ...s, failures: 0, successes, started: true };
  return { value: 'healthy', why: '', failures: 0, successes, started: true };
}

function bad(rules: ProbeRules, s: ProbeState, why: string, ageMs: number): ProbeState {
  if (!s.started && ageMs < rules.startPeriodMs) return { ...s, why: s.value === 'unknown' ? why : s.why };
  const failures = s.failures + 1;
  if (s.value === 'unhealthy' || failures >= rules.failures) return { ...s, value: 'unhealthy', why: s.value === 'unhealthy' ? reason(s.why, why) : why, failures, successes: 0 };
  return { ...s, why: s.value === 'unknown' ? why : s.why, failures, successes: 0 };
}

/** The state after one more answer. `ageMs`: of the life, when the question was answered. */
export function answered(rules: ProbeRules, s: ProbeState, outcome: Outcome, why: string, ageMs: number): ProbeState {
  switch (outcome) {
    case 'ok': return good(rules, s);
    case 'degraded': return s.value === 'unhealthy' ? s : { ...s, value: 'degraded', why: s.value === 'degraded' ? reason(s.why, why) : why, started: true };
    case 'failed': return bad(rules, s, why, ageMs);
  }
}

/** Clients hear of a probe when its value or its reason is another one. */
export function isNews(before: ProbeState, after: ProbeState): boolean {
  return before.value !== after.value || before.why !== after.why;
}

/** What is wrong with a life, of what its probes and it itself say; null: nothing that anybody has to act upon. */
export interface Ailment {
  readonly value: 'degraded' | 'unhealthy';
  readonly why: string;
}

/** Sources that `on_unhealthy` is about. Signs of life have on_stuck, and limits their own action. */
function isJudged({ source }: HealthSource): boolean {
  return source === 'report' || source.startsWith('probe ');
}

/** The worst thing that asks for an action. */
export function ailmentOf(spec: HealthSpec, sources: readonly HealthSource[]): Ailment | null {
  for (const value of spec.restartOnDegraded ? (['unhealthy', 'degraded'] as const) : (['unhealthy'] as const)) {
    const found = sources.find((one) => isJudged(one) && one.value === value);
    if (found !== undefined) return { value, why: wordsOf(found) };
  }
  return null;
}

/** `unhealthy by its probe http: http://… answers 500`. */
function wordsOf({ source, value, why }: HealthSource): string {
  const who = source === 'report' ? 'in its own words' : `by its ${source}`;
  return `${value} ${who}${why === '' ? '' : `: ${why}`}`;
}

/** What comes of the ailment of a life: told once, until it is well. */
export function actionOf(spec: HealthSpec, told: boolean, ailment: Ailment | null): 'restart' | 'alert' | 'recovered' | null {
  if (ailment === null) return told ? 'recovered' : null;
  return told || spec.onUnhealthy === 'none' ? null : spec.onUnhealthy;
}

/** Mixes the letters of a name (FNV-1a). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  // The low bits of short names that differ in one digit are close to one another.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  return (hash ^ (hash >>> 12)) >>> 0;
}

/** The first question of a life comes within this long: a value is wanted soon. */
const FIRST_MS = 2000;

/** When the first question is due: each name at its own moment, so that a thousand that start together are not asked together. */
export function firstDue(name: string, intervalMs: number, now: number): number {
  return now + (hashOf(name) / 2 ** 32) * Math.min(FIRST_MS, intervalMs);
}

/** When the next one is due: at the name's own place in each interval, and never sooner than half an interval from now. */
export function nextDue(name: string, intervalMs: number, now: number): number {
  const place = (hashOf(name) / 2 ** 32) * intervalMs;
  const turn = Math.ceil((now - place) / intervalMs) * intervalMs + place;
  return turn - now < intervalMs / 2 ? turn + intervalMs : turn;
}
