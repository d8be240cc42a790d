// May this run start now? Holds, places, rates, and what is done with one that is due while another goes on.
import type { JobSpec } from '../../config/job-spec.ts';
import type { IntensitySpec } from '../../config/spec.ts';
import type { Trigger } from '../contract/jobs.ts';
import { breakerDeadline } from './breaker.ts';
import type { Hold, JobNode, JobTurn, RunNode, SkipReason } from './job-book.ts';
import { isDrained } from './job-book.ts';
import { isOpen, tellBreaker } from './job-breakers.ts';
import { conclude } from './job-ending.ts';
import { drive } from './job-life.ts';
import { tellWaiting } from './job-runs.ts';

/** Runs that begin something new obey `overlap`; the others continue what began, and wait for their turn. */
const NEW_WORK: readonly Trigger[] = ['schedule', 'manual', 'at', 'chain'];
/** What a person asked for goes through although the job is paused. */
const ASKED_FOR: readonly Trigger[] = ['manual', 'dead_letter', 'undo', 'verify'];
/** So many durations make a usual one. */
const ENOUGH_DURATIONS = 20;

/** Runs of a job at the same time, at most. */
export function placesOf(spec: JobSpec): number {
  return spec.maxParallel ?? (spec.overlap === 'allow' ? Infinity : 1);
}

/** When the next start is within the rate; null: now. Starts that left the window are forgotten. */
export function rateDue(rate: IntensitySpec, starts: readonly number[], now: number): number | null {
  if (rate.max === null) return null;
  const kept = starts.filter((at) => now - at < rate.windowMs);
  const first = kept[kept.length - rate.max];
  return first === undefined ? null : first + rate.windowMs;
}

/** 95 of 100 runs took no longer than this; null: too few to tell. */
export function usualMs(durations: readonly number[]): number | null {
  if (durations.length < ENOUGH_DURATIONS) return null;
  return durations.toSorted((a, b) => a - b)[Math.ceil(durations.length * 0.95) - 1] ?? null;
}

/** The next one of a job: the oldest that the pause lets through, else the oldest. */
function nextOf(job: JobNode): RunNode | undefined {
  if (job.paused === null) return job.queue[0];
  return job.queue.find((run) => ASKED_FOR.includes(run.view.trigger)) ?? job.queue[0];
}

function rateHold(t: JobTurn, job: JobNode): Hold | null {
  const due = rateDue(job.spec.rate, job.starts, t.m.mono);
  job.rateDue = due;
  if (due === null) return null;
  const { max, windowMs } = job.spec.rate;
  return { kind: 'rate', why: `its rate of ${String(max)} in ${String(windowMs / 1000)} s is used up`, dueAt: Math.round(t.m.wall + (due - t.m.mono)) };
}

function breakerHold(t: JobTurn, job: JobNode, run: RunNode): Hold | null {
  const { breaker, fallback } = job.spec;
  if (breaker === null || run.use === 'undo' || fallback !== null || !isOpen(t, breaker)) return null;
  const node = t.book.breakers.get(breaker);
  node?.waiting.add(job);
  const due = node ? breakerDeadline(node.state) : null;
  return { kind: 'breaker', why: `breaker ${breaker} is ${node?.state.phase === 'half_open' ? 'half-open, and its trials are going on' : 'open'}`, dueAt: due === null ? null : Math.round(t.m.wall + (due - t.m.mono)) };
}

/** What keeps this run, the next of its job, from starting now; null: nothing. */
function holdOf(t: JobTurn, job: JobNode, run: RunNode, places = placesOf(job.spec)): Hold | null {
  const { book } = t;
  job.rateDue = null;
  if (book.closing !== null) return { kind: 'ending', why: 'the daemon is ending', dueAt: null };
  if (isDrained(book, job.name)) return { kind: 'drain', why: `drained by ${book.drain?.by ?? ''}`, dueAt: book.drain?.expiresAt ?? null };
  if (job.paused !== null && !ASKED_FOR.includes(run.view.trigger)) return { kind: 'paused', why: `paused by ${job.paused.by}`, dueAt: null };
  if (job.running.size >= places) return { kind: 'overlap', why: places === 1 ? 'another run of this job is going on' : `${String(job.running.size)} runs of this job are going on`, dueAt: null };
  const held = rateHold(t, job) ?? breakerHold(t, job, run);
  if (held !== null) return held;
  if (book.taken < (book.settings.maxParallel ?? Infinity)) return null;
  book.places.add(run, job.spec.priority, run.seq);
  return { kind: 'full', why: `max_parallel of all jobs is reached: ${String(book.taken)} runs are going on`, dueAt: null };
}

/** It gets a place. The claim is written before the start is asked for: who finds it later knows that it may have run. */
function start(t: JobTurn, job: JobNode, run: RunNode): void {
  const { book, m } = t;
  job.queue.splice(job.queue.indexOf(run), 1);
  run.spec = job.spec;
  const { breaker, fallback } = run.spec;
  run.use = run.use === 'undo' ? 'undo' : breaker !== null && fallback !== null && isOpen(t, breaker) ? 'fallback' : 'command';
  drive(t, run, { type: 'start', usualMs: run.use === 'command' ? usualMs(job.durations) : null });
  if (run.life.phase !== 'STARTING') return;
  book.taken += 1;
  job.running.add(run);
  if (job.spec.rate.max !== null) job.starts = [...job.starts.filter((at) => m.mono - at < job.spec.rate.windowMs), m.mono];
  run.breaker = run.use === 'command' && breaker !== null && book.breakers.has(breaker) ? breaker : null;
  if (run.breaker !== null) tellBreaker(t, run.breaker, { type: 'begin', id: run.id });
  const claim = { ...run.view, state: 'running' as const, startedAt: m.wall, dueAt: null, cause: null, why: '', fallback: run.use === 'fallback' };
  t.write({ type: 'run', run: claim });
  t.ask({ type: 'start', run: claim, spec: run.spec, use: run.use, ...(run.given === null ? {} : { given: run.given }) });
}

