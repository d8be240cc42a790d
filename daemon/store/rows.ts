// Every statement of the store, prepared once per connection, and the way between rows and records.
import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntry } from '../contract/rest.ts';
import type { Intent, LifeRecord, TransitionRecord, ViolationRecord } from '../os/ports/store.ts';
import { number, numberOrNull, text, textOrNull, type Row } from './cells.ts';
import { openAlertRows, type AlertRows } from './alert-store.ts';
import { settle } from './database.ts';
import { openIssueRows, type IssueRows } from './issue-rows.ts';
import { openRunRows, type RunRows } from './run-rows.ts';
import { statementsOf } from './statement.ts';
import type { Prepare, Statement } from './statement.ts';

/** Lives kept per process. */
export const KEPT_LIVES = 100;
/** Transitions kept per process. */
export const KEPT_TRANSITIONS = 200;
/** Violations kept per process, and how long. */
export const KEPT_VIOLATIONS = 50;
export const KEPT_VIOLATIONS_MS = 86_400_000;
/** Entries of the audit trail kept. */
export const KEPT_AUDIT = 10_000;
/** Old transitions are dropped once per this many new ones of a process, old audit entries likewise: a seek, rarely. */
const PRUNE_EVERY = 32;

export interface LifeEnd {
  readonly endedAt: number;
  readonly code: number | null;
  readonly signal: string | null;
  readonly why: string;
  readonly lastOutput: string | null;
}

/** What the store can do with one open database. Writers belong inside a transaction of the caller. */
export interface Rows {
  readonly runs: RunRows;
  readonly issues: IssueRows;
  readonly alerts: AlertRows;
  /** durable: on the disk itself when it returns, so that not even a power cut undoes it. Else only the daemon's own death does not. */
  transaction(work: () => void, durable?: boolean): void;
  /** A value of `meta`, or null. */
  meta(key: string): string | null;
  putMeta(key: string, value: string): void;
  intents(): Map<string, Intent>;
  putIntent(process: string, intent: Intent | null): void;
  incarnations(): Map<string, number>;
  putLife(life: LifeRecord, bootId: string): void;
  endLife(process: string, incarnation: number, end: LifeEnd): void;
  putTransition(record: TransitionRecord): void;
  putViolation(record: ViolationRecord): void;
  /** Newest first, at most KEPT_VIOLATIONS. */
  violations(process: string, sinceMs: number): ViolationRecord[];
  putAudit(entry: AuditEntry): void;
  lives(process: string, limit: number): LifeRecord[];
  openLives(bootId: string): LifeRecord[];
  transitions(process: string, limit: number): TransitionRecord[];
  auditTrail(limit: number): AuditEntry[];
  /** Drops the history of processes that have neither lived nor changed since then (removed or renamed long ago). */
  forgetBefore(wallMs: number, bootId: string): number;
  close(): void;
}

function toIntent(row: Row): Intent {
  return { stopped: row['stopped'] === 1, disabled: row['disabled'] === 1, by: text(row['who']), at: number(row['at']) };
}

function toLife(row: Row): LifeRecord {
  return {
    process: text(row['process']), incarnation: number(row['incarnation']), supervisionId: text(row['supervision_id']),
    pid: number(row['pid']), startTime: number(row['start_time']), startedAt: number(row['started_at']),
    endedAt: numberOrNull(row['ended_at']), code: numberOrNull(row['code']), signal: textOrNull(row['signal']),
    why: textOrNull(row['why']), lastOutput: textOrNull(row['last_output']),
  };
}

function toTransition(row: Row): TransitionRecord {
  return { process: text(row['process']), incarnation: number(row['incarnation']), at: number(row['at']), from: text(row['from']), to: text(row['to']), why: text(row['why']) };
}

function toViolation(row: Row): ViolationRecord {
  return {
    process: text(row['process']), incarnation: number(row['incarnation']), at: number(row['at']), what: text(row['what']), limit: text(row['max']), actual: text(row['actual']),
    why: text(row['why']), action: text(row['action']),
  };
}

