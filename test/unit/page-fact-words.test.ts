// A fact as the events view tells it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../daemon/contract/facts.ts';
import { familyOf, subjectOf, wordsOf } from '../../web-ui/fact-words.ts';
import { isolated, listed, parted } from '../../web-ui/words.ts';

const fact = (fields: Readonly<Record<string, unknown>>): Fact => ({ seq: 1, at: 0, ...fields }) as unknown as Fact;

test('an event tells lengths, sizes and numbers in the units of people, the reason first', () => {
  assert.equal(wordsOf(fact({ type: 'run.failed', job: 'import', durationMs: 2500, run: { id: 'abc', why: 'exit status 1' } })), 'exit status 1  duration=2.5s');
  assert.equal(wordsOf(fact({ type: 'process.limit', process: 'a:b', rssBytes: 3 * 1024 * 1024, used: 0.25 })), 'rss=3 MB  used=0.3');
  assert.equal(wordsOf(fact({ type: 'process.state', process: 'a:b', from: 'STARTING', to: 'RUNNING', why: '' })), 'STARTING → RUNNING');
});

test('an event leads to whom it is about, and one of nobody to nobody', () => {
  assert.deepEqual(subjectOf(fact({ type: 'process.spawned', process: 'web:web' })), { name: 'web', href: '#/processes/web:web' });
  assert.deepEqual(subjectOf(fact({ type: 'run.started', job: 'import', run: '0123456789' })), { name: 'import 01234567', href: '#/runs/0123456789' });
  assert.equal(subjectOf(fact({ type: 'daemon.started' })), null);
  assert.equal(familyOf(fact({ type: 'daemon.started' })), 'daemon');
});

test('a value of any length takes a line, and no more', () => {
  assert.ok(wordsOf(fact({ type: 'process.spawned', message: 'x'.repeat(5000) })).length < 200);
});

test('a name from the right to the left stands apart from the words and numbers beside it, and is not cut in two; no character is', () => {
  assert.deepEqual([isolated('web'), isolated('プロセス'), isolated('שרות')], ['web', 'プロセス', '\u2068שרות\u2069']);
  assert.equal(listed(['web', 'שרות', 'خدمة']), 'web, \u2068שרות\u2069 and \u2068خدمة\u2069');
  assert.equal(subjectOf(fact({ type: 'run.started', job: 'שרות', run: '0123456789' }))?.name, '\u2068שרות\u2069 01234567');
  assert.deepEqual(parted('worker-of-many_00017', 6), ['worker-of-many', '_00017']);
  assert.deepEqual(parted(`long${'\u{1F469}\u200D\u{1F4BB}'.repeat(3)}`, 2), ['long\u{1F469}\u200D\u{1F4BB}', '\u{1F469}\u200D\u{1F4BB}'.repeat(2)]);
  assert.deepEqual(parted('שרות-ארוך-מאוד', 6), ['שרות-ארוך-מאוד', '']);
});
