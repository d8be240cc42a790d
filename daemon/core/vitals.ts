// What a child that reports is known to be doing: does it give signs of life, and does its work move? Pure: time arrives with
// each call. Missed signs are counted from time, never from how often somebody looked: told late, it counts what was missed.
import type { VitalsSpec } from '../../config/job-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { HeartbeatRow, HeartbeatView, Json, ProgressView, Report, Supervised } from '../contract/reports.ts';

/** Heartbeats kept of one life. */
export const HEARTBEATS_KEPT = 100;
/** A rate is taken over so many points … */
const MARKS = 12;
/** … that lie so far apart at least: a child that reports in a tight loop does not shorten the window. */
const MARK_GAP_MS = 1000;

/** Both clocks, read together. */
export interface VitalsMoment {
  readonly mono: number;
  readonly wall: number;
}

/** How far the work was when. */
interface Mark {
  readonly mono: number;
  readonly current: number;
}

/** Rows are replaced, never changed. */
export interface VitalsState {
  /** Monotonic ms of the last sign of life, or of the start. */
  readonly since: number;
  /** Wall clock ms of the last heartbeat. */
  readonly lastAt: number | null;
  readonly count: number;
  /** Missed in a row, as told. */
  readonly missed: number;
  /** Stuck because no sign of life came. */
  readonly silent: boolean;
  /** Stuck because its progress does not move. */
  readonly halted: boolean;
  readonly progress: ProgressView | null;
  /** Monotonic ms when progress last moved; null: none was reported. */
  readonly movedSince: number | null;
  readonly marks: readonly Mark[];
  /** The last ones, oldest first. */
  readonly rows: readonly HeartbeatRow[];
}

export type StuckAction = VitalsSpec['onStuck'];

/** What a step means for others. `vitalsFact` makes a fact of each. */
export type VitalsNews =
  | { readonly type: 'heartbeat'; readonly meta: Json }
  /** expectedAt: when the first of them was due (wall clock ms); lateMs: since then; misses: in a row. */
  | { readonly type: 'missed'; readonly expectedAt: number; readonly lateMs: number; readonly misses: number }
  /** Do `action`. */
  | { readonly type: 'stuck'; readonly why: string; readonly action: StuckAction }
  | { readonly type: 'recovered' }
  | { readonly type: 'progress'; readonly progress: ProgressView };

export interface VitalsStep {
  readonly state: VitalsState;
  readonly news: readonly VitalsNews[];
}

/** The n-th sign in a row is missed from here on. The one place that says so: a deadline and its judgement must agree to the bit. */
function missDue(since: number, intervalMs: number, n: number): number {
  return since + n * intervalMs;
}

/** How many signs in a row are missed at `now`. */
function missedBy(since: number, intervalMs: number, now: number): number {
  let n = Math.max(0, Math.floor((now - since) / intervalMs));
  // The quotient of two floating-point numbers may be a hair beside the sum that the timer was set to.
  while (missDue(since, intervalMs, n + 1) <= now) n += 1;
  while (n > 0 && missDue(since, intervalMs, n) > now) n -= 1;
  return n;
}

/** The miss that is told next. One that is stuck already is told at twice the count each time: a warning that repeats for ever is noise. */
function nextMiss(s: VitalsState): number {
  return s.silent ? Math.max(1, s.missed * 2) : s.missed + 1;
}

function seconds(ms: number): string {
  return `${String(Math.round(ms / 100) / 10)} s`;
}

/** Counts what was missed until now; `judge`: enough of it is stuck. */
function countMisses(spec: VitalsSpec, s: VitalsState, m: VitalsMoment, judge: boolean): VitalsStep {
  const { heartbeat } = spec;
  if (heartbeat === null) return { state: s, news: [] };
  const misses = missedBy(s.since, heartbeat.intervalMs, m.mono);
  if (misses < nextMiss(s)) return { state: s, news: [] };
  const lateMs = m.mono - missDue(s.since, heartbeat.intervalMs, 1);
  const news: VitalsNews[] = [{ type: 'missed', expectedAt: Math.round(m.wall - lateMs), lateMs: Math.round(lateMs), misses }];
  const silent = s.silent || (judge && misses >= heartbeat.misses);
  if (silent && !s.silent) {
    const since = s.lastAt === null ? 'since it started' : 'since its last one';
    news.push({ type: 'stuck', why: `no heartbeat for ${seconds(m.mono - s.since)} ${since} (${String(misses)} missed, heartbeat_misses ${String(heartbeat.misses)})`, action: spec.onStuck });
  }
  return { state: { ...s, missed: misses, silent }, news };
}

