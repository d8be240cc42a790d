// Opens reeve.db, whatever state it is in: fresh, old, damaged, or from a newer reeve. The daemon always gets a database.
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrate, SCHEMA, schemaOf } from './migrations.ts';

/** An open database. `path` null: in memory, and `problem` says why. */
export interface Opened {
  readonly db: DatabaseSync;
  readonly path: string | null;
  readonly problem: string | null;
}

/** Damaged files kept beside the database; older ones are removed, so that a bad disk cannot fill itself with them. */
const KEPT_ASIDE = 5;
/** SQLite's result codes for a file that is no database, or is one no longer. */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** True when an error of SQLite means that the file itself is damaged (as opposed to full, read-only or locked). */
export function isDamage(error: unknown): boolean {
  const { errcode: code, cause } = error as { errcode?: unknown; cause?: unknown };
  if (cause !== undefined) return isDamage(cause);
  // Extended codes (SQLITE_CORRUPT_INDEX …) carry the primary one in the low byte.
  return typeof code === 'number' && [SQLITE_CORRUPT, SQLITE_NOTADB].includes(code & 0xff);
}

/** Made by this process, and not on the disk for sure yet. */
const fresh = new WeakSet<DatabaseSync>();

/** What was made in haste is on the disk when this returns. Throws what SQLite throws. */
export function settle(db: DatabaseSync): void {
  if (!fresh.delete(db)) return;
  db.exec('PRAGMA wal_checkpoint(PASSIVE)');
}

function configure(db: DatabaseSync): void {
  // One daemon per directory (lock.ts): exclusive locking needs no shared-memory file, so that a full disk can still be read.
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA cache_size = -512');
  // The log is folded back every 1,000 pages; this keeps a burst from leaving a large file behind for ever.
  db.exec('PRAGMA journal_size_limit = 4194304');
}

/** A database in memory: what a daemon without a usable directory works with. */
export function openMemory(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  migrate(db);
  return db;
}

/** Renames the file and its journal to PATH.REASON-TIME, drops all but the newest few, and returns the new name. */
export function setAside(path: string, reason: 'corrupt' | 'newer', wallMs: number): string {
  const stamp = new Date(wallMs).toISOString().replace(/[:.]/g, '-');
  const aside = `${path}.${reason}-${stamp}`;
  renameSync(path, aside);
  // The journal belongs to the old file: under the same new name sqlite3 can still recover from it.
  for (const suffix of ['-wal', '-shm']) {
    if (statSync(path + suffix, { throwIfNoEntry: false })) renameSync(path + suffix, aside + suffix);
  }
  dropOldAsides(path);
  return aside;
}

function dropOldAsides(path: string): void {
  const prefix = `${basename(path)}.`;
  const asides = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix) && /\.(corrupt|newer)-[^/]*Z$/.test(name));
  const byAge = asides.toSorted((a, b) => stampOf(b).localeCompare(stampOf(a)));
  for (const name of byAge.slice(KEPT_ASIDE)) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(dirname(path), name + suffix), { force: true });
  }
}

function stampOf(name: string): string {
  return name.slice(name.search(/(corrupt|newer)-/)).replace(/^[a-z]+-/, '');
}

/** Reads every index entry that the start of a daemon depends on, so that damage shows now and not in the middle of the night. */
function touch(db: DatabaseSync): void {
  db.prepare('SELECT count(*) FROM intent').get();
  db.prepare('SELECT count(*) FROM life WHERE ended_at IS NULL').get();
  db.prepare('SELECT max(id) FROM audit').get();
  db.prepare("SELECT count(*) FROM run WHERE state IN ('scheduled', 'queued', 'running')").get();
  db.prepare('SELECT max(failed_at) FROM dead').get();
}

/** A person who looks into the file with sqlite3 may hold it for a moment while we start. */
const BUSY_WAIT_MS = 500;

/** Opens the file. Throws what is wrong with it; a newer schema is an error that says so. */
export function openFile(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: BUSY_WAIT_MS });
  try {
    const found = schemaOf(db);
    if (found > SCHEMA) throw new NewerSchema(found);
    // Empty tables need not be waited for, which would be five times the disk: the first programs wait for this, and a container begins so.
    if (found === 0) {
      fresh.add(db);
      db.exec('PRAGMA synchronous = OFF');
    }
    configure(db);
    migrate(db);
    db.exec('PRAGMA synchronous = NORMAL');
    touch(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

class NewerSchema extends Error {
  constructor(found: number) {
    super(`it was written by a newer reeve (schema ${found}, this one knows ${SCHEMA})`);
  }
}

/**
 * Opens reeve.db in a state directory. A damaged file, or one of a newer reeve, is renamed aside (never deleted, never
 * written to) and a fresh one made; what cannot be written at all leaves a database in memory. Each is one warning.
 */
export function openDatabase(stateDir: string | null, reason: string | null, wallMs: number, warn: (message: string) => void): Opened {
  const inMemory = (problem: string): Opened => {
    warn(`cannot keep state: ${problem}; what operators stop or disable is forgotten when the daemon ends`);
    return { db: openMemory(), path: null, problem };
  };
  if (stateDir === null) return inMemory(reason ?? 'there is no state directory');
  const path = join(stateDir, 'reeve.db');
  try {
    return { db: openFile(path), path, problem: null };
  } catch (error) {
    const newer = error instanceof NewerSchema;
    if (!newer && !isDamage(error)) return inMemory(`${path}: ${(error as Error).message}`);
    try {
      const aside = setAside(path, newer ? 'newer' : 'corrupt', wallMs);
      const db = openFile(path);
      const back = newer ? '; to use it again, stop reeve, rename it back and start the newer version' : '';
      warn(`cannot use the state in ${path}: ${(error as Error).message}; it is kept as ${aside} and a fresh one begins, nothing is known to be stopped or disabled${back}`);
      return { db, path, problem: null };
    } catch (second) {
      return inMemory(`${path}: ${(error as Error).message}, and it cannot be renamed: ${(second as Error).message}`);
    }
  }
}
