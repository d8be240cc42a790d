// What processes use, measured for those one sees, while one looks: the daemon measures nothing by itself for a page.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { UsageRow } from '../../daemon/contract/ps.ts';
import { ask } from '../ask.ts';

/** The last samples of one process or run, oldest first. */
export interface UsageHistory {
  readonly last: UsageRow;
  readonly rss: readonly number[];
  readonly cpu: readonly number[];
}

export const SAMPLES = 40;
const EVERY_MS = 3000;
/** Everybody costs the daemon more: 1,000 processes some 100 ms. */
const EVERYBODY_MS = 8000;
const MOST_NAMES = 200;

/** Usage by id (`group:name`) of these processes; at most 200 are asked for by name. `everybody`: of all, for who looks for the greatest. */
export function useUsage(ids: readonly string[], everybody = false): ReadonlyMap<string, UsageHistory> {
  const [all, setAll] = useState<ReadonlyMap<string, UsageHistory>>(new Map());
  const wanted = useRef(ids);
  wanted.current = ids;
  const key = everybody || ids.length > 0;
  useEffect(() => {
    if (!key) return undefined;
    let gone = false;
    const look = async (): Promise<void> => {
      const names = everybody ? [] : wanted.current.slice(0, MOST_NAMES);
      if (document.visibilityState !== 'visible' || (names.length === 0 && !everybody)) return;
      // A failure is told by the connection's own banner; the last figures stay.
      const rows = await ask('top', { names }).catch(() => null);
      if (gone || rows === null) return;
      setAll((before) => {
        const next = new Map(before);
        for (const row of rows) {
          const old = next.get(row.id);
          next.set(row.id, { last: row, rss: [...(old?.rss ?? []), row.rssBytes].slice(-SAMPLES), cpu: [...(old?.cpu ?? []), row.cpuPercent].slice(-SAMPLES) });
        }
        return next;
      });
    };
    void look();
    const tick = setInterval(() => void look(), everybody ? EVERYBODY_MS : EVERY_MS);
    return () => {
      gone = true;
      clearInterval(tick);
    };
  }, [key, everybody]);
  return all;
}
