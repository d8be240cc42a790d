// How much of what a child says is passed on: what repeats itself is thinned out, and the newest always comes through; what is said
// once comes through until it is too much; refusals are counted and told together.
import type { Report } from '../contract/reports.ts';

/** Of a kind that repeats itself, one is passed on in this time: facts cost the daemon and whoever watches. */
export const THIN_MS = 200;
/** Refusals of one sender are told once in this time. */
export const REFUSALS_EVERY_MS = 10_000;

/** Reports a second, and at once. */
interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Of one child, kinds that are said once, or counted. */
const OWN: Rate = { perSecond: 20, burst: 200 };
/** Everybody together, all kinds, after thinning. */
const TOTAL: Rate = { perSecond: 5000, burst: 10_000 };

/** Each of these says all that the ones before it said, and more. */
const REPEATED: ReadonlySet<Report['type']> = new Set(['heartbeat', 'watchdog', 'progress', 'status', 'health']);

/** Tokens that come back with time. */
export class Bucket {
  private readonly rate: Rate;
  private tokens: number;
  private at: number;

  constructor(rate: Rate, now: number) {
    this.rate = rate;
    this.tokens = rate.burst;
    this.at = now;
  }

  take(now: number): boolean {
    this.tokens = Math.min(this.rate.burst, this.tokens + ((now - this.at) / 1000) * this.rate.perSecond);
    this.at = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

export const totalBucket = (now: number): Bucket => new Bucket(TOTAL, now);
export const ownBucket = (now: number): Bucket => new Bucket(OWN, now);

/** Thins out what one child repeats. Order is kept: whatever was held back is passed on before anything else is. */
export class Thinner {
  private readonly pass: (report: Report) => void;
  /** The newest of each kind that waits. */
  private readonly held = new Map<Report['type'], Report>();
  private readonly passed = new Map<Report['type'], number>();
  private timer: NodeJS.Timeout | null = null;

  constructor(pass: (report: Report) => void) {
    this.pass = pass;
  }

  /** True: the report was passed on, or will be, or a newer one in its place. False: it is of a kind that is not thinned out. */
  take(report: Report, now: number): boolean {
    const { type } = report;
    if (!REPEATED.has(type)) return false;
    if (!this.held.has(type) && now - (this.passed.get(type) ?? -Infinity) >= THIN_MS) {
      this.passed.set(type, now);
      this.pass(report);
      return true;
    }
    this.held.delete(type);
    this.held.set(type, report);
    this.timer ??= setTimeout(() => this.flush(now + THIN_MS), THIN_MS).unref();
    return true;
  }

  /** Passes on what is held back. */
  flush(now: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const held = [...this.held.values()];
    this.held.clear();
    for (const report of held) {
      this.passed.set(report.type, now);
      this.pass(report);
    }
  }

  /** Nothing is passed on any more. */
  drop(): void {
    this.held.clear();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}

/** Refusals of one sender: the first is told at once, those that follow together. */
export class Refusals {
  private times = 0;
  private why = '';
  private due = -Infinity;
  private readonly tell: (why: string, times: number) => void;

  constructor(tell: (why: string, times: number) => void) {
    this.tell = tell;
  }

  add(why: string, now: number): void {
    this.why = why;
    this.times += 1;
    if (now < this.due) return;
    this.due = now + REFUSALS_EVERY_MS;
    this.flush();
  }

  /** Tells what has not been told. */
  flush(): void {
    const { times } = this;
    this.times = 0;
    if (times > 0) this.tell(this.why, times);
  }
}
