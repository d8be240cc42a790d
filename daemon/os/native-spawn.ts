// Starts a process by posix_spawn: constant in cost however large we are, and errors of exec come back as numbers.
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Writable } from 'node:stream';
import type { OutputSpec, ProcessSpec, Rlimit } from '../../config/spec.ts';
import { identityOf, type Identity } from './accounts.ts';
import { asUser, mayExecuteHere } from './as-user.ts';
import { missingCapabilities } from './capabilities.ts';
import { lookUp } from './command-lookup.ts';
import { executionOf, findTools, type Execution, type Tools } from './exec-chain.ts';
import { INFINITY, limitReader, lowestFree, programFiles } from './limits.ts';
import { openPipe, type Pipe } from './pipes.ts';
import type { OutputSource, SpawnError, SpawnRequest } from './ports/processes.ts';
import { descriptorOf } from './proc.ts';
import { createStartTimes } from './start-time.ts';
import { spawnErrno, spawnError } from './spawn-errors.ts';
import { createVectors } from './string-vectors.ts';
import { RLIMIT_NOFILE, type Memory, type Sys } from './sys.ts';

/** A process that runs. `pipes` are what /proc calls its outputs (`pipe:[123]`), by which its orphans are known. */
export interface Spawned {
  readonly pid: number;
  /** Field 22 of its /proc/PID/stat. */
  readonly startTime: number;
  readonly stdout: OutputSource | null;
  readonly stderr: OutputSource | null;
  readonly stdin: Writable | null;
  /** Our end of the pipe on which it says that it is ready. */
  readonly ready: number | null;
  readonly pipes: readonly string[];
}

export interface Spawner {
  /** join: executed in front of everything else. */
  spawn(request: SpawnRequest, join?: readonly string[]): Spawned | { readonly error: SpawnError };
  readonly tools: Tools;
  dispose(): void;
}

type Failure = { readonly error: SpawnError };

const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
const SPAWN_STRUCT_BYTES = 1024;
const SIGNAL_SET_BYTES = 128;

/** An output that nobody keeps, and in which nobody looks for a line, needs no pipe. */
const isUnwanted = (spec: ProcessSpec, output: OutputSpec): boolean => spec.ready?.kind !== 'log' && output.file === null && output.tee === null && output.ringBytes === 0 && !output.events && output.captureBytes === 0 && !output.syslog;

