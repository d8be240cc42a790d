// What came since a view began to listen, kept by itself: the link to the daemon keeps less, and who asked the daemon for the past each time
// that is cut would ask for megabytes in a storm. Pure.
import type { Fact } from '../../daemon/contract/facts.ts';

/** As many as the daemon keeps. */
export const MOST_FACTS = 4096;

/** Facts since a view began to listen. */
export interface HeardFacts {
  /** Takes what of `facts` (oldest first, numbered without a hole) is new. False: some came and went in between; it begins anew with these. */
  hear(facts: readonly Fact[]): boolean;
  /** Oldest first, at most 2 MOST_FACTS; another array each time something came. */
  readonly rows: readonly Fact[];
}

/** `wants`: which are kept; absent: all. */
export function hearFacts(wants: (fact: Fact) => boolean = () => true): HeardFacts {
  let rows: readonly Fact[] = [];
  let last: number | null = null;
  return {
    get rows() { return rows; },
    hear(facts) {
      const newest = facts.at(-1);
      if (newest === undefined || newest.seq === last) return true;
      const whole = last === null || (facts[0]?.seq ?? 0) <= last + 1;
      let from = facts.length;
      while (from > 0 && (last === null || (facts[from - 1]?.seq ?? 0) > last)) from--;
      const fresh = facts.slice(from).filter(wants);
      const all = whole ? [...rows, ...fresh] : fresh;
      // Cut in halves, as the link does.
      rows = all.length > 2 * MOST_FACTS ? all.slice(-MOST_FACTS) : all;
      last = newest.seq;
      return whole;
    },
  };
}
