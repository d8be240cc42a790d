import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FactBody } from '../../daemon/contract/facts.ts';
import { isCopyOf } from '../../daemon/logs/compressed.ts';
import { openRotatingFile, RotatingFile } from '../../daemon/logs/rotating-file.ts';
import { performStep, planRotation } from '../../daemon/logs/rotation.ts';

function directory(t: { after(done: () => void): void }): string {
  const path = fs.mkdtempSync(join(tmpdir(), 'reeve-rotation-'));
  t.after(() => fs.rmSync(path, { recursive: true, force: true }));
  return path;
}

function open(path: string, maxBytes: number, backups: number, facts: FactBody[] = []): RotatingFile {
  const file = openRotatingFile({ path, maxBytes, backups, gzip: false, onFact: (fact) => facts.push(fact) });
  assert.ok(file instanceof RotatingFile, JSON.stringify(file));
  return file;
}

/** Names without trash: that goes away by itself, later. */
const names = (path: string): string[] =>
  fs
    .readdirSync(path)
    .filter((name) => !name.startsWith('.reeve-trash'))
    .toSorted();
const line = (i: number): string => `${String(i).padStart(100, '0')}\n`;

test('files are named as supervisord names them, and the line that reaches maxbytes ends the file [B5]', (t) => {
  const dir = directory(t);
  const file = open(join(dir, 'x.log'), 250, 2);
  for (let i = 0; i < 10; i += 1) file.write(line(i));
  file.close();
  // supervisord 4.2.5 with the same writes: 303-byte files of three 101-byte lines.
  assert.deepEqual(names(dir), ['x.log', 'x.log.1', 'x.log.2']);
  assert.equal(fs.readFileSync(join(dir, 'x.log.2'), 'utf8'), line(3) + line(4) + line(5));
  assert.equal(fs.readFileSync(join(dir, 'x.log.1'), 'utf8'), line(6) + line(7) + line(8));
  assert.equal(fs.readFileSync(join(dir, 'x.log'), 'utf8'), line(9));
});

test('one big write is rotated at its line ends as many small ones are [B5]', (t) => {
  const dir = directory(t);
  const facts: FactBody[] = [];
  const file = open(join(dir, 'x.log'), 250, 5, facts);
  file.write(Array.from({ length: 10 }, (_, i) => line(i)).join(''));
  file.close();
  assert.equal(fs.readFileSync(join(dir, 'x.log.3'), 'utf8'), line(0) + line(1) + line(2));
  assert.equal(fs.readFileSync(join(dir, 'x.log'), 'utf8'), line(9));
  assert.deepEqual(
    facts.map((fact) => fact.type),
    ['log.rotated', 'log.rotated', 'log.rotated'],
  );
});

test('backups 0 starts the file anew and keeps nothing [B5]', (t) => {
  const dir = directory(t);
  const file = open(join(dir, 'x.log'), 250, 0);
  for (let i = 0; i < 7; i += 1) file.write(line(i));
  file.close();
  assert.deepEqual(names(dir), ['x.log']);
  assert.equal(fs.readFileSync(join(dir, 'x.log'), 'utf8'), line(6));
});

test('maxbytes 0 never rotates [B5]', (t) => {
  const dir = directory(t);
  const file = open(join(dir, 'x.log'), 0, 3);
  for (let i = 0; i < 5000; i += 1) file.write(line(i));
  file.close();
  assert.deepEqual(names(dir), ['x.log']);
  assert.equal(fs.statSync(join(dir, 'x.log')).size, 5000 * 101);
});

test('a line longer than the bound is cut, so that a file cannot grow for ever [B5]', (t) => {
  const dir = directory(t);
  const file = open(join(dir, 'x.log'), 1000, 3);
  const endless = 'y'.repeat(200_000);
  file.write(endless);
  file.close();
  assert.ok(fs.statSync(join(dir, 'x.log.1')).size <= 1000 + 64 * 1024);
  const all = ['x.log.3', 'x.log.2', 'x.log.1', 'x.log']
    .map((name) => (fs.existsSync(join(dir, name)) ? fs.readFileSync(join(dir, name), 'utf8') : ''))
    .join('');
  assert.equal(all, endless);
});

test('a crash after any step of a rotation is repaired at the next open, and no file is lost [B5]', (t) => {
  const full = planRotation('/x/x.log', 3, { exists: (path) => !path.endsWith('.gz'), isCopy: () => false });
  assert.deepEqual(
    full.map((step) => step.step),
    ['drop_oldest', 'shift', 'shift', 'keep_current'],
  );
  for (let crashAfter = 0; crashAfter <= full.length; crashAfter += 1) {
    const dir = directory(t);
    const path = join(dir, 'x.log');
    for (const [suffix, i] of [
      ['.3', 1],
      ['.2', 2],
      ['.1', 3],
      ['', 4],
    ] as const)
      fs.writeFileSync(path + suffix, line(i));
    for (const step of planRotation(path, 3, { exists: fs.existsSync, isCopy: isCopyOf }).slice(0, crashAfter)) performStep(step);
    open(path, 100, 3).close();
    const kept = ['.3', '.2', '.1', ''].map((suffix) => fs.readFileSync(path + suffix, 'utf8'));
    assert.deepEqual(kept, [line(2), line(3), line(4), ''], `crashed after ${crashAfter} steps`);
  }
});

