import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { slowReader } from '../../daemon/api/slow-reader.ts';

/** A stream whose reader takes nothing until he is let. */
function stuckStream() {
  let waiting = 0;
  const got: string[] = [];
  return {
    got,
    take() { waiting = 0; },
    write(chunk: string | Uint8Array) { got.push(Buffer.from(chunk).toString()); waiting += chunk.length; return false; },
    waiting: () => waiting,
    end() { got.push('END'); },
  };
}

test('who reads a run slower than it writes is told how much he missed, and gets the rest and its end', () => {
  const stream = stuckStream();
  const reader = slowReader(stream, 10);
  for (const text of ['aaaaaa', 'bbbbbb', 'cccccc', 'dddddd', 'eeeeee']) reader.write(Buffer.from(text));
  assert.deepEqual(stream.got, ['aaaaaa', 'bbbbbb'], 'the rest waits');
  stream.take();
  reader.drained();
  assert.deepEqual(stream.got.slice(2), ['\n[reeve: 12 bytes left out here, the reader was too slow]\n', 'eeeeee']);
  stream.take();
  reader.drained();
  reader.write(Buffer.from('ffffff'));
  reader.end();
  assert.deepEqual(stream.got.slice(4), ['ffffff', 'END'], 'nothing twice, and no hole where nothing was lost');
});

test('what a slow reader missed has its place: he goes on after it', () => {
  const stream = stuckStream();
  const reader = slowReader(stream, 10, (bytes, end) => `${Buffer.from(bytes).toString().trim()}=${end};`);
  for (const [i, text] of ['aaaaaa', 'bbbbbb', 'cccccc', 'dddddd', 'eeeeee'].entries()) reader.write(Buffer.from(text), (i + 1) * 6);
  stream.take();
  reader.drained();
  assert.deepEqual(stream.got, ['aaaaaa=6;', 'bbbbbb=12;', '[reeve: 12 bytes left out here, the reader was too slow]=24;', 'eeeeee=30;']);
});

test('what is kept for a slow reader is sent when the run ends before he took up again', () => {
  const stream = stuckStream();
  const reader = slowReader(stream, 10);
  for (const text of ['aaaaaa', 'bbbbbb', 'cc', 'dd']) reader.write(Buffer.from(text));
  reader.end();
  assert.deepEqual(stream.got, ['aaaaaa', 'bbbbbb', 'cc', 'dd', 'END']);
});
