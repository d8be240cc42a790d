// The book of jobs: the one owner of what is due, what waits, what runs and what is held back. One event in, one step.
import type { BreakerSpec, JobSettings, JobSpec } from '../../config/job-spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { BreakerView, RunView } from '../contract/jobs.ts';
import type { HeartbeatRow } from '../contract/reports.ts';
import type { JobEvent, JobMoment, JobStep } from './job-state.ts';

/** What the book starts from. */
export interface JobOptions {
  readonly jobs: readonly JobSpec[];
  readonly breakers: readonly BreakerSpec[];
  readonly settings: JobSettings;
}

export class Jobs {
  /** Nothing is due before `boot` is told. */
  constructor(_options: JobOptions) {}

  /** One event through all it touches. Never throws for a mistake of ours: the run it concerns is left as it is, and a warning told. */
  step(_event: JobEvent, _moment: JobMoment): JobStep {
    return { records: [], facts: [], effects: [], touched: new Set() };
  }

  /** The next time `key` must be told `due` (monotonic ms), or null. Keys are as in `touched`. Calendar times are converted by the
   *  clocks of `now`, or of the last step. */
  deadline(_key: string, _now?: Pick<JobMoment, 'mono' | 'wall'>): number | null {
    return null;
  }

  /** Facts that say what exists and how it is, for a fresh snapshot. Told before `boot`. */
  population(): readonly FactBody[] {
    return [];
  }

  get isClosing(): boolean {
    return false;
  }

  spec(_job: string): JobSpec | undefined {
    return undefined;
  }

  names(): readonly string[] {
    return [];
  }

  /** A run that has not ended, as it is now. */
  run(_id: string): RunView | undefined {
    return undefined;
  }

  /** Its last heartbeats, oldest first. */
  heartbeats(_id: string): readonly HeartbeatRow[] {
    return [];
  }

  /** A run of this job with these arguments that waits or runs. */
  existing(_job: string, _args: readonly string[]): string | undefined {
    return undefined;
  }

  /** Ids of the runs that have a process, or are about to, of these jobs (none named: of all). */
  running(_names: readonly string[]): readonly string[] {
    return [];
  }

  /** Is this job drained? */
  isDrained(_job: string): boolean {
    return false;
  }

  /** The next times of a job after `afterAt` (wall clock ms), at most `count`. */
  next(_job: string, _afterAt: number, _count: number): readonly number[] {
    return [];
  }

  breaker(_name: string): BreakerView | undefined {
    return undefined;
  }
}
