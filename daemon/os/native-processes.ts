// The Processes port on Linux: posix_spawn, one reaper, and a lineage that knows whose orphans are whose.
import { openGroups } from './cgroup.ts';
import { openCpuClock } from './cpu-clock.ts';
import { createFreedMemory } from './freed-memory.ts';
import { guarded } from './guarded.ts';
import { createLineage, type Life } from './lineage.ts';
import { watchLibuvChildren } from './libuv-children.ts';
import { createReaper, type ReapedExit } from './native-reaper.ts';
import { createSpawner } from './native-spawn.ts';
import { mono } from './clock.ts';
import { createOomWatch } from './oom.ts';
import type { Child, ExitReport, Processes, SignalOutcome, SpawnOutcome, SpawnRequest } from './ports/processes.ts';
import { sendOutcome, signalExactly } from './precise-signal.ts';
import { commandLineOf, readStat } from './proc.ts';
import { awaitNewline, readableOf } from './ready-line.ts';
import { signalNumber } from './signals.ts';
import { PR_SET_CHILD_SUBREAPER, type Sys } from './sys.ts';

type OnStranger = (pid: number, code: number | null, signal: string | null) => void;

/** While somebody waits for a tree to be gone, we look ourselves too, at first after this long … */
const LOOK_FIRST_MS = 50;
/** … then at most this often: exits of orphans wake us, this is for what makes no noise. */
const LOOK_MAX_MS = 250;
/** Rounds of signalling a tree: who forks while being signalled is found in the next one. */
const TREE_ROUNDS = 8;
const SIGKILL = 9;
/** An orphan that nobody can be held to account for is worth a word when it lives for this long. */
const UNKNOWN_MS = 1000;
/** A timer that only keeps the event loop alive: SIGCHLD does not. */
const FOREVER_MS = 2 ** 31 - 1;

