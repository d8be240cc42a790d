// Is a life within its limits, and is it time for a new one? One state for each life. Pure: samples and time arrive with each call,
// what must happen leaves as news. The processor is judged by the time the life itself used, over a window that it has lived
// through: never by the load of the host, and never by a moment.
import type { LimitAction, LimitKind, LimitsSpec } from '../../config/limits-spec.ts';
import type { ProcessSpec, StopStep } from '../../config/spec.ts';
import type { LimitCrossed } from '../contract/fact-payloads.ts';
import { limitWords } from './limit-words.ts';

/** Below this share of where a warning begins it is over: what moves about a limit is not told again and again. */
const CALM = 0.95;
/** Points of the window, at most: with more, the oldest is let go and the window is that much shorter. */
const MARKS_MAX = 1000;
/** Who may finish is given this long where the program has no drain_timeout. */
export const FINISH_MS = 300_000;
const KILL_STEP: StopStep = { signal: 'KILL', scope: 'tree', waitMs: 10_000 };

const LIMIT_KINDS_TOLD: readonly LimitKind[] = ['memory', 'cpu', 'files', 'processes', 'runtime', 'disk'];

/** What a meter said at a time. Each part null: not measured. */
export interface LimitSample {
  readonly mono: number;
  readonly rssBytes: number | null;
  /** Since the life began. */
  readonly cpuMs: number | null;
  readonly files: number | null;
  readonly processes: number | null;
  /** Free bytes where a path is. */
  readonly disk: readonly { readonly path: string; readonly freeBytes: number }[];
}

/** How far a limit was crossed. */
export type LimitLevel = 'warned' | 'exceeded';

interface CpuMark {
  readonly mono: number;
  readonly cpuMs: number;
}

/** Who may finish before it is ended: its next result ends the wait, or the time. */
interface Finishing {
  readonly due: number;
  readonly act: LimitAct;
}

/** What is to be done with the life. steps: in place of its own stop steps. */
export type LimitAct =
  | { readonly type: 'act'; readonly action: 'restart' | 'kill'; readonly why: string; readonly steps?: readonly StopStep[] }
  | { readonly type: 'act'; readonly action: 'stop'; readonly why: string }
  | { readonly type: 'recycle'; readonly why: string; readonly steps?: readonly StopStep[] };

/** What comes of a look at a life. */
export type LimitNews =
  | ({ readonly type: 'warned' } & LimitCrossed)
  /** action none: it is being ended already, or the act was taken before. */
  | ({ readonly type: 'exceeded'; readonly action: LimitAction | 'none' } & LimitCrossed)
  | { readonly type: 'cleared'; readonly limit: LimitKind }
  /** It is time for a new life; `turnLimits` when it may have one. */
  | { readonly type: 'recycle_due'; readonly why: string }
  /** It may finish: this signal to the main process. */
  | { readonly type: 'drain'; readonly signal: string }
  | LimitAct;

/** What is known of one life for its limits. */
export interface LimitState {
  /** Monotonic ms. */
  readonly bornAt: number;
  readonly marks: readonly CpuMark[];
  readonly levels: Readonly<Partial<Record<LimitKind, LimitLevel>>>;
  /** What a limit led to: once per life. */
  readonly acted: LimitAction | null;
  readonly finishing: Finishing | null;
  /** Share of the jitter that this life has. */
  readonly jitter: number;
  readonly jobs: number;
  /** It is told that a new life is due. */
  readonly recycleTold: boolean;
}

/** One step of the machine. */
export interface LimitStep {
  readonly state: LimitState;
  readonly news: readonly LimitNews[];
}

/** What the machine needs to know of a program or run. */
export type LimitedSpec = Pick<ProcessSpec, 'limits' | 'recycle' | 'drainSignal' | 'drainTimeoutMs' | 'stop'>;

/** Is there something to look at from time to time? */
export function isMeasured(limits: LimitsSpec): boolean {
  return limits.memoryBytes !== null || limits.cpuPercent !== null || limits.files !== null || limits.processes !== null || limits.disk.length > 0;
}