test('trash that a crash left is removed at open, in the background', async (t) => {
  const dir = directory(t);
  fs.writeFileSync(join(dir, '.reeve-trash.1.x.1'), 'old');
  fs.writeFileSync(join(dir, 'other'), 'mine');
  open(join(dir, 'x.log'), 0, 3).close();
  const deadline = performance.now() + 5000;
  while (fs.existsSync(join(dir, '.reeve-trash.1.x.1'))) {
    assert.ok(performance.now() < deadline, 'the trash is still there');
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(fs.readdirSync(dir).toSorted(), ['other', 'x.log']);
});

test('LR#204: what was in the file before the daemon started is kept and appended to [B7]', (t) => {
  const dir = directory(t);
  fs.writeFileSync(join(dir, 'x.log'), 'before\n');
  const file = open(join(dir, 'x.log'), 1000, 1);
  file.write('after\n');
  file.close();
  assert.equal(fs.readFileSync(join(dir, 'x.log'), 'utf8'), 'before\nafter\n');
});

test('clear starts anew and leaves the rotated files; reopen follows an external logrotate [B5]', (t) => {
  const dir = directory(t);
  const path = join(dir, 'x.log');
  const file = open(path, 1000, 3);
  file.write('one\n');
  assert.equal(file.rotate(), null);
  file.write('two\n');
  assert.equal(file.clear(), null);
  file.write('three\n');
  assert.equal(fs.readFileSync(path, 'utf8'), 'three\n');
  assert.equal(fs.readFileSync(`${path}.1`, 'utf8'), 'one\n');
  fs.renameSync(path, `${path}-2026`);
  file.write('four\n');
  assert.equal(file.reopen(), null);
  file.write('five\n');
  file.close();
  assert.equal(fs.readFileSync(`${path}-2026`, 'utf8'), 'three\nfour\n');
  assert.equal(fs.readFileSync(path, 'utf8'), 'five\n');
});

test('a deleted directory is made again, and that is said', (t) => {
  const dir = directory(t);
  const path = join(dir, 'deep', 'er', 'x.log');
  let now = 0;
  const facts: FactBody[] = [];
  const file = openRotatingFile({ path, maxBytes: 0, backups: 1, gzip: false, onFact: (fact) => facts.push(fact), now: () => now });
  assert.ok(file instanceof RotatingFile);
  file.write('lost with its directory\n');
  fs.rmSync(join(dir, 'deep'), { recursive: true });
  now = 1000;
  file.write('here\n');
  file.close();
  assert.equal(fs.readFileSync(path, 'utf8'), 'here\n');
  assert.deepEqual(facts, [{ type: 'log.error', path, why: 'the log file was deleted; it is created anew' }]);
});

test('Sv#240: a rotation that fails is said once, and the file is written on with', (t) => {
  // A name of 254 characters has no room for ".1", whoever asks.
  const path = join(directory(t), 'x'.repeat(254));
  const facts: FactBody[] = [];
  const file = open(path, 250, 1, facts);
  for (let i = 0; i < 10; i += 1) file.write(line(i));
  file.close();
  assert.equal(fs.readFileSync(path, 'utf8'), Array.from({ length: 10 }, (_, i) => line(i)).join(''));
  assert.deepEqual(
    facts.map((fact) => fact.type),
    ['log.error'],
  );
  assert.match(JSON.stringify(facts), /cannot rotate: the name is too long/);
});

test('a symbolic link, a directory and a missing parent that is a file are refused with words', (t) => {
  const dir = directory(t);
  fs.writeFileSync(join(dir, 'target'), '');
  fs.symlinkSync(join(dir, 'target'), join(dir, 'link.log'));
  const onFact = (): void => {};
  const link = openRotatingFile({ path: join(dir, 'link.log'), maxBytes: 0, backups: 0, gzip: false, onFact });
  assert.ok(
    'error' in link && /cannot open log .*link\.log: it is a symbolic link, which is never followed/.test(link.error),
    JSON.stringify(link),
  );
  const under = openRotatingFile({ path: join(dir, 'target', 'x.log'), maxBytes: 0, backups: 0, gzip: false, onFact });
  assert.ok('error' in under && /not a directory/.test(under.error), JSON.stringify(under));
});
