// Wrong credentials, counted per address (of IPv6: per /64): past a limit nobody from there is listened to for a minute. Pure, time is passed in.

const WINDOW_MS = 60_000;
/** Addresses remembered; past it the oldest is forgotten, which frees an attacker of one count and nobody else. */
const MAX_ADDRESSES = 1024;

/** A machine has one IPv4 address, but a whole network of IPv6 ones (/64), which are counted as one. */
function sourceOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1];
  if (v4 !== undefined || !address.includes(':')) return v4 ?? address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const all = tail === undefined ? before : [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after];
  return all.slice(0, 4).map((part) => Number.parseInt(part, 16).toString(16)).join(':');
}

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
      const entry = seen.get(sourceOf(address));
      if (entry === undefined || now - entry.since >= WINDOW_MS) return 0;
      return entry.count >= limit ? WINDOW_MS - (now - entry.since) : 0;
    },
    note(address, now) {
      const source = sourceOf(address);
      const entry = seen.get(source);
      if (entry !== undefined && now - entry.since < WINDOW_MS) {
        entry.count++;
        return;
      }
      seen.delete(source);
      const oldest = seen.size >= MAX_ADDRESSES ? seen.keys().next().value : undefined;
      if (oldest !== undefined) seen.delete(oldest);
      seen.set(source, { count: 1, since: now });
    },
  };
}
