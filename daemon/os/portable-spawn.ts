// Starts a process with Node's child_process, so that errors come back at once and in the same words as natively.
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { accessSync, constants, type Stats, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { OutputSpec, ProcessSpec } from '../../config/spec.ts';
import { type Identity, identityOf } from './accounts.ts';
import { lookUp } from './command-lookup.ts';
import { lowestFree, programFiles, softFiles } from './limits.ts';
import type { SpawnError, SpawnRequest } from './ports/processes.ts';
import { errnoName, spawnErrno, spawnError } from './spawn-errors.ts';

/** What cannot be done this way, for `doctor`. */
export const PORTABLE_LACKS: readonly string[] = [
  'orphans that leave the process group and drop their environment are not found',
  'strangers are not reaped (as PID 1 use an init in front)',
  'limits (rlimits) of programs are not set',
  'kill_on_daemon_death is not done',
  'programs with another user get no supplementary groups',
  'output comes through socket pairs: opening /dev/stdout in a program fails, and a daemon that dies ends programs that write',
  'each start copies our page tables, so many programs start slower',
  'nothing is sent to syslog (stdout_syslog, stderr_syslog)',
  'the socket of a FastCGI group needs perl',
  'there is no NOTIFY_SOCKET (sd_notify): programs can report on REEVE_SOCKET, with their REEVE_TOKEN',
  'peak memory and CPU of programs that ended are not known',
];

/** Both ends of three pipes, and one of libuv's own. */
const FILES_OF_A_START = 8;

export interface PortableSpawner {
  /** join: executed in front of the command. */
  spawn(request: SpawnRequest, join?: readonly string[]): { readonly child: ChildProcess } | { readonly error: SpawnError };
  dispose(): void;
}

const isUnwanted = (spec: ProcessSpec, output: OutputSpec): boolean => spec.ready?.kind !== 'log' && output.file === null && output.tee === null && output.ringBytes === 0 && !output.events && output.captureBytes === 0 && !output.syslog;

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

/** `warn` hears what a child runs without. */
export function createPortableSpawner(warn: (message: string) => void): PortableSpawner {
  // Loaded here: the native implementation never needs it, and it costs 4 MiB.
  const { spawn: launch } = process.getBuiltinModule('node:child_process');
  let lastError: unknown = null;
  // Node tells of a failed spawn in an event of a later turn; its diagnostics tell at once.
  const onError = (message: unknown): void => {
    lastError = (message as { error?: unknown }).error ?? null;
  };
  subscribe('tracing:child_process.spawn:error', onError);

  function start(
    request: SpawnRequest,
    file: string,
    identity: Identity | null,
    join: readonly string[],
  ): ChildProcess | { readonly errno: string } {
    const { spec, environment } = request;
    const out = request.listens !== true && isUnwanted(spec, spec.stdout) ? 'ignore' : 'pipe';
    // stderr to the same place: the child itself joins them, since one stream cannot be given twice.
    const joined = spec.stderr === null && out === 'pipe';
    const err = joined || spec.stderr === null || isUnwanted(spec, spec.stderr) ? 'ignore' : 'pipe';
    const stdio: StdioOptions = [request.stdinFd ?? (spec.stdin === 'pipe' || request.listens === true ? 'pipe' : 'ignore'), out, err];
    // Those between are /dev/null: Node numbers them without gaps.
    if (spec.ready?.kind === 'fd') stdio.push(...Array.from({ length: spec.ready.fd - stdio.length }, () => 'ignore' as const), 'pipe');
    const [first = file, ...rest] = spec.command.words;
    const umask = spec.umask === null ? null : process.umask(spec.umask);
    lastError = null;
    try {
      const options = {
        stdio,
        env: { ...environment },
        detached: true,
        argv0: joined || join.length > 0 ? 'sh' : first,
        ...(spec.directory === null ? {} : { cwd: spec.directory }),
        ...(identity === null ? {} : { uid: identity.uid, gid: identity.gid }),
      };
      // Who changes the user does so before this shell could join a group that is ours.
      const words = [...join, ...(joined ? ['/bin/sh', '-c', 'exec "$0" "$@" 2>&1'] : []), file, ...rest];
      const child = launch(words[0] ?? file, words.slice(1), options);
      if (child.pid !== undefined) return child;
      child.on('error', () => {});
      // Out of descriptors Node gives up before there are streams, whatever its types say.
      for (const stream of (child.stdio as ChildProcess['stdio'] | undefined) ?? []) stream?.destroy();
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

  function spawn(request: SpawnRequest, join: readonly string[] = []): { readonly child: ChildProcess } | { readonly error: SpawnError } {
    const { spec, environment } = request;
    const who = identityOf(spec.user, spec.userGroup);
    if ('problem' in who) return spawnError('no_user', who.problem);
    if (who.identity !== null && process.geteuid?.() !== 0) {
      return spawnError('no_user', `cannot run as user '${spec.user ?? spec.userGroup}': the daemon is not root`, 'EPERM');
    }
    const found = lookUp(spec, environment, mayExecute(who.identity));
    if ('error' in found) return found;
    // Node opens its pipes itself, so what is left is asked before.
    const child = lowestFree() + FILES_OF_A_START > programFiles(softFiles()) ? { errno: 'EMFILE' } : start(request, found.file, who.identity, who.identity === null ? join : []);
    if ('errno' in child) return spawnErrno(child.errno, spec.name, found.file);
    adjust(spec, child.pid!);
    return { child };
  }

  return { spawn, dispose: () => unsubscribe('tracing:child_process.spawn:error', onError) };
}
