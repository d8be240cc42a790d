// A full disk, no descriptors, deleted directories, odd targets: visible, and no other program's trouble.
import { strict as assert } from 'node:assert';
import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openRotatingFile, RotatingFile } from '../../daemon/logs/rotating-file.ts';
import { LogWorld, logSpec, makePipe, noNative, numbered, numbersOf } from '../support/log-world.ts';

const native = noNative === null ? {} : { skip: `native capture is not available here: ${noNative}` };
const seq = (from: number, to: number): string[] => ['-f', `%012.0f ${'x'.repeat(86)}`, String(from), String(to)];

/** A small file system, or why there cannot be one. */
function smallDisk(path: string): { remount(size: string): void; [Symbol.dispose](): void } | string {
  if (process.getuid?.() !== 0) return 'a small file system can be mounted by root only';
  fs.mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    return `cannot mount a tmpfs: ${String(error)}`;
  }
  return {
    remount: (size) => void execFileSync('mount', ['-o', `remount,size=${size}`, path]),
    [Symbol.dispose]: () => void execFileSync('umount', ['-l', path]),
  };
}

test('block: on a full disk the program waits, and no byte is lost or doubled when there is room again [B5]', native, async (t) => {
  await using world = new LogWorld();
  using disk = withDisk(t, world);
  if (disk === null) return;
  world.open(logSpec('p', { file: world.path('disk/p.log'), full: 'block' }), logSpec('other', { file: world.path('other.log') }));
  const child = world.child('p');
  const running = world.run(child, 'seq', seq(0, 9_999));
  await world.until('it is blocked', () => world.count('log.blocked') === 1);
  assert.equal(world.plane.stats('p').blocked, true);
  assert.match(JSON.stringify(world.facts), /no space left on the device \(ENOSPC\)/);
  const other = world.pipe(world.child('other'));
  other.write('other programs are not harmed\n');
  await world.until('the other one is heard', () => fs.readFileSync(world.path('other.log'), 'utf8') !== '');
  disk.remount('4m');
  assert.equal(await running.exited, 0);
  await world.until('it goes on', () => world.count('log.resumed') === 1);
  await world.drain(child);
  assert.deepEqual(
    numbersOf(world.text('disk/p.log')),
    Array.from({ length: 10_000 }, (_, i) => i),
  );
  assert.equal(world.plane.stats('p').dropped, 0);
  assert.equal(world.plane.stats('p').blocked, false);
});

