// The shapes of what the control API answers. Browser-safe.
import type { ErrorCode } from './errors.ts';
import type { RunState } from './jobs.ts';
import type { Plan } from './plan.ts';

/** What became of one target of an operation. `pending` until it is known. */
export interface TargetResult {
  readonly name: string;
  readonly outcome: 'pending' | 'ok' | 'error';
  readonly code: ErrorCode | null;
  readonly message: string;
  /** Pids that a stop could not end. */
  readonly survivors?: readonly number[];
  /** The run that was made for it: of job_run, job_undo and dead_retry; there as soon as it is known, also while `pending`. */
  readonly run?: string;
  /** How that run ended: its state, and the exit status of its main process (null: a signal, or it never started). */
  readonly state?: RunState;
  readonly exitCode?: number | null;
}

/** A mutation: it goes on whether or not somebody waits for it. Kept for a while after its end. */
export interface Operation {
  readonly id: string;
  readonly command: string;
  readonly who: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly targets: readonly TargetResult[];
  /** apply: what it does, or with dry_run what it would do. */
  readonly plan?: Plan;
}

/** Body of every answer that is not a success. */
export interface ErrorAnswer {
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly advice: string; readonly retryable: boolean; readonly hint?: string };
}

/** One line of `doctor`. */
export interface Finding {
  readonly level: 'ok' | 'note' | 'warning' | 'problem';
  readonly subject: string;
  readonly message: string;
  readonly advice?: string;
}

/** What is configured, for `avail` and getAllConfigInfo. No environment values. */
export interface ConfiguredProcess {
  readonly name: string;
  readonly group: string;
  readonly inUse: boolean;
  readonly autostart: boolean;
  readonly groupPriority: number;
  readonly priority: number;
  readonly command: string;
  readonly directory: string | null;
  readonly origin: { readonly file: string; readonly line: number };
}