function setHold(t: JobTurn, job: JobNode, run: RunNode | undefined, hold: Hold | null): void {
  const why = hold?.why ?? '';
  if (why !== (job.hold?.why ?? '')) t.say({ type: 'job.held', job: job.name, why });
  job.hold = hold;
  if (job.queue.length > 0) t.book.waiting.add(job);
  else t.book.waiting.delete(job);
  t.touch(job);
  if (run && hold) tellHeld(t, run, hold);
}

function tellHeld(t: JobTurn, run: RunNode, hold: Hold): void {
  const timed = hold.kind === 'rate' || hold.kind === 'breaker';
  tellWaiting(t, run, timed ? 'scheduled' : 'queued', hold.why, timed ? hold.dueAt : null, hold.kind === 'breaker' ? 'breaker' : null);
}

/** Starts what may start of a job, unless others that wait for the same place are ahead: `fillPlaces` decides then. */
export function advance(t: JobTurn, job: JobNode): void {
  for (;;) {
    const run = nextOf(job);
    const hold = run ? holdOf(t, job, run) : null;
    if (run && hold === null) {
      if (t.book.places.isAhead(job.spec.priority, run.seq)) {
        t.book.places.add(run, job.spec.priority, run.seq);
        t.outranked.add(job);
        return;
      }
      start(t, job, run);
      continue;
    }
    if (run === undefined) job.rateDue = null;
    return setHold(t, job, run, hold);
  }
}

/** Gives free places to those that wait for one: lowest priority number first, then the oldest. */
export function fillPlaces(t: JobTurn): void {
  const { book } = t;
  while (book.places.size > 0 && book.taken < (book.settings.maxParallel ?? Infinity)) {
    const run = book.places.take();
    if (run && book.runs.has(run.id) && run.life.phase === 'QUEUED') advance(t, run.job);
  }
  // Whoever got none is told what he waits for.
  const outranked = [...t.outranked];
  t.outranked.clear();
  for (const job of outranked) advance(t, job);
}

function skip(t: JobTurn, run: RunNode, reason: SkipReason): void {
  conclude(t, run, { state: 'skipped', ...reason, service: null, letter: false, next: null }, null);
}

/** overlap = "kill": the newest wins. */
function makeWay(t: JobTurn, job: JobNode, run: RunNode, places: number): void {
  for (const other of [...job.queue]) {
    if (other !== run && NEW_WORK.includes(other.view.trigger)) skip(t, other, { cause: 'overlap', why: `run ${run.id} is newer` });
  }
  // What could not start anyway ends nobody.
  const barred = holdOf(t, job, run, Infinity);
  if (barred !== null && barred.kind !== 'full') return;
  const staying = [...job.running].filter((other) => other.life.phase !== 'STOPPING');
  for (const other of staying.slice(0, Math.max(0, staying.length - places + 1))) {
    drive(t, other, { type: 'stop', purpose: 'overlap', steps: other.spec.process.stop, why: `run ${run.id} takes its place`, harder: false });
  }
}

/** What is said of one that is skipped because of what holds the job. */
function heldReason(job: JobNode): SkipReason {
  const [oldest] = job.running;
  if (oldest) return { cause: 'overlap', why: `run ${oldest.id} is still going on` };
  const kind = job.hold?.kind;
  return { cause: kind === 'drain' || kind === 'breaker' || kind === 'paused' ? kind : 'overlap', why: `another run waits already: ${job.hold?.why ?? ''}` };
}

/** Why new work is not even to wait, beside `waiting` others; null: it may. */
export function skipReason(job: JobNode, waiting: number): SkipReason | null {
  const { overlap, queueLimit } = job.spec;
  const places = placesOf(job.spec);
  if (overlap === 'skip') return job.running.size + waiting < places ? null : heldReason(job);
  const mustWait = waiting > 0 || job.running.size >= places;
  if (overlap === 'kill' || !mustWait || waiting < queueLimit) return null;
  return { cause: 'overlap', why: `${String(waiting)} run${waiting === 1 ? '' : 's'} wait${waiting === 1 ? 's' : ''} already (queue_limit)` };
}

/** A run's time has come: it starts, waits, or is skipped. */
export function admit(t: JobTurn, run: RunNode): void {
  const { job } = run;
  if (run.life.phase !== 'QUEUED' || !t.book.runs.has(run.id)) return;
  if (NEW_WORK.includes(run.view.trigger)) {
    const reason = skipReason(job, job.queue.length - 1);
    if (reason) return skip(t, run, reason);
    const places = placesOf(job.spec);
    if (job.spec.overlap === 'kill' && job.running.size + job.queue.length > places) makeWay(t, job, run, places);
  }
  advance(t, job);
  // The next of its job was told what holds it; the others wait behind it.
  if (job.hold !== null && run !== nextOf(job) && t.book.runs.has(run.id) && run.life.phase === 'QUEUED') tellWaiting(t, run, 'queued', job.hold.why, null);
}
