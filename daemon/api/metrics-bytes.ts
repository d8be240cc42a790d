// An answer of /metrics as it is sent. Lines of a large family are kept compressed, so that a scrape compresses only what has changed;
// the answer is one gzip member all the same, since browsers and curl read no second one.
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, inflateRaw } from 'node:zlib';
import { joinCrc } from './crc-join.ts';
import { addManyLines, Slices, TextBytes } from './metrics-lines.ts';
import type { Packed, Samples } from './metrics-samples.ts';

/** What an answer is made of: text as it is, and large families. */
export type Piece = string | Samples;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** The fastest: the text repeats itself so much that more effort saves little. The end is aligned, and not the end of all. */
const PACKING = { level: 1, finishFlush: constants.Z_SYNC_FLUSH } as const;
/** What comes out of the compressor at once: each time is a way to its thread and back. */
const PACKED_SHARE = 1 / 4;
const ROOM_MIN_BYTES = 4096;
/** Less is not worth a way through another thread. */
const DEFLATED_FROM = 1024;
/** Deflate, no name, no time, the fastest, of Unix. See RFC 1952. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3]);
/** An empty block that is the last one. See RFC 1951. */
const LAST_BLOCK = Buffer.from([1, 0, 0, 0xff, 0xff]);
/** Bytes of a line, at a guess. */
const LINE_BYTES = 128;

function linesOf({ labels, values }: Samples): number {
  return Math.max(labels.length, values.length);
}

async function compressed(bytes: Buffer): Promise<Packed> {
  const packed = await deflate(bytes, { ...PACKING, chunkSize: Math.max(ROOM_MIN_BYTES, Math.ceil(bytes.length * PACKED_SHARE)) });
  // What comes out lies in all the room there was.
  const kept = Buffer.allocUnsafeSlow(packed.length);
  packed.copy(kept);
  return { bytes: kept, crc: crc32(bytes), length: bytes.length };
}

async function pack(samples: Samples, slices: Slices): Promise<Packed> {
  const text = new TextBytes(LINE_BYTES * linesOf(samples));
  await addManyLines(samples, text, slices);
  return compressed(text.all());
}

/** Made once, and kept as long as the samples are. */
function packedOf(samples: Samples, slices: Slices): Promise<Packed> {
  if (samples.packed !== null) return samples.packed;
  const made = pack(samples, slices);
  samples.packed = made;
  made.catch(() => (samples.packed = null));
  return made;
}

async function unpack({ bytes, length }: Packed): Promise<Buffer> {
  return inflate(bytes, { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: length + ROOM_MIN_BYTES });
}

/** A block that is not compressed. */
function stored(bytes: Buffer): Buffer {
  const head = Buffer.from([0, 0, 0, 0, 0]);
  head.writeUInt16LE(bytes.length, 1);
  head.writeUInt16LE(0xffff - bytes.length, 3);
  return Buffer.concat([head, bytes]);
}

async function packedText(text: string): Promise<Packed> {
  const bytes = Buffer.from(text);
  return bytes.length < DEFLATED_FROM ? { bytes: stored(bytes), crc: crc32(bytes), length: bytes.length } : compressed(bytes);
}

/** All of it, as gzip. */
export async function gzipOf(pieces: readonly Piece[]): Promise<Buffer> {
  const slices = new Slices();
  const parts: Buffer[] = [HEADER];
  let crc = 0;
  let length = 0;
  for (const piece of pieces) {
    const packed = await (typeof piece === 'string' ? packedText(piece) : packedOf(piece, slices));
    parts.push(packed.bytes);
    crc = joinCrc(crc, packed.crc, packed.length);
    length += packed.length;
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  return Buffer.concat([...parts, LAST_BLOCK, trailer]);
}

/** All of it, as text in UTF-8. What was part of an answer before is kept for the next ones too: unpacking is cheaper than writing, and done by another thread. */
export async function plainOf(pieces: readonly Piece[]): Promise<Buffer> {
  const slices = new Slices();
  let room = 0;
  for (const piece of pieces) room += typeof piece === 'string' ? piece.length : LINE_BYTES * linesOf(piece);
  const text = new TextBytes(room);
  for (const piece of pieces) {
    if (typeof piece === 'string') text.add(piece);
    else if (piece.packed === null && !piece.again) await addManyLines(piece, text, slices);
    else text.append(await unpack(await packedOf(piece, slices)));
  }
  return text.all();
}
