// What the monitor knows: the snapshot, what was last measured, and the last events. Filled by facts, read by the view.
import type { Fact } from '../../daemon/contract/facts.ts';
import type { FactName } from '../../daemon/contract/fact-payloads.ts';
import type { UsageRow } from '../../daemon/contract/ps.ts';
import type { Snapshot } from '../../daemon/contract/snapshot.ts';
import { isAsBad, severityOf } from '../../daemon/contract/severities.ts';
import { emptySnapshot } from '../../daemon/contract/snapshot.ts';

/** Somebody did not keep what was asked of it. */
export const VIOLATIONS = [
  'limit.exceeded', 'heartbeat.missed', 'heartbeat.stuck', 'run.timed_out', 'run.stalled', 'run.slow', 'job.late', 'health.failed', 'process.condemned', 'group.gave_up',
] as const satisfies readonly FactName[];
export const MOST_VIOLATIONS = 50;
export const MOST_EVENTS = 500;

export interface World {
  snapshot: Snapshot;
  /** By id of a process. */
  usage: ReadonlyMap<string, Pick<UsageRow, 'cpuPercent' | 'rssBytes'>>;
  /** Oldest first, severity info and worse. */
  events: readonly Fact[];
  violations: readonly Fact[];
  /** Why nothing comes; null: all is well. */
  lost: string | null;
  /** Wall clock ms. */
  now: number;
}

export function emptyWorld(): World {
  return { snapshot: emptySnapshot(), usage: new Map(), events: [], violations: [], lost: 'connecting', now: 0 };
}

const violations: ReadonlySet<string> = new Set(VIOLATIONS);

/** One more at the end, and the oldest gone where there are too many. */
function kept(list: readonly Fact[], fact: Fact, most: number): readonly Fact[] {
  // What is there already (read again after a gap) is not there twice.
  if (list.length > 0 && fact.seq <= list[list.length - 1]!.seq) return list;
  return [...list.slice(Math.max(0, list.length - most + 1)), fact];
}

/** Remembers an event; the snapshot has it already. */
export function remember(world: World, fact: Fact): void {
  if (violations.has(fact.type)) world.violations = kept(world.violations, fact, MOST_VIOLATIONS);
  if (isAsBad(severityOf(fact), 'info')) world.events = kept(world.events, fact, MOST_EVENTS);
}
