import { test } from 'node:test';
import assert from 'node:assert/strict';
import { didYouMean, nearest, parseNamespec, select } from '../../ctl/names.ts';
import { shortName } from '../../daemon/contract/names.ts';
import { group, view } from '../support/fake-daemon.ts';

const ROWS = [view('web'), view('pool:w_00'), view('pool:w_01'), view('inner:x')];
const GROUPS = [group('web'), group('pool'), group('outer'), group('inner', [], 'outer')];
const ids = (...words: string[]): string[] => select(words, ROWS, GROUPS).rows.map((r) => r.id);

test('p is the process p of the group p; g:p, g:* and g: are read as supervisord reads them', () => {
  assert.deepEqual(parseNamespec('web'), { group: 'web', process: 'web' });
  assert.deepEqual(parseNamespec('pool:w'), { group: 'pool', process: 'w' });
  assert.deepEqual(parseNamespec('pool:*'), { group: 'pool', process: null });
  assert.deepEqual(parseNamespec('pool:'), { group: 'pool', process: null });
});

test('names choose rows in the order typed; all and nothing choose every row', () => {
  assert.deepEqual(ids('pool:w_01', 'web'), ['pool:w_01', 'web:web']);
  assert.deepEqual(ids('pool:*'), ['pool:w_00', 'pool:w_01']);
  assert.equal(ids('all').length, 4);
  assert.equal(ids().length, 4);
});

test('a group holds what its inner groups hold', () => {
  assert.deepEqual(ids('outer:*'), ['inner:x']);
});

test("groups that are each other's parents (a broken answer) do not loop", () => {
  assert.deepEqual(select(['q:*'], ROWS, [group('pool', [], 'a'), group('a', [], 'pool')]).unknown, ['q:*']);
});

test('the bare name of a process in a group is unknown, as with supervisord, and the whole name is offered [B11]', () => {
  assert.deepEqual(select(['w_00'], ROWS, GROUPS).unknown, ['w_00']);
  assert.equal(didYouMean('w_00', ['web', 'pool:w_00']), 'did you mean pool:w_00?');
});

test('an unknown name lists the nearest ones [B11]', () => {
  assert.equal(didYouMean('web2', ['web', 'worker', 'db']), 'did you mean web?');
  assert.equal(didYouMean('wbe', ['web', 'worker']), 'did you mean web?');
  assert.deepEqual(nearest('work', ['worker', 'db']), ['worker']);
  assert.deepEqual(nearest('zzzzzz', ['web', 'db']), []);
  assert.equal(
    nearest(
      'q1',
      Array.from({ length: 50 }, (_, i) => `q${i + 100}`),
    ).length,
    3,
  );
  assert.equal(didYouMean('zzzzzz', ['web']), '');
});

test('ids are shown as people type them', () => {
  assert.equal(shortName('web:web'), 'web');
  assert.equal(shortName('pool:w'), 'pool:w');
  assert.equal(shortName('pool:*'), 'pool:*');
  assert.equal(shortName('web'), 'web');
  assert.equal(shortName('group web'), 'group web');
  assert.equal(shortName('b:a:b'), 'b:a:b');
});
