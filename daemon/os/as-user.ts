// Sees the file system with another user's eyes for one synchronous block: the file-system ids of this thread alone are
// switched (setfsuid(2); the kernel drops DAC_OVERRIDE with it), so ACLs, mounts and LSMs answer as they will for the child.
import type { Identity } from './accounts.ts';
import { AT_EACCESS, AT_FDCWD, type Memory, type Sys } from './sys.ts';

const X_OK = 1;

/** Runs `look` as `identity` (null: as ourselves). `look` must be synchronous and must not throw away our thread. */
export function asUser<T>(sys: Sys, identity: Identity | null, look: () => T): T {
  if (identity === null) return look();
  const own = { uid: process.geteuid!(), gid: process.getegid!(), groups: process.getgroups!() };
  // libc's setgroups would tell every thread; the bare call changes this one.
  setGroups(sys, identity.groups);
  sys.setfsgid(identity.gid);
  sys.setfsuid(identity.uid);
  try {
    return look();
  } finally {
    sys.setfsuid(own.uid);
    sys.setfsgid(own.gid);
    setGroups(sys, own.groups);
  }
}

/** Whether the present file-system ids may execute a file or enter a directory. */
export function mayExecuteHere(sys: Sys, path: string): boolean {
  return sys.faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) === 0;
}

/** Kept between calls: memory that only a pointer knows of could be collected while the kernel reads it. */
let list: Memory | null = null;

function setGroups(sys: Sys, groups: readonly number[]): void {
  if (list === null || list.bytes.length < groups.length * 4) list = sys.memory(Math.max(256, groups.length * 8));
  const { bytes } = list;
  groups.forEach((gid, at) => bytes.writeUInt32LE(gid, at * 4));
  sys.syscall(sys.syscallNumbers.setgroups, BigInt(groups.length), list.address, 0n, 0n, 0n);
}
