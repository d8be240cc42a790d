// What `limits` and recycling mean once they are read: every default filled in. Pure data, as spec.ts.

/** What is measured of a life, or given to it, and may be too much. disk: room that is left where a path is, and may be too little. */
export const LIMIT_KINDS = ['memory', 'cpu', 'files', 'processes', 'runtime', 'disk'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

/** What a life that is over a limit comes to, beside the record of it. restart and kill count as one failure of the life. */
export type LimitAction = 'alert' | 'restart' | 'stop' | 'kill';

/** What a life, with all it started, may use. null: no limit. */
export interface LimitsSpec {
  /** Resident memory. */
  readonly memoryBytes: number | null;
  /** Percent of one core, over `windowMs`; 200 is two cores. */
  readonly cpuPercent: number | null;
  /** Open files of any one process of it: the soft limit that the kernel keeps. */
  readonly files: number | null;
  readonly processes: number | null;
  readonly runtimeMs: number | null;
  /** So much is to stay free where `path` is. */
  readonly disk: readonly { readonly path: string; readonly bytes: number }[];
  readonly action: LimitAction;
  /** Share of a limit from which it is warned of; 1: never. */
  readonly warnAt: number;
  readonly windowMs: number;
  /** How often it is looked at. */
  readonly everyMs: number;
  /** finish: it may finish what it does before it is ended: `drain_signal`, its next result, `drain_timeout`. */
  readonly grace: 'stop' | 'finish';
  /** The kernel slows it down at its share of the processor (cpu.max) where cgroups can be used. */
  readonly throttle: boolean;
}

/** When a life that is well gives way to a new one. null: never. */
export interface RecycleSpec {
  readonly maxAgeMs: number | null;
  /** Up to so much more, at random for each life. */
  readonly jitterMs: number;
  /** After so many results that it reported. */
  readonly maxJobs: number | null;
  /** Several of one group may be recycled at the same time. */
  readonly together: boolean;
}

/** Looked at this often, unless the file says otherwise. */
export const SAMPLE_EVERY_MS = 5000;

export const NO_LIMITS: LimitsSpec = {
  memoryBytes: null, cpuPercent: null, files: null, processes: null, runtimeMs: null, disk: [], action: 'alert', warnAt: 0.9, windowMs: 30_000, everyMs: SAMPLE_EVERY_MS, grace: 'stop', throttle: false,
};

export const NO_RECYCLING: RecycleSpec = { maxAgeMs: null, jitterMs: 0, maxJobs: null, together: false };
