import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenSplitter } from '../../daemon/logs/tokens.ts';

const BEGIN = '<!--XSUPERVISOR:BEGIN-->';
const END = '<!--XSUPERVISOR:END-->';

interface Split {
  outside: string;
  inside: string;
  captured: readonly string[];
}

function split(pieces: readonly string[], padded = false): Split {
  const splitter = new TokenSplitter();
  let outside = '';
  let inside = '';
  let open = '';
  const captured: string[] = [];
  const sinks = {
    outside: (b: Buffer, start: number, end: number) => void (outside += b.toString('latin1', start, end)),
    inside: (b: Buffer, start: number, end: number) => {
      inside += b.toString('latin1', start, end);
      open += b.toString('latin1', start, end);
    },
    complete: () => {
      captured.push(open);
      open = '';
    },
  };
  for (const piece of pieces) {
    // What lies around the range belongs to others and must not be looked at.
    const around = padded ? BEGIN : '';
    const bytes = Buffer.from(around + piece + around, 'latin1');
    splitter.push(bytes, around.length, around.length + piece.length, sinks);
  }
  splitter.flush(sinks);
  return { outside, inside, captured };
}

test('what is between the tokens is captured and the rest is not', () => {
  assert.deepEqual(split([`a\n${BEGIN}one${END}b${BEGIN}${END}`]), { outside: 'a\nb', inside: 'one', captured: ['one', ''] });
});

test('tokens are found however reads cut them', () => {
  const text = `<a<!--${BEGIN}x<!--XSUPERVISOR:${BEGIN}${END}<!--XSUPERVISOR:BEGI-->${BEGIN}y${END}<!--XSUPERVISOR:BEGIN--`;
  const whole = split([text]);
  assert.deepEqual(whole.captured, [`x<!--XSUPERVISOR:${BEGIN}`, 'y']);
  for (let i = 0; i <= text.length; i += 1) {
    assert.deepEqual(split([text.slice(0, i), text.slice(i)]), whole, `cut at ${i}`);
    assert.deepEqual(split([text.slice(0, i), text.slice(i)], true), whole, `cut at ${i}, amid other bytes`);
    for (let j = i; j <= text.length; j += 7) assert.deepEqual(split([text.slice(0, i), text.slice(i, j), text.slice(j)]), whole);
  }
  assert.deepEqual(split(text.split('')), whole);
});

test('what only looks like a token is passed on when no more comes', () => {
  assert.deepEqual(split(['log <!--XSUPER']), { outside: 'log <!--XSUPER', inside: '', captured: [] });
  assert.deepEqual(split([BEGIN, 'data', '<!--XSUPERVISOR:EN']), { outside: '', inside: 'data<!--XSUPERVISOR:EN', captured: [] });
});
