// Listening sockets of whole groups.
import type { SocketSpec } from '../../../config/spec.ts';

/** Listening sockets that the processes of a group share as their stdin. */
export interface SharedSockets {
  /** The group's socket, made with its first holder. */
  acquire(group: string, spec: SocketSpec, holder: string): { readonly fd: number } | { readonly error: string };
  /** Closed with its last holder. */
  release(group: string, holder: string): void;
}
