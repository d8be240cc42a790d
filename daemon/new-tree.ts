// The tree of a configuration: with what is remembered of its processes, and in place of the tree before it.
import type { Config, ProcessSpec } from '../config/spec.ts';
import type { FactBody } from './contract/facts.ts';
import type { Snapshot } from './contract/snapshot.ts';
import { Tree } from './core/tree.ts';
import type { Store } from './os/ports/store.ts';

/** Stopped by hand and disabled is what the store says; the numbers of lives go on from the store or, without one, from this daemon's own. */
export function treeOf(config: Config, store: Store, snapshot: Snapshot): Tree {
  const held = new Set([...store.intents()].filter(([, intent]) => intent.stopped || intent.disabled).map(([id]) => id));
  const incarnations = new Map(store.incarnations());
  for (const view of snapshot.processes.values()) incarnations.set(view.id, Math.max(view.incarnation, incarnations.get(view.id) ?? 0));
  return new Tree(config.tree, { held, incarnations, rootExitCode: rootExitCode(config) });
}

/** Exit status when a group at the top gives up; null: the daemon stays. */
export function rootExitCode(config: Config): number | null {
  return config.daemon.onFailure === 'exit' ? 10 : null;
}

export interface Replacement {
  /** Processes of both trees. */
  readonly kept: readonly string[];
  /** Processes of the old tree alone. */
  readonly gone: readonly string[];
  /** To publish while the old tree is still in place. */
  readonly removals: readonly FactBody[];
  /** To publish when the new one is. */
  readonly reloaded: FactBody;
}

/** What differs when a full restart puts one tree in place of another. */
export function replacementOf(before: Tree, after: Tree): Replacement {
  const kept: string[] = [];
  const gone: string[] = [];
  for (const id of before.processes.keys()) (after.processes.has(id) ? kept : gone).push(id);
  const groups = [...before.groups.values()].filter((g) => g.parent !== null && !after.groups.has(`group ${g.name}`));
  const removals: FactBody[] = [...gone.map((id) => ({ type: 'process.removed', process: id }) as const), ...groups.map((g) => ({ type: 'group.removed', group: g.name }) as const)];
  const added = [...after.processes.keys()].filter((id) => !before.processes.has(id));
  return { kept, gone, removals, reloaded: { type: 'daemon.reloaded', added, changed: [], removed: gone } };
}

/** What the instances of a program would be, if it had so many; or why that cannot be told. */
export function instancesOf(read: { readonly config: Config } | { readonly problems: readonly string[] }, program: string): readonly ProcessSpec[] | string {
  if ('problems' in read) return read.problems.join('; ');
  return [...new Tree(read.config.tree).processes.values()].map((node) => node.spec).filter((spec) => spec.program === program);
}
