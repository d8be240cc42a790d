// Who waits for whom? The conditions of depends_on over the processes that there are now.
import type { Condition, Dependency } from '../../config/spec.ts';
import { shortName } from '../contract/names.ts';
import { isReady } from './process-state.ts';
import type { ProcessState } from './process-state.ts';
import type { Waits } from './table.ts';
import type { GroupNode, ProcessNode } from './tree-state.ts';

/** One entry of depends_on, and whom it means at this moment. */
export interface Need {
  readonly dependency: Dependency;
  readonly targets: readonly ProcessNode[];
}

/** The two maps of the tree that it looks at. */
export interface Population {
  readonly processes: ReadonlyMap<string, ProcessNode>;
  readonly groups: ReadonlyMap<string, GroupNode>;
}

const NEEDS: readonly Need[] = [];
const NOBODY: readonly ProcessNode[] = [];

/** What is waited for where nothing is written: the end of what is there to end, else readiness. */
export function conditionOf(dependency: Dependency, target: ProcessNode): Condition {
  return dependency.condition ?? (target.spec.oneshot ? 'completed' : 'ready');
}

/** Does the condition hold in this state? */
export function holds(condition: Condition, state: ProcessState): boolean {
  switch (condition) {
    case 'started': return state.phase === 'RUNNING';
    case 'ready': return isReady(state);
    case 'completed': return state.phase === 'EXITED' && state.expected;
    case 'exited': return state.phase === 'EXITED' && !state.unborn;
    default: return condition satisfies never;
  }
}

const WORDS: Readonly<Record<Condition, string>> = { started: 'to run', ready: 'to be ready', completed: 'to complete', exited: 'to end' };

/** What is wrong with it, where it does not come by itself. */
function trouble(node: ProcessNode, condition: Condition): string | null {
  const { state } = node;
  const name = shortName(node.key);
  switch (state.phase) {
    case 'FATAL': return `${name} is FATAL`;
    case 'UNKNOWN': return `${name} is UNKNOWN`;
    case 'EXITED':
      if (condition === 'completed') return `${name} ended with a failure`;
      return `${name} has ended`;
    case 'STOPPED': return state.wanted === 'down' ? `${name} is stopped` : null;
    default: return null;
  }
}

function below(group: GroupNode): readonly ProcessNode[] {
  return group.members.flatMap((m) => (m.kind === 'group' ? below(m) : [m]));
}

/** What a dependency means, in one word: all that say the same share one list. */
const keyOf = (kind: Dependency['kind'], name: string): string => `${kind} ${name}`;

/** Made anew whenever somebody comes, goes or changes; asked at each start. Its size is that of what is written, not of pools times pools. */
export class Dependencies {
  private readonly population: Population;
  private readonly programs = new Map<string, ProcessNode[]>();
  private readonly targets = new Map<string, readonly ProcessNode[]>();
  private readonly needs = new Map<string, readonly Need[]>();
  /** Who depends on what: by the key of what is written. */
  private readonly waiters = new Map<string, ProcessNode[]>();

  constructor(population: Population) {
    this.population = population;
    const dependents: ProcessNode[] = [];
    for (const node of population.processes.values()) {
      const copies = this.programs.get(node.spec.program);
      if (copies) copies.push(node);
      else this.programs.set(node.spec.program, [node]);
      if (node.spec.dependsOn.length > 0) dependents.push(node);
    }
    for (const node of dependents) {
      this.needs.set(node.key, node.spec.dependsOn.map((dependency) => ({ dependency, targets: this.targetsOf(dependency) })));
      for (const key of new Set(node.spec.dependsOn.map(({ kind, name }) => keyOf(kind, name)))) {
        const known = this.waiters.get(key);
        if (known) known.push(node);
        else this.waiters.set(key, [node]);
      }
    }
  }

  private targetsOf({ kind, name }: Dependency): readonly ProcessNode[] {
    const key = keyOf(kind, name);
    const found = this.targets.get(key) ?? this.find(kind, name);
    this.targets.set(key, found);
    return found;
  }

  private find(kind: Dependency['kind'], name: string): readonly ProcessNode[] {
    if (kind === 'program') return this.programs.get(name) ?? NOBODY;
    if (kind === 'group') {
      const group = this.population.groups.get(`group ${name}`);
      return group ? below(group) : NOBODY;
    }
    const process = this.population.processes.get(name);
    return process ? [process] : NOBODY;
  }

  /** What a process needs, as its file says it. */
  needsOf(id: string): readonly Need[] {
    return this.needs.get(id) ?? NEEDS;
  }

  /** Those that need this process, under whatever name. */
  dependents(id: string): readonly ProcessNode[] {
    const node = this.population.processes.get(id);
    if (!node || this.waiters.size === 0) return NOBODY;
    const found: (readonly ProcessNode[])[] = [];
    const add = (list: readonly ProcessNode[] | undefined): void => {
      if (list) found.push(list);
    };
    add(this.waiters.get(keyOf('process', id)));
    add(this.waiters.get(keyOf('program', node.spec.program)));
    for (let group: GroupNode | null = node.parent; group; group = group.parent) add(this.waiters.get(keyOf('group', group.name)));
    return found.length <= 1 ? (found[0] ?? NOBODY) : [...new Set(found.flat())];
  }

  /** Does this dependent restart when `target` gets a new life? */
  restartsWith(dependent: ProcessNode, target: ProcessNode): boolean {
    return this.needsOf(dependent.key).some((need) => need.dependency.restartWith && need.targets.includes(target));
  }

  /** Those of its targets whose condition does not hold. */
  unmet(id: string): readonly ProcessNode[] {
    return this.needsOf(id).flatMap(({ dependency, targets }) => targets.filter((target) => !holds(conditionOf(dependency, target), target.state)));
  }

  /** Those that must be brought up before it can start, and theirs, in no order; without those that are on their way. */
  missing(id: string): readonly ProcessNode[] {
    const found = new Set<ProcessNode>();
    const look = (key: string): void => {
      for (const target of this.unmet(key)) {
        if (found.has(target)) continue;
        found.add(target);
        look(target.key);
      }
    };
    look(id);
    return [...found];
  }

  /** Why a process must not be started at this moment, or null. O(targets). */
  waits(id: string): Waits | null {
    const on: string[] = [];
    const words: string[] = [];
    for (const { dependency, targets } of this.needsOf(id)) {
      const first = targets.find((target) => !holds(conditionOf(dependency, target), target.state));
      if (targets.length > 0 && first === undefined) continue;
      const condition = first === undefined ? (dependency.condition ?? 'ready') : conditionOf(dependency, first);
      const problem = first === undefined ? 'there is none' : trouble(first, condition);
      on.push(`${dependency.name}:${condition}`);
      words.push(`${dependency.name} ${WORDS[condition]}${problem === null ? '' : ` (${problem})`}`);
    }
    return on.length === 0 ? null : { on, why: `waits for ${words.join(' and ')}` };
  }
}
