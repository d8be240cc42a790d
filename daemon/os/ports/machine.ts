// What the operating system is made of, and what the machine offers.
import type { Clock } from './clock.ts';
import type { Processes } from './processes.ts';
import type { Readiness } from './readiness.ts';

/** How it is found out what lives use. */
export interface Measures {
  /** There is a /proc to look at. */
  readonly proc: boolean;
  /** Our control group, where we may make others in it; null: none. */
  readonly cgroup: string | null;
  /** What can be counted and kept there: memory, pids, cpu. */
  readonly controllers: readonly string[];
  /** Where the kernel counts ends for want of memory; null: nowhere that we may look. */
  readonly oom: string | null;
}

/** What the machine offers, for `doctor` and the start-up lines. */
export interface MachineFacts {
  readonly implementation: 'native' | 'portable';
  readonly why: string | null;
  readonly subreaper: boolean;
  readonly pid1: boolean;
  readonly pidfd: boolean;
  readonly measures: Measures;
  readonly limits: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

/** One implementation of the operating system: native or portable. */
export interface Os {
  readonly clock: Clock;
  readonly processes: Processes;
  readonly readiness: Readiness | null;
  machine(): MachineFacts;
}
