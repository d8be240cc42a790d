// What a fresh read of the file changes, by group, as `reread` tells it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareGroups, sameSpec } from '../../daemon/runtime/reread.ts';
import { groupSpec, iniProcess, NO_OUTPUT } from '../support/specs.ts';

const group = (name: string, over: Parameters<typeof iniProcess>[1] = {}) => groupSpec(name, [iniProcess(`${name}:${name}`, over)]);

test('groups are added, changed or removed as a whole, in the order of the file', () => {
  const now = [group('a'), group('b'), group('c')];
  const next = [group('d'), group('c', { priority: 3 }), group('a')];
  assert.deepEqual(compareGroups(now, next), { added: ['d'], changed: ['c'], removed: ['b'] });
  assert.deepEqual(compareGroups(now, now), { added: [], changed: [], removed: [] });
});

test('a line that moved and a log name that was left to us change nothing', () => {
  assert.ok(sameSpec(group('a'), group('a', { origin: { file: '/elsewhere', line: 9 } })));
  const auto = { ...NO_OUTPUT, auto: true, file: '/tmp/a-stdout---x.log' };
  assert.ok(sameSpec(group('a', { stdout: auto }), group('a', { stdout: { ...auto, file: '/var/tmp/other.log' } })));
  assert.ok(!sameSpec(group('a', { stdout: { ...NO_OUTPUT, file: '/a' } }), group('a', { stdout: { ...NO_OUTPUT, file: '/b' } })));
});

test('a key that comes or goes, a member, an order and a type are changes', () => {
  assert.ok(!sameSpec(group('a', { environment: { A: '1' } }), group('a', { environment: { A: '1', B: '2' } })));
  assert.ok(!sameSpec(group('a', { environment: { A: '1', B: '2' } }), group('a', { environment: { A: '1' } })));
  assert.ok(!sameSpec(group('a', { exitCodes: [0, 1] }), group('a', { exitCodes: [1, 0] })));
  assert.ok(!sameSpec(groupSpec('g', [iniProcess('g:a')]), groupSpec('g', [iniProcess('g:a'), iniProcess('g:b')])));
  assert.ok(!sameSpec(groupSpec('g', []), groupSpec('g', [], { priority: 1 })));
  assert.ok(!sameSpec({ a: null }, { a: {} }));
  assert.ok(!sameSpec([], {}));
});
