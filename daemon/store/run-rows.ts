// Every statement about runs of jobs, dead letters and breakers, prepared once per connection, and the way between rows and records.
import type { DatabaseSync } from 'node:sqlite';
import { RUN_STATES } from '../contract/jobs.ts';
import type { DeadLetter, DeadQuery, LastRun, RunQuery, RunState, RunView } from '../contract/jobs.ts';
import type { RunExtras } from '../os/ports/run-store.ts';
import { json, number, numberOrNull, parsed, text, textOrNull, type Row } from './cells.ts';
import { statementsOf } from './statement.ts';
import type { Prepare, Statement } from './statement.ts';

/** Runs whose last words are kept, in all: the newest. */
export const KEPT_EXTRAS = 20_000;
/** Dead letters kept, in all: the newest. */
export const KEPT_DEAD = 10_000;
/** Rows that one query gives, at most. */
const QUERY_LIMIT = 10_000;
/** Attempts of the same work that are shown: the newest. */
const ATTEMPTS_LIMIT = 1_000;
/** Runs that one call of a pruning drops of each kind, so that it is short; the next call goes on. */
const PRUNE_BATCH = 50;
/** Runs of a forgotten job dropped per day. */
const FORGET_BATCH = 5_000;
/** Old extras and letters are dropped once per this many new ones. */
const PRUNE_EVERY = 32;

const OPEN: readonly RunState[] = ['scheduled', 'queued', 'running'];
/** Ends that nobody has to look into: kept for `okMs`, all others for `failedMs`. */
const QUIET: readonly RunState[] = ['succeeded', 'skipped', 'cancelled'];
const FINAL = (Object.keys(RUN_STATES) as RunState[]).filter((state) => RUN_STATES[state].final);

/** What is known of a job beside its runs. */
export interface JobMark {
  /** The highest number given to a run. */
  readonly number: number;
  readonly firedAt: number | null;
  readonly paused: { readonly by: string; readonly at: number } | null;
}

export interface BreakerMark {
  readonly state: string;
  readonly data: string;
  readonly at: number;
}

export interface Keep {
  readonly okBefore: number;
  readonly failedBefore: number;
  readonly keep: number;
}

/** What can be done with the run tables of one open database. Writers belong inside a transaction of the caller. */
export interface RunRows {
  put(run: RunView): void;
  drop(run: string): void;
  putExtras(run: string, extras: RunExtras): void;
  get(id: string): RunView | undefined;
  /** At most two runs whose ids begin so. */
  starting(prefix: string): RunView[];
  extras(run: string): RunExtras | undefined;
  list(query: RunQuery): RunView[];
  attempts(first: string): RunView[];
  open(): RunView[];
  durations(limit: number): Map<string, number[]>;
  lastRuns(): Map<string, LastRun>;
  prune(job: string, newest: number, keep: Keep): void;
  marks(): Map<string, JobMark>;
  putMark(job: string, mark: JobMark): void;
  /** Drops runs of a job that began before; when none is left, the job too: true. */
  forget(job: string, before: number): boolean;
  putDead(letter: DeadLetter): void;
  dead(query: DeadQuery): DeadLetter[];
  deadStarting(prefix: string): DeadLetter[];
  /** Letters that were not tried again, by job. */
  pendingDead(): Map<string, number>;
  markRetried(id: string, as: string, at: number): void;
  countDead(before: number): { readonly older: number; readonly all: number };
  pruneDead(before: number): void;
  breakers(): Map<string, BreakerMark>;
  putBreaker(name: string, mark: BreakerMark): void;
}

function toRun(row: Row): RunView {
  return {
    id: text(row['id']), job: text(row['job']), number: number(row['number']), state: text(row['state']) as RunState,
    trigger: text(row['trigger']) as RunView['trigger'], initiator: text(row['initiator']), args: parsed(row['args']) as readonly string[],
    key: textOrNull(row['key']), attempt: number(row['attempt']), first: textOrNull(row['first']), parent: textOrNull(row['parent']),
    scheduledAt: numberOrNull(row['scheduled_at']), createdAt: number(row['created_at']), dueAt: numberOrNull(row['due_at']),
    startedAt: numberOrNull(row['started_at']), endedAt: numberOrNull(row['ended_at']), pid: numberOrNull(row['pid']),
    code: numberOrNull(row['code']), signal: textOrNull(row['signal']), cause: textOrNull(row['cause']) as RunView['cause'],
    why: text(row['why']), fallback: row['fallback'] === 1, peakRssBytes: numberOrNull(row['peak_rss_bytes']), cpuMs: numberOrNull(row['cpu_ms']),
    heartbeat: parsed(row['heartbeat']) as RunView['heartbeat'], progress: parsed(row['progress']) as RunView['progress'],
    result: parsed(row['result']) as RunView['result'], status: text(row['status']),
  };
}

