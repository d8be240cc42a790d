// In which order do many processes stop? Levels by priority of their top-level group, high first, each fully down before the
// next; within a level all at once, but the members of a rest_for_one group from the last to the first. And nobody is told while
// somebody who depends on it is not down.
import type { Dependencies } from './dependencies.ts';
import type { GroupNode, ProcessNode } from './tree-state.ts';

/** Who stops, and who only after whom. */
export type Plan =
  | { readonly kind: 'one'; readonly id: string }
  | { readonly kind: 'all' | 'serial'; readonly parts: readonly Plan[] };

/** The plan for those of `ids` that are in the tree. Only groups that have one of them below are looked at. */
export function stopPlan(tree: { readonly root: GroupNode; readonly processes: ReadonlyMap<string, ProcessNode> }, ids: Iterable<string>): Plan {
  const touched = new Set<ProcessNode | GroupNode>();
  for (const id of ids) {
    for (let n: ProcessNode | GroupNode | null | undefined = tree.processes.get(id); n && !touched.has(n); n = n.parent) touched.add(n);
  }
  const levels = Map.groupBy(tree.root.members.filter((m) => touched.has(m)), (m) => m.spec.priority);
  const high = [...levels].toSorted(([a], [b]) => b - a);
  return { kind: 'serial', parts: high.map(([, members]) => ({ kind: 'all', parts: members.toReversed().map((m) => memberPlan(m, touched)) })) };
}

function memberPlan(member: ProcessNode | GroupNode, touched: ReadonlySet<ProcessNode | GroupNode>): Plan {
  if (member.kind === 'process') return { kind: 'one', id: member.key };
  const parts = member.members.filter((m) => touched.has(m)).toReversed().map((m) => memberPlan(m, touched));
  return { kind: member.spec.strategy === 'rest_for_one' ? 'serial' : 'all', parts };
}

interface Node {
  readonly plan: Plan;
  readonly parent: Node | null;
  /** all: parts not yet down. */
  left: number;
  /** serial: the next part to begin. */
  next: number;
}

/** Everybody in a plan. */
function idsIn(plan: Plan): readonly string[] {
  return plan.kind === 'one' ? [plan.id] : plan.parts.flatMap(idsIn);
}

/** Walks a plan: who may be told now, and who next when somebody is down. O(depth and dependents) per process. */
export class StopWalk {
  private readonly root: Node;
  private readonly waiting = new Map<string, Node>();
  /** Whose turn has not come. */
  private readonly untold = new Set<string>();
  private readonly alive = new Set<string>();
  /** Whose turn has come, and for whom they wait all the same. */
  private readonly held = new Map<string, Set<string>>();
  /** Who must be down before. Empty where nobody depends on anybody. */
  private readonly before = new Map<string, Set<string>>();
  private told: string[] = [];

  /** `dependents`: those that need a process; null: nobody needs anybody. */
  constructor(plan: Plan, dependents: ((id: string) => Iterable<string>) | null = null) {
    for (const id of idsIn(plan)) {
      this.untold.add(id);
      this.alive.add(id);
    }
    if (dependents !== null) {
      for (const id of this.alive) for (const dependent of dependents(id)) this.precedes(dependent, id);
      if (this.before.size > 0 && plan.kind !== 'one') for (const level of plan.parts) this.ordered(level);
    }
    this.root = node(plan, null);
  }

  private precedes(first: string, second: string): void {
    if (!this.alive.has(first) || first === second) return;
    const known = this.before.get(second);
    if (known) known.add(first);
    else this.before.set(second, new Set([first]));
  }

  /** Who is told out of turn, because others need somebody of another level, keeps to the order of its group all the same. */
  private ordered(plan: Plan): void {
    if (plan.kind === 'one') return;
    plan.parts.forEach((part, index) => {
      const next = plan.kind === 'serial' ? plan.parts[index + 1] : undefined;
      if (next) for (const second of idsIn(next)) for (const first of idsIn(part)) this.precedes(first, second);
      this.ordered(part);
    });
  }

  /** Those to tell first. */
  begin(): readonly string[] {
    this.told = [];
    this.enter(this.root);
    return this.told;
  }

  /** `id` is down: those to tell now. Told before or not in the plan: nobody. */
  down(id: string): readonly string[] {
    this.told = [];
    this.alive.delete(id);
    this.held.delete(id);
    for (const [other, waits] of this.held) {
      if (!waits.delete(id) || waits.size > 0) continue;
      this.held.delete(other);
      this.told.push(other);
    }
    const at = this.waiting.get(id);
    if (at) {
      this.waiting.delete(id);
      this.finished(at);
    } else {
      this.untold.delete(id);
    }
    return this.told;
  }

  /** Everybody who has not been told yet, now. */
  rest(): readonly string[] {
    const rest = [...this.held.keys(), ...this.untold];
    this.held.clear();
    this.untold.clear();
    return rest;
  }

  /** Its turn has come: it is told, or those that need it are told before, out of their turn. */
  private turn(id: string): void {
    const waits = new Set([...(this.before.get(id) ?? [])].filter((other) => this.alive.has(other)));
    if (waits.size === 0) return void this.told.push(id);
    this.held.set(id, waits);
    for (const other of waits) if (this.untold.delete(other)) this.turn(other);
  }

  /** Begins a part. True when there is nobody in it to wait for. */
  private enter(n: Node): boolean {
    const { plan } = n;
    if (plan.kind === 'one') {
      // Somebody who went down before its turn came is not waited for; somebody who was told out of turn is.
      if (!this.alive.has(plan.id)) return true;
      this.waiting.set(plan.id, n);
      if (this.untold.delete(plan.id)) this.turn(plan.id);
      return false;
    }
    if (plan.kind === 'serial') return this.advance(n, plan.parts);
    n.left = plan.parts.filter((part) => !this.enter(node(part, n))).length;
    return n.left === 0;
  }

  /** The next part of a row that has somebody to wait for. True when there is none. A loop: a row may be thousands long. */
  private advance(n: Node, parts: readonly Plan[]): boolean {
    while (n.next < parts.length) {
      const part = parts[n.next] as Plan;
      n.next += 1;
      if (!this.enter(node(part, n))) return false;
    }
    return true;
  }

  /** A part is over: its parents go on, as far up as they are over too. */
  private finished(part: Node): void {
    for (let n = part.parent; n; n = n.parent) {
      n.left -= 1;
      if (n.plan.kind === 'serial' ? !this.advance(n, n.plan.parts) : n.left > 0) return;
    }
  }
}

/** The walk over those of `ids` that are in the tree. */
export function stopWalk(tree: { readonly root: GroupNode; readonly processes: ReadonlyMap<string, ProcessNode>; readonly hasDependencies: boolean; dependencies(): Dependencies }, ids: Iterable<string>): StopWalk {
  const plan = stopPlan(tree, ids);
  return new StopWalk(plan, tree.hasDependencies ? (id) => tree.dependencies().dependents(id).map((dependent) => dependent.key) : null);
}

function node(plan: Plan, parent: Node | null): Node {
  return { plan, parent, left: 0, next: 0 };
}
