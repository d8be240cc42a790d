// The last runs of the jobs one sees: one question for all, one more for each whose runs the busy ones crowded out, then facts.
import { useCallback, useEffect, useReducer, useRef } from 'preact/hooks';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { ask } from '../ask.ts';
import { KEPT_RUNS, runOfFact, withRuns } from '../run-history.ts';
import type { RunHistory } from '../run-history.ts';
import type { Live } from './live.ts';

/** Runs of the first answer: as many as the daemon gives at once. */
const FIRST = 1000;
/** Questions about single jobs at the same time. */
const AT_ONCE = 3;
/** One looks at what has been seen for so long. */
const REST_MS = 200;

const NONE: RunHistory = new Map();

class Histories {
  runs: RunHistory = new Map();
  error: Error | null = null;
  /** The first answer had no room for everything. */
  private crowded = false;
  private loaded = false;
  private readonly asked = new Set<string>();
  private wanted: readonly string[] = [];
  private busy = 0;
  private pending: RunView[] = [];
  private resting: ReturnType<typeof setTimeout> | undefined;
  private readonly gone = new AbortController();
  private readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
    void this.load();
  }

  /** A storm of ends is one change, at the next frame. */
  add(rows: readonly RunView[]): void {
    const first = this.pending.length === 0;
    this.pending.push(...rows);
    if (first && rows.length > 0) requestAnimationFrame(() => {
      this.runs = withRuns(this.runs, this.pending);
      this.pending = [];
      this.changed();
    });
  }

  /** These are seen now. Nothing is asked while one scrolls past. */
  want(jobs: readonly string[]): void {
    this.wanted = jobs;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.more(), REST_MS);
  }

  close(): void {
    clearTimeout(this.resting);
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

/** The last KEPT_RUNS runs of each job, newest first, kept up to date; of those that `want` names they are complete. Read anew when the snapshot is. */
export function useRunHistories(live: Live, jobs: readonly string[] = []): { readonly runs: RunHistory; readonly error: Error | null; readonly want: (jobs: readonly string[]) => void } {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  const held = useRef<Histories | null>(null);
  const wanted = useRef(jobs);
  const { snapshot } = live;
  const want = useCallback((names: readonly string[]) => {
    wanted.current = names;
    held.current?.want(names);
  }, []);
  useEffect(() => {
    const histories = new Histories(() => draw(0));
    // What was known is shown until the new answer is here.
    if (held.current !== null) histories.runs = held.current.runs;
    held.current = histories;
    histories.want(wanted.current);
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
  useEffect(() => {
    if (key !== '') want(jobs);
  }, [key]);
  return { runs: held.current?.runs ?? NONE, error: held.current?.error ?? null, want };
}
