// In which order do many processes stop? Levels by priority of their top-level group, high first, each fully down before the
// next; within a level all at once, but the members of a rest_for_one group from the last to the first.
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

/** Walks a plan: who may be told now, and who next when somebody is down. O(depth) per process. */
export class StopWalk {
  private readonly root: Node;
  private readonly waiting = new Map<string, Node>();
  private readonly untold = new Set<string>();
  private told: string[] = [];

  constructor(plan: Plan) {
    this.collect(plan);
    this.root = node(plan, null);
  }

  private collect(plan: Plan): void {
    if (plan.kind === 'one') this.untold.add(plan.id);
    else for (const part of plan.parts) this.collect(part);
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
    const rest = [...this.untold];
    this.untold.clear();
    return rest;
  }

  /** Begins a part. True when there is nobody in it to wait for. */
  private enter(n: Node): boolean {
    const { plan } = n;
    if (plan.kind === 'one') {
      // Somebody who went down before its turn came is not waited for.
      if (!this.untold.delete(plan.id)) return true;
      this.waiting.set(plan.id, n);
      this.told.push(plan.id);
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

function node(plan: Plan, parent: Node | null): Node {
  return { plan, parent, left: 0, next: 0 };
}
