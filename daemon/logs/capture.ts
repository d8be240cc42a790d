// When is which pipe read? Pipes that say something now and then are read when they do; busy ones are read in ticks, so that
// a child that writes line by line costs one read for hundreds of lines. Nothing ticks while nobody writes.
import * as fs from 'node:fs';
import type { Readiness, ReadinessHandle } from '../os/ports/readiness.ts';
import { errnoName, reasonOf } from './reason.ts';

/** Takes what was read. */
export interface SourceSink {
  /** Whether there is room for more; if not, the sink has paused its source and resumes it later. */
  willing(): boolean;
  /** bytes[0, length) is valid until the call returns. */
  bytes(buffer: Buffer, length: number): void;
  /** No more will come; the descriptor is closed. `why` is null at the proper end. */
  ended(why: string | null): void;
}

/** One place where output arrives. */
export interface Source {
  pause(): void;
  resume(): void;
  /** Reads what is there now, at most about `limitBytes`, then calls back. */
  drain(limitBytes: number, done: () => void): void;
  /** Stops for good; the bytes that nobody took, as far as they can be told. */
  close(): number;
}

const BUFFER_BYTES = 256 * 1024;
/** A pipe gives at most this in one turn, and all pipes together at most that: the API is served in between. */
const PIPE_TURN_BYTES = 1024 * 1024;
const TURN_BYTES = 2 * 1024 * 1024;
/** What looking at a pipe costs of that, at least: a thousand pipes with a line each are not one turn. */
const LOOK_BYTES = 8 * 1024;
/** A pipe that gives this at once is hot, and its pipe is grown, once. */
const HOT_BYTES = 32 * 1024;
const GROWN_BYTES = 1024 * 1024;
/** Two readinesses of one pipe within this time are a burst: it is read in ticks until it is found empty. */
const BURST_MS = 5;
/** More readinesses than this within the window: a crowd, and even single lines wait for the tick. */
const CROWD_EVENTS = 40;
const CROWD_WINDOW_MS = 100;
/** Pipes that the kernel refuses to watch (fs.epoll.max_user_watches) are looked at this often, and offered to it again. */
const UNWATCHED_MS = 200;

type Phase = 'waiting' | 'ticking' | 'paused' | 'closed';

/** How long a row of ticks waits between rounds, by the number of pipes in it. Longer than the pipe lasts would stall the child. */
function hotTickMs(pipes: number): number {
  return pipes <= 4 ? 2 : pipes <= 16 ? 5 : 10;
}

function warmTickMs(pipes: number): number {
  return pipes <= 32 ? 10 : pipes <= 200 ? 50 : 200;
}

/** Pipes read together, round after round. */
class Row {
  readonly #tickMs: (pipes: number) => number;
  readonly #read: (pipe: Pipe) => number;
  #pipes: Pipe[] = [];
  #rest: Pipe[] = [];
  #timer: NodeJS.Timeout | null = null;
  #immediate: NodeJS.Immediate | null = null;
  #reading = false;

  constructor(tickMs: (pipes: number) => number, read: (pipe: Pipe) => number) {
    this.#tickMs = tickMs;
    this.#read = read;
  }

