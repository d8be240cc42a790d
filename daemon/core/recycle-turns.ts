// Whose turn is it to give way to a new life? One of each group at a time, the next when its successor is up, or will not be. Pure.

export interface RecycleTurns {
  /** Who gives way now, by group. */
  readonly now: ReadonlyMap<string, string>;
  /** Who waits, first come first. */
  readonly waiting: ReadonlyMap<string, readonly string[]>;
}

export interface TurnStep {
  readonly turns: RecycleTurns;
  /** Who may give way from now on. */
  readonly granted: readonly string[];
}

export const NO_TURNS: RecycleTurns = { now: new Map(), waiting: new Map() };

function without(list: readonly string[], id: string): readonly string[] {
  return list.filter((one) => one !== id);
}

function queued(waiting: RecycleTurns['waiting'], group: string, queue: readonly string[]): RecycleTurns['waiting'] {
  const next = new Map(waiting);
  if (queue.length > 0) next.set(group, queue);
  else next.delete(group);
  return next;
}

/** It is due. */
export function askTurn({ now, waiting }: RecycleTurns, group: string, id: string): TurnStep {
  const queue = waiting.get(group) ?? [];
  if (now.get(group) === id || queue.includes(id)) return { turns: { now, waiting }, granted: [] };
  if (!now.has(group)) return { turns: { now: new Map(now).set(group, id), waiting }, granted: [id] };
  return { turns: { now, waiting: new Map(waiting).set(group, [...queue, id]) }, granted: [] };
}

/** Its successor is up, or it is down for another reason: it holds up nobody any more. */
export function endTurn(turns: RecycleTurns, group: string, id: string): TurnStep {
  const queue = turns.waiting.get(group) ?? [];
  if (turns.now.get(group) !== id) {
    if (!queue.includes(id)) return { turns, granted: [] };
    return { turns: { now: turns.now, waiting: queued(turns.waiting, group, without(queue, id)) }, granted: [] };
  }
  const now = new Map(turns.now);
  const [next, ...rest] = queue;
  const waiting = queued(turns.waiting, group, rest);
  if (next === undefined) now.delete(group);
  else now.set(group, next);
  return { turns: { now, waiting }, granted: next === undefined ? [] : [next] };
}

/** A life of one that waits ended for another reason: its turn is not needed. One whose turn it is keeps it until its successor is up. */
export function leaveQueue(turns: RecycleTurns, group: string, id: string): RecycleTurns {
  const queue = turns.waiting.get(group);
  if (queue === undefined || !queue.includes(id)) return turns;
  return { now: turns.now, waiting: queued(turns.waiting, group, without(queue, id)) };
}
