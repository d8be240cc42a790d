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
  {
    says: 'runs of jobs, their last words, dead letters, breakers, last times',
    // run.n is the order of creation, so that the newest come first without a sort. over_at is when a run became final, null before.
    // What a query or a pruning asks for is one seek in one of the indices; run_over covers the durations of successes.
    // job keeps the last number given, which outlives every run. run_extra is apart: lists of runs never read 64 KiB of output.
    sql: `
      CREATE TABLE run (
        n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, job TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL,
        "trigger" TEXT NOT NULL, initiator TEXT NOT NULL, args TEXT NOT NULL, key TEXT, attempt INTEGER NOT NULL, first TEXT, parent TEXT,
        scheduled_at INTEGER, created_at INTEGER NOT NULL, due_at INTEGER, started_at INTEGER, ended_at INTEGER, over_at INTEGER,
        pid INTEGER, code INTEGER, signal TEXT, cause TEXT, why TEXT NOT NULL, fallback INTEGER NOT NULL,
        peak_rss_bytes INTEGER, cpu_ms REAL, heartbeat TEXT, progress TEXT, result TEXT, status TEXT NOT NULL
      );
      CREATE INDEX run_job ON run (job, number, created_at);
      CREATE INDEX run_created ON run (created_at);
      CREATE INDEX run_state ON run (state, created_at);
      CREATE INDEX run_over ON run (job, state, over_at, started_at);
      CREATE INDEX run_first ON run (first, attempt) WHERE first IS NOT NULL;
      CREATE TABLE run_extra (
        n INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, argv TEXT NOT NULL, output TEXT NOT NULL, heartbeats TEXT NOT NULL,
        errors TEXT NOT NULL, violations TEXT NOT NULL
      );
      CREATE TABLE job (
        job TEXT PRIMARY KEY, number INTEGER NOT NULL, fired_at INTEGER, paused_by TEXT, paused_at INTEGER
      ) WITHOUT ROWID;
      CREATE TABLE dead (
        n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, job TEXT NOT NULL, failed_at INTEGER NOT NULL, retried_at INTEGER,
        retried_as TEXT, argv TEXT NOT NULL, args TEXT NOT NULL, environment TEXT NOT NULL, code INTEGER, signal TEXT, cause TEXT,
        why TEXT NOT NULL, output TEXT NOT NULL, attempts INTEGER NOT NULL
      );
      CREATE INDEX dead_failed ON dead (failed_at);
      CREATE INDEX dead_job ON dead (job, failed_at);
      CREATE TABLE breaker (name TEXT PRIMARY KEY, state TEXT NOT NULL, data TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    says: 'limits that lives did not keep',
    // n counts per process, so that the newest are found, and old ones dropped, by one seek.
    sql: `
      CREATE TABLE violation (
        process TEXT NOT NULL, n INTEGER NOT NULL, incarnation INTEGER NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL,
        max TEXT NOT NULL, actual TEXT NOT NULL, why TEXT NOT NULL, action TEXT NOT NULL,
        PRIMARY KEY (process, n)
      ) WITHOUT ROWID;`,
  },
  {
    says: 'issues, attempts to fix them, and what checks last saw',
    // An issue is keyed by the hash of what makes it the one it is. Attempts count per issue. issue_changed serves lists and pruning,
    // attempt_started the budgets of the last hours.
    sql: `
      CREATE TABLE issue (
        id TEXT PRIMARY KEY, "check" TEXT NOT NULL, code TEXT, message TEXT NOT NULL, params TEXT, dedup_key TEXT, severity TEXT NOT NULL,
        state TEXT NOT NULL, occurrences INTEGER NOT NULL, reopened INTEGER NOT NULL, first_seen_at INTEGER NOT NULL, last_seen_at INTEGER NOT NULL,
        changed_at INTEGER NOT NULL, fix TEXT, attempts INTEGER NOT NULL, tries INTEGER NOT NULL, max_attempts INTEGER NOT NULL, fixed INTEGER,
        next_try_at INTEGER, run TEXT, error TEXT NOT NULL, why TEXT NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX issue_changed ON issue (changed_at);
      CREATE INDEX issue_state ON issue (state, changed_at);
      CREATE TABLE fix_attempt (
        issue TEXT NOT NULL, number INTEGER NOT NULL, fix TEXT NOT NULL, attempt INTEGER NOT NULL, run TEXT, "by" TEXT NOT NULL,
        started_at INTEGER NOT NULL, ended_at INTEGER, outcome TEXT, why TEXT NOT NULL,
        PRIMARY KEY (issue, number)
      ) WITHOUT ROWID;
      CREATE INDEX attempt_started ON fix_attempt (started_at);
      CREATE INDEX attempt_open ON fix_attempt (started_at) WHERE ended_at IS NULL;
      CREATE TABLE check_mark ("check" TEXT PRIMARY KEY, mark TEXT NOT NULL) WITHOUT ROWID;`,
  },
  {
    says: 'alerts that wait, last or are silenced',
    sql: 'CREATE TABLE alert (kind TEXT NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, key));',
  },
  {
    says: 'where the output of a run that is kept ends, so that a reader who was cut off goes on with the next byte',
    sql: `
      ALTER TABLE run_extra ADD COLUMN output_end INTEGER;
      ALTER TABLE run_extra ADD COLUMN output_bytes BLOB;`,
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
