// Arguments of a request are judged by the table alone.
import assert from 'node:assert/strict';
import test from 'node:test';
import { nearest } from '../../config/nearest.ts';
import { readArguments } from '../../daemon/api/arguments.ts';
import type { ArgumentSpec } from '../../daemon/contract/commands.ts';
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { ROUTES } from '../../daemon/contract/routes.ts';

const ALL_TYPES: Record<string, ArgumentSpec> = {
  text: { type: 'string', says: '' }, names: { type: 'names', says: '' }, count: { type: 'integer', says: '' }, flag: { type: 'boolean', says: '' },
  wait: { type: 'duration', says: '' }, signal: { type: 'signal', says: '' }, channel: { type: 'channel', says: '' }, mode: { type: 'enum', values: ['warm', 'cold'], says: '' },
};

function valueOf(raw: Record<string, unknown>): unknown {
  const read = readArguments(ALL_TYPES, raw);
  return 'values' in read ? Object.fromEntries(read.values) : read.refusal.code;
}

test('a query and a body may say the same thing in their own forms', () => {
  assert.deepEqual(valueOf({ count: '-5', flag: 'true', wait: '30s', names: 'a,b' }), { count: -5, flag: true, wait: 30_000, names: ['a', 'b'] });
  assert.deepEqual(valueOf({ count: -5, flag: true, wait: 30, names: ['a', 'b'] }), { count: -5, flag: true, wait: 30_000, names: ['a', 'b'] });
});

test('a query that repeats names makes a list, and a flag without a value is true', () => {
  assert.deepEqual(valueOf({ names: ['g:*', 'x'], flag: '' }), { names: ['g:*', 'x'], flag: true });
});

test('a name in a body is taken as it is, commas included', () => {
  assert.deepEqual(valueOf({ names: ['a,b'] }), { names: ['a,b'] });
});

test('durations are seconds or a number with a unit, and come out in ms', () => {
  for (const [said, ms] of [['0', 0], ['250ms', 250], ['1.5s', 1500], ['5m', 300_000], ['2h', 7_200_000], ['1d', 86_400_000], [0.5, 500]] as const) {
    assert.deepEqual(valueOf({ wait: said }), { wait: ms });
  }
});

test('a value that is not of its form is refused with the form that was expected', () => {
  for (const raw of [
    { text: '' }, { text: 'a\0b' }, { text: 'x'.repeat(1025) }, { names: [1] }, { names: { a: 1 } }, { names: Array.from({ length: 5000 }, () => 'x') }, { count: '1.5' },
    { count: '99999999999999999999' }, { flag: 'maybe' }, { wait: '-1s' }, { wait: '5 parsecs' }, { signal: 'TERM; rm' }, { channel: '/etc/passwd' }, { mode: 'hot' },
  ]) assert.equal(valueOf(raw), 'BAD_ARGUMENT', JSON.stringify(raw).slice(0, 60));
  const read = readArguments(ALL_TYPES, { mode: 'hot' });
  assert.ok('refusal' in read);
  assert.match(read.refusal.message, /cannot use mode = "hot": expected one of warm, cold/);
});

test('an unknown argument is refused with the nearest known one', () => {
  const read = readArguments(COMMANDS.start.args, { naems: ['web'] });
  assert.ok('refusal' in read);
  assert.equal(read.refusal.code, 'BAD_ARGUMENT');
  assert.equal(read.refusal.hint, 'did you mean names?');
});

test('only what the table names is looked up, whatever an object inherits (CVE-2017-11610)', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const read = readArguments(COMMANDS.start.args, JSON.parse(`{"names":["a"],"${name}":"x"}`) as Record<string, unknown>);
    assert.ok('refusal' in read, name);
  }
});

test('a missing argument is named with its sentence', () => {
  const read = readArguments(COMMANDS.signal.args, { names: ['web'] });
  assert.ok('refusal' in read);
  assert.match(read.refusal.message, /argument signal is missing \(Name or number\.\)/);
  assert.ok('refusal' in readArguments(COMMANDS.start.args, { names: [] }));
});

test('the nearest word is near, or there is none', () => {
  assert.equal(nearest('/v1/stauts', ROUTES.map((route) => route.path)), '/v1/status');
  assert.equal(nearest('zzzzzz', ['names', 'wait']), null);
  assert.equal(nearest('x'.repeat(1000), ['names']), null);
});
