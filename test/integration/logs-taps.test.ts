// Who listens to what a program writes, beside its log.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutputTaps } from '../../daemon/os/ports/output.ts';
import { LogWorld, logSpec, noNative } from '../support/log-world.ts';

const skip = noNative ?? false;
const BEGIN = '<!--XSUPERVISOR:BEGIN-->';
const END = '<!--XSUPERVISOR:END-->';

/** Taps that write down what they hear, with its kind. */
function ears(listeners: readonly string[] = [], watched = false): OutputTaps & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    isListener: (process) => listeners.includes(process),
    protocol: (child, bytes) => void heard.push(`protocol of ${child.id}: ${bytes.toString()}`),
    chunk: (_child, channel, bytes) => void heard.push(`${channel}: ${bytes.toString()}`),
    captured: (_child, channel, bytes) => void heard.push(`captured on ${channel}: ${bytes.toString()}`),
    watches: () => watched,
    seen: (_child, channel, bytes) => {
      heard.push(`seen on ${channel}: ${bytes.toString()}`);
      return !bytes.includes('ready');
    },
  };
}

test('who waits for words in the output hears it until they came, and the log has all of it [E23]', { skip }, async () => {
  const taps = ears([], true);
  await using world = new LogWorld({ taps });
  world.open(logSpec('p', { file: world.path('p.log') }));
  const pipe = world.pipe(world.child('p'));
  pipe.write('starting\n');
  await world.until('the first line', () => taps.heard.length === 1);
  pipe.write('ready\n');
  await world.until('the second line', () => taps.heard.length === 2);
  pipe.write('working\n');
  pipe.end();
  await world.drain(world.child('p'));
  assert.equal(world.text('p.log'), 'starting\nready\nworking\n');
  assert.deepEqual(taps.heard, ['seen on stdout: starting\n', 'seen on stdout: ready\n']);
});

test('a program that uses neither events nor capture mode is heard by nobody, and a token is text to it', { skip }, async () => {
  const taps = ears();
  await using world = new LogWorld({ taps });
  world.open(logSpec('p', { file: world.path('p.log') }));
  const pipe = world.pipe(world.child('p'));
  pipe.write(`${BEGIN}plain${END}\n`);
  pipe.end();
  await world.drain(world.child('p'));
  assert.equal(world.text('p.log'), `${BEGIN}plain${END}\n`);
  assert.deepEqual(taps.heard, []);
});

test('capture keeps the newest bytes within its bound, however much comes', { skip }, async () => {
  const taps = ears();
  await using world = new LogWorld({ taps });
  world.open(logSpec('p', { file: world.path('p.log'), captureBytes: 10 }));
  const pipe = world.pipe(world.child('p'));
  pipe.write(`a${BEGIN}${'x'.repeat(50_000)}`);
  await world.until('the first part to be read', () => world.text('p.log') === 'a');
  pipe.write(`0123456789${END}b\n`);
  pipe.end();
  await world.drain(world.child('p'));
  assert.deepEqual(taps.heard, ['captured on stdout: 0123456789']);
  assert.equal(world.text('p.log'), 'ab\n');
});

test('what is captured when a program ends is not logged, and its next life begins outside', { skip }, async () => {
  const taps = ears();
  await using world = new LogWorld({ taps });
  world.open(logSpec('p', { file: world.path('p.log'), captureBytes: 100 }));
  for (const [incarnation, text] of [[1, `one\n${BEGIN}half`], [2, `two\n${BEGIN}whole${END}`]] as const) {
    const pipe = world.pipe(world.child('p', incarnation));
    pipe.write(text);
    pipe.end();
    await world.drain(world.child('p', incarnation));
  }
  assert.deepEqual(taps.heard, ['captured on stdout: whole']);
  assert.equal(world.text('p.log'), 'one\ntwo\n');
});

test('the protocol of a listener is heard as it is written, and logged too', { skip }, async () => {
  const taps = ears(['l']);
  await using world = new LogWorld({ taps });
  world.open(logSpec('l', { file: world.path('l.log'), events: true, stripAnsi: true }, { file: world.path('l.err'), events: true }));
  const child = world.child('l');
  const [out, err] = [world.pipe(child), world.pipe(child, 'stderr')];
  out.write('READY\n\u001B[1m');
  err.write('oops\n');
  out.end();
  err.end();
  await world.drain(child);
  assert.deepEqual(taps.heard.toSorted(), ['protocol of l: READY\n\u001B[1m', 'stderr: oops\n']);
  assert.equal(world.text('l.log'), 'READY\n');
});

test('events and capture may be turned on and off while a program runs', { skip }, async () => {
  const taps = ears();
  await using world = new LogWorld({ taps });
  const spec = (over: object) => logSpec('p', { file: world.path('p.log'), ...over });
  world.open(spec({}));
  const child = world.child('p');
  const pipe = world.pipe(child);
  const write = async (text: string, log: string): Promise<void> => {
    pipe.write(text);
    await world.until(`the log to be ${log}`, () => world.text('p.log') === log);
  };
  await write('a\n', 'a\n');
  assert.equal(world.plane.change(spec({ events: true, captureBytes: 10 })), null);
  await write(`b\n<!--XSUPER`, 'a\nb\n');
  // A change of something else leaves a token whole.
  assert.equal(world.plane.change(spec({ events: true, captureBytes: 10, backups: 3 })), null);
  await write(`VISOR:BEGIN-->in${END}c\n<!--X`, 'a\nb\nc\n');
  assert.equal(world.plane.change(spec({})), null);
  await write('d\n', 'a\nb\nc\n<!--Xd\n');
  assert.deepEqual(taps.heard, ['stdout: b\n', 'stdout: in', 'captured on stdout: in', 'stdout: c\n', 'stdout: <!--X']);
});
