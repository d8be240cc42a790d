// The health of a process is the worst of many things. When it, or its reason, is another one, that is a fact of its own.
import type { Fact, FactBody } from '../contract/facts.ts';
import { healthReason } from '../contract/health.ts';
import type { ProcessView } from '../contract/snapshot.ts';
import type { Health } from '../contract/states.ts';

interface Known {
  readonly incarnation: number;
  readonly value: Health;
  readonly why: string;
  /** Wall clock ms since when it has been unhealthy or stuck. */
  readonly badSince: number | null;
}

export interface HealthNews {
  /** A fact of the bus, in order. */
  heard(fact: Fact): void;
  /** Wall clock ms since when it has been unhealthy or stuck; null: it is not. */
  unhealthySince(process: string): number | null;
}

/** What the last fact said, of those that have a health: most have none. */
export function healthNews(view: (process: string) => ProcessView | undefined, publish: (fact: FactBody) => void): HealthNews {
  const known = new Map<string, Known>();
  const look = (process: string, at: number): void => {
    const row = view(process);
    if (row === undefined) return;
    const before = known.get(process);
    const same = before?.incarnation === row.incarnation ? before : undefined;
    const why = healthReason(row);
    if (row.health === (same?.value ?? 'unknown') && why === (same?.why ?? '')) return;
    const bad = row.health === 'unhealthy' || row.health === 'stuck';
    known.set(process, { incarnation: row.incarnation, value: row.health, why, badSince: bad ? (same?.badSince ?? at) : null });
    publish({ type: 'health.changed', process, incarnation: row.incarnation, value: row.health, previous: same?.value ?? 'unknown', why });
  };
  return {
    heard(fact) {
      switch (fact.type) {
        case 'health.probed': return look(fact.process, fact.at);
        case 'health.reported': case 'heartbeat.stuck': case 'heartbeat.recovered': case 'limit.warned': case 'limit.exceeded': case 'limit.cleared':
          return 'process' in fact ? look(fact.process, fact.at) : undefined;
        case 'process.removed': known.delete(fact.process); return;
        default:
      }
    },
    unhealthySince(process) {
      const one = known.get(process);
      const row = view(process);
      return one !== undefined && row?.incarnation === one.incarnation && row.health !== 'unknown' ? one.badSince : null;
    },
  };
}
