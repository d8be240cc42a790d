// Who is started by hand brings up what it depends on first, as systemd does; what it depends on and an operator keeps down for good
// is said instead.
import { shortName } from '../contract/names.ts';
import type { Tree } from '../core/tree.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import { isLost } from './prospects.ts';

export interface BringUpWorld {
  readonly tree: () => Tree;
  readonly isDisabled: (id: string) => boolean;
  readonly forgetStops: (nodes: readonly ProcessNode[]) => void;
  readonly tell: (event: TreeEvent) => void;
}

const DOWN: ReadonlySet<ProcessNode['state']['phase']> = new Set(['STOPPED', 'EXITED', 'FATAL']);

/** Nobody is needed. */
const NOTHING = { begin: () => undefined } as const;

/** What starts that of its dependencies which is down (to be called when its own start is awaited, which may follow at once); or why that cannot be. */
export function bringUpNeeds(world: BringUpWorld, node: ProcessNode, who: string): { readonly begin: () => void } | { readonly code: 'DISABLED' | 'FAILED'; readonly message: string } {
  const tree = world.tree();
  if (node.spec.dependsOn.length === 0) return NOTHING;
  const missing = tree.dependencies().missing(node.key);
  const name = shortName(node.key);
  for (const needed of missing) {
    const it = shortName(needed.key);
    if (world.isDisabled(needed.key)) return { code: 'DISABLED', message: `cannot start ${name}: it needs ${it}, which is disabled; run \`reevectl enable ${it}\` first` };
    if (isLost(needed)) return { code: 'FAILED', message: `cannot start ${name}: it needs ${it}, which reeve lost track of; end pid ${needed.state.pid} first` };
  }
  const down = missing.filter((needed) => DOWN.has(needed.state.phase));
  return {
    begin: () => {
      world.forgetStops(down);
      // The furthest first: each then finds on its way what it waits for.
      for (const needed of down.toReversed()) world.tell({ type: 'operate', action: 'start', id: needed.key, why: `${who} started ${name}, which needs it` });
    },
  };
}
