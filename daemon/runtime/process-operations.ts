// What somebody asks of processes, as operations: each process a target with a result of its own.
import type { ProcessSpec } from '../../config/spec.ts';
import { parseSignal } from '../../config/signals.ts';
import type { Operation } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import { SIGNALLABLE_STATES } from '../contract/states.ts';
import { isAlive } from '../core/process-state.ts';
import type { Tree } from '../core/tree.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import type { LogPlane } from '../os/ports/logs.ts';
import type { Child, Processes } from '../os/ports/processes.ts';
import { AUTOSCALE } from './autoscale.ts';
import type { Bus } from './bus.ts';
import type { Caller, Mutation, Wellness } from './control.ts';
import type { Intents } from './intents.ts';
import { refused } from './operations.ts';
import type { Operations, Outcome } from './operations.ts';
import { rolling } from './rolling.ts';
import { scaleTo } from './scale.ts';
import { Starts } from './starts.ts';
import { stopInOrder, stopTogether } from './stop-in-order.ts';
import { nodesOf, targetsOf } from './targets.ts';
import type { Target } from './targets.ts';

/** What operations on processes need of the rest. */
export interface ProcessOperationsWorld {
  readonly operations: Operations;
  readonly intents: Intents;
  readonly bus: Bus;
  readonly logs: Pick<LogPlane, 'open' | 'clear' | 'rotate'>;
  readonly processes: Pick<Processes, 'signal'>;
  readonly tree: () => Tree;
  readonly tell: (event: TreeEvent) => void;
  readonly child: (id: string) => Child | undefined;
  readonly forget: (id: string) => void;
  /** The specs of one program with this many instances, or what is wrong with that. */
  readonly instances: (program: string, count: number) => readonly ProcessSpec[] | string;
  readonly wellness: Wellness;
}

/** The mutations that are about processes. */
export type ProcessMutation = Extract<Mutation, { readonly command: 'start' | 'stop' | 'disable' | 'enable' | 'restart' | 'signal' | 'clear' | 'rotate' | 'scale' }>;

/** Performs mutations of processes; a CommandError where nothing of one is begun. */
export class ProcessOperations {
  private readonly world: ProcessOperationsWorld;
  private readonly starts: Starts;

  constructor(world: ProcessOperationsWorld) {
    this.world = world;
    this.starts = new Starts(world);
  }

  perform(mutation: ProcessMutation, caller: Caller): Operation | CommandError {
    const { intents } = this.world;
    switch (mutation.command) {
      case 'start': return this.each(mutation, caller, (operation, index, node) => this.starts.start(operation, index, node, caller), (nodes) => intents.forgetStops(nodes));
      case 'stop': return this.stopAll(mutation, caller, (nodes) => intents.stop(nodes, caller.who));
      case 'disable': return this.stopAll(mutation, caller, (nodes) => intents.disable(nodes, caller.who));
      case 'enable': return this.each(mutation, caller, (operation, index, node) => this.enable(operation, index, node));
      case 'restart': return mutation.rolling ? this.rolling(mutation, caller) : this.each(mutation, caller, (operation, index, node) => this.starts.restart(operation, index, node, caller, mutation.strategy), (nodes) => intents.forgetStops(nodes));
      case 'signal': return this.signal(mutation, caller);
      case 'clear': return this.each(mutation, caller, (operation, index, node) => this.logAction(operation, index, node, 'clear'));
      case 'rotate': return this.each(mutation, caller, (operation, index, node) => this.logAction(operation, index, node, 'rotate'));
      case 'scale': return this.scale(mutation, caller);
      default: return mutation satisfies never;
    }
  }

  /** Sends a signal to the main process. */
  send(id: string, signal: string): Outcome {
    const node = this.world.tree().processes.get(id);
    const child = this.world.child(id);
    const pid = node && 'pid' in node.state ? node.state.pid : null;
    if (!node || !child || pid === null || !SIGNALLABLE_STATES.includes(node.state.phase)) return { ok: false, code: 'NOT_RUNNING', message: 'not running' };
    const outcome = this.world.processes.signal(child, signal, 'main');
    if ('error' in outcome) return { ok: false, code: 'FAILED', message: `cannot send SIG${signal} to pid ${child.pid}: ${outcome.error}` };
    if ('gone' in outcome) return { ok: false, code: 'NOT_RUNNING', message: 'it ended a moment ago' };
    this.world.bus.publish({ type: 'process.signalled', process: id, incarnation: child.incarnation, signal, pid: child.pid });
    return { ok: true };
  }

