// The system calls we need, by node:ffi: resolved up front, typed, and each tried once before anything relies on it.
// A wrong signature is a segfault or a silent lie (unknown keys are ignored), so `openSys` refuses what its self-test cannot prove.
import type { DynamicLibrary } from 'node:ffi';

/** Memory that C may keep a pointer to. It never moves; keep a reference as long as C may use it. */
export interface Memory {
  readonly bytes: Buffer;
  readonly address: bigint;
}

/** Raw calls: they return what C returns. After -1, `errno()` must be the very next call. */
export interface Sys {
  /** Allocates `size` zeroed bytes. */
  memory(size: number): Memory;
  errno(): number;
  waitid(idType: number, id: number, info: bigint, options: number): number;
  /** usage: address of a struct rusage. */
  wait4(pid: number, status: bigint, options: number, usage: bigint): number;
  prctl(option: number, a: bigint, b: bigint, c: bigint, d: bigint): number;
  pipe2(fds: bigint, flags: number): number;
  fcntl(fd: number, command: number, argument: bigint): number;
  close(fd: number): number;
  prlimit(pid: number, resource: number, next: bigint | null, old: bigint | null): number;
  syscall(number: bigint, a: bigint, b: bigint, c: bigint, d: bigint, e: bigint): bigint;
  clockGettime(clock: number, time: bigint): number;
  timerfdCreate(clock: number, flags: number): number;
  /** `next` and `old` are struct itimerspec: four 64-bit numbers, interval and value in seconds and ns. */
  timerfdSettime(fd: number, flags: number, next: bigint, old: bigint | null): number;
  setfsuid(uid: number): number;
  setfsgid(gid: number): number;
  faccessat(dir: number, path: string, mode: number, flags: number): number;
  spawn(pid: bigint, path: bigint, actions: bigint, attributes: bigint, argv: bigint, envp: bigint): number;
  attrInit(attributes: bigint): number;
  attrSetFlags(attributes: bigint, flags: number): number;
  attrSetDefault(attributes: bigint, set: bigint): number;
  attrSetMask(attributes: bigint, set: bigint): number;
  actionsInit(actions: bigint): number;
  actionsDup2(actions: bigint, from: number, to: number): number;
  actionsDestroy(actions: bigint): number;
  /** null where libc has no posix_spawn_file_actions_addchdir_np (glibc < 2.29). */
  readonly actionsChdir: ((actions: bigint, path: string) => number) | null;
  /** null where libc has no malloc_trim (it is glibc's own). 1: something was given back. */
  readonly mallocTrim: ((keepBytes: bigint) => number) | null;
  epollCreate(flags: number): number;
  epollCtl(epoll: number, operation: number, fd: number, event: bigint): number;
  epollWait(epoll: number, events: bigint, max: number, timeoutMs: number): number;
  malloc(size: bigint): bigint;
  free(pointer: bigint): void;
  uvHandleSize(type: number): bigint;
  uvPollInit(loop: bigint, handle: bigint, fd: number): number;
  uvPollStart(handle: bigint, events: number, callback: bigint): number;
  uvPollStop(handle: bigint): number;
  uvClose(handle: bigint, callback: bigint): void;
  uvUnref(handle: bigint): void;
  uvVersion(): bigint;
  eventLoop(): bigint;
  /** A C function pointer for `callback`, which must not throw and must do synchronous work only: promises do not run there. */
  callback(parameters: readonly ('pointer' | 'int32')[], callback: (...values: never[]) => void): bigint;
  dropCallback(pointer: bigint): void;
  /** True where the kernel and seccomp let us have pidfd_open and pidfd_send_signal. */
  readonly pidfd: boolean;
  /** Size of struct epoll_event and offset of its data: the struct is packed on x86-64 only. */
  readonly epollEvent: { readonly size: number; readonly data: number };
  readonly syscallNumbers: { readonly setgroups: bigint; readonly pidfdOpen: bigint; readonly pidfdSendSignal: bigint };
}

