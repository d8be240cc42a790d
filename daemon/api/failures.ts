// Wrong credentials, counted per address: past a limit nobody from there is listened to for a minute. Pure, time is passed in.

const WINDOW_MS = 60_000;
/** Addresses remembered; past it the oldest is forgotten, which frees an attacker of one count and nobody else. */
const MAX_ADDRESSES = 1024;

export interface Failures {
  /** ms until this address may try again; 0: now. */
  blockedMs(address: string, now: number): number;
  note(address: string, now: number): void;
}

/** Allows `limit` failures per address and minute. */
export function createFailures(limit: number): Failures {
  const seen = new Map<string, { count: number; since: number }>();
  return {
    blockedMs(address, now) {
      const entry = seen.get(address);
      if (entry === undefined || now - entry.since >= WINDOW_MS) return 0;
      return entry.count >= limit ? WINDOW_MS - (now - entry.since) : 0;
    },
    note(address, now) {
      const entry = seen.get(address);
      if (entry !== undefined && now - entry.since < WINDOW_MS) {
        entry.count++;
        return;
      }
      seen.delete(address);
      const oldest = seen.size >= MAX_ADDRESSES ? seen.keys().next().value : undefined;
      if (oldest !== undefined) seen.delete(oldest);
      seen.set(address, { count: 1, since: now });
    },
  };
}
