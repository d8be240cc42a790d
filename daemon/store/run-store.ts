// What survives us of jobs, over the queue of the store: what must be known at once is kept here too, so that a damaged file or a full
// disk costs history and nothing else: open runs, numbers, last times, pauses and breakers.
import { RUN_STATES } from '../contract/jobs.ts';
import type { DeadLetter, LastRun, RunView } from '../contract/jobs.ts';
import type { RunExtras, RunStore } from '../os/ports/run-store.ts';
import type { BreakerMark, JobMark, Keep, RunRows } from './run-rows.ts';

export type RunWrite =
  | { readonly type: 'run'; readonly run: RunView; readonly durable: boolean }
  | { readonly type: 'extras'; readonly run: string; readonly extras: RunExtras }
  | { readonly type: 'mark'; readonly job: string; readonly mark: JobMark }
  | { readonly type: 'prune_runs'; readonly job: string; readonly newest: number; readonly keep: Keep }
  | { readonly type: 'dead'; readonly letter: DeadLetter }
  | { readonly type: 'retried'; readonly id: string; readonly as: string; readonly at: number }
  | { readonly type: 'prune_dead'; readonly before: number }
  | { readonly type: 'breaker'; readonly name: string; readonly mark: BreakerMark };

/** The queue of the store. */
export interface RunQueue {
  enqueue(write: RunWrite): void;
  /** Commits what is queued, then reads; `none` where the store is closed. */
  read<T>(what: (rows: RunRows) => T, none: T): T;
}

export interface RunBook {
  readonly store: RunStore;
  /** Puts what is known here, and these letters, into a fresh database: within a transaction of the caller. */
  copyEssentials(letters: readonly DeadLetter[], to: RunRows): void;
  /** Brings a file up to date with the database in memory that stood in for it: within a transaction of the caller. */
  copyBack(memory: RunRows, disk: RunRows): void;
  /** Drops what is left of jobs that nobody has spoken of since the start, from before that time. */
  forgetBefore(rows: RunRows, wallMs: number): void;
}

/** Dead letters that go along into a fresh database. */
const CARRIED_LETTERS = 1_000;
/** Runs that go back from memory to the disk. */
const CARRIED_RUNS = 10_000;
const NO_MARK: JobMark = { number: 0, firedAt: null, paused: null };

/** Writes one change down. */
export function applyRun(rows: RunRows, write: RunWrite): void {
  switch (write.type) {
    case 'run': return rows.put(write.run);
    case 'extras': return rows.putExtras(write.run, write.extras);
    case 'mark': return rows.putMark(write.job, write.mark);
    case 'prune_runs': return rows.prune(write.job, write.newest, write.keep);
    case 'dead': return rows.putDead(write.letter);
    case 'retried': return rows.markRetried(write.id, write.as, write.at);
    case 'prune_dead': return rows.pruneDead(write.before);
    case 'breaker': return rows.putBreaker(write.name, write.mark);
    default: return write satisfies never;
  }
}

/** The newest dead letters, oldest first; none where they cannot be read. */
export function lettersOf(rows: RunRows): readonly DeadLetter[] {
  try {
    return rows.dead({ limit: CARRIED_LETTERS }).toReversed();
  } catch {
    return [];
  }
}

function oneOf<T>(found: readonly T[]): T | 'ambiguous' | undefined {
  return found.length > 1 ? 'ambiguous' : found[0];
}

