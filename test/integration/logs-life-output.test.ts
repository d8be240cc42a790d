// What one life said, kept apart from what its like say to the same log.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogWorld, logSpec, noNative } from '../support/log-world.ts';

const skip = noNative ?? false;

test('two lives of one name write to one log at the same time, and each keeps its own words', { skip }, async () => {
  await using world = new LogWorld();
  world.open(logSpec('job:report', { file: world.path('report.log') }));
  const lives = [1, 2].map((n) => {
    const keep = world.plane.keep();
    return { keep, child: world.child('job:report', n), pipe: world.pipe(world.child('job:report', n), 'stdout', keep) };
  });
  for (const round of ['one', 'two']) {
    for (const [index, { pipe, keep }] of lives.entries()) {
      pipe.write(`run ${index + 1} says ${round}\n`);
      await world.until('it to be read', () => keep.text().includes(round));
    }
  }
  for (const { pipe, child } of lives) {
    pipe.end();
    await world.drain(child);
  }
  assert.deepEqual(lives.map(({ keep }) => keep.text()), ['run 1 says one\nrun 1 says two\n', 'run 2 says one\nrun 2 says two\n']);
  assert.equal(world.text('report.log'), 'run 1 says one\nrun 2 says one\nrun 1 says two\nrun 2 says two\n');
});

test('both channels are kept in the order they came, and errors apart', { skip }, async () => {
  await using world = new LogWorld();
  world.open(logSpec('job:a', { file: world.path('a.log') }, { file: world.path('a.err') }));
  const keep = world.plane.keep();
  const child = world.child('job:a');
  const out = world.pipe(child, 'stdout', keep);
  const err = world.pipe(child, 'stderr', keep);
  out.write('begin, ');
  await world.until('the beginning', () => keep.total === 7);
  err.write('first\nsecond\n');
  await world.until('the errors', () => keep.text().includes('second'));
  out.write('end\n');
  await world.until('the end', () => keep.text().includes('end'));
  out.end();
  err.end();
  await world.drain(child);
  assert.equal(keep.text(), 'begin, \nfirst\nsecond\nend\n');
  assert.deepEqual(keep.errors(50), ['first', 'second']);
  assert.deepEqual(keep.errors(1), ['second']);
});

test('a life that says more than is kept keeps the last 64 KiB, from the beginning of a line', { skip }, async () => {
  await using world = new LogWorld();
  world.open(logSpec('job:a', { file: world.path('a.log') }));
  const keep = world.plane.keep();
  const child = world.child('job:a');
  const pipe = world.pipe(child, 'stdout', keep);
  const lines = Array.from({ length: 3000 }, (_, n) => `line ${n} `.padEnd(99, '.'));
  for (let at = 0; at < lines.length; at += 100) {
    pipe.write(`${lines.slice(at, at + 100).join('\n')}\n`);
    await world.until('it to be read', () => keep.total === (at + 100) * 100);
  }
  pipe.end();
  await world.drain(child);
  const kept = keep.text().split('\n');
  assert.equal(kept.pop(), '');
  assert.deepEqual(kept, lines.slice(-655));
  // Nothing came as an error, so that the last of all is the best there is.
  assert.deepEqual(keep.errors(2), lines.slice(-2));
});

test('who follows a life hears what is kept, what comes, and the end, each once', { skip }, async () => {
  await using world = new LogWorld();
  world.open(logSpec('job:a', { file: world.path('a.log') }));
  const keep = world.plane.keep();
  const child = world.child('job:a');
  const pipe = world.pipe(child, 'stdout', keep);
  pipe.write('before\n');
  await world.until('it to be read', () => keep.total > 0);
  let heard = '';
  let ends = 0;
  const reader = keep.follow((bytes) => (heard += Buffer.from(bytes).toString()), () => (ends += 1));
  assert.equal(heard, 'before\n');
  pipe.write('after\n');
  await world.until('the rest', () => heard === 'before\nafter\n');
  pipe.end();
  await world.drain(child);
  keep.end();
  keep.end();
  assert.equal(ends, 1);
  reader.close();
  // Who comes late hears all of it.
  let late = '';
  keep.follow((bytes) => (late += Buffer.from(bytes).toString()), () => (late += 'END'));
  assert.equal(late, 'before\nafter\nEND');
});

test('who follows a life from a position hears what came after it, once; what is gone is told with its size; also when the life is over and its daemon kept its end', { skip }, async () => {
  await using world = new LogWorld();
  const keep = world.plane.keep();
  const say = (text: string | Buffer): void => keep.heard('stdout', Buffer.from(text), 0, Buffer.from(text).length);
  const heard = (output: typeof keep, from?: number): readonly [string, number | undefined] => {
    let text = '';
    let last: number | undefined;
    output.follow((bytes, end) => {
      text += Buffer.from(bytes).toString('latin1');
      last = end;
    }, () => undefined, from).close();
    return [text, last];
  };
  say('one\ntwo\n');
  assert.deepEqual(heard(keep), ['one\ntwo\n', 8]);
  assert.deepEqual(heard(keep, 5), ['wo\n', 8]);
  assert.deepEqual(heard(keep, 8), ['', undefined]);
  assert.deepEqual(heard(keep, 9), ['one\ntwo\n', 8], 'a position of another life');
  say(Buffer.from([0xff, 0x0a]));
  say(`${'x'.repeat(99)}\n`.repeat(1000));
  const told = heard(keep, 8);
  assert.equal(told[1], 100_010);
  assert.equal(told[0], `[reeve: ${100_002 - 65_536} bytes that were written meanwhile are no longer kept here]\n${`${'x'.repeat(99)}\n`.repeat(1000).slice(-65_536)}`);
  keep.end();
  const kept = keep.kept();
  assert.equal(kept.bytes.length, 65_500, 'whole lines');
  const later = world.plane.keep(kept);
  assert.deepEqual(heard(later), [`${'x'.repeat(99)}\n`.repeat(655), 100_010]);
  assert.deepEqual(heard(later, 100_000), [`${'x'.repeat(9)}\n`, 100_010]);
});
