// The last runs of the jobs one sees: one question for all, one more for each whose runs the busy ones crowded out, then facts.
import { useEffect, useReducer, useRef } from 'preact/hooks';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { ask } from '../ask.ts';
import { KEPT_RUNS, runOfFact, withRuns } from '../run-history.ts';
import type { RunHistory } from '../run-history.ts';
import type { Live } from './live.ts';

/** Runs of the first answer: as many as the daemon gives at once. */
const FIRST = 1000;
/** Questions about single jobs at the same time. */
const AT_ONCE = 3;

class Histories {
  runs: RunHistory = new Map();
  error: Error | null = null;
  /** The first answer had no room for everything. */
  private crowded = false;
  private loaded = false;
  private readonly asked = new Set<string>();
  private wanted: readonly string[] = [];
  private busy = 0;
  private readonly gone = new AbortController();
  private readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
    void this.load();
  }

  add(rows: readonly RunView[]): void {
    this.runs = withRuns(this.runs, rows);
    this.changed();
  }

  /** These are seen now. */
  want(jobs: readonly string[]): void {
    this.wanted = jobs;
    this.more();
  }

  close(): void {
    this.gone.abort();
  }

  private async load(): Promise<void> {
    try {
      const rows = await ask('job history', { limit: FIRST }, this.gone.signal);
      this.crowded = rows.length >= FIRST;
      this.loaded = true;
      this.error = null;
      this.add(rows);
      this.more();
    } catch (error) {
      if (this.gone.signal.aborted) return;
      this.error = error as Error;
      this.changed();
    }
  }

  private more(): void {
    if (!this.loaded || !this.crowded) return;
    for (const job of this.wanted) {
      if (this.busy >= AT_ONCE) return;
      if (this.asked.has(job) || (this.runs.get(job)?.length ?? 0) >= KEPT_RUNS) continue;
      this.asked.add(job);
      this.busy++;
      ask('job history', { job, limit: KEPT_RUNS }, this.gone.signal).then(
        (rows) => this.add(rows),
        // The strip of this job stays short; the connection's own banner says why.
        () => {},
      ).finally(() => {
        this.busy--;
        if (!this.gone.signal.aborted) this.more();
      });
    }
  }
}

/** The last KEPT_RUNS runs of each of `jobs`, newest first, kept up to date. Read anew when the snapshot is. */
export function useRunHistories(live: Live, jobs: readonly string[]): { readonly runs: RunHistory; readonly error: Error | null } {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  const held = useRef<Histories | null>(null);
  const { snapshot } = live;
  useEffect(() => {
    let asked = false;
    // A storm of ends is one drawing.
    const changed = (): void => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(() => {
        asked = false;
        draw(0);
      });
    };
    const before = held.current;
    const histories = new Histories(changed);
    // What was known is shown until the new answer is here.
    if (before !== null) histories.runs = before.runs;
    held.current = histories;
    const unhear = live.onFact((fact) => {
      const run = runOfFact(fact);
      if (run !== null) histories.add([run]);
    });
    return () => {
      unhear();
      histories.close();
    };
  }, [live, snapshot]);
  const key = jobs.join('\n');
  useEffect(() => held.current?.want(jobs), [key, snapshot]);
  return { runs: held.current?.runs ?? new Map<string, readonly RunView[]>(), error: held.current?.error ?? null };
}
