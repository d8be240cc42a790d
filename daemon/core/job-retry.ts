// How did a run end, and is it tried again?
import type { FailureCause, JobSpec } from '../../config/job-spec.ts';
import type { RunCause, RunState } from '../contract/jobs.ts';
import type { Json } from '../contract/reports.ts';
import { backoffMs } from './backoff.ts';
import { exitWords } from './process-life.ts';
import type { RunExit, RunPurpose } from './run-state.ts';

/** What is known of a run that is over. */
export interface Ending {
  /** null: it ended by itself. */
  readonly purpose: RunPurpose | null;
  /** null: it never lived, or nobody knows. */
  readonly exit: RunExit | null;
  /** A spawn that did not come about; hopeless: nor would another. */
  readonly unborn: { readonly hopeless: boolean } | null;
  /** The daemon or the host died under it. */
  readonly lost: boolean;
  readonly why: string;
}

export interface Judgement {
  readonly state: RunState;
  readonly cause: RunCause | null;
  readonly why: string;
  /** What it says of the service it uses; null: nothing. */
  readonly service: 'success' | 'failure' | null;
  /** It is kept as a dead letter. */
  readonly letter: boolean;
  /** Another attempt follows after this; null: none. rerun: the same attempt once more. */
  readonly next: { readonly delayMs: number; readonly rerun: boolean } | null;
}

/** Which attempt it is, and what else decides. */
export interface Attempt {
  readonly attempt: number;
  /** A command that takes back, or one whose job is gone: it is never tried again and leaves no dead letter. */
  readonly once: boolean;
  /** It stalled, and on_stuck = "restart"; or it was over a limit whose action is that. */
  readonly again: boolean;
  readonly result: Json;
}

/** Delay in ms before the attempt after attempt `attempt` (from 1). The first retry waits for the base delay, whatever the policy. */
export function retryDelayMs(spec: JobSpec, attempt: number, chance: number): number {
  const { backoff } = spec.retry;
  return backoffMs(backoff, backoff.policy === 'exponential' ? attempt : attempt - 1, chance);
}

function isListed(list: readonly FailureCause[], causes: readonly FailureCause[]): boolean {
  return causes.some((cause) => list.includes(cause));
}

/** May this failure be tried again at all? An exclusion wins. `lost` must be named: nobody knows how far it came. */
function isRetried(spec: JobSpec, causes: readonly FailureCause[]): boolean {
  const { on, notOn } = spec.retry;
  if (isListed(notOn, causes)) return false;
  return on === null ? !causes.includes('lost') : isListed(on, causes);
}

function isPartial(result: Json): boolean {
  return typeof result === 'object' && result !== null && 'partial' in result && result.partial === true;
}

function succeeded(a: Attempt): Judgement {
  return { state: 'succeeded', cause: null, why: isPartial(a.result) ? 'did part of its work' : '', service: 'success', letter: false, next: null };
}

interface Failure {
  readonly state: 'failed' | 'timed_out' | 'stalled' | 'interrupted';
  readonly cause: RunCause;
  readonly why: string;
  readonly causes: readonly FailureCause[];
  /** What its exit code is said to mean. */
  readonly meaning?: 'retry' | 'abort';
  readonly service: 'failure' | null;
  readonly hopeless?: boolean;
}

function failed(spec: JobSpec, a: Attempt, f: Failure, chance: number): Judgement {
  const left = spec.retry.max === null || a.attempt <= spec.retry.max;
  const wanted = f.meaning === 'retry' || (f.meaning !== 'abort' && f.hopeless !== true && isRetried(spec, f.causes));
  const { cause, service } = f;
  if (!a.once && left && wanted) {
    const delayMs = retryDelayMs(spec, a.attempt, chance);
    return { state: f.state === 'interrupted' ? 'interrupted' : 'retrying', cause, why: f.why, service, letter: false, next: { delayMs, rerun: false } };
  }
  const last = !a.once && wanted && spec.retry.max !== null && spec.retry.max > 0;
  const why = last ? `${f.why}; attempt ${String(a.attempt)} of ${String(spec.retry.max + 1)}` : f.why;
  const letter = spec.deadLetters && !a.once && f.state !== 'interrupted';
  // Where nothing is tried again by itself, the state says what happened; else that this was the end of it.
  return { state: letter && spec.retry.max !== 0 ? 'dead' : f.state, cause, why, service, letter, next: null };
}

