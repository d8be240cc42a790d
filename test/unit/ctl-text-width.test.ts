import { test } from 'node:test';
import assert from 'node:assert/strict';
import { wantsColour } from '../../ctl/colour.ts';
import { tableLines } from '../../ctl/table-lines.ts';
import { cell, padEnd, textWidth, truncate } from '../../ctl/text-width.ts';

const TEXTS: readonly (readonly [text: string, cells: number])[] = [
  ['', 0], ['web', 3], ['naïve', 5], ['日本語', 6], ['ﾊﾝｶｸ', 4], ['한글', 4], ['e\u0301', 1], ['a\u200bb', 2], ['👍', 2], ['👩‍💻', 2], ['🇰🇪', 2], ['❤️', 2], ['👍🏽x', 3], ['└─ a', 4], ['…', 1], ['нет', 3],
];

test('a text takes the cells that a terminal gives it: wide, narrow, joined and combining characters', () => {
  for (const [text, cells] of TEXTS) assert.equal(textWidth(text), cells, JSON.stringify(text));
});

test('what is cut never takes more cells than there are, ends in an ellipsis, and cuts no character in two', () => {
  for (const [text] of TEXTS) {
    for (let columns = 0; columns <= 8; columns++) {
      assert.ok(textWidth(truncate(text, columns)) <= columns, `${JSON.stringify(text)} in ${columns}`);
      assert.equal(textWidth(cell(text, columns)), columns, `${JSON.stringify(text)} in ${columns}`);
    }
    assert.equal(truncate(text, 8), text);
  }
  assert.equal(truncate('日本語', 5), '日本…');
  assert.equal(truncate('日本語', 4), '日…');
  assert.equal(truncate('👩‍💻👩‍💻', 3), '👩‍💻…');
  assert.equal(padEnd('日本', 6), '日本  ');
});

test('columns of a table stand under each other whatever is in them', () => {
  const lines = tableLines(['NAME', 'N', 'REST'], [['データ', '1', 'x'], ['a\tb', '2', 'x'], ['👩‍💻', '3', 'x']], { columns: 40, colour: false });
  const starts = lines.slice(1).map((line) => textWidth(line.slice(0, line.indexOf('x'))));
  assert.equal(new Set(starts).size, 1, JSON.stringify(lines));
});

test('--color decides, then FORCE_COLOR, NO_COLOR and TERM, then the terminal [C33]', () => {
  assert.equal(wantsColour('auto', true, { TERM: 'xterm' }), true);
  assert.equal(wantsColour('auto', false, { TERM: 'xterm' }), false);
  assert.equal(wantsColour('auto', true, { NO_COLOR: '1' }), false);
  assert.equal(wantsColour('auto', true, { NO_COLOR: '' }), true);
  assert.equal(wantsColour('auto', true, { TERM: 'dumb' }), false);
  assert.equal(wantsColour('auto', false, { FORCE_COLOR: '1', NO_COLOR: '1' }), true);
  assert.equal(wantsColour('auto', true, { FORCE_COLOR: '0' }), false);
  assert.equal(wantsColour('always', false, { NO_COLOR: '1' }), true);
  assert.equal(wantsColour('never', true, { FORCE_COLOR: '1' }), false);
});
