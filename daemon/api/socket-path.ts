// The path of a unix socket: made with its mode and owner before anyone can see it, a dead one replaced, a living one left alone.
import { chmodSync, chownSync, lstatSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { lookupOwner } from './owner.ts';

// Names of this process that nobody else uses at once. node:crypto would cost 5 MiB for it.
let claims = 0;

/** sun_path of unix(7), without the closing zero. */
const MAX_PATH_BYTES = 107;
const PROBE_MS = 2000;

export interface SocketClaim {
  /** Bind here; `publish` moves it to the real path. */
  readonly bindPath: string;
  publish(): void;
  abandon(): void;
  /** Removes the path if it is still the socket that was published. */
  release(): void;
}

function statOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already: that is what is wanted.
  }
}

/** Does a program accept connections there? EAGAIN (its queue is full) and EACCES (not ours) count as yes. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.setTimeout(PROBE_MS, () => end(true));
    socket.once('connect', () => end(true));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
  });
}

/** Creates the directory with 0711, so that others may reach sockets in it but not list it. An existing one is left as it is. */
function makeDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: 0o711 });
  // mkdir obeys the umask; what we made is ours to open.
  if (first !== undefined) chmodSync(directory, 0o711);
}

/** Prepares a path for a unix socket. Rejects with the sentence to print when it cannot be had. */
export async function claimSocketPath(path: string, mode: number, owner: string | null, warn: (message: string) => void): Promise<SocketClaim> {
  const cannot = (why: string): Error => new Error(`cannot listen on unix:${path}: ${why}`);
  const bindPath = join(dirname(path), `.${process.pid.toString(36)}-${(claims++).toString(36)}`);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || Buffer.byteLength(bindPath) > MAX_PATH_BYTES) {
    throw cannot(`the path has more than ${MAX_PATH_BYTES} bytes, the most a unix socket can have; choose a shorter one`);
  }
  const ids = owner === null ? null : lookupOwner(owner);
  if (typeof ids === 'string') throw cannot(`${ids}; correct the owner of the socket in the configuration`);
  try {
    makeDirectory(dirname(path));
  } catch (error) {
    throw cannot(`its directory cannot be created: ${(error as Error).message}`);
  }
  const before = statOf(path);
  if (before !== null && !before.isSocket()) throw cannot('something that is not a socket is in its place; remove it or choose another path');
  if (before !== null && (await isAlive(path))) throw cannot('another program answers there, most likely a second reeved; stop it or choose another path');
  if (before !== null) warn(`removed the stale socket ${path}: nobody answered on it`);
  let published: Stats | null = null;
  return {
    bindPath,
    publish() {
      if (ids !== null) {
        try {
          chownSync(bindPath, ids.uid, ids.gid);
        } catch (error) {
          throw new Error(`the socket cannot be given to ${owner}: ${(error as Error).message}`);
        }
      }
      chmodSync(bindPath, mode);
      renameSync(bindPath, path);
      published = statOf(path);
    },
    abandon: () => remove(bindPath),
    release() {
      const now = statOf(path);
      if (published !== null && now !== null && now.ino === published.ino && now.dev === published.dev) remove(path);
    },
  };
}
