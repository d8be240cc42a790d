// A regular file that takes bytes, rotates at its size, and survives what people do to log files. Synchronous throughout:
// a local write is a copy into the page cache. Usable alone (the daemon's own log) and under a Writer (programs' logs).
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { FactBody } from '../contract/facts.ts';
import { isCopyOf } from './compressed.ts';
import type { Chain } from './compressor.ts';
import { errnoName, reasonOf } from './reason.ts';
import { discard, performStep, planRotation, sweepTrash, trashName } from './rotation.ts';
import { openRegular } from './target-file.ts';

export interface RotationPolicy {
  /** Rotate once the file has this size; 0 = never. */
  readonly maxBytes: number;
  /** Old files kept; 0 = start anew without keeping any. */
  readonly backups: number;
  /** Old files are compressed, some time after they were rotated. */
  readonly gzip: boolean;
}

export interface RotatingFileOptions extends RotationPolicy {
  /** Absolute. */
  readonly path: string;
  readonly onFact: (fact: FactBody) => void;
  /** Monotonic ms. */
  readonly now?: () => number;
  /** Whether leftovers of a crash in the directory are cleaned now. */
  readonly sweep?: boolean;
  /** Where old files wait for being compressed; without it they stay as they are. */
  readonly compressor?: { add(chain: Chain): void };
}

/** Why fewer bytes were taken than given. */
export interface TakeProblem {
  readonly code: string;
  readonly reason: string;
}

/** A file may grow past its size by this much before a line is cut in two. */
const LINE_BOUND = 64 * 1024;
/** Was the file deleted or truncated behind our back? Looked at after this many bytes, or at a write after this long. */
const CHECK_BYTES = 4 * 1024 * 1024;
const CHECK_MS = 1000;
/** After a rotation that failed, the file grows by at least this much before the next attempt. */
const RETRY_BYTES = 1024 * 1024;
const NEWLINE = 10;
const END_OF_LINE = Buffer.from('\n');

export class RotatingFile implements Chain {
  readonly path: string;
  readonly kind = 'regular';
  readonly unfinished = 0;
  /** Why the last `take` was short. */
  problem: TakeProblem | null = null;
  rotations = 0;
  /** Bytes that `write` could not place. */
  dropped = 0;
  #fd = -1;
  #size = 0;
  #policy: RotationPolicy;
  #uncheckedBytes = 0;
  #checkedAt: number;
  #rotateAbove = 0;
  // For `write`: since when the disk refuses, and whether the last line was cut by that.
  #refusedAt: number | null = null;
  #cut = false;
  readonly #onFact: (fact: FactBody) => void;
  readonly #now: () => number;
  readonly #compressor: RotatingFileOptions['compressor'];

  /** Takes over an open descriptor (append mode) and its size. */
  constructor(options: RotatingFileOptions, opened: { readonly fd: number; readonly size: number }) {
    this.path = options.path;
    this.#policy = { maxBytes: options.maxBytes, backups: options.backups, gzip: options.gzip };
    this.#compressor = options.compressor;
    this.#onFact = options.onFact;
    this.#now = options.now ?? (() => performance.now());
    this.#fd = opened.fd;
    this.#size = opened.size;
    this.#checkedAt = this.#now();
    if (options.sweep !== false) sweepTrash(dirname(this.path));
    // Also how a rotation that a crash interrupted is finished: the file is still full.
    if (this.#isFull()) this.rotate();
    // What an earlier daemon did not come to compress.
    else this.#compress();
  }

  /** Bytes in the current file. */
  get size(): number {
    return this.#size;
  }

  get policy(): RotationPolicy {
    return this.#policy;
  }

  setPolicy(policy: RotationPolicy): void {
    this.#policy = policy;
    this.#rotateAbove = 0;
    this.#compress();
  }

  #compress(): void {
    if (this.#policy.gzip && this.#policy.backups > 0) this.#compressor?.add(this);
  }

  #isFull(): boolean {
    return this.#policy.maxBytes > 0 && this.#size >= this.#policy.maxBytes && this.#size >= this.#rotateAbove;
  }

