// Which signal is next when something does not end?
import type { StopStep } from '../../config/spec.ts';

/** When a step's wait is over (monotonic ms); null: it waits for ever. */
export function stepDue(step: StopStep, now: number): number | null {
  return Number.isFinite(step.waitMs) ? now + step.waitMs : null;
}

/** The step after step `at`. `last`: there is none, and it is the same again: whoever is still there now is a survivor. */
export function nextStep(steps: readonly StopStep[], at: number): { readonly index: number; readonly step: StopStep; readonly last: boolean } {
  const last = at >= steps.length - 1;
  const index = last ? at : at + 1;
  return { index, step: steps[index] as StopStep, last };
}

/** The steps that replace a program's or job's own when the daemon ends in a hurry. */
export const HURRY_STEPS: Readonly<Record<'cold' | 'now', readonly StopStep[]>> = {
  cold: [{ signal: 'QUIT', scope: 'tree', waitMs: 5000 }, { signal: 'KILL', scope: 'tree', waitMs: 2000 }],
  now: [{ signal: 'KILL', scope: 'tree', waitMs: 2000 }],
};
