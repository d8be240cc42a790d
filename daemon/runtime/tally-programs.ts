// What is counted of programs: restarts by reason, ends by code and signal, how long starts and stops take.
import type { LimitKind } from '../../config/limits-spec.ts';
import { LIFE_BUCKETS } from '../contract/metric-buckets.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import type { FailureReason } from '../contract/fact-payloads.ts';
import { Counts, Histogram } from './counts.ts';

/** What ended the life before a restart. request: somebody asked, or what it depends on began anew. */
export type RestartReason = FailureReason | 'recycled' | 'watch' | 'request';

/** Nobody asked for this life. */
export type Restarted = (fact: Extract<FactBody, { type: 'process.restarted' }>) => void;

/** What is counted of programs and jobs alike. */
export interface VitalCounts {
  heartbeats: number;
  missed: number;
  stuck: number;
  readonly warnings: Map<LimitKind, number>;
  readonly violations: Map<LimitKind, number>;
}

/** All processes of a program within a group. */
export interface ProgramTally extends VitalCounts {
  readonly group: string;
  readonly program: string;
  readonly restarts: Map<RestartReason, number>;
  /** By code, signal, and whether it was expected. */
  readonly exits: Counts;
  /** null: none yet. */
  start: Histogram | null;
  stop: Histogram | null;
}

interface ProcessTally {
  of: ProgramTally;
  lives: number;
  /** Lives that began because the one before failed. */
  failures: number;
  /** What will be the reason of its next life. */
  cause: RestartReason | null;
  /** Monotonic ms: it was told to end. */
  stoppingSince: number | null;
  /** The life whose start was counted. */
  started: number;
}

type ProcessFact = Extract<Fact, { readonly process: string }>;

/** Kinds of ends that a program has of its own. */
const MAX_EXITS = 16;

export function noVitals(): VitalCounts {
  return { heartbeats: 0, missed: 0, stuck: 0, warnings: new Map(), violations: new Map() };
}

export class ProgramTallies {
  private readonly restarted: Restarted;
  private readonly processes = new Map<string, ProcessTally>();
  /** By group and program, with the number of its processes. */
  private readonly programs = new Map<string, { readonly tally: ProgramTally; members: number }>();

  constructor(restarted: Restarted = () => undefined) {
    this.restarted = restarted;
  }

  *all(): Generator<ProgramTally> {
    for (const { tally } of this.programs.values()) yield tally;
  }

  of(process: string): ProgramTally | undefined {
    return this.processes.get(process)?.of;
  }

  /** Members of a group that its strategy ends. The one that failed has its own reason. */
  swept(affected: readonly string[]): void {
    for (const id of affected) this.because(this.processes.get(id), 'strategy');
  }

  /** now: monotonic ms. */
  heard(fact: ProcessFact, now: number): void {
    if (fact.type === 'process.added') return this.added(fact.process, fact.group, fact.program);
    const it = this.processes.get(fact.process);
    if (it === undefined) return;
    switch (fact.type) {
      case 'process.removed': return this.removed(fact.process, it);
      case 'process.changed': return this.moved(it, it.of.group, fact.program);
      case 'process.starting': return this.begun(it, fact.process, fact.incarnation, now);
      case 'process.running': if (fact.ready) this.up(it, fact.incarnation, fact.startMs); return;
      case 'process.ready': return this.up(it, fact.incarnation, fact.afterMs);
      case 'process.exited':
        it.of.exits.add([fact.code === null ? '' : String(fact.code), fact.signal ?? '', String(fact.expected)]);
        return this.because(it, fact.from === 'STOPPING' ? null : fact.oom !== undefined ? 'oom' : fact.signal !== null ? 'signal' : 'exit');
      case 'process.spawn_failed': return this.because(it, 'spawn');
      case 'process.condemned': return this.because(it, 'condemned');
      case 'process.recycled': return this.because(it, 'recycled');
      case 'process.watched_change': return this.because(it, 'watch');
      case 'process.stopping':
        if (fact.pid !== null) it.stoppingSince ??= now;
        return;
      case 'process.stopped':
        this.down(it, now);
        // Stopped by a strategy it comes back by itself, and that is the reason; whoever else starts it asks for it.
        if (it.cause !== 'strategy') it.cause = null;
        return;
      case 'process.backoff': case 'process.fatal': case 'process.state': return this.down(it, now);
      default:
    }
  }

  private added(process: string, group: string, program: string): void {
    const known = this.processes.get(process);
    if (known === undefined) {
      this.processes.set(process, { of: this.join(group, program), lives: 0, failures: 0, cause: null, stoppingSince: null, started: -1 });
      return;
    }
    this.moved(known, group, program);
    known.lives = 0;
    known.cause = null;
    known.stoppingSince = null;
  }

  private moved(it: ProcessTally, group: string, program: string): void {
    if (it.of.group === group && it.of.program === program) return;
    this.leave(it.of);
    it.of = this.join(group, program);
  }

  private removed(process: string, it: ProcessTally): void {
    this.leave(it.of);
    this.processes.delete(process);
  }

  private join(group: string, program: string): ProgramTally {
    const key = `${group}\0${program}`;
    const known = this.programs.get(key);
    if (known) {
      known.members += 1;
      return known.tally;
    }
    const tally: ProgramTally = { group, program, ...noVitals(), restarts: new Map(), exits: new Counts(MAX_EXITS, [0, 1]), start: null, stop: null };
    this.programs.set(key, { tally, members: 1 });
    return tally;
  }

  private leave({ group, program }: ProgramTally): void {
    const key = `${group}\0${program}`;
    const known = this.programs.get(key);
    if (known === undefined) return;
    known.members -= 1;
    if (known.members === 0) this.programs.delete(key);
  }

  /** The first reason counts: what follows from it is no reason. */
  private because(it: ProcessTally | undefined, cause: RestartReason | null): void {
    if (it && cause !== null) it.cause ??= cause;
  }

  private begun(it: ProcessTally, process: string, incarnation: number, now: number): void {
    this.down(it, now);
    it.lives += 1;
    const cause = it.cause ?? 'request';
    it.cause = null;
    if (it.lives <= 1) return;
    it.of.restarts.set(cause, (it.of.restarts.get(cause) ?? 0) + 1);
    if (cause === 'request' || cause === 'recycled' || cause === 'watch') return;
    it.failures += 1;
    this.restarted({ type: 'process.restarted', process, program: it.of.program, incarnation, reason: cause, restarts: it.failures });
  }

  private up(it: ProcessTally, incarnation: number, ms: number): void {
    if (it.started === incarnation) return;
    it.started = incarnation;
    (it.of.start ??= new Histogram(LIFE_BUCKETS)).observe(ms / 1000);
  }

  private down(it: ProcessTally, now: number): void {
    if (it.stoppingSince === null) return;
    (it.of.stop ??= new Histogram(LIFE_BUCKETS)).observe((now - it.stoppingSince) / 1000);
    it.stoppingSince = null;
  }
}