function toExtras(row: Row): RunExtras {
  return {
    argv: parsed(row['argv']) as RunExtras['argv'], output: text(row['output']), heartbeats: parsed(row['heartbeats']) as RunExtras['heartbeats'],
    errors: parsed(row['errors']) as RunExtras['errors'], violations: parsed(row['violations']) as RunExtras['violations'],
    outputEnd: row['output_end'] === null ? null : number(row['output_end']), outputBytes: row['output_bytes'] instanceof Uint8Array ? row['output_bytes'] : null,
  };
}

function toDead(row: Row): DeadLetter {
  return {
    id: text(row['id']), job: text(row['job']), argv: parsed(row['argv']) as readonly string[], args: parsed(row['args']) as readonly string[],
    environment: parsed(row['environment']) as readonly string[], code: numberOrNull(row['code']), signal: textOrNull(row['signal']),
    cause: textOrNull(row['cause']) as DeadLetter['cause'], why: text(row['why']), output: text(row['output']), attempts: number(row['attempts']),
    failedAt: number(row['failed_at']), retriedAt: numberOrNull(row['retried_at']), retriedAs: textOrNull(row['retried_as']),
  };
}

function toMark(row: Row): JobMark {
  const by = textOrNull(row['paused_by']);
  return { number: number(row['number']), firedAt: numberOrNull(row['fired_at']), paused: by === null ? null : { by, at: number(row['paused_at']) } };
}

const RUN_COLUMNS = [
  'id', 'job', 'number', 'state', '"trigger"', 'initiator', 'args', 'key', 'attempt', 'first', 'parent', 'scheduled_at', 'created_at',
  'due_at', 'started_at', 'ended_at', 'over_at', 'pid', 'code', 'signal', 'cause', 'why', 'fallback', 'peak_rss_bytes', 'cpu_ms',
  'heartbeat', 'progress', 'result', 'status',
];
const DEAD_COLUMNS = [
  'id', 'job', 'failed_at', 'retried_at', 'retried_as', 'argv', 'args', 'environment', 'code', 'signal', 'cause', 'why', 'output', 'attempts',
];

