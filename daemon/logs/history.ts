// What was written before now: the end of a log for people, and supervisord's read and tail rules for XML-RPC.
import * as fs from 'node:fs';
import type { LogSlice } from '../os/ports/logs.ts';
import { endOfCompressed } from './compressed.ts';
import { reasonOf } from './reason.ts';
import type { Ring } from './ring.ts';
import { GZIP_SUFFIX } from './rotation.ts';

/** One answer holds at most this. */
export const READ_BOUND_BYTES = 64 * 1024 * 1024;

/** Something with a size that can be read from a position. */
interface Readout {
  readonly size: number;
  /** At most `length` bytes from `position`. */
  read(position: number, length: number): Buffer;
}

function withFile<T>(path: string, use: (readout: Readout) => T): T {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  try {
    return use({
      size: fs.fstatSync(fd).size,
      read(position, length) {
        const size = Math.max(0, Math.min(length, READ_BOUND_BYTES, fs.fstatSync(fd).size - position));
        const bytes = Buffer.allocUnsafe(size);
        let got = 0;
        while (got < size) {
          const count = fs.readSync(fd, bytes, got, size - got, position + got);
          if (count === 0) break;
          got += count;
        }
        return bytes.subarray(0, got);
      },
    });
  } finally {
    fs.closeSync(fd);
  }
}

// A ring is a log whose beginning is lost.
function ofRing(ring: Ring): Readout {
  return {
    size: ring.total,
    read(position, length) {
      const kept = ring.last(ring.length);
      const lost = ring.total - kept.length;
      return kept.subarray(Math.max(0, position - lost), Math.max(0, position + length - lost));
    },
  };
}

/** The last bytes of a file and, if it is younger than that, of the one rotated before it (compressed: as much as its end holds). Empty when there is none. */
export function endOfFile(path: string, bytes: number, rotated: boolean): Buffer {
  try {
    const current = withFile(path, (file) => file.read(Math.max(0, file.size - bytes), bytes));
    if (!rotated || current.length >= bytes) return current;
    const missing = bytes - current.length;
    const before = fs.existsSync(`${path}.1`)
      ? withFile(`${path}.1`, (file) => file.read(Math.max(0, file.size - missing), missing))
      : endOfCompressed(`${path}.1${GZIP_SUFFIX}`, missing);
    return Buffer.concat([before, current]);
  } catch {
    // History is a courtesy: what cannot be read is not shown, and the live part begins.
    return Buffer.alloc(0);
  }
}

/** Where to read: a file, or the ring that stands for one. */
export type LogPlace = { readonly path: string } | { readonly ring: Ring };

function use<T>(place: LogPlace, what: (readout: Readout) => T): T {
  return 'ring' in place ? what(ofRing(place.ring)) : withFile(place.path, what);
}

/**
 * supervisord's tailFile: the last `length` bytes, the size as the new offset, and whether more than offset + length is there.
 * A missing file is empty.
 */
export function tailLog(place: LogPlace, offset: number, length: number): LogSlice {
  try {
    return use(place, (log) => {
      const overflow = log.size > offset + length;
      let from = overflow ? log.size - 1 : offset;
      let count = length;
      if (from + count > log.size) {
        if (from > log.size - 1) count = 0;
        from = log.size - count;
      }
      const bytes = count > 0 ? log.read(Math.max(0, from), count) : Buffer.alloc(0);
      return { bytes, offset: log.size, overflow };
    });
  } catch {
    return { bytes: Buffer.alloc(0), offset, overflow: false };
  }
}

export type ReadError = { readonly error: 'no_log' | 'bad_arguments' | 'failed'; readonly message: string };

/** supervisord's readFile: a negative offset with length 0 is the last bytes, length 0 is to the end. */
export function readLog(place: LogPlace, offset: number, length: number): Uint8Array | ReadError {
  if (length < 0 || (offset < 0 && length !== 0)) {
    const message = `cannot read from ${offset} for ${length} bytes: a negative offset needs length 0, and a length is not negative`;
    return { error: 'bad_arguments', message };
  }
  if ('path' in place && !fs.existsSync(place.path)) return { error: 'no_log', message: `there is no file ${place.path}` };
  try {
    return use(place, (log) => {
      if (offset < 0) return log.read(Math.max(0, log.size + offset), -offset);
      return log.read(offset, length === 0 ? Math.max(0, log.size - offset) : length);
    });
  } catch (error) {
    return { error: 'failed', message: `cannot read the log: ${reasonOf(error)}` };
  }
}