/** One per process: two would reap each other's children. `warn` hears what a child runs without. */
export function createNativeProcesses(sys: Sys, warn: (message: string) => void, softFiles = 0): Processes & { readonly subreaper: boolean } {
  const lineage = createLineage((pid) => libuv.has(pid), (pid) => {
    unknown.add(pid);
    unknownTimer ??= setTimeout(nameUnknown, UNKNOWN_MS).unref();
  });
  // After what may throw (a kernel without the list of children): a portable daemon does not reap whom it would adopt.
  const subreaper = sys.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0;
  const libuv = watchLibuvChildren();
  const spawner = createSpawner(sys, warn, softFiles);
  const strangers: OnStranger[] = [];
  const waiting = new Set<Life>();
  const groups = openGroups({ warn });
  const oom = createOomWatch(mono);
  const { mallocTrim } = sys;
  const freed = createFreedMemory(mallocTrim === null ? null : () => void mallocTrim(0n));
  /** Orphans of unknown origin that nobody was told of yet. */
  const unknown = new Set<number>();
  let cpuClock: ReturnType<typeof openCpuClock> | null = null;
  let unknownTimer: NodeJS.Timeout | null = null;
  let keepAlive: NodeJS.Timeout | null = null;
  let looker: NodeJS.Timeout | null = null;
  let lookMs = LOOK_FIRST_MS;

  const reaper = createReaper(
    sys,
    (pid) => {
      if (lineage.main(pid) !== undefined) return 'ours';
      if (libuv.has(pid)) return 'libuv';
      return lineage.ownerOf(pid) ? 'ours' : 'unknown';
    },
    settle,
  );

  /** Everything that follows from exits: attribute whoever became ours by them, then tell. */
  function settle(batch: readonly ReapedExit[]): void {
    const reports: (() => void)[] = [];
    const ended: { life: Life; exit: ReapedExit }[] = [];
    const affected = new Set<Life>();
    for (const exit of batch) {
      const life = lineage.main(exit.pid);
      if (life !== undefined) {
        lineage.ended(life);
        // Nothing else closes it: a pipe that is only written to does not tell that its reader is gone.
        life.stdin?.destroy();
        life.ready?.destroy();
        ended.push({ life, exit });
        affected.add(life);
        continue;
      }
      const owner = lineage.lost(exit.pid);
      if (owner !== null) affected.add(owner);
      else for (const tell of strangers) reports.push(() => tell(exit.pid, exit.code, exit.signal));
    }
    lineage.look();
    for (const {
      life,
      exit: { code, signal, coreDumped, usage },
    } of ended) {
      const left = life.adopted.size === 0 ? [] : lineage.members(life);
      const short = outOfMemory(life, signal);
      const report: ExitReport = { child: life.child, code, signal, coreDumped, left, usage, ...(short === null ? {} : { oom: short }) };
      if (!life.forgotten) reports.push(() => life.onExit(report));
    }
    for (const life of affected) lineage.release(life);
    for (const report of reports) guarded(report);
    tellGone();
    holdLoop();
  }

  /** Its own group says it for sure; without one, a KILL that nobody here sent, at a time when the kernel ended somebody. */
  function outOfMemory(life: Life, signal: string | null): 'sure' | 'likely' | null {
    if (signal !== 'KILL') return null;
    if ((life.group?.oomKills() ?? 0) > 0) return 'sure';
    return !life.killed && oom.struck() ? 'likely' : null;
  }

  function nameUnknown(): void {
    unknownTimer = null;
    for (const { pid } of lineage.unowned()) {
      if (!unknown.has(pid)) continue;
      warn(`adopted pid ${pid} (${commandLineOf(pid)}): its parents are gone, and nothing tells which program left it, so no stop ends it`);
    }
    unknown.clear();
  }

  const isGone = (life: Life): boolean => life.reaped && life.adopted.size === 0;

  function tellGone(): void {
    for (const life of waiting) {
      if (!isGone(life)) continue;
      waiting.delete(life);
      const callback = life.waiting;
      life.waiting = null;
      if (callback !== null) guarded(callback);
    }
  }

  /** The event loop lives while a child does, or while somebody waits. */
  function holdLoop(): void {
    const needed = lineage.mains.size > 0 || waiting.size > 0;
    if (needed) keepAlive ??= setInterval(() => {}, FOREVER_MS);
    else if (keepAlive !== null) {
      clearInterval(keepAlive);
      keepAlive = null;
    }
  }

  function lookLater(): void {
    looker ??= setTimeout(() => {
      looker = null;
      reaper.reap();
      lineage.look();
      tellGone();
      lookMs = Math.min(lookMs * 2, LOOK_MAX_MS);
      if (waiting.size > 0) lookLater();
      else lookMs = LOOK_FIRST_MS;
      holdLoop();
    }, lookMs);
  }

  function spawn(request: SpawnRequest): SpawnOutcome {
    const { id, limits } = request.spec;
    const group = groups.make(`${id}.${request.incarnation}`, limits);
    oom.note();
    const spawned = spawner.spawn(request, group?.wrapper(request.environment));
    if ('error' in spawned) {
      group?.remove();
      return spawned;
    }
    freed.started();
    const { pid, startTime, stdout, stderr, stdin, pipes } = spawned;
    const ready = spawned.ready === null ? null : readableOf(spawned.ready);
    if (ready !== null) awaitNewline(ready, () => request.onReady?.());
    const child: Child = { id: request.spec.id, incarnation: request.incarnation, pid, startTime };
    lineage.add({
      child,
      supervisionId: request.supervisionId,
      pipes,
      onExit: request.onExit,
      stdin,
      ready,
      group,
      killed: false,
      reaped: false,
      forgotten: false,
      adopted: new Set(),
      waiting: null,
    });
    holdLoop();
    return { child, stdout, stderr, stdin };
  }

  /** To our own children by number, which nobody else can get before we reap them; to others by pidfd, if they are whom we saw. */
  function sendTo(pid: number, signal: number): string | null {
    if (lineage.isOurs(pid)) return sendOutcome(pid, signal);
    return signalExactly(sys, pid, lineage.startTime(pid), signal) ? null : 'ESRCH';
  }

  function signalGroup(life: Life, signal: number): SignalOutcome {
    const { pid } = life.child;
    const inGroup = (member: number): boolean => readStat(member)?.pgrp === pid;
    // The number names this group as long as one of our children is in it; afterwards it may be anybody's.
    const pinned = !life.reaped || [...life.adopted].some(inGroup);
    if (!pinned) return { gone: true };
    const pids = lineage.members(life).filter(inGroup);
    const problem = sendOutcome(-pid, signal);
    if (problem === 'ESRCH') return { gone: true };
    return problem === null ? { pids } : { error: `cannot signal the group of ${life.child.id} (pid ${pid}): ${problem}` };
  }

  function signalTree(life: Life, signal: number): SignalOutcome {
    const told = new Set<number>();
    const refused: number[] = [];
    if (signal === SIGKILL && life.group !== null) {
      for (const pid of life.group.members()) told.add(pid);
      // At once, also those who fork while they are told; who is outside of it is told below.
      if (!life.group.kill()) told.clear();
    }
    for (let round = 0; round < TREE_ROUNDS; round += 1) {
      lineage.look();
      const fresh = lineage.members(life).filter((pid) => !told.has(pid));
      if (fresh.length === 0) break;
      for (const pid of fresh) {
        told.add(pid);
        if (sendTo(pid, signal) === 'EPERM') refused.push(pid);
      }
    }
    if (refused.length > 0) return { error: `cannot signal pid ${refused.join(', ')} of ${life.child.id}: permission denied` };
    return told.size > 0 ? { pids: [...told] } : { gone: true };
  }

  function signal(child: Child, name: string, scope: 'main' | 'group' | 'tree'): SignalOutcome {
    const number = signalNumber(name);
    if (number === null) return { error: `cannot signal ${child.id}: there is no signal '${name}'` };
    const life = lineage.of(child);
    if (life === undefined) return { gone: true };
    life.killed ||= number === SIGKILL;
    if (scope === 'tree') return signalTree(life, number);
    if (scope === 'group') return signalGroup(life, number);
    if (life.reaped) return { gone: true };
    const problem = sendOutcome(child.pid, number);
    if (problem === null) return { pids: [child.pid] };
    return problem === 'ESRCH' ? { gone: true } : { error: `cannot signal ${child.id} (pid ${child.pid}): ${problem}` };
  }

  // Zombies of before our time: an in-place upgrade, or a PID 1 that was somebody else.
  setImmediate(reaper.reap);

  return {
    name: 'native',
    subreaper,
    spawn,
    signal,
    tree(child) {
      const life = lineage.of(child);
      if (life === undefined) return [];
      lineage.look();
      return lineage.members(life);
    },
    trees(children, via) {
      lineage.look();
      const found = new Map<Child, readonly number[]>();
      for (const child of children) {
        const life = lineage.of(child);
        if (life !== undefined) found.set(child, lineage.members(life, via));
      }
      return found;
    },
    counted: (child) => lineage.of(child)?.group?.usage() ?? null,
    ran: (pid) => (cpuClock ??= openCpuClock(sys))(pid),
    limit: (child, limits) => lineage.of(child)?.group?.wall(limits),
    whenGone(child, callback) {
      const life = lineage.of(child);
      if (life !== undefined) {
        life.waiting = callback;
        waiting.add(life);
        lineage.look();
        if (!isGone(life)) {
          lookLater();
          holdLoop();
          return;
        }
        setImmediate(tellGone);
        return;
      }
      setImmediate(callback);
    },
    forget(child) {
      const life = lineage.of(child);
      if (life === undefined) return;
      waiting.delete(life);
      lineage.forget(life);
      holdLoop();
    },
    unattributed() {
      lineage.look();
      return lineage.unowned().map((each) => ({ ...each, command: commandLineOf(each.pid) }));
    },
    onStranger: (callback) => void strangers.push(callback),
    endStray(pid, startTime, name) {
      const number = signalNumber(name);
      return number !== null && signalExactly(sys, pid, startTime, number);
    },
    dispose() {
      // Whoever comes after us in this process does not reap.
      if (process.pid !== 1) sys.prctl(PR_SET_CHILD_SUBREAPER, 0n, 0n, 0n, 0n);
      reaper.dispose();
      libuv.dispose();
      lineage.dispose();
      spawner.dispose();
      groups.dispose();
      freed.dispose();
      waiting.clear();
      if (looker !== null) clearTimeout(looker);
      if (unknownTimer !== null) clearTimeout(unknownTimer);
      if (keepAlive !== null) clearInterval(keepAlive);
    },
  };
}
