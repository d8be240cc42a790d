// The nice value of processes that run.
import { getPriority, setPriority } from 'node:os';

/** Gives these processes a nice value; null: the daemon's own. What went wrong, or null. */
export function renice(pids: readonly number[], nice: number | null): string | null {
  try {
    for (const pid of pids) setPriority(pid, nice ?? getPriority());
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
