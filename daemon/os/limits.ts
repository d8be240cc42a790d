// Our own limits, as the kernel has them.
import type { Rlimit } from '../../config/spec.ts';
import type { Sys } from './sys.ts';

/** RLIM_INFINITY. */
const INFINITY = 0xffff_ffff_ffff_ffffn;

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