  private each(mutation: { readonly command: string; readonly names: readonly string[] }, caller: Caller, act: (operation: string, index: number, node: ProcessNode) => void, first: (nodes: readonly ProcessNode[]) => void = () => undefined): Operation {
    const { operations, tree } = this.world;
    const targets = targetsOf(tree(), mutation.names);
    first(nodesOf(targets));
    const operation = operations.begin(mutation.command, caller.who, targets.map((t) => t.name));
    targets.forEach((t, index) => {
      if ('error' in t) operations.settle(operation, index, refused(t.error));
      else act(operation, index, t.node);
    });
    return operations.begun(operation);
  }

  private rolling(mutation: { readonly command: string; readonly names: readonly string[] }, caller: Caller): Operation {
    const { operations, tree } = this.world;
    const targets = targetsOf(tree(), mutation.names);
    const names = targets.map((t) => t.name);
    const operation = operations.begin(mutation.command, caller.who, names);
    return rolling(operations, operation, names, (index) => {
      const target = targets[index] as Target;
      if ('error' in target) return operations.settle(operation, index, refused(target.error));
      if (tree().processes.get(target.node.key) !== target.node) return operations.settle(operation, index, { ok: false, code: 'NOT_FOUND', message: `cannot restart ${target.name}: it was removed meanwhile` });
      this.world.intents.forgetStops([target.node]);
      this.starts.restart(operation, index, target.node, caller, false, true);
    });
  }

  /** Stops in order of priority; what is not running is said so, but what was intended is kept. */
  private stopAll(mutation: { readonly command: string; readonly names: readonly string[]; readonly together?: boolean }, caller: Caller, intend: (nodes: readonly ProcessNode[]) => void): Operation {
    const { operations, tree, tell } = this.world;
    const targets = targetsOf(tree(), mutation.names);
    intend(nodesOf(targets));
    const operation = operations.begin(mutation.command, caller.who, targets.map((t) => t.name));
    const places = new Map<string, number>();
    targets.forEach((t, index) => {
      if ('error' in t) return operations.settle(operation, index, refused(t.error));
      operations.overtaken(t.node.key);
      const { state } = t.node;
      if (isAlive(state) || state.phase === 'BACKOFF') return void places.set(t.node.key, index);
      // Down for a moment: its group was about to start it.
      const awaited = state.phase === 'STOPPED' && state.wanted === 'up';
      tell({ type: 'operate', action: 'stop', id: t.node.key, why: `${caller.who} stopped it` });
      operations.settle(operation, index, mutation.command === 'disable' || awaited ? { ok: true } : { ok: false, code: 'NOT_RUNNING', message: 'not running' });
    });
    const stop = mutation.together === true ? stopTogether : stopInOrder;
    if (places.size > 0) stop({ tree: tree(), operations, tell }, operation, places, `${caller.who} stopped it`);
    return operations.begun(operation);
  }

  private enable(operation: string, index: number, node: ProcessNode): void {
    this.world.intents.enable(node);
    this.world.operations.settle(operation, index, { ok: true });
  }

  private signal(mutation: Mutation & { command: 'signal' }, caller: Caller): Operation | CommandError {
    const signal = parseSignal(mutation.signal);
    if (signal === null) return { code: 'BAD_SIGNAL', message: `cannot send ${mutation.signal}: there is no such signal` };
    return this.each(mutation, caller, (operation, index, node) => this.world.operations.settle(operation, index, this.send(node.key, signal)));
  }

  private logAction(operation: string, index: number, node: ProcessNode, action: 'clear' | 'rotate'): void {
    // A program that has not run yet has no open log; what is on the disk from earlier is meant.
    const problem = this.world.logs.open(node.spec) ?? this.world.logs[action](node.key);
    if (problem !== null) return this.world.operations.settle(operation, index, { ok: false, code: 'FAILED', message: problem });
    this.world.operations.settle(operation, index, { ok: true });
  }

  private scale(mutation: Mutation & { command: 'scale' }, caller: Caller): Operation | CommandError {
    const { wellness, operations, bus } = this.world;
    if (mutation.instances === 'auto') {
      if (!wellness.release(mutation.name)) return { code: 'BAD_ARGUMENT', message: `cannot scale ${mutation.name} by its load: it has no max, or is no program`, hint: 'write max and scale_command, or say a number' };
      return operations.done('scale', caller.who);
    }
    const begun = scaleTo({
      tree: this.world.tree(), operations, instances: this.world.instances, tell: this.world.tell, publish: (fact) => bus.publish(fact),
      subscribe: (tell) => bus.subscribe(tell), forget: this.world.forget,
      mayStart: (id) => this.world.intents.comesAnew(id),
    }, mutation, caller);
    if (!('code' in begun) && caller !== AUTOSCALE) wellness.hold(mutation.name);
    return begun;
  }
}