  push(pipe: Pipe): void {
    this.#pipes.push(pipe);
    if (!this.#reading) this.#schedule();
  }

  #schedule(): void {
    if (this.#timer !== null || this.#immediate !== null || this.#pipes.length === 0) return;
    this.#timer = setTimeout(this.#round, this.#tickMs(this.#pipes.length));
  }

  /** The next round comes in the next turn: a pipe has more than one turn takes. */
  hurry(): void {
    if (this.#immediate !== null) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#immediate = setImmediate(this.#round);
  }

  readonly #round = (): void => {
    this.#timer = null;
    this.#immediate = null;
    const now = this.#rest.length > 0 ? this.#rest : this.#pipes;
    if (now === this.#pipes) this.#pipes = [];
    this.#rest = [];
    let budget = TURN_BYTES;
    let done = 0;
    // Reading pushes a pipe to the row where it belongs next, perhaps this one: hence the fresh list.
    this.#reading = true;
    for (; done < now.length && budget > 0; done += 1) {
      const pipe = now[done];
      if (pipe !== undefined) budget -= Math.max(LOOK_BYTES, this.#read(pipe));
    }
    this.#reading = false;
    if (done < now.length) {
      this.#rest = now.slice(done);
      this.hurry();
    } else {
      this.#schedule();
    }
  };

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
    this.#pipes = [];
    this.#rest = [];
  }
}

class Pipe implements Source {
  readonly fd: number;
  readonly sink: SourceSink;
  readonly #capture: Capture;
  handle: ReadinessHandle | null = null;
  phase: Phase = 'waiting';
  /** In a row, perhaps of an earlier phase: a row finds out when its turn comes. */
  queued = false;
  grown = false;
  readyAt = Number.NEGATIVE_INFINITY;

  constructor(capture: Capture, fd: number, sink: SourceSink) {
    this.#capture = capture;
    this.fd = fd;
    this.sink = sink;
  }

  pause(): void {
    if (this.phase === 'closed' || this.phase === 'paused') return;
    if (this.phase === 'waiting') this.handle?.pause();
    this.phase = 'paused';
  }

  resume(): void {
    if (this.phase !== 'paused') return;
    this.phase = 'ticking';
    this.#capture.enqueue(this);
  }

  drain(limitBytes: number, done: () => void): void {
    let left = limitBytes;
    while (left > 0 && (this.phase === 'waiting' || this.phase === 'ticking')) {
      const got = this.#capture.readOnce(this);
      if (got <= 0) break;
      left -= got;
    }
    done();
  }

  close(): number {
    if (this.phase === 'closed') return 0;
    this.phase = 'closed';
    this.handle?.remove();
    const left = this.#capture.countRest(this.fd);
    fs.closeSync(this.fd);
    return left;
  }
}

/** Reads pipes whose descriptors are non-blocking. It owns them from `add` on. */
export class Capture {
  readonly #readiness: Readiness;
  readonly #now: () => number;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #hot: Row;
  readonly #warm: Row;
  readonly #onProblem: (why: string) => void;
  /** Empty at the last look, and not watched: the kernel refused. */
  #unwatched: Pipe[] = [];
  #unwatchedTimer: NodeJS.Timeout | null = null;
  #toldUnwatched = false;
  #windowStart = Number.NEGATIVE_INFINITY;
  #windowEvents = 0;

  /** `onProblem` hears once, until all is well again, that pipes cannot be watched. */
  constructor(readiness: Readiness, now: () => number, onProblem: (why: string) => void = () => {}) {
    this.#readiness = readiness;
    this.#now = now;
    this.#onProblem = onProblem;
    const read = (pipe: Pipe): number => this.#readInRow(pipe);
    this.#hot = new Row(hotTickMs, read);
    this.#warm = new Row(warmTickMs, read);
  }

  /** Starts reading. What cannot be watched is looked at now and then. */
  add(fd: number, sink: SourceSink): Source {
    const pipe = new Pipe(this, fd, sink);
    this.#watch(pipe);
    return pipe;
  }

  /** Has the pipe read when it says something. */
  #watch(pipe: Pipe): void {
    try {
      if (pipe.handle === null) pipe.handle = this.#readiness.add(pipe.fd, () => this.#ready(pipe));
      else pipe.handle.resume();
      pipe.phase = 'waiting';
    } catch (error) {
      pipe.phase = 'ticking';
      this.#unwatched.push(pipe);
      this.#unwatchedTimer ??= setTimeout(this.#lookAtUnwatched, UNWATCHED_MS);
      if (!this.#toldUnwatched) this.#onProblem(`${reasonOf(error)}; it is looked at every ${UNWATCHED_MS} ms until it can be watched`);
      this.#toldUnwatched = true;
    }
  }

  readonly #lookAtUnwatched = (): void => {
    this.#unwatchedTimer = null;
    const pipes = this.#unwatched;
    this.#unwatched = [];
    // Each is read in the next tick, and then watched or here again.
    for (const pipe of pipes) if (pipe.phase === 'ticking') this.enqueue(pipe);
    if (pipes.length === 0) this.#toldUnwatched = false;
    else this.#unwatchedTimer = setTimeout(this.#lookAtUnwatched, UNWATCHED_MS);
  };

  #ready(pipe: Pipe): void {
    if (pipe.phase !== 'waiting') return;
    const now = this.#now();
    if (now - this.#windowStart > CROWD_WINDOW_MS) {
      this.#windowStart = now;
      this.#windowEvents = 0;
    }
    this.#windowEvents += 1;
    const burst = now - pipe.readyAt < BURST_MS;
    pipe.readyAt = now;
    if (this.#windowEvents > CROWD_EVENTS) {
      pipe.handle?.pause();
      pipe.phase = 'ticking';
      this.enqueue(pipe);
      return;
    }
    const got = this.#readTurn(pipe);
    if (pipe.phase !== 'waiting' || (!burst && got < HOT_BYTES)) return;
    pipe.handle?.pause();
    pipe.phase = 'ticking';
    this.#place(pipe, got);
  }

