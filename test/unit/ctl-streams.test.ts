import { test } from 'node:test';
import assert from 'node:assert/strict';
import { interleaver } from '../../ctl/interleave.ts';
import { BadLine, lineReader } from '../../ctl/ndjson.ts';
import { eventLine, eventWords } from '../../ctl/event-line.ts';
import { printersOf } from '../../ctl/screen.ts';
import { FACTS } from '../../daemon/contract/facts.ts';
import type { Fact } from '../../daemon/contract/facts.ts';

test('logs of several processes come as whole lines, each with its name [B10]', () => {
  const lines = interleaver({ colour: false });
  assert.equal(lines.add({ name: 'web:web', channel: 'stdout', text: 'half' }), '');
  assert.equal(lines.add({ name: 'pool:w', channel: 'stdout', text: 'one\ntwo\n' }), 'pool:w | one\npool:w | two\n');
  assert.equal(lines.add({ name: 'web:web', channel: 'stdout', text: ' line\nrest' }), 'web    | half line\n');
  assert.equal(lines.end(), 'web    | rest\n');
  assert.equal(lines.end(), '');
});

test('stdout and stderr of one process do not mix within a line', () => {
  const lines = interleaver({ colour: false });
  lines.add({ name: 'a:a', channel: 'stdout', text: 'out' });
  assert.equal(lines.add({ name: 'a:a', channel: 'stderr', text: 'err\n' }), 'a ! err\n');
  assert.equal(lines.add({ name: 'a:a', channel: 'stdout', text: 'put\r\n' }), 'a | output\n');
});

