// Everything of the daemon that issues need, put together: the book, its loop, its records, the looks of checks and the work of fixes.
import type { CheckSpec, FixSpec, IssueSettings } from '../../config/check-spec.ts';
import type { JobSpec } from '../../config/job-spec.ts';
import type { Fact } from '../contract/facts.ts';
import type { CheckReport, FixOutcome, IssueView } from '../contract/issues.ts';
import type { RunView } from '../contract/jobs.ts';
import { RUN_STATES } from '../contract/jobs.ts';
import type { Json } from '../contract/reports.ts';
import { CHECK_FAILED, identityOf, readIssueJson } from '../core/issue-report.ts';
import type { IssueReport } from '../core/issue-report.ts';
import { Issues } from '../core/issues.ts';
import type { IssueEffect, IssueEvent, IssueMemory, IssueMoment, IssueStep, Sighting } from '../core/issue-state.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Store } from '../os/ports/store.ts';
import type { Bus } from './bus.ts';
import { CheckLooks } from './check-looks.ts';
import type { Looked } from './check-looks.ts';
import { inputOf, outcomeOfRun, resultLine, resultOf, variablesOf } from './fix-words.ts';
import type { JobSide } from './job-side.ts';
import { LineEar } from './line-ear.ts';
import { Loop } from './loop.ts';
import type { StdoutEar } from './tapped-output.ts';

/** The part of a configuration that is about issues. */
export interface IssueConfig {
  readonly checks: readonly CheckSpec[];
  readonly fixes: readonly FixSpec[];
  readonly issueSettings: IssueSettings;
}

/** Carries out what a fix without a command does. */
export type Remedy = (fix: FixSpec, done: (outcome: FixOutcome, why: string) => void) => void;

export interface IssueSideOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  readonly jobs: JobSide;
  readonly newId: () => string;
  readonly random: () => number;
  /** The id for an identity. */
  readonly idOf: (identity: string) => string;
  readonly remedy: Remedy;
}

/** Budgets look back no further. */
const BUDGET_MS = 7 * 86_400_000;
/** Issues that are over are looked through this often; `unref`ed. */
const TIDY_MS = 3_600_000;
/** Reports of runs that are kept for those who asked for them. */
const KEPT_REPORTS = 100;
const CHECK = 'check:';
const FIX = 'fix:';

/** What a fix that runs said of its result. */
interface Work {
  readonly lines: LineEar;
  result: boolean | null | undefined;
  last: string;
}

export class IssueSide {
  private readonly options: IssueSideOptions;
  readonly loop: Loop<IssueEvent, IssueMoment, IssueStep>;
  private readonly looks = new CheckLooks();
  private readonly works = new Map<string, Work>();
  private readonly dry = new Set<string>();
  private readonly reports = new Map<string, CheckReport>();
  private readonly waiting = new Map<string, (report: CheckReport) => void>();
  private settings: IssueSettings;
  private tidyTimer: NodeJS.Timeout | null = null;
  private booted = false;
  book: Issues;

  constructor(config: IssueConfig, options: IssueSideOptions) {
    const { clock, bus, random, newId } = options;
    this.options = options;
    this.settings = config.issueSettings;
    this.book = new Issues(config.checks, config.fixes);
    this.loop = new Loop(this.book, {
      clock, moment: () => ({ mono: clock.mono(), wall: clock.wall(), chance: random, newId }), write: (step) => this.write(step), publish: (fact) => bus.publish(fact), run: (effect) => this.does(effect),
    });
    bus.subscribe((fact) => this.heard(fact));
  }

  readonly tell = (event: IssueEvent): void => this.loop.tell(event);

  /** What exists, for a fresh snapshot. */
  populate(): void {
    for (const fact of this.book.population()) this.options.bus.publish(fact);
  }

  /** From now on issues are worked on. Told after the book of jobs has begun. */
  boot(): void {
    this.booted = true;
    this.tell({ type: 'boot', memory: this.memory() });
    this.tidy();
    this.tidyTimer ??= setInterval(() => this.tidy(), TIDY_MS).unref();
  }

  configure(config: IssueConfig): void {
    this.settings = config.issueSettings;
    this.tell({ type: 'configure', checks: config.checks, fixes: config.fixes });
  }

  /** After a full restart: everything has ended, and this is what there is now. */
  replace(config: IssueConfig): void {
    const { bus } = this.options;
    for (const name of bus.snapshot.checks.keys()) if (!config.checks.some((check) => check.name === name)) bus.publish({ type: 'check.removed', check: name });
    this.settings = config.issueSettings;
    this.booted = false;
    this.book = new Issues(config.checks, config.fixes);
    this.loop.replace(this.book);
  }

