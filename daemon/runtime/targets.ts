// The targets of an operation: one per process that is meant, and one per name that means none.
import type { CommandError } from '../contract/errors.ts';
import { shortName } from '../contract/names.ts';
import type { Tree } from '../core/tree.ts';
import type { ProcessNode } from '../core/tree-state.ts';
import { resolveName } from './names.ts';

export type Target = { readonly name: string; readonly node: ProcessNode } | { readonly name: string; readonly error: CommandError };

/** Unknown names of one request that get a "did you mean": each compares with every known name. */
const MAX_HINTS = 16;

export function nodesOf(targets: readonly Target[]): readonly ProcessNode[] {
  return targets.flatMap((t) => ('error' in t ? [] : [t.node]));
}

export function targetsOf(tree: Tree, names: readonly string[]): readonly Target[] {
  const seen = new Set<string>();
  let unknown = 0;
  return [...new Set(names)].flatMap((name): Target[] => {
    const named = resolveName(tree, name, unknown < MAX_HINTS);
    if ('code' in named) {
      unknown += 1;
      return [{ name, error: named }];
    }
    return named.ids.filter((id) => !seen.has(id) && seen.add(id)).map((id) => {
      const node = tree.processes.get(id) as ProcessNode;
      return { name: shortName(node.key), node };
    });
  });
}
