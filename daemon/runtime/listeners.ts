// Event listeners at work: facts and output become supervisord's events, events go to pools, and what pools want is written to
// their processes. Costs nothing while nobody listens.
import type { Writable } from 'node:stream';
import type { GroupSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { EventPool } from '../core/event-pool.ts';
import type { PoolEffect, Queued } from '../core/event-pool.ts';
import { EventMapper, isOfType } from '../core/supervisord-events.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Channel, OutputTaps } from '../os/ports/output.ts';
import type { Child } from '../os/ports/processes.ts';
import { CountedFacts } from './counted-facts.ts';
import { encodeData, encodeEvent, envelope } from './event-envelope.ts';
import type { EncodedEvent } from './event-envelope.ts';
import { PERIODS, Ticks } from './ticks.ts';
import type { Period } from './ticks.ts';

export interface ListenersOptions {
  readonly clock: Clock;
  readonly identifier: () => string;
  /** What a group is now, or undefined. */
  readonly group: (name: string) => GroupSpec | undefined;
  readonly snapshot: () => Snapshot;
  /** Publishes later, never within the call: some of it happens while bytes move. */
  readonly publishLater: (fact: FactBody) => void;
}

interface Pool {
  readonly events: EventPool<EncodedEvent>;
  readonly types: readonly string[];
}

/** The life of a listener that may be written to. */
interface Life {
  readonly pool: Pool;
  readonly incarnation: number;
  readonly stdin: Writable | null;
}

export class Listeners implements Omit<OutputTaps, 'watches' | 'seen'> {
  private readonly options: ListenersOptions;
  private readonly pools = new Map<string, Pool>();
  private readonly poolOf = new Map<string, Pool>();
  private readonly lives = new Map<string, Life>();
  private readonly mapper = new EventMapper();
  private readonly ticks: Ticks;
  private readonly counted = new CountedFacts();
  /** Event names somebody subscribed to, learned as they come. */
  private readonly wanted = new Map<string, readonly Pool[]>();
  private serial = 0;

  constructor(options: ListenersOptions) {
    this.options = options;
    this.ticks = new Ticks(options.clock, (period, when) => this.offer(`TICK_${period}`, () => encodeEvent({ name: `TICK_${period}`, payload: `when:${when}` })));
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    if (fact.type === 'group.added') this.groupAdded(fact.group);
    if (this.pools.size === 0) return;
    if (fact.type === 'process.added') this.joined(fact.group, fact.process);
    for (const event of this.mapper.map(fact)) this.offer(event.name, () => encodeEvent(event));
    if ('process' in fact) this.lived(fact);
    if (fact.type === 'group.removed') this.drop(fact.group);
  }

  /** A listener was spawned. Called before anything of its output is read. */
  born(child: Child, stdin: Writable | null): void {
    const pool = this.poolOf.get(child.id);
    if (!pool) return;
    this.lives.set(child.id, { pool, incarnation: child.incarnation, stdin });
    this.run(pool, pool.events.tell(child.id, { type: 'born' }));
  }

  isListener(process: string): boolean {
    return this.poolOf.has(process);
  }

  protocol(child: Child, bytes: Buffer): void {
    const life = this.lives.get(child.id);
    // What an earlier life left behind still writes: it is no answer of this one.
    if (life?.incarnation !== child.incarnation) return;
    this.run(life.pool, life.pool.events.tell(child.id, { type: 'output', bytes }));
  }

  chunk(child: Child, channel: Channel, bytes: Buffer): void {
    const name = channel === 'stdout' ? 'PROCESS_LOG_STDOUT' : 'PROCESS_LOG_STDERR';
    this.offer(name, () => encodeData(name, `${processHead(child)} channel:${channel}\n`, bytes));
  }

  captured(child: Child, channel: Channel, bytes: Buffer): void {
    const name = channel === 'stdout' ? 'PROCESS_COMMUNICATION_STDOUT' : 'PROCESS_COMMUNICATION_STDERR';
    this.offer(name, () => encodeData(name, `${processHead(child)}\n`, bytes));
  }

  close(): void {
    this.ticks.close();
    this.counted.close();
  }

  private groupAdded(name: string): void {
    const spec = this.options.group(name);
    if (!spec?.listener) return;
    // Facts before the first pool were not followed.
    if (this.pools.size === 0) this.mapper.seed(this.options.snapshot().processes.values());
    this.drop(name);
    this.pools.set(name, { events: new EventPool(name, spec.listener.bufferSize), types: spec.listener.events });
    for (const member of spec.members) if (member.kind === 'process') this.joined(name, member.id);
    this.subscribed();
  }

  private joined(group: string, process: string): void {
    const pool = this.pools.get(group);
    if (!pool) return;
    pool.events.join(process);
    this.poolOf.set(process, pool);
  }

  private drop(group: string): void {
    const pool = this.pools.get(group);
    if (!pool) return;
    this.pools.delete(group);
    for (const [process, of] of this.poolOf) if (of === pool) this.poolOf.delete(process);
    for (const [process, life] of this.lives) if (life.pool === pool) this.lives.delete(process);
    this.subscribed();
  }

  /** The pools changed: who wants what is learned anew. */
  private subscribed(): void {
    this.wanted.clear();
    const periods = PERIODS.filter((period) => this.wanting(`TICK_${period}`).length > 0);
    this.ticks.want(new Set<Period>(periods));
  }

  private wanting(name: string): readonly Pool[] {
    let pools = this.wanted.get(name);
    if (!pools) this.wanted.set(name, (pools = [...this.pools.values()].filter((pool) => pool.types.some((type) => isOfType(name, type)))));
    return pools;
  }

  /** An event for everybody who wants it; encoded once, and only then. */
  private offer(name: string, encode: () => EncodedEvent): void {
    const pools = this.wanting(name);
    if (pools.length === 0) return;
    const event = encode();
    const { serial } = this;
    this.serial += 1;
    for (const pool of pools) this.run(pool, pool.events.offer(serial, event));
  }

  /** What a fact means for the listener it is about. */
  private lived(fact: Fact & { readonly process: string }): void {
    const pool = this.poolOf.get(fact.process);
    if (!pool) return;
    switch (fact.type) {
      case 'process.running': return this.run(pool, pool.events.running(fact.process, true));
      case 'process.stopping': case 'process.unknown': return this.run(pool, pool.events.running(fact.process, false));
      case 'process.exited':
        this.lives.delete(fact.process);
        return this.run(pool, pool.events.tell(fact.process, { type: 'exited' }));
      case 'process.removed':
        this.lives.delete(fact.process);
        this.poolOf.delete(fact.process);
        return this.run(pool, pool.events.leave(fact.process));
      default: return;
    }
  }

  private run(pool: Pool, effects: readonly PoolEffect<EncodedEvent>[]): void {
    const { name } = pool.events;
    for (const effect of effects) {
      switch (effect.type) {
        case 'send': this.send(pool, effect.process, effect.queued); break;
        case 'dropped': {
          const { serial } = effect.queued;
          const total = pool.events.dropped;
          this.counted.count(`dropped ${name}`, (events) => this.options.publishLater({ type: 'listener.dropped', pool: name, serial, events, total }));
          break;
        }
        case 'rejected': {
          const { process, result, queued: { serial } } = effect;
          this.counted.count(`rejected ${process}`, (times) => this.options.publishLater({ type: 'listener.rejected', process, pool: name, serial, result, times }));
          break;
        }
        case 'broken': this.options.publishLater({ type: 'listener.broken', process: effect.process, pool: name, why: effect.why }); break;
        default: effect satisfies never;
      }
    }
  }

  /** One event at a time, so that a listener that does not read keeps no more than that in memory. */
  private send(pool: Pool, process: string, queued: Queued<EncodedEvent>): void {
    const stdin = this.lives.get(process)?.stdin ?? null;
    const unwritten = (): void => this.run(pool, pool.events.tell(process, { type: 'unwritten', event: queued }));
    // In a turn of its own: the pool is amid a step.
    if (stdin === null || !stdin.writable) return void setImmediate(unwritten);
    const head = { identifier: this.options.identifier(), serial: queued.serial, pool: pool.events.name, poolSerial: queued.poolSerial };
    stdin.write(envelope(head, queued.event), (error) => {
      if (error) unwritten();
    });
  }
}

function processHead(child: Child): string {
  const colon = child.id.indexOf(':');
  return `processname:${child.id.slice(colon + 1)} groupname:${child.id.slice(0, colon)} pid:${child.pid}`;
}
