// Who has limits is measured, and what is too much is told and acted upon; who is old, or has done enough, gives way to a new life.
// One timer for all, and nothing at all where nobody has limits.
import type { Fact, FactBody } from '../contract/facts.ts';
import type { LimitCrossed } from '../contract/fact-payloads.ts';
import type { Supervised } from '../contract/reports.ts';
import { amountInWords } from '../core/limit-words.ts';
import { dueLimits, endLimits, isLimited, isMeasured, limitsDeadline, resultLimits, retuneLimits, sampleLimits, startLimits, turnLimits } from '../core/limits.ts';
import type { LimitAct, LimitedSpec, LimitNews, LimitSample, LimitState, LimitStep } from '../core/limits.ts';
import type { RunOverLimit } from '../core/job-limits.ts';
import { askTurn, endTurn, leaveQueue, NO_TURNS } from '../core/recycle-turns.ts';
import type { RecycleTurns, TurnStep } from '../core/recycle-turns.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Child, Processes } from '../os/ports/processes.ts';
import type { Store } from '../os/ports/store.ts';
import type { UsageMeter } from '../os/ports/usage.ts';
import { Deadlines } from './deadlines.ts';

export interface LimitWatchOptions {
  readonly clock: Clock;
  readonly meter: UsageMeter;
  readonly processes: Pick<Processes, 'signal' | 'limit'>;
  readonly store: Pick<Store, 'violated'>;
  /** A number in [0, 1), each call another. */
  readonly chance: () => number;
  readonly freeBytes: (path: string) => Promise<number | { readonly error: string }>;
  readonly node: (process: string) => ProcessNode | undefined;
  readonly child: (process: string) => Child | undefined;
  /** UUID of its present life. */
  readonly supervisionId: (process: string) => string;
  /** A run that goes on. */
  readonly run: (id: string) => { readonly child: Child | null; readonly spec: { readonly process: LimitedSpec } } | undefined;
  readonly tell: (event: TreeEvent) => void;
  readonly tellRun: (id: string, over: RunOverLimit) => void;
  readonly publish: (fact: FactBody) => void;
}

/** Measured before other work is let through: about 2 ms. */
const SLICE = 200;

interface Watch {
  readonly key: string;
  readonly subject: Supervised;
  readonly child: Child;
  /** null: of a run. */
  readonly group: string | null;
  readonly spec: () => LimitedSpec;
  state: LimitState;
  /** It is looked at this often; null: there is nothing to measure. */
  everyMs: number | null;
  /** Why a new life is due; null: it is not. */
  due: string | null;
  /** It has its turn to give way. */
  granted: boolean;
}

export class LimitWatch {
  private readonly options: LimitWatchOptions;
  private readonly watches = new Map<string, Watch>();
  /** Who is looked at how often. */
  private readonly rounds = new Map<number, Set<Watch>>();
  private readonly deadlines: Deadlines;
  private turns: RecycleTurns = NO_TURNS;
  private closed = false;

  constructor(options: LimitWatchOptions) {
    this.options = options;
    this.deadlines = new Deadlines(options.clock, (key) => this.due(key));
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    switch (fact.type) {
      case 'process.spawned': return this.born(fact.process, fact.incarnation, fact.supervisionId);
      case 'process.running': return fact.ready ? this.up(fact.process) : undefined;
      case 'process.ready': return this.up(fact.process);
      case 'process.exited': case 'process.unknown': case 'process.stopping': return this.end(fact.process);
      case 'process.fatal': case 'process.ended': return this.passTurn(fact.process);
      case 'process.wanted': return fact.wanted === 'down' ? this.passTurn(fact.process) : undefined;
      case 'process.changed': return this.changed(fact.process);
      case 'process.removed':
        this.end(fact.process);
        return this.passTurn(fact.process);
      case 'run.started': return this.began(fact.job, fact.run.id);
      case 'run.succeeded': case 'run.failed': case 'run.retrying': case 'run.timed_out': case 'run.stalled': case 'run.cancelled': case 'run.interrupted': case 'run.dead': return this.end(fact.run.id);
      case 'run.stopping': return this.end(fact.run);
      case 'result.reported': return this.result(fact);
      default:
    }
  }

  /** Lives that are watched now, for tests. */
  get size(): number {
    return this.watches.size;
  }

  close(): void {
    this.closed = true;
    for (const key of [...this.watches.keys()]) this.forget(key);
    this.deadlines.close();
  }

  private born(process: string, incarnation: number, supervisionId: string, since = this.options.clock.mono()): void {
    this.end(process);
    const node = this.options.node(process);
    const child = this.options.child(process);
    if (!node || child?.incarnation !== incarnation || !isLimited(node.spec)) return;
    this.watch({ key: process, subject: { supervisionId, process, incarnation }, child, group: node.spec.group, spec: () => this.options.node(process)?.spec ?? node.spec }, since);
  }

