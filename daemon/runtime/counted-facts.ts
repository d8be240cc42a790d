// Facts about what may happen thousands of times a second: the first is told at once, the others are counted and told now and then.

interface Row {
  count: number;
  /** Tells what was counted since the last time. */
  tell: (count: number) => void;
}

/** Between two facts about the same thing. */
const TELL_MS = 10_000;
/** Things that are counted at a time; more than these are told at once. */
const MAX_ROWS = 1000;

export class CountedFacts {
  private readonly rows = new Map<string, Row>();
  private timer: NodeJS.Timeout | null = null;

  /** Once more. `tell` publishes the fact with the number of times; it is kept until then. */
  count(key: string, tell: (count: number) => void): void {
    const row = this.rows.get(key);
    if (row) {
      row.count += 1;
      row.tell = tell;
      return;
    }
    if (this.rows.size < MAX_ROWS) this.rows.set(key, { count: 0, tell });
    tell(1);
    this.timer ??= setTimeout(() => this.flush(), TELL_MS).unref();
  }

  /** Tells what was counted and not told. */
  flush(): void {
    this.timer = null;
    for (const [key, row] of this.rows) {
      if (row.count === 0) this.rows.delete(key);
      else row.tell(row.count);
      row.count = 0;
    }
    if (this.rows.size > 0) this.timer = setTimeout(() => this.flush(), TELL_MS).unref();
  }

  close(): void {
    this.flush();
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.rows.clear();
  }
}