/** INSERT, or UPDATE of the row with the same `key`, which keeps its number (REPLACE would give it a new one). */
function upsert(table: string, key: string, columns: readonly string[]): string {
  const set = columns.filter((column) => column !== key).map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT (${key}) DO UPDATE SET ${set.join(', ')}`;
}

function statements(prepare: Prepare) {
  const between = 'created_at >= ? AND created_at < ?';
  return {
    put: prepare(upsert('run', 'id', RUN_COLUMNS)),
    drop: prepare('DELETE FROM run WHERE id = ?'),
    dropExtras: prepare('DELETE FROM run_extra WHERE run = ?'),
    putExtras: prepare(upsert('run_extra', 'run', ['run', 'argv', 'output', 'heartbeats', 'errors', 'violations', 'output_end', 'output_bytes'])),
    pruneExtras: prepare('DELETE FROM run_extra WHERE n <= (SELECT max(n) FROM run_extra) - ?'),
    get: prepare('SELECT * FROM run WHERE id = ?'),
    starting: prepare('SELECT * FROM run WHERE id >= ? AND id < ? ORDER BY id LIMIT 2'),
    extras: prepare('SELECT * FROM run_extra WHERE run = ?'),
    all: prepare(`SELECT * FROM run WHERE ${between} ORDER BY created_at DESC, n DESC LIMIT ?`),
    ofJob: prepare(`SELECT * FROM run WHERE job = ? AND ${between} ORDER BY number DESC LIMIT ?`),
    inState: prepare(`SELECT * FROM run WHERE state = ? AND ${between} ORDER BY created_at DESC, n DESC LIMIT ?`),
    retries: prepare('SELECT * FROM run WHERE first = ? ORDER BY attempt DESC LIMIT ?'),
    open: prepare(`SELECT * FROM run WHERE state IN (${OPEN.map((state) => `'${state}'`).join(', ')}) ORDER BY n`),
    durations: prepare("SELECT over_at - started_at AS ms FROM run WHERE job = ? AND state = 'succeeded' AND started_at IS NOT NULL ORDER BY over_at DESC LIMIT ?"),
    last: prepare('SELECT id, state, started_at, ended_at, why FROM run WHERE job = ? AND started_at IS NOT NULL AND ended_at IS NOT NULL ORDER BY number DESC LIMIT 1'),
    over: prepare('SELECT id FROM run WHERE job = ? AND state = ? AND over_at < ? LIMIT ?'),
    beyond: prepare('SELECT id FROM run WHERE job = ? AND number <= ? AND over_at IS NOT NULL LIMIT ?'),
    began: prepare('SELECT id FROM run WHERE job = ? AND created_at < ? LIMIT ?'),
    anyOf: prepare('SELECT 1 FROM run WHERE job = ? LIMIT 1'),
    marks: prepare('SELECT * FROM job'),
    putMark: prepare('INSERT OR REPLACE INTO job (job, number, fired_at, paused_by, paused_at) VALUES (?, ?, ?, ?, ?)'),
    dropMark: prepare('DELETE FROM job WHERE job = ?'),
    putDead: prepare(upsert('dead', 'id', DEAD_COLUMNS)),
    keepDead: prepare('DELETE FROM dead WHERE n <= (SELECT max(n) FROM dead) - ?'),
    dead: prepare('SELECT * FROM dead WHERE failed_at >= ? ORDER BY failed_at DESC, n DESC'),
    deadOf: prepare('SELECT * FROM dead WHERE job = ? AND failed_at >= ? ORDER BY failed_at DESC, n DESC'),
    deadStarting: prepare('SELECT * FROM dead WHERE id >= ? AND id < ? ORDER BY id LIMIT 2'),
    pendingDead: prepare('SELECT job, count(*) AS n FROM dead WHERE retried_at IS NULL GROUP BY job'),
    markRetried: prepare('UPDATE dead SET retried_at = ?, retried_as = ? WHERE id = ?'),
    countDead: prepare('SELECT count(*) FILTER (WHERE failed_at < ?) AS older, count(*) AS whole FROM dead'),
    pruneDead: prepare('DELETE FROM dead WHERE failed_at < ?'),
    breakers: prepare('SELECT * FROM breaker'),
    putBreaker: prepare('INSERT OR REPLACE INTO breaker (name, state, data, at) VALUES (?, ?, ?, ?)'),
  } satisfies Record<string, Statement>;
}

/** The end of the range of ids that begin with `prefix`: above every character that can follow. */
const after = (prefix: string): string => `${prefix}\u{10FFFF}`;

/** Prepares every statement on an open database. Throws what SQLite throws. */
export function openRunRows(db: DatabaseSync, prepare: Prepare = statementsOf(db)): RunRows {
  const sql = statements(prepare);
  const dropAll = (rows: readonly Row[]): void => {
    for (const { id } of rows) {
      sql.dropExtras.run(text(id));
      sql.drop.run(text(id));
    }
  };
  return {
    put(run) {
      const overAt = RUN_STATES[run.state].final ? (run.endedAt ?? run.createdAt) : null;
      sql.put.run(
        run.id, run.job, run.number, run.state, run.trigger, run.initiator, JSON.stringify(run.args), run.key, run.attempt, run.first,
        run.parent, run.scheduledAt, run.createdAt, run.dueAt, run.startedAt, run.endedAt, overAt, run.pid, run.code, run.signal, run.cause,
        run.why, Number(run.fallback), run.peakRssBytes, run.cpuMs, json(run.heartbeat), json(run.progress), json(run.result), run.status,
      );
    },
    drop: (run) => dropAll([{ id: run }]),
    putExtras(run, extras) {
      const { lastInsertRowid } = sql.putExtras.run(
        run, JSON.stringify(extras.argv), extras.output, JSON.stringify(extras.heartbeats), JSON.stringify(extras.errors), JSON.stringify(extras.violations), extras.outputEnd, extras.outputBytes,
      );
      if (Number(lastInsertRowid) % PRUNE_EVERY === 0) sql.pruneExtras.run(KEPT_EXTRAS);
    },
    get(id) {
      const row = sql.get.get(id);
      return row === undefined ? undefined : toRun(row);
    },
    starting: (prefix) => sql.starting.all(prefix, after(prefix)).map(toRun),
    extras(run) {
      const row = sql.extras.get(run);
      return row === undefined ? undefined : toExtras(row);
    },
    list(query) {
      const limit = Math.min(query.limit, QUERY_LIMIT);
      const range = [query.since ?? 0, query.until ?? Number.MAX_SAFE_INTEGER] as const;
      const { job, states } = query;
      if (states === undefined) return (job === undefined ? sql.all.all(...range, limit) : sql.ofJob.all(job, ...range, limit)).map(toRun);
      if (job !== undefined) {
        const out: RunView[] = [];
        for (const row of sql.ofJob.iterate(job, ...range, QUERY_LIMIT)) {
          if (out.length >= limit) break;
          if (states.includes(text(row['state']) as RunState)) out.push(toRun(row));
        }
        return out;
      }
      const found = [...new Set(states)].flatMap((state) => sql.inState.all(state, ...range, limit));
      return found.toSorted((a, b) => number(b['created_at']) - number(a['created_at']) || number(b['n']) - number(a['n'])).slice(0, limit).map(toRun);
    },
    attempts(first) {
      const one = sql.get.get(first);
      return [...(one === undefined ? [] : [one]), ...sql.retries.all(first, ATTEMPTS_LIMIT).toReversed()].map(toRun);
    },
    open: () => sql.open.all().map(toRun),
    durations(limit) {
      const out = new Map<string, number[]>();
      for (const { job } of sql.marks.all()) {
        const rows = sql.durations.all(text(job), limit);
        if (rows.length > 0) out.set(text(job), rows.map((row) => number(row['ms'])));
      }
      return out;
    },
    lastRuns() {
      const out = new Map<string, LastRun>();
      for (const { job } of sql.marks.all()) {
        const row = sql.last.get(text(job));
        if (row === undefined) continue;
        const endedAt = number(row['ended_at']);
        out.set(text(job), { id: text(row['id']), state: text(row['state']) as RunView['state'], endedAt, durationMs: endedAt - number(row['started_at']), why: text(row['why']) });
      }
      return out;
    },
    prune(job, newest, { okBefore, failedBefore, keep }) {
      for (const state of FINAL) dropAll(sql.over.all(job, state, QUIET.includes(state) ? okBefore : failedBefore, PRUNE_BATCH));
      dropAll(sql.beyond.all(job, newest - keep, PRUNE_BATCH));
    },
    marks: () => new Map(sql.marks.all().map((row) => [text(row['job']), toMark(row)])),
    putMark: (job, { number: n, firedAt, paused }) => void sql.putMark.run(job, n, firedAt, paused?.by ?? null, paused?.at ?? null),
    forget(job, before) {
      dropAll(sql.began.all(job, before, FORGET_BATCH));
      const gone = sql.anyOf.get(job) === undefined;
      if (gone) sql.dropMark.run(job);
      return gone;
    },
    putDead(d) {
      const { lastInsertRowid } = sql.putDead.run(
        d.id, d.job, d.failedAt, d.retriedAt, d.retriedAs, JSON.stringify(d.argv), JSON.stringify(d.args), JSON.stringify(d.environment),
        d.code, d.signal, d.cause, d.why, d.output, d.attempts,
      );
      if (Number(lastInsertRowid) % PRUNE_EVERY === 0) sql.keepDead.run(KEPT_DEAD);
    },
    dead({ job, since = 0, pending = false, limit }) {
      const out: DeadLetter[] = [];
      for (const row of job === undefined ? sql.dead.iterate(since) : sql.deadOf.iterate(job, since)) {
        if (out.length >= Math.min(limit, QUERY_LIMIT)) break;
        if (!pending || row['retried_at'] === null) out.push(toDead(row));
      }
      return out;
    },
    deadStarting: (prefix) => sql.deadStarting.all(prefix, after(prefix)).map(toDead),
    pendingDead: () => new Map(sql.pendingDead.all().map((row) => [text(row['job']), number(row['n'])])),
    markRetried: (id, as, at) => void sql.markRetried.run(at, as, id),
    countDead(before) {
      const row = sql.countDead.get(before);
      return { older: number(row?.['older']), all: number(row?.['whole']) };
    },
    pruneDead: (before) => void sql.pruneDead.run(before),
    breakers: () => new Map(sql.breakers.all().map((row) => [text(row['name']), { state: text(row['state']), data: text(row['data']), at: number(row['at']) }])),
    putBreaker: (name, { state, data, at }) => void sql.putBreaker.run(name, state, data, at),
  };
}
