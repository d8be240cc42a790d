// What must survive us. Reads come from SQLite; writes are queued and committed together, intents at once.
// When the file cannot be written the store goes on in memory, says so once, and writes everything down when it can again.
import { join } from 'node:path';
import type { DeadLetter } from '../contract/jobs.ts';
import type { AuditEntry } from '../contract/rest.ts';
import type { Clock, MonoMs } from '../os/ports/clock.ts';
import type { Intent, LifeRecord, Store, TransitionRecord, ViolationRecord } from '../os/ports/store.ts';
import { isDamage, openDatabase, openFile, openMemory, setAside } from './database.ts';
import { KEPT_VIOLATIONS_MS, openRows, type LifeEnd, type Rows } from './rows.ts';
import { openAlertBook, type AlertBook, type AlertWrite } from './alert-store.ts';
import { applyIssue, openIssueBook, type IssueBook, type IssueWrite } from './issue-store.ts';
import { applyRun, lettersOf, openRunBook, type RunBook, type RunWrite } from './run-store.ts';

type Write =
  | { readonly type: 'intent'; readonly process: string; readonly intent: Intent | null }
  | { readonly type: 'life'; readonly life: LifeRecord }
  | { readonly type: 'end'; readonly process: string; readonly incarnation: number; readonly end: LifeEnd }
  | { readonly type: 'transition'; readonly record: TransitionRecord }
  | { readonly type: 'violation'; readonly record: ViolationRecord }
  | { readonly type: 'audit'; readonly entry: AuditEntry }
  | { readonly type: 'job'; readonly write: RunWrite }
  | { readonly type: 'issue'; readonly write: IssueWrite }
  | { readonly type: 'alert'; readonly write: AlertWrite };

/** Where the store writes now. `disk` is set while it works in memory and could go back. */
interface Degraded {
  readonly disk: Rows;
  readonly since: MonoMs;
  /** What disk has not seen, oldest first. */
  missed: Write[];
  nextTry: MonoMs;
}

/** Writes wait this long for company. */
const COMMIT_AFTER_MS = 5;
/** So many queued writes are committed at once, whatever the timer says. */
const QUEUE_LIMIT = 2_048;
/** Writes remembered for a disk that is full; older ones are lost (intents never: they are written whole). */
const MISSED_LIMIT = 20_000;
/** A disk that refused a write is tried again after this, with the next write. */
const RETRY_AFTER_MS = 30_000;
/** History of a process that is gone from the configuration is kept this long. Looked at soon after the start, then daily. */
const KEPT_QUIET_MS = 90 * 86_400_000;
const TIDY_SOON_MS = 60_000;
const TIDY_EVERY_MS = 86_400_000;

export interface StoreOptions {
  /** Existing directory, or null for memory. The caller holds its lock (lock.ts). */
  readonly stateDir: string | null;
  /** Why stateDir is null. */
  readonly reason?: string | null;
  readonly warn: (message: string) => void;
  /** Names this boot and pid namespace (boot.ts): pids of another one mean nothing here. */
  readonly bootId: string;
  readonly clock: Clock;
}

function apply(rows: Rows, write: Write, bootId: string): void {
  switch (write.type) {
    case 'intent': return rows.putIntent(write.process, write.intent);
    case 'life': return rows.putLife(write.life, bootId);
    case 'end': return rows.endLife(write.process, write.incarnation, write.end);
    case 'transition': return rows.putTransition(write.record);
    case 'violation': return rows.putViolation(write.record);
    case 'audit': return rows.putAudit(write.entry);
    case 'job': return applyRun(rows.runs, write.write);
    case 'issue': return applyIssue(rows.issues, write.write);
    case 'alert': return rows.alerts.put(write.write);
    default: return write satisfies never;
  }
}

/** Makes the intents of a database those of `intents`, whatever it held. */
function replaceIntents(rows: Rows, intents: ReadonlyMap<string, Intent>): void {
  for (const process of rows.intents().keys()) if (!intents.has(process)) rows.putIntent(process, null);
  for (const [process, intent] of intents) rows.putIntent(process, intent);
}

/** What is known of the daemon's own doings whatever becomes of the file. */
interface Known {
  readonly intents: ReadonlyMap<string, Intent>;
  readonly book: RunBook;
  readonly issues: IssueBook;
  readonly alerts: AlertBook;
  readonly bootId: string;
}

