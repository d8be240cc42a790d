// The Processes port with Node's own means, for where node:ffi is not to be had: macOS, an older Node, REEVE_OS=portable.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { openGroups } from './cgroup.ts';
import type { LifeGroup } from './cgroup.ts';
import { mono } from './clock.ts';
import { guarded } from './guarded.ts';
import { createOomWatch } from './oom.ts';
import { createPortableSpawner } from './portable-spawn.ts';
import type { Child, ExitReport, OutputSource, Processes, SignalOutcome, SpawnOutcome, SpawnRequest } from './ports/processes.ts';
import { sendOutcome, signalExactly } from './precise-signal.ts';
import { type ProcessRow, type ProcessTable, readProcessTable } from './process-table.ts';
import { startTimeOf } from './proc.ts';
import { awaitNewline } from './ready-line.ts';
import { signalName, signalNumber } from './signals.ts';

interface Life {
  readonly child: Child;
  readonly handle: ChildProcess;
  readonly supervisionId: string;
  readonly onExit: (report: ExitReport) => void;
  readonly group: LifeGroup | null;
  /** We sent it KILL. */
  killed: boolean;
  ended: boolean;
  forgotten: boolean;
  /** Members that were seen, with their start times: they are recognised after they lost their parents. */
  readonly seen: Map<number, number>;
  waiting: (() => void) | null;
}

/** Polls for the end of a tree: at first after this long, then less and less often. */
const POLL_FIRST_MS = 20;
const POLL_MAX_MS = 500;
/** A table of all processes serves those who count for so long. */
const TABLE_FRESH_MS = 50;
const SIGKILL = 9;

