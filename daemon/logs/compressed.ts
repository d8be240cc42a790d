// How a compressed backup is laid out: a gzip file in three members, which zcat and zgrep read as one. The first is empty and tells, in
// the extra field of its header, where the last one begins; the last one holds the end of the log, so that `tail` need not unpack
// 50 MiB to show ten lines.
//
//   | header: offset of the end, size of all, which file it was | gzip of the rest | gzip of the last 128 KiB |
import * as fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** What is kept in the last member. To unpack it takes half a millisecond. */
const END_BYTES = 128 * 1024;
/** A last member is read at most so far: gzip makes nothing larger by more than this. */
const END_BOUND_BYTES = END_BYTES + 4096;
/** So much of a file is unpacked to see how it begins: deflate makes it at most a thousand times larger. */
const BEGIN_BYTES = 512;
/** Read at once. */
const CHUNK_BYTES = 64 * 1024;
/** RFC 1952: magic, deflate, FEXTRA, no time, no flags, Unix. */
const GZIP_START = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3]);
/** Our extra field: two letters, its length, and numbers of 8 bytes. Earlier versions wrote two of them. */
const FIELD = Buffer.from('Rv');
const NUMBERS = 4;
const NUMBERS_BEFORE = 2;
/** An empty deflate block, and the checksum and size of nothing. */
const HEADER_END = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
/** RFC 1952: how it begins, and the smallest there is. */
const GZIP_MAGIC = 0x1f8b;
const LEAST_GZIP = 18;
const NUMBERS_AT = GZIP_START.length + 2 + FIELD.length + 2;
const HEADER_BYTES = NUMBERS_AT + 8 * NUMBERS + HEADER_END.length;

interface Header {
  /** Where in the compressed file the last member begins. */
  readonly endAt: number;
  /** Of the log before it was compressed. */
  readonly plainBytes: number;
  /** Which file it was; null: compressed by an earlier version. */
  readonly was: FileIdentity | null;
}

/** Which file it is, whatever its name: an inode is used again, but not by one that was born at the same time. */
export interface FileIdentity {
  readonly inode: number;
  /** Microseconds since 1970; 0: the file system does not say. */
  readonly birth: number;
}

export function identityOf({ ino, birthtimeMs }: fs.Stats): FileIdentity {
  return { inode: ino, birth: Math.floor(birthtimeMs * 1000) };
}

// Most daemons compress nothing: these are loaded when they are needed.
const pipeline = (): (typeof import('node:stream/promises'))['pipeline'] => process.getBuiltinModule('node:stream/promises').pipeline;
const zlib = (): typeof import('node:zlib') => process.getBuiltinModule('node:zlib');

function headerOf(endAt: number, plainBytes: number, { inode, birth }: FileIdentity): Buffer {
  const numbers = Buffer.alloc(8 * NUMBERS);
  for (const [i, value] of [endAt, plainBytes, inode, birth].entries()) numbers.writeBigUInt64LE(BigInt(value), 8 * i);
  const lengths = Buffer.alloc(4);
  lengths.writeUInt16LE(FIELD.length + 2 + numbers.length, 0);
  lengths.writeUInt16LE(numbers.length, 2);
  return Buffer.concat([GZIP_START, lengths.subarray(0, 2), FIELD, lengths.subarray(2), numbers, HEADER_END]);
}

/** null: the file is not one of ours. */
function readHeader(fd: number): Header | null {
  const bytes = Buffer.alloc(NUMBERS_AT + 8 * NUMBERS);
  const got = fs.readSync(fd, bytes, 0, bytes.length, 0);
  const length = bytes.readUInt16LE(NUMBERS_AT - 2);
  const count = length / 8;
  if (got < NUMBERS_AT + length || (count !== NUMBERS && count !== NUMBERS_BEFORE) || !bytes.subarray(0, GZIP_START.length).equals(GZIP_START)) return null;
  if (bytes.readUInt16LE(GZIP_START.length) !== FIELD.length + 2 + length || !bytes.subarray(GZIP_START.length + 2, NUMBERS_AT - 2).equals(FIELD)) return null;
  const [endAt = 0, plainBytes = 0, inode, birth] = Array.from({ length: count }, (_, i) => Number(bytes.readBigUInt64LE(NUMBERS_AT + 8 * i)));
  return { endAt, plainBytes, was: inode === undefined || birth === undefined ? null : { inode, birth } };
}

