// Who is at the other end of a connection on a unix socket: SO_PEERCRED, which the kernel noted when it connected.
import type { Socket } from 'node:net';
import { SO_PEERCRED, socketCalls, SOL_SOCKET } from './socket-calls.ts';
import type { Memory } from './sys.ts';

/** struct ucred: pid, uid, gid. */
const UCRED_BYTES = 12;

let memory: Memory | undefined;

/** The uid of the peer; null without the native calls, and where Node hides the descriptor. */
export function peerUid(socket: Socket): number | null {
  const calls = socketCalls();
  const fd = (socket as unknown as { readonly _handle?: { readonly fd?: number } })._handle?.fd ?? -1;
  if (calls === null || fd < 0) return null;
  memory ??= calls.sys.memory(UCRED_BYTES + 4);
  memory.bytes.writeUInt32LE(UCRED_BYTES, UCRED_BYTES);
  if (calls.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, memory.address, memory.address + BigInt(UCRED_BYTES)) < 0) return null;
  return memory.bytes.readUInt32LE(UCRED_BYTES) === UCRED_BYTES ? memory.bytes.readUInt32LE(4) : null;
}
