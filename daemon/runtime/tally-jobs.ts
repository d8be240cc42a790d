// What is counted of jobs, checks, fixes and breakers, beside what their rows in the snapshot count.
import { RUN_BUCKETS } from '../contract/metric-buckets.ts';
import type { Fact } from '../contract/facts.ts';
import { Counts, Histogram } from './counts.ts';
import type { Sum } from './counts.ts';
import { noVitals } from './tally-programs.ts';
import type { VitalCounts } from './tally-programs.ts';

export interface JobTally extends VitalCounts {
  duration: Histogram | null;
  readonly lateness: Sum;
  late: number;
  dead: number;
  /** Wall clock ms. */
  lastSuccessAt: number | null;
}

/** Pairs of check and code, and of code and result: codes are made up by checks. */
const MAX_CODES = 256;
/** Fixes are named by the file, but nothing says that one is gone. */
const MAX_FIXES = 256;

export class JobTallies {
  readonly jobs = new Map<string, JobTally>();
  /** By check and result. */
  readonly looks = new Counts(Number.POSITIVE_INFINITY, []);
  /** By check and code. */
  readonly detected = new Counts(MAX_CODES, [1]);
  /** By code and result. */
  readonly fixes = new Counts(MAX_CODES, [0]);
  readonly fixTimes = new Map<string, Histogram>();
  /** By breaker. */
  readonly openings = new Map<string, number>();
  droppedIssues = 0;
  /** Grows with every change of the dead letters. */
  deadChanges = 0;

  heard(fact: Fact): void {
    switch (fact.type) {
      case 'job.added': return this.added(fact.job);
      case 'job.removed': return this.removed(fact.job);
      case 'job.recalled': {
        const it = this.jobs.get(fact.job);
        if (it && fact.last.state === 'succeeded') it.lastSuccessAt = fact.last.endedAt;
        return;
      }
      case 'job.late': {
        const it = this.jobs.get(fact.job);
        if (it) it.late += 1;
        return;
      }
      case 'run.started': return this.started(fact);
      case 'run.succeeded': case 'run.failed': case 'run.retrying': case 'run.timed_out': case 'run.stalled': case 'run.cancelled': case 'run.interrupted': case 'run.dead': return this.ended(fact);
      case 'dead.added': {
        const it = this.jobs.get(fact.job);
        if (it) it.dead += 1;
        this.deadChanges += 1;
        return;
      }
      case 'dead.retried': case 'dead.pruned': this.deadChanges += 1; return;
      case 'check.completed': return this.looks.add([fact.check, fact.mark.lastResult ?? 'ok']);
      case 'check.failed': case 'check.faltered': return this.looks.add([fact.check, 'failed']);
      case 'check.removed':
        this.looks.forget(0, fact.check);
        return this.detected.forget(0, fact.check);
      case 'issue.opened': case 'issue.reopened': return this.detected.add([fact.issue.check, fact.issue.code ?? '']);
      case 'issue.dropped': this.droppedIssues += fact.issues; return;
      case 'fix.ended': return this.fixed(fact);
      case 'breaker.opened': if (this.openings.has(fact.breaker)) this.openings.set(fact.breaker, (this.openings.get(fact.breaker) ?? 0) + 1); return;
      case 'breaker.added': if (!this.openings.has(fact.breaker)) this.openings.set(fact.breaker, 0); return;
      case 'breaker.removed': this.openings.delete(fact.breaker); return;
      default:
    }
  }

  private added(job: string): void {
    if (!this.jobs.has(job)) this.jobs.set(job, { ...noVitals(), duration: null, lateness: { count: 0, sum: 0 }, late: 0, dead: 0, lastSuccessAt: null });
  }

  private removed(job: string): void {
    this.jobs.delete(job);
    if (job.startsWith('fix:')) this.fixTimes.delete(job.slice('fix:'.length));
  }

  private started({ job, run }: Extract<Fact, { type: 'run.started' }>): void {
    const it = this.jobs.get(job);
    if (!it || run.scheduledAt === null || run.startedAt === null) return;
    it.lateness.count += 1;
    // A clock that was set back makes nobody early.
    it.lateness.sum += Math.max(0, run.startedAt - run.scheduledAt) / 1000;
  }

  private ended({ type, job, run, durationMs, at }: Extract<Fact, { readonly durationMs: number | null; readonly run: unknown }>): void {
    const it = this.jobs.get(job);
    if (!it) return;
    if (durationMs !== null) (it.duration ??= new Histogram(RUN_BUCKETS)).observe(durationMs / 1000);
    if (type === 'run.succeeded') it.lastSuccessAt = run.endedAt ?? at;
  }

  private fixed({ fix, issue, outcome, durationMs }: Extract<Fact, { type: 'fix.ended' }>): void {
    this.fixes.add([issue.code ?? '', outcome]);
    const known = this.fixTimes.get(fix);
    if (known) known.observe(durationMs / 1000);
    else if (this.fixTimes.size < MAX_FIXES) {
      const made = new Histogram(RUN_BUCKETS);
      this.fixTimes.set(fix, made);
      made.observe(durationMs / 1000);
    }
  }
}
