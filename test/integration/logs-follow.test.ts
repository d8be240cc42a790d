// Live output: history and what comes after it, without a gap or a duplicate.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { FollowRequest } from '../../daemon/os/ports/logs.ts';
import type { Channel } from '../../daemon/os/ports/output.ts';
import { LogWorld, logSpec, noNative, numbered, numbersOf } from '../support/log-world.ts';

const native = noNative === null ? {} : { skip: `native capture is not available here: ${noNative}` };
const seq = (from: number, to: number): string[] => ['-f', `%012.0f ${'x'.repeat(86)}`, String(from), String(to)];
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

class Reader {
  text = '';
  chunks: { id: string; channel: Channel; text: string }[] = [];
  ended: string | null = null;
  readonly handle: { pause(): void; resume(): void; close(): void };

  constructor(world: LogWorld, targets: FollowRequest['targets'], bytes: number) {
    this.handle = world.plane.follow({
      targets,
      bytes,
      onChunk: (id, channel, chunk) => {
        const text = Buffer.from(chunk).toString('latin1');
        this.text += text;
        this.chunks.push({ id, channel, text });
      },
      onEnd: (why) => (this.ended = why),
    });
  }
}

const stdout = (id: string): { id: string; channel: Channel } => ({ id, channel: 'stdout' });

test('a follower sees the last bytes and then everything, across rotations, once [B5]', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log'), maxBytes: 50_000, backups: 2 }));
  const running = world.run(world.child('p'), 'sh', [
    '-c',
    `seq -f '${seq(0, 0)[1]}' 0 49999; sleep 0.05; seq -f '${seq(0, 0)[1]}' 50000 99999`,
  ]);
  await world.until('it has begun', () => world.plane.stats('p').bytes >= 100_000);
  const reader = new Reader(world, [stdout('p')], 1000);
  await running.exited;
  await world.drain(world.child('p'));
  await world.until('the end is seen', () => reader.text.includes('000000099999 '));
  const whole = reader.text.slice(reader.text.indexOf('\n') + 1);
  const numbers = numbersOf(whole);
  assert.deepEqual(numbers, range(numbers[0] ?? -1, 100_000));
  assert.ok(world.count('log.rotated') > 100);
  reader.handle.close();
});

test('history is exactly the last bytes, and is completed from the file rotated before [B5]', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log'), maxBytes: 1000, backups: 2 }));
  const pipe = world.pipe(world.child('p'));
  pipe.write(numbered(12));
  await world.until('it is written', () => world.plane.stats('p').bytes === 1200);
  const reader = new Reader(world, [stdout('p')], 500);
  pipe.write(numbered(3, 12));
  await world.until('live follows', () => reader.text.length === 800);
  assert.deepEqual(numbersOf(reader.text), range(7, 15));
  pipe.end();
});

test('several targets come interleaved in whole lines, each under its name', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('a', { file: world.path('a.log') }), logSpec('b', { file: null, ringBytes: 0 }, { file: null }));
  const reader = new Reader(world, [stdout('a'), stdout('b'), { id: 'b', channel: 'stderr' }], 0);
  const [a, b, e] = [world.pipe(world.child('a')), world.pipe(world.child('b')), world.pipe(world.child('b'), 'stderr')];
  a.write('half');
  b.write('b1\nb');
  e.write('oops\n');
  await world.until('whole lines are seen', () => reader.chunks.length === 2);
  a.write(' done\n');
  await world.until('the line is whole', () => reader.chunks.length === 3);
  a.write('last words');
  a.end();
  await world.drain(world.child('a'));
  await world.until('last words need no newline', () => reader.chunks.length === 4);
  const of = (id: string, channel: Channel): string =>
    reader.chunks
      .filter((chunk) => chunk.id === id && chunk.channel === channel)
      .map((chunk) => chunk.text)
      .join('|');
  assert.deepEqual([of('a', 'stdout'), of('b', 'stdout'), of('b', 'stderr')], ['half done\n|last words', 'b1\n', 'oops\n']);
  b.end();
  e.end();
});

test('a reader that pauses gets what it missed, or is told how much was left out', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log') }));
  const reader = new Reader(world, [stdout('p')], 0);
  const child = world.child('p');
  await world.run(child, 'seq', seq(0, 9)).exited;
  await world.drain(child);
  await world.until('it reads', () => reader.text.length === 1000);
  reader.handle.pause();
  await world.run(child, 'seq', seq(10, 99)).exited;
  await world.drain(child);
  assert.equal(reader.text.length, 1000);
  reader.handle.resume();
  assert.deepEqual(numbersOf(reader.text), range(0, 100));
  reader.handle.pause();
  await world.run(child, 'seq', seq(100, 19_999)).exited;
  await world.drain(child);
  reader.handle.resume();
  const notice = /\n\[reeve: (\d+) bytes left out here, the reader was too slow\]\n/.exec(reader.text);
  assert.ok(notice !== null, 'there is no notice');
  assert.equal(reader.text.length - notice[0].length + Number(notice[1]), 2_000_000);
  await world.run(child, 'seq', seq(20_000, 20_009)).exited;
  await world.drain(child);
  assert.deepEqual(numbersOf(reader.text.slice(notice.index + notice[0].length)), range(20_000, 20_010));
});

test('the past of many logs together has a bound, and that it was cut is told', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log') }));
  const pipe = world.pipe(world.child('p'));
  pipe.write(numbered(20));
  await world.until('it is written', () => world.plane.stats('p').bytes === 2000);
  for (const [part, expected] of [[{ bytes: 1500 }, numbered(5, 15)], [{ bytes: 100 }, numbered(1, 19)], [{ bytes: 0, lines: 10 }, numbered(5, 15)], [{ bytes: 0, lines: 3 }, numbered(3, 17)]] as const) {
    let text = '';
    const handle = world.plane.follow({ targets: [stdout('p')], ...part, most: 500, onChunk: (_id, _channel, chunk) => (text += Buffer.from(chunk).toString()), onEnd: () => undefined });
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    handle.close();
    assert.equal(text, expected.length < 500 ? expected : `[reeve: of so many logs at once, at most the last 500 bytes of each are shown]\n${expected}`);
  }
  pipe.end();
});

test('a follower ends when its last target is no longer known, or was never', native, async () => {
  await using world = new LogWorld();
  world.open(logSpec('p', { file: world.path('p.log') }));
  const reader = new Reader(world, [stdout('p')], 0);
  const nobody = new Reader(world, [stdout('nobody')], 0);
  await world.until('nobody ends', () => nobody.ended !== null);
  assert.equal(reader.ended, null);
  world.plane.close('p');
  await world.until('p ends', () => reader.ended !== null);
  assert.deepEqual([nobody.ended, reader.ended], ['there is no log to follow', 'the process is no longer known']);
});
