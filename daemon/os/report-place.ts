// Where the sockets of one daemon's reports are: a directory of its own, with a short path, which others may pass and not list.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** sun_path of unix(7) without its end, and what the names of sockets below take of it. */
const MAX_DIR_BYTES = 107 - '/n1234567'.length;
/** Directories looked at when those of dead daemons are removed. */
const LOOKED_AT = 256;

/** The pid namespace, in short: a pid means something only within it. */
function namespace(): string {
  try {
    return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0).toString(36);
  } catch {
    return '0';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes what daemons of this namespace left behind that were killed. */
function sweep(base: string, prefix: string): void {
  for (const name of readdirSync(base).slice(0, LOOKED_AT)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 36) : Number.NaN;
    if (Number.isNaN(pid) || (pid !== process.pid && isAlive(pid))) continue;
    try {
      rmSync(join(base, name), { recursive: true, force: true });
    } catch {
      // Another user's: it is his to remove.
    }
  }
}

function makeIn(base: string): string {
  const prefix = `r${namespace()}-`;
  mkdirSync(base, { recursive: true, mode: 0o711 });
  sweep(base, prefix);
  const dir = mkdtempSync(join(base, `${prefix}${process.pid.toString(36)}-`));
  chmodSync(dir, 0o711);
  return dir;
}

/** Makes the directory: in `runtimeDir`, or below the temporary directory where that is null, cannot be used or has too long a path. Throws where neither can be had. */
export function makeReportPlace(runtimeDir: string | null): string {
  if (runtimeDir !== null) {
    try {
      const dir = makeIn(runtimeDir);
      if (Buffer.byteLength(dir) <= MAX_DIR_BYTES) return dir;
      rmSync(dir, { recursive: true });
    } catch {
      // Read-only, full, or somebody else's: sockets may be anywhere that children can reach.
    }
  }
  return makeIn(tmpdir());
}
