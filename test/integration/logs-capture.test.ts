// From a child's pipe to its files, at full speed and to the last byte.
import { strict as assert } from 'node:assert';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { LogWorld, logSpec, noNative, numbered, numbersOf } from '../support/log-world.ts';

const native = noNative === null ? {} : { skip: `native capture is not available here: ${noNative}` };
const MIB = 1024 * 1024;

/** seq writes in blocks that end anywhere, so nearly every read ends inside a line. */
const seq = (from: number, to: number): string[] => ['-f', `%012.0f ${'x'.repeat(86)}`, String(from), String(to)];
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test('LR#200: numbered lines at full speed through rotation are all there, in order and whole [B4] [B5]', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('web', { file: world.path('web.log'), maxBytes: MIB, backups: 50 }));
  const child = world.child('web');
  assert.equal(await world.run(child, 'seq', seq(0, 199_999)).exited, 0);
  await world.drain(child);
  const files = world.names().filter((name) => name.startsWith('web.log'));
  assert.equal(files.length, 20);
  const order = files.toSorted((a, b) => Number(b.split('.')[2] ?? 0) - Number(a.split('.')[2] ?? 0));
  const numbers = order.flatMap((name) => numbersOf(world.text(name)));
  assert.deepEqual(numbers, upTo(200_000));
  for (const name of order.slice(0, -1)) {
    const { size } = fs.statSync(world.path(name));
    assert.ok(size >= MIB && size < MIB + 100, `${name} has ${size} bytes`);
  }
  assert.equal(world.count('log.rotated'), 19);
});

test('only the configured number of old files is kept, and what is kept has no hole [B5]', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('web', { file: world.path('web.log'), maxBytes: 100_000, backups: 3 }));
  const child = world.child('web');
  await world.run(child, 'seq', seq(0, 49_999)).exited;
  await world.drain(child);
  await world.until('the trash is gone', () => world.names().length === 4);
  assert.deepEqual(world.names(), ['web.log', 'web.log.1', 'web.log.2', 'web.log.3']);
  const numbers = ['web.log.3', 'web.log.2', 'web.log.1', 'web.log'].flatMap((name) => numbersOf(world.text(name)));
  assert.deepEqual(numbers, upTo(50_000).slice(50_000 - numbers.length));
});

test('PM2 lost last lines, PC#237: the last bytes written before exit are in the log [B4]', native, async () => {
  await using world = new LogWorld();
  for (let round = 1; round <= 20; round += 1) {
    const id = `p${round}`;
    world.open(logSpec(id, { file: world.path(`${id}.log`) }));
    const child = world.child(id, round);
    assert.equal(await world.run(child, 'sh', ['-c', `${'echo line; '.repeat(50)} printf "no newline at the end"; exit 3`]).exited, 3);
    await world.drain(child);
    assert.equal(world.text(`${id}.log`), `${'line\n'.repeat(50)}no newline at the end`);
    assert.equal(world.plane.lastLines(id, 2), 'line\nno newline at the end');
  }
});

test('a grandchild that floods the pipe does not hold the exit, and is read on under its life [B4]', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log'), maxBytes: 20 * MIB, backups: 500 }));
  const first = world.child('p', 1);
  await world.run(first, 'sh', ['-c', 'timeout -s KILL 30 yes flood & echo $! > "$0"', world.path('pid')]).exited;
  const grandchild = Number(world.text('pid'));
  try {
    await world.until('the flood is on', () => world.plane.stats('p').bytes > MIB);
    await world.drain(first);
    const second = world.child('p', 2);
    const pipe = world.pipe(second);
    pipe.write('second life\n'.repeat(100));
    pipe.end();
    await world.drain(second);
  } finally {
    // timeout(1) passes TERM on to `yes`.
    process.kill(grandchild, 'SIGTERM');
  }
  const files = (): string[] => world.names().filter((name) => name.startsWith('p.log'));
  let before = -1;
  await world.until('the flood is over', () => {
    const { bytes } = world.plane.stats('p');
    const over = bytes === before && !fs.existsSync(`/proc/${grandchild}`);
    before = bytes;
    return over;
  });
  await world.drain(first);
  const lines = files().flatMap((name) => world.text(name).split('\n'));
  assert.equal(lines.filter((line) => line === 'second life').length, 100);
  // The line under way when the second pipe came, and the one during which `yes` was ended, may be cut; no other.
  const odd = lines.filter((line) => !['flood', 'second life', ''].includes(line));
  assert.ok(odd.length <= 3 && odd.every((line) => 'flood'.includes(line)), JSON.stringify(odd.slice(0, 5)));
});

test("several processes and channels on one path never tear each other's lines [B4]", native, async () => {
  await using world = new LogWorld();
  const file = world.path('shared.log');
  const ids = ['a', 'b', 'c', 'd'];
  world.open(...ids.map((id) => logSpec(id, { file, maxBytes: 300_000, backups: 50 })));
  const each = 10_000;
  await Promise.all(ids.map((id, i) => world.run(world.child(id), 'seq', seq(i * each, (i + 1) * each - 1)).exited));
  await Promise.all(ids.map((id) => world.drain(world.child(id))));
  const numbers = world.names().flatMap((name) => numbersOf(world.text(name)));
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    upTo(ids.length * each),
  );
});

