// A fact as the events view tells it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../daemon/contract/facts.ts';
import { familyOf, searchedText, subjectOf, wordsOf } from '../../web-ui/fact-words.ts';
import { hearFacts, MOST_FACTS } from '../../web-ui/live/heard-facts.ts';
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

test('what came is kept to a bound while the link cuts its own; of what came and went unheard it is told', () => {
  const some = (from: number, to: number): Fact[] => Array.from({ length: to - from + 1 }, (_, i) => fact({ type: 'process.steady', process: i % 2 === 0 ? 'a:a' : 'b:b', seq: from + i }));
  const heard = hearFacts();
  assert.equal(heard.hear([]), true);
  assert.equal(heard.hear(some(1001, 1100)), true, 'where it begins nothing is missed');
  const before = heard.rows;
  assert.equal(heard.hear(some(1001, 1100)), true);
  assert.equal(heard.rows, before, 'nothing came');
  // The link has cut the beginning off.
  for (let at = 1101; at < 40_000; at += 500) assert.equal(heard.hear(some(at - 50, at + 499)), true);
  assert.ok(heard.rows.length >= MOST_FACTS && heard.rows.length <= 2 * MOST_FACTS);
  assert.ok(heard.rows.every(({ seq }, i) => i === 0 || seq === (heard.rows[i - 1]?.seq ?? 0) + 1), 'without a hole, and none twice');
  assert.equal(heard.hear(some(90_000, 90_010)), false);
  assert.deepEqual([heard.rows.length, heard.rows[0]?.seq], [11, 90_000]);
  const ofOne = hearFacts((one) => 'process' in one && one.process === 'a:a');
  assert.equal(ofOne.hear(some(1, 10)), true);
  assert.equal(ofOne.hear(some(8, 11)), true);
  assert.deepEqual(ofOne.rows.map(({ seq }) => seq), [1, 3, 5, 7, 9]);
});

test('a fact is searched by its type, whom it is about and what it says', () => {
  assert.equal(searchedText(fact({ type: 'process.fatal', process: 'web:web', why: 'Exit Status 3' })), 'process.fatal web exit status 3');
});
