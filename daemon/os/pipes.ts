// Pipes between us and a child: real ones (a socketpair breaks `echo > /dev/stdout`), closed on every path that fails.
import { closeSync, constants, fchownSync, openSync } from 'node:fs';
import { F_SETFL, O_CLOEXEC, O_NONBLOCK, type Memory, type Sys } from './sys.ts';
import { errnoName } from './spawn-errors.ts';

/** Both ends are close-on-exec. `ours` does not block; `theirs` is closed once the child has its copy. */
export interface Pipe {
  readonly ours: number;
  readonly theirs: number;
}

/** Owner of a pipe whose child is another user, so that opening /dev/stdout works in it. */
export interface PipeOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Makes a pipe for output of a child (`out`) or for its stdin (`in`), or names the errno. Ends from `ceiling` on count as none left. */
export function openPipe(
  sys: Sys,
  pair: Memory,
  direction: 'in' | 'out',
  owner: PipeOwner | null,
  ceiling = Infinity,
): Pipe | { readonly errno: number | string } {
  if (sys.pipe2(pair.address, O_CLOEXEC) < 0) return { errno: sys.errno() };
  const reader = pair.bytes.readInt32LE(0);
  const writer = pair.bytes.readInt32LE(4);
  if (reader >= ceiling || writer >= ceiling) {
    closeSync(reader);
    closeSync(writer);
    return { errno: 'EMFILE' };
  }
  const [ours, plain] = direction === 'out' ? [reader, writer] : [writer, reader];
  let theirs = plain;
  try {
    if (owner !== null) fchownSync(plain, owner.uid, owner.gid);
    // The child holds its output open for reading too: if we die, it blocks on a full pipe and is not killed by SIGPIPE.
    if (direction === 'out') theirs = reopened(plain);
    if (theirs !== plain) closeSync(plain);
    // Each end is a description of its own: that ours does not block never shows in the child.
    if (sys.fcntl(ours, F_SETFL, BigInt(O_NONBLOCK)) < 0) throw Object.assign(new Error('fcntl'), { code: 'EINVAL' });
    return { ours, theirs };
  } catch (error) {
    closeSync(ours);
    closeSync(theirs);
    return { errno: errnoName(error) };
  }
}

function reopened(writer: number): number {
  try {
    return openSync(`/proc/self/fd/${writer}`, constants.O_RDWR);
  } catch (error) {
    const name = errnoName(error);
    if (name === 'EMFILE' || name === 'ENFILE' || name === 'ENOMEM') throw error;
    // No /proc, or not ours to reopen: an ordinary write end still works.
    return writer;
  }
}
