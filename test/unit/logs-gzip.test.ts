// log_gzip: old logs are compressed behind the back of the rotation, and whatever happens meanwhile, each line is there once.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { FactBody } from '../../daemon/contract/facts.ts';
import { endOfCompressed, isCopyOf } from '../../daemon/logs/compressed.ts';
import { Compressor } from '../../daemon/logs/compressor.ts';
import { endOfFile } from '../../daemon/logs/history.ts';
import { openRotatingFile, RotatingFile } from '../../daemon/logs/rotating-file.ts';
import { performStep, planRotation } from '../../daemon/logs/rotation.ts';
import { numbered, numbersOf } from '../support/log-world.ts';
import { waitFor } from '../support/wait-for.ts';

interface World {
  readonly dir: string;
  readonly path: string;
  readonly facts: FactBody[];
  readonly compressor: Compressor;
  open(backups: number, gzip?: boolean): RotatingFile;
  /** Without trash. */
  names(): string[];
  /** All lines of the chain, oldest first, plain and compressed. */
  numbers(): number[];
  text(name: string): string;
}

function world(t: TestContext): World {
  const dir = fs.mkdtempSync(join(tmpdir(), 'reeve-gzip-'));
  t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
  const path = join(dir, 'x.log');
  const facts: FactBody[] = [];
  const onFact = (fact: FactBody): void => void facts.push(fact);
  const compressor = new Compressor(onFact);
  t.after(() => compressor.close());
  const text = (name: string): string => {
    const bytes = fs.readFileSync(join(dir, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  };
  const names = (): string[] => fs.readdirSync(dir).filter((name) => !name.startsWith('.reeve-trash')).toSorted();
  const place = (name: string): number => Number(/\.log\.(\d+)/.exec(name)?.[1] ?? 0);
  return {
    dir, path, facts, compressor, names, text,
    numbers: () => numbersOf(names().toSorted((a, b) => place(b) - place(a)).map(text).join('')),
    open(backups, gzip = true) {
      const file = openRotatingFile({ path, maxBytes: 0, backups, gzip, onFact, compressor });
      assert.ok(file instanceof RotatingFile, JSON.stringify(file));
      t.after(() => file.close());
      return file;
    },
  };
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
/** Fills `count` files of `lines` numbered lines each; the last stays the current one. */
function fill(file: RotatingFile, count: number, lines: number, from = 0): void {
  for (let i = 0; i < count; i += 1) {
    file.write(numbered(lines, from + i * lines));
    if (i < count - 1) assert.equal(file.rotate(), null);
  }
}

/** Waits for the temporary file. A compression takes many turns of the loop, and each is looked at, so that it cannot be missed. */
async function compressing({ dir }: World): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!fs.readdirSync(dir).some((name) => name.startsWith('.reeve-trash'))) {
    assert.ok(performance.now() < deadline, 'nothing is compressed');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('old logs are compressed one after the other, and zcat reads them [B5]', async (t) => {
  const w = world(t);
  fill(w.open(5), 4, 5000);
  await waitFor('three compressed files', () => w.names().join() === 'x.log,x.log.1.gz,x.log.2.gz,x.log.3.gz');
  assert.deepEqual(w.numbers(), upTo(20_000));
  assert.equal(execFileSync('zcat', [`${w.path}.1.gz`], { encoding: 'latin1' }), numbered(5000, 10_000));
  assert.deepEqual(w.facts.map((fact) => fact.type), ['log.rotated', 'log.rotated', 'log.rotated']);
});

test('a rotation while a log is being compressed moves it on, and the compressed file goes where it is then [B5]', async (t) => {
  const w = world(t);
  const file = w.open(5);
  fill(file, 2, 30_000);
  await compressing(w);
  assert.deepEqual(w.names(), ['x.log', 'x.log.1']);
  assert.equal(file.rotate(), null);
  file.write(numbered(1000, 60_000));
  await waitFor('both compressed', () => w.names().join() === 'x.log,x.log.1.gz,x.log.2.gz');
  assert.equal(w.text('x.log.2.gz'), numbered(30_000));
  assert.deepEqual(w.numbers(), upTo(61_000));
});

test('a log that leaves the chain while it is compressed leaves nothing behind [B5]', async (t) => {
  const w = world(t);
  const file = w.open(1);
  fill(file, 2, 30_000);
  await compressing(w);
  assert.equal(file.rotate(), null);
  await waitFor('the last one compressed', () => fs.readdirSync(w.dir).toSorted().join() === 'x.log,x.log.1.gz');
  assert.equal(w.text('x.log.1.gz'), numbered(30_000, 30_000));
});

test('a chain of both kinds rotates as one: the key may be switched at any time [B5]', async (t) => {
  const w = world(t);
  const file = w.open(4, false);
  fill(file, 3, 100);
  assert.deepEqual(w.names(), ['x.log', 'x.log.1', 'x.log.2']);
  file.setPolicy({ maxBytes: 0, backups: 4, gzip: true });
  await waitFor('what was there before', () => w.names().join() === 'x.log,x.log.1.gz,x.log.2.gz');
  file.setPolicy({ maxBytes: 0, backups: 4, gzip: false });
  assert.equal(file.rotate(), null);
  file.write(numbered(100, 300));
  assert.deepEqual(w.names(), ['x.log', 'x.log.1', 'x.log.2.gz', 'x.log.3.gz']);
  assert.deepEqual(w.numbers(), upTo(400));
  for (let i = 0; i < 3; i += 1) {
    assert.equal(file.rotate(), null);
    file.write(numbered(100, 400 + i * 100));
  }
  assert.deepEqual(w.names(), ['x.log', 'x.log.1', 'x.log.2', 'x.log.3', 'x.log.4'], 'the oldest left, compressed or not');
});

test('a crash after any step of a rotation of both kinds loses no line and repeats none [B5]', (t) => {
  for (let crashAfter = 0; crashAfter <= 4; crashAfter += 1) {
    const w = world(t);
    fs.writeFileSync(`${w.path}.3`, numbered(10, 0));
    fs.writeFileSync(`${w.path}.2.gz`, gzipSync(numbered(10, 10)));
    fs.writeFileSync(`${w.path}.1`, numbered(10, 20));
    fs.writeFileSync(w.path, numbered(10, 30));
    const steps = planRotation(w.path, 3, { exists: fs.existsSync, isCopy: isCopyOf });
    assert.deepEqual(steps.map(({ step }) => step), ['drop_oldest', 'shift', 'shift', 'keep_current']);
    for (const step of steps.slice(0, crashAfter)) performStep(step);
    const file = openRotatingFile({ path: w.path, maxBytes: 1000, backups: 3, gzip: false, onFact: () => {} });
    assert.ok(file instanceof RotatingFile);
    file.close();
    assert.deepEqual(w.numbers(), upTo(40).slice(10), `crashed after ${crashAfter} steps`);
  }
});

test('what a crash left between the two last steps of a compression is put right, by a rotation or at the start [B5]', async (t) => {
  for (const how of ['rotation', 'start'] as const) {
    const w = world(t);
    fill(w.open(3), 2, 2000);
    await waitFor('the compressed file', () => w.names().join() === 'x.log,x.log.1.gz');
    fs.writeFileSync(`${w.path}.1`, w.text('x.log.1.gz'));
    assert.ok(isCopyOf(`${w.path}.1`, `${w.path}.1.gz`));
    const file = w.open(3, how === 'start');
    if (how === 'rotation') assert.equal(file.rotate(), null);
    else await waitFor('the twin to go', () => !fs.existsSync(`${w.path}.1`));
    file.close();
    assert.deepEqual(w.numbers(), upTo(4000), how);
  }
});

test('a compressed file of somebody else is never taken for the twin of a log [B5]', async (t) => {
  const w = world(t);
  fs.writeFileSync(`${w.path}.1`, numbered(10, 10));
  fs.writeFileSync(`${w.path}.1.gz`, gzipSync(numbered(10, 0)));
  const file = w.open(3);
  file.write(numbered(10, 20));
  assert.equal(file.rotate(), null);
  await waitFor('the newest', () => fs.existsSync(`${w.path}.1.gz`) && !fs.existsSync(`${w.path}.1`));
  assert.deepEqual(w.names(), ['x.log', 'x.log.1.gz', 'x.log.2', 'x.log.2.gz']);
});

test('half a compressed file never has the name of a whole one, and the next daemon removes it [B5]', async (t) => {
  const w = world(t);
  fs.writeFileSync(`${w.path}.1`, numbered(1000));
  fs.writeFileSync(join(w.dir, '.reeve-trash.1.x.7'), gzipSync(numbered(1000)).subarray(0, 200));
  w.open(3);
  await waitFor('the chain', () => fs.readdirSync(w.dir).toSorted().join() === 'x.log,x.log.1.gz');
  assert.equal(w.text('x.log.1.gz'), numbered(1000));
});

test('a compressed log has the mode, the owner and the time of the log [B5]', async (t) => {
  const w = world(t);
  fs.writeFileSync(`${w.path}.1`, numbered(10));
  fs.chmodSync(`${w.path}.1`, 0o640);
  fs.utimesSync(`${w.path}.1`, 1_000_000_000, 1_000_000_000);
  const root = process.getuid?.() === 0;
  if (root) fs.chownSync(`${w.path}.1`, 65_534, 65_534);
  w.open(3);
  await waitFor('the compressed file', () => w.names().join() === 'x.log,x.log.1.gz');
  const { mode, uid, gid, mtimeMs } = fs.statSync(`${w.path}.1.gz`);
  assert.deepEqual([mode & 0o7777, mtimeMs], [0o640, 1_000_000_000_000]);
  if (root) assert.deepEqual([uid, gid], [65_534, 65_534]);
});

test('the end of a compressed log is shown before the current one, without unpacking it all [B5]', async (t) => {
  const w = world(t);
  const file = w.open(3);
  fill(file, 2, 5000);
  await waitFor('the compressed file', () => w.names().join() === 'x.log,x.log.1.gz');
  assert.equal(file.rotate(), null);
  await waitFor('the second', () => w.names().join() === 'x.log,x.log.1.gz,x.log.2.gz');
  file.write(numbered(10, 10_000));
  assert.equal(endOfFile(w.path, 3000, 3).toString(), numbered(30, 9980));
  // 128 KiB are kept apart: what is asked beyond that is not shown.
  assert.equal(endOfFile(w.path, 10_000_000, 3).length, 128 * 1024 + 1000);
  assert.equal(endOfCompressed(`${w.path}.1.gz`, 100).toString(), numbered(1, 9999));
  fs.writeFileSync(`${w.path}.1.gz`, gzipSync('of another tool'));
  assert.equal(endOfFile(w.path, 3000, 3).toString(), numbered(10, 10_000));
});

test('an empty log, backups 0 and a directory where nothing can be written are no trouble [B5]', async (t) => {
  const w = world(t);
  fs.writeFileSync(`${w.path}.1`, '');
  const none = w.open(0);
  none.write(numbered(1));
  assert.equal(none.rotate(), null);
  assert.deepEqual(w.names(), ['x.log', 'x.log.1']);
  w.open(2);
  await waitFor('nothing, compressed', () => w.names().join() === 'x.log,x.log.1.gz');
  assert.equal(w.text('x.log.1.gz'), '');
  // What stands in the way of the temporary file: a name that has no room for it.
  fs.mkdirSync(`${w.path}.2`);
  const file = w.open(3);
  assert.equal(file.rotate(), null);
  await waitFor('a word about it', () => w.facts.some((fact) => fact.type === 'log.error'));
  assert.match(JSON.stringify(w.facts.at(-1)), /cannot compress: it is not a regular file; it stays as it is/);
});
