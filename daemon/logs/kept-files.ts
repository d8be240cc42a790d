// Which files has a log, and what is in them? The one that is written to, and those that its rotation keeps. Names are made of the log's
// own path and a number: nothing that somebody asks for becomes part of a path, and only regular files count.
import * as fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { stampOf } from '../contract/log-stamp.ts';
import type { LogFile } from '../contract/rest.ts';
import { beginOfCompressed, compressedFrom, identityOf, isCopyOf, plainBytesOf } from './compressed.ts';
import { GZIP_SUFFIX } from './rotation.ts';

/** What is told of a file beside whose it is. */
export type FileFacts = Omit<LogFile, 'name' | 'channel'>;

/** A file as it was found. */
export interface KeptFile {
  readonly path: string;
  readonly number: number;
  readonly compressed: boolean;
  readonly stat: fs.Stats;
}

/** Places of a rotation that are looked at. */
const MOST_PLACES = 1000;
/** Read to see when a file begins. */
const BEGIN_BYTES = 256;
/** Read at once. */
const CHUNK_BYTES = 64 * 1024;
/** A file that is rotated between the look at it and its opening is looked for again. */
const TRIES = 5;

function lookAt(path: string, number: number, compressed: boolean): KeptFile | null {
  try {
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true ? { path, number, compressed, stat } : null;
  } catch {
    // What cannot be looked at cannot be read.
    return null;
  }
}

/** The files of a log, newest first. Of a place that has two kinds of the same, the compressed one. */
export function keptFiles(path: string, backups: number): KeptFile[] {
  const found = [lookAt(path, 0, false)];
  for (let number = 1; number <= Math.min(backups, MOST_PLACES); number++) {
    const place = `${path}.${number}`;
    const plain = lookAt(place, number, false);
    const packed = lookAt(place + GZIP_SUFFIX, number, true);
    found.push(plain !== null && packed !== null && isCopyOf(plain.path, packed.path) ? null : plain, packed);
  }
  return found.filter((file) => file !== null);
}

/** Bytes of what was written; where that cannot be told, of what is on the disk. */
export function plainSize({ compressed, path, stat }: KeptFile): number {
  return (compressed ? plainBytesOf(path) : null) ?? stat.size;
}

/** The same, whatever its name, also when it is compressed. */
export function idOf({ path, compressed, stat }: KeptFile): string {
  const { inode, birth } = (compressed ? compressedFrom(path) : null) ?? identityOf(stat);
  return `${inode.toString(36)}-${birth.toString(36)}`;
}

/** Wall clock ms of its first line; null: that has no time, or cannot be read. */
export function firstStamp({ path, compressed }: KeptFile): number | null {
  try {
    if (compressed) return stampOf(beginOfCompressed(path).toString('latin1', 0, BEGIN_BYTES));
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(BEGIN_BYTES);
      return stampOf(bytes.toString('latin1', 0, fs.readSync(fd, bytes, 0, BEGIN_BYTES, 0)));
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return null;
  }
}

/** When the first line was written, or the file was made; of one that was compressed, when the one before it was left. */
function beginOf(file: KeptFile, before: KeptFile | undefined): number | null {
  const stamp = firstStamp(file);
  if (stamp !== null) return stamp;
  const { birthtimeMs, mtimeMs } = file.stat;
  if (!file.compressed && birthtimeMs > 0 && birthtimeMs <= mtimeMs) return Math.floor(birthtimeMs);
  return before === undefined ? null : Math.min(Math.floor(before.stat.mtimeMs), Math.floor(mtimeMs));
}

/** What is told of the files of a log, newest first. */
export function describeFiles(path: string, backups: number): readonly FileFacts[] {
  const files = keptFiles(path, backups);
  return files.map((file, i) => ({
    file: basename(file.path), id: idOf(file), number: file.number, compressed: file.compressed, bytes: file.stat.size, plainBytes: file.compressed ? plainBytesOf(file.path) : file.stat.size,
    from: beginOf(file, files[i + 1]), until: Math.floor(file.stat.mtimeMs),
  }));
}

/** Opens the file that was found, or null when it is no longer there. Throws the system error. */
export async function openSame({ path, stat }: KeptFile): Promise<FileHandle | null> {
  const { open } = await import('node:fs/promises');
  const flags = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return null;
  const now = await handle.stat();
  if (now.ino === stat.ino && now.dev === stat.dev) return handle;
  await handle.close();
  return null;
}

/** The first bytes of an open file, which is closed at the end. A file that became shorter meanwhile is an error. */
export function readableOf(handle: FileHandle, bytes: number): Readable {
  const { Readable: Stream } = process.getBuiltinModule('node:stream');
  let at = 0;
  return new Stream({
    highWaterMark: CHUNK_BYTES,
    read() {
      if (at >= bytes) return void this.push(null);
      handle.read(Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - at)), 0, undefined, at).then(({ bytesRead, buffer }) => {
        at += bytesRead;
        if (bytesRead === 0) this.destroy(new Error('the log became shorter while it was read'));
        else this.push(buffer.subarray(0, bytesRead));
      }, (error: Error) => this.destroy(error));
    },
    destroy(error, done) {
      handle.close().then(() => done(error), () => done(error));
    },
  });
}

/** What an open file holds by now. */
export interface OpenedFile {
  readonly file: KeptFile;
  /** Ends with an error where not all of it could be read. Must be read or destroyed. */
  readonly stream: Readable;
}

function unpacked(packed: Readable): Readable {
  const { pipeline } = process.getBuiltinModule('node:stream');
  const gunzip = process.getBuiltinModule('node:zlib').createGunzip();
  // An error of the one is told by the other.
  pipeline(packed, gunzip, () => undefined);
  return gunzip;
}

/** Opens one of the files of a log, wherever it is by then. null: it is not there any more. Throws the system error. */
export async function openKept(path: string, backups: number, wanted: (file: KeptFile) => boolean, unpack: boolean): Promise<OpenedFile | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    const file = keptFiles(path, backups).find(wanted);
    if (file === undefined) return null;
    const handle = await openSame(file);
    if (handle === null) continue;
    const stream = readableOf(handle, file.stat.size);
    return { file, stream: unpack && file.compressed ? unpacked(stream) : stream };
  }
  return null;
}

/** By its id, or by the name that it has now. */
export function isNamed(name: string): (file: KeptFile) => boolean {
  return (file) => basename(file.path) === name || idOf(file) === name;
}

/** By its id alone. */
export function hasId(id: string): (file: KeptFile) => boolean {
  return (file) => idOf(file) === id;
}
