// Everything of the daemon that jobs need, put together: the book, its loop, its children, its records. Without jobs it does nothing.
import type { BreakerSpec, JobSettings, JobSpec } from '../../config/job-spec.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import { Jobs } from '../core/jobs.ts';
import type { JobEffect, JobEvent, JobMoment, JobStep } from '../core/job-state.ts';
import type { JobOverride, JobSetting } from '../contract/jobs.ts';
import type { Report, Supervised } from '../contract/reports.ts';
import type { WallClockWatch } from '../os/ports/clock.ts';
import type { Bus } from './bus.ts';
import type { Mode } from './closing.ts';
import { JobDesk } from './job-control.ts';
import { JobRecords } from './job-records.ts';
import { JobRunner, processIdOf } from './job-runner.ts';
import type { JobRunnerOptions } from './job-runner.ts';
import { Loop } from './loop.ts';
import { RunEnds } from './run-ends.ts';

/** The part of a configuration that is about jobs. */
export interface JobConfig {
  readonly jobs: readonly JobSpec[];
  readonly breakers: readonly BreakerSpec[];
  readonly jobSettings: JobSettings;
}

export interface JobSideOptions extends Omit<JobRunnerOptions, 'tell' | 'publish' | 'isKnown' | 'isStarting'> {
  readonly bus: Bus;
  readonly newId: () => string;
  readonly random: () => number;
  /** Made when there is a job. */
  readonly watchClock: () => WallClockWatch;
}

/** Old runs and letters are looked for this often; `unref`ed, and only where there are jobs. */
const TIDY_MS = 86_400_000;

export class JobSide {
  private readonly options: JobSideOptions;
  readonly loop: Loop<JobEvent, JobMoment, JobStep>;
  private readonly records: JobRecords;
  private config: JobConfig;
  /** By job and key. */
  private readonly overrides = new Map<string, ReadonlyMap<string, JobOverride>>();
  private watch: WallClockWatch | null = null;
  private tidyTimer: NodeJS.Timeout | null = null;
  private closed: (() => void) | null = null;
  readonly runner: JobRunner;
  readonly desk: JobDesk;
  readonly ends = new RunEnds();
  book: Jobs;

  constructor(config: JobConfig, options: JobSideOptions) {
    const { clock, store, bus, random, newId } = options;
    this.options = options;
    this.config = config;
    this.book = bookOf(config);
    this.runner = new JobRunner({
      ...options, publish: (fact) => bus.publish(fact), tell: (id, event) => this.tell({ type: 'run', id, event }), isStarting: (run) => this.book.isStarting(run), isKnown: (job) => this.book.spec(job) !== undefined,
    });
    this.records = new JobRecords({ store, clock, live: (run) => this.runner.of(run), spec: (job) => this.book.spec(job) });
    this.loop = new Loop(this.book, {
      clock, moment: () => ({ mono: clock.mono(), wall: clock.wall(), chance: random, newId }), write: (step) => this.records.write(step), publish: (fact) => bus.publish(fact),
      run: (effect) => this.does(effect),
      // A daemon that was busy must not take a run for silent whose signs of life lie unread.
      beforeDue: (key, go) => (key.startsWith('run ') ? options.reports.drain(key.slice('run '.length), go) : go()),
    });
    this.desk = new JobDesk({ book: () => this.book, runner: this.runner, records: this.records, store, clock, snapshot: () => bus.snapshot, ends: this.ends });
    bus.subscribe((fact) => this.ends.heard(fact));
  }

  readonly tell = (event: JobEvent): void => this.loop.tell(event);

  /** Nothing that was told waits to be done. */
  get isIdle(): boolean {
    return this.loop.isIdle;
  }

  /** What exists, for a fresh snapshot. */
  populate(): void {
    for (const fact of this.book.population()) this.options.bus.publish(fact);
  }

  /** From now on jobs are due. Children of a dead daemon are gone by now. */
  boot(): void {
    const { store, bus } = this.options;
    for (const [job, last] of store.runs.lastRuns()) if (this.book.spec(job) !== undefined) bus.publish({ type: 'job.recalled', job, last });
    this.tell({ type: 'boot', memory: this.records.memory() });
    this.attend();
  }

