// Which processes does a namespec mean? p, g:p, g:*, g:, all.
import { nearest } from '../../config/nearest.ts';
import type { CommandError } from '../contract/errors.ts';
import { shortName } from '../contract/names.ts';
import type { Tree } from '../core/tree.ts';
import type { GroupNode } from '../core/tree-state.ts';

/** What one namespec stands for. `whole`: it named a group as such. */
export interface Named {
  readonly spec: string;
  readonly ids: readonly string[];
  readonly group: string | null;
}

function below(node: GroupNode): readonly string[] {
  return node.members.flatMap((m) => (m.kind === 'process' ? [m.key] : below(m)));
}

/** Every id, in the order in which they start: groups by priority, members as they are listed. */
export function allIds(tree: Tree): readonly string[] {
  return below(tree.root);
}

function notFound(tree: Tree, spec: string, what: 'process' | 'group', hint: boolean): CommandError {
  const known = !hint ? [] : what === 'group' ? [...tree.groups.values()].filter((g) => g.parent).map((g) => `${g.name}:*`) : [...tree.processes.keys()].map(shortName);
  const near = nearest(spec, known);
  return { code: 'NOT_FOUND', message: `cannot find ${what} ${spec}: there is no such ${what}`, ...(near === null ? {} : { hint: `did you mean ${near}?` }) };
}

/** Resolves one namespec. O(1) for a process, O(members) for a group; an unknown one is compared with all names unless `hint` is false. */
export function resolveName(tree: Tree, spec: string, hint = true): Named | CommandError {
  if (spec === 'all') return { spec, ids: allIds(tree), group: null };
  const colon = spec.indexOf(':');
  if (colon < 0) {
    const id = `${spec}:${spec}`;
    return tree.processes.has(id) ? { spec, ids: [id], group: null } : notFound(tree, spec, 'process', hint);
  }
  const group = spec.slice(0, colon);
  const name = spec.slice(colon + 1);
  if (name === '*' || name === '') {
    const node = tree.groups.get(`group ${group}`);
    return node?.parent ? { spec, ids: below(node), group } : notFound(tree, spec, 'group', hint);
  }
  return tree.processes.has(spec) ? { spec, ids: [spec], group: null } : notFound(tree, spec, 'process', hint);
}
