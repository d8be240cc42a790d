import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Bus } from '../../daemon/runtime/bus.ts';

const bus = (): Bus => new Bus({ mono: () => 0, wall: () => 5 });
const say = (b: Bus, message: string): void => b.publish({ type: 'daemon.warning', what: 'x', message });

test('facts are numbered without gaps and stamped [E43]', () => {
  const b = bus();
  const seen: number[] = [];
  b.subscribe((f) => seen.push(f.seq));
  for (let i = 0; i < 10; i += 1) say(b, String(i));
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual([...b.since(7)].map((f) => [f.seq, f.at]), [[8, 5], [9, 5], [10, 5]]);
});

test('the ring keeps the last facts, and says from which number on', () => {
  const b = bus();
  for (let i = 0; i < 5000; i += 1) say(b, String(i));
  assert.equal(b.last, 5000);
  assert.equal(b.oldest, 5000 - 4096 + 1);
  const kept = [...b.since(0)];
  assert.equal(kept.length, 4096);
  assert.equal(kept[0]?.seq, b.oldest);
});

test('who unsubscribed hears nothing more', () => {
  const b = bus();
  let heard = 0;
  const stop = b.subscribe(() => { heard += 1; });
  say(b, 'a');
  stop();
  say(b, 'b');
  assert.equal(heard, 1);
  assert.equal(b.subscriberCount, 0);
});
