// Who is logged in by the page: sessions in memory, bounded, told apart by a random id of which only the hash is kept.
// Time is passed in (monotonic, ms). A session lives as long as the credentials that it came from stand in the configuration.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Caller } from '../runtime/control.ts';
import { sameText } from './password.ts';

/** Not used for so long, it is over; a stream that is open is a use. */
export const IDLE_MS = 12 * 3_600_000;
/** It is over then, however much it is used. */
export const LONGEST_MS = 7 * 24 * 3_600_000;
/** Past it one is ended, of those credentials that have the most: who logs in again and again pushes nobody else out. */
const MAX_SESSIONS = 1000;

export interface Session {
  readonly caller: Caller;
  /** What the page sends with each request that changes something. */
  readonly csrf: string;
  /** Aborted when it is over by logout, removal or want of room. */
  readonly gone: AbortSignal;
}

interface Kept extends Session {
  readonly id: string;
  readonly print: string;
  readonly end: AbortController;
  readonly endsDue: number;
  idleDue: number;
  /** Streams that are open by it. */
  held: number;
}

export interface Sessions {
  /** Stands for credentials as they are written, for `begin` and `find`; says nothing about them. */
  print(parts: readonly string[]): string;
  /** Begins a session of credentials with this print. Returns what the cookie holds. */
  begin(caller: Caller, print: string, now: number): { readonly id: string; readonly session: Session };
  /** The session that a cookie names, if its credentials are still among `prints`. Finding it is a use of it. */
  find(id: string, prints: ReadonlySet<string>, now: number): Session | null;
  /** ms until it is over unless it is used, and until it is over in any case. */
  left(session: Session, now: number): { readonly idleMs: number; readonly longestMs: number };
  /** A stream opens by it; the answer is to be called when the stream ends. */
  hold(session: Session, clock: () => number): () => void;
  end(session: Session): void;
  readonly size: number;
}

const random = (): string => randomBytes(32).toString('base64url');
const hash = (id: string): string => createHash('sha256').update(id).digest('base64url');

/** Does this request hold the token of the session? Compared in constant time. */
export function hasToken(session: Session, given: string | undefined): boolean {
  return given !== undefined && sameText(session.csrf, given);
}

/** An empty table. */
export function createSessions(bound = MAX_SESSIONS): Sessions {
  const key = randomBytes(32);
  /** The one that was used last comes last. */
  const all = new Map<string, Kept>();

  const drop = (one: Kept): void => {
    all.delete(one.id);
    one.end.abort();
  };
  const touch = (one: Kept, now: number): void => {
    one.idleDue = Math.min(now + IDLE_MS, one.endsDue);
    if (!all.delete(one.id)) return;
    all.set(one.id, one);
  };
  const over = (one: Kept, now: number): boolean => now >= one.endsDue || (one.held === 0 && now >= one.idleDue);
  const kept = (session: Session): Kept => session as Kept;
  /** Whoever has the most sessions loses the one that was not used for longest. */
  const makeRoom = (): void => {
    const counts = new Map<string, number>();
    for (const { print } of all.values()) counts.set(print, (counts.get(print) ?? 0) + 1);
    const most = Math.max(...counts.values());
    for (const one of all.values()) if (counts.get(one.print) === most) return drop(one);
  };

  return {
    print: (parts) => createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url'),
    begin(caller, print, now) {
      for (const one of all.values()) if (over(one, now)) drop(one);
      if (all.size >= bound) makeRoom();
      const id = random();
      const end = new AbortController();
      const session: Kept = { caller, csrf: random(), gone: end.signal, id: hash(id), print, end, endsDue: now + LONGEST_MS, idleDue: now + IDLE_MS, held: 0 };
      all.set(session.id, session);
      return { id, session };
    },
    find(id, prints, now) {
      const one = all.get(hash(id));
      if (one === undefined) return null;
      // Of credentials for another listener it is none here, and remains what it is there.
      if (over(one, now)) drop(one);
      if (!all.has(one.id) || !prints.has(one.print)) return null;
      touch(one, now);
      return one;
    },
    left(session, now) {
      const { idleDue, endsDue } = kept(session);
      return { idleMs: Math.max(0, idleDue - now), longestMs: Math.max(0, endsDue - now) };
    },
    hold(session, clock) {
      const one = kept(session);
      one.held++;
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        one.held--;
        touch(one, clock());
      };
    },
    end: (session) => drop(kept(session)),
    get size() { return all.size; },
  };
}
