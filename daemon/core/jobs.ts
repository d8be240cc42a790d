// The book of jobs: the one owner of what is due, what waits, what runs and what is held back. One event in, one step.
import type { BreakerSpec, JobSettings, JobSpec } from '../../config/job-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { BreakerView, RunView } from '../contract/jobs.ts';
import type { HeartbeatRow } from '../contract/reports.ts';
import { breakerDeadline, breakerView } from './breaker.ts';
import { admit, advance, fillPlaces } from './job-admission.ts';
import { boot } from './job-boot.ts';
import { isDrained, JobTurn, newBook, newJob } from './job-book.ts';
import type { Book, JobNode, RunNode } from './job-book.ts';
import { firstBreakers, tellBreaker } from './job-breakers.ts';
import { configure, jobFacts } from './job-changes.ts';
import { drain, drainDue, undrain } from './job-drains.ts';
import { timesAfter } from './job-due.ts';
import { wish } from './job-ending.ts';
import { clockChanged, fire, fireDue, pause, resume } from './job-fires.ts';
import { drive } from './job-life.ts';
import { overLimit } from './job-limits.ts';
import { hear, lookAtSilence, silenceDue } from './job-reports.ts';
import { argsKey, refuse, requestParts, tellWaiting } from './job-runs.ts';
import { endingEvents } from './job-shutdown.ts';
import type { JobEvent, JobMoment, JobStep, RunRequest } from './job-state.ts';
import { isLiving, lifeDeadline } from './run-state.ts';
import type { Clocks, RunLifeEvent } from './run-state.ts';
import { InvariantError } from './table.ts';

/** What the book starts from. */
export interface JobOptions {
  readonly jobs: readonly JobSpec[];
  readonly breakers: readonly BreakerSpec[];
  readonly settings: JobSettings;
}

const MODES = ['warm', 'cold', 'now'] as const;

export class Jobs {
  private readonly book: Book;
  private last: Clocks = { mono: 0, wall: 0 };

  /** Nothing is due before `boot` is told. */
  constructor(options: JobOptions) {
    this.book = newBook(options.settings);
    for (const spec of options.jobs) this.book.jobs.set(spec.name, newJob(spec));
    for (const [name, node] of firstBreakers(options.breakers, options.settings)) this.book.breakers.set(name, node);
  }

  /** One event through all it touches. Never throws for a mistake of ours: the run it concerns is left as it is, and a warning told. */
  step(event: JobEvent, moment: JobMoment): JobStep {
    this.last = { mono: moment.mono, wall: moment.wall };
    const t = new JobTurn(this.book, moment);
    try {
      this.dispatch(t, event);
      this.follow(t);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      t.say({ type: 'daemon.warning', what: 'jobs', message: `a mistake in reeve, please report it: ${error.message}` });
    }
    if (this.book.closing !== null && !this.book.closed && this.book.taken === 0) {
      this.book.closed = true;
      t.ask({ type: 'closed' });
    }
    return t.result();
  }

  /** The next time `key` must be told `due` (monotonic ms), or null. Keys are as in `touched`. Calendar times are converted by the
   *  clocks of `now`, or of the last step. */
  deadline(key: string, now: Clocks = this.last): number | null {
    const { book } = this;
    if (key === 'drain') return book.closing === null ? (book.drain?.expiresDue ?? null) : null;
    const space = key.indexOf(' ');
    const name = key.slice(space + 1);
    switch (key.slice(0, space)) {
      case 'run': {
        const run = book.runs.get(name);
        return run && (book.closing === null || isLiving(run.life)) ? earlier(lifeDeadline(run.life, now), silenceDue(run)) : null;
      }
      case 'job': {
        const job = book.jobs.get(name);
        return job && book.closing === null ? earlier(fireDue(job, now), job.rateDue) : null;
      }
      case 'breaker': {
        const node = book.breakers.get(name);
        return node && book.closing === null ? breakerDeadline(node.state) : null;
      }
      default: return null;
    }
  }

  /** Facts that say what exists and how it is, for a fresh snapshot. Told before `boot`. */
  population(): readonly FactBody[] {
    const breakers = [...this.book.breakers.values()].map((node): FactBody => ({ type: 'breaker.added', breaker: node.rules.name, row: breakerView(node.rules.name, node.state) }));
    return [...breakers, ...jobFacts(this.book)];
  }

