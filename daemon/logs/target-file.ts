// What is at the path of a log, and may we write there? Opens it in the way that suits it.
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from './reason.ts';

export type OpenedTarget =
  | { readonly kind: 'regular'; readonly fd: number; readonly size: number }
  /** A FIFO or character device: opened non-blocking, on an open file description of our own. */
  | { readonly kind: 'device'; readonly fd: number }
  /** The daemon's own stdout (1) or stderr (2). */
  | { readonly kind: 'own'; readonly own: 1 | 2 };

/** Access of new log files and directories, less the umask. */
const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

const C = fs.constants;
const REGULAR_FLAGS = C.O_WRONLY | C.O_APPEND | C.O_CREAT | C.O_NOFOLLOW | C.O_NONBLOCK | C.O_NOCTTY;

const OWN_STREAMS: Readonly<Record<string, 1 | 2>> = {
  '/dev/stdout': 1,
  '/dev/stderr': 2,
  '/dev/fd/1': 1,
  '/dev/fd/2': 2,
  '/proc/self/fd/1': 1,
  '/proc/self/fd/2': 2,
};

/** 1 or 2 when the path means the daemon's own stdout or stderr. */
export function ownStreamOf(path: string): 1 | 2 | null {
  const known = OWN_STREAMS[path];
  if (known !== undefined) return known;
  if (path === `/proc/${process.pid}/fd/1`) return 1;
  if (path === `/proc/${process.pid}/fd/2`) return 2;
  return null;
}

// /proc and /dev are the kernel's and root's, so their links may be followed. /dev/shm is everybody's.
function linksAreTrusted(path: string): boolean {
  return path.startsWith('/proc/') || (path.startsWith('/dev/') && !path.startsWith('/dev/shm/'));
}

// mkdirSync's `recursive` never returns where a file system answers ENOENT to mkdir in a directory that is there, as /proc does.
function makeDirectory(path: string): void {
  try {
    fs.mkdirSync(path, { mode: DIRECTORY_MODE });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || fs.existsSync(dirname(path))) throw error;
    makeDirectory(dirname(path));
    makeDirectory(path);
  }
}

/** Opens a regular file for appending, creating it and its directory. Throws the system error; ELOOP for a symbolic link. */
export function openRegular(path: string): { fd: number; size: number } {
  let fd: number;
  try {
    fd = fs.openSync(path, REGULAR_FLAGS, FILE_MODE);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    makeDirectory(dirname(path));
    fd = fs.openSync(path, REGULAR_FLAGS, FILE_MODE);
  }
  const stat = fs.fstatSync(fd);
  if (stat.isFile()) return { fd, size: stat.size };
  fs.closeSync(fd);
  throw new Error('it is no longer a regular file');
}

function openDevice(path: string, fifo: boolean): number {
  // O_RDWR on a FIFO succeeds without a reader (fifo(7)) and never gives EPIPE when the reader comes and goes.
  const access = fifo ? C.O_RDWR : C.O_WRONLY;
  const follow = linksAreTrusted(path) ? 0 : C.O_NOFOLLOW;
  const fd = fs.openSync(path, access | C.O_APPEND | C.O_NONBLOCK | C.O_NOCTTY | follow);
  const stat = fs.fstatSync(fd);
  if (stat.isFIFO() || stat.isCharacterDevice()) return fd;
  fs.closeSync(fd);
  throw new Error('it changed while it was being opened');
}

/** Opens what is at `path` (absolute), creating a regular file where nothing is. A message when that cannot be done. */
export function openTarget(path: string): OpenedTarget | { readonly error: string } {
  const own = ownStreamOf(path);
  if (own !== null) return { kind: 'own', own };
  try {
    let stat = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) {
      // The way container images send a log file to the container's output: x.log -> /dev/stdout. Only that link is followed.
      const linked = ownStreamOf(fs.readlinkSync(path));
      if (linked !== null) return { kind: 'own', own: linked };
      if (linksAreTrusted(path)) stat = fs.statSync(path);
    }
    if (stat === undefined || stat.isFile()) return { kind: 'regular', ...openRegular(path) };
    if (stat.isFIFO() || stat.isCharacterDevice()) return { kind: 'device', fd: openDevice(path, stat.isFIFO()) };
    const what = stat.isSymbolicLink()
      ? 'a symbolic link, which is never followed'
      : stat.isDirectory()
        ? 'a directory'
        : stat.isSocket()
          ? 'a socket'
          : 'not a regular file';
    return { error: `cannot open log ${path}: it is ${what}` };
  } catch (error) {
    return { error: `cannot open log ${path}: ${reasonOf(error)}` };
  }
}
