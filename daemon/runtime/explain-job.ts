// What does a job do now, when is it due, how did it fare, and what keeps it from starting? Pure.
import type { JobSettings, JobSpec } from '../../config/job-spec.ts';
import type { JobExplanation } from '../contract/explanations.ts';
import type { BreakerView, DrainView, JobView, RunState, RunView } from '../contract/jobs.ts';
import { shortId } from '../contract/names.ts';
import { ago, because, count, dueIn, listed, span } from './explain-words.ts';

export interface JobSource {
  readonly job: JobView;
  readonly spec: JobSpec;
  readonly settings: Pick<JobSettings, 'maxParallel'>;
  /** Newest first, also those that go on or wait. */
  readonly runs: readonly RunView[];
  /** Its next times, wall clock ms. */
  readonly next: readonly number[];
  /** The breaker that it names. */
  readonly breaker: BreakerView | undefined;
  readonly drain: DrainView | null;
  /** Jobs after whose runs it starts: after a good one, after a bad one. */
  readonly after: { readonly success: readonly string[]; readonly failure: readonly string[] };
  /** Its dead letters that nobody tried again. */
  readonly dead: number;
  /** Wall clock ms. */
  readonly now: number;
}

/** Ends that say whether a job does its work. */
const GOOD: ReadonlySet<RunState> = new Set(['succeeded']);
const BAD: ReadonlySet<RunState> = new Set(['failed', 'retrying', 'timed_out', 'stalled', 'interrupted', 'dead']);
const RUNS_TOLD = 3;

function isDrained({ job, drain }: Pick<JobSource, 'job' | 'drain'>): boolean {
  return drain !== null && (drain.names.length === 0 || drain.names.includes(job.name));
}

/** running, held, paused, disabled, queued, planned or idle. */
export function jobStateOf(job: JobView): string {
  if (job.running.length > 0) return 'running';
  if (job.paused) return 'paused';
  if (job.held !== '') return 'held';
  if (!job.enabled) return 'disabled';
  return job.queued > 0 ? 'queued' : job.waiting > 0 ? 'planned' : 'idle';
}

/** `job import`, `check bags`, `fix bags`: by what it is for. */
export function jobTitle(job: Pick<JobView, 'name' | 'role'>): string {
  return job.role === 'job' ? `job ${job.name}` : job.name.replace(':', ' ');
}

function summary(source: JobSource): string {
  const { job, next, now, spec } = source;
  const name = jobTitle(job);
  if (job.running.length > 0) return `${name} runs now: ${count(job.running.length, 'run')}${job.queued > 0 ? `, and ${job.queued} wait${job.queued === 1 ? 's' : ''} for a place` : ''}.`;
  if (job.paused) return `${name} is paused${job.pausedBy === '' ? '' : ` by ${job.pausedBy}`}: its schedule does not start it.`;
  if (isDrained(source)) return `${name} is drained${source.drain === null ? '' : ` by ${source.drain.by}`}: no run of it starts.`;
  if (job.held !== '') return `${name} is due and does not start: ${job.held}.`;
  if (!job.enabled) return `${name} is disabled in the file (enabled = false): it runs only when somebody asks for it.`;
  const [at] = next;
  if (at !== undefined) return `${name} does nothing now; it is due ${dueIn(at, now, job.timezone)}.`;
  return `${name} does nothing now${spec.schedule === null ? '' : ', and its schedule has no further time'}.`;
}

function schedule({ job, spec, next, after, now }: JobSource): readonly string[] {
  const out: string[] = [];
  if (spec.schedule !== null) {
    const times = next.slice(1, 3).map((at) => dueIn(at, now, job.timezone).replace(/^at /, ''));
    out.push(`Its schedule is \`${job.schedule}\` on the clock of ${job.timezone}${next.length === 0 ? '' : `: next ${dueIn(next[0] ?? now, now, job.timezone)}`}${times.length === 0 ? '' : `; then ${times.join('; ')}`}.`);
    if (spec.jitterMs > 0) out.push(`It starts up to ${span(spec.jitterMs)} later than that, at random.`);
    if (spec.notBefore !== null && spec.notBefore > now) out.push(`It is not due before ${dueIn(spec.notBefore, now, job.timezone)}.`);
    if (spec.notAfter !== null) out.push(spec.notAfter <= now ? 'Its last time is over: not_after is past.' : `It is not due any more after ${dueIn(spec.notAfter, now, job.timezone)}.`);
  } else if (job.role === 'job' && after.success.length + after.failure.length === 0) out.push(`It has no schedule: \`reevectl job run ${job.name}\` starts it.`);
  if (after.success.length > 0) out.push(`It starts after a good run of ${listed(after.success)}.`);
  if (after.failure.length > 0) out.push(`It starts after a failed run of ${listed(after.failure)}.`);
  return out;
}

const OVERLAPS: Readonly<Record<JobSpec['overlap'], string>> = {
  skip: 'a run that is due meanwhile is skipped', queue: 'a run that is due meanwhile waits', kill: 'a run that is due meanwhile ends this one first', allow: 'a run that is due meanwhile starts beside it',
};

