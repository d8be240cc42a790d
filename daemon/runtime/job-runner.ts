// Effects of the book of jobs become calls of ports, and what comes back becomes events: one child for each run.
import type { JobSpec } from '../../config/job-spec.ts';
import { redactText } from '../../config/redact.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { RunView } from '../contract/jobs.ts';
import type { JobEffect, RunEvent } from '../core/job-state.ts';
import { exitWords } from '../core/process-life.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { LogPlane } from '../os/ports/logs.ts';
import type { KeptOutput, LifeOutput } from '../os/ports/output.ts';
import type { Child, ExitReport, Processes, SpawnError } from '../os/ports/processes.ts';
import type { ReportChannels } from '../os/ports/reports.ts';
import type { LifeRecord, Store } from '../os/ports/store.ts';
import { childEnvironment } from './environment.ts';
import type { EnvironmentSource } from './environment.ts';
import { HOPELESS } from './interpreter.ts';
import { processOfRun, runVariables } from './job-command.ts';
import { TappedOutput } from './tapped-output.ts';
import type { StdoutEar } from './tapped-output.ts';

export interface JobRunnerOptions {
  readonly processes: Processes;
  readonly logs: LogPlane;
  readonly store: Store;
  readonly clock: Clock;
  readonly environment: EnvironmentSource;
  /** HOME, USER, LOGNAME of another user. */
  readonly homeOf: (user: string) => Readonly<Record<string, string>>;
  readonly uidOf: (user: string) => number | null;
  /** Bytes free where a path is. */
  readonly freeBytes: (path: string) => Promise<number | { readonly error: string }>;
  readonly reports: ReportChannels;
  readonly tell: (run: string, event: RunEvent) => void;
  readonly publish: (fact: FactBody) => void;
  /** Who hears what a run writes to its stdout; null: nobody. */
  readonly ear?: (run: RunView, spec: JobSpec) => StdoutEar | null;
  /** Is the start of this run still wanted? */
  readonly isStarting: (run: string) => boolean;
  /** Is there such a job? */
  readonly isKnown: (job: string) => boolean;
}

/** A run whose child lives, or is about to. Kept until the book releases it. */
export interface LiveRun {
  readonly run: RunView;
  readonly spec: JobSpec;
  readonly argv: readonly string[];
  /** Names of its environment. */
  readonly environment: readonly string[];
  readonly output: LifeOutput;
  child: Child | null;
  /** Its end is not written down yet: somebody of it is still being ended, and if we die the next daemon must look for him. */
  unfinished: (() => void) | null;
}

/** The id of a job's log and of the lives of its runs. */
export function processIdOf(job: string): string {
  return `job:${job}`;
}

export class JobRunner {
  private readonly options: JobRunnerOptions;
  private readonly live = new Map<string, LiveRun>();

  constructor(options: JobRunnerOptions) {
    this.options = options;
  }

  run(effect: Exclude<JobEffect, { type: 'closed' }>): void {
    switch (effect.type) {
      case 'start': return this.start(effect);
      case 'signal': return this.signal(effect);
      case 'watch': return this.watch(effect.run);
      case 'survey': return this.survey(effect.run);
      case 'release': return this.release(effect.run);
      default: return effect satisfies never;
    }
  }

  /** What is known of a run whose child lives, or was not released yet. */
  of(run: string): LiveRun | undefined {
    return this.live.get(run);
  }

  /** The output of a run that is over. */
  over(kept: KeptOutput): LifeOutput {
    return this.options.logs.keep(kept);
  }

  /** Those whose children may live. */
  children(): readonly (readonly [id: string, child: Child | undefined])[] {
    return [...this.live.values()].map(({ run, child }) => [processIdOf(run.job), child ?? undefined]);
  }

  /** Pids of runs that will not go. */
  survivors(): readonly number[] {
    return [...this.live.values()].flatMap(({ child }) => (child === null ? [] : this.options.processes.tree(child)));
  }

  private start(effect: JobEffect & { type: 'start' }): void {
    if (effect.spec.minFreeDisk.length === 0) return this.spawn(effect);
    void this.roomFor(effect.spec).then((problem) => {
      if (problem === null || !this.options.isStarting(effect.run.id)) return this.spawn(effect);
      return this.options.tell(effect.run.id, { type: 'no_room', message: problem });
    });
  }

  /** Why there is too little room for a run; null: there is enough. */
  private async roomFor(spec: JobSpec): Promise<string | null> {
    for (const { path, bytes } of spec.minFreeDisk) {
      const free = await this.options.freeBytes(path);
      if (typeof free !== 'number') return `cannot tell how much is free where ${path} is: ${free.error}`;
      if (free < bytes) return `${Math.floor(free / 1_048_576)} MiB are free where ${path} is, and min_free_disk asks for ${Math.ceil(bytes / 1_048_576)} MiB`;
    }
    return null;
  }

