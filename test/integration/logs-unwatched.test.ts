// Output that cannot be watched (the kernel's limit of watches per user), and output that was taken and never arrived.
import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { Capture } from '../../daemon/logs/capture.ts';
import type { SourceSink } from '../../daemon/logs/capture.ts';
import { sayFact } from '../../daemon/logs/daemon-log-lines.ts';
import type { Readiness } from '../../daemon/os/ports/readiness.ts';
import { LogWorld, logSpec, makePipe, noNative, numbered } from '../support/log-world.ts';

const native = noNative === null ? {} : { skip: `native capture is not available here: ${noNative}` };

/** A machine that refuses watches until `room`. */
function refusing(): { readiness: Readiness; room: boolean; ready: (() => void) | null; watches: number } {
  const world = { room: false, ready: null as (() => void) | null, watches: 0, readiness: null as unknown as Readiness };
  const watch = (): void => {
    if (!world.room) throw new Error('cannot watch descriptor: errno 28');
    world.watches += 1;
  };
  world.readiness = {
    growPipe: () => true,
    add(_fd, ready) {
      watch();
      world.ready = ready;
      return { pause: () => {}, resume: watch, remove: () => {} };
    },
  };
  return world;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !holds();) {
    if (performance.now() > end) throw new Error(`waited 10 s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a program whose output cannot be watched (fs.epoll.max_user_watches) is not held up, and no line of it is lost', native, async () => {
  const world = refusing();
  const problems: string[] = [];
  const capture = new Capture(world.readiness, () => performance.now(), (why) => problems.push(why));
  let got = '';
  let ended = false;
  const sink: SourceSink = { willing: () => true, bytes: (buffer, length) => void (got += buffer.toString('latin1', 0, length)), ended: () => (ended = true) };
  const { ours, theirs } = makePipe();
  capture.add(ours, sink);
  const text = numbered(600);
  fs.writeSync(theirs, text);
  await until('it is read without a watch', () => got === text);
  fs.writeSync(theirs, 'later\n');
  await until('and read again', () => got.endsWith('later\n'));
  assert.equal(problems.length, 1, 'said once');
  world.room = true;
  await until('watched as soon as that is possible', () => world.watches > 0);
  fs.writeSync(theirs, 'watched\n');
  world.ready?.();
  await until('read by its watch', () => got.endsWith('watched\n'));
  fs.closeSync(theirs);
  world.ready?.();
  await until('its end', () => ended);
  assert.throws(() => fs.fstatSync(ours), /EBADF/, 'the descriptor is closed');
  capture.dispose();
});

test('what a socket as stdout (systemd) took and never delivered is counted as dropped', async () => {
  // Its reader closes the other end and stays, so that Node keeps ours open.
  const reader = spawn('sh', ['-c', 'exec <&-; echo closed; exec sleep 300'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const { fd } = (reader.stdin as unknown as { _handle: { fd: number } })._handle;
  await new Promise((resolve) => reader.stdout.once('data', resolve));
  assert.ok(fs.fstatSync(fd).isSocket());
  const text = numbered(100);
  let dropped = 0;
  {
    await using world = new LogWorld({ portable: true, stdout: fd });
    world.open(logSpec('p', { tee: 'stdout' }));
    const child = world.child('p');
    const stream = world.stream(child);
    stream.push(text);
    stream.push(null);
    await world.drain(child);
    await world.plane.dispose();
    for (const fact of world.facts) if (fact.type === 'log.dropped') dropped += fact.bytes;
  }
  reader.kill('SIGKILL');
  // Each line has its prefix.
  assert.equal(dropped, text.length + 100 * '[p] '.length);
});

for (const full of ['drop', 'block'] as const) {
  test(`a log with log_full = "${full}" that takes no more says what becomes of the output meanwhile`, async () => {
    await using world = new LogWorld({ portable: true });
    // Refuses every byte, as a full disk does.
    world.open(logSpec('p', { file: '/dev/full', full }));
    world.stream(world.child('p')).push('a line\n');
    await world.until('it is blocked', () => world.count('log.blocked') === 1);
    const blocked = world.facts.find((fact) => fact.type === 'log.blocked');
    assert.ok(blocked !== undefined && blocked.type === 'log.blocked');
    assert.equal(blocked.full, full);
    assert.match(sayFact({ ...blocked, seq: 1, at: 0 }, 'own').text, full === 'drop' ? /output is dropped meanwhile$/ : /its writers wait$/);
  });
}
