// Can the sockets that groups share be had? Asked once, before anything is started.
import type { Tree } from './core/tree.ts';
import type { SharedSockets } from './os/ports/shared-sockets.ts';

/**
 * Makes and gives back the socket of each group that has one: what cannot be had is said at the start, not by each process.
 * @throws an Error with a person's words.
 */
export function trySockets(tree: Tree, sockets: SharedSockets): void {
  for (const { name, spec } of tree.groups.values()) {
    if (!spec.socket) continue;
    const got = sockets.acquire(name, spec.socket, 'start');
    if ('error' in got) throw new Error(`cannot start: ${got.error}`);
    sockets.release(name, 'start');
  }
}