  /** Writes bytes[start, end) as far as the disk takes them, rotating at line ends. Returns how many; see `problem` if fewer. */
  take(bytes: Buffer, start: number, end: number): number {
    let at = start;
    this.problem = null;
    if (this.#uncheckedBytes >= CHECK_BYTES || this.#now() - this.#checkedAt >= CHECK_MS) this.#check();
    while (at < end) {
      if (this.#fd < 0 && !this.#openAgain()) break;
      const wanted = this.#upToRotation(bytes, at, end);
      let written: number;
      try {
        written = fs.writeSync(this.#fd, bytes, at, wanted);
      } catch (error) {
        this.problem = { code: errnoName(error), reason: reasonOf(error) };
        break;
      }
      at += written;
      this.#size += written;
      this.#uncheckedBytes += written;
      if (this.#isFull() && (bytes[at - 1] === NEWLINE || this.#size >= this.#policy.maxBytes + LINE_BOUND)) this.rotate();
    }
    return at - start;
  }

  // How much goes into this file: through the end of the line that reaches maxBytes, as supervisord does with a write.
  #upToRotation(bytes: Buffer, at: number, end: number): number {
    const length = end - at;
    const { maxBytes } = this.#policy;
    if (maxBytes === 0 || this.#size + length < maxBytes || this.#size < this.#rotateAbove) return length;
    const room = Math.max(0, maxBytes - this.#size);
    const newline = bytes.indexOf(NEWLINE, at + Math.max(0, room - 1));
    const lineEnd = newline >= 0 && newline < end ? newline + 1 - at : length;
    return Math.min(lineEnd, Math.max(1, maxBytes + LINE_BOUND - this.#size));
  }

  #check(): void {
    this.#uncheckedBytes = 0;
    this.#checkedAt = this.#now();
    if (this.#fd < 0) return;
    try {
      const stat = fs.fstatSync(this.#fd);
      this.#size = stat.size;
      if (stat.nlink > 0) return;
    } catch (error) {
      this.#onFact({ type: 'log.error', path: this.path, why: `cannot look at the log: ${reasonOf(error)}` });
      return;
    }
    this.#onFact({ type: 'log.error', path: this.path, why: 'the log file was deleted; it is created anew' });
    this.#closeFd();
    this.#openAgain();
  }

  #closeFd(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    try {
      fs.closeSync(fd);
    } catch (error) {
      // A delayed write error of a network file system: the bytes are gone, and this is the only place that learns of it.
      this.#onFact({ type: 'log.error', path: this.path, why: `closing the log: ${reasonOf(error)}` });
    }
  }

  /** Opens the path, and writes there from now on. Throws as openRegular does; then nothing has changed. */
  #take(): void {
    const opened = openRegular(this.path);
    this.#fd = opened.fd;
    this.#size = opened.size;
    this.#uncheckedBytes = 0;
    this.#checkedAt = this.#now();
  }

  #openAgain(): boolean {
    try {
      this.#take();
      return true;
    } catch (error) {
      this.problem = { code: errnoName(error), reason: reasonOf(error) };
      return false;
    }
  }

  /** Moves the current file out of the way and starts a new one. A message when that failed; then the old one is gone on with. */
  rotate(): string | null {
    const bytes = this.#size;
    try {
      for (const step of planRotation(this.path, this.#policy.backups, { exists: fs.existsSync, isCopy: isCopyOf })) performStep(step);
    } catch (error) {
      if (errnoName(error) !== 'ENOENT') {
        this.#rotateAbove = this.#size + Math.max(RETRY_BYTES, this.#policy.maxBytes);
        const why = `cannot rotate: ${reasonOf(error)}; the log grows on and rotation is tried again later`;
        this.#onFact({ type: 'log.error', path: this.path, why });
        return `cannot rotate log ${this.path}: ${reasonOf(error)}`;
      }
      // Somebody moved or deleted files meanwhile (the directory, perhaps): there is nothing to keep, open anew.
    }
    this.#rotateAbove = 0;
    // Close first: under EMFILE the slot is needed. If opening fails, `take` opens again at its next call.
    this.#closeFd();
    this.#openAgain();
    this.rotations += 1;
    this.#onFact({ type: 'log.rotated', path: this.path, bytes, backups: this.#policy.backups });
    this.#compress();
    return null;
  }

  /** Removes the current file's content by starting a new file. A message when that failed. */
  clear(): string | null {
    const trash = trashName(this.path);
    try {
      fs.renameSync(this.path, trash);
      discard(trash);
    } catch (error) {
      if (errnoName(error) !== 'ENOENT') return `cannot clear log ${this.path}: ${reasonOf(error)}`;
    }
    return this.reopen();
  }

  /** Closes and opens the path again (for an external logrotate). On failure the old file is kept, with a message. */
  reopen(): string | null {
    const old = this.#fd;
    try {
      this.#take();
    } catch (error) {
      const why = `cannot reopen log ${this.path}: ${reasonOf(error)}`;
      this.#onFact({ type: 'log.error', path: this.path, why: `${why}; the old file is kept` });
      return why;
    }
    if (old >= 0) fs.closeSync(old);
    return null;
  }

  /**
   * Writes text or bytes whole. What the disk refuses is dropped and counted, and said once, never thrown: a log must not end
   * its daemon. False when something was dropped.
   */
  write(data: string | Uint8Array): boolean {
    const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (this.#cut) this.#cut = this.take(END_OF_LINE, 0, 1) === 0;
    const taken = this.#cut ? 0 : this.take(bytes, 0, bytes.length);
    const whole = taken === bytes.length;
    this.dropped += bytes.length - taken;
    if (!whole && taken > 0) this.#cut = true;
    // State first: the fact may well be written here.
    if (!whole && this.#refusedAt === null) {
      this.#refusedAt = this.#now();
      this.#onFact({ type: 'log.blocked', path: this.path, why: this.problem?.reason ?? 'unknown', full: 'drop' });
    } else if (whole && this.#refusedAt !== null) {
      const blockedMs = Math.round(this.#now() - this.#refusedAt);
      this.#refusedAt = null;
      this.#onFact({ type: 'log.resumed', path: this.path, blockedMs });
    }
    return whole;
  }

  close(): void {
    this.#closeFd();
  }
}

/** Opens a rotating file, creating it and its directory. A message when that cannot be done. */
export function openRotatingFile(options: RotatingFileOptions): RotatingFile | { readonly error: string } {
  try {
    return new RotatingFile(options, openRegular(options.path));
  } catch (error) {
    return { error: `cannot open log ${options.path}: ${reasonOf(error)}` };
  }
}
