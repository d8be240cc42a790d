import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { stripAnsi } from '../../daemon/logs/ansi.ts';
import type { AnsiState } from '../../daemon/logs/ansi.ts';
import { LineFormer } from '../../daemon/logs/form.ts';
import { LineCutter, LINE_BOUND } from '../../daemon/logs/lines.ts';
import { Ring } from '../../daemon/logs/ring.ts';

/** Cuts of `text` at arbitrary places. */
function pieces(text: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].toSorted((a, b) => a - b);
  return at.slice(1).map((end, i) => Buffer.from(text.subarray(at[i], end)));
}

test('lines come out whole however the stream is cut, and nothing is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'bc', '\n', '\n\n', 'é')), fc.array(fc.nat(200)), (words, cuts) => {
      const text = Buffer.from(words.join(''));
      const cutter = new LineCutter();
      let out = '';
      for (const piece of pieces(text, cuts)) {
        cutter.push(piece, 0, piece.length, (bytes, start, end, complete) => {
          assert.ok(complete && bytes[end - 1] === 10);
          out += bytes.toString('latin1', start, end);
        });
      }
      cutter.flush((bytes, start, end) => (out += bytes.toString('latin1', start, end)));
      assert.equal(out, text.toString('latin1'));
    }),
  );
});

test('an endless line is passed on in pieces of a bound, between characters', () => {
  const cutter = new LineCutter();
  const text = Buffer.from('€'.repeat(50_000));
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += 7001) {
    const piece = text.subarray(at, Math.min(text.length, at + 7001));
    cutter.push(piece, 0, piece.length, (bytes, start, end) => parts.push(bytes.toString('latin1', start, end)));
    assert.ok(cutter.held <= LINE_BOUND);
  }
  cutter.flush((bytes, start, end) => parts.push(bytes.toString('latin1', start, end)));
  assert.equal(parts.join(''), text.toString('latin1'));
  assert.ok(parts.length >= 2);
});

function strip(parts: readonly Buffer[]): string {
  let state: AnsiState = 'text';
  let out = '';
  for (const part of parts) {
    const result = stripAnsi(state, part, 0, part.length);
    state = result.state;
    out += part.toString('utf8', 0, result.end);
  }
  return out;
}

test('escape sequences are removed wherever they are cut', () => {
  const text = Buffer.from('a\x1b[31;1mred\x1b[0m\x1b]0;title\x07b\x1b]8;;http://x\x1b\\link\x1b(Bc\x1b[?25l\n');
  for (let cut = 0; cut <= text.length; cut += 1) {
    assert.equal(strip([Buffer.from(text.subarray(0, cut)), Buffer.from(text.subarray(cut))]), 'aredblinkc\n');
  }
});

test('an unfinished escape sequence swallows no line after it', () => {
  assert.equal(strip([Buffer.from('x\x1b]0;never ended\ny\x1b[12\nz\n')]), 'x\ny\nz\n');
});

function form(former: LineFormer, text: string): string {
  let out = '';
  const bytes = Buffer.from(text);
  former.write(
    bytes,
    0,
    bytes.length,
    Date.UTC(2026, 0, 31, 12, 0, 0, 123),
    (part, start, end) => (out += part.toString('utf8', start, end)),
  );
  return out;
}

test('a JSON line says when, who and what, and survives quotes and broken UTF-8', () => {
  const former = new LineFormer('json', '', 'g:p', 'stderr');
  assert.deepEqual(
    form(former, 'say "hi"\n').trim(),
    '{"at":"2026-01-31T12:00:00.123Z","process":"g:p","channel":"stderr","line":"say \\"hi\\""}',
  );
  const bad = Buffer.from([0x61, 0xff, 0x0a]);
  let out = '';
  former.write(bad, 0, 3, 0, (part, start, end) => (out += part.toString('utf8', start, end)));
  assert.equal((JSON.parse(out) as { line: string }).line, 'a\ufffd');
});

test('time and name go before each line, and a last line gets its end', () => {
  assert.equal(form(new LineFormer('timestamp', '', 'p', 'stdout'), 'a\nb\n'), '2026-01-31T12:00:00.123Z a\n2026-01-31T12:00:00.123Z b\n');
  assert.equal(form(new LineFormer('plain', '[web] ', 'p', 'stdout'), 'a\n\nlast'), '[web] a\n[web] \n[web] last\n');
});

test('forming a megabyte of short lines loses none of them', () => {
  const text = 'ab\n'.repeat(350_000);
  assert.equal(form(new LineFormer('plain', '[x] ', 'p', 'stdout'), text), '[x] ab\n'.repeat(350_000));
});

test('a ring keeps the newest bytes and grows only as it must', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.array(fc.string({ maxLength: 30 })), (capacity, words) => {
      const ring = new Ring(capacity);
      let all = '';
      for (const word of words) {
        const bytes = Buffer.from(word, 'latin1');
        ring.push(bytes, 0, bytes.length);
        all += bytes.toString('latin1');
        assert.equal(ring.last(capacity).toString('latin1'), capacity === 0 ? '' : all.slice(-capacity));
      }
      assert.equal(ring.total, all.length);
    }),
  );
  const big = new Ring(3000);
  for (let i = 0; i < 1000; i += 1) big.push(Buffer.from(String(i).padStart(10, '0')), 0, 10);
  assert.equal(big.last(20).toString(), '00000009980000000999');
  assert.equal(big.last(9999).length, 3000);
});