function judgeProgress(spec: VitalsSpec, s: VitalsState, m: VitalsMoment): VitalsStep {
  const due = progressDue(spec, s);
  if (due === null || due > m.mono || s.progress === null || s.movedSince === null) return { state: s, news: [] };
  const at = `${String(s.progress.current)}${s.progress.total === null ? '' : ` of ${String(s.progress.total)}`}`;
  const why = `its progress has not moved from ${at} for ${seconds(m.mono - s.movedSince)} (progress_timeout ${seconds(spec.progressTimeoutMs ?? 0)})`;
  return { state: { ...s, halted: true }, news: [{ type: 'stuck', why, action: spec.onStuck }] };
}

function progressDue(spec: VitalsSpec, s: VitalsState): number | null {
  return spec.progressTimeoutMs === null || s.movedSince === null || s.halted ? null : s.movedSince + spec.progressTimeoutMs;
}

/** A step, and `recovered` where it ends being stuck. */
function andRecovered(before: VitalsState, step: VitalsStep): VitalsStep {
  const ends = (before.silent || before.halted) && !step.state.silent && !step.state.halted;
  return ends ? { state: step.state, news: [...step.news, { type: 'recovered' }] } : step;
}

/**
 * It lives: the row of misses ends. What was missed before is told first, but nobody is stuck who speaks now: a deadline that
 * nobody acted upon loses against a sign of life (the daemon may have been stopped, or busy, and not the child).
 */
function alive(spec: VitalsSpec, s: VitalsState, m: VitalsMoment): VitalsStep {
  const counted = countMisses(spec, s, m, false);
  return { state: { ...counted.state, since: m.mono, missed: 0, silent: false }, news: counted.news };
}

function beat(spec: VitalsSpec, s: VitalsState, meta: Json, m: VitalsMoment): VitalsStep {
  const { state, news } = alive(spec, s, m);
  const rows = [...state.rows.slice(1 - HEARTBEATS_KEPT), { at: m.wall, meta }];
  return { state: { ...state, rows, lastAt: m.wall, count: state.count + 1 }, news: [...news, { type: 'heartbeat', meta }] };
}

/** Units per second between the first and the last mark. */
function rateOf(marks: readonly Mark[]): number | null {
  const first = marks[0];
  const last = marks.at(-1);
  if (first === undefined || last === undefined || last.mono <= first.mono) return null;
  return ((last.current - first.current) / (last.mono - first.mono)) * 1000;
}

function marked(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  const before = marks.at(-2);
  // The newest point moves on until it is far enough from the one before.
  const crowded = before !== undefined && (marks.at(-1)?.mono ?? 0) - before.mono < MARK_GAP_MS;
  const kept = crowded ? marks.slice(0, -1) : marks.slice(1 - MARKS);
  return [...kept, mark];
}

/** 0 to 100 with two digits; 0 where there is nothing to do. */
function percentOf(current: number, total: number | null): number | null {
  if (total === null) return null;
  return total === 0 ? 0 : Math.min(100, Math.max(0, Math.round((current / total) * 10_000) / 100));
}

function etaOf(current: number, total: number | null, rate: number | null): number | null {
  if (total === null) return null;
  if (current >= total) return 0;
  return rate === null || rate <= 0 ? null : Math.round(((total - current) / rate) * 1000);
}

