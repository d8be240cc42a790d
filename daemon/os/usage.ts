// What processes and all below them use at present, from /proc. Looked at when somebody asks, never by itself.
import { readFileSync } from 'node:fs';
import type { Usage } from '../contract/ps.ts';
import type { Clock } from './ports.ts';
import { childrenOf } from './proc.ts';

/** USER_HZ: 100 on every architecture that Node runs on. */
const TICK_MS = 10;
/** Two looks within this time are a measurement; else CPU is told over the whole life. */
const WINDOW_MS = 60_000;
/** Of one tree; who forks faster than we look does not keep us. */
const MAX_MEMBERS = 10_000;

interface Reading {
  readonly startTime: number;
  readonly ticks: number;
  readonly rssBytes: number;
}

interface Look {
  readonly at: number;
  readonly startTime: number;
  readonly ticks: number;
}

function readOne(pid: number): Reading | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name may hold spaces and brackets: fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const rss = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0';
    return { ticks: Number(fields[11]) + Number(fields[12]), startTime: Number(fields[19]), rssBytes: Number(rss) * 1024 };
  } catch {
    return null;
  }
}

function uptimeMs(): number {
  try {
    return Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]) * 1000;
  } catch {
    return 0;
  }
}

/** A process with all below it, now. */
function readTree(pid: number): Reading | null {
  const main = readOne(pid);
  if (main === null) return null;
  let { ticks, rssBytes } = main;
  const seen = new Set([pid]);
  const queue = [...childrenOf(pid)];
  for (let next = queue.pop(); next !== undefined && seen.size < MAX_MEMBERS; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const one = readOne(next);
    ticks += one?.ticks ?? 0;
    rssBytes += one?.rssBytes ?? 0;
    queue.push(...childrenOf(next));
  }
  return { startTime: main.startTime, ticks, rssBytes };
}

/** Measures by main process. Processes that are gone, or that we may not look at, are left out. */
export function createUsageMeter(clock: Clock): (pids: readonly number[]) => ReadonlyMap<number, Usage> {
  const looks = new Map<number, Look>();
  return (pids) => {
    const now = clock.mono();
    for (const [pid, { at }] of looks) if (now - at > WINDOW_MS) looks.delete(pid);
    const up = uptimeMs();
    const found = new Map<number, Usage>();
    for (const pid of pids) {
      const { startTime, ticks, rssBytes } = readTree(pid) ?? { startTime: 0, ticks: 0, rssBytes: -1 };
      if (rssBytes < 0) continue;
      const last = looks.get(pid);
      // Whose child ended meanwhile has fewer ticks than before: then, too, the life as a whole is told.
      const since = last?.startTime === startTime && last.ticks <= ticks && now > last.at ? last : null;
      const ranMs = since === null ? up - startTime * TICK_MS : now - since.at;
      const usedMs = (ticks - (since?.ticks ?? 0)) * TICK_MS;
      found.set(pid, { rssBytes, cpuPercent: ranMs <= 0 ? 0 : Math.round((usedMs / ranMs) * 1000) / 10 });
      looks.set(pid, { at: now, startTime, ticks });
    }
    return found;
  };
}
