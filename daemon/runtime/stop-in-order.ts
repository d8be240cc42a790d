// Several processes stop because somebody asked: by priority, one after the other in a group in order.
import { stopWalk } from '../core/stop-plan.ts';
import type { Tree } from '../core/tree.ts';
import type { TreeEvent } from '../core/tree-state.ts';
import type { Operations } from './operations.ts';

export interface StopWorld {
  readonly tree: Tree;
  readonly operations: Operations;
  readonly tell: (event: TreeEvent) => void;
}

/** supervisord's stop of several: all are told at once, in the order of `places`. */
export function stopTogether({ operations, tell }: StopWorld, operation: string, places: ReadonlyMap<string, number>, why: string): void {
  for (const [id, index] of places) operations.await(operation, index, id, 'down', 0);
  for (const id of places.keys()) tell({ type: 'operate', action: 'stop', id, why });
}

/** Begins to stop the processes of `places` (id -> index among the targets of the operation); each target settles when it is down. */
export function stopInOrder({ tree, operations, tell }: StopWorld, operation: string, places: ReadonlyMap<string, number>, why: string): void {
  const walk = stopWalk(tree, places.keys());
  const told = new Set<string>();
  const tellAll = (next: readonly string[]): void => {
    for (const id of next) {
      told.add(id);
      tell({ type: 'operate', action: 'stop', id, why });
    }
  };
  for (const [id, index] of places) operations.await(operation, index, id, 'down', 0);
  const byIndex = new Map([...places].map(([id, index]) => [index, id]));
  operations.onSettled(operation, (index, result) => {
    const id = byIndex.get(index);
    if (id === undefined) return;
    // Down before its turn, because a strategy ended it or it failed: told all the same, or its group would start it again.
    if (result.outcome === 'ok' && !told.has(id)) tellAll([id]);
    tellAll(walk.down(id));
  });
  tellAll(walk.begin());
}
