// One daemon per state directory. The kernel holds the lock, so that kill -9 releases it and no stale file can fool anybody.
//
// The lock is SQLite's on a file of its own, held by a transaction that never ends: that is fcntl(2) F_SETLK, the only kernel
// lock that Node offers without FFI. Against the others: a pid file with a liveness check is fooled by reused pids and by pid
// namespaces that share a volume; flock(2) would stay with any child that inherited the descriptor, record locks never are
// inherited; an abstract unix socket belongs to the network namespace, not to the directory.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;
/** Connections that hold a lock. A caller may drop `release`: without this, the collector would close the file and let go. */
const holding = new Set<DatabaseSync>();

export type LockOutcome =
  | { readonly release: () => void }
  /** Somebody else has it: his pid, in his own pid namespace, where he could write it. */
  | { readonly heldBy: number | null }
  /** The directory does not take a lock (read-only, no such directory). */
  | { readonly error: string };

function holder(pidFile: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Takes the lock of a state directory without waiting. It is released by `release`, or by the kernel when this process ends or executes another image. */
export function lockStateDir(stateDir: string): LockOutcome {
  const pidFile = join(stateDir, 'lock.pid');
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(join(stateDir, 'lock'), { timeout: 0 });
    // Nothing is ever written in this transaction: it works on a full disk, and the file stays empty.
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    const code = (error as { errcode?: unknown }).errcode;
    if (typeof code === 'number' && (code & 0xff) === SQLITE_BUSY) return { heldBy: holder(pidFile) };
    return { error: `cannot lock ${join(stateDir, 'lock')}: ${(error as Error).message}` };
  }
  const held = db;
  holding.add(held);
  try {
    // Only for the message of the one who comes second; who holds the lock is the kernel's business.
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o644 });
  } catch {
    // A full disk: the message will not name the pid.
  }
  return {
    release() {
      holding.delete(held);
      if (held.isOpen) held.close();
    },
  };
}
