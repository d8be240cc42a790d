// What programs say of themselves becomes facts, and silence becomes what `on_stuck` says. Runs of jobs have the same rules in the
// book of jobs; here they are kept for the present life of each process.
import type { VitalsSpec } from '../../config/job-spec.ts';
import type { StopStep } from '../../config/spec.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import type { HeartbeatRow, Report, Supervised } from '../contract/reports.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import { dueVitals, reportFact, reportVitals, retuneVitals, startVitals, vitalsDeadline, vitalsFact } from '../core/vitals.ts';
import type { VitalsMoment, VitalsState, VitalsStep } from '../core/vitals.ts';
import type { Clock } from '../os/ports/clock.ts';
import { Deadlines } from './deadlines.ts';
import type { ReadinessWatch } from './readiness.ts';

export interface ProgramVitalsOptions {
  readonly clock: Clock;
  readonly node: (process: string) => ProcessNode | undefined;
  readonly tell: (event: TreeEvent) => void;
  readonly publish: (fact: FactBody) => void;
  readonly readiness: Pick<ReadinessWatch, 'readySaid' | 'unreadySaid' | 'extendSaid'>;
  /** Reads what a child has sent and nobody has read yet, then calls back. */
  readonly drain: (supervisionId: string, done: () => void) => void;
}

/** What a process said of itself and no row of a client shows. */
export interface KeptReports {
  /** Of its present or last life, oldest first. */
  readonly heartbeats: readonly HeartbeatRow[];
  readonly health: SaidHealth | null;
}

export interface SaidHealth {
  readonly value: string;
  readonly why: string;
  readonly at: number;
}

type Subject = Extract<Supervised, { readonly process: string }>;

/** The present life of a process, or its last one. */
interface Life {
  readonly subject: Subject;
  /** The rules it is judged by now. */
  spec: VitalsSpec;
  state: VitalsState;
  /** What it last said of its health. */
  health: SaidHealth | null;
  /** Silence counts: it lives, is ready where it has `ready`, and nobody ends it. */
  judged: boolean;
  ended: boolean;
}

/** What a life that is over reported is kept so long. */
const HISTORY_MS = 3_600_000;

/** on_stuck = "kill": no time to end by itself. */
const AT_ONCE: readonly StopStep[] = [{ signal: 'KILL', scope: 'tree', waitMs: 1000 }];

export class ProgramVitals {
  private readonly options: ProgramVitalsOptions;
  private readonly lives = new Map<string, Life>();
  private readonly deadlines: Deadlines;

  constructor(options: ProgramVitalsOptions) {
    this.options = options;
    this.deadlines = new Deadlines(options.clock, (process) => this.late(process));
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    switch (fact.type) {
      case 'process.spawned': return this.born(fact.process, fact.incarnation, fact.supervisionId);
      case 'process.ready': return this.judge(fact.process, true);
      case 'process.stopping': case 'process.unknown': return this.judge(fact.process, false);
      case 'process.exited': return this.ended(fact.process);
      case 'process.changed': return this.changed(fact.process);
      case 'process.removed':
        this.judge(fact.process, false);
        this.lives.delete(fact.process);
        return;
      default:
    }
  }

  /** A child said something. News of an earlier life is dropped. */
  report(subject: Subject, report: Report): void {
    const { process, incarnation } = subject;
    const node = this.options.node(process);
    if (node?.state.incarnation !== incarnation) return;
    const { readiness } = this.options;
    switch (report.type) {
      case 'ready': return readiness.readySaid(process, incarnation);
      case 'reloading': return readiness.unreadySaid(process, incarnation, 'it is reloading');
      case 'stopping': return readiness.unreadySaid(process, incarnation, 'it is stopping');
      case 'extend': return readiness.extendSaid(process, incarnation, report.ms);
      default:
    }
    const fact = reportFact(subject, report);
    const life = this.life(subject, node);
    if (report.type === 'health') life.health = { value: report.value, why: report.why, at: this.options.clock.wall() };
    if (fact) return this.options.publish(fact);
    // Who owes nothing has missed nothing.
    if (!life.judged) life.state = retuneVitals(life.state, this.moment());
    this.step(life, reportVitals(life.spec, life.state, report, this.moment()));
  }

