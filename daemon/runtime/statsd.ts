// Facts to a statsd server, where the file names one. What is not taken is lost: nothing here may hold up a daemon.
import type { Fact } from '../contract/facts.ts';
import type { DatagramLines } from '../os/ports/lines.ts';

type Open = (to: string, warn: (message: string) => void) => DatagramLines;

export interface StatsdOptions {
  /** `host:port` as the file says it now; null: nobody is told. */
  readonly to: () => string | null;
  /** Loads what sends, once. */
  readonly open: () => Promise<Open>;
  readonly warn: (message: string) => void;
}

/** Facts kept while the code is being loaded. */
const MAX_EARLY = 1000;

interface Sender {
  readonly to: string;
  readonly lines: DatagramLines;
}

export class StatsdEcho {
  private readonly options: StatsdOptions;
  private sender: Sender | null = null;
  private make: ((fact: Fact) => void) | null = null;
  private loading = false;
  private readonly early: Fact[] = [];

  constructor(options: StatsdOptions) {
    this.options = options;
  }

  /** A fact of the bus, in order. */
  heard(fact: Fact): void {
    const to = this.options.to();
    if (to === null) {
      this.close();
      return;
    }
    if (this.make !== null) {
      this.make(fact);
      if (fact.type === 'daemon.stopped') this.close();
      return;
    }
    if (this.early.length < MAX_EARLY) this.early.push(fact);
    if (!this.loading) void this.load();
  }

  private close(): void {
    this.sender?.lines.close();
    this.sender = null;
  }

  private async load(): Promise<void> {
    this.loading = true;
    const { open, warn } = this.options;
    try {
      const [make, { statsdLines }] = await Promise.all([open(), import('../contract/statsd-lines.ts')]);
      this.make = (fact) => {
        const lines = statsdLines(fact);
        if (lines.length > 0) this.send(make, lines);
      };
      for (const fact of this.early.splice(0)) this.make(fact);
    } catch (error) {
      warn(`cannot tell statsd: ${error instanceof Error ? error.message : String(error)}`);
      // Facts that come later try again.
      this.early.length = 0;
      this.loading = false;
    }
  }

  private send(open: Open, lines: readonly string[]): void {
    const to = this.options.to();
    if (to === null) return;
    if (this.sender?.to !== to) {
      this.sender?.lines.close();
      this.sender = { to, lines: open(to, this.options.warn) };
    }
    this.sender.lines.send(lines);
  }
}
