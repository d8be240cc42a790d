// TICK events: at the turn of each period that somebody asked for. Nothing wakes up while nobody does.
import type { Clock } from '../os/ports/clock.ts';

/** Seconds. */
export type Period = 5 | 60 | 3600;
export const PERIODS: readonly Period[] = [5, 60, 3600];

/** The clock on the wall may be set, or stand still with the machine: looked at least so often. */
const MAX_SLEEP_MS = 30_000;

export class Ticks {
  private readonly clock: Clock;
  private readonly tick: (period: Period, when: number) => void;
  /** The last turn of each wanted period, in seconds since 1970. */
  private readonly last = new Map<Period, number>();
  private timer: NodeJS.Timeout | null = null;

  /** `tick` gets the time of the turn, rounded down to the period. */
  constructor(clock: Clock, tick: (period: Period, when: number) => void) {
    this.clock = clock;
    this.tick = tick;
  }

  /** From now on these and no others. */
  want(periods: ReadonlySet<Period>): void {
    for (const period of PERIODS) {
      if (!periods.has(period)) this.last.delete(period);
      else if (!this.last.has(period)) this.last.set(period, this.turn(period));
    }
    this.arm();
  }

  private turn(period: Period): number {
    const seconds = Math.floor(this.clock.wall() / 1000);
    return seconds - (seconds % period);
  }

  private arm(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.last.size === 0) return;
    const now = this.clock.wall();
    const next = Math.min(...[...this.last.keys()].map((period) => (this.turn(period) + period) * 1000));
    this.timer = setTimeout(() => this.look(), Math.min(MAX_SLEEP_MS, Math.max(1, Math.ceil(next - now))));
  }

  private look(): void {
    for (const [period, last] of this.last) {
      const turn = this.turn(period);
      if (turn === last) continue;
      this.last.set(period, turn);
      this.tick(period, turn);
    }
    this.arm();
  }

  close(): void {
    this.last.clear();
    this.arm();
  }
}