  /** Monotonic ms of its last sign of life, or of the start of its life; null: there was none. */
  lastSign(process: string): number | null {
    return this.lives.get(process)?.state.since ?? null;
  }

  kept(process: string): KeptReports {
    const life = this.lives.get(process);
    return { heartbeats: life?.state.rows ?? [], health: life?.health ?? null };
  }

  close(): void {
    this.deadlines.close();
    this.lives.clear();
  }

  private moment(): VitalsMoment {
    const { clock } = this.options;
    return { mono: clock.mono(), wall: clock.wall() };
  }

  private born(process: string, incarnation: number, supervisionId: string): void {
    this.lives.delete(process);
    this.deadlines.set(process, null);
    const node = this.options.node(process);
    // Who owes nothing is looked after when it says something.
    if (!node || (node.spec.vitals.heartbeat === null && node.spec.vitals.progressTimeoutMs === null)) return;
    this.life({ process, incarnation, supervisionId }, node);
  }

  private life(subject: Subject, { spec, state }: ProcessNode): Life {
    const known = this.lives.get(subject.process);
    if (known?.subject.supervisionId === subject.supervisionId) return known;
    const alive = state.phase === 'STARTING' || state.phase === 'RUNNING';
    // Until it is ready, start_timeout watches over it.
    const life: Life = { subject, spec: spec.vitals, state: startVitals(this.moment()), health: null, ended: false, judged: alive && (spec.ready === null || state.readiness !== 'pending') };
    this.lives.set(subject.process, life);
    this.arm(life);
    return life;
  }

  private judge(process: string, judged: boolean): void {
    const life = this.lives.get(process);
    if (life === undefined || life.judged === judged) return;
    life.judged = judged;
    if (judged) life.state = retuneVitals(life.state, this.moment());
    this.arm(life);
  }

  private ended(process: string): void {
    const life = this.lives.get(process);
    if (life === undefined) return;
    life.judged = false;
    life.ended = true;
    this.deadlines.set(process, this.options.clock.mono() + HISTORY_MS);
  }

  private changed(process: string): void {
    const life = this.lives.get(process);
    const spec = this.options.node(process)?.spec.vitals;
    if (life === undefined || spec === undefined || JSON.stringify(spec) === JSON.stringify(life.spec)) return;
    life.spec = spec;
    life.state = retuneVitals(life.state, this.moment());
    this.arm(life);
  }

  /** A deadline is over. What lies unread may be a sign of life: a daemon that was busy must not blame the child. */
  private late(process: string): void {
    const life = this.lives.get(process);
    if (life === undefined) return;
    if (life.ended) return void this.lives.delete(process);
    this.options.drain(life.subject.supervisionId, () => {
      if (this.lives.get(process) === life && life.judged) this.step(life, dueVitals(life.spec, life.state, this.moment()));
    });
  }

  private step(life: Life, { state, news }: VitalsStep): void {
    life.state = state;
    this.arm(life);
    for (const item of news) {
      this.options.publish(vitalsFact(life.subject, item));
      if (item.type === 'stuck' && life.judged) this.stuck(life.subject, item.why, item.action);
    }
  }

  private stuck({ process, incarnation }: Subject, why: string, action: VitalsSpec['onStuck']): void {
    if (action !== 'restart' && action !== 'kill') return;
    this.options.tell({ type: 'process', id: process, event: { type: 'condemn', incarnation, why } });
    if (action === 'kill') this.options.tell({ type: 'hurry', id: process, steps: AT_ONCE });
  }

  private arm(life: Life): void {
    if (life.ended) return;
    this.deadlines.set(life.subject.process, life.judged ? vitalsDeadline(life.spec, life.state) : null);
  }
}
