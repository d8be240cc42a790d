// The log of the page: colours, bounds, search, and what a dropped connection leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLine } from '../../daemon/contract/rest.ts';
import { parseAnsi, paletteColour, plainText, PLAIN } from '../../web-ui/parts/ansi.ts';
import { contrast, lookOf, readable } from '../../web-ui/parts/ansi-colours.ts';
import type { Rgb } from '../../web-ui/parts/ansi-colours.ts';
import { createLogBuffer, MAX_LINE } from '../../web-ui/parts/log-buffer.ts';
import { inOrder } from '../../web-ui/parts/log-past.ts';
import { createPlaces } from '../../web-ui/parts/log-places.ts';
import { finder, marked, places, viewOf } from '../../web-ui/parts/log-search.ts';

const texts = (line: string): readonly string[] => parseAnsi(line).spans.map((span) => span.text);
const inks = (line: string): readonly unknown[] => parseAnsi(line).spans.map((span) => span.sgr.ink);
const shown = (buffer: ReturnType<typeof createLogBuffer>): readonly string[] => buffer.blocks.flatMap((block) => block.lines.map((line) => line.text));

test('a line without escapes is one span of its text', () => {
  assert.deepEqual(parseAnsi('plain text\twith a tab'), { spans: [{ text: 'plain text\twith a tab', sgr: PLAIN }], sgr: PLAIN });
  assert.deepEqual(parseAnsi('').spans, []);
});

