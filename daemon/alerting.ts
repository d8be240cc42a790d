// Alerts of this daemon: nothing of them is loaded before one is configured, a silence is asked for, or an earlier daemon left
// something to deliver.
import { hostname } from 'node:os';
import type { Config } from '../config/spec.ts';
import type { Fact, FactBody } from './contract/facts.ts';
import type { Clock } from './os/ports/clock.ts';
import type { Syslog } from './os/ports/lines.ts';
import type { Store } from './os/ports/store.ts';
import { randomId } from './os/random-id.ts';
import type { Bus } from './runtime/bus.ts';
import type { AlertSide } from './runtime/alerts.ts';
import type { AlertControl, Caller } from './runtime/control.ts';
import { ownEnvironment } from './runtime/environment.ts';

export interface AlertingOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly bus: Bus;
  readonly syslog: Syslog;
  readonly config: () => Config;
  /** Has this process probes? */
  readonly isProbed: (process: string) => boolean;
  readonly record: (caller: Caller, action: string, targets: readonly string[], result: string) => void;
}

/** Facts kept while the code is being loaded. */
const MAX_EARLY = 10_000;

export class Alerting {
  private readonly options: AlertingOptions;
  private side: AlertSide | null = null;
  private loading: Promise<AlertSide> | null = null;
  private readonly early: Fact[] = [];
  private closed = false;
  readonly control: AlertControl;

  constructor(options: AlertingOptions) {
    this.options = options;
    this.control = {
      list: () => this.side?.list() ?? [],
      silences: () => this.side?.silences() ?? [],
      test: async (name, channel, caller) => this.recorded(caller, 'alert test', name ?? 'all', await (await this.load()).test(name, channel)),
      silence: async (name, ms, why, caller) => this.recorded(caller, 'silence', name, (await this.load()).silence(name, ms, caller.who, why)),
      unsilence: async (name, caller) => this.recorded(caller, 'silence end', name, (await this.load()).unsilence(name, caller.who)),
    };
  }

  /** Ready before the first fact that matters, where there is anything to do. */
  async start(): Promise<void> {
    const { alerts } = this.options.store;
    if (this.options.config().alerts.length > 0 || alerts.all('delivery').size > 0 || alerts.all('silence').size > 0) await this.load();
  }

  /** The configuration has changed. */
  configure(): void {
    const { alerts, alertSettings } = this.options.config();
    if (this.side !== null) this.side.configure(alerts, alertSettings);
    else if (alerts.length > 0) void this.load();
  }

  heard(fact: Fact): void {
    if (this.side !== null) this.side.heard(fact);
    else if (this.loading !== null && this.early.length < MAX_EARLY) this.early.push(fact);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.side?.close();
  }

  private recorded<T extends object>(caller: Caller, action: string, name: string, result: T): T {
    // A refusal is noted by whoever answers the request.
    if (!('code' in result)) this.options.record(caller, action, [name], 'ok');
    return result;
  }

  private load(): Promise<AlertSide> {
    this.loading ??= this.build();
    return this.loading;
  }

  private async build(): Promise<AlertSide> {
    const [{ AlertSide: Side }, { createAlertCarrier }] = await Promise.all([import('./runtime/alerts.ts'), import('./os/alert-carrier.ts')]);
    const { clock, store, bus, syslog, config, isProbed } = this.options;
    const own = ownEnvironment(process.env);
    const side = new Side({
      clock, store, carrier: createAlertCarrier({ sideCommands: async () => (await import('./os/side-command.ts')).sideCommands, syslog }), environment: () => ({ ...own, ...config().daemon.environment }),
      publish: (fact: FactBody) => bus.publish(fact), chance: Math.random, newId: randomId, snapshot: () => bus.snapshot, isProbed, identifier: () => config().daemon.identifier, host: hostname(),
    });
    const { alerts, alertSettings } = config();
    side.configure(alerts, alertSettings);
    if (this.closed) await side.close();
    this.side = side;
    for (const fact of this.early.splice(0)) side.heard(fact);
    return side;
  }
}
