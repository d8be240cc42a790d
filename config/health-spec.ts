// What `health` and autoscaling mean once they are read: every default filled in. Pure data, as spec.ts.
import type { CommandSpec, ProbeAddress } from './spec.ts';

/** How often, how patiently, and how many answers in a row change the mind. One number each, for every kind of probe that asks. */
export const PROBE_DEFAULTS = { intervalMs: 30_000, timeoutMs: 5000, failures: 3, successes: 2, startPeriodMs: 0 } as const;

/** What is asked of a program from outside. */
export type HealthTarget =
  /** status null: 200 to 399. degraded: status codes that say so. body: a regular expression that the body matches. unix: over this socket. ca: a file of certificates in place of the usual ones. */
  | {
      readonly kind: 'http'; readonly url: string; readonly unix: string | null; readonly status: readonly number[] | null; readonly degraded: readonly number[];
      readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body: string | null;
      readonly ca: string | null; readonly insecure: boolean; readonly serverName: string | null;
    }
  | { readonly kind: 'tcp'; readonly address: ProbeAddress }
  /** Run as the program is: 0 is healthy, one of `degraded` is degraded, anything else a failure. */
  | { readonly kind: 'exec'; readonly command: CommandSpec; readonly degraded: readonly number[] };

/** What is seen without asking. */
export type HealthSign =
  /** Its last sign of life is older than two intervals of its heartbeat. */
  | { readonly kind: 'heartbeat' }
  /** It wrote nothing for so long. reports: a sign of life counts as well as output. */
  | { readonly kind: 'silence'; readonly afterMs: number; readonly reports: boolean };

export interface ProbeRules {
  /** Unique in its program. */
  readonly name: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** So many failures in a row: unhealthy. */
  readonly failures: number;
  /** So many good answers in a row: healthy again. The first answer of a life needs no second. */
  readonly successes: number;
  /** Failures so soon after the start of a life do not count, until the first good answer. */
  readonly startPeriodMs: number;
}

export type ProbeSpec = ProbeRules & (HealthTarget | HealthSign);

/** What becomes of a life that is unhealthy. restart: it has failed. alert: a fact that alerts hear. none: its health says so, and that is all. */
export type UnhealthyAction = 'restart' | 'alert' | 'none';

export interface HealthSpec {
  readonly probes: readonly ProbeSpec[];
  readonly onUnhealthy: UnhealthyAction;
  readonly restartOnDegraded: boolean;
}

export const NO_HEALTH: HealthSpec = { probes: [], onUnhealthy: 'none', restartOnDegraded: false };

/** Where the number comes from that decides how many instances there are. */
export type ScaleSource =
  | { readonly kind: 'command'; readonly command: CommandSpec }
  /** Percent of one core, of all instances together. */
  | { readonly kind: 'cpu' }
  /** Runs of a job that wait or are queued. */
  | { readonly kind: 'queue'; readonly job: string };

/** How many instances of a program there are, by what they have to do. */
export interface AutoscaleSpec {
  readonly min: number;
  readonly max: number;
  readonly source: ScaleSource;
  /** What one instance is good for: the number divided by it, rounded up, is how many are needed. */
  readonly target: number;
  readonly intervalMs: number;
  /** More are started when they were needed for so long. */
  readonly upDelayMs: number;
  /** Some are ended when fewer were enough for so long, and the last growth is so long ago. */
  readonly downDelayMs: number;
}
