// A target that is not a regular file (a container's stdout, a FIFO, a terminal): takes what it can without blocking us.
import * as fs from 'node:fs';
import type { TakeProblem } from './rotating-file.ts';
import { errnoName, reasonOf } from './reason.ts';

/** What a Writer needs of a target. */
export interface Target {
  readonly path: string;
  readonly kind: 'regular' | 'device';
  /** Why the last `take` was short. */
  readonly problem: TakeProblem | null;
  /** Bytes taken and still under way. */
  readonly unfinished: number;
  /** Takes bytes[start, end) as far as it can now; returns how many. Must not keep `bytes`. */
  take(bytes: Buffer, start: number, end: number): number;
  close(): void;
}

const SLOW: TakeProblem = { code: 'EAGAIN', reason: 'its reader is too slow or absent' };
/** One write in flight of a descriptor that cannot be made non-blocking. */
const FLIGHT_BYTES = 64 * 1024;

/** Writes to a non-blocking descriptor. */
export class Device implements Target {
  readonly path: string;
  readonly kind = 'device';
  readonly unfinished = 0;
  problem: TakeProblem | null = null;
  readonly #fd: number;
  readonly #owned: boolean;

  constructor(path: string, fd: number, owned: boolean) {
    this.path = path;
    this.#fd = fd;
    this.#owned = owned;
  }

  take(bytes: Buffer, start: number, end: number): number {
    this.problem = null;
    let at = start;
    while (at < end) {
      try {
        at += fs.writeSync(this.#fd, bytes, at, end - at);
      } catch (error) {
        const code = errnoName(error);
        this.problem = code === 'EAGAIN' ? SLOW : { code, reason: reasonOf(error) };
        break;
      }
    }
    return at - start;
  }

  close(): void {
    if (this.#owned) fs.closeSync(this.#fd);
  }
}

/** Writes through libuv's thread pool, one write at a time: for sockets as stdout (systemd), which cannot be opened anew. */
export class ThreadedDevice implements Target {
  readonly path: string;
  readonly kind = 'device';
  problem: TakeProblem | null = null;
  readonly #fd: number;
  unfinished = 0;
  #failed: TakeProblem | null = null;
  /** What the failed write left: tried again before anything else is taken, so that it is delivered or counted. */
  #rest: Buffer | null = null;

  constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
  }

  take(bytes: Buffer, start: number, end: number): number {
    this.problem = this.#failed ?? (this.unfinished > 0 ? SLOW : null);
    this.#failed = null;
    const rest = this.#rest;
    this.#rest = null;
    if (rest !== null) this.#send(rest);
    if (this.problem !== null) return 0;
    const length = Math.min(end - start, FLIGHT_BYTES);
    const copy = Buffer.allocUnsafeSlow(length);
    bytes.copy(copy, 0, start, start + length);
    this.unfinished = length;
    this.#send(copy);
    if (length < end - start) this.problem = SLOW;
    return length;
  }

  #send(bytes: Buffer): void {
    fs.write(this.#fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error === null && written === bytes.length) {
        this.unfinished = 0;
      } else if (error === null) {
        this.unfinished = bytes.length - written;
        this.#send(bytes.subarray(written));
      } else if (errnoName(error) === 'EAGAIN') {
        setTimeout(() => this.#send(bytes), 20);
      } else {
        this.#rest = bytes;
        this.#failed = { code: errnoName(error), reason: reasonOf(error) };
      }
    });
  }

  close(): void {}
}

/** The daemon's own stdout or stderr as a target, on an open file description of our own where the kernel allows it. */
export function openOwnStream(fd: number, own: 1 | 2): Target | { readonly error: string } {
  const path = own === 1 ? '/dev/stdout' : '/dev/stderr';
  try {
    const stat = fs.fstatSync(fd);
    // `reeved > file`: only this description knows the offset that others who write there use.
    if (stat.isFile()) return new Device(path, fd, false);
    if (!stat.isSocket()) {
      try {
        // Opened anew, so that O_NONBLOCK is not seen by whoever shares our stdout.
        const flags = fs.constants.O_WRONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY;
        return new Device(path, fs.openSync(`/proc/self/fd/${fd}`, flags), true);
      } catch {
        // Another user's pipe, or no /proc.
      }
    }
    return new ThreadedDevice(path, fd);
  } catch (error) {
    return { error: `cannot write to ${path}: ${reasonOf(error)}` };
  }
}
