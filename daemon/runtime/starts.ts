// Starts and restarts that somebody asks for: what stands against them is said, and what they need is begun first.
import { shortName } from '../contract/names.ts';
import { isAlive } from '../core/process-state.ts';
import type { Tree } from '../core/tree.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import type { Caller } from './control.ts';
import type { Intents } from './intents.ts';
import { bringUpNeeds } from './bring-up.ts';
import type { Operations } from './operations.ts';
import { isLost } from './prospects.ts';

export interface StartsOptions {
  readonly operations: Operations;
  readonly intents: Intents;
  readonly tree: () => Tree;
  readonly tell: (event: TreeEvent) => void;
}

export class Starts {
  private readonly options: StartsOptions;

  constructor(options: StartsOptions) {
    this.options = options;
  }

  /** While its pid may be alive a second copy must not start, and no fact would ever tell. */
  private refuseLost(operation: string, index: number, node: ProcessNode): boolean {
    if (!isLost(node)) return false;
    const name = shortName(node.key);
    this.options.operations.settle(operation, index, { ok: false, code: 'FAILED', message: `cannot start ${name}: reeve lost track of it and pid ${node.state.pid} may still be alive; end that one first, or \`reevectl stop ${name}\`` });
    return true;
  }

  /** What it depends on is started first: the beginning of that, or null when it cannot be, which is said. */
  private needs(operation: string, index: number, node: ProcessNode, caller: Caller): (() => void) | null {
    const needs = bringUpNeeds({ tree: this.options.tree, tell: this.options.tell, isDisabled: (id) => this.options.intents.isDisabled(id), forgetStops: (nodes) => this.options.intents.forgetStops(nodes) }, node, caller.who);
    if ('begin' in needs) return needs.begin;
    this.options.operations.settle(operation, index, { ok: false, ...needs });
    return null;
  }

  start(operation: string, index: number, node: ProcessNode, caller: Caller): void {
    const { phase } = node.state;
    if (this.options.intents.isDisabled(node.key)) return this.options.operations.settle(operation, index, { ok: false, code: 'DISABLED', message: `cannot start ${shortName(node.key)}: it is disabled; run \`reevectl enable ${shortName(node.key)}\` first` });
    if (this.refuseLost(operation, index, node)) return;
    if (phase === 'STARTING' || phase === 'RUNNING') return this.options.operations.settle(operation, index, { ok: false, code: 'ALREADY_STARTED', message: 'already started' });
    const begin = this.needs(operation, index, node, caller);
    if (begin === null) return;
    this.options.operations.await(operation, index, node.key, phase === 'STOPPING' ? 'again' : 'up', node.state.incarnation);
    begin();
    this.options.tell({ type: 'operate', action: 'start', id: node.key, why: `${caller.who} started it` });
  }

  restart(operation: string, index: number, node: ProcessNode, caller: Caller, strategy: boolean, healthy = false): void {
    if (this.options.intents.isDisabled(node.key)) return this.options.operations.settle(operation, index, { ok: false, code: 'DISABLED', message: `cannot restart ${shortName(node.key)}: it is disabled` });
    if (this.refuseLost(operation, index, node)) return;
    const begin = this.needs(operation, index, node, caller);
    if (begin === null) return;
    const alive = isAlive(node.state);
    this.options.operations.await(operation, index, node.key, alive ? 'again' : 'up', node.state.incarnation, healthy);
    begin();
    // It waited for what has just come up, and has its new life already.
    if (!alive && !strategy && isAlive(node.state)) return;
    this.options.tell({ type: 'operate', action: strategy ? 'strategy_restart' : 'restart', id: node.key, why: `${caller.who} restarted it` });
  }
}
