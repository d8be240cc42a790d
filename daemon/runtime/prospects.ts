// Is a process down with nobody about to start it? What its group, and the groups above, have decided.
import { shortName } from '../contract/names.ts';
import type { Tree } from '../core/tree.ts';
import type { GroupNode, ProcessNode } from '../core/tree-state.ts';

/** Phases in which a group starts nobody by itself and ends nobody. */
const AT_REST: ReadonlySet<GroupNode['state']['phase']> = new Set(['UP', 'DOWN', 'FATAL']);
const DOWN: ReadonlySet<ProcessNode['state']['phase']> = new Set(['STOPPED', 'EXITED', 'FATAL']);

/** The group that keeps this node down; null: it, or one above, may start it. */
function keeper(node: ProcessNode | GroupNode): GroupNode | null {
  const { parent } = node;
  if (!parent) return null;
  const mode = parent.modes.get(node.key);
  // One that starts some of its members leaves the others as they are.
  if (parent.state.phase === 'STARTING' && mode !== 'up' && mode !== 'pending') return parent;
  if (!AT_REST.has(parent.state.phase)) return null;
  if (parent.state.phase !== 'UP') return parent.parent === null ? parent : keeper(parent);
  return mode === 'up' || mode === 'pending' ? null : parent;
}

/** Reeve lost track of it, and its pid may be alive: a second copy must not start. */
export function isLost(node: ProcessNode): node is ProcessNode & { readonly state: { readonly phase: 'UNKNOWN'; readonly pid: number } } {
  return node.state.phase === 'UNKNOWN' && node.state.pid !== null;
}

/** One that it depends on is down and stays so: the sentence; null: what it waits for may come. */
function waitsInVain(tree: Tree, node: ProcessNode): string | null {
  for (const needed of tree.dependencies().unmet(node.key)) {
    const why = needed.state.phase === 'UNKNOWN' ? 'reeve lost track of it' : staysDown(tree, needed.key);
    if (why !== null) return `it ${node.state.phase === 'BACKOFF' ? node.state.waits : 'waits'}; that one does not come by itself (${why}), and \`reevectl start ${shortName(node.key)}\` starts both`;
  }
  return null;
}

/** Why the process is down and stays so until somebody starts it; null: it is not down, or is about to be started. */
export function staysDown(tree: Tree, id: string): string | null {
  const node = tree.processes.get(id);
  if (!node) return 'it was removed meanwhile';
  if (node.state.phase === 'BACKOFF' && node.state.waits !== null) return waitsInVain(tree, node);
  if (!DOWN.has(node.state.phase)) return null;
  const group = keeper(node);
  if (group === null) return null;
  if (node.parent.state.phase === 'FATAL') return `its group ${node.parent.name} gave up after too many restarts`;
  return node.parent.modes.get(id) === 'lost' ? 'it ended with its siblings, and its restart type temporary starts it only with its group or by hand' : 'it is down, and its group does not start it';
}
