// How much a child may say, and what is told of that which it may not: buckets that fill with time, and refusals counted in between.
import type { Report } from '../contract/reports.ts';

/** Reports a second, and at once. */
interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** What repeats itself: a lost one is made up for by the next. */
const OFTEN: Rate = { perSecond: 100, burst: 1000 };
/** What is said once has a rate of its own, so that a child that floods us with progress is still heard when it is ready. */
const SELDOM: Rate = { perSecond: 10, burst: 100 };
/** Everybody together: facts cost the daemon and whoever watches. */
const TOTAL: Rate = { perSecond: 5000, burst: 10_000 };
/** Refusals of one sender are told once in this time. */
export const REFUSALS_EVERY_MS = 10_000;

const REPEATED: ReadonlySet<Report['type']> = new Set(['heartbeat', 'watchdog', 'progress', 'status', 'health', 'breaker']);

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

export function totalBucket(now: number): Bucket {
  return new Bucket(TOTAL, now);
}

/** What one child may say. */
export class Allowance {
  private readonly often: Bucket;
  private readonly seldom: Bucket;

  constructor(now: number) {
    this.often = new Bucket(OFTEN, now);
    this.seldom = new Bucket(SELDOM, now);
  }

  take(type: Report['type'], now: number): boolean {
    return (REPEATED.has(type) ? this.often : this.seldom).take(now);
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