  get isClosing(): boolean {
    return this.book.closing !== null;
  }

  spec(job: string): JobSpec | undefined {
    const node = this.book.jobs.get(job);
    return node?.removed === true ? undefined : node?.spec;
  }

  names(): readonly string[] {
    return [...this.book.jobs.values()].flatMap((job) => (job.removed ? [] : [job.name]));
  }

  /** A run that has not ended, as it is now. */
  run(id: string): RunView | undefined {
    return this.book.runs.get(id)?.view;
  }

  /** Its start is asked for and still wanted. */
  isStarting(id: string): boolean {
    return this.book.runs.get(id)?.life.phase === 'STARTING';
  }

  /** Its last heartbeats, oldest first. */
  heartbeats(id: string): readonly HeartbeatRow[] {
    return this.book.runs.get(id)?.vitals?.rows ?? [];
  }

  /** A run of this job with these arguments that waits or runs. */
  existing(job: string, args: readonly string[]): string | undefined {
    const [run] = this.book.jobs.get(job)?.byArgs.get(argsKey(args)) ?? [];
    return run?.id;
  }

  /** Ids of the runs that have a process, or are about to, of these jobs (none named: of all). */
  running(names: readonly string[]): readonly string[] {
    const jobs = names.length === 0 ? [...this.book.jobs.values()] : names.flatMap((name) => this.book.jobs.get(name) ?? []);
    return jobs.flatMap((job) => [...job.running].map((run) => run.id));
  }

  /** Is this job drained? */
  isDrained(job: string): boolean {
    return isDrained(this.book, job);
  }

  /** The next times of a job after `afterAt` (wall clock ms), at most `count`. */
  next(job: string, afterAt: number, count: number): readonly number[] {
    const node = this.book.jobs.get(job);
    return node ? timesAfter(node.spec, node.next, afterAt, count) : [];
  }

  breaker(name: string): BreakerView | undefined {
    const node = this.book.breakers.get(name);
    return node && breakerView(name, node.state);
  }

  private dispatch(t: JobTurn, event: JobEvent): void {
    const { book } = this;
    switch (event.type) {
      case 'boot': return boot(t, event.memory);
      case 'due': return this.due(t, event.key);
      case 'request': return this.request(t, event.request);
      case 'run': return this.withRun(event.id, (run) => drive(t, run, event.event));
      case 'report': return this.withRun(event.id, (run) => hear(t, run, event.report));
      case 'over_limit': return this.withRun(event.id, (run) => overLimit(t, run, event.over));
      case 'cancel': return this.withRun(event.id, (run) => cancel(t, run, event.signal, event.who));
      case 'pause': return this.withJob(event.job, (job) => pause(t, job, event.who));
      case 'resume': return this.withJob(event.job, (job) => resume(t, job, event.who));
      case 'clock_changed': return this.clockChanged(t);
      case 'breaker':
        return tellBreaker(t, event.name, event.event === 'success' || event.event === 'failure' ? { type: event.event } : { type: event.event, by: event.who });
      case 'drain': return book.closing === null ? drain(t, event.names, event.expiresMs, event.who) : undefined;
      case 'undrain': return undrain(t, event.names, event.who);
      case 'configure': return book.closing === null ? configure(t, event.jobs, event.breakers, event.settings) : undefined;
      case 'close': return this.close(t, event.mode, event.graceMs ?? Infinity);
      default: return event satisfies never;
    }
  }

  /** What follows within the same step: new runs are looked at, then those whose time has come, then jobs that may go on. */
  private follow(t: JobTurn): void {
    for (;;) {
      const made = t.made.shift();
      if (made) {
        begin(t, made);
        continue;
      }
      const ready = t.ready.shift();
      if (ready) {
        admit(t, ready);
        continue;
      }
      const [job] = t.woken;
      if (job) {
        t.woken.delete(job);
        advance(t, job);
        continue;
      }
      fillPlaces(t);
      if (t.made.length === 0 && t.ready.length === 0 && t.woken.size === 0) return;
    }
  }

  private withRun(id: string, tell: (run: RunNode) => void): void {
    const run = this.book.runs.get(id);
    if (run) tell(run);
  }

  private withJob(name: string, tell: (job: JobNode) => void): void {
    const job = this.book.jobs.get(name);
    if (job && !job.removed) tell(job);
  }

