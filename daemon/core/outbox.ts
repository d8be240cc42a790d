// Deliveries that wait: in order for each channel, retried with growing delays, given up after a day, and never more than a bound.
// Pure: the wall clock arrives with each call.
import type { AlertMessage } from '../contract/alerts.ts';

export type ChannelKind = 'exec' | 'webhook' | 'syslog';

/** Replaced, never changed; kept in the store as it is. */
export interface Delivery {
  readonly id: string;
  readonly alert: string;
  readonly channel: ChannelKind;
  readonly message: AlertMessage;
  readonly attempts: number;
  readonly queuedAt: number;
  readonly dueAt: number;
}

export const MAX_WAITING = 1000;
/** Deliveries at the same time, of all channels. */
export const MAX_AT_ONCE = 8;
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 300_000;
/** What could not be delivered for so long is not news any more. */
export const GIVE_UP_MS = 86_400_000;

export type Failure = { readonly type: 'retry'; readonly delivery: Delivery; readonly retryMs: number } | { readonly type: 'lost'; readonly delivery: Delivery };

export class Outbox {
  /** In the order in which they came. */
  private readonly waiting = new Map<string, Delivery>();
  private readonly flying = new Set<string>();

  /** Takes one. What had to make room for it is lost. */
  add(delivery: Delivery): Delivery | null {
    let dropped: Delivery | null = null;
    if (this.waiting.size >= MAX_WAITING) {
      for (const old of this.waiting.values()) {
        if (this.flying.has(old.id)) continue;
        dropped = old;
        break;
      }
      if (dropped === null) return delivery;
      this.waiting.delete(dropped.id);
    }
    this.waiting.set(delivery.id, delivery);
    return dropped;
  }

  get size(): number {
    return this.waiting.size;
  }

  all(): readonly Delivery[] {
    return [...this.waiting.values()];
  }

  /** Those to begin now; each must be answered by `done` or `failed`. One at a time for each channel of each alert. */
  begin(now: number): readonly Delivery[] {
    const out: Delivery[] = [];
    for (const head of this.heads()) {
      if (this.flying.size >= MAX_AT_ONCE) break;
      if (head.dueAt > now || this.flying.has(head.id)) continue;
      this.flying.add(head.id);
      out.push(head);
    }
    return out;
  }

  /** When there is something to begin, if nothing else happens; null: nothing waits for the clock. */
  due(): number | null {
    if (this.flying.size >= MAX_AT_ONCE) return null;
    let first: number | null = null;
    for (const head of this.heads()) if (!this.flying.has(head.id)) first = Math.min(first ?? Infinity, head.dueAt);
    return first;
  }

  done(id: string): void {
    this.flying.delete(id);
    this.waiting.delete(id);
  }

  /** It did not work. `chance` in [0, 1) spreads retries. `hopeless`: another try would fail the same way. */
  failed(id: string, now: number, chance: number, hopeless = false): Failure | null {
    const delivery = this.waiting.get(id);
    this.flying.delete(id);
    if (delivery === undefined) return null;
    const attempts = delivery.attempts + 1;
    const retryMs = Math.round(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(20, attempts - 1)) * (1 + chance / 5));
    if (hopeless || now - delivery.queuedAt + retryMs > GIVE_UP_MS) {
      this.waiting.delete(id);
      return { type: 'lost', delivery: { ...delivery, attempts } };
    }
    const next = { ...delivery, attempts, dueAt: now + retryMs };
    this.waiting.set(id, next);
    return { type: 'retry', delivery: next, retryMs };
  }

  /** The oldest delivery of each channel. */
  private heads(): readonly Delivery[] {
    const heads = new Map<string, Delivery>();
    for (const one of this.waiting.values()) {
      const target = `${one.channel} ${one.alert}`;
      if (!heads.has(target)) heads.set(target, one);
    }
    return [...heads.values()];
  }
}