  private began(job: string, run: string): void {
    const live = this.options.run(run);
    if (!live?.child || !isLimited(live.spec.process)) return;
    this.watch({ key: run, subject: { supervisionId: run, job, run }, child: live.child, group: null, spec: () => live.spec.process }, this.options.clock.mono());
  }

  private watch(parts: Omit<Watch, 'state' | 'everyMs' | 'due' | 'granted'>, since: number): void {
    const watch: Watch = { ...parts, state: startLimits(since, this.options.chance()), everyMs: null, due: null, granted: false };
    this.watches.set(watch.key, watch);
    this.enrol(watch);
    this.arm(watch);
  }

  /** Puts it among those that are looked at as often. All of them are looked at together: one wake-up for all. */
  private enrol(watch: Watch): void {
    const { limits } = watch.spec();
    const everyMs = isMeasured(limits) ? limits.everyMs : null;
    if (everyMs === watch.everyMs) return;
    this.dismiss(watch);
    watch.everyMs = everyMs;
    if (everyMs === null) return;
    const round = this.rounds.get(everyMs);
    if (round !== undefined) round.add(watch);
    else {
      this.rounds.set(everyMs, new Set([watch]));
      this.nextRound(everyMs);
    }
  }

  private dismiss(watch: Watch): void {
    if (watch.everyMs === null) return;
    const round = this.rounds.get(watch.everyMs);
    round?.delete(watch);
    if (round?.size === 0) {
      this.rounds.delete(watch.everyMs);
      this.deadlines.set(`every ${watch.everyMs}`, null);
    }
    this.options.meter.release(watch.child);
    watch.everyMs = null;
  }

  private nextRound(everyMs: number): void {
    this.deadlines.set(`every ${everyMs}`, (Math.floor(this.options.clock.mono() / everyMs) + 1) * everyMs);
  }

  /** `every MS`: a round. `life KEY`: its own deadline. */
  private due(key: string): void {
    const at = key.indexOf(' ');
    const name = key.slice(at + 1);
    if (key.startsWith('every ')) return this.round(Number(name));
    const watch = this.watches.get(name);
    if (watch !== undefined) this.step(watch, dueLimits(watch.spec(), watch.state, this.options.clock.mono()));
  }

  private round(everyMs: number): void {
    const all = [...(this.rounds.get(everyMs) ?? [])];
    const paths = new Set(all.flatMap((watch) => watch.spec().limits.disk.map(({ path }) => path)));
    if (paths.size > 0) void this.lookAtDisks(all, [...paths]);
    this.slice(all, 0, everyMs);
  }

  private slice(all: readonly Watch[], from: number, everyMs: number): void {
    if (this.closed) return;
    const some = all.slice(from, from + SLICE).filter((watch) => this.isWatched(watch));
    for (const files of [false, true]) {
      const these = some.filter((watch) => (watch.spec().limits.files !== null) === files);
      if (these.length === 0) continue;
      const samples = this.options.meter.measure(these.map((watch) => watch.child), { files, keep: true });
      for (const watch of these) {
        const sample = samples.get(watch.child);
        if (sample !== undefined) this.sampled(watch, { mono: sample.at, rssBytes: sample.rssBytes, cpuMs: sample.cpuMs, files: sample.files, processes: sample.processes, disk: [] });
      }
    }
    if (from + SLICE < all.length) setImmediate(() => this.slice(all, from + SLICE, everyMs));
    // The time from one round to the next counts from its end: a machine that is too slow for it is not asked for more and more.
    else if (this.rounds.has(everyMs)) this.nextRound(everyMs);
  }

  private isWatched(watch: Watch): boolean {
    return this.watches.get(watch.key) === watch;
  }

  /** A disk that does not answer keeps nobody else from being measured. */
  private async lookAtDisks(all: readonly Watch[], paths: readonly string[]): Promise<void> {
    const answers = await Promise.all(paths.map(async (path) => [path, await this.options.freeBytes(path)] as const));
    const disk = answers.flatMap(([path, freeBytes]) => (typeof freeBytes === 'number' ? [{ path, freeBytes }] : []));
    const mono = this.options.clock.mono();
    for (const watch of all) {
      const own = disk.filter(({ path }) => watch.spec().limits.disk.some((one) => one.path === path));
      if (own.length > 0) this.sampled(watch, { mono, rssBytes: null, cpuMs: null, files: null, processes: null, disk: own });
    }
  }

  /** News of a life that is over is dropped here. */
  private sampled(watch: Watch, sample: LimitSample): void {
    if (this.isWatched(watch)) this.step(watch, sampleLimits(watch.spec(), watch.state, sample));
  }

  private result(subject: Supervised): void {
    const watch = this.watches.get('run' in subject ? subject.run : subject.process);
    if (watch?.subject.supervisionId === subject.supervisionId) this.step(watch, resultLimits(watch.spec(), watch.state));
  }

