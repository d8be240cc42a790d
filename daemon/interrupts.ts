// Under reeve-init: is a signal to end a new request, or the same one heard twice?

/**
 * Ctrl-C in `docker run -it` goes to the whole process group: reeved hears it from the terminal and again from reeve-init, which
 * forwards it. A second request made by hand, which makes the end a harder one, takes longer than this.
 */
const SAME_REQUEST_MS = 100;

export interface Interrupt {
  readonly signal: string;
  /** Monotonic, ms. */
  readonly at: number;
}

/** The same signal, right after the last one. */
export function isEcho(last: Interrupt | null, now: Interrupt): boolean {
  return last !== null && last.signal === now.signal && now.at - last.at < SAME_REQUEST_MS;
}
