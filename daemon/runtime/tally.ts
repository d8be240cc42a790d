// What happened, counted for /metrics from the first fact on: a few steps per fact, and nothing is kept of the fact itself. What the
// snapshot says is not counted here.
import type { LimitKind } from '../../config/limits-spec.ts';
import type { Fact } from '../contract/facts.ts';
import type { Clock } from '../os/ports/clock.ts';
import { Counts } from './counts.ts';
import { JobTallies } from './tally-jobs.ts';
import { ProgramTallies } from './tally-programs.ts';
import type { Restarted, VitalCounts } from './tally-programs.ts';

/** Alerts and pools are named by the file, but nothing says that one is gone. */
const MAX_NAMES = 256;

function more(counts: Map<LimitKind, number>, limit: LimitKind): void {
  counts.set(limit, (counts.get(limit) ?? 0) + 1);
}

export class Tally {
  private readonly clock: Pick<Clock, 'mono'>;
  readonly programs: ProgramTallies;
  readonly work = new JobTallies();
  /** By group; there while the group is. */
  readonly groups = new Map<string, { restarts: number; gaveUp: number }>();
  /** By alert and kind; by alert, channel and result. */
  readonly messages = new Counts(MAX_NAMES, [0]);
  readonly deliveries = new Counts(MAX_NAMES, [0]);
  /** By pool. */
  readonly droppedEvents = new Counts(MAX_NAMES, [0]);
  readonly rejectedEvents = new Counts(MAX_NAMES, [0]);
  refusedReports = 0;
  /** Files that were read. At: wall clock ms. */
  readonly reloads = { success: 0, refused: 0, lastTaken: true, takenAt: null as number | null };

  /** restarted: tells everybody. */
  constructor(clock: Pick<Clock, 'mono'>, restarted?: Restarted) {
    this.clock = clock;
    this.programs = new ProgramTallies(restarted);
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    switch (fact.type) {
      case 'heartbeat.received': return this.vital(fact, (it) => (it.heartbeats += 1));
      case 'heartbeat.missed': return this.vital(fact, (it) => (it.missed += 1));
      case 'heartbeat.stuck': return this.vital(fact, (it) => (it.stuck += 1));
      case 'limit.warned': return this.vital(fact, (it) => more(it.warnings, fact.limit));
      case 'limit.exceeded': return this.vital(fact, (it) => more(it.violations, fact.limit));
      case 'report.refused': this.refusedReports += fact.times; return;
      case 'group.added': if (!this.groups.has(fact.group)) this.groups.set(fact.group, { restarts: 0, gaveUp: 0 }); return;
      case 'group.removed': this.groups.delete(fact.group); return;
      case 'group.strategy_applied': {
        const it = this.groups.get(fact.group);
        if (it) it.restarts += 1;
        return this.programs.swept(fact.affected);
      }
      case 'group.gave_up': {
        const it = this.groups.get(fact.group);
        if (it) it.gaveUp += 1;
        return;
      }
      case 'alert.sent': return this.messages.add([fact.alert, fact.kind]);
      case 'alert.delivered': return this.deliveries.add([fact.alert, fact.channel, 'delivered']);
      case 'alert.delayed': return this.deliveries.add([fact.alert, fact.channel, 'delayed']);
      case 'alert.lost': return this.deliveries.add([fact.alert, fact.channel, 'lost']);
      case 'listener.dropped': return this.droppedEvents.add([fact.pool], fact.events);
      case 'listener.rejected': return this.rejectedEvents.add([fact.pool], fact.times);
      case 'daemon.started': return this.taken(fact.at);
      case 'daemon.reloaded':
        this.reloads.success += 1;
        return this.taken(fact.at);
      case 'daemon.reload_refused':
        this.reloads.refused += 1;
        this.reloads.lastTaken = false;
        return;
      default:
        if ('process' in fact) this.programs.heard(fact, this.clock.mono());
        else this.work.heard(fact);
    }
  }

  private taken(at: number): void {
    this.reloads.lastTaken = true;
    this.reloads.takenAt = at;
  }

  private vital(fact: { readonly process: string } | { readonly job: string }, count: (it: VitalCounts) => void): void {
    const it = 'process' in fact ? this.programs.of(fact.process) : this.work.jobs.get(fact.job);
    if (it) count(it);
  }
}