  /** What is set by hand holds for runs that start later, also after an apply, until the daemon ends or restarts everything. */
  set(job: string, settings: readonly JobSetting[], by: string): void {
    const kept = new Map(this.overrides.get(job));
    for (const { key, override } of settings) {
      if (override === null) kept.delete(key);
      else kept.set(key, override);
    }
    this.overrides.set(job, kept);
    this.told();
    for (const { key, value } of settings) this.options.bus.publish({ type: 'job.set', job, key, value, by });
  }

  /** What holds: the file's, and over it what was set by hand. */
  private told(): void {
    const { jobs, breakers, jobSettings } = this.config;
    const known = new Set(jobs.map(({ name }) => name));
    for (const name of this.overrides.keys()) if (!known.has(name)) this.overrides.delete(name);
    this.tell({ type: 'configure', jobs: jobs.map((spec) => Object.assign({}, spec, ...(this.overrides.get(spec.name)?.values() ?? [])) as JobSpec), breakers, settings: jobSettings });
  }

  /** Other jobs from now on; runs that go on are left alone. */
  configure(config: JobConfig): void {
    const before = this.config;
    this.config = config;
    this.told();
    for (const { name, process } of config.jobs) {
      const was = before.jobs.find((job) => job.name === name);
      // What it writes from now on goes where the new file says, also what a run writes that goes on.
      if (was && this.runner.children().some(([id]) => id === process.id)) this.options.logs.change(process);
    }
    for (const { name } of before.jobs) this.runner.forget(name);
    this.attend();
  }

  /** After a full restart: everything has ended, and this is what there is now. */
  replace(config: JobConfig): void {
    const { bus } = this.options;
    for (const { name } of this.config.jobs) if (!config.jobs.some((job) => job.name === name)) bus.publish({ type: 'job.removed', job: name });
    for (const { name } of this.config.breakers) if (!config.breakers.some((breaker) => breaker.name === name)) bus.publish({ type: 'breaker.removed', breaker: name });
    const before = this.config;
    this.config = config;
    this.overrides.clear();
    this.closed = null;
    this.book = bookOf(config);
    this.loop.replace(this.book);
    for (const { name } of before.jobs) this.runner.forget(name);
  }

  report(subject: Supervised, report: Report): void {
    if ('run' in subject) this.tell({ type: 'report', id: subject.run, report });
    else if (report.type === 'breaker') this.tell({ type: 'breaker', name: report.name, event: report.outcome, who: subject.process });
  }

  /** The process of a job by the id of its lives. */
  specOf(id: string): ProcessSpec | undefined {
    return id.startsWith(processIdOf('')) ? this.book.spec(id.slice(processIdOf('').length))?.process : undefined;
  }

  survivors(): readonly number[] {
    return this.runner.survivors();
  }

  /** Ends all runs as their jobs say, or more harshly; `done` when they have ended. Those whose job has no drain_timeout get graceMs. Asked again: harsher. */
  close(mode: Mode, graceMs: number, done: () => void): void {
    this.closed = done;
    this.tell({ type: 'close', mode, graceMs });
  }

  /** Looks after the clock and old records as long as there is anything to look after. */
  private attend(): void {
    if (this.config.jobs.length === 0) return this.rest();
    if (this.watch === null) {
      this.watch = this.options.watchClock();
      this.watch.onChange(() => this.tell({ type: 'clock_changed' }));
    }
    this.tidyTimer ??= setInterval(() => this.tidy(), TIDY_MS).unref();
  }

  private rest(): void {
    this.watch?.dispose();
    this.watch = null;
    if (this.tidyTimer) clearInterval(this.tidyTimer);
    this.tidyTimer = null;
  }

  private tidy(): void {
    const pruned = this.records.tidy(this.config.jobSettings.deadLetterMs);
    if (pruned !== null && pruned.deleted > 0) this.options.bus.publish({ type: 'dead.pruned', letters: pruned.deleted, left: pruned.left, by: 'retention' });
  }

  private does(effect: JobEffect): void {
    if (effect.type !== 'closed') return this.runner.run(effect);
    const { closed } = this;
    this.closed = null;
    closed?.();
  }

  dispose(): void {
    this.rest();
    this.loop.close();
  }
}

function bookOf({ jobs, breakers, jobSettings }: JobConfig): Jobs {
  return new Jobs({ jobs, breakers, settings: jobSettings });
}
