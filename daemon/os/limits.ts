// Our own limits, as the kernel has them, and what of our descriptors is not for programs.
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Rlimit } from '../../config/spec.ts';
import type { Sys } from './sys.ts';

/** RLIM_INFINITY. */
export const INFINITY = 0xffff_ffff_ffff_ffffn;

/** Descriptors that neither programs nor their logs get: with them we accept connections, look at /proc and write our store. */
const RESERVED_FILES = 16;

/** Descriptors from this number on are ours: `soft` is our limit of open files. A quarter where the limit is very low. */
export function programFiles(soft: number): number {
  return soft - Math.min(RESERVED_FILES, Math.floor(soft / 4));
}

/** Our soft limit of open files by /proc; Infinity where that cannot be told. */
export function softFiles(): number {
  try {
    const soft = Number(/^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]);
    return soft > 0 ? soft : Infinity;
  } catch {
    return Infinity;
  }
}

/** The lowest descriptor that is free: what the next open gets, in whatever thread. Infinity: there is none. */
export function lowestFree(): number {
  try {
    const fd = openSync('/dev/null', 'r');
    closeSync(fd);
    return fd;
  } catch {
    return Infinity;
  }
}

/** Reads one of our own limits by prlimit(2). */
export function limitReader(sys: Sys): (resource: number) => Rlimit {
  const limit = sys.memory(16);
  const value = (at: number): number => {
    const number = limit.bytes.readBigUInt64LE(at);
    return number === INFINITY ? Infinity : Number(number);
  };
  return (resource) => {
    sys.prlimit(0, resource, null, limit.address);
    return { soft: value(0), hard: value(8) };
  };
}
