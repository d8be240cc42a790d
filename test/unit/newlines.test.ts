import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countNewlines } from '../../daemon/logs/newlines.ts';

test('newlines are counted wherever they stand in a range of a buffer, also one that shares its memory', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 0, maxLength: 400 }), fc.nat(8), fc.nat(500), fc.nat(500), (bytes, offset, a, b) => {
    // Many newlines, and bytes that differ from one in a single bit.
    const some = bytes.map((byte) => (byte % 3 === 0 ? 10 : byte % 7 === 0 ? 138 : byte % 5 === 0 ? 11 : byte));
    const whole = new Uint8Array(offset + some.length);
    whole.set(some, offset);
    const shared = whole.subarray(offset);
    const [start = 0, end = 0] = [Math.min(a, some.length), Math.min(b, some.length)].toSorted((x, y) => x - y);
    assert.equal(countNewlines(shared, start, end), some.slice(start, end).filter((byte) => byte === 10).length);
  }), { numRuns: 500 });
});
