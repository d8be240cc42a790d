// The outbox at work: what waits is in the store before anybody tries to deliver it, and leaves it when it was taken. Nothing here is
// waited for by anybody.
import type { ChannelSpec } from '../../config/alert-spec.ts';
import type { AlertMessage } from '../contract/alerts.ts';
import type { FactBody } from '../contract/facts.ts';
import { Outbox } from '../core/outbox.ts';
import type { ChannelKind, Delivery } from '../core/outbox.ts';
import type { AlertCarrier, DeliveryAnswer } from '../os/ports/alerts.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Store } from '../os/ports/store.ts';
import { Deadlines } from './deadlines.ts';

export interface AlertDeliveryOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'alerts' | 'flush'>;
  readonly carrier: AlertCarrier;
  /** Variables of commands. */
  readonly environment: () => Readonly<Record<string, string>>;
  /** The channels of an alert as they are configured now; a file that changed counts at once. */
  readonly channels: (alert: string) => readonly ChannelSpec[];
  readonly publish: (fact: FactBody) => void;
  readonly chance: () => number;
  readonly newId: () => string;
}

/** What became of the deliveries of one alert. */
export interface DeliveryCounts {
  readonly delivered: number;
  readonly lost: number;
  /** Why the last delivery failed; null: it did not. */
  readonly problem: string | null;
}

/** Longest sleep: the wall clock may be set meanwhile. */
const MAX_SLEEP_MS = 600_000;
/** At the end what waits may still be delivered for so long. */
const LAST_WAIT_MS = 3000;
const NOTHING: DeliveryCounts = { delivered: 0, lost: 0, problem: null };

export class AlertDelivery {
  private readonly options: AlertDeliveryOptions;
  private readonly outbox = new Outbox();
  private readonly deadlines: Deadlines;
  private readonly counts = new Map<string, DeliveryCounts>();
  private readonly flying = new Set<Promise<void>>();
  private pumping = false;
  private closed = false;

  constructor(options: AlertDeliveryOptions) {
    this.options = options;
    this.deadlines = new Deadlines(options.clock, () => this.pump());
    for (const [id, data] of [...options.store.alerts.all('delivery')]) {
      const delivery = readDelivery(data);
      if (delivery === null || this.outbox.add(delivery) !== null) options.store.alerts.put('delivery', id, null);
    }
    this.later();
  }

  /** Takes a message for each of these channels. */
  send(message: AlertMessage, channels: readonly ChannelSpec[]): void {
    const now = this.options.clock.wall();
    for (const { kind } of channels) {
      const delivery: Delivery = { id: this.options.newId(), alert: message.alert, channel: kind, message, attempts: 0, queuedAt: now, dueAt: now };
      const dropped = this.outbox.add(delivery);
      if (dropped !== delivery) this.options.store.alerts.put('delivery', delivery.id, JSON.stringify(delivery));
      if (dropped !== null) this.lost(dropped, 'too many deliveries wait');
    }
    this.later();
  }

  countsOf(alert: string): DeliveryCounts {
    return this.counts.get(alert) ?? NOTHING;
  }

  /** Deliveries that wait, of one alert. */
  waiting(alert: string): number {
    return this.outbox.all().filter((one) => one.alert === alert).length;
  }

  /** Ends. What is due may still be delivered for a moment; what waits after that is delivered by the next daemon. */
  async close(): Promise<void> {
    if (this.closed) return;
    let late = false;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        late = true;
        resolve();
      }, LAST_WAIT_MS);
    });
    // One after the other by each channel: what waits behind one that is under way has its turn too.
    for (this.begin(); this.flying.size > 0 && !late; this.begin()) await Promise.race([...this.flying, enough]);
    clearTimeout(timer);
    this.closed = true;
    this.deadlines.close();
    this.options.carrier.close();
  }

  /** Not within the step that made the message: what is decided does not wait for what is delivered. */
  private later(): void {
    if (this.pumping || this.closed) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      if (!this.closed) this.pump();
    });
  }

  private pump(): void {
    this.begin();
    const { clock } = this.options;
    const due = this.outbox.due();
    this.deadlines.set('outbox', due === null ? null : clock.mono() + Math.min(MAX_SLEEP_MS, Math.max(0, due - clock.wall())));
  }

  private begin(): void {
    if (this.closed) return;
    const all = this.outbox.begin(this.options.clock.wall());
    // In the store first: if we die in the next moment, the next daemon delivers it.
    if (all.length > 0) this.options.store.flush();
    for (const delivery of all) {
      const flight = this.deliver(delivery).finally(() => this.flying.delete(flight));
      this.flying.add(flight);
    }
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const began = this.options.clock.mono();
    const channel = this.options.channels(delivery.alert).find((one) => one.kind === delivery.channel);
    const answer: DeliveryAnswer = channel === undefined
      ? { ok: false, why: `alert ${delivery.alert} has no channel ${delivery.channel} any more`, hopeless: true }
      : await this.options.carrier.deliver(channel, delivery.message, this.options.environment());
    this.answered(delivery, answer, Math.round(this.options.clock.mono() - began));
  }

  private answered(delivery: Delivery, answer: DeliveryAnswer, tookMs: number): void {
    const { store, publish, clock, chance } = this.options;
    const { alert, channel, message, attempts } = delivery;
    const counts = this.countsOf(alert);
    if (answer.ok) {
      this.outbox.done(delivery.id);
      store.alerts.put('delivery', delivery.id, null);
      this.counts.set(alert, { ...counts, delivered: counts.delivered + 1, problem: null });
      publish({ type: 'alert.delivered', alert, channel, message: message.id, attempts: attempts + 1, tookMs });
    } else if (!this.closed) {
      this.counts.set(alert, { ...counts, problem: `${channel}: ${answer.why}` });
      const failure = this.outbox.failed(delivery.id, clock.wall(), chance(), answer.hopeless === true);
      if (failure?.type === 'lost') this.lost(failure.delivery, answer.why);
      else if (failure !== null) {
        store.alerts.put('delivery', delivery.id, JSON.stringify(failure.delivery));
        publish({ type: 'alert.delayed', alert, channel, message: message.id, attempts: failure.delivery.attempts, why: answer.why, retryMs: failure.retryMs });
      }
    }
    this.later();
  }

  private lost({ id, alert, channel, message, attempts }: Delivery, why: string): void {
    const counts = this.countsOf(alert);
    this.counts.set(alert, { ...counts, lost: counts.lost + 1 });
    this.options.store.alerts.put('delivery', id, null);
    this.options.publish({ type: 'alert.lost', alert, channel, message: message.id, attempts, why });
  }
}

const CHANNELS: readonly ChannelKind[] = ['exec', 'webhook', 'syslog'];

/** A row of an earlier daemon, perhaps of an earlier version; null: it is not readable. */
function readDelivery(data: string): Delivery | null {
  try {
    const row = JSON.parse(data) as Delivery;
    const good = typeof row.id === 'string' && typeof row.alert === 'string' && CHANNELS.includes(row.channel) && typeof row.message.title === 'string' && [row.attempts, row.queuedAt, row.dueAt].every(Number.isFinite);
    return good ? row : null;
  } catch {
    return null;
  }
}