test('what a full disk kept from the log at the very end is counted and said, to the byte', native, async (t) => {
  await using world = new LogWorld();
  using disk = withDisk(t, world);
  if (disk === null) return;
  world.open(logSpec('p', { file: world.path('disk/p.log'), full: 'block' }));
  const pipe = world.pipe(world.child('p'));
  // The disk takes 64 KiB.
  for (let at = 0; at < 100_000; at += 10_000) {
    pipe.write('x'.repeat(9_999) + '\n');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await world.until('it is blocked', () => world.count('log.blocked') === 1);
  const written = fs.statSync(world.path('disk/p.log')).size;
  await world.plane.dispose();
  const said = world.facts.reduce((sum, fact) => sum + (fact.type === 'log.dropped' ? fact.bytes : 0), 0);
  assert.equal(written + said, 100_000);
  assert.equal(world.count('log.resumed'), 0, 'it never took bytes again');
});

test('drop: on a full disk the program goes on, what is dropped is counted and said, and lines stay whole [B5]', native, async (t) => {
  await using world = new LogWorld();
  using disk = withDisk(t, world);
  if (disk === null) return;
  world.open(logSpec('p', { file: world.path('disk/p.log'), full: 'drop' }));
  const child = world.child('p');
  assert.equal(await world.run(child, 'seq', seq(0, 9_999)).exited, 0, 'the program ended though nobody took its output');
  await world.drain(child);
  assert.ok(world.count('log.dropped') >= 1 && world.count('log.dropped') <= 2);
  disk.remount('4m');
  await world.until('there is room', () => !world.plane.stats('p').blocked);
  await world.run(world.child('p', 2), 'seq', seq(10_000, 10_099)).exited;
  await world.drain(world.child('p', 2));
  const { bytes, dropped } = world.plane.stats('p');
  assert.equal(bytes + dropped, 10_100 * 100);
  const told = world.facts.reduce((sum, fact) => sum + (fact.type === 'log.dropped' ? fact.bytes : 0), 0);
  assert.equal(told, dropped);
  const lines = world.text('disk/p.log').trimEnd().split('\n');
  // One line was cut by the disk itself; every other is whole.
  assert.ok(lines.filter((line) => line.length !== 99).length <= 1);
  assert.ok(lines.at(-1)?.startsWith('000000010099'));
});

/** The small disk, or null after the reason was printed. */
function withDisk(
  t: { skip(why: string): void; diagnostic(text: string): void },
  world: LogWorld,
): Exclude<ReturnType<typeof smallDisk>, string> | null {
  const disk = smallDisk(world.path('disk'));
  if (typeof disk !== 'string') return disk;
  t.diagnostic(disk);
  t.skip(disk);
  return null;
}

test('a device that is always full blocks its own program alone, without a busy loop (Sv#807)', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: '/dev/full', full: 'block' }), logSpec('q', { file: world.path('q.log') }));
  const running = world.run(world.child('p'), 'seq', seq(0, 99_999));
  await world.until('it is blocked', () => world.count('log.blocked') === 1);
  const cpu = process.cpuUsage();
  await world.run(world.child('q'), 'sleep', ['0.5']).exited;
  const used = process.cpuUsage(cpu);
  assert.ok(used.user + used.system < 250_000, `${used.user + used.system} us of CPU in half a second of waiting`);
  // A blocked target does not hold the exit.
  running.kill();
  await running.exited;
  await world.drain(world.child('p'));
  assert.equal(world.plane.rotate('p'), 'cannot rotate the logs of p: they are not kept in files');
});

test('too many open files: a message for the one that opens, and rotation works on', async () => {
  await using world = new LogWorld({ portable: true });
  const fixture = join(import.meta.dirname, '../fixtures/logs-emfile.ts');
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n 100; exec "$0" "$@"', process.execPath, fixture, world.directory]);
  const said = JSON.parse(stdout) as { before: unknown; refused: string; later: unknown; facts: string[] };
  assert.deepEqual({ ...said, refused: null }, { before: null, refused: null, later: null, facts: ['log.rotated', 'log.rotated'] });
  assert.match(said.refused, /cannot open log .*refused\.log: the daemon has too many open files \(EMFILE\)/);
  assert.equal(world.text('before.log.2'), 'a line of more than ten bytes\n');
  assert.equal(world.text('before.log.1'), 'and after the rotation\n');
});

test('Sv#629: a missing log directory is made, an impossible one is a message for that program alone [B4]', native, async () => {
  await using world = new LogWorld();
  fs.writeFileSync(world.path('file'), '');
  world.open(logSpec('good', { file: world.path('new/deep/good.log') }));
  const message = world.plane.open(logSpec('bad', { file: world.path('file/bad.log') }));
  assert.match(message ?? '', /cannot open log .*bad\.log: a part of the path is not a directory/);
  const pipe = world.pipe(world.child('good'));
  pipe.write('good\n');
  pipe.end();
  await world.drain(world.child('good'));
  assert.equal(world.text('new/deep/good.log'), 'good\n');
});

test('Sv#240: a program whose log directory was deleted is not stopped by it, and logs into a new one', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('logs/p.log'), maxBytes: 200_000, backups: 2 }));
  const child = world.child('p');
  const pipe = world.pipe(child);
  pipe.write('first\n');
  await world.until('it is heard', () => world.plane.stats('p').bytes === 6);
  fs.rmSync(world.path('logs'), { recursive: true });
  assert.equal(await world.run(child, 'seq', seq(0, 9_999)).exited, 0);
  await world.drain(child);
  await world.until('the new directory is in use', () => fs.existsSync(world.path('logs/p.log')));
  assert.equal(world.plane.stats('p').blocked, false);
  pipe.end();
});

