// Replays a recorded answer about a cron expression: its next times, or that it must be refused.
import { parseCron } from '../../config/cron.ts';
import { nextCron } from '../../daemon/core/schedule.ts';

/** A line of cron.jsonl or cron-dst.jsonl. Times in seconds since 1970. */
export interface CronTimes {
  readonly id: string;
  readonly expr: string;
  readonly day_rule: 'or' | 'and';
  readonly tz: string;
  readonly from_epoch: number;
  readonly next: readonly number[];
}

/** A line of cron-invalid.jsonl. */
export interface CronRefusal {
  readonly id: string;
  readonly expr: string;
  readonly day_rule: 'or' | 'and';
  readonly kind: string;
}

export type CronVector = CronTimes | CronRefusal;

function isoOf(epochMs: number | null): string {
  return epochMs === null ? 'never' : new Date(epochMs).toISOString();
}

/** Null when the vector holds; otherwise the first difference in words. */
export function replayCron(vector: CronVector): string | null {
  const what = `${vector.id} ${JSON.stringify(vector.expr)} (${vector.day_rule})`;
  const spec = parseCron(vector.expr, vector.day_rule);
  if (!('next' in vector)) return 'problem' in spec ? null : `${what}: accepted, must be refused (${vector.kind})`;
  if ('problem' in spec) return `${what}: refused: ${spec.problem}`;
  let at = vector.from_epoch * 1000;
  for (const [index, expected] of vector.next.entries()) {
    const ours = nextCron(spec, vector.tz, at);
    if (ours !== expected * 1000) return `${what} in ${vector.tz}: time ${index + 1} after ${isoOf(at)}: ours ${isoOf(ours)}, recorded ${isoOf(expected * 1000)}`;
    at = ours;
  }
  return null;
}
