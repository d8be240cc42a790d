// Refusals, and logins, on their way to the audit trail: all that a person would cause, but not all that a flood would.
import type { Caller } from '../runtime/control.ts';

const WINDOW_MS = 60_000;
const MAX_PER_WINDOW = 60;

export interface Refusals {
  /** `now` is monotonic, in ms. */
  note(caller: Caller, action: string, why: string, now: number): void;
}

/** Hands on at most 60 a minute; the next one after that says how many were left out. */
export function createRefusals(sink: (caller: Caller, action: string, why: string) => void, what = 'refusals'): Refusals {
  let since = -Infinity;
  let count = 0;
  return {
    note(caller, action, why, now) {
      if (now - since >= WINDOW_MS) {
        if (count > MAX_PER_WINDOW) sink(caller, action, `${count - MAX_PER_WINDOW} more ${what} in the minute before were not written down`);
        since = now;
        count = 0;
      }
      count++;
      if (count <= MAX_PER_WINDOW) sink(caller, action, why);
    },
  };
}