/** Is there anything to judge in a life of it? */
export function isLimited({ limits, recycle }: LimitedSpec): boolean {
  return isMeasured(limits) || limits.runtimeMs !== null || recycle.maxAgeMs !== null || recycle.maxJobs !== null;
}

/** A life begins. `chance` in [0, 1) decides its jitter. */
export function startLimits(mono: number, chance: number): LimitState {
  return { bornAt: mono, marks: [], levels: {}, acted: null, finishing: null, jitter: chance, jobs: 0, recycleTold: false };
}

/** Percent of one core over the window; null until the life has lived through one. */
function cpuOver(limits: LimitsSpec, s: LimitState, now: CpuMark): { readonly percent: number | null; readonly marks: readonly CpuMark[] } {
  const begin = now.mono - limits.windowMs;
  const all = [...s.marks, now];
  // The newest point that is as old as the window, and all after it.
  let first = 0;
  while (first + 1 < all.length && (all[first + 1]?.mono ?? Infinity) <= begin) first += 1;
  const marks = all.slice(Math.max(first, all.length - MARKS_MAX));
  const oldest = marks[0] as CpuMark;
  // A life that has just become as old as the window had used nothing when it began.
  const young = s.bornAt <= begin && now.mono - s.bornAt <= 2 * limits.windowMs;
  const from = oldest.mono <= begin ? oldest : young ? { mono: s.bornAt, cpuMs: 0 } : null;
  if (from === null || now.mono <= from.mono) return { percent: null, marks };
  return { percent: ((now.cpuMs - from.cpuMs) / (now.mono - from.mono)) * 100, marks };
}

interface Reading {
  readonly limit: LimitKind;
  readonly max: number;
  readonly actual: number;
  readonly where?: string;
  /** How far it is used up, where that is not to be worked out from the two. */
  readonly share?: number;
}

/** How far a limit is used up; above 1 it is exceeded. Open files cannot be more than their limit: there, reaching it is enough. */
function shareOf({ limit, max, actual, share }: Reading): number {
  if (share !== undefined) return share;
  if (limit === 'disk') return actual <= 0 ? Infinity : max / actual;
  return actual / max;
}

function isOver(reading: Reading): boolean {
  const share = shareOf(reading);
  return reading.limit === 'files' || reading.limit === 'runtime' ? share >= 1 : share > 1;
}

function judge(spec: LimitedSpec, s: LimitState, reading: Reading, mono: number): LimitStep {
  const { limits } = spec;
  const { limit, max, actual } = reading;
  const before = s.levels[limit];
  const share = shareOf(reading);
  const crossed: LimitCrossed = { limit, max, actual, why: limitWords(limits, reading) };
  if (isOver(reading)) {
    if (before === 'exceeded') return { state: s, news: [] };
    const first = s.acted === null && s.finishing === null;
    const state: LimitState = { ...s, levels: { ...s.levels, [limit]: 'exceeded' } };
    const said: LimitNews = { type: 'exceeded', ...crossed, action: first ? limits.action : limits.action === 'alert' ? 'alert' : 'none' };
    return first ? join([said], act(spec, state, crossed.why, mono)) : { state, news: [said] };
  }
  if (limits.warnAt < 1 && share >= limits.warnAt) {
    if (before !== undefined) return { state: s, news: [] };
    return { state: { ...s, levels: { ...s.levels, [limit]: 'warned' } }, news: [{ type: 'warned', ...crossed }] };
  }
  if (before === undefined || share >= limits.warnAt * CALM) return { state: s, news: [] };
  const { [limit]: _, ...levels } = s.levels;
  return { state: { ...s, levels }, news: [{ type: 'cleared', limit }] };
}

function join(first: readonly LimitNews[], then: LimitStep): LimitStep {
  return { state: then.state, news: [...first, ...then.news] };
}

/** Its own steps after the one in which it may finish; undefined: nothing before them. */
function graceSteps(spec: LimitedSpec): readonly StopStep[] | undefined {
  if (spec.drainSignal === null) return undefined;
  return [{ signal: spec.drainSignal, scope: 'main', waitMs: spec.drainTimeoutMs ?? FINISH_MS }, ...spec.stop];
}

