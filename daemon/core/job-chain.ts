// Which jobs follow when a run has ended?
import type { JobSpec } from '../../config/job-spec.ts';
import type { RunState } from '../contract/jobs.ts';

const FAILURES: readonly RunState[] = ['failed', 'timed_out', 'stalled', 'dead'];

/** Jobs that start because a run of `spec` ended in `state`. Cancelled and interrupted runs, and those that are tried again, lead to none. */
export function followers(spec: JobSpec, state: RunState): readonly string[] {
  if (state === 'succeeded') return spec.chains.success;
  return FAILURES.includes(state) ? spec.chains.failure : [];
}
