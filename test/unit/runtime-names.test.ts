import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Tree } from '../../daemon/core/tree.ts';
import { allIds, resolveName } from '../../daemon/runtime/names.ts';
import { groupSpec, processSpec } from '../support/specs.ts';

const tree = new Tree(groupSpec('root', [
  groupSpec('web', [processSpec('web:web')], { implicit: true }),
  groupSpec('pool', [processSpec('pool:pool-0'), processSpec('pool:pool-1'), groupSpec('inner', [processSpec('inner:deep')])]),
]));
const ids = (spec: string): unknown => {
  const named = resolveName(tree, spec);
  return 'ids' in named ? named.ids : named.code;
};

test('p, g:p, g:*, g: and all name processes [C63, B9]', () => {
  assert.deepEqual(ids('web'), ['web:web']);
  assert.deepEqual(ids('pool:pool-1'), ['pool:pool-1']);
  assert.deepEqual(ids('pool:*'), ['pool:pool-0', 'pool:pool-1', 'inner:deep']);
  assert.deepEqual(ids('inner:'), ['inner:deep']);
  assert.deepEqual(ids('all'), ['web:web', 'pool:pool-0', 'pool:pool-1', 'inner:deep']);
  assert.deepEqual(allIds(tree), ids('all'));
});

test('a program in a group is not found by its bare name, and an unknown name is answered with the nearest [B11]', () => {
  assert.equal(ids('pool-0'), 'NOT_FOUND');
  const wrong = resolveName(tree, 'wbe');
  assert.ok('code' in wrong);
  assert.equal(wrong.hint, 'did you mean web?');
  const group = resolveName(tree, 'poool:*');
  assert.ok('code' in group);
  assert.equal(group.hint, 'did you mean pool:*?');
});

test('names of JavaScript are names like others (CVE-2017-11610)', () => {
  for (const name of ['__proto__', 'constructor', 'toString:valueOf', '__proto__:*']) assert.equal(ids(name), 'NOT_FOUND');
});
