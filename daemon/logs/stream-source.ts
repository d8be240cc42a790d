// Output that arrives as a Node stream (portable mode).
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Source, SourceSink } from './capture.ts';

/** A drain looks this often whether more came, and this often in all. */
const DRAIN_STEP_MS = 5;
const DRAIN_STEPS = 40;

class StreamSource implements Source {
  readonly #stream: Readable;
  #open = true;
  #came = 0;

  constructor(stream: Readable, sink: SourceSink) {
    this.#stream = stream;
    const end = (why: string | null): void => {
      if (!this.#open) return;
      this.#open = false;
      sink.ended(why);
    };
    stream.on('data', (chunk: Buffer) => {
      if (!this.#open) return;
      this.#came += chunk.length;
      sink.bytes(chunk, chunk.length);
    });
    stream.on('end', () => end(null));
    stream.on('close', () => end(null));
    stream.on('error', (error) => end(error.message));
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    if (this.#open) this.#stream.resume();
  }

  /** The kernel's part of a stream cannot be asked for: wait for its end, or for silence over two looks, or for the bound. */
  drain(limitBytes: number, done: () => void): void {
    let steps = 0;
    let silent = 0;
    let seen = this.#came;
    const limit = this.#came + limitBytes;
    const look = (): void => {
      silent = this.#came === seen ? silent + 1 : 0;
      seen = this.#came;
      steps += 1;
      if (!this.#open || this.#stream.isPaused() || silent >= 2 || steps >= DRAIN_STEPS || this.#came >= limit) done();
      else setTimeout(look, DRAIN_STEP_MS);
    };
    if (!this.#open || this.#stream.isPaused()) done();
    else setTimeout(look, DRAIN_STEP_MS);
  }

  close(): number {
    const left = this.#open ? this.#stream.readableLength : 0;
    this.#open = false;
    this.#stream.destroy();
    return left;
  }
}

/** Starts reading a stream; `sink.ended` is called once. */
export function streamSource(stream: Readable, sink: SourceSink): Source {
  return new StreamSource(stream, sink);
}

/** A descriptor where nobody can tell readiness: libuv reads it as a pipe. */
export function descriptorSource(fd: number, sink: SourceSink): Source {
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.resume();
  return new StreamSource(socket, sink);
}
