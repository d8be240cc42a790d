// What somebody asks of jobs, as operations: each run, job or letter a target with a result of its own.
import { parseSignal } from '../../config/signals.ts';
import type { Operation } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import type { FactBody } from '../contract/facts.ts';
import type { DeadLetter, JobSetting, RunView, Trigger } from '../contract/jobs.ts';
import { RUN_STATES } from '../contract/jobs.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { Jobs } from '../core/jobs.ts';
import type { JobEvent, RunRequest } from '../core/job-state.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Store } from '../os/ports/store.ts';
import type { Caller, Mutation } from './control.ts';
import { noSuch } from './job-control.ts';
import type { JobDesk } from './job-control.ts';
import { refused } from './operations.ts';
import type { Operations, Outcome } from './operations.ts';
import { outcomeOf } from './run-ends.ts';
import type { RunEnds } from './run-ends.ts';

export interface JobOperationsOptions {
  readonly book: () => Jobs;
  readonly desk: JobDesk;
  readonly store: Store;
  readonly clock: Clock;
  readonly operations: Operations;
  readonly ends: RunEnds;
  readonly snapshot: () => Snapshot;
  readonly tell: (event: JobEvent) => void;
  readonly publish: (fact: FactBody) => void;
  readonly newId: () => string;
  readonly set: (job: string, settings: readonly JobSetting[], who: string) => void;
}

export type JobMutation = Extract<Mutation, { readonly command: 'job_run' | 'job_set' | 'job_pause' | 'job_resume' | 'job_cancel' | 'job_undo' | 'dead_retry' | 'dead_prune' | 'breaker_set' }>;

/** Letters tried again by one request. */
const MAX_LETTERS = 1000;
/** Runs of a job among which an undo is looked for. */
const UNDONE_AMONG = 1000;

export class JobOperations {
  private readonly options: JobOperationsOptions;

  constructor(options: JobOperationsOptions) {
    this.options = options;
  }

  perform(mutation: JobMutation, caller: Caller): Operation | CommandError {
    switch (mutation.command) {
      case 'job_run': return this.run(mutation, caller);
      case 'job_set': return this.set(mutation, caller);
      case 'job_pause': case 'job_resume': return this.pause(mutation, caller);
      case 'job_cancel': return this.cancel(mutation, caller);
      case 'job_undo': return this.undo(mutation, caller);
      case 'dead_retry': return this.retry(mutation, caller);
      case 'dead_prune': return this.prune(mutation, caller);
      case 'breaker_set': return this.breaker(mutation, caller);
      default: return mutation satisfies never;
    }
  }

  private get(operation: string): Operation {
    return this.options.operations.begun(operation);
  }

  private request(job: string, trigger: Trigger, caller: Caller, rest: Partial<RunRequest> = {}): RunRequest {
    return { job, id: this.options.newId(), trigger, initiator: caller.who, args: [], dueAt: null, key: null, unlessExists: false, parent: null, ...rest };
  }

  /** Asks for a run; the target ends with it, retries included, or when it is planned where it is for later. */
  private ask(operation: string, index: number, request: RunRequest): void {
    const { operations, ends, tell } = this.options;
    operations.tag(operation, index, request.id);
    const settle = (outcome: Outcome): void => operations.settle(operation, index, outcome);
    const planned = (run: RunView): void => settle({ ok: true, message: `planned for ${new Date(run.dueAt ?? 0).toISOString()}`, run: run.id, state: run.state });
    ends.watch(request.id, { ...(request.dueAt === null ? {} : { planned }), ended: (run) => settle(outcomeOf(run)), withRetries: true });
    tell({ type: 'request', request });
  }

  private run(mutation: JobMutation & { command: 'job_run' }, caller: Caller): Operation | CommandError {
    const { book, operations, clock } = this.options;
    const { job, args, key, unlessExists } = mutation;
    if (book().spec(job) === undefined) return noSuch('job', job, book().names());
    // What is past is now.
    const dueAt = mutation.dueAt !== null && mutation.dueAt > clock.wall() ? mutation.dueAt : null;
    const operation = operations.begin('job_run', caller.who, [job]);
    const there = unlessExists ? book().existing(job, args) : undefined;
    if (there !== undefined) operations.settle(operation, 0, { ok: true, message: `not started: run ${there} is there already`, run: there });
    else this.ask(operation, 0, this.request(job, dueAt === null ? 'manual' : 'at', caller, { args, key, unlessExists, dueAt }));
    return this.get(operation);
  }