function advance(spec: VitalsSpec, s: VitalsState, r: Extract<Report, { type: 'progress' }>, m: VitalsMoment): VitalsStep {
  const before = s.progress;
  const again = before !== null && before.phase === r.phase && before.total === r.total && r.current >= before.current;
  const moved = before === null || before.current !== r.current || before.phase !== r.phase;
  // Another phase, or a count that began again, has a rate of its own.
  const marks = marked(again ? s.marks : [], { mono: m.mono, current: r.current });
  const rate = rateOf(marks);
  const progress: ProgressView = {
    current: r.current, total: r.total, percent: percentOf(r.current, r.total), rate, etaMs: etaOf(r.current, r.total, rate), phase: r.phase, meta: r.meta, at: m.wall,
    movedAt: moved ? m.wall : before.movedAt,
  };
  const lived = alive(spec, s, m);
  const state: VitalsState = { ...lived.state, progress, marks, movedSince: moved ? m.mono : s.movedSince, halted: moved ? false : s.halted };
  // A row of misses, or silence, ends here as with a heartbeat, and clients hear of it in the same way.
  const heard: readonly VitalsNews[] = spec.heartbeat !== null && (s.missed > 0 || lived.news.length > 0) ? [{ type: 'heartbeat', meta: null }] : [];
  const counted = heard.length > 0 ? { ...state, count: state.count + 1, lastAt: m.wall } : state;
  return { state: counted, news: [...lived.news, ...heard, { type: 'progress', progress }] };
}

/** The vitals of a life or run that begins now. One that never gives a sign is judged from here. */
export function startVitals(now: VitalsMoment): VitalsState {
  return { since: now.mono, lastAt: null, count: 0, missed: 0, silent: false, halted: false, progress: null, movedSince: null, marks: [], rows: [] };
}

/** Another specification from now on: silence counts anew, so that a shorter interval finds nobody guilty of the past. */
export function retuneVitals(state: VitalsState, now: VitalsMoment): VitalsState {
  return { ...state, since: now.mono, missed: 0, movedSince: state.movedSince === null ? null : now.mono };
}

/** It said something. Heartbeats, watchdog signs and progress are signs of life; other reports change nothing here. */
export function reportVitals(spec: VitalsSpec, state: VitalsState, report: Report, now: VitalsMoment): VitalsStep {
  switch (report.type) {
    case 'heartbeat': return andRecovered(state, beat(spec, state, report.meta, now));
    case 'watchdog': return andRecovered(state, beat(spec, state, null, now));
    case 'progress': return andRecovered(state, advance(spec, state, report, now));
    default: return { state, news: [] };
  }
}

/** Time passed: called at or after `vitalsDeadline`, by any amount. Earlier calls change nothing. */
export function dueVitals(spec: VitalsSpec, state: VitalsState, now: VitalsMoment): VitalsStep {
  const silence = countMisses(spec, state, now, true);
  const progress = judgeProgress(spec, silence.state, now);
  return { state: progress.state, news: [...silence.news, ...progress.news] };
}

/** When `dueVitals` has something to say if nothing is reported (monotonic ms); null: never. */
export function vitalsDeadline(spec: VitalsSpec, state: VitalsState): number | null {
  const silence = spec.heartbeat === null ? null : missDue(state.since, spec.heartbeat.intervalMs, nextMiss(state));
  const progress = progressDue(spec, state);
  if (silence === null || progress === null) return silence ?? progress;
  return Math.min(silence, progress);
}

/** As clients see it. */
export function heartbeatView(s: VitalsState): HeartbeatView {
  return { lastAt: s.lastAt, missed: s.missed, count: s.count, stuck: s.silent || s.halted };
}

/** The fact of a piece of news. */
export function vitalsFact(subject: Supervised, news: VitalsNews): FactBody {
  switch (news.type) {
    case 'heartbeat': return { type: 'heartbeat.received', ...subject, meta: news.meta };
    case 'missed': return { type: 'heartbeat.missed', ...subject, expectedAt: news.expectedAt, lateMs: news.lateMs, misses: news.misses };
    case 'stuck': return { type: 'heartbeat.stuck', ...subject, why: news.why, action: news.action };
    case 'recovered': return { type: 'heartbeat.recovered', ...subject };
    case 'progress': return { type: 'progress.reported', ...subject, progress: news.progress };
  }
}

/** The fact of a report that is told as it came; null: it is not (it is a sign of life, or for somebody else). */
export function reportFact(subject: Supervised, report: Report): FactBody | null {
  switch (report.type) {
    case 'status': return { type: 'status.reported', ...subject, text: report.text };
    case 'health': return { type: 'health.reported', ...subject, value: report.value, why: report.why };
    case 'result': return { type: 'result.reported', ...subject, result: report.result };
    case 'issue': return { type: 'issue.reported', ...subject, issue: report.issue };
    default: return null;
  }
}