const EBADF = 9;
const ECHILD = 10;
export const O_CLOEXEC = 0o2000000;
export const O_NONBLOCK = 0o4000;
export const F_GETFD = 1;
export const F_SETFL = 4;
export const F_SETPIPE_SZ = 1031;
export const AT_FDCWD = -100;
export const AT_EACCESS = 0x200;
export const RLIMIT_NPROC = 6;
export const RLIMIT_NOFILE = 7;
export const CLOCK_REALTIME = 0;
export const CLOCK_BOOTTIME = 7;
export const TFD_TIMER_ABSTIME = 1;
export const TFD_TIMER_CANCEL_ON_SET = 2;
export const EPOLLIN = 1;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const UV_POLL = 8;
export const UV_READABLE = 1;
export const P_ALL = 0;
const P_PID = 1;
export const WNOHANG = 1;
export const WEXITED = 4;
export const WNOWAIT = 0x01000000;
export const PR_SET_CHILD_SUBREAPER = 36;
const PR_GET_CHILD_SUBREAPER = 37;
/** Offset of si_pid in siginfo_t on 64-bit Linux. */
export const SI_PID = 16;
/** posix_spawn types are smaller than this in every libc we know (glibc: 80 and 336 bytes). */
const SPAWN_STRUCT_BYTES = 1024;

type Ffi = typeof import('node:ffi');
type CType = 'int32' | 'uint32' | 'int16' | 'int64' | 'uint64' | 'pointer' | 'string';

/** Our name -> [symbol, return type, ...argument types]. */
const SIGNATURES = {
  waitid: ['waitid', 'int32', 'int32', 'uint32', 'pointer', 'int32'],
  wait4: ['wait4', 'int32', 'int32', 'pointer', 'int32', 'pointer'],
  prctl: ['prctl', 'int32', 'int32', 'uint64', 'uint64', 'uint64', 'uint64'],
  pipe2: ['pipe2', 'int32', 'pointer', 'int32'],
  fcntl: ['fcntl', 'int32', 'int32', 'int32', 'int64'],
  close: ['close', 'int32', 'int32'],
  prlimit: ['prlimit', 'int32', 'int32', 'int32', 'pointer', 'pointer'],
  syscall: ['syscall', 'int64', 'int64', 'int64', 'int64', 'int64', 'int64', 'int64'],
  clockGettime: ['clock_gettime', 'int32', 'int32', 'pointer'],
  timerfdCreate: ['timerfd_create', 'int32', 'int32', 'int32'],
  timerfdSettime: ['timerfd_settime', 'int32', 'int32', 'int32', 'pointer', 'pointer'],
  setfsuid: ['setfsuid', 'int32', 'uint32'],
  setfsgid: ['setfsgid', 'int32', 'uint32'],
  faccessat: ['faccessat', 'int32', 'int32', 'string', 'int32', 'int32'],
  spawn: ['posix_spawn', 'int32', 'pointer', 'pointer', 'pointer', 'pointer', 'pointer', 'pointer'],
  attrInit: ['posix_spawnattr_init', 'int32', 'pointer'],
  attrSetFlags: ['posix_spawnattr_setflags', 'int32', 'pointer', 'int16'],
  attrSetDefault: ['posix_spawnattr_setsigdefault', 'int32', 'pointer', 'pointer'],
  attrSetMask: ['posix_spawnattr_setsigmask', 'int32', 'pointer', 'pointer'],
  actionsInit: ['posix_spawn_file_actions_init', 'int32', 'pointer'],
  actionsDup2: ['posix_spawn_file_actions_adddup2', 'int32', 'pointer', 'int32', 'int32'],
  actionsDestroy: ['posix_spawn_file_actions_destroy', 'int32', 'pointer'],
  epollCreate: ['epoll_create1', 'int32', 'int32'],
  epollCtl: ['epoll_ctl', 'int32', 'int32', 'int32', 'int32', 'pointer'],
  epollWait: ['epoll_wait', 'int32', 'int32', 'pointer', 'int32', 'int32'],
  malloc: ['malloc', 'pointer', 'uint64'],
  free: ['free', 'void', 'pointer'],
  uvHandleSize: ['uv_handle_size', 'uint64', 'int32'],
  uvPollInit: ['uv_poll_init', 'int32', 'pointer', 'pointer', 'int32'],
  uvPollStart: ['uv_poll_start', 'int32', 'pointer', 'int32', 'pointer'],
  uvPollStop: ['uv_poll_stop', 'int32', 'pointer'],
  uvClose: ['uv_close', 'void', 'pointer', 'pointer'],
  uvUnref: ['uv_unref', 'void', 'pointer'],
  uvVersion: ['uv_version_string', 'pointer'],
} as const satisfies Record<string, readonly [string, CType | 'void', ...CType[]]>;

const ARCHITECTURES: Readonly<Record<string, Pick<Sys, 'epollEvent' | 'syscallNumbers'>>> = {
  x64: { epollEvent: { size: 12, data: 4 }, syscallNumbers: { setgroups: 116n, pidfdOpen: 434n, pidfdSendSignal: 424n } },
  arm64: { epollEvent: { size: 16, data: 8 }, syscallNumbers: { setgroups: 159n, pidfdOpen: 434n, pidfdSendSignal: 424n } },
};

