// Programs are asked how they are, and what becomes of the answers. One timer for all probes, a bounded number of questions at a
// time, and nothing at all where nobody has probes.
import type { HealthSpec, ProbeSpec } from '../../config/health-spec.ts';
import { redactText } from '../../config/redact.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import type { HealthEntry, ProbeView } from '../contract/health.ts';
import type { ProcessView } from '../contract/snapshot.ts';
import { actionOf, ailmentOf, answered, firstDue, isNews, nextDue, UNASKED } from '../core/health.ts';
import type { Outcome, ProbeState } from '../core/health.ts';
import { HealthHistory } from '../core/health-history.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Prober, ProbeTarget } from '../os/ports/probes.ts';
import { Deadlines } from './deadlines.ts';
import { probeTarget } from './probe-words.ts';
import { SignWatch } from './health-signs.ts';
import type { SignSources } from './health-signs.ts';

export interface HealthWatchOptions extends SignSources {
  readonly clock: Clock;
  readonly node: (process: string) => ProcessNode | undefined;
  readonly view: (process: string) => ProcessView | undefined;
  /** Variables of a command that asks. */
  readonly environment: (spec: ProcessSpec) => Readonly<Record<string, string>>;
  /** Loads what asks, once. */
  readonly prober: () => Promise<Prober>;
  readonly tell: (event: TreeEvent) => void;
  readonly publish: (fact: FactBody) => void;
}

/** Questions that are open at the same time; the others wait for their turn. A connection that hangs costs little and may not hold up all others; a command is a process. */
export const MAX_OPEN = { connections: 256, commands: 16 } as const;

/** Questions of one kind: those that are open, and those that wait. */
interface Lane {
  readonly max: number;
  open: number;
  readonly turns: { readonly life: Life; readonly probe: Probe }[];
}

type Asking = ProbeSpec & ProbeTarget;
type Sign = Exclude<ProbeSpec, Asking>;

/** One probe of the present life of a process. */
interface Probe {
  readonly spec: ProbeSpec;
  /** Unique, and the same in each life: its place in time. */
  readonly key: string;
  state: ProbeState;
  /** It waits for its turn, or for its answer. */
  busy: boolean;
  open: { cancel(): void } | null;
  /** Those who wait for its next answer. */
  readonly waiting: (() => void)[];
}

/** The present life of a process that is up. */
interface Life {
  readonly process: string;
  readonly incarnation: number;
  /** Monotonic ms of its start. */
  readonly since: number;
  readonly spec: HealthSpec;
  readonly probes: readonly Probe[];
  readonly signs: SignWatch;
  over: boolean;
}

interface Tally {
  checks: number;
  readonly counts: Record<Outcome, number>;
  totalMs: number;
  lastAt: number | null;
  lastMs: number | null;
  /** As the last life left it. */
  state: ProbeState;
}

/** What is kept of a process over its lives. */
interface Kept {
  readonly history: HealthHistory;
  readonly tallies: Map<string, Tally>;
}

/** What clients are told of a process beside its row. */
export interface KeptHealth {
  readonly probes: readonly ProbeView[];
  readonly history: readonly HealthEntry[];
  readonly hour: { readonly answers: number; readonly healthy: number };
}

const NO_PROBES: readonly ProbeView[] = [];

export class HealthWatch {
  private readonly options: HealthWatchOptions;
  private readonly lives = new Map<string, Life>();
  private readonly kept = new Map<string, Kept>();
  private readonly deadlines: Deadlines;
  private readonly connections: Lane = { max: MAX_OPEN.connections, open: 0, turns: [] };
  private readonly commands: Lane = { max: MAX_OPEN.commands, open: 0, turns: [] };
  /** Lives whose ailment was told. */
  private readonly told = new Map<string, number>();
  private closed = false;

  constructor(options: HealthWatchOptions) {
    this.options = options;
    this.deadlines = new Deadlines(options.clock, (key) => this.due(key));
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    switch (fact.type) {
      case 'process.running': return fact.ready ? this.begin(fact.process, fact.incarnation) : undefined;
      case 'process.ready': return this.begin(fact.process, fact.incarnation);
      case 'process.condemned': case 'process.stopping': case 'process.exited': case 'process.unknown': return this.end(fact.process);
      case 'process.changed': return this.changed(fact.process);
      case 'process.removed':
        this.end(fact.process);
        this.kept.delete(fact.process);
        this.told.delete(fact.process);
        return;
      case 'health.reported': return 'process' in fact ? this.act(fact.process, fact.incarnation) : undefined;
      default:
    }
  }

  /** Questions that are open now, for tests. */
  get asking(): number {
    return this.connections.open + this.commands.open;
  }

  close(): void {
    this.closed = true;
    for (const process of [...this.lives.keys()]) this.end(process);
    this.deadlines.close();
  }

