// Facts: numbered, stamped, applied to the snapshot, kept in a ring, and handed to whoever subscribed.
import type { Fact, FactBody } from '../contract/facts.ts';
import type { FactName } from '../contract/fact-payloads.ts';
import { applyEvent, emptySnapshot } from '../contract/snapshot.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import type { Clock } from '../os/ports/clock.ts';

/** Facts kept for those who come late. */
const RING = 4096;

export class Bus {
  readonly snapshot: Snapshot = emptySnapshot();
  /** How often each fact was published, those no longer in the ring included. */
  readonly counts = new Map<FactName, number>();
  private readonly clock: Clock;
  private readonly ring: Fact[] = [];
  private readonly subscribers = new Set<(fact: Fact) => void>();
  /** Facts that a listener caused while an earlier one was being told: told after it, so that everybody hears all in order. */
  private readonly waiting: Fact[] = [];
  private telling = false;
  private seq = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  publish(body: FactBody): void {
    this.seq += 1;
    const fact = { ...body, seq: this.seq, at: this.clock.wall() } as Fact;
    applyEvent(this.snapshot, fact);
    this.ring[(this.seq - 1) % RING] = fact;
    this.counts.set(fact.type, (this.counts.get(fact.type) ?? 0) + 1);
    this.waiting.push(fact);
    if (!this.telling) this.tellAll();
  }

  private tellAll(): void {
    this.telling = true;
    try {
      for (let fact = this.waiting.shift(); fact; fact = this.waiting.shift()) for (const tell of this.subscribers) tell(fact);
    } finally {
      this.telling = false;
    }
  }

  /** The number of the last fact. */
  get last(): number {
    return this.seq;
  }

  /** The number of the oldest fact that is kept; 1 when none was dropped. */
  get oldest(): number {
    return Math.max(1, this.seq - RING + 1);
  }

  /** Kept facts with a greater number, in order. */
  *since(seq: number): Generator<Fact> {
    for (let n = Math.max(seq + 1, this.oldest); n <= this.seq; n += 1) yield this.ring[(n - 1) % RING] as Fact;
  }

  subscribe(tell: (fact: Fact) => void): () => void {
    this.subscribers.add(tell);
    return () => this.subscribers.delete(tell);
  }

  get subscriberCount(): number {
    return this.subscribers.size;
  }
}
