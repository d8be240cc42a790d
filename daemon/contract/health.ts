// How a process is, of all that is known of it: the worst of what it says itself, its signs of life, its limits and its probes.
import type { Health, ProcessStateName } from './states.ts';

/** One thing that is known of its health. `source`: `report`, `heartbeat`, `limit memory`, `probe NAME`; why: '' where there is nothing to say. */
export interface HealthSource {
  readonly source: string;
  readonly value: Health;
  readonly why: string;
}

export interface HealthState {
  readonly health: Health;
  readonly healthSources: readonly HealthSource[];
}

/** One answer of a probe. at: wall clock ms. */
export interface HealthEntry {
  readonly at: number;
  readonly probe: string;
  readonly outcome: 'ok' | 'degraded' | 'failed';
  readonly why: string;
  readonly durationMs: number;
  readonly incarnation: number;
}

/** One probe of a process, as it is in its present or last life; counts are of all its lives since the daemon started. */
export interface ProbeView {
  readonly name: string;
  readonly kind: 'http' | 'tcp' | 'exec' | 'heartbeat' | 'silence';
  /** What is asked: a URL, an address, a command; '' where nothing is. */
  readonly target: string;
  readonly value: Health;
  readonly why: string;
  readonly failuresInRow: number;
  readonly successesInRow: number;
  readonly checks: number;
  readonly ok: number;
  readonly degraded: number;
  readonly failed: number;
  /** Wall clock ms of the last answer, and how long it took; null: none yet. */
  readonly lastAt: number | null;
  readonly lastMs: number | null;
  /** Of all answers; null: none yet. */
  readonly averageMs: number | null;
}

/** A process in the answer about health. */
export interface HealthRow {
  readonly process: string;
  readonly program: string;
  readonly state: ProcessStateName;
  readonly wanted: 'up' | 'down';
  readonly health: Health;
  /** Of the source that decides; '' where all is well. */
  readonly why: string;
  readonly sources: readonly HealthSource[];
  readonly onUnhealthy: 'restart' | 'alert' | 'none';
  readonly probes: readonly ProbeView[];
  /** Questions answered so far, by all probes. */
  readonly checks: number;
  readonly lastCheckAt: number | null;
  /** Wall clock ms since when it has been unhealthy or stuck; null: it is not. */
  readonly unhealthySince: number | null;
  /** Of the kept answers those of the last hour; null: none. */
  readonly hour: { readonly answers: number; readonly healthy: number; readonly percent: number } | null;
  /** Only where asked for: the last 100 answers, oldest first. */
  readonly history?: readonly HealthEntry[];
}

const MINUTE_MS = 60_000;

/** How bad it is to be stuck, by how long nothing was heard (ms): a warning before 5 minutes, an error before an hour, critical after that. */
export function stuckSeverity(silentMs: number): 'warning' | 'error' | 'critical' {
  if (silentMs < 5 * MINUTE_MS) return 'warning';
  return silentMs < 60 * MINUTE_MS ? 'error' : 'critical';
}

export const BADNESS: Readonly<Record<Health, number>> = { unknown: 0, healthy: 1, degraded: 2, unhealthy: 3, stuck: 4 };

/** A life of which nothing is known. */
export const UNKNOWN_HEALTH: HealthState = { health: 'unknown', healthSources: [] };

/** What it is with this news of one source; null: that source has nothing to say any more. */
export function healthWith(state: HealthState, source: string, value: Health | null, why = ''): HealthState {
  const others = state.healthSources.filter((one) => one.source !== source);
  const healthSources = value === null ? others : [...others, { source, value, why }];
  let health: Health = 'unknown';
  for (const one of healthSources) if (BADNESS[one.value] > BADNESS[health]) health = one.value;
  return { health, healthSources };
}

/** What the source that decides has to say; '' where all is well, or nothing is known. */
export function healthReason({ health, healthSources }: HealthState): string {
  const decides = healthSources.find((one) => one.value === health && one.why !== '');
  if (decides === undefined) return '';
  return healthSources.length === 1 ? decides.why : `${decides.source}: ${decides.why}`;
}

/** Who is looked for by --unhealthy, and makes `reevectl health` exit with 1: unhealthy or stuck, or wanted up and not there. */
export function isAiling(row: Pick<HealthRow, 'health' | 'wanted' | 'state'>): boolean {
  return row.health === 'unhealthy' || row.health === 'stuck' || (row.wanted === 'up' && (row.state === 'FATAL' || row.state === 'BACKOFF' || row.state === 'UNKNOWN'));
}
