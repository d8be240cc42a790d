// What can be asked about jobs, their runs and dead letters: from memory where they go on, from the store where they are over.
import { nearest } from '../../config/nearest.ts';
import type { CommandError } from '../contract/errors.ts';
import type { DeadLetter, DeadQuery, NextTimes, RunDetails, RunQuery, RunView } from '../contract/jobs.ts';
import { rowOfRun } from '../contract/ps.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { whereOrError } from '../contract/where.ts';
import type { Jobs } from '../core/jobs.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { KeptOutput } from '../os/ports/output.ts';
import type { RunExtras } from '../os/ports/run-store.ts';
import type { Store } from '../os/ports/store.ts';
import type { CalendarAnswer } from '../contract/page.ts';
import { calendarOf } from './calendar.ts';
import type { JobControl } from './control.ts';
import type { JobRecords } from './job-records.ts';
import type { JobRunner } from './job-runner.ts';
import type { RunEnds } from './run-ends.ts';

export interface JobControlOptions {
  readonly book: () => Jobs;
  readonly runner: JobRunner;
  readonly records: JobRecords;
  readonly store: Store;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot;
  readonly ends: RunEnds;
}

/** Rows of one answer. */
const MAX_ROWS = 1000;
/** Runs that a filter looks at. */
const MAX_LOOKED_AT = 20_000;
/** Times of one answer. */
const MAX_TIMES = 1000;
const ERROR_LINES = 50;

/** Nobody has this name. */
export function noSuch(what: 'job' | 'run' | 'breaker' | 'dead letter' | 'check', name: string, known: Iterable<string> = []): CommandError {
  const near = nearest(name, [...known]);
  return { code: 'NOT_FOUND', message: `cannot find ${what} ${name}: there is no such ${what}`, ...(near === null ? {} : { hint: `did you mean ${near}?` }) };
}

function ambiguous(what: 'run' | 'dead letter', name: string): CommandError {
  return { code: 'AMBIGUOUS', message: `cannot tell which ${what} ${name} is: several begin so`, hint: 'give more of the id' };
}

/** Of a run whose daemon died, or was an earlier version, nobody knows what followed a position. */
const UNKNOWN = Buffer.from('[reeve: what this run wrote meanwhile is not kept by position: the daemon it ran under has ended]\n');

function outputOf({ output, outputEnd, outputBytes }: RunExtras): KeptOutput {
  const bytes = outputBytes ?? Buffer.from(output);
  return { bytes, end: outputEnd ?? bytes.length };
}

export class JobDesk implements JobControl {
  private readonly options: JobControlOptions;

  constructor(options: JobControlOptions) {
    this.options = options;
  }

  /** The run as it is now: what it reported lately is in memory only. */
  private now(run: RunView): RunView {
    return this.options.snapshot().runs.get(run.id) ?? run;
  }

  history(query: RunQuery): readonly RunView[] | CommandError {
    const { store, clock } = this.options;
    const limit = Math.min(query.limit, MAX_ROWS);
    if (query.where === undefined) return store.runs.runs({ ...query, limit }).map((run) => this.now(run));
    const now = clock.wall();
    const where = whereOrError(query.where, now);
    if ('code' in where) return where;
    const found: RunView[] = [];
    for (const run of store.runs.runs({ ...query, limit: MAX_LOOKED_AT })) {
      const row = this.now(run);
      if (where.matches(rowOfRun(row), now)) found.push(row);
      if (found.length >= limit) break;
    }
    return found;
  }

  /** A run by its id or the beginning of it, or the newest one of a job. */
  find(name: string): RunView | CommandError {
    const { store, book } = this.options;
    if (book().spec(name) !== undefined) return store.runs.runs({ job: name, limit: 1 })[0] ?? { code: 'NOT_FOUND', message: `cannot find a run of job ${name}: it has not run yet` };
    const found = store.runs.findRun(name);
    if (found === 'ambiguous') return ambiguous('run', name);
    // What is no id was meant to be a job.
    return found === undefined ? noSuch('run', name, /^[0-9a-f-]+$/i.test(name) ? [] : book().names()) : this.now(found);
  }

  show(name: string): RunDetails | CommandError {
    const found = this.find(name);
    if ('message' in found) return found;
    const { store, runner, records, clock, book } = this.options;
    const run = this.now(found);
    const live = runner.of(run.id);
    const kept = store.runs.extras(run.id);
    const attempts = store.runs.attempts(run.first ?? run.id).map(({ id, attempt, state, endedAt }) => ({ id, attempt, state, endedAt }));
    const durationMs = run.startedAt === null ? null : (run.endedAt ?? clock.wall()) - run.startedAt;
    return {
      ...run, durationMs, argv: live?.argv ?? kept?.argv ?? [], output: live?.output.text() ?? kept?.output ?? '', errors: live?.output.errors(ERROR_LINES) ?? kept?.errors ?? [],
      heartbeats: live ? book().heartbeats(run.id) : (kept?.heartbeats ?? []), violations: live ? records.violationsOf(run.id) : (kept?.violations ?? []), attempts,
    };
  }

  next(job: string, count: number): NextTimes {
    const { book, clock } = this.options;
    const spec = book().spec(job);
    if (spec === undefined) return noSuch('job', job, book().names());
    return { job, timezone: spec.timezone, times: book().next(job, clock.wall(), Math.max(1, Math.min(count, MAX_TIMES))) };
  }

  calendar(jobs: readonly string[], from: number, until: number): CalendarAnswer {
    const { book, snapshot } = this.options;
    const views = snapshot().jobs;
    const rows = jobs.flatMap((name) => views.get(name) ?? []).filter((job) => job.enabled && !job.paused);
    return calendarOf(rows, (job, after) => book().next(job, after, 1)[0], from, until);
  }

  dead(query: DeadQuery): readonly DeadLetter[] {
    return this.options.store.runs.dead({ ...query, limit: Math.min(query.limit, MAX_ROWS) });
  }

  showDead(id: string): DeadLetter | CommandError {
    const found = this.options.store.runs.findDead(id);
    if (found === 'ambiguous') return ambiguous('dead letter', id);
    return found ?? noSuch('dead letter', id);
  }

  process(job: string): ProcessSpec | undefined {
    return this.options.book().spec(job)?.process;
  }

  follow(name: string, onChunk: (bytes: Uint8Array, end: number) => void, onEnd: () => void, from?: number): { close(): void } | CommandError {
    const found = this.find(name);
    if ('message' in found) return found;
    const { store, ends, snapshot } = this.options;
    const { id } = found;
    let reading: { close(): void } | null = null;
    const read = (): void => {
      reading = this.options.runner.of(id)?.output.follow(onChunk, onEnd, from) ?? null;
    };
    read();
    if (reading !== null) return reading;
    if (snapshot().runs.has(id)) {
      // Not started yet: its first words are still to come.
      const ended = (): void => {
        // Who reads it hears of its end from what he reads.
        if (reading === null) onEnd();
      };
      const unwatch = ends.watch(id, { started: read, ended, withRetries: false });
      return {
        close() {
          unwatch();
          reading?.close();
        },
      };
    }
    const kept = store.runs.extras(id);
    let closed = false;
    setImmediate(() => {
      if (closed) return;
      if (kept?.outputEnd === null && from !== undefined) onChunk(UNKNOWN, from);
      else if (kept !== undefined) this.options.runner.over(outputOf(kept)).follow(onChunk, () => undefined, from);
      onEnd();
    });
    return { close: () => void (closed = true) };
  }
}