  private set({ job, settings }: JobMutation & { command: 'job_set' }, caller: Caller): Operation | CommandError {
    const { book, operations, set } = this.options;
    if (book().spec(job) === undefined) return noSuch('job', job, book().names());
    const operation = operations.begin('job_set', caller.who, [job]);
    set(job, settings, caller.who);
    operations.settle(operation, 0, { ok: true, message: settings.map(({ key, value }) => (value === '' ? `${key} as the file says` : `${key} = ${value}`)).join(', ') });
    return this.get(operation);
  }

  private pause(mutation: JobMutation & { command: 'job_pause' | 'job_resume' }, caller: Caller): Operation {
    const { book, operations, tell, snapshot } = this.options;
    const names = [...new Set(mutation.names.flatMap((name) => (name === 'all' ? book().names() : [name])))];
    const operation = operations.begin(mutation.command, caller.who, names);
    const pauses = mutation.command === 'job_pause';
    for (const [index, job] of names.entries()) {
      const paused = snapshot().jobs.get(job)?.paused;
      if (book().spec(job) === undefined) operations.settle(operation, index, refused(noSuch('job', job, book().names())));
      else if (paused === pauses) operations.settle(operation, index, { ok: true, message: pauses ? 'already paused' : 'not paused' });
      else {
        tell({ type: pauses ? 'pause' : 'resume', job, who: caller.who });
        operations.settle(operation, index, { ok: true, message: pauses ? 'paused: not started by its schedule any more' : 'resumed' });
      }
    }
    return this.get(operation);
  }

  /** Runs by their ids, or all that wait or run of a job, also of one that was taken out of the file while it runs. */
  private cancel(mutation: JobMutation & { command: 'job_cancel' }, caller: Caller): Operation | CommandError {
    const { operations, ends, desk, snapshot, tell } = this.options;
    const signal = mutation.signal === null ? null : parseSignal(mutation.signal);
    if (mutation.signal !== null && signal === null) return { code: 'BAD_SIGNAL', message: `cannot send ${mutation.signal}: there is no such signal` };
    const ofJob = (job: string): readonly string[] => [...snapshot().runs.values()].filter((run) => run.job === job).map((run) => run.id);
    const names = [...new Set(mutation.names.flatMap((name) => (snapshot().jobs.has(name) ? ofJob(name) : [name])))];
    const operation = operations.begin('job_cancel', caller.who, names);
    for (const [index, name] of names.entries()) {
      const run = desk.find(name);
      if ('message' in run) operations.settle(operation, index, refused(run));
      else if (RUN_STATES[run.state].final) operations.settle(operation, index, { ok: false, code: 'ALREADY_ENDED', message: `it ended: ${run.state}`, run: run.id, state: run.state });
      else {
        operations.tag(operation, index, run.id);
        ends.watch(run.id, { ended: ({ state, code }) => operations.settle(operation, index, { ok: true, message: state, run: run.id, state, exitCode: code }), withRetries: false });
        tell({ type: 'cancel', id: run.id, signal, who: caller.who });
      }
    }
    return this.get(operation);
  }

  private undo(mutation: JobMutation & { command: 'job_undo' }, caller: Caller): Operation | CommandError {
    const { book, desk, operations } = this.options;
    const run = desk.find(mutation.run);
    if ('message' in run) return run;
    const spec = book().spec(run.job);
    if (spec === undefined) return noSuch('job', run.job, book().names());
    if (spec.undo === null) return { code: 'NOT_SUPPORTED', message: `cannot undo ${run.id}: job ${run.job} has no undo_command` };
    if (run.startedAt === null || run.endedAt === null) return { code: 'FAILED', message: `cannot undo ${run.id}: it ${run.startedAt === null ? 'was never started' : 'is still going on'}` };
    const before = this.undoOf(run);
    if (before !== undefined && !mutation.force) return { code: 'FAILED', message: `cannot undo ${run.id}: run ${before.id} undid it`, hint: 'use --force to undo it once more' };
    const operation = operations.begin('job_undo', caller.who, [run.id]);
    this.ask(operation, 0, this.request(run.job, 'undo', caller, { args: run.args, parent: run.id }));
    return this.get(operation);
  }

