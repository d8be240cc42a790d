// Running a daemon as PID 1 of namespaces, and finding its processes from outside.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Puts a command into its own pid namespace as PID 1; all of it dies with unshare. */
export const AS_PID_1: readonly string[] = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Why this machine cannot do that, or null. */
export function whyNoPid1(): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root (pid namespace, programs with users of their own)';
  const tried = spawnSync('unshare', [...AS_PID_1.slice(1), 'true'], { encoding: 'utf8' });
  return tried.status === 0 ? null : `unshare does not work here: ${tried.error?.message ?? tried.stderr.trim()}`;
}

/** Commands of `names` that are not installed. */
export function missingCommands(names: readonly string[]): string[] {
  return names.filter((name) => {
    try {
      execFileSync('sh', ['-c', 'command -v "$0"', name], { stdio: 'pipe' });
      return false;
    } catch {
      return true;
    }
  });
}

export interface InnerProcess {
  /** Here, and in its own namespace. */
  readonly pid: number;
  readonly inner: number;
  readonly parent: number;
  readonly uid: number;
  readonly command: string;
}

function field(status: string, name: string): number[] {
  return (new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '').trim().split(/\s+/).map(Number);
}

/** Every living process in the pid namespace of `pid` (not zombies). */
export function processesAround(pid: number): InnerProcess[] {
  const namespace = readlinkSync(`/proc/${pid}/ns/pid`);
  const found: InnerProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (readlinkSync(`/proc/${entry}/ns/pid`) !== namespace) continue;
      const status = readFileSync(`/proc/${entry}/status`, 'utf8');
      if (/^State:\s*Z/m.test(status)) continue;
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      found.push({ pid: Number(entry), inner: field(status, 'NSpid').at(-1) ?? 0, parent: field(status, 'PPid')[0] ?? 0, uid: field(status, 'Uid')[0] ?? -1, command });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}
