// Programs whose number of instances goes by what they have to do: the number is looked at in its interval, and the change is asked
// for as an operator would ask. Costs nothing where no program has `max`.
import type { AutoscaleSpec } from '../../config/health-spec.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { Operation } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import { look, numberIn, scaleWords, UNSCALED } from '../core/autoscale.ts';
import type { ScaleState } from '../core/autoscale.ts';
import type { ProcessNode } from '../core/tree-state.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Prober } from '../os/ports/probes.ts';
import type { Caller } from './control.ts';
import { Deadlines } from './deadlines.ts';

/** Who asks when nobody does. */
export const AUTOSCALE: Caller = { who: 'autoscale', role: 'operate' };
/** A run that comes has the number looked at, so often at most. */
const SOON_MS = 1000;
/** A command that takes longer than this, or its interval, has failed. */
const COMMAND_MS = 10_000;

export interface AutoscaleOptions {
  readonly clock: Clock;
  /** Its program is scaled by its load. */
  readonly scales: (process: string) => boolean;
  /** The instances of a program. */
  readonly instances: (program: string) => readonly ProcessNode[];
  readonly environment: (spec: ProcessSpec) => Readonly<Record<string, string>>;
  readonly prober: () => Promise<Prober>;
  /** Percent of one core that these use together. */
  readonly cpu: (ids: readonly string[]) => number;
  /** Runs of a job that wait for their turn; null: there is no such job. */
  readonly queued: (job: string) => number | null;
  readonly scale: (program: string, count: number) => Operation | CommandError;
  readonly publish: (fact: FactBody) => void;
}

interface Scaler {
  readonly program: string;
  state: ScaleState;
  /** An operator said how many: until a file is applied, or `scale NAME auto`. */
  held: boolean;
  /** Monotonic ms of the next look. */
  dueAt: number;
  /** A command that runs. */
  open: { cancel(): void } | null;
  problem: string;
}

export class Autoscaler {
  private readonly options: AutoscaleOptions;
  private readonly scalers = new Map<string, Scaler>();
  private readonly deadlines: Deadlines;
  private closed = false;

  constructor(options: AutoscaleOptions) {
    this.options = options;
    this.deadlines = new Deadlines(options.clock, (program) => this.due(program));
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    switch (fact.type) {
      case 'process.added': case 'process.changed': return this.options.scales(fact.process) || this.scalers.has(fact.program) ? this.known(fact.program) : undefined;
      case 'process.removed': return this.gone();
      case 'run.queued': return this.arrived(fact.job);
      case 'daemon.reloaded': for (const scaler of this.scalers.values()) scaler.held = false; return;
      default:
    }
  }

  /** Somebody said how many there are to be. */
  hold(program: string): void {
    const scaler = this.scalers.get(program);
    if (scaler !== undefined) scaler.held = true;
  }

  /** The load says how many again; false: it never does for this program. */
  release(program: string): boolean {
    const scaler = this.scalers.get(program);
    if (scaler === undefined) return false;
    scaler.held = false;
    scaler.state = UNSCALED;
    this.plan(scaler, 0);
    return true;
  }

  /** Whether an operator said how many there are; null: the load never says it for this program. */
  isHeld(program: string): boolean | null {
    return this.scalers.get(program)?.held ?? null;
  }

  close(): void {
    this.closed = true;
    for (const scaler of this.scalers.values()) scaler.open?.cancel();
    this.deadlines.close();
  }

  private specOf(program: string): { readonly spec: AutoscaleSpec; readonly nodes: readonly ProcessNode[]; readonly first: ProcessNode } | null {
    const nodes = this.options.instances(program);
    const first = nodes.find(({ spec }) => spec.autoscale !== null);
    return first?.spec.autoscale == null ? null : { spec: first.spec.autoscale, nodes, first };
  }

  private known(program: string): void {
    const found = this.specOf(program);
    if (found === null) return this.scalers.has(program) ? this.drop(program) : undefined;
    if (this.scalers.has(program)) return;
    const scaler: Scaler = { program, state: UNSCALED, held: false, dueAt: 0, open: null, problem: '' };
    this.scalers.set(program, scaler);
    this.plan(scaler, found.spec.intervalMs);
  }

  private gone(): void {
    for (const program of [...this.scalers.keys()]) if (this.options.instances(program).length === 0) this.drop(program);
  }

  private drop(program: string): void {
    this.scalers.get(program)?.open?.cancel();
    this.scalers.delete(program);
    this.deadlines.set(program, null);
  }

  /** A run came: those that go by its queue look soon. */
  private arrived(job: string): void {
    for (const scaler of this.scalers.values()) {
      const source = this.specOf(scaler.program)?.spec.source;
      // A look that comes sooner anyway is not put off: runs may come without end.
      if (source?.kind === 'queue' && source.job === job && this.options.clock.mono() + SOON_MS < scaler.dueAt) this.plan(scaler, SOON_MS);
    }
  }

  private plan(scaler: Scaler, inMs: number): void {
    scaler.dueAt = this.options.clock.mono() + inMs;
    this.deadlines.set(scaler.program, scaler.dueAt);
  }

  private due(program: string): void {
    const scaler = this.scalers.get(program);
    const found = this.specOf(program);
    if (scaler === undefined || found === null) return;
    const { spec, nodes, first } = found;
    this.plan(scaler, spec.intervalMs);
    // Nobody runs a program that was stopped by hand for the sake of its queue.
    if (scaler.held || scaler.open !== null || !nodes.some(({ state }) => state.wanted === 'up')) return;
    const { source } = spec;
    if (source.kind === 'cpu') return this.judge(scaler, this.options.cpu(nodes.map(({ key }) => key)));
    if (source.kind === 'queue') {
      const queued = this.options.queued(source.job);
      return queued === null ? this.failed(scaler, `there is no job ${source.job}`) : this.judge(scaler, queued);
    }
    let cancelled = false;
    scaler.open = { cancel: () => (cancelled = true) };
    void this.options.prober().then((prober) => {
      if (cancelled) return;
      scaler.open = prober.read({
        command: source.command, spec: first.spec, environment: () => this.options.environment(first.spec), timeoutMs: COMMAND_MS,
        done: (answer) => {
          scaler.open = null;
          const value = 'problem' in answer ? answer : numberIn(answer.text);
          if (typeof value === 'number') this.judge(scaler, value);
          else this.failed(scaler, `scale_command: ${value.problem}`);
        },
      });
    }).catch((error: unknown) => {
      scaler.open = null;
      this.failed(scaler, `scale_command: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** Nothing is changed; said when the reason is another one. */
  private failed(scaler: Scaler, why: string): void {
    if (scaler.problem === why) return;
    scaler.problem = why;
    this.options.publish({ type: 'process.scale_failed', program: scaler.program, why });
  }

  private judge(scaler: Scaler, value: number): void {
    const found = this.specOf(scaler.program);
    if (found === null || this.closed || scaler.held) return;
    const present = found.nodes.length;
    const { state, to } = look(found.spec, scaler.state, present, value, this.options.clock.mono());
    if (to === null || to === present) {
      scaler.state = state;
      scaler.problem = '';
      return;
    }
    const asked = this.options.scale(scaler.program, to);
    // A change is under way, or the daemon ends: the next look asks again, as if this one had not been.
    if ('code' in asked) return asked.code === 'BUSY' || asked.code === 'SHUTTING_DOWN' ? undefined : this.failed(scaler, asked.message);
    scaler.state = state;
    scaler.problem = '';
    this.options.publish({ type: 'process.scaled', program: scaler.program, from: present, to, why: scaleWords(found.spec, value, to) });
  }
}
