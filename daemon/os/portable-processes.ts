// The Processes port with Node's own means, for where node:ffi is not to be had: macOS, an older Node, REEVE_OS=portable.
import { type ChildProcess, spawn as launch, type StdioOptions } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { accessSync, constants, type Stats, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import type { OutputSpec, ProcessSpec } from '../../config/spec.ts';
import { type Identity, identityOf } from './accounts.ts';
import { lookUp } from './command-lookup.ts';
import type { Child, ExitReport, OutputSource, Processes, SignalOutcome, SpawnOutcome, SpawnRequest } from './ports.ts';
import { sendOutcome, signalExactly } from './precise-signal.ts';
import { readProcessTable, type ProcessRow } from './process-table.ts';
import { startTimeOf } from './proc.ts';
import { errnoName, spawnErrno, spawnError } from './spawn-errors.ts';
import { signalName, signalNumber } from './signals.ts';

/** What cannot be done this way, for `doctor`. */
export const PORTABLE_LACKS: readonly string[] = [
  'orphans that leave the process group and drop their environment are not found',
  'strangers are not reaped (as PID 1 use an init in front)',
  'limits (rlimits) of programs are not set',
  'kill_on_daemon_death is not done',
  'programs with another user get no supplementary groups',
  'output comes through socket pairs: opening /dev/stdout in a program fails, and a daemon that dies ends programs that write',
  'each start copies our page tables, so many programs start slower',
];

interface Life {
  readonly child: Child;
  readonly handle: ChildProcess;
  readonly supervisionId: string;
  readonly onExit: (report: ExitReport) => void;
  ended: boolean;
  forgotten: boolean;
  /** Members that were seen, with their start times: they are recognised after they lost their parents. */
  readonly seen: Map<number, number>;
  waiting: (() => void) | null;
}

/** Polls for the end of a tree: at first after this long, then less and less often. */
const POLL_FIRST_MS = 20;
const POLL_MAX_MS = 500;

const isUnwanted = (output: OutputSpec): boolean => output.file === null && output.tee === null && output.ringBytes === 0;

/** Judged by mode bits, for another user: we have no eyes but our own. */
function mayExecuteBits(identity: Identity, stat: Stats): boolean {
  if (identity.uid === 0) return (stat.mode & 0o111) !== 0;
  if (stat.uid === identity.uid) return (stat.mode & 0o100) !== 0;
  return (stat.mode & (identity.groups.includes(stat.gid) ? 0o010 : 0o001)) !== 0;
}

function mayExecute(identity: Identity | null): (path: string, stat: Stats) => boolean {
  return (path, stat) => {
    if (identity !== null) return mayExecuteBits(identity, stat);
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
}

/** The portable Processes. `warn` hears what a child runs without. */
export function createPortableProcesses(warn: (message: string) => void): Processes {
  const lives = new Map<Child, Life>();
  const waiting = new Set<Life>();
  let poller: NodeJS.Timeout | null = null;
  let pollMs = POLL_FIRST_MS;
  let lastError: unknown = null;
  // Node tells of a failed spawn in an event of a later turn; its diagnostics tell at once.
  const onError = (message: unknown): void => {
    lastError = (message as { error?: unknown }).error ?? null;
  };
  subscribe('tracing:child_process.spawn:error', onError);

  function start(
    spec: ProcessSpec,
    file: string,
    environment: Readonly<Record<string, string>>,
    identity: Identity | null,
  ): ChildProcess | { readonly errno: string } {
    const out = isUnwanted(spec.stdout) ? 'ignore' : 'pipe';
    // stderr to the same place: the child itself joins them, since one stream cannot be given twice.
    const joined = spec.stderr === null && out === 'pipe';
    const err = joined || spec.stderr === null || isUnwanted(spec.stderr) ? 'ignore' : 'pipe';
    const stdio: StdioOptions = [spec.stdin === 'pipe' ? 'pipe' : 'ignore', out, err];
    const [first = file, ...rest] = spec.command.words;
    const umask = spec.umask === null ? null : process.umask(spec.umask);
    lastError = null;
    try {
      const options = {
        stdio,
        env: { ...environment },
        detached: true,
        argv0: joined ? 'sh' : first,
        ...(spec.directory === null ? {} : { cwd: spec.directory }),
        ...(identity === null ? {} : { uid: identity.uid, gid: identity.gid }),
      };
      const child = joined ? launch('/bin/sh', ['-c', 'exec "$0" "$@" 2>&1', file, ...rest], options) : launch(file, rest, options);
      if (child.pid !== undefined) return child;
      child.on('error', () => {});
      for (const stream of child.stdio) stream?.destroy();
      return { errno: errnoName(lastError) };
    } catch (error) {
      return { errno: errnoName(error) };
    } finally {
      if (umask !== null) process.umask(umask);
    }
  }

  function adjust(spec: ProcessSpec, pid: number): void {
    try {
      if (spec.nice !== null) setPriority(pid, spec.nice);
      if (spec.oomScoreAdj !== null) writeFileSync(`/proc/${pid}/oom_score_adj`, String(spec.oomScoreAdj));
    } catch (error) {
      warn(`cannot give ${spec.id} (pid ${pid}) its nice value or OOM score adjustment: ${errnoName(error)}; it runs without`);
    }
    if (Object.keys(spec.rlimits).length > 0) warn(`cannot set the limits of ${spec.id}: not possible in portable mode; it runs without`);
    if (spec.killOnDaemonDeath) warn(`cannot end ${spec.id} with the daemon: not possible in portable mode; it runs without`);
  }

  function spawn(request: SpawnRequest): SpawnOutcome {
    const { spec, environment } = request;
    const who = identityOf(spec.user, spec.userGroup);
    if ('problem' in who) return spawnError('no_user', who.problem);
    if (who.identity !== null && process.geteuid?.() !== 0) {
      return spawnError('no_user', `cannot run as user '${spec.user ?? spec.userGroup}': the daemon is not root`, 'EPERM');
    }
    const found = lookUp(spec, environment, mayExecute(who.identity));
    if ('error' in found) return found;
    const handle = start(spec, found.file, environment, who.identity);
    if ('errno' in handle) return spawnErrno(handle.errno, spec.name, found.file);
    const pid = handle.pid!;
    adjust(spec, pid);
    const child: Child = { id: spec.id, incarnation: request.incarnation, pid, startTime: startTimeOf(pid) };
    const life: Life = {
      child,
      handle,
      supervisionId: request.supervisionId,
      onExit: request.onExit,
      ended: false,
      forgotten: false,
      seen: new Map(),
      waiting: null,
    };
    lives.set(child, life);
    handle.on('error', () => {});
    handle.once('exit', (code, signal) => ended(life, code, signal));
    // A child that closes its stdin is no news: whoever writes hears it from the callback of write().
    handle.stdin?.on('error', () => {});
    return { child, stdout: sourceOf(handle.stdout), stderr: sourceOf(handle.stderr), stdin: handle.stdin };
  }

  function ended(life: Life, code: number | null, signal: NodeJS.Signals | null): void {
    life.ended = true;
    const left = members(life, readProcessTable());
    const number = signal === null ? null : signalNumber(signal);
    if (left.length === 0 && life.waiting === null) lives.delete(life.child);
    if (life.forgotten) return;
    // libuv does not say whether a core was dumped.
    life.onExit({ child: life.child, code, signal: number === null ? null : signalName(number), coreDumped: false, left });
  }

  /** By parent, process group, session, marker in the environment, and memory of earlier looks. */
  function members(life: Life, table: ReadonlyMap<number, ProcessRow>): number[] {
    const { pid } = life.child;
    const found = new Set<number>();
    const belongs = (row: ProcessRow): boolean =>
      row.pgrp === pid || row.session === pid || life.seen.get(row.pid) === row.startTime || row.supervisionId() === life.supervisionId;
    const below = (root: number): void => {
      for (const row of table.values()) {
        if (row.ppid !== root || found.has(row.pid)) continue;
        found.add(row.pid);
        below(row.pid);
      }
    };
    if (!life.ended && table.has(pid)) {
      found.add(pid);
      below(pid);
    }
    for (const row of table.values()) {
      if (found.has(row.pid) || row.pid === process.pid || !belongs(row)) continue;
      if (life.ended && row.pid === pid) continue;
      found.add(row.pid);
      below(row.pid);
    }
    for (const each of found) life.seen.set(each, table.get(each)!.startTime);
    return [...found].filter((each) => table.get(each)?.running === true);
  }

  const treeOf = (life: Life): number[] => members(life, readProcessTable());

  function poll(): void {
    poller = null;
    const table = readProcessTable();
    for (const life of waiting) {
      if (!life.ended || members(life, table).length > 0) continue;
      waiting.delete(life);
      lives.delete(life.child);
      const callback = life.waiting;
      life.waiting = null;
      callback?.();
    }
    pollMs = Math.min(pollMs * 2, POLL_MAX_MS);
    if (waiting.size > 0) pollLater();
    else pollMs = POLL_FIRST_MS;
  }

  function pollLater(): void {
    poller ??= setTimeout(poll, pollMs);
  }

  function signalTree(life: Life, number: number): SignalOutcome {
    const told = new Set<number>();
    for (let round = 0; round < 8; round += 1) {
      const table = readProcessTable();
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
    if (scope === 'tree') return signalTree(life, number);
    const table = scope === 'group' ? readProcessTable() : null;
    const pids = table === null ? [child.pid] : treeOf(life).filter((pid) => table.get(pid)?.pgrp === child.pid);
    if (life.ended && (scope === 'main' || pids.length === 0)) return { gone: true };
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
      return life === undefined || life.forgotten ? [] : treeOf(life);
    },
    whenGone(child, callback) {
      const life = lives.get(child);
      if (life === undefined || life.forgotten) {
        setImmediate(callback);
        return;
      }
      life.waiting = callback;
      waiting.add(life);
      // The first look comes with the exit of the main process where that is what is waited for.
      if (!life.ended) life.handle.once('exit', () => setImmediate(() => waiting.has(life) && pollNow()));
      pollLater();
    },
    forget(child) {
      const life = lives.get(child);
      if (life === undefined) return;
      life.forgotten = true;
      waiting.delete(life);
      lives.delete(child);
    },
    onStranger() {
      // Nobody is reaped here but by libuv, which knows its own.
    },
    endStray(pid, startTime, name) {
      const number = signalNumber(name);
      return number !== null && signalExactly(null, pid, startTime, number);
    },
    dispose() {
      unsubscribe('tracing:child_process.spawn:error', onError);
      if (poller !== null) clearTimeout(poller);
      waiting.clear();
    },
  };

  function pollNow(): void {
    if (poller !== null) clearTimeout(poller);
    poll();
  }
}

function sourceOf(stream: Readable | null): OutputSource | null {
  return stream === null ? null : { stream };
}
