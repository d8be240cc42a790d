// How does a run end when the daemon does?
import type { JobSpec } from '../../config/job-spec.ts';
import type { Clocks, RunLifeEvent, RunPurpose } from './run-state.ts';
import { HURRY_STEPS } from './stop-steps.ts';

type Mode = 'warm' | 'cold' | 'now';

const WHY = 'the daemon is ending';

/** What a run that goes on is told. Told again when the end becomes more urgent; a run that starts late is told then. */
export function endingEvents(spec: JobSpec, mode: Mode, now: Clocks, graceDue: number | null): readonly RunLifeEvent[] {
  const purpose: RunPurpose = spec.onShutdown === 'handback' ? 'handback' : 'shutdown';
  if (mode !== 'warm') return [{ type: 'stop', purpose, steps: HURRY_STEPS[mode], why: WHY, harder: true }];
  const due = spec.drainTimeoutMs === null ? graceDue : now.mono + spec.drainTimeoutMs;
  const limit: readonly RunLifeEvent[] = due === null ? [] : [{ type: 'limit', due }];
  switch (spec.onShutdown) {
    case 'wait': return limit;
    case 'signal': return spec.drainSignal === null ? limit : [{ type: 'signal', signal: spec.drainSignal, why: `${WHY}: it may save what it has done` }, ...limit];
    case 'kill': case 'handback': return [{ type: 'stop', purpose, steps: spec.process.stop, why: WHY, harder: false }];
    default: return spec.onShutdown satisfies never;
  }
}
