// What a supervised child may say of itself, whichever way it says it (sd_notify, HTTP, reevectl, the TypeScript module).
// The ways and their texts are DESIGN §5.

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Metadata of a report, as JSON text, may be so long; longer ones are refused, and the sender told where the way allows it. */
export const META_LIMIT_BYTES = 4096;

/** What a child can say of itself. */
export type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'status'; readonly text: string }
  | { readonly type: 'watchdog' }
  | { readonly type: 'stopping' }
  | { readonly type: 'reloading' }
  /** It asks for more time to start or to stop. */
  | { readonly type: 'extend'; readonly ms: number }
  | { readonly type: 'heartbeat'; readonly meta: Json }
  /** total null: the end is not known. */
  | { readonly type: 'progress'; readonly current: number; readonly total: number | null; readonly phase: string | null; readonly meta: Json }
  | { readonly type: 'health'; readonly value: 'healthy' | 'degraded' | 'unhealthy'; readonly why: string }
  | { readonly type: 'breaker'; readonly name: string; readonly outcome: 'success' | 'failure' }
  | { readonly type: 'issue'; readonly issue: Json }
  /** partial: some of the work is done and the rest is not (state succeeded, shown as partial). */
  | { readonly type: 'result'; readonly result: Json };

/** Who said it: one life of a process, or one run of a job. */
export type Supervised =
  | { readonly supervisionId: string; readonly process: string; readonly incarnation: number }
  | { readonly supervisionId: string; readonly job: string; readonly run: string };

/** How far the work is. */
export interface ProgressView {
  readonly current: number;
  readonly total: number | null;
  /** current of total, 0 to 100 with two digits; 0 where total is 0, null where it is not known. */
  readonly percent: number | null;
  /** Units per second, over the last reports; null before there are two. */
  readonly rate: number | null;
  /** ms until total at that rate; null where it cannot be known. */
  readonly etaMs: number | null;
  readonly phase: string | null;
  readonly meta: Json;
  /** Wall clock, ms: the last report; the last one that moved. */
  readonly at: number;
  readonly movedAt: number;
}

/** Signs of life of one process or run. */
export interface HeartbeatView {
  /** Wall clock, ms; null: none yet. */
  readonly lastAt: number | null;
  /** Missed in a row, as it was last told; 0 after each that comes. Of who is stuck it may be more by now: that is told at twice the count each time. */
  readonly missed: number;
  /** Received in all. */
  readonly count: number;
  readonly stuck: boolean;
}

/** `3`, or `at least 24` of who is stuck. */
export function missedWords({ missed, stuck }: Pick<HeartbeatView, 'missed' | 'stuck'>): string {
  return stuck ? `at least ${String(missed)}` : String(missed);
}

/** One kept heartbeat. */
export interface HeartbeatRow {
  readonly at: number;
  readonly meta: Json;
}