test("a symbolic link as log is refused, but for one to the daemon's own output", native, async () => {
  const { ours, theirs } = makePipe();
  try {
    await using world = new LogWorld({ stdout: theirs });
    fs.symlinkSync('/etc/passwd', world.path('evil.log'));
    fs.symlinkSync('/dev/stdout', world.path('access.log'));
    assert.match(world.plane.open(logSpec('p', { file: world.path('evil.log') })) ?? '', /it is a symbolic link, which is never followed/);
    world.open(logSpec('p', { file: world.path('access.log') }));
    const pipe = world.pipe(world.child('p'));
    pipe.write('hello\n');
    pipe.end();
    await world.drain(world.child('p'));
    assert.equal(readNow(ours), 'hello\n');
  } finally {
    fs.closeSync(ours);
    fs.closeSync(theirs);
  }
});

function readNow(fd: number): string {
  const bytes = Buffer.alloc(1 << 20);
  return bytes.toString('utf8', 0, fs.readSync(fd, bytes, 0, bytes.length, null));
}

test('a FIFO without a reader takes what it holds, then blocks or drops, and never hangs the daemon', native, async () => {
  await using world = new LogWorld();
  execFileSync('mkfifo', [world.path('block'), world.path('drop')]);
  world.open(logSpec('b', { file: world.path('block'), full: 'block' }), logSpec('d', { file: world.path('drop'), full: 'drop' }));
  const blocked = world.run(world.child('b'), 'seq', seq(0, 29_999));
  assert.equal(await world.run(world.child('d'), 'seq', seq(0, 29_999)).exited, 0);
  await world.drain(world.child('d'));
  assert.ok(world.plane.stats('d').dropped > 0);
  // A reader comes: what waited arrives whole and in order.
  const { stdout } = await promisify(execFile)('head', ['-c', '3000000', world.path('block')], { maxBuffer: 1 << 23 });
  assert.equal(await blocked.exited, 0);
  assert.deepEqual(
    numbersOf(stdout),
    Array.from({ length: 30_000 }, (_, i) => i),
  );
});

test("tee shows complete lines with the name before them on the daemon's own output, as docker logs needs it [B6]", native, async () => {
  const { ours, theirs } = makePipe();
  try {
    await using world = new LogWorld({ stdout: theirs });
    world.open(
      logSpec('web:web_0', { file: world.path('web.log'), tee: 'stdout' }),
      logSpec('db', { file: null, ringBytes: 0, tee: 'stdout', format: 'json' }),
    );
    const web = world.pipe(world.child('web:web_0'));
    const db = world.pipe(world.child('db'));
    web.write('half a ');
    await world.until('the half is in the file at once', () => world.text('web.log') === 'half a ');
    db.write('ready\n');
    await world.until('the other line is out', () => world.plane.stats('db').bytes > 0);
    web.write('line\nlast words');
    web.end();
    await world.drain(world.child('web:web_0'));
    const lines = readNow(ours).split('\n');
    assert.deepEqual({ ...(JSON.parse(lines[0] ?? '') as object), at: '' }, { at: '', process: 'db', channel: 'stdout', line: 'ready' });
    assert.deepEqual(lines.slice(1), ['[web:web_0] half a line', '[web:web_0] last words', '']);
    assert.equal(world.text('web.log'), 'half a line\nlast words');
    db.end();
  } finally {
    fs.closeSync(ours);
    fs.closeSync(theirs);
  }
});

