// How many are there at once, per crowd (a listener): streams, and requests that wait. Places are given back by hand.

export interface Crowds {
  /** Takes a place, or false when all are taken. */
  enter(crowd: object): boolean;
  leave(crowd: object): void;
}

/** At most `limit` places per crowd. */
export function createCrowds(limit: number): Crowds {
  const counts = new WeakMap<object, number>();
  return {
    enter(crowd) {
      const count = counts.get(crowd) ?? 0;
      if (count >= limit) return false;
      counts.set(crowd, count + 1);
      return true;
    },
    leave: (crowd) => void counts.set(crowd, (counts.get(crowd) ?? 1) - 1),
  };
}