  /** What is known beside the row of a process; null: it has no probes, and had none. */
  of(process: string): KeptHealth | null {
    const kept = this.kept.get(process);
    const spec = this.options.node(process)?.spec;
    if (spec === undefined || (spec.health.probes.length === 0 && kept === undefined)) return null;
    return { probes: this.probes(process), history: kept?.history.entries() ?? [], hour: kept?.history.hour(this.options.clock.wall()) ?? { answers: 0, healthy: 0 } };
  }

  /** What its probes say; none: it has none. */
  probes(process: string): readonly ProbeView[] {
    const spec = this.options.node(process)?.spec;
    return spec === undefined || spec.health.probes.length === 0 ? NO_PROBES : spec.health.probes.map((probe, index) => this.probeView(spec, probe, index));
  }

  /** Asks all probes of a process now, and resolves when each has answered or its life is over; null: it is not up, or has none. */
  ask(process: string): Promise<void> | null {
    const life = this.lives.get(process);
    if (life === undefined || life.probes.length === 0) return null;
    const answers = life.probes.map((probe) => new Promise<void>((resolve) => {
      probe.waiting.push(resolve);
      this.queue(life, probe);
    }));
    return Promise.all(answers).then(() => undefined);
  }

  private probeView(of: ProcessSpec, spec: ProbeSpec, index: number): ProbeView {
    const live = this.lives.get(of.id)?.probes[index];
    const tally = this.kept.get(of.id)?.tallies.get(spec.name);
    const state = live?.state ?? tally?.state ?? UNASKED;
    const { checks = 0, counts = { ok: 0, degraded: 0, failed: 0 }, totalMs = 0, lastAt = null, lastMs = null } = tally ?? {};
    return {
      name: spec.name, kind: spec.kind, target: probeTarget(spec, of), value: live === undefined ? 'unknown' : state.value, why: state.why, failuresInRow: state.failures, successesInRow: state.successes,
      checks, ...counts, lastAt, lastMs, averageMs: checks === 0 ? null : totalMs / checks,
    };
  }

  private begin(process: string, incarnation: number): void {
    const node = this.options.node(process);
    if (this.closed || node === undefined || node.state.incarnation !== incarnation || this.lives.get(process)?.incarnation === incarnation) return;
    this.end(process);
    this.told.delete(process);
    const { health } = node.spec;
    if (health.probes.length === 0) return;
    const now = this.options.clock.mono();
    const since = 'since' in node.state ? node.state.since : now;
    const probes = health.probes.map((spec): Probe => ({ spec, key: `${process} ${spec.name}`, state: UNASKED, busy: false, open: null, waiting: [] }));
    const life: Life = { process, incarnation, since, spec: health, probes, signs: new SignWatch(this.options, node.spec, now), over: false };
    this.lives.set(process, life);
    if (!this.kept.has(process)) this.kept.set(process, { history: new HealthHistory(), tallies: new Map() });
    for (const probe of probes) this.deadlines.set(probe.key, isSign(probe.spec) ? life.signs.firstLook(probe.spec, now) : firstDue(probe.key, probe.spec.intervalMs, now));
  }

  private end(process: string): void {
    const life = this.lives.get(process);
    if (life === undefined) return;
    this.lives.delete(process);
    life.over = true;
    for (const probe of life.probes) {
      this.deadlines.set(probe.key, null);
      if (probe.open !== null) {
        probe.open.cancel();
        probe.open = null;
        this.laneOf(probe.spec).open -= 1;
      }
      for (const done of probe.waiting.splice(0)) done();
    }
    this.next(this.connections);
    this.next(this.commands);
  }

  private laneOf(spec: ProbeSpec): Lane {
    return spec.kind === 'exec' ? this.commands : this.connections;
  }

  /** Other probes while it lives: those that stay as they are go on. */
  private changed(process: string): void {
    const node = this.options.node(process);
    const life = this.lives.get(process);
    const { state } = node ?? {};
    if (node === undefined || state === undefined || JSON.stringify(node.spec.health) === JSON.stringify(life?.spec ?? { probes: [] })) return;
    const view = this.options.view(process);
    this.end(process);
    const names = new Set(node.spec.health.probes.map(({ name }) => name));
    for (const { spec } of life?.probes ?? []) if (!names.has(spec.name)) this.options.publish({ type: 'health.probed', process, incarnation: state.incarnation, probe: spec.name, value: null, why: '' });
    if (view?.state === 'RUNNING' && view.ready) this.begin(process, state.incarnation);
    for (const probe of this.lives.get(process)?.probes ?? []) {
      const before = life?.probes.find(({ spec }) => JSON.stringify(spec) === JSON.stringify(probe.spec));
      if (before !== undefined) probe.state = before.state;
    }
  }

  private due(key: string): void {
    const at = key.indexOf(' ');
    const life = this.lives.get(key.slice(0, at));
    const probe = life?.probes.find((one) => one.key === key);
    if (life !== undefined && probe !== undefined) this.queue(life, probe);
  }