test("when nobody reads the container's output, tee blocks or drops as log_full says, and all arrives later [B6]", native, async () => {
  const { ours, theirs } = makePipe();
  try {
    await using world = new LogWorld({ stdout: theirs });
    world.open(logSpec('p', { file: null, ringBytes: 0, tee: 'stdout' }));
    const running = world.run(world.child('p'), 'seq', seq(0, 19_999));
    await world.until('a slow reader is a fact', () => world.count('log.blocked') === 1);
    let text = '';
    await world.until('everything arrived', () => {
      try {
        text += readNow(ours);
      } catch {
        // Empty for now.
      }
      return text.length >= 20_000 * 104;
    });
    assert.equal(await running.exited, 0);
    assert.deepEqual(
      numbersOf(text.replaceAll(/^\[p\] /gm, '')),
      Array.from({ length: 20_000 }, (_, i) => i),
    );
    await world.until('it is said to go on', () => world.count('log.resumed') === 1);
  } finally {
    fs.closeSync(ours);
    fs.closeSync(theirs);
  }
});

test('numbered lines through the time form keep their order and lose none [B5]', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log'), timestamp: true, stripAnsi: true, maxBytes: 200_000, backups: 50 }));
  const pipe = world.pipe(world.child('p'));
  pipe.write(`\x1b[32m${numbered(1).trimEnd()}\x1b[0m\n`);
  await world.run(world.child('p'), 'seq', seq(1, 9_999)).exited;
  await world.until('all is heard', () => world.plane.stats('p').bytes === 10_000 * 125);
  pipe.end();
  await world.drain(world.child('p'));
  const order = world
    .names()
    .filter((name) => name.startsWith('p.log'))
    .toSorted((a, b) => Number(b.split('.')[2] ?? 0) - Number(a.split('.')[2] ?? 0));
  const text = order.map((name) => world.text(name)).join('');
  assert.deepEqual(
    numbersOf(text.replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z /gm, '')),
    Array.from({ length: 10_000 }, (_, i) => i),
  );
});

test('fifty programs into one stuck target owe a few buffers in all, not one each', native, async () => {
  await using world = new LogWorld();
  execFileSync('mkfifo', [world.path('stuck')]);
  const ids = Array.from({ length: 50 }, (_, i) => `p${i}`);
  world.open(...ids.map((id) => logSpec(id, { file: world.path('stuck'), full: 'block' })));
  const running = ids.map((id) => world.run(world.child(id), 'seq', seq(0, 99_999)));
  await world.until('it is blocked', () => world.count('log.blocked') === 1);
  const accepted = ids.reduce((sum, id) => sum + world.plane.stats(id).bytes, 0);
  assert.ok(accepted < 2 * 1024 * 1024, `${accepted} bytes were taken from the pipes`);
  for (const { kill } of running) kill();
  await Promise.all(running.map(({ exited }) => exited));
});

test("the daemon's own log on a full disk drops lines, says so once, and goes on with whole lines", async (t) => {
  await using world = new LogWorld({ portable: true });
  using disk = withDisk(t, world);
  if (disk === null) return;
  const facts: string[] = [];
  const path = world.path('disk/reeved.log');
  const file = openRotatingFile({
    path,
    maxBytes: 0,
    backups: 0,
    gzip: false,
    onFact: (fact) => {
      facts.push(fact.type);
      // As the daemon does: facts are logged, here into the log that is full.
      if (file instanceof RotatingFile) file.write(`${fact.type}\n`);
    },
  });
  assert.ok(file instanceof RotatingFile);
  for (let i = 0; i < 1000; i += 1) file.write(numbered(1, i));
  assert.deepEqual(facts, ['log.blocked']);
  assert.ok(file.dropped > 0);
  disk.remount('1m');
  assert.equal(file.write(numbered(1, 1000)), true);
  file.close();
  assert.deepEqual(facts, ['log.blocked', 'log.resumed']);
  const lines = fs.readFileSync(path, 'utf8').split('\n');
  assert.deepEqual(lines.slice(-3), [numbered(1, 1000).trimEnd(), 'log.resumed', '']);
  assert.ok(lines.filter((line) => line.length !== 99).length <= 3);
});
