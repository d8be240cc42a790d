// A UUID (version 4) from the kernel's random numbers. Not node:crypto: importing it costs 9 ms and 3.7 MiB, for this alone.
import { openSync, readSync } from 'node:fs';

/** Ids made from one read. */
const BATCH = 64;
const BYTES = 16;

let pool = Buffer.alloc(0);
let at = 0;
/** Kept open from the first id on: without another descriptor to be had, ids must still be. */
let source = -1;

function refill(): void {
  if (source < 0) source = openSync('/dev/urandom', 'r');
  pool = Buffer.alloc(BATCH * BYTES);
  // A read of up to 256 bytes is never short (random(4)); a longer one is asked for until it is full.
  for (let n = 0; n < pool.length;) n += readSync(source, pool, n, pool.length - n, null);
  at = 0;
}

/** A random UUID in its usual form. Throws where there is no /dev/urandom. */
export function randomId(): string {
  if (at >= pool.length) refill();
  const b = pool.subarray(at, at + BYTES);
  at += BYTES;
  b[6] = ((b[6] as number) & 0x0f) | 0x40;
  b[8] = ((b[8] as number) & 0x3f) | 0x80;
  const hex = b.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
