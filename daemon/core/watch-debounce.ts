// When do changes of files restart a program? Not before they are over, and never in a circle with files that the program itself
// writes when it starts. Pure: time arrives with each call, in monotonic ms.

/** Replaced, never changed. */
export interface WatchState {
  /** Files that changed and were not acted upon yet. */
  readonly changed: readonly string[];
  readonly more: number;
  readonly since: number;
  readonly last: number;
  /** When its present life began; null: it does not live. */
  readonly bornAt: number | null;
  /** Its present life began because of a change, or is a retry of one that did. */
  readonly ours: boolean;
  /** It is being restarted because of a change. */
  readonly acting: boolean;
  /** File -> how many of our restarts in a row it changed soon after. */
  readonly suspects: ReadonlyMap<string, number>;
  readonly muted: ReadonlySet<string>;
}

export const NO_CHANGE: WatchState = { changed: [], more: 0, since: 0, last: 0, bornAt: null, ours: false, acting: false, suspects: new Map(), muted: new Set() };

/** Files that are named. */
const NAMED = 5;
/** Changes that do not end are acted upon after so many times the debounce. */
const PATIENCE = 10;
/** What changes so soon after a start may be the program's own doing. */
export const SOON_MS = 5000;
/** Restarts in a row after which a file that changes each time is not listened to. */
export const CIRCLES = 3;
const MAX_SUSPECTS = 1000;

export interface Heard {
  readonly state: WatchState;
  /** It changes at every start: said once. */
  readonly muted: string | null;
}

/** A file changed. */
export function heardChange(s: WatchState, file: string, now: number): Heard {
  if (s.muted.has(file)) return { state: s, muted: null };
  const counted = new Map(s.suspects);
  if (s.acting || (s.ours && s.bornAt !== null && now - s.bornAt <= SOON_MS)) {
    // Once for each life: a file that is written in ten pieces has changed once.
    if (!s.changed.includes(file)) counted.set(file, (counted.get(file) ?? 0) + 1);
    if ((counted.get(file) ?? 0) >= CIRCLES) return { state: { ...s, suspects: counted, muted: new Set([...s.muted, file]) }, muted: file };
    if (counted.size > MAX_SUSPECTS) counted.clear();
  } else counted.delete(file);
  const known = s.changed.includes(file);
  const none = s.changed.length === 0;
  return {
    state: { ...s, suspects: counted, changed: known || s.changed.length >= NAMED ? s.changed : [...s.changed, file], more: known || s.changed.length < NAMED ? s.more : s.more + 1, since: none ? now : s.since, last: now },
    muted: null,
  };
}

/** When to act, if nothing else changes; null: there is nothing to do. */
export function changeDue(s: WatchState, debounceMs: number): number | null {
  return s.changed.length === 0 ? null : Math.min(s.last + debounceMs, s.since + PATIENCE * debounceMs);
}

/** Acted upon: its next life is our doing. What it writes while it ends counts like what it writes when it starts. */
export function actedOn(s: WatchState): WatchState {
  return { ...s, changed: [], more: 0, acting: true };
}

/** A life begins; `retry`: after a failure, by itself. One that somebody else wanted clears everybody of suspicion. */
export function bornNow(s: WatchState, now: number, retry: boolean): WatchState {
  const ours = s.acting || (retry && s.ours);
  return { ...s, bornAt: now, ours, acting: false, ...(ours ? {} : { suspects: new Map<string, number>(), muted: new Set<string>() }) };
}