  private queue(life: Life, probe: Probe): void {
    if (probe.busy) return;
    if (isSign(probe.spec)) return this.look(life, probe, probe.spec);
    probe.busy = true;
    const lane = this.laneOf(probe.spec);
    lane.turns.push({ life, probe });
    this.next(lane);
  }

  /** Whoever is first in the row is asked, while there is room. */
  private next(lane: Lane): void {
    while (lane.open < lane.max && !this.closed) {
      const turn = lane.turns.shift();
      if (turn === undefined) return;
      if (!turn.life.over) this.put(lane, turn.life, turn.probe);
    }
  }

  private put(lane: Lane, life: Life, probe: Probe): void {
    const { spec } = probe;
    const node = this.options.node(life.process);
    if (isSign(spec) || node === undefined) return;
    lane.open += 1;
    let cancelled = false;
    probe.open = { cancel: () => (cancelled = true) };
    void this.options.prober().then((prober) => {
      if (cancelled) return;
      const asked = this.options.clock.mono();
      probe.open = prober.probe({
        target: spec, spec: node.spec, environment: () => this.options.environment(node.spec),
        done: (answer) => {
          probe.open = null;
          lane.open -= 1;
          const outcome = answer.ok ? 'ok' : answer.degraded === true ? 'degraded' : 'failed';
          // A reason may repeat the URL, and that a secret.
          this.answer(life, probe, outcome, answer.ok ? '' : redactText(answer.why, node.spec), this.options.clock.mono() - asked);
          this.next(lane);
        },
      });
    }).catch((error: unknown) => {
      // What asks could not be loaded: no file descriptor is left, perhaps. The program is not to blame, and is asked again.
      if (cancelled || life.over) return;
      probe.open = null;
      lane.open -= 1;
      probe.busy = false;
      this.deadlines.set(probe.key, nextDue(probe.key, spec.intervalMs, this.options.clock.mono()));
      this.options.publish({ type: 'daemon.warning', what: 'health', message: `cannot ask ${life.process} how it is: ${error instanceof Error ? error.message : String(error)}` });
      for (const done of probe.waiting.splice(0)) done();
      this.next(lane);
    });
  }

  /** What needs no question. */
  private look(life: Life, probe: Probe, spec: Sign): void {
    const now = this.options.clock.mono();
    const { why, nextLook } = life.signs.look(spec, now);
    this.answer(life, probe, why === null ? 'ok' : 'failed', why ?? '', 0, nextLook);
  }

  private answer(life: Life, probe: Probe, outcome: Outcome, why: string, durationMs: number, dueAt: number | null = null): void {
    const { clock } = this.options;
    const now = clock.mono();
    probe.busy = false;
    const before = probe.state;
    probe.state = answered(probe.spec, before, outcome, why, now - life.since);
    this.keep(life, probe, outcome, why, durationMs);
    this.deadlines.set(probe.key, dueAt ?? nextDue(probe.key, probe.spec.intervalMs, now));
    for (const done of probe.waiting.splice(0)) done();
    if (!isNews(before, probe.state)) return;
    const { process, incarnation } = life;
    this.options.publish({ type: 'health.probed', process, incarnation, probe: probe.spec.name, value: probe.state.value, why: probe.state.why });
    this.act(process, incarnation);
  }

  private keep(life: Life, probe: Probe, outcome: Outcome, why: string, durationMs: number): void {
    const kept = this.kept.get(life.process);
    if (kept === undefined) return;
    const at = this.options.clock.wall();
    const { name } = probe.spec;
    const tally = kept.tallies.get(name) ?? { checks: 0, counts: { ok: 0, degraded: 0, failed: 0 }, totalMs: 0, lastAt: null, lastMs: null, state: probe.state };
    kept.tallies.set(name, tally);
    tally.checks += 1;
    tally.counts[outcome] += 1;
    tally.totalMs += durationMs;
    tally.lastAt = at;
    tally.lastMs = durationMs;
    tally.state = probe.state;
    kept.history.add(at, name, outcome, why, durationMs, life.incarnation);
  }

  /** Its probes or its own words may ask for an action: once, until it is well again. */
  private act(process: string, incarnation: number): void {
    const spec = this.options.node(process)?.spec.health;
    const view = this.options.view(process);
    if (spec === undefined || view === undefined || view.incarnation !== incarnation || (view.state !== 'RUNNING' && view.state !== 'STARTING')) return;
    const ailment = ailmentOf(spec, view.healthSources);
    const action = actionOf(spec, this.told.get(process) === incarnation, ailment);
    if (action === 'recovered') {
      this.told.delete(process);
      return this.options.publish({ type: 'health.recovered', process, incarnation });
    }
    if (action === null || ailment === null) return;
    this.told.set(process, incarnation);
    this.options.publish({ type: 'health.failed', process, incarnation, ...ailment, action });
    if (action === 'restart') this.options.tell({ type: 'process', id: process, event: { type: 'condemn', incarnation, why: ailment.why } });
  }
}

function isSign(spec: ProbeSpec): spec is Sign {
  return spec.kind === 'heartbeat' || spec.kind === 'silence';
}
