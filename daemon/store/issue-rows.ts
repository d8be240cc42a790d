// Every statement about issues, attempts to fix them and checks, prepared once per connection, and the way between rows and records.
import type { DatabaseSync } from 'node:sqlite';
import { ISSUE_STATES } from '../contract/issues.ts';
import type { CheckMark, FixAttempt, FixOutcome, IssueCount, IssueQuery, IssueSeverity, IssueState, IssueView } from '../contract/issues.ts';
import type { Json } from '../contract/reports.ts';
import { json, number, numberOrNull, parsed, text, textOrNull, type Row } from './cells.ts';
import { statementsOf } from './statement.ts';
import type { Prepare, Statement } from './statement.ts';

/** Rows that one query gives, at most. */
const QUERY_LIMIT = 10_000;
/** Attempts of one issue that are kept: the newest. */
export const KEPT_ATTEMPTS = 100;
/** Issues that are not live that are kept, in all: those that changed last. */
export const KEPT_OVER = 20_000;
/** Issues that one pruning drops, so that it is short; the next one goes on. */
const PRUNE_BATCH = 1000;

const OVER = (Object.keys(ISSUE_STATES) as IssueState[]).filter((state) => !ISSUE_STATES[state].live);
const inList = (states: readonly string[]): string => states.map((state) => `'${state}'`).join(', ');

/** What can be done with the issue tables of one open database. Writers belong inside a transaction of the caller. */
export interface IssueRows {
  put(issue: IssueView): void;
  drop(id: string): void;
  get(id: string): IssueView | undefined;
  /** At most two issues whose ids begin so. */
  starting(prefix: string): IssueView[];
  /** Last changed first. */
  list(query: IssueQuery): IssueView[];
  live(): IssueView[];
  putAttempt(attempt: FixAttempt): void;
  /** In order. */
  attempts(issue: string): FixAttempt[];
  openAttempts(): FixAttempt[];
  starts(since: number): { readonly fix: string; readonly check: string; readonly at: number }[];
  counts(limit: number): IssueCount[];
  /** Ids of issues in one of these states that changed before. */
  older(states: readonly IssueState[], before: number): string[];
  prune(before: number): void;
  marks(): Map<string, CheckMark>;
  putMark(check: string, mark: CheckMark): void;
}

function toIssue(row: Row): IssueView {
  return {
    id: text(row['id']), check: text(row['check']), code: textOrNull(row['code']), message: text(row['message']), params: parsed(row['params']) as Json, dedupKey: textOrNull(row['dedup_key']),
    severity: text(row['severity']) as IssueSeverity, state: text(row['state']) as IssueState, occurrences: number(row['occurrences']), reopened: number(row['reopened']),
    firstSeenAt: number(row['first_seen_at']), lastSeenAt: number(row['last_seen_at']), changedAt: number(row['changed_at']), fix: textOrNull(row['fix']), attempts: number(row['attempts']),
    tries: number(row['tries']), maxAttempts: number(row['max_attempts']), fixed: row['fixed'] === null ? null : row['fixed'] === 1, nextTryAt: numberOrNull(row['next_try_at']), run: textOrNull(row['run']),
    error: text(row['error']), why: text(row['why']),
  };
}

function toAttempt(row: Row): FixAttempt {
  return {
    issue: text(row['issue']), number: number(row['number']), fix: text(row['fix']), attempt: number(row['attempt']), run: textOrNull(row['run']), by: text(row['by']),
    startedAt: number(row['started_at']), endedAt: numberOrNull(row['ended_at']), outcome: textOrNull(row['outcome']) as FixOutcome | null, why: text(row['why']),
  };
}

const COLUMNS = [
  'id', '"check"', 'code', 'message', 'params', 'dedup_key', 'severity', 'state', 'occurrences', 'reopened', 'first_seen_at', 'last_seen_at', 'changed_at', 'fix', 'attempts', 'tries', 'max_attempts', 'fixed',
  'next_try_at', 'run', 'error', 'why',
];

