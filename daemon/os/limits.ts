// Our own limits, as the kernel has them, and what of our descriptors is not for programs.
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { DaemonSpec, Rlimit } from '../../config/spec.ts';
import { openSys, RLIMIT_NOFILE, RLIMIT_NPROC } from './sys.ts';
import type { Sys } from './sys.ts';

/** RLIM_INFINITY. */
export const INFINITY = 0xffff_ffff_ffff_ffffn;

/** Descriptors that neither programs nor their logs get: with them we accept connections, look at /proc and write our store. */
const RESERVED_FILES = 16;

/** Descriptors from this number on are ours: `soft` is our limit of open files. A quarter where the limit is very low. */
export function programFiles(soft: number): number {
  return soft - Math.min(RESERVED_FILES, Math.floor(soft / 4));
}

/** One of our own limits by its name in /proc; without limits where that cannot be told. */
function ownLimit(name: string): Rlimit {
  const unlimited = { soft: Infinity, hard: Infinity };
  try {
    const found = new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(readFileSync('/proc/self/limits', 'latin1'));
    const number = (text: string | undefined): number => (text === undefined || text === 'unlimited' ? Infinity : Number(text));
    return found === null ? unlimited : { soft: number(found[1]), hard: number(found[2]) };
  } catch {
    return unlimited;
  }
}

/** Our soft limit of open files. */
export function softFiles(): number {
  return ownLimit('Max open files').soft;
}

/** What the daemon must be allowed, in the words of the configuration, of /proc, of prlimit(1) and of the kernel. */
const MINIMUMS = [
  { key: 'minfds', name: 'Max open files', option: 'nofile', resource: RLIMIT_NOFILE, what: 'open files', raise: 'ulimit -n, LimitNOFILE=' },
  { key: 'minprocs', name: 'Max processes', option: 'nproc', resource: RLIMIT_NPROC, what: 'processes', raise: 'ulimit -u, LimitNPROC=' },
] as const;

/** Sets one of our own limits, by the tool of util-linux where there are no system calls. */
function setOwn({ option, resource }: (typeof MINIMUMS)[number], { soft, hard }: Rlimit): boolean {
  const sys = openSys();
  if ('problem' in sys) {
    const limit = (n: number): string => (n === Infinity ? 'unlimited' : String(n));
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    return spawnSync('prlimit', [`--pid=${process.pid}`, `--${option}=${limit(soft)}:${limit(hard)}`], { stdio: 'ignore' }).status === 0;
  }
  const next = sys.memory(16);
  next.bytes.writeBigUInt64LE(soft === Infinity ? INFINITY : BigInt(soft), 0);
  next.bytes.writeBigUInt64LE(hard === Infinity ? INFINITY : BigInt(hard), 8);
  return sys.prlimit(0, resource, next.address, null) === 0;
}

/** Raises our own limits to what the configuration asks for, the hard ones too where we may (root). A person's words when that cannot be done. */
export function raiseLimits(spec: Pick<DaemonSpec, 'minfds' | 'minprocs'>): string | null {
  for (const minimum of MINIMUMS) {
    const { soft, hard } = ownLimit(minimum.name);
    const asked = spec[minimum.key];
    if (soft >= asked || setOwn(minimum, { soft: asked, hard: Math.max(hard, asked) })) continue;
    return `${minimum.key} asks for ${asked} ${minimum.what}, and no more than ${hard} are allowed here; raise the limit (${minimum.raise}) or lower ${minimum.key}`;
  }
  return null;
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