function withFile<T>(path: string, use: (fd: number) => T): T {
  const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  try {
    return use(fd);
  } finally {
    fs.closeSync(fd);
  }
}

async function* readRange(from: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end;) {
    const { bytesRead, buffer } = await from.read(Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at)), 0, undefined, at);
    if (bytesRead === 0) throw new Error('the log became shorter');
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** One member: gzip of from[start, end), behind what is in `to`. Returns its size. */
async function addMember(from: FileHandle, start: number, end: number, to: FileHandle, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  const write = async (packed: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of packed) {
      await to.writeFile(piece);
      bytes += piece.length;
    }
  };
  await pipeline()(readRange(from, start, end), zlib().createGzip(), write, { signal });
  return bytes;
}

/**
 * Compresses the first `plainBytes` of `from` into `to`, which is empty. All work is done outside of the event loop.
 * Throws the system error, or that of `signal`.
 */
export async function compress(from: FileHandle, to: FileHandle, plainBytes: number, signal: AbortSignal): Promise<void> {
  const endOfRest = Math.max(0, plainBytes - END_BYTES);
  await to.writeFile(Buffer.alloc(HEADER_BYTES));
  const endAt = HEADER_BYTES + (endOfRest > 0 ? await addMember(from, 0, endOfRest, to, signal) : 0);
  await addMember(from, endOfRest, plainBytes, to, signal);
  await to.write(headerOf(endAt, plainBytes, identityOf(await from.stat())), 0, HEADER_BYTES, 0);
}

/** The last `bytes` of what was compressed, fewer if its last member has fewer; empty when there is none, or it is not ours. */
export function endOfCompressed(path: string, bytes: number): Buffer {
  try {
    return withFile(path, (fd) => {
      const header = readHeader(fd);
      const { size } = fs.fstatSync(fd);
      if (header === null || header.endAt >= size || size - header.endAt > END_BOUND_BYTES) return Buffer.alloc(0);
      const packed = Buffer.alloc(size - header.endAt);
      fs.readSync(fd, packed, 0, packed.length, header.endAt);
      const end = zlib().gunzipSync(packed, { maxOutputLength: END_BYTES });
      return end.subarray(Math.max(0, end.length - bytes));
    });
  } catch {
    // It is missing, or damaged: there is nothing to show.
    return Buffer.alloc(0);
  }
}

/** Bytes of the log before it was compressed: as our header says, or as gzip says at its end (of one member below 4 GiB). null: it cannot be told. */
export function plainBytesOf(path: string): number | null {
  try {
    return withFile(path, (fd) => {
      const own = readHeader(fd);
      if (own !== null) return own.plainBytes;
      const { size } = fs.fstatSync(fd);
      const edges = Buffer.alloc(6);
      if (size < LEAST_GZIP || fs.readSync(fd, edges, 0, 2, 0) < 2 || edges.readUInt16BE(0) !== GZIP_MAGIC || fs.readSync(fd, edges, 2, 4, size - 4) < 4) return null;
      return edges.readUInt32LE(2);
    });
  } catch {
    return null;
  }
}

/** Which file it was before it was compressed; null: it was not compressed by us, or cannot be read. */
export function compressedFrom(path: string): FileIdentity | null {
  try {
    return withFile(path, readHeader)?.was ?? null;
  } catch {
    return null;
  }
}

/** The first bytes of what was compressed by anybody, at most some hundred kilobytes; empty when they cannot be had. */
export function beginOfCompressed(path: string): Buffer {
  try {
    return withFile(path, (fd) => {
      const packed = Buffer.alloc(BEGIN_BYTES);
      const got = fs.readSync(fd, packed, 0, packed.length, 0);
      return zlib().gunzipSync(packed.subarray(0, got), { finishFlush: zlib().constants.Z_SYNC_FLUSH });
    });
  } catch {
    return Buffer.alloc(0);
  }
}

/** `compressed` holds all of `plain`: a crash came between the making of the one and the removal of the other. */
export function isCopyOf(plain: string, compressed: string): boolean {
  try {
    return withFile(compressed, readHeader)?.plainBytes === fs.lstatSync(plain).size;
  } catch {
    // What cannot be looked at is kept.
    return false;
  }
}