/** The portable Processes. `warn` hears what a child runs without. `readTable`: in place of all processes of this machine, for tests. */
export function createPortableProcesses(warn: (message: string) => void, readTable: () => ProcessTable = readProcessTable): Processes {
  const spawner = createPortableSpawner(warn);
  const lives = new Map<Child, Life>();
  const mains = new Set<number>();
  const waiting = new Set<Life>();
  const groups = openGroups({ warn });
  const oom = createOomWatch(mono);
  /** Exits that nobody was told of yet. */
  let exits: { readonly life: Life; readonly code: number | null; readonly signal: NodeJS.Signals | null }[] = [];
  let settling: NodeJS.Immediate | null = null;
  let poller: NodeJS.Timeout | null = null;
  let pollMs = POLL_FIRST_MS;
  /** What was seen last by those who need not know it to the moment, and when. */
  let looked: ProcessTable | null = null;
  let lookedAt = -Infinity;

  function spawn(request: SpawnRequest): SpawnOutcome {
    const { id, limits, user } = request.spec;
    const group = user === null ? groups.make(`${id}.${request.incarnation}`, limits) : null;
    oom.note();
    const spawned = spawner.spawn(request, group?.wrapper(request.environment));
    if ('error' in spawned) {
      group?.remove();
      return spawned;
    }
    const handle = spawned.child;
    const pid = handle.pid!;
    const child: Child = { id: request.spec.id, incarnation: request.incarnation, pid, startTime: startTimeOf(pid) };
    const life: Life = {
      child,
      handle,
      supervisionId: request.supervisionId,
      onExit: request.onExit,
      group,
      killed: false,
      ended: false,
      forgotten: false,
      seen: new Map(),
      waiting: null,
    };
    lives.set(child, life);
    mains.add(pid);
    handle.on('error', () => {});
    handle.once('exit', (code, signal) => ended(life, code, signal));
    // A child that closes its stdin is no news: whoever writes hears it from the callback of write().
    handle.stdin?.on('error', () => {});
    const ready = request.spec.ready?.kind === 'fd' ? ((handle.stdio as readonly unknown[])[request.spec.ready.fd] as Readable) : null;
    if (ready !== null) {
      awaitNewline(ready, () => request.onReady?.());
      handle.once('exit', () => ready.destroy());
    }
    return { child, stdout: sourceOf(handle.stdout), stderr: sourceOf(handle.stderr), stdin: handle.stdin };
  }

  function ended(life: Life, code: number | null, signal: NodeJS.Signals | null): void {
    life.ended = true;
    mains.delete(life.child.pid);
    exits.push({ life, code, signal });
    settling ??= setImmediate(look);
  }

  /** One table for all who ended in this turn of the loop, read after the last of them: many who end at once cost one look, not one each. */
  function look(): void {
    if (settling !== null) clearImmediate(settling);
    settling = null;
    const batch = exits;
    exits = [];
    const table = readTable();
    for (const { life, code, signal } of batch) guarded(() => report(life, code, signal, members(life, table)));
    for (const life of waiting) {
      if (!life.ended || members(life, table).length > 0) continue;
      waiting.delete(life);
      drop(life);
      const callback = life.waiting;
      life.waiting = null;
      if (callback !== null) guarded(callback);
    }
    // Who still runs needs no looking: the look comes with its exit.
    if ([...waiting].some((life) => life.ended)) pollLater();
    else pollMs = POLL_FIRST_MS;
  }

  function report(life: Life, code: number | null, signal: NodeJS.Signals | null, left: readonly number[]): void {
    const oomKills = life.group?.oomKills() ?? 0;
    const number = signal === null ? null : signalNumber(signal);
    if (left.length === 0 && life.waiting === null) drop(life);
    if (life.forgotten) return;
    // libuv does not say whether a core was dumped.
    const short = signal !== 'SIGKILL' ? null : oomKills > 0 ? 'sure' : !life.killed && oom.struck() ? 'likely' : null;
    life.onExit({ child: life.child, code, signal: number === null ? null : signalName(number), coreDumped: false, left, usage: null, ...(short === null ? {} : { oom: short }) });
  }

  /** Nobody of it is left, or is looked for any more. */
  function drop(life: Life): void {
    lives.delete(life.child);
    life.group?.remove();
  }

  /** By control group, parent, process group, session, memory of earlier looks, and (unless `quick`) the marker in the environment, which is the costly part. */
  function members(life: Life, table: ProcessTable, quick = false): number[] {
    const { pid, startTime } = life.child;
    const found = new Map<number, ProcessRow>();
    // Who is older than the life, or a main process, cannot be an orphan of it: that spares most of the costly looks.
    const marked = (row: ProcessRow): boolean =>
      !mains.has(row.pid) && row.startTime >= startTime && row.supervisionId() === life.supervisionId;
    const belongs = (row: ProcessRow): boolean =>
      row.pgrp === pid || row.session === pid || life.seen.get(row.pid) === row.startTime || (!quick && marked(row));
    const collect = (row: ProcessRow): void => {
      if (found.has(row.pid)) return;
      found.set(row.pid, row);
      for (const child of table.childrenOf(row.pid)) collect(child);
    };
    const main = life.ended ? undefined : table.get(pid);
    if (main !== undefined) collect(main);
    for (const member of life.group?.members() ?? []) {
      const row = table.get(member);
      if (row !== undefined) collect(row);
    }
    for (const row of table.rows) {
      if (!found.has(row.pid) && row.pid !== process.pid && row.pid !== pid && belongs(row)) collect(row);
    }
    for (const row of found.values()) life.seen.set(row.pid, row.startTime);
    return [...found.values()].filter(({ running }) => running).map((row) => row.pid);
  }

  /** A table that may be some milliseconds old. */
  function recentTable(): ProcessTable {
    const now = mono();
    if (looked === null || lookedAt + TABLE_FRESH_MS < now) {
      looked = readTable();
      lookedAt = now;
    }
    return looked;
  }

  function poll(): void {
    poller = null;
    pollMs = Math.min(pollMs * 2, POLL_MAX_MS);
    look();
  }

  function pollLater(): void {
    poller ??= setTimeout(poll, pollMs);
  }

  function signalTree(life: Life, number: number): SignalOutcome {
    const told = new Set<number>();
    if (number === SIGKILL && life.group !== null) {
      for (const pid of life.group.members()) told.add(pid);
      if (!life.group.kill()) told.clear();
    }
    for (let round = 0; round < 8; round += 1) {
      const table = readTable();
      const fresh = members(life, table).filter((pid) => !told.has(pid));
      if (fresh.length === 0) break;
      for (const pid of fresh) {
        told.add(pid);
        if (pid === life.child.pid) sendOutcome(pid, number);
        else signalExactly(null, pid, table.get(pid)!.startTime, number);
      }
    }
    return told.size > 0 ? { pids: [...told] } : { gone: true };
  }

  function signal(child: Child, name: string, scope: 'main' | 'group' | 'tree'): SignalOutcome {
    const number = signalNumber(name);
    if (number === null) return { error: `cannot signal ${child.id}: there is no signal '${name}'` };
    const life = lives.get(child);
    if (life === undefined || life.forgotten) return { gone: true };
    life.killed ||= number === SIGKILL;
    if (scope === 'tree') return signalTree(life, number);
    // As long as the main process was not waited for, the number is its own and the kernel finds the others; then only who is seen in it vouches for it.
    const table = scope === 'main' ? null : life.ended ? readTable() : recentTable();
    const others = table === null ? [] : members(life, table, true).filter((pid) => pid !== child.pid && table.get(pid)?.pgrp === child.pid);
    if (life.ended && others.length === 0) return { gone: true };
    const pids = life.ended ? others : [child.pid, ...others];
    const problem = sendOutcome(scope === 'main' ? child.pid : -child.pid, number);
    if (problem === null) return { pids };
    return problem === 'ESRCH' ? { gone: true } : { error: `cannot signal ${child.id} (pid ${child.pid}): ${problem}` };
  }

  return {
    name: 'portable',
    spawn,
    signal,
    tree(child) {
      const life = lives.get(child);
      return life === undefined || life.forgotten ? [] : members(life, readTable());
    },
    trees(children) {
      // A round comes in slices, one soon after the other.
      const table = recentTable();
      const found = new Map<Child, readonly number[]>();
      for (const child of children) {
        const life = lives.get(child);
        if (life !== undefined && !life.forgotten) found.set(child, members(life, table, true));
      }
      return found;
    },
    counted: (child) => lives.get(child)?.group?.usage() ?? null,
    ran: () => null,
    limit: (child, limits) => lives.get(child)?.group?.wall(limits),
    whenGone(child, callback) {
      const life = lives.get(child);
      if (life === undefined || life.forgotten) {
        setImmediate(callback);
        return;
      }
      life.waiting = callback;
      waiting.add(life);
      if (life.ended) pollLater();
    },
    forget(child) {
      const life = lives.get(child);
      if (life === undefined) return;
      life.forgotten = true;
      waiting.delete(life);
      drop(life);
    },
    // Orphans go to init, not to us.
    unattributed: () => [],
    onStranger() {
      // Nobody is reaped here but by libuv, which knows its own.
    },
    endStray(pid, startTime, name) {
      const number = signalNumber(name);
      return number !== null && signalExactly(null, pid, startTime, number);
    },
    dispose() {
      spawner.dispose();
      groups.dispose();
      if (poller !== null) clearTimeout(poller);
      if (settling !== null) clearImmediate(settling);
      waiting.clear();
    },
  };
}

function sourceOf(stream: Readable | null): OutputSource | null {
  return stream === null ? null : { stream };
}