function judgeExit(spec: JobSpec, a: Attempt, exit: RunExit, chance: number): Judgement {
  const meaning = exit.code === null ? undefined : spec.exitMap[exit.code];
  if (meaning === 'success' || (meaning === undefined && exit.code !== null && spec.process.exitCodes.includes(exit.code))) return succeeded(a);
  const soft = spec.softTimeout;
  // The warning was more than it could take.
  if (soft !== null && exit.signal === soft.signal && exit.ranMs >= soft.afterMs) {
    return failed(spec, a, { state: 'timed_out', cause: 'timeout', why: `ended by SIG${soft.signal}, its soft_timeout of ${String(soft.afterMs / 1000)} s`, causes: ['timeout', soft.signal], service: 'failure' }, chance);
  }
  const causes: FailureCause[] = exit.code !== null ? [exit.code] : exit.signal !== null ? [exit.signal] : ['lost'];
  const cause = exit.code !== null ? 'exit' : exit.signal !== null ? 'signal' : 'lost';
  const why = exitWords(exit);
  return failed(spec, a, { state: 'failed', cause, why, causes, service: 'failure', ...(meaning === undefined ? {} : { meaning }) }, chance);
}

/** The daemon or host ended under it. */
function interrupted(spec: JobSpec, a: Attempt, e: Ending, chance: number): Judgement {
  if (!a.once && (spec.atLeastOnce || e.purpose === 'handback')) {
    return { state: 'interrupted', cause: e.lost ? 'lost' : 'request', why: e.why, service: null, letter: false, next: { delayMs: 0, rerun: true } };
  }
  return failed(spec, a, { state: 'interrupted', cause: e.lost ? 'lost' : 'request', why: e.why, causes: ['lost'], service: null }, chance);
}

/** What becomes of a run that is over. `chance` is in [0, 1). */
export function judge(spec: JobSpec, a: Attempt, e: Ending, chance: number): Judgement {
  if (e.lost) return interrupted(spec, a, e, chance);
  if (e.unborn) return failed(spec, a, { state: 'failed', cause: 'spawn', why: e.why, causes: ['spawn'], hopeless: e.unborn.hopeless, service: null }, chance);
  switch (e.purpose) {
    case null: case 'sweep':
      return e.exit === null ? failed(spec, a, { state: 'failed', cause: 'lost', why: 'ended, exit status unknown', causes: ['lost'], service: null }, chance) : judgeExit(spec, a, e.exit, chance);
    case 'timeout': return failed(spec, a, { state: 'timed_out', cause: 'timeout', why: e.why, causes: ['timeout'], service: 'failure' }, chance);
    case 'stalled': {
      if (a.again && !a.once) return { state: 'retrying', cause: 'stalled', why: e.why, service: 'failure', letter: false, next: { delayMs: retryDelayMs(spec, 1, chance), rerun: true } };
      return failed(spec, a, { state: 'stalled', cause: 'stalled', why: e.why, causes: ['stalled'], service: 'failure' }, chance);
    }
    case 'limit': {
      if (a.again && !a.once) return { state: 'retrying', cause: 'limit', why: e.why, service: 'failure', letter: false, next: { delayMs: retryDelayMs(spec, 1, chance), rerun: true } };
      return failed(spec, a, { state: 'failed', cause: 'limit', why: e.why, causes: ['limit'], service: 'failure' }, chance);
    }
    case 'cancel': return { state: 'cancelled', cause: 'request', why: e.why, service: null, letter: false, next: null };
    case 'overlap': return { state: 'cancelled', cause: 'overlap', why: e.why, service: null, letter: false, next: null };
    case 'shutdown': case 'handback': return interrupted(spec, a, e, chance);
    default: return e.purpose satisfies never;
  }
}