/** A limit was exceeded for the first time in this life. */
function act(spec: LimitedSpec, s: LimitState, why: string, mono: number): LimitStep {
  const { action, grace } = spec.limits;
  if (action === 'alert') return { state: s, news: [] };
  const state: LimitState = { ...s, acted: action };
  if (action === 'kill') return { state, news: [{ type: 'act', action, why, steps: [KILL_STEP] }] };
  const done: LimitAct = { type: 'act', action, why };
  if (grace === 'stop') return { state, news: [done] };
  const steps = graceSteps(spec);
  if (action === 'restart' && steps !== undefined) return { state, news: [{ type: 'act', action, why, steps }] };
  return { state: { ...state, finishing: { due: mono + (spec.drainTimeoutMs ?? FINISH_MS), act: done } }, news: spec.drainSignal === null ? [] : [{ type: 'drain', signal: spec.drainSignal }] };
}

/** Monotonic ms at which the life is too old; null: never. */
function oldAt({ recycle }: LimitedSpec, s: LimitState): number | null {
  return recycle.maxAgeMs === null ? null : s.bornAt + recycle.maxAgeMs + recycle.jitterMs * s.jitter;
}

function mayRecycle(s: LimitState): boolean {
  return !s.recycleTold && s.acted === null && s.finishing === null;
}

function readings({ limits }: LimitedSpec, sample: LimitSample, cpu: number | null): readonly Reading[] {
  const found: Reading[] = [];
  const add = (limit: LimitKind, max: number | null, actual: number | null): void => {
    if (max !== null && actual !== null) found.push({ limit, max, actual });
  };
  add('memory', limits.memoryBytes, sample.rssBytes);
  add('cpu', limits.cpuPercent, cpu);
  add('files', limits.files, sample.files);
  add('processes', limits.processes, sample.processes);
  // Of several places the one that is worst off speaks for all.
  const disks = limits.disk.flatMap(({ path, bytes }): Reading[] => {
    const free = sample.disk.find((one) => one.path === path)?.freeBytes;
    return free === undefined ? [] : [{ limit: 'disk', max: bytes, actual: free, where: path }];
  });
  const worst = disks.toSorted((a, b) => shareOf(b) - shareOf(a))[0];
  return worst === undefined ? found : [...found, worst];
}

/** A meter measured the life. */
export function sampleLimits(spec: LimitedSpec, state: LimitState, sample: LimitSample): LimitStep {
  let s = state;
  let cpu: number | null = null;
  if (spec.limits.cpuPercent !== null && sample.cpuMs !== null) {
    const over = cpuOver(spec.limits, s, { mono: sample.mono, cpuMs: sample.cpuMs });
    s = { ...s, marks: over.marks };
    cpu = over.percent;
  }
  const news: LimitNews[] = [];
  for (const reading of readings(spec, sample, cpu)) {
    const step = judge(spec, s, reading, sample.mono);
    s = step.state;
    news.push(...step.news);
  }
  return { state: s, news };
}

function hasLimit(limits: LimitsSpec, limit: LimitKind): boolean {
  switch (limit) {
    case 'memory': return limits.memoryBytes !== null;
    case 'cpu': return limits.cpuPercent !== null;
    case 'files': return limits.files !== null;
    case 'processes': return limits.processes !== null;
    case 'runtime': return limits.runtimeMs !== null;
    case 'disk': return limits.disk.length > 0;
    default: return limit satisfies never;
  }
}

/** Other limits from now on: what was told of one that is gone is taken back. What was done stays done. */
export function retuneLimits({ limits }: LimitedSpec, state: LimitState): LimitStep {
  const gone = LIMIT_KINDS_TOLD.filter((limit) => state.levels[limit] !== undefined && !hasLimit(limits, limit));
  const levels = Object.fromEntries(Object.entries(state.levels).filter(([limit]) => !gone.includes(limit as LimitKind)));
  return { state: { ...state, levels }, news: gone.map((limit) => ({ type: 'cleared', limit })) };
}

