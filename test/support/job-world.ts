// The book of jobs in a world of its own: two hand-moved clocks, scripted children, a store of what was written. A test reads
//   w.boot().advance('1h'); assert.deepEqual(w.trace(), ['start report #1', 'succeeded report #1']);
// The world behaves: it answers only what was asked, and deadlines fire in order through `deadline(key)` of the keys a step touched.
import { Mailbox } from './mailbox.ts';
import assert from 'node:assert/strict';
import type { BreakerSpec, JobSettings, JobSpec } from '../../config/job-spec.ts';
import { parseDuration } from '../../config/duration.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { RunState, RunView, Trigger } from '../../daemon/contract/jobs.ts';
import { RUN_STATES } from '../../daemon/contract/jobs.ts';
import type { Report } from '../../daemon/contract/reports.ts';
import { applyEvent, emptySnapshot } from '../../daemon/contract/snapshot.ts';
import type { Snapshot } from '../../daemon/contract/snapshot.ts';
import { Jobs } from '../../daemon/core/jobs.ts';
import type { JobEffect, JobEvent, JobMemory, JobMoment, JobRecord, JobStep, RunEvent, RunRequest } from '../../daemon/core/job-state.ts';

/** How the children of a job behave. A plain one: it starts at once, lives until it is signalled, and ends by any signal. */
export interface JobScript {
  /** silent: the test answers by `answers`. no_room: until the script is changed. */
  readonly spawn?: 'ok' | 'missing' | 'busy' | 'no_room' | 'silent';
  /** Each ends by itself after so long. */
  readonly takesMs?: number;
  readonly code?: number;
  readonly obeys?: 'all' | 'kill' | 'none';
  /** Each end of a main process leaves a descendant, which ends by these signals. */
  readonly leaves?: 'all' | 'kill' | 'none';
}

interface Child {
  readonly run: RunView;
  readonly spec: JobSpec;
  asked: boolean;
  main: boolean;
  left: boolean;
  watched: boolean;
  endsAt: number;
}

export interface WorldOptions {
  readonly jobs: readonly JobSpec[];
  readonly breakers?: readonly BreakerSpec[];
  readonly settings?: Partial<JobSettings>;
  /** Wall clock at the beginning; default Monday 5 January 2026, 00:00 UTC. */
  readonly at?: string;
  readonly chance?: () => number;
  /** Each deadline is told once a millisecond too early before it is told in time. */
  readonly early?: boolean;
}

/** What is looked at after every step. */
export type Law = (world: JobWorld, event: JobEvent, step: JobStep) => void;

const USAGE = { peakRssBytes: null, cpuMs: null };
/** More steps than this without the clock moving is a loop. */
const MAX_STEPS = 50_000;

export function ms(time: string | number): number {
  const value = typeof time === 'number' ? time : parseDuration(time);
  assert.ok(value !== null, `no duration: ${time}`);
  return value;
}

export const NOTHING: JobMemory = {
  persistent: true, lastFires: new Map(), numbers: new Map(), paused: new Map(), waiting: [], lost: [], durations: new Map(), breakers: new Map(),
};

export class JobWorld {
  readonly book: Jobs;
  readonly settings: JobSettings;
  mono = 1000;
  wall: number;
  /** The latest time that the wall clock has shown. */
  latest: number;
  readonly snapshot: Snapshot = emptySnapshot();
  readonly facts: FactBody[] = [];
  /** Runs as they were last written. */
  readonly rows = new Map<string, RunView>();
  readonly fires: { readonly job: string; readonly at: number }[] = [];
  readonly letters: Extract<JobRecord, { type: 'dead' }>['letter'][] = [];
  readonly effects: JobEffect[] = [];
  readonly children = new Map<string, Child>();
  readonly due = new Map<string, number>();
  law: Law | null = null;
  closed = false;
  /** Limits were lowered while runs go on. */
  reconfigured = false;
  private readonly options: WorldOptions;
  private readonly scripts = new Map<string, JobScript>();
  private readonly mailbox = new Mailbox<JobEvent>((event) => this.step(event));
  private seq = 0;
  private ids = 0;
  private readonly early = new Set<string>();

  constructor(options: WorldOptions) {
    this.options = options;
    this.wall = Date.parse(options.at ?? '2026-01-05T00:00:00Z');
    this.latest = this.wall;
    this.settings = { maxParallel: null, deadLetterMs: 0, breakersEnabled: true, ...options.settings };
    this.book = new Jobs({ jobs: options.jobs, breakers: options.breakers ?? [], settings: this.settings });
    this.publish(this.book.population());
  }

  moment(): JobMoment {
    return { mono: this.mono, wall: this.wall, chance: this.options.chance ?? (() => 0), newId: () => `r${String((this.ids += 1))}` };
  }

