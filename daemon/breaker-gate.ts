// The tree is told which circuit breakers are open, so that programs that name one wait.
import type { Fact } from './contract/facts.ts';
import type { Snapshot } from './contract/snapshot.ts';
import type { TreeEvent } from './core/tree-state.ts';

/** A listener for the bus. Costs nothing where there are no breakers. */
export function breakerGate(snapshot: () => Snapshot, tell: (event: TreeEvent) => void): (fact: Fact) => void {
  let open: ReadonlySet<string> = new Set();
  return (fact) => {
    if (!('breaker' in fact) || fact.type === 'job.added' || fact.type === 'job.changed' || fact.type === 'breaker.counted') return;
    const now = new Set([...snapshot().breakers.values()].filter(({ state }) => state === 'open').map(({ name }) => name));
    if (now.size === open.size && [...now].every((name) => open.has(name))) return;
    open = now;
    tell({ type: 'breakers', open });
  };
}
