// The file that tells other programs our pid. Not having it is no reason not to run.
import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';

/** Writes it. Returns a person's words when it cannot be. */
export function writePidFile(path: string | null): string | null {
  if (path === null) return null;
  try {
    const fd = openSync(path, 'w', 0o644);
    writeFileSync(fd, `${process.pid}\n`);
    closeSync(fd);
    return null;
  } catch (error) {
    return `cannot write ${path}: ${(error as Error).message}`;
  }
}

export function removePidFile(path: string | null): void {
  if (path === null) return;
  try {
    unlinkSync(path);
  } catch {
    // It is gone already.
  }
}