function toAudit(row: Row): AuditEntry {
  return {
    at: number(row['at']), who: text(row['who']), role: text(row['role']), action: text(row['action']),
    targets: JSON.parse(text(row['targets'])) as readonly string[], result: text(row['result']),
  };
}

/** Newest number of each process, by one seek per process (a GROUP BY would read every row). */
function newestOf(table: 'life' | 'transition', column: 'incarnation' | 'n'): string {
  return `WITH RECURSIVE p(process) AS (
      SELECT min(process) FROM ${table}
      UNION ALL SELECT (SELECT min(process) FROM ${table} WHERE process > p.process) FROM p WHERE p.process IS NOT NULL)
    SELECT process, (SELECT max(${column}) FROM ${table} t WHERE t.process = p.process) AS newest FROM p WHERE process IS NOT NULL`;
}

function statements(prepare: Prepare) {
  return {
    begin: prepare('BEGIN IMMEDIATE'),
    commit: prepare('COMMIT'),
    meta: prepare('SELECT value FROM meta WHERE key = ?'),
    putMeta: prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)'),
    intents: prepare('SELECT * FROM intent'),
    putIntent: prepare('INSERT OR REPLACE INTO intent (process, stopped, disabled, who, at) VALUES (?, ?, ?, ?, ?)'),
    dropIntent: prepare('DELETE FROM intent WHERE process = ?'),
    newestLife: prepare(newestOf('life', 'incarnation')),
    newestTransition: prepare(newestOf('transition', 'n')),
    putLife: prepare(`INSERT OR REPLACE INTO life (process, incarnation, supervision_id, boot_id, pid, start_time, started_at, ended_at, code, signal, why, last_output)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    pruneLives: prepare('DELETE FROM life WHERE process = ? AND incarnation <= ?'),
    endLife: prepare('UPDATE life SET ended_at = ?, code = ?, signal = ?, why = ?, last_output = ? WHERE process = ? AND incarnation = ?'),
    lives: prepare('SELECT * FROM life WHERE process = ? ORDER BY incarnation DESC LIMIT ?'),
    openLives: prepare('SELECT * FROM life WHERE ended_at IS NULL AND boot_id = ? ORDER BY started_at'),
    putTransition: prepare('INSERT OR REPLACE INTO transition (process, n, incarnation, at, "from", "to", why) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    pruneTransitions: prepare('DELETE FROM transition WHERE process = ? AND n <= ?'),
    transitions: prepare('SELECT * FROM transition WHERE process = ? ORDER BY n DESC LIMIT ?'),
    putViolation: prepare(`INSERT INTO violation (process, n, incarnation, at, what, max, actual, why, action)
      SELECT ?1, coalesce(max(n), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM violation WHERE process = ?1`),
    pruneViolations: prepare('DELETE FROM violation WHERE process = ?1 AND (at < ?2 OR n <= (SELECT max(n) FROM violation WHERE process = ?1) - ?3)'),
    violations: prepare('SELECT * FROM violation WHERE process = ? AND at >= ? ORDER BY n DESC LIMIT ?'),
    putAudit: prepare('INSERT INTO audit (at, who, role, action, targets, result) VALUES (?, ?, ?, ?, ?, ?)'),
    pruneAudit: prepare('DELETE FROM audit WHERE id <= ?'),
    auditTrail: prepare('SELECT * FROM audit ORDER BY id DESC LIMIT ?'),
  } satisfies Record<string, Statement>;
}

/** What can be done with an open database. Throws what SQLite throws. */
export function openRows(db: DatabaseSync, prepare: Prepare = statementsOf(db)): Rows {
  const sql = statements(prepare);
  const numbers = new Map(sql.newestTransition.all().map((row) => [text(row['process']), number(row['newest'])]));
  return {
    runs: openRunRows(db, prepare),
    issues: openIssueRows(db, prepare),
    alerts: openAlertRows(db, prepare),
    transaction(work, durable = false) {
      // Takes hold for the commit of this transaction, and cannot be said inside it.
      if (durable) db.exec('PRAGMA synchronous = FULL');
      try {
        sql.begin.run();
        work();
        sql.commit.run();
        if (durable) settle(db);
      } catch (error) {
        // SQLite has rolled back by itself on some errors (a full disk), and not on others.
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      } finally {
        if (durable) db.exec('PRAGMA synchronous = NORMAL');
      }
    },
    meta: (key) => textOrNull(sql.meta.get(key)?.['value']),
    putMeta: (key, value) => void sql.putMeta.run(key, value),
    intents: () => new Map(sql.intents.all().map((row) => [text(row['process']), toIntent(row)])),
    putIntent(process, intent) {
      if (intent === null) sql.dropIntent.run(process);
      else sql.putIntent.run(process, Number(intent.stopped), Number(intent.disabled), intent.by, intent.at);
    },
    incarnations: () => new Map(sql.newestLife.all().map((row) => [text(row['process']), number(row['newest'])])),
    putLife(life, bootId) {
      sql.putLife.run(life.process, life.incarnation, life.supervisionId, bootId, life.pid, life.startTime, life.startedAt, life.endedAt, life.code, life.signal, life.why, life.lastOutput);
      sql.pruneLives.run(life.process, life.incarnation - KEPT_LIVES);
    },
    endLife(process, incarnation, end) {
      sql.endLife.run(end.endedAt, end.code, end.signal, end.why, end.lastOutput, process, incarnation);
    },
    putTransition(record) {
      const n = (numbers.get(record.process) ?? 0) + 1;
      numbers.set(record.process, n);
      sql.putTransition.run(record.process, n, record.incarnation, record.at, record.from, record.to, record.why);
      if (n % PRUNE_EVERY === 0) sql.pruneTransitions.run(record.process, n - KEPT_TRANSITIONS);
    },
    putViolation({ process, incarnation, at, what, limit, actual, why, action }) {
      sql.putViolation.run(process, incarnation, at, what, limit, actual, why, action);
      sql.pruneViolations.run(process, at - KEPT_VIOLATIONS_MS, KEPT_VIOLATIONS);
    },
    violations: (process, sinceMs) => sql.violations.all(process, sinceMs, KEPT_VIOLATIONS).map(toViolation),
    putAudit(entry) {
      const { lastInsertRowid } = sql.putAudit.run(entry.at, entry.who, entry.role, entry.action, JSON.stringify(entry.targets), entry.result);
      const id = Number(lastInsertRowid);
      if (id % PRUNE_EVERY === 0) sql.pruneAudit.run(id - KEPT_AUDIT);
    },
    lives: (process, limit) => sql.lives.all(process, Math.min(limit, KEPT_LIVES)).map(toLife),
    openLives: (bootId) => sql.openLives.all(bootId).map(toLife),
    transitions: (process, limit) => sql.transitions.all(process, Math.min(limit, KEPT_TRANSITIONS)).map(toTransition),
    auditTrail: (limit) => sql.auditTrail.all(Math.min(limit, KEPT_AUDIT)).map(toAudit),
    forgetBefore(wallMs, bootId) {
      let forgotten = 0;
      for (const process of new Set([...this.incarnations().keys(), ...numbers.keys()])) {
        const life = sql.lives.get(process, 1);
        const alive = life !== undefined && life['ended_at'] === null && life['boot_id'] === bootId;
        const lastSeen = Math.max(number(life?.['ended_at'] ?? life?.['started_at']), number(sql.transitions.get(process, 1)?.['at']));
        if (alive || lastSeen >= wallMs) continue;
        sql.pruneLives.run(process, Number.MAX_SAFE_INTEGER);
        sql.pruneTransitions.run(process, Number.MAX_SAFE_INTEGER);
        sql.pruneViolations.run(process, Number.MAX_SAFE_INTEGER, 0);
        numbers.delete(process);
        forgotten += 1;
      }
      return forgotten;
    },
    close: () => db.close(),
  };
}
