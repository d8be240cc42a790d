// A run that is over a limit: told, and ended as its job says.
import type { StopStep } from '../../config/spec.ts';
import type { LimitCrossed } from '../contract/fact-payloads.ts';
import type { JobTurn, RunNode } from './job-book.ts';
import { drive } from './job-life.ts';

/** What a meter found. crossed: to be told; act: what is to be done, by its own stop steps or by these; again: another one follows whatever the retries say. */
export interface RunOverLimit {
  readonly crossed: (LimitCrossed & { readonly action: string }) | null;
  readonly act: { readonly why: string; readonly steps: readonly StopStep[] | null; readonly again: boolean } | null;
}

/** What comes after its end is nobody's. */
export function overLimit(t: JobTurn, run: RunNode, { crossed, act }: RunOverLimit): void {
  if (run.life.phase !== 'RUNNING') return;
  if (crossed !== null) t.say({ type: 'limit.exceeded', supervisionId: run.id, job: run.job.name, run: run.id, ...crossed });
  if (act === null) return;
  run.again = act.again;
  drive(t, run, { type: 'stop', purpose: 'limit', steps: act.steps ?? run.spec.process.stop, why: act.why, harder: false });
}
