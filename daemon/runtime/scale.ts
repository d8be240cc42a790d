// More or fewer instances of a program: the lowest numbers stay, the rest keeps running untouched.
import type { ProcessSpec } from '../../config/spec.ts';
import type { Operation } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import { shortName } from '../contract/names.ts';
import type { Tree } from '../core/tree.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import { nearest } from '../../config/nearest.ts';
import type { Caller } from './control.ts';
import type { Operations } from './operations.ts';

export interface ScaleWorld {
  readonly tree: Tree;
  readonly operations: Operations;
  readonly instances: (program: string, count: number) => readonly ProcessSpec[] | string;
  readonly tell: (event: TreeEvent) => void;
  readonly publish: (fact: FactBody) => void;
  readonly subscribe: (tell: (fact: Fact) => void) => () => void;
  readonly forget: (id: string) => void;
  /** False: an operator disabled it. What else was intended for one that was there before is forgotten. */
  readonly mayStart: (id: string) => boolean;
}

/** A slip of the finger must not start a hundred thousand. */
const MAX_INSTANCES = 10_000;

function wantedCount(text: string, now: number): number | null {
  const match = /^([+-]?)(\d{1,6})$/.exec(text);
  if (!match) return null;
  const n = Number(match[2]);
  const count = match[1] === '+' ? now + n : match[1] === '-' ? now - n : n;
  return count >= 0 && count <= MAX_INSTANCES ? count : null;
}

/** Begins the change; each process that comes or goes is a target. */
export function scaleTo(world: ScaleWorld, request: { readonly name: string; readonly instances: string }, caller: Caller): Operation | CommandError {
  const { tree, operations } = world;
  const present = [...tree.processes.values()].filter((p) => p.spec.program === request.name);
  const first = present[0];
  if (!first) {
    const near = nearest(request.name, new Set([...tree.processes.values()].map((p) => p.spec.program)));
    return { code: 'NOT_FOUND', message: `cannot scale ${request.name}: there is no such program`, ...(near === null ? {} : { hint: `did you mean ${near}?` }) };
  }
  const count = wantedCount(request.instances, present.length);
  if (count === null || count < 1) return { code: 'BAD_ARGUMENT', message: `cannot scale ${request.name} to "${request.instances}": expected N, +N or -N that leaves 1 to ${MAX_INSTANCES} instances` };
  const specs = world.instances(request.name, count);
  if (typeof specs === 'string') return { code: 'BAD_ARGUMENT', message: `cannot scale ${request.name} to ${count}: ${specs}` };
  const keep = new Set(specs.map((s) => s.id));
  const added = specs.filter((s) => !tree.processes.has(s.id));
  const removed = present.filter((p) => !keep.has(p.key));
  const operation = operations.begin('scale', caller.who, [...added.map((s) => s.id), ...removed.map((p) => p.key)].map(shortName));
  added.forEach((spec, index) => add(world, operation, index, spec, first, caller));
  removed.forEach((node, i) => remove(world, operation, added.length + i, node, caller));
  return operations.begun(operation);
}

function add(world: ScaleWorld, operation: string, index: number, spec: ProcessSpec, like: ProcessNode, caller: Caller): void {
  for (const fact of world.tree.addProcess(like.parent.name, spec)) world.publish(fact);
  if (!world.mayStart(spec.id)) {
    world.publish({ type: 'process.disabled', process: spec.id, disabled: true });
    world.tell({ type: 'operate', action: 'stop', id: spec.id, why: 'it is disabled' });
    return world.operations.settle(operation, index, { ok: false, code: 'DISABLED', message: `${spec.id} is disabled and stays down until it is enabled` });
  }
  world.operations.await(operation, index, spec.id, 'up', 0);
  world.tell({ type: 'operate', action: 'start', id: spec.id, why: `${caller.who} scaled ${spec.program} up` });
}

/** Down, and nothing of it is left: it may be forgotten. */
function isRemovable(node: ProcessNode): boolean {
  const { phase } = node.state;
  return phase === 'STOPPED' || phase === 'EXITED' || phase === 'FATAL';
}

function remove(world: ScaleWorld, operation: string, index: number, node: ProcessNode, caller: Caller): void {
  const id = node.key;
  const interrupted = (): void => world.operations.settle(operation, index, { ok: false, code: 'INTERRUPTED', message: 'somebody started it meanwhile; it stays' });
  const drop = (): void => {
    const facts = world.tree.removeProcess(id);
    if (facts === false) return interrupted();
    world.forget(id);
    for (const fact of facts) world.publish(fact);
    world.operations.settle(operation, index, { ok: true, message: 'removed' });
  };
  if (isRemovable(node)) return drop();
  const unsubscribe = world.subscribe((fact) => {
    if (!('process' in fact) || fact.process !== id) return;
    if (fact.type === 'process.survivors') world.operations.settle(operation, index, { ok: false, code: 'SURVIVORS', message: `still alive: ${fact.pids.join(', ')}`, survivors: fact.pids });
    // Nobody may find it gone days later, when it stops for another reason.
    const wanted = fact.type === 'process.wanted' && fact.wanted === 'up';
    const lost = fact.type === 'process.unknown';
    if (!wanted && !lost && !isRemovable(node)) return;
    unsubscribe();
    if (wanted) return interrupted();
    if (lost) return world.operations.settle(operation, index, { ok: false, code: 'FAILED', message: fact.why });
    // Not within the step that is being published.
    queueMicrotask(drop);
  });
  world.operations.overtaken(id);
  world.tell({ type: 'operate', action: 'stop', id, why: `${caller.who} scaled ${node.spec.program} down` });
}
