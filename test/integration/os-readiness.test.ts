// One epoll for all descriptors: who is told, when, and when not.
import assert from 'node:assert/strict';
import { closeSync, readdirSync, readSync, writeSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { openNative, type OpenedOs } from '../../daemon/os/open.ts';
import { O_CLOEXEC, O_NONBLOCK, openSys, type Sys } from '../../daemon/os/sys.ts';
import { openOsWorld, until } from '../support/os-world.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

describe('readiness', () => {
  let sys: Sys;
  let os: OpenedOs;
  before(() => {
    const opened = openSys();
    assert.ok(!('problem' in opened));
    sys = opened;
    os = openNative(sys, (message) => assert.fail(message));
  });
  after(() => os.dispose());

  function pipe(): { reader: number; writer: number; close(): void } {
    const pair = sys.memory(8);
    assert.equal(sys.pipe2(pair.address, O_CLOEXEC | O_NONBLOCK), 0);
    const [reader, writer] = [pair.bytes.readInt32LE(0), pair.bytes.readInt32LE(4)];
    return { reader, writer, close: () => [reader, writer].forEach((fd) => closeSync(fd)) };
  }
  const empty = (fd: number): number => readSync(fd, Buffer.alloc(1024));

  test('is told again and again until the descriptor is read', async () => {
    const { reader, writer, close } = pipe();
    let told = 0;
    const handle = os.readiness!.add(reader, () => {
      told += 1;
      if (told === 3) empty(reader);
    });
    await turns(5);
    assert.equal(told, 0);
    writeSync(writer, 'x');
    await until('three calls', () => told === 3);
    await turns(20);
    assert.equal(told, 3);
    handle.remove();
    close();
  });

  test('a paused one is not told, not even of a hang-up, and a resumed one is', async () => {
    const { reader, writer } = pipe();
    let told = 0;
    const handle = os.readiness!.add(reader, () => (told += 1));
    handle.pause();
    writeSync(writer, 'x');
    closeSync(writer);
    await turns(20);
    assert.equal(told, 0);
    handle.resume();
    handle.resume();
    await until('a call', () => told > 0);
    handle.pause();
    handle.pause();
    const before = told;
    await turns(20);
    assert.equal(told, before);
    handle.remove();
    handle.resume();
    closeSync(reader);
  });

  test('a descriptor that is used again is told for its new owner only', async () => {
    const first = pipe();
    const told: string[] = [];
    const old = os.readiness!.add(first.reader, () => told.push('old'));
    old.remove();
    first.close();
    const second = pipe();
    assert.equal(second.reader, first.reader);
    const handle = os.readiness!.add(second.reader, () => {
      told.push('new');
      empty(second.reader);
    });
    writeSync(second.writer, 'x');
    await until('a call', () => told.length > 0);
    // The old handle has no power over the new watch.
    old.pause();
    old.remove();
    writeSync(second.writer, 'x');
    await until('another', () => told.length > 1);
    assert.deepEqual(told, ['new', 'new']);
    handle.remove();
    second.close();
  });

  test('one that is removed by a callback of the same batch is not told any more', async () => {
    const pipes = [pipe(), pipe()];
    const told: number[] = [];
    const handles = pipes.map(({ reader }, which) =>
      os.readiness!.add(reader, () => {
        told.push(which);
        handles[0]!.remove();
        handles[1]!.remove();
      }),
    );
    for (const { writer } of pipes) writeSync(writer, 'x');
    await until('a call', () => told.length > 0);
    await turns(10);
    assert.equal(told.length, 1);
    for (const each of pipes) each.close();
  });

  test('more than a batch of them are all told', async () => {
    const pipes = Array.from({ length: 1500 }, pipe);
    const told = new Set<number>();
    const handles = pipes.map(({ reader }) =>
      os.readiness!.add(reader, () => {
        told.add(reader);
        empty(reader);
      }),
    );
    for (const { writer } of pipes) writeSync(writer, 'x');
    await until('all of them', () => told.size === 1500);
    for (const handle of handles) handle.remove();
    for (const each of pipes) each.close();
  });

  test('a callback may use promises and may throw like any other of the event loop', async () => {
    const { reader, writer, close } = pipe();
    const settled = new Promise<string>((resolve) => {
      const handle = os.readiness!.add(reader, () => {
        handle.remove();
        void Promise.resolve('settled').then(resolve);
      });
    });
    writeSync(writer, 'x');
    assert.equal(await settled, 'settled');
    close();
  });

  test('a pipe can be grown, and what cannot is told', () => {
    const { reader, close } = pipe();
    assert.equal(os.readiness!.growPipe(reader, 256 * 1024), true);
    close();
    assert.equal(os.readiness!.growPipe(reader, 256 * 1024), false);
  });
});

test('opening and disposing of the layer leaves nothing open', async () => {
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  await openOsWorld(false)[Symbol.asyncDispose]();
  await turns(5);
  const before = descriptors();
  for (let n = 0; n < 10; n += 1) await openOsWorld(false)[Symbol.asyncDispose]();
  await turns(5);
  assert.equal(descriptors(), before);
});
