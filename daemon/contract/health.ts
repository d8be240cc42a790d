// How a process is, of all that is known of it: the worst of what it says itself, its signs of life, its limits and its probes.
import type { Health } from './states.ts';

/** One thing that is known of its health. `source`: `report`, `heartbeat`, `limit memory`, a probe; why: '' where there is nothing to say. */
export interface HealthSource {
  readonly source: string;
  readonly value: Health;
  readonly why: string;
}

export interface HealthState {
  readonly health: Health;
  readonly healthSources: readonly HealthSource[];
}

const BADNESS: Readonly<Record<Health, number>> = { unknown: 0, healthy: 1, degraded: 2, unhealthy: 3, stuck: 4 };

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
