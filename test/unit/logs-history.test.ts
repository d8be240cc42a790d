import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { endOfFile, readLog, tailLog } from '../../daemon/logs/history.ts';
import { Ring } from '../../daemon/logs/ring.ts';

const dir = fs.mkdtempSync(join(tmpdir(), 'reeve-history-'));
after(() => fs.rmSync(dir, { recursive: true, force: true }));
const path = join(dir, 'five.log');
fs.writeFileSync(path, '12345');
const missing = { path: join(dir, 'missing.log') };

function tail(offset: number, length: number): [string, number, boolean] {
  const slice = tailLog({ path }, offset, length);
  return [Buffer.from(slice.bytes).toString(), slice.offset, slice.overflow];
}

test('tail gives the last bytes as supervisord does: overflow when more is there, the size as offset', () => {
  assert.deepEqual(tail(0, 2), ['45', 5, true]);
  assert.deepEqual(tail(0, 5), ['12345', 5, false]);
  assert.deepEqual(tail(0, 100), ['12345', 5, false]);
  assert.deepEqual(tail(3, 2), ['45', 5, false]);
  // supervisord's own way with an offset near the end: the last `length` bytes, again.
  assert.deepEqual(tail(3, 4), ['2345', 5, false]);
  assert.deepEqual(tail(5, 10), ['', 5, false]);
  assert.deepEqual(tail(9, 1), ['', 5, false]);
  assert.deepEqual(tail(0, 0), ['', 5, true]);
  const none = tailLog(missing, 0, 10);
  assert.deepEqual([none.bytes.length, none.offset, none.overflow], [0, 0, false]);
});

function read(offset: number, length: number): string {
  const bytes = readLog({ path }, offset, length);
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : bytes.error;
}

test('read takes an offset and a length as supervisord does, and refuses what it refuses', () => {
  assert.equal(read(0, 0), '12345');
  assert.equal(read(1, 2), '23');
  assert.equal(read(2, 0), '345');
  assert.equal(read(9, 0), '');
  assert.equal(read(-2, 0), '45');
  assert.equal(read(-99, 0), '12345');
  assert.equal(read(-2, 1), 'bad_arguments');
  assert.equal(read(0, -1), 'bad_arguments');
  const none = readLog(missing, 0, 0);
  assert.ok('error' in none && none.error === 'no_log');
});

test('a ring is read by the same rules, as a log whose beginning is lost', () => {
  const ring = new Ring(4);
  ring.push(Buffer.from('abcdefgh'), 0, 8);
  const slice = tailLog({ ring }, 0, 3);
  assert.deepEqual([Buffer.from(slice.bytes).toString(), slice.offset, slice.overflow], ['fgh', 8, true]);
  assert.equal(Buffer.from(readLog({ ring }, 2, 4) as Uint8Array).toString(), 'ef');
  assert.equal(Buffer.from(readLog({ ring }, -100, 0) as Uint8Array).toString(), 'efgh');
});

test('a young file is completed from the one rotated before it', () => {
  fs.writeFileSync(join(dir, 'r.log'), 'new\n');
  fs.writeFileSync(join(dir, 'r.log.1'), 'older\nold\n');
  assert.equal(endOfFile(join(dir, 'r.log'), 8, 1).toString(), 'old\nnew\n');
  assert.equal(endOfFile(join(dir, 'r.log'), 8, 0).toString(), 'new\n');
  assert.equal(endOfFile(join(dir, 'none.log'), 8, 1).toString(), '');
});