  /** Who hears the stdout of a run: that of a check, or of a fix, else nobody. */
  ear(run: RunView, spec: JobSpec): StdoutEar | null {
    if (spec.role === 'check') {
      const check = this.book.check(spec.name.slice(CHECK.length));
      return check ? this.looks.begin(run.id, check) : null;
    }
    return spec.role === 'fix' ? this.work(run.id).lines.ear : null;
  }

  /** A sighting of a report: its id, and what is kept of it. */
  sighting(check: string, report: IssueReport): Sighting {
    const id = this.options.idOf(identityOf(check, report));
    return { id, report, known: this.book.issue(id) ? null : (this.options.store.issues.issue(id) ?? null) };
  }

  /** Asks for a run of a check, whose report is told. Dry: nothing of it is stored. The job is known. */
  look(check: string, run: string, who: string, dry: boolean, done: (report: CheckReport) => void): void {
    if (dry) this.dry.add(run);
    this.waiting.set(run, done);
    this.options.jobs.tell({ type: 'request', request: { job: `${CHECK}${check}`, id: run, trigger: 'manual', initiator: who, args: [], dueAt: null, key: null, unlessExists: false, parent: null } });
  }

  report(run: string): CheckReport | undefined {
    return this.reports.get(run);
  }

  dispose(): void {
    if (this.tidyTimer) clearInterval(this.tidyTimer);
    this.tidyTimer = null;
    this.loop.close();
  }

  private heard(fact: Fact): void {
    switch (fact.type) {
      case 'issue.reported': return this.reported('run' in fact ? { run: fact.run, check: `job:${fact.job}` } : { run: null, check: fact.process }, fact.issue);
      case 'run.started':
        if (fact.job.startsWith(CHECK)) this.tell({ type: 'check_started', check: fact.job.slice(CHECK.length), run: fact.run.id });
        return;
      case 'daemon.stopping': return this.tell({ type: 'close' });
      default:
        if (!('durationMs' in fact) || !('job' in fact) || typeof fact.run === 'string') return;
        if (!RUN_STATES[fact.run.state].final) return;
        if (fact.job.startsWith(CHECK)) this.looked(fact.job.slice(CHECK.length), fact.run);
        // Whoever waited for it has heard of its end before.
        this.works.delete(fact.run.id);
    }
  }

  /** By X_REEVE_ISSUE, or over REEVE_SOCKET. */
  private reported({ run, check }: { readonly run: string | null; readonly check: string }, issue: Json): void {
    if (run !== null && this.looks.has(run)) return this.looks.reported(run, issue);
    const read = readIssueJson(issue);
    if ('problem' in read) return this.options.bus.publish({ type: 'issue.refused', check, why: read.problem, times: 1 });
    this.tell({ type: 'reported', check, sighting: this.sighting(check, read.report) });
  }

  /** A run of a check is over. */
  private looked(check: string, run: RunView): void {
    // One that is run again by itself, or was ended by somebody, says nothing of what it looked at.
    const began = run.startedAt !== null && run.state !== 'interrupted' && run.state !== 'cancelled' && run.state !== 'retrying';
    const looked = this.looks.end(run);
    const sightings = looked.reports.map((report) => this.sighting(check, report));
    const before = new Map(sightings.map(({ id, known }) => [id, this.book.issue(id)?.state ?? known?.state ?? 'new'] as const));
    const failure: IssueReport = { message: `check ${check} failed: ${looked.failed ?? ''}`.slice(0, 1000), code: CHECK_FAILED, params: null, dedupKey: CHECK_FAILED, severity: null };
    const dry = this.dry.delete(run.id);
    if (!dry) {
      if (looked.refused > 0) this.options.bus.publish({ type: 'issue.refused', check, why: looked.failed ?? '', times: looked.refused });
      this.tell({
        type: 'check_ended', check, run: run.id, startedAt: began ? run.startedAt : null, seen: sightings, dropped: looked.dropped,
        failed: looked.failed === null ? null : { why: looked.failed, sighting: this.sighting(check, failure) },
      });
    }
    const done = this.waiting.get(run.id);
    this.waiting.delete(run.id);
    // What is told waits for its turn where a step of the book goes on.
    if (done) setImmediate(() => done(this.keep(check, run, looked, sightings, dry, before)));
  }