  private spawn({ run, spec, use, given }: JobEffect & { type: 'start' }): void {
    const { logs, processes, clock, store, reports } = this.options;
    // It was cancelled before its turn came.
    if (!this.options.isStarting(run.id)) return this.failed(run.id, { kind: 'other', message: 'ended before it was started', errno: null });
    const process = processOfRun(spec, run, use, given);
    const variables = reports.open({ supervisionId: run.id, job: run.job, run: run.id }, {
      uid: process.user === null ? null : this.options.uidOf(process.user), notify: spec.notify || spec.vitals.heartbeat !== null, watchdogMs: spec.vitals.heartbeat?.intervalMs ?? null,
    }).variables;
    const home = process.user === null ? {} : this.options.homeOf(process.user);
    const environment = childEnvironment(process, this.options.environment, run.id, { ...home, ...runVariables(run, use), ...variables, ...given?.environment });
    const live: LiveRun = { run, spec, argv: process.command.words.map((word) => redactText(word, process)), environment: Object.keys(environment).toSorted(), output: this.outputOf(run, spec), child: null, unfinished: null };
    this.live.set(run.id, live);
    if (process.command.problem !== undefined) return this.failed(run.id, { kind: 'bad_command', message: process.command.problem, errno: null });
    const problem = logs.open(process);
    if (problem !== null) return this.failed(run.id, { kind: 'no_log', message: problem, errno: null });
    const life: LifeRecord = {
      process: process.id, incarnation: run.number, supervisionId: run.id, pid: 0, startTime: 0, startedAt: clock.wall(), endedAt: null, code: null, signal: null, why: null, lastOutput: null,
    };
    // Written down before it lives: if we are killed in the next moment, the next daemon finds it by its SUPERVISION_ID.
    store.lifeStarted(life);
    // What it was is known also where nobody sees its end.
    store.runs.saveExtras(run.id, { argv: live.argv, output: '', outputEnd: null, outputBytes: null, heartbeats: [], errors: [], violations: [] });
    store.flush();
    const outcome = processes.spawn({ spec: process, incarnation: run.number, supervisionId: run.id, environment, onExit: (report) => this.exited(live, process, report) });
    if ('error' in outcome) {
      store.lifeEnded(process.id, run.number, { endedAt: clock.wall(), code: null, signal: null, why: outcome.error.message, lastOutput: null });
      return this.failed(run.id, outcome.error);
    }
    live.child = outcome.child;
    if (outcome.stdin && given?.input !== undefined) outcome.stdin.end(given.input);
    if (outcome.stdout) logs.attach(outcome.child, 'stdout', outcome.stdout, live.output);
    if (outcome.stderr) logs.attach(outcome.child, 'stderr', outcome.stderr, live.output);
    store.lifeStarted({ ...life, pid: outcome.child.pid, startTime: outcome.child.startTime });
    this.options.tell(run.id, { type: 'spawned', pid: outcome.child.pid });
  }

  private outputOf(run: RunView, spec: JobSpec): LifeOutput {
    const output = this.options.logs.keep();
    const ear = this.options.ear?.(run, spec) ?? null;
    return ear === null ? output : new TappedOutput(output, ear);
  }

  private failed(id: string, { kind, message }: SpawnError): void {
    this.options.tell(id, { type: 'spawn_failed', message, hopeless: HOPELESS.has(kind) });
  }

  /** Drain first, then say that it ended: its last words, and what it last reported, come before anybody hears of the exit. */
  private exited(live: LiveRun, process: ProcessSpec, report: ExitReport): void {
    const { logs, reports } = this.options;
    logs.drain(report.child, () => reports.drain(live.run.id, () => this.settled(live, process, report)));
  }

  private settled(live: LiveRun, process: ProcessSpec, { child, code, signal, left, usage, oom }: ExitReport): void {
    const { store, clock, tell } = this.options;
    const endedAt = clock.wall();
    const why = exitWords({ code, signal, ...(oom === undefined ? {} : { oom }) });
    const end = (): void => store.lifeEnded(process.id, child.incarnation, { endedAt, code, signal, why, lastOutput: null });
    if (process.sweep && left.length > 0) live.unfinished = end;
    else end();
    tell(live.run.id, { type: 'exited', code, signal, left, usage: usage ?? { peakRssBytes: null, cpuMs: null }, ...(oom === undefined ? {} : { oom }) });
  }

  private signal({ run: id, signal, scope }: JobEffect & { type: 'signal' }): void {
    const child = this.live.get(id)?.child;
    if (!child) return;
    const outcome = this.options.processes.signal(child, signal, scope);
    if ('error' in outcome) this.options.tell(id, { type: 'signal_failed', why: `cannot send ${signal}: ${outcome.error}` });
  }

  private watch(id: string): void {
    const live = this.live.get(id);
    if (!live?.child) return this.options.tell(id, { type: 'gone' });
    this.options.processes.whenGone(live.child, () => {
      live.unfinished?.();
      live.unfinished = null;
      // What those whom it left said last.
      if (live.child) this.options.logs.drain(live.child, () => this.options.tell(id, { type: 'gone' }));
    });
  }

  private survey(id: string): void {
    const live = this.live.get(id);
    const pids = live?.child ? this.options.processes.tree(live.child) : [];
    if (live && pids.length > 0) this.options.publish({ type: 'run.survivors', job: live.run.job, run: id, pids });
  }

  private release(id: string): void {
    this.options.reports.close(id);
    const live = this.live.get(id);
    if (!live) return;
    this.live.delete(id);
    live.output.end();
    live.unfinished?.();
    if (live.child) this.options.processes.forget(live.child);
    this.forget(live.run.job);
  }

  /** Closes the log of a job that nobody knows any more and of which nothing runs. */
  forget(job: string): void {
    if (this.options.isKnown(job)) return;
    for (const { run } of this.live.values()) if (run.job === job) return;
    this.options.logs.close(processIdOf(job));
  }
}