  boot(memory: Partial<JobMemory> = {}): this {
    return this.tell({ type: 'boot', memory: { ...NOTHING, ...memory } });
  }

  /** What the next daemon would find if this one died now. */
  memory(): JobMemory {
    const open = [...this.rows.values()].filter((row) => !RUN_STATES[row.state].final);
    const numbers = new Map<string, number>();
    for (const row of this.rows.values()) numbers.set(row.job, Math.max(numbers.get(row.job) ?? 0, row.number));
    return {
      ...NOTHING, lastFires: new Map(this.fires.map((fire) => [fire.job, fire.at])), numbers,
      waiting: open.filter((row) => row.state !== 'running'), lost: open.filter((row) => row.state === 'running'),
    };
  }

  script(job: string, script: JobScript): this {
    this.scripts.set(job, script);
    return this;
  }

  tell(event: JobEvent): this {
    this.mailbox.tell(event);
    return this;
  }

  /** A request by hand; the id of its run is the answer. */
  request(job: string, parts: Partial<RunRequest> = {}): string {
    const id = parts.id ?? `q${String((this.ids += 1))}`;
    this.tell({ type: 'request', request: { job, id, trigger: 'manual', initiator: 'test', args: [], dueAt: null, key: null, unlessExists: false, parent: null, ...parts } });
    return id;
  }

  report(run: string, report: Report): this {
    return this.tell({ type: 'report', id: run, report });
  }

  /** The main process of a run ends. */
  exits(run: string, how: number | string = 0): this {
    const child = this.children.get(run);
    assert.ok(child?.main, `run ${run} has no process`);
    this.end(run, child, typeof how === 'number' ? how : null, typeof how === 'number' ? null : how);
    return this;
  }

  /** The answer to a start of a silent job. */
  answers(run: string, event: RunEvent = { type: 'spawned', pid: 4711 }): this {
    const child = this.children.get(run);
    assert.ok(child?.asked, `the start of run ${run} is not open`);
    this.answer(run, child, event);
    return this;
  }

  /** Ids of the runs of a job that have a process, oldest first. */
  running(job: string): string[] {
    return [...this.children].filter(([, child]) => child.run.job === job && child.main).map(([id]) => id);
  }

  /** The only one. */
  one(job: string): string {
    const ids = this.running(job);
    assert.equal(ids.length, 1, `${job} has ${String(ids.length)} running runs`);
    return ids[0] as string;
  }

  row(id: string): RunView {
    const row = this.rows.get(id);
    assert.ok(row, `run ${id} was never written`);
    return row;
  }

  /** Rows of a job, in the order of their numbers. */
  rowsOf(job: string): RunView[] {
    return [...this.rows.values()].filter((row) => row.job === job).toSorted((a, b) => a.number - b.number);
  }

  states(job: string): RunState[] {
    return this.rowsOf(job).map((row) => row.state);
  }

  /** Lets time pass; both clocks run alike. */
  advance(time: string | number): this {
    const until = this.mono + ms(time);
    for (let steps = 0; ; steps += 1) {
      assert.ok(steps < MAX_STEPS, 'the world turns in circles');
      const next = this.next();
      if (next === null || next.at > until) break;
      this.move(Math.max(0, next.at - this.mono));
      next.run();
    }
    this.move(until - this.mono);
    return this;
  }

  /** The wall clock is set, by so much. */
  setClock(byMs: number, noticed = true): this {
    this.wall += byMs;
    this.latest = Math.max(this.latest, this.wall);
    return noticed ? this.tell({ type: 'clock_changed' }) : this;
  }

  /** So long nobody looks: timers and children wait, both clocks go on. */
  sleep(time: string | number): this {
    this.move(ms(time));
    return this;
  }

  /** What happened, in short. Emptied by it. */
  trace(): string[] {
    const lines = this.facts.flatMap((fact) => {
      if (!fact.type.startsWith('run.') || !('run' in fact) || typeof fact.run === 'string') return [];
      const name = fact.type.slice(4);
      if (name === 'scheduled' || name === 'queued') return [];
      const times = 'times' in fact && fact.times !== 1 ? ` x${String(fact.times)}` : '';
      return [`${name === 'started' ? 'start' : name} ${fact.run.job}${times}`];
    });
    this.facts.length = 0;
    return lines;
  }

  told<T extends FactBody['type']>(type: T): Extract<FactBody, { type: T }>[] {
    return this.facts.filter((fact): fact is Extract<FactBody, { type: T }> => fact.type === type);
  }

  triggers(job: string): Trigger[] {
    return this.rowsOf(job).map((row) => row.trigger);
  }