test('stdout and stderr have their own files, or share one in whole lines [B4]', native, async () => {
  await using world = new LogWorld();
  world.open(
    logSpec('two', { file: world.path('out.log') }, { file: world.path('err.log') }),
    logSpec('one', { file: world.path('both.log') }, { file: world.path('both.log') }),
  );
  for (const id of ['two', 'one']) {
    const child = world.child(id);
    const [out, err] = [world.pipe(child, 'stdout'), world.pipe(child, 'stderr')];
    out.write('out 1, ');
    await world.until('half a line is heard', () => world.plane.lastLines(id, 1) === 'out 1, ');
    err.write('err\n');
    await world.until('the other channel is heard', () => world.plane.lastLines(id, 1) === 'err');
    out.write('out 2\n');
    out.end();
    err.end();
    await world.drain(child);
  }
  assert.equal(world.text('out.log'), 'out 1, out 2\n');
  assert.equal(world.text('err.log'), 'err\n');
  assert.equal(world.text('both.log'), 'err\nout 1, out 2\n');
});

test('after a rotation by command, clear or reopen nothing is lost and the names are right [B5]', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log'), maxBytes: 0, backups: 2 }));
  const child = world.child('p');
  const pipe = world.pipe(child);
  const write = async (text: string): Promise<void> => {
    const { bytes } = world.plane.stats('p');
    pipe.write(text);
    await world.until(`${text} is written`, () => world.plane.stats('p').bytes === bytes + text.length);
  };
  await write('one\n');
  assert.equal(world.plane.rotate('p'), null);
  assert.equal(world.plane.rotate('p'), null, 'an empty file is not rotated');
  await write('two\n');
  assert.equal(world.text('p.log.1'), 'one\n');
  assert.equal(world.plane.clear('p'), null);
  await write('three\n');
  assert.equal(world.text('p.log'), 'three\n');
  assert.equal(world.text('p.log.1'), 'one\n');
  fs.renameSync(world.path('p.log'), world.path('p.log-old'));
  world.plane.reopen();
  await write('four\n');
  assert.equal(world.text('p.log-old'), 'three\n');
  assert.equal(world.text('p.log'), 'four\n');
  fs.rmSync(world.path('p.log'));
  world.plane.reopen();
  await write('five\n');
  assert.equal(world.text('p.log'), 'five\n');
  assert.equal(world.count('log.cleared'), 1);
});

test('a changed spec is taken live: path, size, form [B5]', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('a.log') }));
  const child = world.child('p');
  const pipe = world.pipe(child);
  pipe.write('to a\n');
  await world.until('a is written', () => world.text('a.log') === 'to a\n');
  assert.equal(world.plane.change(logSpec('p', { file: world.path('b.log'), format: 'json' })), null);
  pipe.write('to b\n');
  pipe.end();
  await world.drain(child);
  assert.equal(world.text('a.log'), 'to a\n');
  assert.match(world.text('b.log'), /^\{"at":"[^"]+Z","process":"p","channel":"stdout","line":"to b"\}\n$/);
  assert.equal(world.plane.change(logSpec('p', { file: '/proc/self/stat/x.log' }))?.startsWith('cannot open log'), true);
  assert.equal(world.plane.stats('p').paths.stdout, world.path('b.log'), 'what was open stays');
});

test('a program without a log file keeps its last words in memory', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: null, ringBytes: 1000 }), logSpec('q', { file: null, ringBytes: 0 }));
  for (const id of ['p', 'q']) {
    await world.run(world.child(id), 'seq', seq(0, 999)).exited;
    await world.drain(world.child(id));
  }
  const tail = world.plane.tail('p', 'stdout', 0, 200);
  assert.ok('bytes' in tail && tail.overflow && tail.offset === 100_000);
  assert.deepEqual(numbersOf(Buffer.from(tail.bytes).toString()), [998, 999]);
  assert.deepEqual(world.plane.tail('q', 'stdout', 0, 10), { error: 'no_log' });
  assert.equal(world.plane.lastLines('q', 1).slice(0, 12), '000000000999');
  assert.equal(world.plane.lastLines('p', 20).split('\n').length, 20);
});

test('the last words of a life are its own, not those of the life before [C94]', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log') }));
  for (const life of [1, 2]) {
    const child = world.child('p', life);
    await world.run(child, 'sh', ['-c', `echo first of ${life}; echo last of ${life}`]).exited;
    await world.drain(child);
    assert.equal(world.plane.lastLines('p', 20), `first of ${life}\nlast of ${life}`);
  }
  const silent = world.child('p', 3);
  await world.run(silent, 'true', []).exited;
  await world.drain(silent);
  assert.equal(world.plane.lastLines('p', 20), '');
});

test('twenty last lines are found in the file when memory has fewer', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log') }));
  await world.run(world.child('p'), 'sh', ['-c', `for i in $(seq 1 30); do printf '%0500d\\n' $i; done`]).exited;
  await world.drain(world.child('p'));
  const lines = world.plane.lastLines('p', 20).split('\n').map(Number);
  assert.deepEqual(
    lines,
    Array.from({ length: 20 }, (_, i) => i + 11),
  );
  assert.equal(world.plane.lastLines('nobody', 5), '');
});

test('PC#57: a very chatty program is stopped by back-pressure alone, and the plane serves others meanwhile', native, async () => {
  await using world = new LogWorld();
  world.open(
    logSpec('loud', { file: world.path('loud.log'), maxBytes: MIB, backups: 1 }),
    logSpec('quiet', { file: world.path('quiet.log') }),
  );
  const loud = world.run(world.child('loud'), 'yes', ['loud']);
  await world.until('the loud one is loud', () => world.plane.stats('loud').bytes > 50 * MIB);
  const pipe = world.pipe(world.child('quiet'));
  pipe.write(numbered(10));
  await world.until('the quiet one is heard', () => world.plane.stats('quiet').bytes === 1000);
  loud.kill();
  await loud.exited;
  await world.drain(world.child('loud'));
  assert.equal(world.plane.stats('loud').dropped, 0);
});
