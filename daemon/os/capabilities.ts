// What this process may do beyond its uid: the effective capabilities, read once.
import { readFileSync } from 'node:fs';

/** Bits of capabilities(7) that matter to a supervisor. */
const BITS = { CHOWN: 0, DAC_OVERRIDE: 1, KILL: 5, SETGID: 6, SETUID: 7, SYS_PTRACE: 19, SYS_NICE: 23, SYS_RESOURCE: 24 } as const;

export type Capability = keyof typeof BITS;

let effective: bigint | null = null;

/** Whether this process has a capability. Where there is no /proc, root has them all. */
export function hasCapability(capability: Capability): boolean {
  effective ??= readEffective();
  return (effective >> BigInt(BITS[capability])) % 2n === 1n;
}

/** The names of those of `wanted` that are missing. */
export function missingCapabilities(wanted: readonly Capability[]): readonly Capability[] {
  return wanted.filter((capability) => !hasCapability(capability));
}

function readEffective(): bigint {
  try {
    const match = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1'));
    if (match?.[1] !== undefined) return BigInt(`0x${match[1]}`);
  } catch {
    // No /proc: judged by uid.
  }
  return process.geteuid?.() === 0 ? ~0n : 0n;
}