test('the 16 colours, the 256 and true ones are read, in the forms with ; and with :', () => {
  assert.deepEqual(inks('\u001b[31ma\u001b[92mb\u001b[0mc'), [1, 10, null]);
  assert.deepEqual(inks('\u001b[38;5;208ma\u001b[38;5;9mb\u001b[38:5:196mc'), [[255, 135, 0], 9, [255, 0, 0]]);
  assert.deepEqual(inks('\u001b[38;2;1;2;3ma\u001b[38:2::4:5:6mb\u001b[38:2:7:8:9mc'), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
  assert.deepEqual(paletteColour(255), [238, 238, 238]);
  assert.equal(parseAnsi('\u001b[48;5;1;1;4ma').spans[0]?.sgr.ground, 1);
  assert.deepEqual([parseAnsi('\u001b[48;5;1;1;4ma').spans[0]?.sgr.bold, parseAnsi('\u001b[48;5;1;1;4ma').spans[0]?.sgr.underline], [true, true]);
});

test('bold, dim, italic, underline, inverse and struck out begin and end by their numbers', () => {
  const { sgr } = parseAnsi('\u001b[1;2;3;4;7;9m');
  assert.deepEqual(sgr, { ...PLAIN, bold: true, dim: true, italic: true, underline: true, inverse: true, struck: true });
  assert.deepEqual(parseAnsi('\u001b[22;23;24;27;29m', sgr).sgr, PLAIN);
  assert.deepEqual(parseAnsi('\u001b[m', sgr).sgr, PLAIN);
});

test('a style holds until it is ended, also in the next line', () => {
  const first = parseAnsi('\u001b[31mred');
  assert.deepEqual(parseAnsi('still\u001b[0m not', first.sgr).spans.map((span) => span.sgr.ink), [1, null]);
});

test('escapes that are no colours, and control characters, are taken out', () => {
  assert.equal(plainText('\u001b[2J\u001b[1;1Ha\u001b[?25lb\u001b]0;title\u0007c\u001b]8;;http://x\u001b\\d\u001b(Be\u0000\u0008f\u007f\u009b31mg'), 'abcdefg');
  assert.equal(plainText('a\u202Eb\u2066c'), 'a\uFFFDb\uFFFDc');
});

test('what looks like markup stays text', () => {
  assert.deepEqual(texts('<script>alert(1)</script>\u001b[31m&amp;'), ['<script>alert(1)</script>', '&amp;']);
});

test('an escape that is cut off, nonsense or without an end takes no more than its line', () => {
  assert.deepEqual(texts('a\u001b['), ['a']);
  assert.deepEqual(texts('a\u001b'), ['a']);
  assert.deepEqual(texts('a\u001b]0;never ended'), ['a']);
  assert.deepEqual(texts('\u001b[31;999999999999999999;\u001b[32mgreen'), ['green']);
  assert.deepEqual(inks('\u001b[38;5;999mx\u001b[38;2;1;2mx'), [null]);
  assert.deepEqual(inks('\u001b[>4;2mx\u001b[38;5mx'), [null]);
});

test('hostile lines cost time in proportion to their length', () => {
  for (const unit of ['\u001b]', '\u001b[', '\u001b[1;', '\u001bP\u001b', '\u001b[38;5;', '\u009b', '1;']) {
    const line = `\u001b[${unit.repeat(100_000)}`;
    assert.ok(parseAnsi(line).spans.length < 200_000);
  }
  assert.deepEqual(parseAnsi(`\u001b[${'1;'.repeat(100_000)}31mx`).spans.map((span) => span.sgr.bold), [true]);
});

test('every colour can be read on the ground of both themes, and on any ground that a program chose', () => {
  const grounds: readonly Rgb[] = [[255, 255, 255], [23, 29, 34], [255, 0, 0], [0, 0, 255], [128, 128, 128], [255, 255, 0]];
  for (const ground of grounds) for (let i = 0; i < 256; i += 5) assert.ok(contrast(readable([i, 255 - i, (i * 7) % 256], ground), ground) >= 4.5, `${i} on ${ground.join()}`);
  assert.equal(lookOf({ ...PLAIN, ink: 1 }), lookOf({ ...PLAIN, ink: 1 }));
  assert.equal(lookOf(PLAIN).class, '');
});

test('pieces are put together to lines, per log and channel', () => {
  const buffer = createLogBuffer();
  buffer.add('a', 'stdout', 'one\ntw');
  buffer.add('b', 'stdout', 'other\n');
  buffer.add('a', 'stderr', 'oops\n');
  buffer.add('a', 'stdout', 'o\n\nlast');
  assert.deepEqual(shown(buffer), ['one', 'two', 'other', 'oops', '', 'last']);
  assert.deepEqual([...buffer.channels], ['stdout', 'stderr']);
});

test('of a line that is written over, the last is seen; a line of Windows loses its carriage return', () => {
  const buffer = createLogBuffer();
  buffer.add('a', 'stdout', '10%\r20%\r');
  assert.deepEqual(shown(buffer), ['20%']);
  buffer.add('a', 'stdout', '30%');
  assert.deepEqual(shown(buffer), ['30%']);
  buffer.add('a', 'stdout', '\r\nnext\r\n');
  assert.deepEqual(shown(buffer), ['30%', 'next']);
});

test('a style goes on in the next line of the same log, and in no other', () => {
  const buffer = createLogBuffer();
  buffer.add('a', 'stdout', '\u001b[31mred\n');
  buffer.add('b', 'stdout', 'plain\n');
  buffer.add('a', 'stdout', 'still red\n');
  assert.deepEqual(buffer.blocks.flatMap((block) => block.lines.map((line) => line.sgr.ink)), [null, null, 1]);
});

test('a buffer keeps its bounds of lines and of characters, and counts what went', () => {
  const buffer = createLogBuffer({ lines: 500, chars: 100_000 });
  for (let i = 0; i < 2000; i++) buffer.add('a', 'stdout', `line ${i}\n`);
  assert.ok(buffer.lines <= 500);
  assert.equal(buffer.lines + buffer.dropped, 2000);
  assert.equal(shown(buffer).at(-1), 'line 1999');
  for (let i = 0; i < 2000; i++) buffer.add('a', 'stdout', `${'x'.repeat(1000)}\n`);
  assert.ok(shown(buffer).reduce((sum, text) => sum + text.length, 0) <= 200_000);
});

test('a line without an end goes on in further lines', () => {
  const buffer = createLogBuffer();
  for (let i = 0; i < 10; i++) buffer.add('a', 'stdout', 'x'.repeat(MAX_LINE / 2));
  assert.deepEqual(shown(buffer).map((text) => text.length), Array.from({ length: 5 }, () => MAX_LINE));
});

test('while paused lines wait, and come in order when it goes on', () => {
  const buffer = createLogBuffer();
  buffer.add('a', 'stdout', 'before\n');
  buffer.pause();
  buffer.add('a', 'stdout', 'one\ntwo\nthr');
  assert.deepEqual(shown(buffer), ['before']);
  assert.deepEqual(buffer.waiting, { lines: 3, dropped: 0 });
  buffer.resume();
  buffer.add('a', 'stdout', 'ee\n');
  assert.deepEqual(shown(buffer), ['before', 'one', 'two', 'three']);
  assert.equal(buffer.waiting, null);
});

test('more lines than may wait: the oldest of them go, and it is said how many', () => {
  const buffer = createLogBuffer({ lines: 200, chars: 1_000_000 });
  buffer.pause();
  for (let i = 0; i < 1000; i++) buffer.add('a', 'stdout', `line ${i}\n`);
  const dropped = buffer.waiting?.dropped ?? 0;
  assert.ok(dropped >= 800);
  buffer.resume();
  assert.ok(shown(buffer).some((text) => text.startsWith(`${dropped} lines came while this was paused`)) || buffer.dropped > 0);
  assert.equal(shown(buffer).at(-1), 'line 999');
});

test('what is looked for is taken as it is written, capitals do not count', () => {
  assert.deepEqual(places('a.b A.B axb', finder('A.B') as RegExp), [[0, 3], [4, 7]]);
  assert.deepEqual(places('(a+)+$ x', finder('(a+)+$') as RegExp), [[0, 6]]);
  assert.deepEqual(places('a-b/c', finder('-b/') as RegExp), [[1, 4]]);
  assert.equal(finder(''), null);
});

test('places are marked across styles', () => {
  const spans = parseAnsi('ab\u001b[31mcd\u001b[0mef').spans;
  assert.deepEqual(marked(spans, [[1, 3], [5, 6]]).map(({ text, hit }) => [text, hit]), [['a', false], ['b', true], ['c', true], ['d', false], ['e', false], ['f', true]]);
});

test('a search counts lines, leaves others out where asked, and a channel hides the other one', () => {
  const buffer = createLogBuffer();
  buffer.add('a', 'stdout', 'Error: x\nfine\n\u001b[31mer\u001b[0mror\n');
  buffer.add('a', 'stderr', 'error on stderr\n');
  const [block] = buffer.blocks;
  assert.ok(block);
  assert.deepEqual(viewOf(block, { words: 'error', channel: null, only: false }).hits.length, 3);
  assert.deepEqual(viewOf(block, { words: 'error', channel: 'stdout', only: true }).lines.length, 2);
  assert.deepEqual(viewOf(block, { words: '', channel: 'stderr', only: true }).lines.map((line) => line.text), ['error on stderr']);
});

const line = (name: string, text: string, end?: number, channel: 'stdout' | 'stderr' = 'stdout'): LogLine => ({ name, channel, text, ...(end === undefined ? {} : { end }) });

test('after a dropped connection each log goes on with the byte after the last that was heard, those that said nothing too', () => {
  const places = createPlaces();
  assert.deepEqual(places.hear(line('a:a', '', 100)), null);
  assert.deepEqual(places.hear(line('a:a', '', 0, 'stderr')), null);
  assert.deepEqual(places.hear({ ...line('a:a', 'one\n', 104), at: 7 }), { piece: { name: 'a:a', channel: 'stdout', text: 'one\n', at: 7 } });
  assert.deepEqual(places.from(), ['a:a/stdout=104', 'a:a/stderr=0']);
  // The same line again is another line.
  assert.deepEqual(places.hear(line('a:a', 'one\n', 108)), { piece: { name: 'a:a', channel: 'stdout', text: 'one\n' } });
  assert.deepEqual(places.from(), ['a:a/stdout=108', 'a:a/stderr=0']);
});

test('of another daemon all is new that it wrote since it began', () => {
  const places = createPlaces();
  places.hear(line('a:a', 'x\n', 5000));
  places.hear(line('b:b', 'x\n', -20));
  places.anew();
  assert.deepEqual(places.from(), ['a:a/stdout=0', 'b:b/stdout=0']);
});

test('places of more logs than an address takes are not asked for', () => {
  const places = createPlaces();
  for (let i = 0; i < 100; i++) places.hear(line(`group:name-${i}`, '', i));
  assert.equal(places.from()?.length, 100);
  for (let i = 0; i < 1000; i++) places.hear(line(`group:name-${i}`, '', i));
  assert.equal(places.from(), null);
});

test('what reeve says is missing is a gap, and a program that writes the same words wrote a line', () => {
  const notice = '[reeve: 300 bytes that were written meanwhile are no longer kept]\n';
  const places = createPlaces();
  places.hear(line('a:a', '', 700));
  assert.deepEqual(places.hear(line('a:a', notice, 1000)), { gap: { name: 'a:a', channel: 'stdout', says: '300 bytes that were written meanwhile are no longer kept' } });
  assert.deepEqual(places.hear(line('a:a', notice, 1000 + notice.length)), { piece: { name: 'a:a', channel: 'stdout', text: notice } });
  assert.deepEqual(places.hear(line('a:a', '\n[reeve: 5 bytes left out here, the reader was too slow]\n', 2000)), { gap: { name: 'a:a', channel: 'stdout', says: '5 bytes left out here, the reader was too slow' } });
});

test('a gap ends the line that was open, of its log alone', () => {
  const buffer = createLogBuffer();
  buffer.add('a', 'stdout', 'half');
  buffer.add('b', 'stdout', 'whole');
  buffer.cut('a', 'stdout');
  buffer.add('a', 'stdout', 'other\n');
  buffer.add('b', 'stdout', ' line\n');
  assert.deepEqual(shown(buffer), ['half', 'whole line', 'other']);
});

test('a line has the time when it began, where one is known', () => {
  const buffer = createLogBuffer();
  buffer.add('a', 'stdout', 'past\nbe');
  buffer.add('a', 'stdout', 'gun\nlive\nlive too\n', 5);
  assert.deepEqual(buffer.blocks.flatMap((block) => block.lines.map(({ text, at }) => [text, at])), [['past', null], ['begun', null], ['live', 5], ['live too', 5]]);
});

test('the past of several logs stands in the order it was written where lines have times, after the logs that have none', () => {
  const at = (second: number, text: string): string => `2026-11-22T17:00:0${second}.000Z ${text}\n`;
  const past = inOrder([
    line('a', `of before\n${at(1, 'a1')}its second line\n${at(4, 'a4')}`), line('b', 'no times\n'), line('c', at(2, 'c2')), line('c', `${at(3, 'c3')}${at(2, 'clock set back')}`),
  ]);
  assert.deepEqual([past.logs, past.timed], [3, 2]);
  assert.deepEqual(past.pieces.map(({ name, text }) => `${name} ${text.trimEnd().split(' ').at(-1)}`), ['b times', 'a before', 'a a1', 'a line', 'c c2', 'c c3', 'c back', 'a a4']);
});

test('the past of one log is as it came, whatever its times, and without an end where it has none', () => {
  assert.deepEqual(inOrder([line('a', 'x\n'), line('a', 'y')]).pieces.map(({ text }) => text), ['x\ny']);
  assert.deepEqual(inOrder([]), { pieces: [], logs: 0, timed: 0 });
});
