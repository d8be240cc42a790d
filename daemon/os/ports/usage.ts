// What lives use.
import type { MonoMs } from './clock.ts';
import type { Child } from './processes.ts';

/** What a whole life, with all it started, uses. */
export interface UsageSample {
  readonly at: MonoMs;
  /** Resident memory; shared pages count once for each process that has them, unless its control group counts. */
  readonly rssBytes: number;
  /** Processor time since it began, of those that ended too as far as anybody waited for them. */
  readonly cpuMs: number;
  readonly processes: number;
  /** Open files of the one process that has most; null: not asked for, or not to be seen. */
  readonly files: number | null;
}

/** Measures lives when asked; never by itself. */
export interface UsageMeter {
  /** Lives that are gone, or not to be seen, are left out. `keep`: asked again soon; what is opened stays open (bounded) until `release`. Half a µs for each process that slept since the last look; of one that ran 10 µs with `keep`, up to three times that without. */
  measure(children: readonly Child[], want: { readonly files: boolean; readonly keep: boolean }): ReadonlyMap<Child, UsageSample>;
  /** Nobody measures this life any more. */
  release(child: Child): void;
  dispose(): void;
}