/** Reads what is known of jobs from `rows`, and answers for it from then on. */
export function openRunBook(rows: RunRows, queue: RunQueue): RunBook {
  const marks = rows.marks();
  const breakers = rows.breakers();
  const open = new Map(rows.open().map((run) => [run.id, run]));
  /** Jobs that this daemon knows. */
  const seen = new Set<string>();

  function setMark(job: string, change: Partial<JobMark>): void {
    const mark = { ...(marks.get(job) ?? NO_MARK), ...change };
    marks.set(job, mark);
    queue.enqueue({ type: 'mark', job, mark });
  }

  function pick<T>(of: (mark: JobMark) => T | null): Map<string, T> {
    const out = new Map<string, T>();
    for (const [job, mark] of marks) {
      const value = of(mark);
      if (value !== null) out.set(job, value);
    }
    return out;
  }

  const store: RunStore = {
    saveRun(run, durable = false) {
      seen.add(run.job);
      const first = !open.has(run.id);
      const final = RUN_STATES[run.state].final;
      if (final) open.delete(run.id);
      else open.set(run.id, run);
      queue.enqueue({ type: 'run', run, durable: durable && first && !final });
      if (run.number > (marks.get(run.job)?.number ?? 0)) setMark(run.job, { number: run.number });
    },
    saveExtras: (run, extras) => queue.enqueue({ type: 'extras', run, extras }),
    run: (id) => open.get(id) ?? queue.read((from) => from.get(id), undefined),
    findRun: (prefix) => (prefix === '' ? undefined : oneOf(queue.read((from) => from.starting(prefix.toLowerCase()), []))),
    extras: (run) => queue.read((from) => from.extras(run), undefined),
    runs: (query) => queue.read((from) => from.list(query), []),
    attempts: (first) => queue.read((from) => from.attempts(first), []),
    openRuns: () => [...open.values()],
    runNumbers: () => pick((mark) => (mark.number > 0 ? mark.number : null)),
    lastRuns: () => queue.read((from) => from.lastRuns(), new Map<string, LastRun>()),
    durations: (limit) => queue.read((from) => from.durations(limit), new Map<string, number[]>()),
    saveFire(job, at) {
      seen.add(job);
      setMark(job, { firedAt: at });
    },
    lastFires: () => pick((mark) => mark.firedAt),
    savePaused: (job, by, at) => setMark(job, { paused: by === null ? null : { by, at } }),
    paused: () => pick((mark) => mark.paused),
    saveDead: (letter) => queue.enqueue({ type: 'dead', letter }),
    dead: (query) => queue.read((from) => from.dead(query), []),
    findDead: (prefix) => (prefix === '' ? undefined : oneOf(queue.read((from) => from.deadStarting(prefix.toLowerCase()), []))),
    pendingDead: () => queue.read((from) => from.pendingDead(), new Map<string, number>()),
    markRetried: (id, as, at) => queue.enqueue({ type: 'retried', id, as, at }),
    pruneDead(before) {
      const { older, all } = queue.read((from) => from.countDead(before), { older: 0, all: 0 });
      if (older > 0) queue.enqueue({ type: 'prune_dead', before });
      return { deleted: older, left: all - older };
    },
    pruneRuns(job, keep) {
      seen.add(job);
      queue.enqueue({ type: 'prune_runs', job, newest: marks.get(job)?.number ?? 0, keep });
    },
    saveBreaker(name, state, data, at) {
      const mark = { state, data, at };
      breakers.set(name, mark);
      queue.enqueue({ type: 'breaker', name, mark });
    },
    breakers: () => breakers,
  };

  function putKnown(to: RunRows): void {
    for (const [job, mark] of marks) to.putMark(job, mark);
    for (const [name, mark] of breakers) to.putBreaker(name, mark);
  }

  return {
    store,
    copyEssentials(letters, to) {
      putKnown(to);
      for (const run of open.values()) to.put(run);
      for (const letter of letters) to.putDead(letter);
    },
    copyBack(memory, disk) {
      putKnown(disk);
      for (const run of disk.open()) if (!open.has(run.id) && memory.get(run.id) === undefined) disk.drop(run.id);
      for (const run of memory.list({ limit: CARRIED_RUNS }).toReversed()) {
        disk.put(run);
        const extras = memory.extras(run.id);
        if (extras !== undefined) disk.putExtras(run.id, extras);
      }
      for (const run of open.values()) disk.put(run);
      for (const letter of lettersOf(memory)) disk.putDead(letter);
    },
    forgetBefore(from, wallMs) {
      for (const job of marks.keys()) if (!seen.has(job) && from.forget(job, wallMs)) marks.delete(job);
    },
  };
}
