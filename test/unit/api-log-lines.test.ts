// Output as lines of JSON with positions: whoever comes back to one is given no byte twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineEncoder } from '../../daemon/api/log-lines.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';

/** The text that a reader has who comes in the middle, for each middle: he was given the bytes up to there by one connection, the rest by another. */
function rejoined(bytes: Buffer): Set<string> {
  const given = (from: number, to: number): LogLine => JSON.parse(String(lineEncoder({ positions: true, timestamps: false })('p:p', 'stdout', bytes.subarray(from, to), to, null))) as LogLine;
  return new Set(Array.from({ length: bytes.length }, (_, at) => {
    const before = given(0, at);
    return before.text + given(before.end ?? 0, bytes.length).text;
  }));
}

test('output that is rejoined by position is what it was, cut anywhere: in characters, and in bytes that are none', () => {
  for (const bytes of [
    Buffer.from('aé漢😀z'), Buffer.from('Gr\xfc\xdfe \xf8\xff, \xc0\xc1z', 'latin1'),
    // Beginnings that nothing continues: too long, a surrogate, beyond Unicode.
    Buffer.from([0xe0, 0x80, 0x80, 0xed, 0xa0, 0x80, 0xf0, 0x8f, 0x80, 0xf4, 0x90, 0x80, 0xf5, 0x80, 0xe6, 0xbc, 0x61]),
  ]) assert.deepEqual([...rejoined(bytes)], [bytes.toString()], bytes.toString('hex'));
});