/** Copies what the daemon itself needs: intents, jobs, and the newest life and transition of each process. History stays behind. */
function copyEssentials(from: Rows | null, letters: readonly DeadLetter[], to: Rows, { intents, book, issues, alerts, bootId }: Known): void {
  to.transaction(() => {
    to.putMeta('boot', bootId);
    replaceIntents(to, intents);
    book.copyEssentials(letters, to.runs);
    issues.copyEssentials(to.issues);
    alerts.copyTo(to.alerts);
    for (const process of from?.incarnations().keys() ?? []) {
      for (const life of from?.lives(process, 1) ?? []) to.putLife(life, bootId);
      for (const record of from?.transitions(process, 1) ?? []) to.putTransition(record);
    }
  });
}

/** What is written whole when the disk is back, since it is known, and not replayed. */
function isKnown(write: Write): boolean {
  return write.type === 'intent' || write.type === 'alert' || (write.type === 'job' && write.write.type !== 'prune_dead' && write.write.type !== 'retried');
}

function isOfLives(write: Write): boolean {
  return write.type === 'life' || write.type === 'end';
}

function isDurable(write: Write): boolean {
  return write.type === 'job' && write.write.type === 'run' && write.write.durable;
}

/** Writes that are remembered for later, bounded. */
function remember(missed: Write[], batch: readonly Write[]): Write[] {
  const all = [...missed, ...batch.filter((write) => !isKnown(write))];
  return all.length > MISSED_LIMIT ? all.slice(all.length - MISSED_LIMIT) : all;
}

/**
 * Opens the store. Never throws for the state of the file or the disk: a damaged file is set aside, an unwritable one
 * leaves the store in memory with `problem` set, each with one call of `warn`.
 */
