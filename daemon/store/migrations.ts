// The shape of reeve.db, one numbered step after another. A step that was released is never edited: add the next one.
import type { DatabaseSync } from 'node:sqlite';

interface Migration {
  /** What the step is for, as `doctor` and a person with sqlite3 would want to read it. */
  readonly says: string;
  readonly sql: string;
}

/** Step n takes the file from schema n to schema n + 1. The number is kept in PRAGMA user_version. */
const MIGRATIONS: readonly Migration[] = [
  {
    says: 'intents of operators, lives and transitions of processes, audit trail',
    // life is keyed by its number, so that the last 100 are found (and older ones dropped) by one seek, never by a scan.
    // transition.n counts per process for the same reason. audit.id is AUTOINCREMENT: a number is never given twice.
    sql: `
      CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE intent (
        process TEXT PRIMARY KEY, stopped INTEGER NOT NULL, disabled INTEGER NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE life (
        process TEXT NOT NULL, incarnation INTEGER NOT NULL, supervision_id TEXT NOT NULL, boot_id TEXT NOT NULL,
        pid INTEGER NOT NULL, start_time INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
        code INTEGER, signal TEXT, why TEXT, last_output TEXT,
        PRIMARY KEY (process, incarnation)
      ) WITHOUT ROWID;
      CREATE INDEX life_open ON life (boot_id) WHERE ended_at IS NULL;
      CREATE TABLE transition (
        process TEXT NOT NULL, n INTEGER NOT NULL, incarnation INTEGER NOT NULL, at INTEGER NOT NULL,
        "from" TEXT NOT NULL, "to" TEXT NOT NULL, why TEXT NOT NULL,
        PRIMARY KEY (process, n)
      ) WITHOUT ROWID;
      CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, role TEXT NOT NULL,
        action TEXT NOT NULL, targets TEXT NOT NULL, result TEXT NOT NULL
      );`,
  },
];

/** The schema this code writes. */
export const SCHEMA = MIGRATIONS.length;

/** Schema number of an open database. Throws what SQLite throws when the file is not a database. */
export function schemaOf(db: DatabaseSync): number {
  const row = db.prepare('PRAGMA user_version').get();
  return Number(row?.['user_version'] ?? 0);
}

/** Brings a database up to SCHEMA. Each step is one transaction together with its number: it happened, or it did not. */
export function migrate(db: DatabaseSync): void {
  for (let n = schemaOf(db); n < SCHEMA; n++) {
    const step = MIGRATIONS[n];
    if (!step) return;
    db.exec('BEGIN IMMEDIATE');
    try {
      db.exec(step.sql);
      db.exec(`PRAGMA user_version = ${n + 1}`);
      db.exec('COMMIT');
    } catch (cause) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw new Error(`cannot take the state to schema ${n + 1} (${step.says}): ${(cause as Error).message}`, { cause });
    }
  }
}