  private keep(check: string, run: RunView, { failed, dropped }: Looked, sightings: readonly Sighting[], dry: boolean, before: ReadonlyMap<string, IssueView['state'] | 'new'>): CheckReport {
    const spec = this.book.check(check);
    const stateOf = (id: string): IssueView['state'] | 'new' => (dry ? before.get(id) : (this.book.issue(id) ?? this.options.store.issues.issue(id))?.state) ?? 'new';
    const report: CheckReport = {
      check, run: run.id, dryRun: dry, ok: failed === null, why: failed ?? '', dropped,
      issues: sightings.map(({ id, report: { message, code, params, severity } }) => ({ id, message, code, params, severity: severity ?? spec?.severity ?? 'major', state: stateOf(id) })),
    };
    this.reports.set(run.id, report);
    for (const oldest of this.reports.keys()) {
      if (this.reports.size <= KEPT_REPORTS) break;
      this.reports.delete(oldest);
    }
    return report;
  }

  private work(run: string): Work {
    const work: Work = { lines: new LineEar((line) => this.said(run, line)), result: undefined, last: '' };
    this.works.set(run, work);
    return work;
  }

  private said(run: string, line: string): void {
    const work = this.works.get(run);
    if (!work || line.trim() === '') return;
    const result = resultLine(line);
    if (result !== undefined) work.result = result;
    else work.last = line.trim();
  }

  private does(effect: IssueEffect): void {
    const { jobs, remedy } = this.options;
    if (effect.type === 'verify') {
      if (jobs.book.spec(`${CHECK}${effect.check}`) === undefined) return this.tell({ type: 'check_ended', check: effect.check, run: effect.run, startedAt: null, seen: [], dropped: 0, failed: null });
      return jobs.tell({
        type: 'request', request: { job: `${CHECK}${effect.check}`, id: effect.run, trigger: 'verify', initiator: 'a fix', args: [], dueAt: null, key: null, unlessExists: false, parent: null },
      });
    }
    const { issue, fix, token } = effect;
    const done = (outcome: FixOutcome, why: string): void => this.tell({ type: 'fix_ended', issue: issue.id, token, outcome, why });
    if (fix.remedy.kind === 'command') return this.runFix(`${FIX}${fix.name}`, effect, done);
    if (fix.remedy.kind === 'run') return this.runFix(fix.remedy.job, effect, done);
    return remedy(fix, done);
  }

  /** The run of a fix: its own command, or another job. */
  private runFix(job: string, { issue, fix, token, by }: IssueEffect & { type: 'fix' }, done: (outcome: FixOutcome, why: string) => void): void {
    const { jobs } = this.options;
    if (jobs.book.spec(job) === undefined) return done('not_started', `there is no job ${job}`);
    jobs.ends.watch(token, {
      withRetries: true,
      ended: (run) => {
        const work = this.works.get(run.id);
        this.works.delete(run.id);
        work?.lines.flush();
        const [error = ''] = jobs.runner.of(run.id)?.output.errors(1) ?? [];
        const { outcome, why } = outcomeOfRun(run, work?.result === undefined ? resultOf(run.result) : work.result, error.trim() === '' || error.startsWith('RESULT ') ? (work?.last ?? '') : error.trim());
        done(outcome, why);
      },
    });
    const own = fix.remedy.kind === 'command';
    jobs.tell({
      type: 'request', request: {
        job, id: token, trigger: 'issue', initiator: by === 'reeve' ? `issue ${issue.id}` : by, args: [], dueAt: null, key: own ? null : `issue ${issue.id}`, unlessExists: false, parent: null,
        input: inputOf(issue, fix), environment: variablesOf(issue, fix),
      },
    });
  }

  /** Committed when it returns. */
  private write(step: IssueStep): void {
    if (step.records.length === 0) return;
    const { store } = this.options;
    for (const record of step.records) {
      if (record.type === 'issue') store.issues.saveIssue(record.issue);
      else if (record.type === 'attempt') store.issues.saveAttempt(record.attempt);
      else store.issues.saveMark(record.check, record.mark);
    }
    store.flush();
  }

  private memory(): IssueMemory {
    const { store, clock } = this.options;
    return {
      issues: store.issues.liveIssues(), attempts: new Map(store.issues.openAttempts().map((attempt) => [attempt.issue, attempt])), marks: store.issues.marks(), starts: store.issues.starts(clock.wall() - BUDGET_MS),
    };
  }

  private tidy(): void {
    const { retentionMs } = this.settings;
    if (this.booted && retentionMs > 0) this.options.store.issues.prune(this.options.clock.wall() - retentionMs);
  }
}