/** It reported a result: a job is done. */
export function resultLimits(spec: LimitedSpec, state: LimitState): LimitStep {
  const s: LimitState = { ...state, jobs: state.jobs + 1 };
  if (s.finishing !== null) return { state: { ...s, finishing: null }, news: [s.finishing.act] };
  const { maxJobs } = spec.recycle;
  if (maxJobs === null || s.jobs < maxJobs || !mayRecycle(s)) return { state: s, news: [] };
  return { state: { ...s, recycleTold: true }, news: [{ type: 'recycle_due', why: `it has done ${String(s.jobs)} job${s.jobs === 1 ? '' : 's'} (max_jobs_per_child)` }] };
}

/** Its group gives it a turn. A limit may have spoken meanwhile: then nothing more is to be done. */
export function turnLimits(spec: LimitedSpec, state: LimitState, why: string, mono: number): LimitStep {
  if (state.acted !== null || state.finishing !== null) return { state, news: [] };
  const steps = graceSteps(spec);
  if (steps !== undefined) return { state, news: [{ type: 'recycle', why, steps }] };
  if (spec.limits.grace === 'stop') return { state, news: [{ type: 'recycle', why }] };
  return { state: { ...state, finishing: { due: mono + (spec.drainTimeoutMs ?? FINISH_MS), act: { type: 'recycle', why } } }, news: [] };
}

/** The life has ended, or is being ended by somebody else: who was to stay down then stays down. */
export function endLimits(state: LimitState): readonly LimitNews[] {
  return state.finishing?.act.type === 'act' && state.finishing.act.action === 'stop' ? [state.finishing.act] : [];
}

/** When the runtime is used up, and when a warning of that is due. The one place that says so: a deadline and its judgement must agree to the bit. */
function runtimeDues({ limits }: LimitedSpec, s: LimitState, runtimeMs: number): { readonly warnDue: number; readonly overDue: number } {
  return { warnDue: s.bornAt + runtimeMs * limits.warnAt, overDue: s.bornAt + runtimeMs };
}

function runtimeShare(spec: LimitedSpec, s: LimitState, mono: number): number {
  const { warnDue, overDue } = runtimeDues(spec, s, spec.limits.runtimeMs ?? 0);
  return mono >= overDue ? 1 : mono >= warnDue ? spec.limits.warnAt : 0;
}

/** Time passed: at or after `limitsDeadline`. Earlier calls change nothing. */
export function dueLimits(spec: LimitedSpec, state: LimitState, mono: number): LimitStep {
  let s = state;
  const news: LimitNews[] = [];
  const { runtimeMs } = spec.limits;
  if (runtimeMs !== null) {
    const step = judge(spec, s, { limit: 'runtime', max: runtimeMs, actual: mono - s.bornAt, share: runtimeShare(spec, s, mono) }, mono);
    s = step.state;
    news.push(...step.news);
  }
  if (s.finishing !== null && s.finishing.due <= mono) {
    news.push(s.finishing.act);
    s = { ...s, finishing: null };
  }
  const old = oldAt(spec, s);
  if (old !== null && old <= mono && mayRecycle(s)) {
    s = { ...s, recycleTold: true };
    news.push({ type: 'recycle_due', why: 'it is older than max_age' });
  }
  return { state: s, news };
}

/** When `dueLimits` has something to say (monotonic ms); null: never. */
export function limitsDeadline(spec: LimitedSpec, state: LimitState): number | null {
  const dues: number[] = [];
  const { runtimeMs, warnAt } = spec.limits;
  if (runtimeMs !== null) {
    const level = state.levels.runtime;
    const { warnDue, overDue } = runtimeDues(spec, state, runtimeMs);
    if (level === undefined && warnAt < 1) dues.push(warnDue);
    if (level !== 'exceeded') dues.push(overDue);
  }
  if (state.finishing !== null) dues.push(state.finishing.due);
  const old = oldAt(spec, state);
  if (old !== null && mayRecycle(state)) dues.push(old);
  return dues.length === 0 ? null : Math.min(...dues);
}