function statements(prepare: Prepare) {
  const order = 'ORDER BY changed_at DESC, id LIMIT ?';
  return {
    put: prepare(`INSERT OR REPLACE INTO issue (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`),
    drop: prepare('DELETE FROM issue WHERE id = ?'),
    dropAttempts: prepare('DELETE FROM fix_attempt WHERE issue = ?'),
    get: prepare('SELECT * FROM issue WHERE id = ?'),
    starting: prepare('SELECT * FROM issue WHERE id >= ? AND id < ? ORDER BY id LIMIT 2'),
    list: prepare(`SELECT * FROM issue WHERE (?1 IS NULL OR "check" = ?1) AND (?2 IS NULL OR code = ?2) AND (?3 IS NULL OR instr(?3, ' ' || state || ' ') > 0)
      AND (?4 IS NULL OR instr(lower(message), ?4) > 0) ORDER BY changed_at DESC, id LIMIT ?5`),
    live: prepare(`SELECT * FROM issue WHERE state NOT IN (${inList(OVER)}) ORDER BY first_seen_at, id`),
    putAttempt: prepare('INSERT OR REPLACE INTO fix_attempt (issue, number, fix, attempt, run, "by", started_at, ended_at, outcome, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    trimAttempts: prepare('DELETE FROM fix_attempt WHERE issue = ? AND number <= ?'),
    attempts: prepare('SELECT * FROM fix_attempt WHERE issue = ? ORDER BY number'),
    openAttempts: prepare('SELECT * FROM fix_attempt WHERE ended_at IS NULL ORDER BY started_at'),
    starts: prepare('SELECT a.fix AS fix, i."check" AS name, a.started_at AS at FROM fix_attempt a JOIN issue i ON i.id = a.issue WHERE a.started_at >= ? ORDER BY a.started_at'),
    counts: prepare(`SELECT "check" AS name, code, count(*) AS issues, count(*) FILTER (WHERE state NOT IN (${inList(OVER)})) AS live, sum(occurrences) AS occurrences, sum(reopened) AS reopened,
      sum(tries) AS attempts, count(*) FILTER (WHERE state = 'fixed') AS fixed, avg(changed_at - first_seen_at) FILTER (WHERE state = 'fixed' AND reopened = 0) AS mean
      FROM issue GROUP BY "check", code ORDER BY occurrences DESC, name, code LIMIT ?`),
    older: prepare(`SELECT id FROM issue WHERE state = ? AND changed_at < ? ${order}`),
    beyond: prepare(`SELECT id FROM issue WHERE state IN (${inList(OVER)}) ORDER BY changed_at DESC LIMIT ? OFFSET ${KEPT_OVER}`),
    marks: prepare('SELECT * FROM check_mark'),
    putMark: prepare('INSERT OR REPLACE INTO check_mark ("check", mark) VALUES (?, ?)'),
  } satisfies Record<string, Statement>;
}

const after = (prefix: string): string => `${prefix}\u{10FFFF}`;

/** Prepares every statement on an open database. Throws what SQLite throws. */
export function openIssueRows(db: DatabaseSync, prepare: Prepare = statementsOf(db)): IssueRows {
  const sql = statements(prepare);
  const drop = (id: string): void => {
    sql.dropAttempts.run(id);
    sql.drop.run(id);
  };
  const older = (state: string, before: number): string[] => sql.older.all(state, before, PRUNE_BATCH).map((row) => text(row['id']));
  return {
    put: (i) => void sql.put.run(
      i.id, i.check, i.code, i.message, json(i.params), i.dedupKey, i.severity, i.state, i.occurrences, i.reopened, i.firstSeenAt, i.lastSeenAt, i.changedAt, i.fix, i.attempts, i.tries, i.maxAttempts,
      i.fixed === null ? null : Number(i.fixed), i.nextTryAt, i.run, i.error, i.why,
    ),
    drop,
    get(id) {
      const row = sql.get.get(id);
      return row === undefined ? undefined : toIssue(row);
    },
    starting: (prefix) => sql.starting.all(prefix, after(prefix)).map(toIssue),
    list: ({ check, code, states, search, limit }) => sql.list.all(
      check ?? null, code ?? null, states === undefined ? null : ` ${states.join(' ')} `, search === undefined ? null : search.toLowerCase(), Math.min(limit, QUERY_LIMIT),
    ).map(toIssue),
    live: () => sql.live.all().map(toIssue),
    putAttempt(a) {
      sql.putAttempt.run(a.issue, a.number, a.fix, a.attempt, a.run, a.by, a.startedAt, a.endedAt, a.outcome, a.why);
      if (a.number > KEPT_ATTEMPTS) sql.trimAttempts.run(a.issue, a.number - KEPT_ATTEMPTS);
    },
    attempts: (issue) => sql.attempts.all(issue).map(toAttempt),
    openAttempts: () => sql.openAttempts.all().map(toAttempt),
    starts: (since) => sql.starts.all(since).map((row) => ({ fix: text(row['fix']), check: text(row['name']), at: number(row['at']) })),
    counts: (limit) => sql.counts.all(limit).map((row) => ({
      check: text(row['name']), code: textOrNull(row['code']), issues: number(row['issues']), live: number(row['live']), occurrences: number(row['occurrences']), reopened: number(row['reopened']),
      attempts: number(row['attempts']), fixed: number(row['fixed']), meanFixMs: row['mean'] === null ? null : Math.round(number(row['mean'])),
    })),
    older: (states, before) => states.flatMap((state) => older(state, before)),
    prune(before) {
      for (const state of OVER) for (const id of older(state, before)) drop(id);
      for (const row of sql.beyond.all(PRUNE_BATCH)) drop(text(row['id']));
    },
    marks: () => new Map(sql.marks.all().map((row) => [text(row['check']), parsed(row['mark']) as CheckMark])),
    putMark: (check, mark) => void sql.putMark.run(check, JSON.stringify(mark)),
  };
}
