// Other jobs from now on: what stays keeps its history, what runs goes on, what is gone is forgotten when its last run is over.
import type { BreakerSpec, JobSettings, JobSpec } from '../../config/job-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { Book, JobNode, JobTurn } from './job-book.ts';
import { newJob } from './job-book.ts';
import { configureBreakers } from './job-breakers.ts';
import { forget, tellSkips } from './job-ending.ts';
import { beginSchedule, changeSchedule } from './job-fires.ts';
import { drive } from './job-life.ts';

/** `every 90s`, as a person would write it. */
function everyText(ms: number): string {
  for (const [unit, size] of [['d', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000]] as const) if (ms % size === 0) return `every ${String(ms / size)}${unit}`;
  return `every ${String(ms)}ms`;
}

function scheduleText(spec: JobSpec): string {
  if (spec.schedule === null) return '';
  return spec.schedule.kind === 'cron' ? spec.schedule.text : everyText(spec.schedule.everyMs);
}

/** The fact of a job that is new, or changed. */
export function jobFact(type: 'job.added' | 'job.changed', job: JobNode): FactBody {
  const { name, spec } = job;
  const fact = { job: name, schedule: scheduleText(spec), timezone: spec.timezone, enabled: spec.enabled && !job.removed, breaker: spec.breaker };
  return type === 'job.added' && spec.role !== 'job' ? { type, ...fact, role: spec.role } : { type, ...fact };
}

function timesText({ schedule, timezone, notBefore, notAfter, jitterMs, enabled }: JobSpec): string {
  return JSON.stringify([schedule, timezone, notBefore, notAfter, jitterMs, enabled]);
}

function specText(spec: JobSpec): string {
  return JSON.stringify({ ...spec, origin: null, process: { ...spec.process, origin: null } });
}

function add(t: JobTurn, spec: JobSpec): void {
  const job = newJob(spec);
  job.number = t.book.numbers.get(spec.name) ?? 0;
  t.book.jobs.set(spec.name, job);
  t.say(jobFact('job.added', job));
  beginSchedule(t, job, null);
}

function change(t: JobTurn, job: JobNode, spec: JobSpec): void {
  const back = job.removed;
  if (!back && specText(job.spec) === specText(spec)) return;
  const moved = back || timesText(job.spec) !== timesText(spec);
  job.removed = false;
  job.spec = spec;
  // Those that wait obey what holds now.
  for (const run of job.live.values()) if (run.life.phase === 'SCHEDULED' || run.life.phase === 'QUEUED') run.spec = spec;
  t.say(jobFact('job.changed', job));
  if (moved) changeSchedule(t, job);
  t.woken.add(job);
}

function remove(t: JobTurn, job: JobNode): void {
  if (job.removed) return;
  job.removed = true;
  tellSkips(t, job);
  for (const run of [...job.live.values()]) {
    if (run.life.phase === 'SCHEDULED' || run.life.phase === 'QUEUED') drive(t, run, { type: 'stop', purpose: 'cancel', steps: run.spec.process.stop, why: 'its job was taken out of the configuration', harder: false });
  }
  if (t.book.jobs.get(job.name) !== job) return;
  if (job.live.size > 0) {
    t.say(jobFact('job.changed', job));
    changeSchedule(t, job);
  } else {
    forget(t, job);
  }
}

/** O(jobs). */
export function configure(t: JobTurn, jobs: readonly JobSpec[], breakers: readonly BreakerSpec[], settings: JobSettings): void {
  t.book.settings = settings;
  configureBreakers(t, breakers, settings);
  const names = new Set(jobs.map((spec) => spec.name));
  for (const job of [...t.book.jobs.values()]) if (!names.has(job.name)) remove(t, job);
  for (const spec of jobs) {
    const job = t.book.jobs.get(spec.name);
    if (job) change(t, job, spec);
    else add(t, spec);
  }
}

/** Facts that say how a job fares, for a fresh snapshot. */
export function jobFacts(book: Book): readonly FactBody[] {
  const facts: FactBody[] = [];
  for (const job of book.jobs.values()) {
    facts.push(jobFact('job.added', job));
    if (job.paused !== null) facts.push({ type: 'job.paused', job: job.name, by: job.paused.by });
    if (job.next !== null || job.lastFireAt !== null) facts.push({ type: 'job.next', job: job.name, nextAt: job.paused === null ? (job.next?.at ?? null) : null, lastFireAt: job.lastFireAt });
    if (job.hold !== null) facts.push({ type: 'job.held', job: job.name, why: job.hold.why });
  }
  for (const run of book.runs.values()) {
    const { state } = run.view;
    if (run.told) facts.push({ type: state === 'running' ? 'run.started' : state === 'queued' ? 'run.queued' : 'run.scheduled', job: run.job.name, run: run.view });
  }
  return facts;
}