  private move(byMs: number): void {
    this.mono += byMs;
    this.wall += byMs;
    this.latest = Math.max(this.latest, this.wall);
  }

  private next(): { at: number; run: () => void } | null {
    let first: { at: number; run: () => void } | null = null;
    for (const [key, due] of this.due) {
      const early = this.options.early === true && !this.early.has(key);
      const at = early ? due - 1 : due;
      if (first === null || at < first.at) first = { at, run: () => this.fire(key, early) };
    }
    for (const [id, child] of this.children) {
      if (child.main && (first === null || child.endsAt < first.at)) first = { at: child.endsAt, run: () => this.end(id, child, this.scripts.get(child.run.job)?.code ?? 0, null) };
    }
    return first;
  }

  private fire(key: string, early: boolean): void {
    if (early) this.early.add(key);
    else this.early.delete(key);
    this.due.delete(key);
    this.tell({ type: 'due', key });
  }

  private step(event: JobEvent): void {
    const step = this.book.step(event, this.moment());
    for (const record of step.records) this.write(record);
    for (const key of step.touched) {
      const due = this.book.deadline(key);
      if (due === null) this.due.delete(key);
      else this.due.set(key, due);
    }
    this.publish(step.facts);
    this.law?.(this, event, step);
    for (const effect of step.effects) this.run(effect);
  }

  private write(record: JobRecord): void {
    if (record.type === 'run') this.rows.set(record.run.id, record.run);
    if (record.type === 'fire') this.fires.push({ job: record.job, at: record.at });
    if (record.type === 'dead') this.letters.push(record.letter);
  }

  private publish(facts: readonly FactBody[]): void {
    for (const fact of facts) {
      this.facts.push(fact);
      this.seq += 1;
      applyEvent(this.snapshot, { ...fact, seq: this.seq, at: this.wall } as Fact);
    }
  }

  private run(effect: JobEffect): void {
    this.effects.push(effect);
    switch (effect.type) {
      case 'start': return this.start(effect);
      case 'signal': return this.signal(effect.run, effect.signal, effect.scope);
      case 'watch': {
        const child = this.children.get(effect.run);
        if (child) child.watched = true;
        return this.gone(effect.run);
      }
      case 'release':
        assert.ok(this.children.delete(effect.run), `run ${effect.run} is released without a start`);
        return;
      case 'closed': this.closed = true; return;
      default:
    }
  }

  private start(effect: JobEffect & { type: 'start' }): void {
    const { run, spec } = effect;
    assert.ok(!this.children.has(run.id), `run ${run.id} is started twice`);
    const child: Child = { run, spec, asked: true, main: false, left: false, watched: false, endsAt: Infinity };
    this.children.set(run.id, child);
    const { spawn = 'ok' } = this.scripts.get(run.job) ?? {};
    if (spawn === 'silent') return;
    this.ids += 1;
    const event: RunEvent = spawn === 'ok' ? { type: 'spawned', pid: this.ids } : spawn === 'no_room' ? { type: 'no_room', message: 'no space left' }
      : { type: 'spawn_failed', message: spawn === 'missing' ? 'no such file' : 'try again', hopeless: spawn === 'missing' };
    this.answer(run.id, child, event);
  }

  private answer(id: string, child: Child, event: RunEvent): void {
    child.asked = false;
    child.main = event.type === 'spawned';
    const { takesMs } = this.scripts.get(child.run.job) ?? {};
    child.endsAt = child.main && takesMs !== undefined ? this.mono + takesMs : Infinity;
    this.tell({ type: 'run', id, event });
  }

  private end(id: string, child: Child, code: number | null, signal: string | null): void {
    child.main = false;
    child.left = (this.scripts.get(child.run.job)?.leaves ?? null) !== null;
    this.tell({ type: 'run', id, event: { type: 'exited', code, signal, left: child.left ? [99] : [], usage: USAGE } });
  }

  private signal(id: string, signal: string, scope: string): void {
    const child = this.children.get(id);
    assert.ok(child && !child.asked, `run ${id} is signalled before it is there`);
    const { obeys = 'all', leaves = 'all' } = this.scripts.get(child.run.job) ?? {};
    const kills = (who: 'all' | 'kill' | 'none'): boolean => who === 'all' ? signal !== 'USR1' : who === 'kill' && signal === 'KILL';
    if (child.left && scope === 'tree' && kills(leaves)) child.left = false;
    if (child.main && kills(obeys)) this.end(id, child, null, signal);
    else this.gone(id);
  }

  private gone(id: string): void {
    const child = this.children.get(id);
    if (child?.watched === true && !child.main && !child.left) this.tell({ type: 'run', id, event: { type: 'gone' } });
  }
}
