// Which old log is compressed next? One at a time for the whole daemon, newest first, outside of the event loop. Nobody waits for it:
// the chain may be rotated meanwhile any number of times, and the finished file goes to the place where its log is then.
import * as fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { FactBody } from '../contract/facts.ts';
import { compress, isCopyOf } from './compressed.ts';
import { errnoName, reasonOf } from './reason.ts';
import { discard, GZIP_SUFFIX, trashName } from './rotation.ts';
import type { RotationPolicy } from './rotating-file.ts';

/** A log with its old files. */
export interface Chain {
  /** Absolute. */
  readonly path: string;
  readonly policy: RotationPolicy;
}

/** Not at once: at the start of the daemon there is better to do, and rotations come in bursts. */
const DELAY_MIN_MS = 100;
/** Where logs are thrown away before they are compressed, trying is in vain: it is done ever less often. */
const DELAY_MAX_MS = 60_000;

const C = fs.constants;

export class Compressor {
  readonly #onFact: (fact: FactBody) => void;
  readonly #waiting = new Set<Chain>();
  #timer: NodeJS.Timeout | null = null;
  #delayMs = DELAY_MIN_MS;
  #running: { readonly abort: AbortController; readonly temporary: string } | null = null;
  #closed = false;

  constructor(onFact: (fact: FactBody) => void) {
    this.#onFact = onFact;
  }

  /** The plain backups of `chain`, if any, are to be compressed. */
  add(chain: Chain): void {
    if (this.#closed) return;
    this.#waiting.add(chain);
    this.#schedule();
  }

  /** What is under way is given up; the next daemon begins anew. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#running === null) return;
    this.#running.abort.abort();
    discardNow(this.#running.temporary);
  }

  #schedule(): void {
    if (this.#timer !== null || this.#running !== null || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#next();
    }, this.#delayMs);
    this.#timer.unref();
  }

  async #next(): Promise<void> {
    for (const chain of this.#waiting) {
      this.#waiting.delete(chain);
      const plain = newestPlain(chain);
      if (plain === null) continue;
      await this.#compress(chain, plain);
      break;
    }
    this.#schedule();
  }

  async #compress(chain: Chain, plain: string): Promise<void> {
    const abort = new AbortController();
    const temporary = trashName(chain.path);
    this.#running = { abort, temporary };
    try {
      const done = await compressBeside(chain, plain, temporary, abort.signal);
      this.#delayMs = done ? DELAY_MIN_MS : Math.min(DELAY_MAX_MS, this.#delayMs * 2);
      if (!this.#closed) this.#waiting.add(chain);
    } catch (error) {
      discardNow(temporary);
      // Tried again after the next rotation: a full disk must not be written on without end.
      if (!this.#closed) this.#onFact({ type: 'log.error', path: plain, why: `cannot compress: ${reasonOf(error)}; it stays as it is, and is tried again after the next rotation` });
    } finally {
      this.#running = null;
    }
  }
}

/** The first backup that has no compressed twin. Twins that a crash left are removed on the way. */
function newestPlain({ path, policy }: Chain): string | null {
  if (!policy.gzip) return null;
  for (let i = 1; i <= policy.backups; i += 1) {
    const plain = `${path}.${i}`;
    const compressed = fs.existsSync(plain + GZIP_SUFFIX);
    if (fs.existsSync(plain)) {
      if (!compressed) return plain;
      if (isCopyOf(plain, plain + GZIP_SUFFIX)) remove(plain);
    } else if (!compressed) {
      return null;
    }
  }
  return null;
}

/** False when the log went away before it was done (it was the oldest, or somebody removed it). Throws the system error. */
async function compressBeside(chain: Chain, plain: string, temporary: string, signal: AbortSignal): Promise<boolean> {
  const { open } = await import('node:fs/promises');
  await using source = await open(plain, C.O_RDONLY | C.O_NOFOLLOW | C.O_NONBLOCK).catch(nullIfMissing);
  if (source === null) return false;
  const before = await source.stat();
  if (!before.isFile()) throw new Error('it is not a regular file');
  await using target = await open(temporary, C.O_WRONLY | C.O_CREAT | C.O_EXCL | C.O_NOFOLLOW, 0o600);
  await compress(source, target, before.size, signal);
  await giveSameOwner(target, before);
  // The plain file was safe on the disk, perhaps: so is this one, before it takes its place.
  await target.datasync();
  const after = await source.stat();
  signal.throwIfAborted();
  if (after.size !== before.size) throw new Error('somebody still writes to it');
  return putInPlace(chain, before, temporary);
}

async function giveSameOwner(target: FileHandle, { uid, gid, mode, atime, mtime }: fs.Stats): Promise<void> {
  const own = await target.stat();
  // Before the mode: chown clears bits of it.
  if (own.uid !== uid || own.gid !== gid) await target.chown(uid, gid);
  await target.chmod(mode & 0o7777);
  await target.utimes(atime, mtime);
}

/** In one turn of the loop, so that no rotation comes between. A crash after the first rename leaves both, which the next daemon puts right. */
function putInPlace({ path, policy }: Chain, { dev, ino }: fs.Stats, temporary: string): boolean {
  for (let i = 1; i <= policy.backups; i += 1) {
    const plain = `${path}.${i}`;
    const found = fs.lstatSync(plain, { throwIfNoEntry: false });
    if (found?.ino !== ino || found.dev !== dev) continue;
    if (fs.existsSync(plain + GZIP_SUFFIX)) break;
    fs.renameSync(temporary, plain + GZIP_SUFFIX);
    remove(plain);
    return true;
  }
  discardNow(temporary);
  return false;
}

function nullIfMissing(error: unknown): null {
  if (errnoName(error) === 'ENOENT') return null;
  throw error;
}

/** To unlink a large file takes long: by a rename it is gone at once. */
function remove(path: string): void {
  const trash = trashName(path);
  fs.renameSync(path, trash);
  discard(trash);
}

function discardNow(temporary: string): void {
  try {
    fs.unlinkSync(temporary);
  } catch {
    // It was not made yet.
  }
}
