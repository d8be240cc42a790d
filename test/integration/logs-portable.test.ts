// Output that arrives as streams, as in portable mode: the same promises, without native calls.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { LogWorld, logSpec, numbered, numbersOf } from '../support/log-world.ts';

const seq = (from: number, to: number): string[] => ['-f', `%012.0f ${'x'.repeat(86)}`, String(from), String(to)];
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test('streams go through rotation in order and whole, to the last byte before exit [B4] [B5]', async () => {
  await using world = new LogWorld({ portable: true });
  world.open(logSpec('p', { file: world.path('p.log'), maxBytes: 500_000, backups: 50 }));
  const started = spawn('seq', seq(0, 49_999), { stdio: ['ignore', 'pipe', 'inherit'] });
  world.stream(world.child('p'), started.stdout);
  await once(started, 'exit');
  await world.drain(world.child('p'));
  const order = world
    .names()
    .filter((name) => name.startsWith('p.log'))
    .toSorted((a, b) => Number(b.split('.')[2] ?? 0) - Number(a.split('.')[2] ?? 0));
  assert.deepEqual(
    order.flatMap((name) => numbersOf(world.text(name))),
    upTo(50_000),
  );
});

test('a stream waits while its target is full, and nothing is lost [B5]', async () => {
  await using world = new LogWorld({ portable: true });
  execFileSync('mkfifo', [world.path('fifo')]);
  world.open(logSpec('p', { file: world.path('fifo'), full: 'block' }));
  let given = 0;
  const source = new Readable({
    read() {
      this.push(given < 30_000 ? numbered(1000, given) : null);
      given += 1000;
    },
  });
  world.stream(world.child('p'), source);
  await world.until('it is blocked', () => world.count('log.blocked') === 1);
  assert.ok(source.isPaused() && given < 30_000);
  await world.drain(world.child('p'));
  const reader = spawn('head', ['-c', '3000000', world.path('fifo')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const text = Buffer.concat(await reader.stdout.toArray()).toString();
  assert.deepEqual(numbersOf(text), upTo(30_000));
});

test('an exit is drained even while a grandchild holds the stream', async () => {
  await using world = new LogWorld({ portable: true });
  world.open(logSpec('p', { file: world.path('p.log') }));
  const started = spawn('sh', ['-c', 'sleep 30 & echo $!; echo last words'], { stdio: ['ignore', 'pipe', 'inherit'] });
  world.stream(world.child('p'), started.stdout);
  await once(started, 'exit');
  await world.drain(world.child('p'));
  assert.match(world.text('p.log'), /^\d+\nlast words\n$/);
  process.kill(Number.parseInt(world.text('p.log'), 10), 'SIGKILL');
  await once(started.stdout, 'close');
});

test('descriptors without a readiness are read through libuv', async () => {
  await using world = new LogWorld({ portable: true });
  world.open(logSpec('p', { file: world.path('p.log') }));
  const { makePipe, noNative } = await import('../support/log-world.ts');
  if (noNative !== null) return console.log(`not tested, there are no native pipes here: ${noNative}`);
  const { ours, theirs } = makePipe();
  world.plane.attach(world.child('p'), 'stdout', { fd: ours });
  const started = spawn('seq', seq(0, 999), { stdio: ['ignore', theirs, 'inherit'] });
  (await import('node:fs')).closeSync(theirs);
  await once(started, 'exit');
  await world.drain(world.child('p'));
  assert.deepEqual(numbersOf(world.text('p.log')), upTo(1000));
});