  /** Has the pipe read at the next tick. */
  enqueue(pipe: Pipe): void {
    if (pipe.queued) return;
    pipe.queued = true;
    this.#warm.push(pipe);
  }

  #place(pipe: Pipe, got: number): void {
    if (pipe.queued) return;
    if (got < HOT_BYTES) {
      this.enqueue(pipe);
      return;
    }
    // Refused to users without privileges once they hold 64 MiB of pipes: then it stays as it is.
    if (!pipe.grown) this.#readiness.growPipe(pipe.fd, GROWN_BYTES);
    pipe.grown = true;
    pipe.queued = true;
    this.#hot.push(pipe);
    if (got >= PIPE_TURN_BYTES) this.#hot.hurry();
  }

  #readInRow(pipe: Pipe): number {
    pipe.queued = false;
    if (pipe.phase !== 'ticking') return 0;
    const got = this.#readTurn(pipe);
    if (pipe.phase !== 'ticking') return got;
    if (got > 0) {
      this.#place(pipe, got);
    } else {
      this.#watch(pipe);
    }
    return got;
  }

  #readTurn(pipe: Pipe): number {
    let got = 0;
    while (got < PIPE_TURN_BYTES) {
      const count = this.readOnce(pipe);
      if (count <= 0) break;
      got += count;
      // A short read emptied the pipe; to ask again would cost an exception for EAGAIN.
      if (count < BUFFER_BYTES || (pipe.phase !== 'waiting' && pipe.phase !== 'ticking')) break;
    }
    return got;
  }

  /** One read; 0 when there is nothing now or ever again. */
  readOnce(pipe: Pipe): number {
    // Asked before each read: a thousand pipes into one stuck target owe one buffer, not a thousand.
    if (!pipe.sink.willing()) return 0;
    let count: number;
    try {
      count = fs.readSync(pipe.fd, this.#buffer, 0, BUFFER_BYTES, null);
    } catch (error) {
      if (errnoName(error) === 'EAGAIN') return 0;
      pipe.close();
      pipe.sink.ended(reasonOf(error));
      return 0;
    }
    if (count === 0) {
      pipe.close();
      pipe.sink.ended(null);
      return 0;
    }
    pipe.sink.bytes(this.#buffer, count);
    return count;
  }

  /** Bytes in a pipe that will not be read, at most about what a pipe holds: whoever writes on does not keep us. */
  countRest(fd: number): number {
    let left = 0;
    try {
      for (let count = 1; count > 0 && left < GROWN_BYTES; left += count) count = fs.readSync(fd, this.#buffer, 0, BUFFER_BYTES, null);
    } catch {
      // Empty (EAGAIN), or cannot be read at all.
    }
    return left;
  }

  dispose(): void {
    this.#hot.stop();
    this.#warm.stop();
    if (this.#unwatchedTimer !== null) clearTimeout(this.#unwatchedTimer);
  }
}