  private due(t: JobTurn, key: string): void {
    if (this.deadline(key, t.m) === null) return;
    const space = key.indexOf(' ');
    const name = key.slice(space + 1);
    if (key === 'drain') drainDue(t);
    else if (key.startsWith('run ')) this.withRun(name, (run) => runDue(t, run));
    else if (key.startsWith('breaker ')) tellBreaker(t, name, { type: 'due' });
    else this.withJob(name, (job) => jobDue(t, job));
  }

  /** Every request leads to a fact about a run with its id. An unknown job leads to none: whoever asks has looked. */
  private request(t: JobTurn, request: RunRequest): void {
    const job = this.book.jobs.get(request.job);
    if (!job || job.removed || this.book.runs.has(request.id)) return;
    const parts = requestParts(request, job.spec);
    const [twin] = request.unlessExists ? (job.byArgs.get(argsKey(request.args)) ?? []) : [];
    if (this.book.closing !== null) refuse(t, job, parts, 'skipped', { cause: 'request', why: 'the daemon is ending' });
    else if (twin) refuse(t, job, parts, 'skipped', { cause: 'duplicate', why: `run ${twin.id} with the same arguments ${isLiving(twin.life) ? 'is going on' : 'waits'}` });
    else wish(t, job, parts);
  }

  /** O(all), as rare as a clock is set. */
  private clockChanged(t: JobTurn): void {
    if (this.book.closing !== null) return;
    for (const job of this.book.jobs.values()) clockChanged(t, job);
    for (const run of this.book.runs.values()) if (run.life.phase === 'SCHEDULED') tellTime(t, run);
  }

  /** Nothing starts any more. A milder mode than the present one changes nothing. */
  private close(t: JobTurn, mode: 'warm' | 'cold' | 'now', graceMs: number): void {
    const { book } = this;
    if (book.closing !== null && MODES.indexOf(mode) <= MODES.indexOf(book.closing)) return;
    const first = book.closing === null;
    book.closing = mode;
    if (first) {
      book.graceDue = Number.isFinite(graceMs) ? t.m.mono + graceMs : null;
      for (const node of [...book.jobs.values(), ...book.runs.values(), ...book.breakers.values()]) t.touch(node);
      t.touched.add('drain');
      for (const job of book.waiting) t.woken.add(job);
    }
    for (const run of [...book.runs.values()]) {
      if (!isLiving(run.life)) continue;
      const events = endingEvents(run.spec, mode, t.m, book.graceDue);
      for (const event of events) drive(t, run, event);
      if (first && run.life.phase === 'RUNNING') t.say({ type: 'run.awaited', job: run.job.name, run: run.id, until: untilOf(events, t.m) });
    }
  }
}

/** When a run that may go on is waited for no longer (wall clock ms); null: as long as it takes. */
function untilOf(events: readonly RunLifeEvent[], now: Clocks): number | null {
  for (const event of events) if (event.type === 'limit') return Math.round(now.wall + (event.due - now.mono));
  return null;
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** A new run: its time is there, or it is told when it comes. */
function begin(t: JobTurn, run: RunNode): void {
  drive(t, run, { type: 'due' });
  tellTime(t, run);
}

/** When the time of a run comes, as the wall clock shows it now. */
function tellTime(t: JobTurn, run: RunNode): void {
  if (run.life.phase !== 'SCHEDULED') return;
  const { wake } = run.life;
  t.touch(run);
  tellWaiting(t, run, 'scheduled', run.view.why, Math.round('at' in wake ? wake.at : t.m.wall + (wake.due - t.m.mono)), run.view.cause);
}

function runDue(t: JobTurn, run: RunNode): void {
  drive(t, run, { type: 'due' });
  if (run.life.phase === 'RUNNING') lookAtSilence(t, run);
}

function jobDue(t: JobTurn, job: JobNode): void {
  if (job.rateDue !== null && job.rateDue <= t.m.mono) t.woken.add(job);
  fire(t, job);
}

function cancel(t: JobTurn, run: RunNode, signal: string | null, who: string): void {
  const [first, ...rest] = run.spec.process.stop;
  const steps = signal === null || !first ? run.spec.process.stop : [{ ...first, signal }, ...rest];
  drive(t, run, { type: 'stop', purpose: 'cancel', steps, why: `cancelled by ${who}`, harder: signal !== null });
}