/** Attributes made once: all signals at their defaults (Node ignores SIGPIPE), none blocked, a group or session of its own. */
function createAttributes(sys: Sys, flag: number): Memory {
  // One block, the two signal sets behind the attributes: memory that only an address names may be collected before C reads it.
  const block = sys.memory(SPAWN_STRUCT_BYTES + 2 * SIGNAL_SET_BYTES);
  const all = SPAWN_STRUCT_BYTES;
  const none = all + SIGNAL_SET_BYTES;
  block.bytes.fill(0xff, all, none);
  sys.attrInit(block.address);
  sys.attrSetFlags(block.address, flag | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sys.attrSetDefault(block.address, block.address + BigInt(all));
  sys.attrSetMask(block.address, block.address + BigInt(none));
  return block;
}

/** The native spawner. `warn` hears of attributes that could not be given to a child that runs. */
export function createSpawner(sys: Sys, warn: (message: string) => void, softFiles = 0): Spawner {
  const tools = findTools();
  const devNull = openSync('/dev/null', 'r+');
  const session = createAttributes(sys, POSIX_SPAWN_SETSID);
  const group = createAttributes(sys, POSIX_SPAWN_SETPGROUP);
  const actions = sys.memory(SPAWN_STRUCT_BYTES);
  const pid = sys.memory(8);
  const pair = sys.memory(8);
  const lowered = sys.memory(16);
  const kept = sys.memory(16);
  const vectors = createVectors(sys);
  const readLimit = limitReader(sys);
  const startTimes = createStartTimes(sys);

  /** Everything between here and the restore is synchronous, so nothing of ours runs with a child's umask or limit. */
  function launch(
    execution: Execution,
    spec: ProcessSpec,
    environment: Readonly<Record<string, string>>,
    /** Descriptor of ours -> of the child. */
    fds: readonly (readonly [from: number, to: number])[],
  ): number {
    const { file, argv, envp } = vectors(execution.file, execution.argv, environment);
    sys.actionsInit(actions.address);
    let here: string | null = null;
    let umask: number | null = null;
    let limited = false;
    try {
      // Before the limit is lowered: libc refuses descriptors above the soft limit here.
      const dup = fds.map(([from, to]) => sys.actionsDup2(actions.address, from, to)).find((result) => result !== 0);
      if (dup !== undefined) return dup;
      if (spec.directory !== null) {
        if (sys.actionsChdir !== null) sys.actionsChdir(actions.address, spec.directory);
        else {
          here = process.cwd();
          process.chdir(spec.directory);
        }
      }
      if (spec.umask !== null) umask = process.umask(spec.umask);
      if (execution.softFiles !== null) {
        sys.prlimit(0, RLIMIT_NOFILE, null, kept.address);
        lowered.bytes.writeBigUInt64LE(BigInt(execution.softFiles), 0);
        kept.bytes.copy(lowered.bytes, 8, 8, 16);
        limited = sys.prlimit(0, RLIMIT_NOFILE, lowered.address, null) === 0;
      }
      startTimes.before();
      return sys.spawn(pid.address, file, actions.address, (spec.processGroup === 'session' ? session : group).address, argv, envp);
    } finally {
      if (limited) sys.prlimit(0, RLIMIT_NOFILE, kept.address, null);
      if (umask !== null) process.umask(umask);
      if (here !== null) process.chdir(here);
      sys.actionsDestroy(actions.address);
    }
  }

  /** For a child that runs already. */
  function limitFiles(child: number, { soft, hard }: Rlimit): void {
    const bound = (limit: number): bigint => (Number.isFinite(limit) ? BigInt(limit) : INFINITY);
    lowered.bytes.writeBigUInt64LE(bound(soft), 0);
    lowered.bytes.writeBigUInt64LE(bound(hard), 8);
    sys.prlimit(child, RLIMIT_NOFILE, lowered.address, null);
  }

  function adjust(spec: ProcessSpec, child: number): void {
    try {
      if (spec.nice !== null) setPriority(child, spec.nice);
    } catch {
      warn(`cannot give ${spec.id} (pid ${child}) the nice value ${spec.nice}: permission denied; it runs without`);
    }
    try {
      if (spec.oomScoreAdj !== null) writeFileSync(`/proc/${child}/oom_score_adj`, String(spec.oomScoreAdj));
    } catch {
      warn(`cannot give ${spec.id} (pid ${child}) the OOM score adjustment ${spec.oomScoreAdj}: permission denied; it runs without`);
    }
  }

  /** The pipes of a child; all or none. */
  function open(spec: ProcessSpec, identity: Identity | null, request: Pick<SpawnRequest, 'stdinFd' | 'listens'>): { stdin: Pipe | null; stdout: Pipe | null; stderr: Pipe | null; ready: Pipe | null } | Failure {
    const opened: Pipe[] = [];
    let failure: Failure | null = null;
    const ceiling = programFiles(readLimit(RLIMIT_NOFILE).soft);
    const make = (wanted: boolean, direction: 'in' | 'out'): Pipe | null => {
      if (!wanted || failure !== null) return null;
      const pipe = openPipe(sys, pair, direction, identity, ceiling);
      if ('errno' in pipe) {
        failure = spawnErrno(pipe.errno, spec.name, spec.command.text);
        return null;
      }
      opened.push(pipe);
      return pipe;
    };
    const pipes = {
      stdin: make((spec.stdin === 'pipe' || request.listens === true) && request.stdinFd === undefined, 'in'),
      stdout: make(request.listens === true || !isUnwanted(spec, spec.stdout), 'out'),
      stderr: make(spec.stderr !== null && !isUnwanted(spec, spec.stderr), 'out'),
      ready: make(spec.ready?.kind === 'fd', 'out'),
    };
    if (failure === null) return pipes;
    for (const { ours, theirs } of opened) {
      closeSync(ours);
      closeSync(theirs);
    }
    return failure;
  }

  function spawn(request: SpawnRequest, join: readonly string[] = []): Spawned | Failure {
    const { spec, environment } = request;
    const who = identityOf(spec.user, spec.userGroup);
    if ('problem' in who) return spawnError('no_user', who.problem);
    const { identity } = who;
    const missing = identity === null ? [] : missingCapabilities(['SETUID', 'SETGID']);
    if (missing.length > 0) {
      const why = process.geteuid!() === 0 ? `the daemon lacks the capability ${missing.join(' and ')}` : 'the daemon is not root';
      return spawnError('no_user', `cannot run as user '${spec.user ?? spec.userGroup}': ${why}`, 'EPERM');
    }
    const found = asUser(sys, identity, () => lookUp(spec, environment, (path) => mayExecuteHere(sys, path)));
    if ('error' in found) return found;
    const execution = executionOf(spec, found.file, environment, identity, tools, readLimit, lowestFree(), softFiles, join);
    if ('error' in execution) return execution;
    const pipes = open(spec, identity, request);
    if ('error' in pipes) return pipes;
    const { stdin, stdout, stderr, ready } = pipes;
    const out = stdout?.theirs ?? devNull;
    const err = spec.stderr === null ? out : (stderr?.theirs ?? devNull);
    const result = launch(execution, spec, environment, [
      [request.stdinFd ?? stdin?.theirs ?? devNull, 0], [out, 1], [err, 2],
      ...(ready !== null && spec.ready?.kind === 'fd' ? [[ready.theirs, spec.ready.fd] as const] : []),
    ]);
    const ends = [stdin, stdout, stderr, ready].filter((pipe) => pipe !== null);
    for (const { theirs } of ends) closeSync(theirs);
    if (result !== 0) {
      for (const { ours } of ends) closeSync(ours);
      return spawnErrno(result, spec.name, found.file);
    }
    const child = pid.bytes.readInt32LE(0);
    const startTime = startTimes.after(child);
    if (execution.lateFiles !== null) limitFiles(child, execution.lateFiles);
    adjust(spec, child);
    return {
      pid: child,
      startTime,
      stdout: stdout === null ? null : { fd: stdout.ours },
      stderr: stderr === null ? null : { fd: stderr.ours },
      stdin: stdin === null ? null : writableOf(stdin.ours),
      ready: ready?.ours ?? null,
      pipes: [stdout, stderr].flatMap((pipe) => (pipe === null ? [] : (descriptorOf('self', pipe.ours) ?? []))),
    };
  }

  return { spawn, tools, dispose: () => closeSync(devNull) };
}

/** A stream that never blocks us; node:net is loaded by the first program with `stdin = "pipe"`. */
function writableOf(fd: number): Writable {
  const { Socket } = process.getBuiltinModule('node:net');
  const stream = new Socket({ fd, readable: false, writable: true });
  // A child that closes its stdin is no news: whoever writes hears it from the callback of write().
  stream.on('error', () => {});
  return stream;
}
