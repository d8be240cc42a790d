// A newline on a descriptor of its own: how programs written for s6 say that they are ready.
import type { Readable } from 'node:stream';

const NEWLINE = 10;

/** Calls `done` once, when a newline comes; then, or at the end of the stream, nothing more is read. */
export function awaitNewline(stream: Readable, done: () => void): void {
  stream.on('data', (bytes: Buffer) => {
    if (!bytes.includes(NEWLINE)) return;
    stream.destroy();
    done();
  });
  // Whoever closes it without a word is not ready; the time limit will tell.
  stream.on('error', () => {});
}

/** Our end of a pipe, as a stream; node:net is loaded by the first program with `ready = { fd = … }`. */
export function readableOf(fd: number): Readable {
  const { Socket } = process.getBuiltinModule('node:net');
  return new Socket({ fd, readable: true, writable: false });
}
