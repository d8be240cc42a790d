// What was written before now: the end of a log for people, and supervisord's read and tail rules for XML-RPC.
import * as fs from 'node:fs';
import type { LogSlice } from '../os/ports/logs.ts';
import { endOfCompressed, plainBytesOf } from './compressed.ts';
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

/** Files that are looked into for one end. */
const MOST_FILES = 1000;

/**
 * The last bytes of a log: of its file and, as long as that is too little, of those rotated before it, at most so many (of a compressed one
 * as much as its end holds; what is older is not looked at then). Empty when there is none.
 */
export function endOfFile(path: string, bytes: number, backups: number): Buffer {
  const parts: Buffer[] = [];
  try {
    parts.unshift(withFile(path, (file) => file.read(Math.max(0, file.size - bytes), bytes)));
    let missing = bytes - (parts[0]?.length ?? 0);
    for (let number = 1; missing > 0 && number <= Math.min(backups, MOST_FILES); number++) {
      const place = `${path}.${number}`;
      const plain = fs.existsSync(place);
      const found = plain ? withFile(place, (file) => file.read(Math.max(0, file.size - missing), missing)) : endOfCompressed(place + GZIP_SUFFIX, missing);
      parts.unshift(found);
      missing -= found.length;
      // The rest of it is packed: what is older would stand behind a hole.
      if (!plain && found.length !== plainBytesOf(place + GZIP_SUFFIX)) break;
    }
  } catch {
    // History is a courtesy: what cannot be read is not shown, and the live part begins.
  }
  return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
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