/** What keeps it from starting, and what would change that. */
export function holds(source: JobSource): readonly string[] {
  const { job, spec, breaker, drain, settings, now } = source;
  const out: string[] = [];
  if (job.paused) out.push(`\`reevectl job resume ${job.name}\` lets its schedule start it again; a run asked for by hand starts also now.`);
  if (isDrained(source) && drain !== null) out.push(`The drain ${drain.expiresAt === null ? 'has no end by itself' : `ends ${dueIn(drain.expiresAt, now, job.timezone)}`}; \`reevectl resume\` ends it now.`);
  if (breaker !== undefined && breaker.state !== 'closed') {
    const until = breaker.retryAt === null ? '' : `, half-open ${dueIn(breaker.retryAt, now, job.timezone)}`;
    out.push(`Its breaker ${breaker.name} is ${breaker.state.replace('_', '-')}${until}: ${spec.fallback === null ? 'its runs wait' : 'its fallback runs in its place'}; \`reevectl explain breaker:${breaker.name}\` says more.`);
  }
  if (job.running.length > 0 && spec.maxParallel === null) out.push(`One at a time: ${OVERLAPS[spec.overlap]} (overlap = "${spec.overlap}").`);
  if (job.queued > 0 && job.held !== '') out.push(`${count(job.queued, 'run waits', 'runs wait')}: ${job.held}.`);
  if (spec.maxParallel !== null) out.push(`At most ${count(spec.maxParallel, 'run')} of it at a time (max_parallel); ${job.running.length} now.`);
  if (spec.rate.max !== null) out.push(`At most ${count(spec.rate.max, 'start')} in ${span(spec.rate.windowMs)} (rate).`);
  if (job.held.startsWith('max_parallel') && settings.maxParallel !== null) out.push(`All jobs together have ${count(settings.maxParallel, 'place')} ([jobs] max_parallel).`);
  return out;
}

/** How its last runs ended, in a row. */
export function streak(runs: readonly RunView[], now: number): string | null {
  const ended = runs.filter((run) => run.startedAt !== null && (GOOD.has(run.state) || BAD.has(run.state)));
  const [last] = ended;
  if (last === undefined) return null;
  const good = GOOD.has(last.state);
  const other = ended.findIndex((run) => GOOD.has(run.state) !== good);
  const row = other < 0 ? ended.length : other;
  const took = last.startedAt === null || last.endedAt === null ? '' : ` after ${ago(last.endedAt - last.startedAt)}`;
  const when = last.endedAt === null ? '' : ` ${ago(now - last.endedAt)} ago`;
  const word = last.state.replace('_', ' ');
  if (row === 1) return `Its last run ${good ? 'succeeded' : `ended badly (${word}${last.why === '' ? '' : `: ${last.why}`})`}${when}${took}.`;
  if (good) return `Its last ${row} runs succeeded, the last one${when}${took}.`;
  const before = ended[other];
  const lastGood = before?.endedAt == null ? '' : `; the last good one ended ${ago(now - before.endedAt)} ago`;
  return `Its last ${row} runs ended badly, the last one${when} (${word}${last.why === '' ? '' : `: ${last.why}`})${lastGood}.`;
}

function results({ job, spec, runs, dead, now }: JobSource): readonly string[] {
  const out: string[] = [];
  for (const run of runs.filter((one) => one.state === 'running').slice(0, RUNS_TOLD)) {
    const done = run.progress?.percent == null ? '' : `, ${run.progress.percent} % done`;
    out.push(`Run ${shortId(run.id)} (attempt ${run.attempt}, by ${run.initiator}) goes on for ${ago(now - (run.startedAt ?? now))}${done}; \`reevectl explain run:${shortId(run.id)}\` says more.`);
  }
  for (const run of runs.filter((one) => one.state === 'scheduled' && one.dueAt !== null).slice(0, RUNS_TOLD)) {
    out.push(`Run ${shortId(run.id)} (attempt ${run.attempt}, ${run.trigger.replace('_', ' ')}) starts ${dueIn(run.dueAt ?? now, now, job.timezone)}${because(run.why)}.`);
  }
  const row = streak(runs, now);
  if (row !== null) out.push(row);
  else if (job.last !== null) out.push(`Its last run: ${job.last.state.replace('_', ' ')} ${ago(now - job.last.endedAt)} ago${because(job.last.why)}.`);
  else if (job.running.length === 0) out.push('It has not run yet.');
  if (spec.retry.max !== 0) out.push(`A run that fails is tried again${spec.retry.max === null ? '' : ` up to ${count(spec.retry.max, 'time')}`}.`);
  if (dead > 0) out.push(`${count(dead, 'run')} of it failed for good and ${dead === 1 ? 'waits' : 'wait'} as dead letter${dead === 1 ? '' : 's'}: \`reevectl dead list --job ${job.name}\`.`);
  const set = Object.entries(job.set).map(([key, value]) => `${key} = ${value}`);
  if (set.length > 0) out.push(`Set by hand until the daemon ends: ${set.join(', ')}.`);
  return out;
}

/** Sentences that also say how the job of a check or a fix fares. */
export function jobSentences(source: JobSource): readonly string[] {
  return [...holds(source), ...schedule(source), ...results(source)];
}

export function explainJob(source: JobSource): JobExplanation {
  const { job, next, runs } = source;
  return { kind: 'job', name: job.name, state: jobStateOf(job), summary: summary(source), sentences: jobSentences(source), job, next, runs };
}