  /** Its specification has changed while it lives: what it used so far counts on. */
  private changed(process: string): void {
    const node = this.options.node(process);
    const watch = this.watches.get(process);
    if (watch === undefined) {
      if (node && (node.state.phase === 'STARTING' || node.state.phase === 'RUNNING')) this.born(process, node.state.incarnation, this.options.supervisionId(process), node.state.since);
      return;
    }
    if (node) this.options.processes.limit(watch.child, node.spec.limits);
    if (node) this.step(watch, retuneLimits(node.spec, watch.state));
    if (node && isLimited(node.spec)) this.enrol(watch);
    else this.forget(process);
  }

  private step(watch: Watch, { state, news }: LimitStep): void {
    watch.state = state;
    for (const item of news) this.news(watch, item);
    if (this.isWatched(watch)) this.arm(watch);
  }

  private news(watch: Watch, news: LimitNews): void {
    const { subject } = watch;
    switch (news.type) {
      case 'warned': return this.options.publish({ ...subject, ...news, type: 'limit.warned' });
      case 'cleared': return this.options.publish({ ...subject, ...news, type: 'limit.cleared' });
      case 'exceeded': return this.exceeded(watch, news);
      case 'recycle_due': return this.askTurn(watch, news.why);
      case 'drain': return void this.options.processes.signal(watch.child, news.signal, 'main');
      case 'act': case 'recycle': return this.act(watch, news);
      default: return news satisfies never;
    }
  }

  private exceeded({ key, subject }: Watch, { limit, max, actual, why, action }: LimitNews & { type: 'exceeded' }): void {
    const crossed: LimitCrossed = { limit, max, actual, why };
    if ('run' in subject) return this.options.tellRun(key, { crossed: { ...crossed, action }, act: null });
    const { store, clock } = this.options;
    store.violated({ process: subject.process, incarnation: subject.incarnation, at: clock.wall(), what: limit, limit: amountInWords(limit, max), actual: amountInWords(limit, actual), why, action });
    return this.options.publish({ ...subject, type: 'limit.exceeded', ...crossed, action });
  }

  private act({ key, subject }: Watch, act: LimitAct): void {
    const steps = 'steps' in act && act.steps !== undefined ? act.steps : null;
    if ('run' in subject) {
      // Runs have no recycling.
      if (act.type === 'act') this.options.tellRun(key, { crossed: null, act: { why: act.why, steps, again: act.action === 'restart' } });
      return;
    }
    const { process, incarnation } = subject;
    if (act.type === 'act' && act.action === 'stop') return this.options.tell({ type: 'operate', action: 'stop', id: process, why: act.why });
    this.options.tell({ type: 'process', id: process, event: { type: act.type === 'recycle' ? 'recycle' : 'condemn', incarnation, why: act.why, ...(steps === null ? {} : { steps }) } });
  }

  private askTurn(watch: Watch, why: string): void {
    if (watch.group === null) return;
    if (watch.spec().recycle.together) return this.step(watch, turnLimits(watch.spec(), watch.state, why, this.options.clock.mono()));
    watch.due = why;
    this.grant(askTurn(this.turns, watch.group, watch.key));
  }

  private grant({ turns, granted }: TurnStep): void {
    this.turns = turns;
    for (const key of granted) {
      const watch = this.watches.get(key);
      if (watch === undefined || watch.due === null) this.passTurn(key);
      else {
        watch.granted = true;
        this.step(watch, turnLimits(watch.spec(), watch.state, watch.due, this.options.clock.mono()));
      }
    }
  }

  /** A life is up: the turn of the one before it is over. */
  private up(process: string): void {
    const watch = this.watches.get(process);
    // It is the turn of this very life.
    if (watch?.granted === true) return;
    this.passTurn(process);
    // It was due before it was up.
    if (watch !== undefined && watch.due !== null && watch.group !== null) this.grant(askTurn(this.turns, watch.group, watch.key));
  }

  private passTurn(process: string): void {
    this.grant(endTurn(this.turns, groupOf(process), process));
  }

  /** The life is over, or is being ended: it is judged no more. */
  private end(key: string): void {
    const watch = this.watches.get(key);
    if (watch === undefined) return;
    this.forget(key);
    if (watch.group !== null) this.turns = leaveQueue(this.turns, watch.group, key);
    for (const item of endLimits(watch.state)) this.news(watch, item);
  }

  private forget(key: string): void {
    const watch = this.watches.get(key);
    if (watch === undefined) return;
    this.watches.delete(key);
    this.deadlines.set(`life ${key}`, null);
    this.dismiss(watch);
  }

  private arm(watch: Watch): void {
    this.deadlines.set(`life ${watch.key}`, limitsDeadline(watch.spec(), watch.state));
  }
}

function groupOf(process: string): string {
  return process.slice(0, process.indexOf(':'));
}