test('a name has one colour, whoever speaks first, and stderr is marked red', () => {
  const lines = interleaver({ colour: true });
  const first = lines.add({ name: 'a', channel: 'stdout', text: 'x\n' });
  const other = lines.add({ name: 'b', channel: 'stdout', text: 'x\n' });
  assert.match(first, /^\u001B\[\d+ma/);
  assert.notEqual(first.slice(0, 5), other.slice(0, 5));
  assert.equal(lines.add({ name: 'a', channel: 'stdout', text: 'x\n' }), first);
  assert.equal(interleaver({ colour: true }).add({ name: 'b', channel: 'stdout', text: 'x\n' }), other);
  assert.match(lines.add({ name: 'a', channel: 'stderr', text: 'x\n' }), /\u001B\[31m!/);
});

test('names that are known before stand in one column from the first line on, counted in cells', () => {
  const lines = interleaver({ colour: false, names: ['web', '日本:日本', 'x'.repeat(99)] });
  assert.equal(lines.add({ name: 'web:web', channel: 'stdout', text: 'a\n' }), `${'web'.padEnd(40)} | a\n`);
  assert.equal(lines.add({ name: '日本:日本', channel: 'stdout', text: 'a\n' }), `日本${' '.repeat(36)} | a\n`);
  assert.equal(lines.add({ name: 'x'.repeat(99), channel: 'stdout', text: 'a\n' }), `${'x'.repeat(39)}… | a\n`);
});

test('a line without an end is printed in parts, not kept for ever', () => {
  const lines = interleaver({ colour: false });
  assert.equal(lines.add({ name: 'a', channel: 'stdout', text: 'x'.repeat(70_000) }).length, 'a | \n'.length + 70_000);
});

test('JSON lines are read however they are cut, also within a character', () => {
  const seen: unknown[] = [];
  const read = lineReader((value) => seen.push(value));
  const bytes = Buffer.from('{"a":"ü"}\n\n[1]\n{"b"');
  for (const byte of bytes) read(Buffer.from([byte]));
  read(Buffer.from(':2}\n'));
  assert.deepEqual(seen, [{ a: 'ü' }, [1], { b: 2 }]);
});

test('a line that is no JSON is named', () => {
  assert.throws(
    () => lineReader(() => {})(Buffer.from('<html>\n')),
    (error: unknown) => error instanceof BadLine && /<html>/.test(error.message),
  );
});

test('a fact is one line: when, number, severity, what, whom, and the rest', () => {
  const fact: Fact = {
    type: 'process.backoff',
    process: 'web:web',
    incarnation: 3,
    from: 'RUNNING',
    tries: 2,
    delayMs: 1000,
    why: 'exit 1',
    seq: 12,
    at: new Date(2026, 10, 22, 4, 30, 5).getTime(),
  };
  assert.equal(
    eventLine(fact, { columns: null, colour: false }),
    '2026-11-22 04:30:05  #12     warning   process.backoff  web  life=3 from=RUNNING tries=2 delay=1s why="exit 1"',
  );
});

test('a measured time is told in the unit of its size, not to the last bit of a clock', () => {
  const fact: Fact = { type: 'process.running', process: 'web:web', incarnation: 1, pid: 7, startMs: 1190.9909310000003, ready: true, seq: 1, at: 0 };
  assert.match(eventLine(fact, { columns: null, colour: false }), /pid=7 start=1.2s ready=true$/);
});

test('a fact has no words of the inside: times and sizes with their unit, ids cut short, nothing that says nothing', () => {
  const line = (fields: Readonly<Record<string, unknown>>): string => eventWords({ seq: 1, at: 0, ...fields } as unknown as Fact);
  assert.equal(line({ type: 'check.completed', check: 'queue', run: '2b971fc8-9899-4f7b-b1e4-e18a9f92e4b2', seen: ['90350c7fc5e11424'], opened: 0, reopened: 0, closed: 1 }), 'check.completed  queue  run=2b971fc8 seen=1 closed=1');
  assert.equal(line({ type: 'process.exited', process: 'web:web', incarnation: 1, code: 1, coreDumped: false, expected: false, ranMs: 220_000, left: [], lastOutput: 'a\nboom\n' }), 'process.exited  web  life=1 code=1 expected=false ran=3m40s last_output=boom');
  assert.match(line({ type: 'heartbeat.missed', process: 'web:web', incarnation: 2, expectedAt: new Date(2026, 10, 22, 4, 30, 5).getTime(), lateMs: 3, misses: 1 }), /life=2 expected=2026-11-22T04:30:05 late=3ms misses=1$/);
});

test('control characters in a fact do not reach the terminal', () => {
  const fact: Fact = { type: 'daemon.warning', what: 'x\u001B[2J', message: 'y\u0007', seq: 1, at: 0 };
  assert.doesNotMatch(eventLine(fact, { columns: null, colour: true }).replace(/\u001B\[\d+m/g, ''), /[\u0000-\u001F]/);
});

test('nothing that is said to a terminal moves its cursor, turns its text around or hides; our colours and line ends stay, and JSON keeps its value', () => {
  const written: string[] = [];
  const to = printersOf((text) => void written.push(text), (text) => void written.push(text));
  to.line('a\u202Eb\u001B[2Jc\u200B we\uFE0Fb\u200D 1\uFE0F\u20E3 \u2139\uFE0F\n\u001B[1;31mred\u001B[0m \u05E9\u05DC\u05D5\u05DD \u{1F469}\u200D\u{1F4BB}');
  to.note('x\u009B2J');
  to.json('{"a":"b\u202E\u007F"}');
  assert.deepEqual(written, ['a\uFFFDb\uFFFD[2Jc\uFFFD we\uFFFDb\uFFFD 1\uFE0F\u20E3 \u2139\uFE0F\n\u001B[1;31mred\u001B[0m \u05E9\u05DC\u05D5\u05DD \u{1F469}\u200D\u{1F4BB}\n', 'x\uFFFD2J\n', '{"a":"b\\u202e\\u007f"}\n']);
  assert.deepEqual(JSON.parse(written[2] ?? ''), { a: 'b\u202E\u007F' });
});

test('on a terminal a line of one program keeps its colours and writes over no other; in a pipe it is as it was written', () => {
  const text = '\u001B[32mok\u001B[K\u001B[0m\u001B[5A\u001B]0;title\u0007 10%\r\u001B[31m20%\u001B[0m\u202E\u001B]8;;x\u001B\\link\u001B]8;;\u001B\\\u0008\r\n';
  assert.equal(interleaver({ colour: false, terminal: true }).add({ name: 'a\u202E:b', channel: 'stdout', text }), 'a\uFFFD:b | \u001B[31m20%\u001B[0m\uFFFDlink\uFFFD\n');
  assert.equal(interleaver({ colour: false }).add({ name: 'a:a', channel: 'stdout', text }), `a | ${text.slice(0, -2)}\n`);
});

test('a critical event stands on a ground of red, an error is red: they differ without their colour', () => {
  const line = (type: 'breaker.opened' | 'group.gave_up', severity: string): string => {
    assert.equal(FACTS[type].severity, severity);
    return eventLine({ type, seq: 1, at: 0 } as unknown as Fact, { columns: 60, colour: true });
  };
  assert.match(line('group.gave_up', 'critical'), /\u001B\[1;7;31mgroup\.gave_up\u001B\[0m/);
  assert.match(line('breaker.opened', 'error'), /\u001B\[31mbreaker\.opened\u001B\[0m/);
});
