// Which of our children belong to Node's own child_process (hooks, probes): those are libuv's to reap, never ours.
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

export interface LibuvChildren {
  has(pid: number): boolean;
  dispose(): void;
}

const SPAWNED = 'tracing:child_process.spawn:end';

/** Watches every spawn of this thread, from before the event loop can see its end. */
export function watchLibuvChildren(): LibuvChildren {
  const pids = new Set<number>();
  const remember = (child: ChildProcess): void => {
    const { pid } = child;
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    pids.add(pid);
    // Emitted after libuv reaped it, so the number cannot be a stranger's before.
    child.once('exit', () => pids.delete(pid));
  };
  /** The end of a spawn is told just before the child gets its number. */
  let unnamed: ChildProcess[] = [];
  const name = (): void => {
    const named = unnamed;
    unnamed = [];
    for (const child of named) remember(child);
  };
  const onSpawn = (message: unknown): void => {
    // Microtasks come before the event loop, and so before any exit.
    if (unnamed.push((message as { process: ChildProcess }).process) === 1) queueMicrotask(name);
  };
  subscribe(SPAWNED, onSpawn);
  // Those that were started before us.
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles?: () => readonly object[] };
  for (const handle of handles?.call(process) ?? []) {
    if ('spawnfile' in handle && 'pid' in handle) remember(handle as ChildProcess);
  }
  const has = (pid: number): boolean => {
    if (unnamed.length > 0) name();
    return pids.has(pid);
  };
  return { has, dispose: () => unsubscribe(SPAWNED, onSpawn) };
}