  /** The run that undid, or undoes, another. */
  private undoOf(run: RunView): RunView | undefined {
    const since = this.options.store.runs.runs({ job: run.job, since: run.createdAt, limit: UNDONE_AMONG });
    return since.find((other) => other.trigger === 'undo' && other.parent === run.id && (!RUN_STATES[other.state].final || other.state === 'succeeded'));
  }

  private retry(mutation: JobMutation & { command: 'dead_retry' }, caller: Caller): Operation {
    const { desk, operations } = this.options;
    const job = mutation.job === null ? {} : { job: mutation.job };
    const letters: readonly (DeadLetter | (CommandError & { readonly id: string }))[] = mutation.names.length === 0
      ? desk.dead({ ...job, pending: true, limit: MAX_LETTERS })
      : [...new Set(mutation.names)].map((name) => {
        const found = desk.showDead(name);
        return 'message' in found ? { ...found, id: name } : found;
      });
    const operation = operations.begin('dead_retry', caller.who, letters.map(({ id }) => id));
    for (const [index, letter] of letters.entries()) operations.settle(operation, index, 'message' in letter ? refused(letter) : this.retryOne(letter, mutation.force, caller));
    return this.get(operation);
  }

  private retryOne(letter: DeadLetter, force: boolean, caller: Caller): Outcome {
    const { book, store, clock, tell, publish } = this.options;
    if (book().spec(letter.job) === undefined) return refused(noSuch('job', letter.job, book().names()));
    if (letter.retriedAt !== null && !force) return { ok: false, code: 'ALREADY_RETRIED', message: `it was tried again before, as run ${letter.retriedAs ?? 'unknown'}; use --force to try it once more` };
    const request = this.request(letter.job, 'dead_letter', caller, { args: letter.args, parent: letter.id });
    store.runs.markRetried(letter.id, request.id, clock.wall());
    tell({ type: 'request', request });
    publish({ type: 'dead.retried', job: letter.job, run: letter.id, as: request.id, by: caller.who });
    return { ok: true, message: `tried again as run ${request.id}`, run: request.id };
  }

  private prune({ olderMs }: JobMutation & { command: 'dead_prune' }, caller: Caller): Operation {
    const { operations, store, clock, publish } = this.options;
    const operation = operations.begin('dead_prune', caller.who, ['dead letters']);
    const { deleted, left } = store.runs.pruneDead(clock.wall() - olderMs);
    if (deleted > 0) publish({ type: 'dead.pruned', letters: deleted, left, by: caller.who });
    operations.settle(operation, 0, { ok: true, message: `${deleted} deleted, ${left} left` });
    return this.get(operation);
  }

  private breaker({ name, to }: JobMutation & { command: 'breaker_set' }, caller: Caller): Operation | CommandError {
    const { book, operations, tell, snapshot } = this.options;
    const before = book().breaker(name);
    if (before === undefined) return noSuch('breaker', name, snapshot().breakers.keys());
    const operation = operations.begin('breaker_set', caller.who, [name]);
    const state = to === 'open' ? 'open' : to === 'half_open' ? 'half_open' : 'closed';
    tell({ type: 'breaker', name, event: to, who: caller.who });
    const said = state.replace('_', '-');
    // Asked for what is so already: a success, with a warning.
    const message = to === 'reset' ? 'closed, its counts are cleared' : before.state === state ? `already ${said}` : `${said}, was ${before.state.replace('_', '-')}`;
    operations.settle(operation, 0, { ok: true, message });
    return this.get(operation);
  }
}