/** Loads node:ffi without its experimental warning: that we stand on it is said by `doctor`, not at each start. */
export function loadFfi(): Ffi | undefined {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:ffi') as Ffi | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function bind(ffi: Ffi, library: DynamicLibrary): Sys {
  const resolve = ([symbol, result, ...parameters]: readonly [string, CType | 'void', ...CType[]]): unknown =>
    library.getFunction(symbol, { return: result, arguments: parameters });
  const calls = Object.fromEntries(Object.entries(SIGNATURES).map(([name, signature]) => [name, resolve(signature)]));
  const errnoAt = (resolve(['__errno_location', 'pointer']) as () => bigint)();
  const resolveIfThere = (signature: readonly [string, CType | 'void', ...CType[]]): unknown => {
    try {
      return resolve(signature);
    } catch {
      return null;
    }
  };
  // An older libc has none: the directory is then set and restored around the spawn.
  const actionsChdir = resolveIfThere(['posix_spawn_file_actions_addchdir_np', 'int32', 'pointer', 'string']) as Sys['actionsChdir'];
  const mallocTrim = resolveIfThere(['malloc_trim', 'int32', 'uint64']) as Sys['mallocTrim'];
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`no tables for ${process.arch}`);
  return {
    ...(calls as unknown as Sys),
    ...architecture,
    actionsChdir,
    mallocTrim,
    pidfd: false,
    memory(size) {
      const bytes = Buffer.from(new ArrayBuffer(size));
      return { bytes, address: ffi.getRawPointer(bytes) };
    },
    errno: () => ffi.getInt32(errnoAt, 0),
    eventLoop: () => (ffi as unknown as { getCurrentEventLoop(): bigint }).getCurrentEventLoop(),
    callback: (parameters, callback) =>
      library.registerCallback({ arguments: parameters, return: 'void' }, callback as unknown as (...values: unknown[]) => void),
    dropCallback: (pointer) => library.unregisterCallback(pointer),
  };
}

function check(ok: boolean, what: string): asserts ok {
  if (!ok) throw new Error(`self-test of ${what} failed`);
}

function testDescriptors(sys: Sys): void {
  check(sys.close(-1) === -1 && sys.errno() === EBADF, 'close and errno');
  const pair = sys.memory(8);
  check(sys.pipe2(pair.address, O_CLOEXEC) === 0, 'pipe2');
  const reader = pair.bytes.readInt32LE(0);
  const writer = pair.bytes.readInt32LE(4);
  try {
    check(sys.fcntl(writer, F_GETFD, 0n) === 1, 'fcntl');
    const epoll = sys.epollCreate(O_CLOEXEC);
    check(epoll >= 0, 'epoll_create1');
    const event = sys.memory(sys.epollEvent.size);
    event.bytes.writeUInt32LE(4 /* EPOLLOUT */, 0);
    event.bytes.writeUInt32LE(4711, sys.epollEvent.data);
    const added = sys.epollCtl(epoll, EPOLL_CTL_ADD, writer, event.address);
    event.bytes.fill(0);
    const ready = sys.epollWait(epoll, event.address, 1, 0);
    sys.close(epoll);
    check(added === 0 && ready === 1 && event.bytes.readUInt32LE(sys.epollEvent.data) === 4711, 'epoll');
  } finally {
    sys.close(reader);
    sys.close(writer);
  }
}

/** Where a filter refuses timers altogether, whoever wants one finds out by himself. */
function testTimer(sys: Sys): void {
  const fd = sys.timerfdCreate(CLOCK_REALTIME, O_CLOEXEC);
  if (fd < 0) return;
  const times = sys.memory(64);
  times.bytes.writeBigInt64LE(3600n, 16);
  const set = sys.timerfdSettime(fd, 0, times.address, null);
  const again = sys.timerfdSettime(fd, 0, times.address, times.address + 32n);
  sys.close(fd);
  const left = times.bytes.readBigInt64LE(48);
  check(set === 0 && again === 0 && left > 3000n && left <= 3600n, 'timerfd_settime');
}