export function openStore(options: StoreOptions): Store {
  const { bootId, clock, warn } = options;
  const opened = openDatabase(options.stateDir, options.reason ?? null, clock.wall(), warn);
  let rows = openRows(opened.db);
  let path = opened.path;
  let problem = opened.problem;
  let queue: Write[] = [];
  let timer: NodeJS.Timeout | null = null;
  let degraded: Degraded | null = null;
  let closed = false;
  let tidyTimer = setTimeout(tidy, TIDY_SOON_MS).unref();
  const intents = rows.intents();
  const incarnations = rows.incarnations();
  const book = openRunBook(rows.runs, {
    enqueue: (write) => enqueue({ type: 'job', write }),
    read: (what, none) => (closed ? none : read((from) => what(from.runs))),
  });
  const issues = openIssueBook(rows.issues, {
    enqueue: (write) => enqueue({ type: 'issue', write }),
    read: (what, none) => (closed ? none : read((from) => what(from.issues))),
  });
  const alerts = openAlertBook(rows.alerts, (write) => enqueue({ type: 'alert', write }));
  const known: Known = { intents, book, issues, alerts, bootId };

  function useMemory(batch: readonly Write[], cause: Error): void {
    const disk = rows;
    const now = clock.mono();
    const letters = lettersOf(disk.runs);
    rows = openRows(openMemory());
    try {
      copyEssentials(disk, letters, rows, known);
    } catch {
      copyEssentials(null, letters, rows, known); // the file cannot even be read: the intents are known here
    }
    degraded = { disk, since: now, missed: remember([], batch), nextTry: now + RETRY_AFTER_MS };
    problem = `${path}: ${cause.message}`;
    warn(`cannot write state to ${path}: ${cause.message}; it is kept in memory and written when that works again, next try in ${RETRY_AFTER_MS / 1000} s`);
    for (const write of batch) apply(rows, write, bootId);
  }

  function replaceDamaged(batch: readonly Write[], cause: Error): void {
    if (path === null || options.stateDir === null) return useMemory(batch, cause);
    const damaged = rows;
    const letters = lettersOf(damaged.runs);
    try {
      const file = join(options.stateDir, 'reeve.db');
      damaged.close();
      const aside = setAside(file, 'corrupt', clock.wall());
      rows = openRows(openFile(file));
      copyEssentials(null, letters, rows, known);
      rows.transaction(() => batch.forEach((write) => apply(rows, write, bootId)));
      warn(`cannot use the state in ${file}: ${cause.message}; it is kept as ${aside} and a fresh one begins, with what is stopped, disabled and under way now`);
    } catch (second) {
      rows = openRows(openMemory());
      copyEssentials(null, letters, rows, known);
      problem = `${path}: ${cause.message}`;
      path = null;
      warn(`cannot keep state: ${problem}, and it cannot be replaced: ${(second as Error).message}; it is kept in memory until the daemon ends`);
    }
  }

  function tryDisk(from: Degraded, batch: readonly Write[]): boolean {
    const all = remember(from.missed, batch);
    try {
      from.disk.transaction(() => {
        replaceIntents(from.disk, intents);
        book.copyBack(rows.runs, from.disk.runs);
        alerts.copyTo(from.disk.alerts);
        for (const write of all) apply(from.disk, write, bootId);
      });
    } catch {
      from.nextTry = clock.mono() + RETRY_AFTER_MS;
      return false;
    }
    rows.close();
    rows = from.disk;
    degraded = null;
    problem = null;
    warn(`state is written to ${path} again, after ${Math.round((clock.mono() - from.since) / 1000)} s`);
    return true;
  }

  function commit(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (queue.length === 0 || closed) return;
    const batch = queue;
    queue = [];
    if (degraded) {
      if (clock.mono() >= degraded.nextTry && tryDisk(degraded, batch)) return;
      degraded.missed = remember(degraded.missed, batch);
    }
    try {
      rows.transaction(() => {
        for (const write of batch) apply(rows, write, bootId);
      }, batch.some(isDurable));
    } catch (error) {
      if (isDamage(error)) replaceDamaged(batch, error as Error);
      else useMemory(batch, error as Error);
    }
  }

  function enqueue(write: Write): void {
    if (closed) return;
    queue.push(write);
    if (queue.length >= QUEUE_LIMIT) commit();
    else timer ??= setTimeout(commit, COMMIT_AFTER_MS);
  }

  function remembered(process: string, intent: Intent | null): void {
    const kept = intent !== null && (intent.stopped || intent.disabled) ? intent : null;
    if (kept) intents.set(process, kept);
    else intents.delete(process);
    if (!closed) queue.push({ type: 'intent', process, intent: kept });
  }

  /** `upToDate` false: nothing that waits to be written says anything about it. */
  function read<T>(what: (from: Rows) => T, upToDate = true): T {
    if (upToDate) commit();
    try {
      return what(rows);
    } catch (error) {
      if (!isDamage(error)) throw error;
      replaceDamaged([], error as Error);
      return what(rows);
    }
  }

  function list<T>(what: (from: Rows) => readonly T[]): readonly T[] {
    return closed ? [] : read(what);
  }

  function tidy(): void {
    tidyTimer = setTimeout(tidy, TIDY_EVERY_MS).unref();
    if (degraded) return;
    try {
      rows.transaction(() => {
        rows.forgetBefore(clock.wall() - KEPT_QUIET_MS, bootId);
        book.forgetBefore(rows.runs, clock.wall() - KEPT_QUIET_MS);
      });
    } catch {
      // Nothing is lost by keeping more; a file that cannot be written shows at the next write.
    }
  }

  function clearStopped(): void {
    for (const [process, intent] of intents) if (intent.stopped) remembered(process, { ...intent, stopped: false });
    commit();
  }

  // systemd's rule: what was stopped by hand is stopped for this boot. Disabled lasts.
  if (rows.meta('boot') !== bootId) {
    clearStopped();
    try {
      rows.transaction(() => rows.putMeta('boot', bootId));
    } catch (error) {
      useMemory([], error as Error);
    }
  }

  function setIntents(changes: Iterable<readonly [string, Intent | null]>): void {
    for (const [process, intent] of changes) remembered(process, intent);
    commit();
  }

  return {
    runs: book.store,
    issues: issues.store,
    alerts: alerts.store,
    get path() { return degraded ? null : path; },
    get problem() { return problem; },
    intents: () => intents,
    setIntent: (process, intent) => setIntents([[process, intent]]),
    setIntents,
    clearStopped,
    incarnations: () => incarnations,
    lifeStarted(life) {
      incarnations.set(life.process, Math.max(life.incarnation, incarnations.get(life.process) ?? 0));
      enqueue({ type: 'life', life });
    },
    lifeEnded: (process, incarnation, end) => enqueue({ type: 'end', process, incarnation, end }),
    transition: (record) => enqueue({ type: 'transition', record }),
    violated: (record) => enqueue({ type: 'violation', record }),
    violations: (process) => list((from) => from.violations(process, clock.wall() - KEPT_VIOLATIONS_MS)),
    lives: (process, limit) => list((from) => from.lives(process, limit)),
    transitions: (process, limit) => list((from) => from.transitions(process, limit)),
    // Asked before the first program starts: what else waits to be written can go on waiting.
    openLives: () => (closed ? [] : read((from) => from.openLives(bootId), queue.some(isOfLives))),
    audit: (entry) => enqueue({ type: 'audit', entry }),
    auditTrail: (limit) => list((from) => from.auditTrail(limit)),
    flush: commit,
    close() {
      if (closed) return;
      // The last chance of what a full disk refused.
      if (degraded) degraded.nextTry = clock.mono();
      if (degraded && queue.length === 0) tryDisk(degraded, []);
      commit();
      closed = true;
      clearTimeout(tidyTimer);
      rows.close();
      if (degraded) degraded.disk.close();
    },
  };
}
