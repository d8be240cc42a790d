// What a step of the book of jobs must write down before its facts are told, and what an earlier daemon wrote.
import type { JobSpec } from '../../config/job-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { BreakerView, RunView } from '../contract/jobs.ts';
import { RUN_STATES } from '../contract/jobs.ts';
import type { JobEffect, JobMemory, JobRecord, JobStep } from '../core/job-state.ts';
import { amountInWords } from '../core/limit-words.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { RunExtras } from '../os/ports/run-store.ts';
import type { Store } from '../os/ports/store.ts';
import type { LiveRun } from './job-runner.ts';

export interface JobRecordsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly live: (run: string) => LiveRun | undefined;
  readonly spec: (job: string) => JobSpec | undefined;
}

/** Lines of standard error kept of a run. */
const ERROR_LINES = 50;
/** Successful runs of a job whose durations say what is usual. */
const DURATIONS = 100;
/** What is kept of a job that is in no file any more. */
const OF_UNKNOWN: JobSpec['history'] = { okMs: 2 * 86_400_000, failedMs: 5 * 86_400_000, keep: 1000 };
/** Violations kept of a run. */
const VIOLATIONS = 20;

type Violation = RunExtras['violations'][number];

/** A limit that a run did not keep; null: the fact tells of none. */
function violationOf(fact: FactBody, at: number): { readonly run: string; readonly violation: Violation } | null {
  const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
  switch (fact.type) {
    case 'run.warned': return { run: fact.run, violation: { at, what: 'soft_timeout', limit: seconds(fact.afterMs), actual: `sent SIG${fact.signal}` } };
    case 'run.slow': return { run: fact.run, violation: { at, what: 'usual duration', limit: seconds(fact.usualMs), actual: seconds(fact.ranMs) } };
    case 'heartbeat.stuck': return 'run' in fact ? { run: fact.run, violation: { at, what: 'signs of life', limit: fact.action, actual: fact.why } } : null;
    case 'limit.exceeded': return 'run' in fact ? { run: fact.run, violation: { at, what: fact.limit, limit: amountInWords(fact.limit, fact.max), actual: fact.why } } : null;
    case 'run.timed_out': return { run: fact.run.id, violation: { at, what: 'timeout', limit: fact.run.why, actual: fact.durationMs === null ? 'not started' : seconds(fact.durationMs) } };
    default: return null;
  }
}

export class JobRecords {
  private readonly options: JobRecordsOptions;
  private readonly violations = new Map<string, Violation[]>();
  /** Jobs of which runs ended, and what they keep is to be looked at. */
  private readonly ended = new Set<string>();

  constructor(options: JobRecordsOptions) {
    this.options = options;
  }

  /** Committed when it returns. */
  write(step: JobStep): void {
    const { store, clock } = this.options;
    for (const fact of step.facts) this.note(fact, clock.wall());
    for (const record of step.records) this.record(record);
    for (const effect of step.effects) if (effect.type === 'release') this.extras(effect);
    if (step.records.length > 0) store.flush();
  }

  private note(fact: FactBody, at: number): void {
    // Counts and states of breakers are facts only: a breaker has no record of its own.
    if ('row' in fact && 'breaker' in fact) this.options.store.runs.saveBreaker(fact.breaker, fact.row.state, JSON.stringify(fact.row), at);
    const noted = violationOf(fact, at);
    if (noted === null) return;
    const list = this.violations.get(noted.run) ?? [];
    if (list.length < VIOLATIONS) list.push(noted.violation);
    this.violations.set(noted.run, list);
  }

  private record(record: JobRecord): void {
    const { store: { runs }, clock, live } = this.options;
    switch (record.type) {
      case 'run':
        runs.saveRun(record.run, this.options.spec(record.run.job)?.atLeastOnce === true);
        if (RUN_STATES[record.run.state].final) this.prune(record.run.job);
        return;
      case 'fire': return runs.saveFire(record.job, record.at);
      case 'paused': return runs.savePaused(record.job, record.by, clock.wall());
      case 'dead': {
        const of = live(record.letter.id);
        return runs.saveDead({ ...record.letter, argv: of?.argv ?? [], environment: of?.environment ?? [], output: of?.output.text() ?? '' });
      }
      default: return record satisfies never;
    }
  }

  /** What is kept of a run beside its row. */
  private extras({ run, heartbeats }: JobEffect & { type: 'release' }): void {
    const live = this.options.live(run);
    const kept = live?.output.kept();
    const output = live?.output.text() ?? '';
    // What is no UTF-8 is shown with another character in its place, of another length.
    const outputBytes = kept === undefined || Buffer.byteLength(output) === kept.bytes.length ? null : kept.bytes;
    if (live) this.options.store.runs.saveExtras(run, { argv: live.argv, output, outputEnd: kept?.end ?? null, outputBytes, heartbeats, errors: live.output.errors(ERROR_LINES), violations: this.violationsOf(run) });
    this.violations.delete(run);
  }

  violationsOf(run: string): readonly Violation[] {
    return this.violations.get(run) ?? [];
  }

  /** Soon, and once for all ends of one turn. */
  private prune(job: string): void {
    if (this.ended.size === 0) setImmediate(() => this.pruneAll());
    this.ended.add(job);
  }

  private pruneAll(): void {
    for (const job of this.ended) this.pruneOne(job);
    this.ended.clear();
  }

  private pruneOne(job: string): void {
    const history = this.options.spec(job)?.history ?? OF_UNKNOWN;
    const now = this.options.clock.wall();
    this.options.store.runs.pruneRuns(job, { okBefore: now - history.okMs, failedBefore: now - history.failedMs, keep: history.keep });
  }

  /** Runs and letters that are old, of jobs that seldom run. `deadLetterMs` 0: letters are kept for ever. */
  tidy(deadLetterMs: number): { readonly deleted: number; readonly left: number } | null {
    const { store, clock } = this.options;
    for (const job of store.runs.runNumbers().keys()) this.pruneOne(job);
    return deadLetterMs === 0 ? null : store.runs.pruneDead(clock.wall() - deadLetterMs);
  }

  /** What is known from before, and whether it outlives us. */
  memory(): JobMemory {
    const { store } = this.options;
    const { runs } = store;
    const open = runs.openRuns();
    const waits = (run: RunView): boolean => run.state === 'scheduled' || run.state === 'queued';
    // A run's row may be gone while its life is still known: a number is never given twice.
    const numbers = new Map(runs.runNumbers());
    for (const [process, incarnation] of store.incarnations()) {
      if (!process.startsWith('job:')) continue;
      const job = process.slice('job:'.length);
      numbers.set(job, Math.max(incarnation, numbers.get(job) ?? 0));
    }
    return {
      persistent: store.path !== null, lastFires: runs.lastFires(), numbers, paused: runs.paused(), waiting: open.filter(waits), lost: open.filter((run) => !waits(run)),
      durations: runs.durations(DURATIONS), breakers: breakersOf(store),
    };
  }
}

/** Breakers as they were; a row that cannot be read is as if it were not there. */
function breakersOf({ runs }: Store): ReadonlyMap<string, BreakerView> {
  const rows = new Map<string, BreakerView>();
  for (const [name, { data }] of runs.breakers()) {
    try {
      rows.set(name, JSON.parse(data) as BreakerView);
    } catch {
      // Written by hand, or cut: the breaker begins closed.
    }
  }
  return rows;
}
