// Numbers that only grow: counted under labels of which there is a bound, and spread over the buckets of a histogram.

/** One labelled number. */
export interface Count {
  readonly labels: readonly string[];
  value: number;
}

/** Stands for what came when there was no room for one more label. */
export const OTHER = 'other';

export class Counts {
  private readonly rows = new Map<string, Count>();
  private readonly max: number;
  private readonly open: readonly number[];

  /** `open`: places of labels whose values come from outside. Past `max` rows these become "other", so that there are at most as many
   *  more rows as the others have values. */
  constructor(max: number, open: readonly number[]) {
    this.max = max;
    this.open = open;
  }

  add(labels: readonly string[], times = 1): void {
    const key = labels.join('\0');
    const row = this.rows.get(key);
    if (row) row.value += times;
    else if (this.rows.size < this.max) this.rows.set(key, { labels, value: times });
    else this.addOther(labels, times);
  }

  private addOther(labels: readonly string[], times: number): void {
    const other = labels.map((label, at) => (this.open.includes(at) ? OTHER : label));
    const key = other.join('\0');
    const row = this.rows.get(key);
    if (row) row.value += times;
    else this.rows.set(key, { labels: other, value: times });
  }

  /** 0: never counted. */
  of(labels: readonly string[]): number {
    return this.rows.get(labels.join('\0'))?.value ?? 0;
  }

  /** Those whose label at this place is `value` are no longer told. */
  forget(at: number, value: string): void {
    for (const [key, { labels }] of this.rows) if (labels[at] === value) this.rows.delete(key);
  }

  [Symbol.iterator](): Iterator<Count> {
    return this.rows.values();
  }
}

/** How often, and how much in all. */
export interface Sum {
  count: number;
  sum: number;
}

export class Histogram implements Sum {
  readonly bounds: readonly number[];
  /** One for each bound: values above the bound before and up to this one. What is above all is in `count` alone. */
  readonly counts: number[];
  count = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.count += 1;
    this.sum += value;
    const at = this.bounds.findIndex((bound) => value <= bound);
    if (at >= 0) this.counts[at] = (this.counts[at] ?? 0) + 1;
  }
}
