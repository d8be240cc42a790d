// Who waits for runs: told when one is planned, and when its work is over, retries included.
import type { Fact } from '../contract/facts.ts';
import type { RunView } from '../contract/jobs.ts';
import { RUN_STATES } from '../contract/jobs.ts';
import type { Outcome } from './operations.ts';

export interface RunWatch {
  /** It waits for its time. */
  readonly planned?: (run: RunView) => void;
  /** It has a process. */
  readonly started?: (run: RunView) => void;
  /** It ended. */
  readonly ended: (run: RunView) => void;
  /** Ends with the last attempt; else with this very run. */
  readonly withRetries: boolean;
}

/** The run that a fact shows; null: it shows none. */
export function runOf(fact: Fact): RunView | null {
  return 'run' in fact && fact.run !== null && typeof fact.run === 'object' && 'state' in fact.run ? fact.run : null;
}

export class RunEnds {
  /** By the id of a run, or of the first attempt. */
  private readonly watches = new Map<string, Set<RunWatch>>();

  /** Until its end is told, or the answer is called. */
  watch(run: string, watch: RunWatch): () => void {
    const set = this.watches.get(run) ?? new Set();
    set.add(watch);
    this.watches.set(run, set);
    return () => this.drop(run, watch);
  }

  private drop(run: string, watch: RunWatch): void {
    const set = this.watches.get(run);
    set?.delete(watch);
    if (set?.size === 0) this.watches.delete(run);
  }

  heard(fact: Fact): void {
    const run = this.watches.size === 0 ? null : runOf(fact);
    if (run === null) return;
    this.tell(run.id, fact.type, run, false);
    this.tell(run.first ?? run.id, fact.type, run, true);
  }

  private tell(key: string, type: Fact['type'], run: RunView, withRetries: boolean): void {
    for (const watch of this.watches.get(key) ?? []) {
      if (watch.withRetries !== withRetries) continue;
      if (type === 'run.scheduled') watch.planned?.(run);
      if (type === 'run.started') watch.started?.(run);
      if (!RUN_STATES[run.state].final || (withRetries && run.state === 'retrying')) continue;
      this.drop(key, watch);
      watch.ended(run);
    }
  }
}

/** How a run came out for who asked for it. */
export function outcomeOf(run: RunView): Outcome {
  const result = { run: run.id, state: run.state, exitCode: run.code };
  const took = run.startedAt === null || run.endedAt === null ? '' : ` after ${(run.endedAt - run.startedAt) / 1000} s`;
  if (run.state === 'succeeded') return { ok: true, message: `succeeded${took}`, ...result };
  const message = `${run.state.replace('_', ' ')}${took}${run.why === '' ? '' : `: ${run.why}`}`;
  const began = run.startedAt !== null || (run.state !== 'skipped' && run.state !== 'missed' && run.state !== 'cancelled');
  return { ok: false, code: began ? 'RUN_FAILED' : 'NOT_STARTED', message, ...result };
}