function testProcesses(sys: Sys): void {
  const scratch = sys.memory(128);
  check(sys.wait4(process.pid, scratch.address, WNOHANG, scratch.address) === -1 && sys.errno() === ECHILD, 'wait4');
  check(sys.waitid(P_PID, process.pid, scratch.address, WEXITED | WNOHANG) === -1 && sys.errno() === ECHILD, 'waitid');
  check(sys.prctl(PR_GET_CHILD_SUBREAPER, scratch.address, 0n, 0n, 0n) === 0, 'prctl');
  check(sys.prlimit(0, RLIMIT_NOFILE, null, scratch.address) === 0, 'prlimit');
  check(scratch.bytes.readBigUInt64LE(0) > 2n && scratch.bytes.readBigUInt64LE(0) <= scratch.bytes.readBigUInt64LE(8), 'prlimit');
  check(sys.clockGettime(CLOCK_BOOTTIME, scratch.address) === 0 && scratch.bytes.readBigInt64LE(8) < 1_000_000_000n, 'clock_gettime');
  // -1 is no id: both calls then only tell the present one.
  check(sys.setfsuid(0xffffffff) === process.geteuid!() && sys.setfsgid(0xffffffff) === process.getegid!(), 'setfsuid');
  check(sys.faccessat(AT_FDCWD, '/', 1, AT_EACCESS) === 0, 'faccessat');
  check(sys.faccessat(AT_FDCWD, '/\u{1}no such file', 1, AT_EACCESS) === -1 && sys.errno() === 2, 'faccessat');
}

/** A spawn of nothing: every argument is used, no process is left. */
function testSpawn(sys: Sys): void {
  const attributes = sys.memory(SPAWN_STRUCT_BYTES);
  const actions = sys.memory(SPAWN_STRUCT_BYTES);
  const scratch = sys.memory(64);
  scratch.bytes.write('/\u{1}no such file\0', 16);
  check(sys.attrInit(attributes.address) === 0 && sys.attrSetFlags(attributes.address, 4 | 8) === 0, 'posix_spawnattr');
  // The (empty) sets lie in the same block, which is read below: an address alone keeps nothing alive.
  const signals = attributes.address + BigInt(SPAWN_STRUCT_BYTES / 2);
  check(sys.attrSetDefault(attributes.address, signals) === 0, 'posix_spawnattr_setsigdefault');
  check(sys.attrSetMask(attributes.address, signals) === 0, 'posix_spawnattr_setsigmask');
  check(sys.actionsInit(actions.address) === 0, 'posix_spawn_file_actions_init');
  check(sys.actionsDup2(actions.address, 1, 1) === 0, 'posix_spawn_file_actions_adddup2');
  check(sys.actionsChdir === null || sys.actionsChdir(actions.address, '/') === 0, 'posix_spawn_file_actions_addchdir_np');
  const result = sys.spawn(
    scratch.address,
    scratch.address + 16n,
    actions.address,
    attributes.address,
    scratch.address + 8n,
    scratch.address + 8n,
  );
  check(sys.actionsDestroy(actions.address) === 0, 'posix_spawn_file_actions_destroy');
  check(result === 2, 'posix_spawn');
  check(attributes.bytes.length + scratch.bytes.length > 0, 'memory');
}

function testLoop(sys: Sys, ffi: Ffi): void {
  check(ffi.toString(sys.uvVersion()) === process.versions.uv, 'uv_version_string');
  const size = sys.uvHandleSize(UV_POLL);
  check(size > 64n && size < 4096n && sys.eventLoop() !== 0n, 'uv_handle_size');
  const block = sys.malloc(64n);
  check(block !== 0n, 'malloc');
  sys.free(block);
}

function testPidfd(sys: Sys): boolean {
  const fd = Number(sys.syscall(sys.syscallNumbers.pidfdOpen, BigInt(process.pid), 0n, 0n, 0n, 0n));
  if (fd < 0) return false;
  const sent = sys.syscall(sys.syscallNumbers.pidfdSendSignal, BigInt(fd), 0n, 0n, 0n, 0n);
  sys.close(fd);
  return sent === 0n;
}

let opened: Sys | { readonly problem: string } | null = null;

/** The calls, or why there are none. Tried once per process: the library is never closed, since callbacks point into it. */
export function openSys(): Sys | { readonly problem: string } {
  return (opened ??= open());
}

function open(): Sys | { readonly problem: string } {
  if (process.platform !== 'linux') return { problem: `the platform is ${process.platform}` };
  try {
    const ffi = loadFfi();
    if (ffi === undefined) return { problem: `Node ${process.versions.node} has no node:ffi` };
    const sys = bind(ffi, new ffi.DynamicLibrary(null));
    testDescriptors(sys);
    testTimer(sys);
    testProcesses(sys);
    testSpawn(sys);
    testLoop(sys, ffi);
    return { ...sys, pidfd: testPidfd(sys) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
