import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventPool } from '../../daemon/core/event-pool.ts';
import type { PoolEffect } from '../../daemon/core/event-pool.ts';

const OK = Buffer.from('RESULT 2\nOK');
const FAIL = Buffer.from('RESULT 4\nFAIL');
const READY = Buffer.from('READY\n');

function poolOf(bufferSize: number, ...processes: readonly string[]): EventPool<string> {
  const pool = new EventPool<string>('x', bufferSize);
  for (const process of processes) {
    pool.join(process);
    pool.tell(process, { type: 'born' });
    pool.tell(process, { type: 'output', bytes: READY });
    pool.running(process, true);
  }
  return pool;
}

const words = (effects: readonly PoolEffect<string>[]): readonly string[] =>
  effects.map((e) => (e.type === 'send' ? `${e.process} gets ${e.queued.event}` : e.type === 'dropped' ? `${e.queued.event} dropped` : `${e.process} ${e.type}`));
const output = (pool: EventPool<string>, process: string, bytes: Buffer): readonly string[] => words(pool.tell(process, { type: 'output', bytes }));

test('one event goes to one process of a pool, the next to the next', () => {
  const pool = poolOf(10, 'a', 'b');
  assert.deepEqual(words(pool.offer(0, 'one')), ['a gets one']);
  assert.deepEqual(words(pool.offer(1, 'two')), ['b gets two']);
  assert.deepEqual(words(pool.offer(2, 'three')), []);
  assert.deepEqual(output(pool, 'b', OK), []);
  assert.deepEqual(output(pool, 'b', READY), ['b gets three']);
});

test('only who is RUNNING is given events', () => {
  const pool = new EventPool<string>('x', 10);
  pool.join('a');
  pool.tell('a', { type: 'born' });
  pool.tell('a', { type: 'output', bytes: READY });
  assert.deepEqual(words(pool.offer(0, 'one')), []);
  assert.deepEqual(words(pool.running('a', true)), ['a gets one']);
});

test('a rejected event is sent again before newer ones', () => {
  const pool = poolOf(10, 'a');
  pool.offer(0, 'one');
  pool.offer(1, 'two');
  assert.deepEqual(output(pool, 'a', FAIL), ['a rejected']);
  assert.deepEqual(output(pool, 'a', READY), ['a gets one']);
  output(pool, 'a', OK);
  assert.deepEqual(output(pool, 'a', READY), ['a gets two']);
});

test('the event of a listener that dies while busy goes to another at once', () => {
  const pool = poolOf(10, 'a', 'b');
  pool.offer(0, 'one');
  assert.deepEqual(words(pool.tell('a', { type: 'exited' })), ['b gets one']);
});

test('a listener that prints garbage gets no more, and its event is kept for its next life', () => {
  const pool = poolOf(10, 'a');
  pool.offer(0, 'one');
  assert.deepEqual(output(pool, 'a', Buffer.from('oops\n')), ['a broken']);
  assert.deepEqual(words(pool.offer(1, 'two')), []);
  pool.tell('a', { type: 'exited' });
  pool.tell('a', { type: 'born' });
  pool.tell('a', { type: 'output', bytes: READY });
  assert.deepEqual(words(pool.running('a', true)), ['a gets one']);
});

test('a full buffer drops its oldest event and counts it', () => {
  const pool = poolOf(2);
  assert.deepEqual(['one', 'two', 'three', 'four'].flatMap((event, i) => words(pool.offer(i, event))), ['one dropped', 'two dropped']);
  assert.equal(pool.dropped, 2);
  assert.equal(pool.waiting, 2);
});

test('an event that comes back to a full buffer pushes out the oldest of those that wait, as in supervisord', () => {
  const pool = poolOf(2, 'a');
  for (const [i, event] of ['one', 'two', 'three'].entries()) pool.offer(i, event);
  assert.deepEqual(output(pool, 'a', FAIL), ['a rejected', 'two dropped']);
  assert.deepEqual(output(pool, 'a', READY), ['a gets one']);
});

test('numbers within a pool begin at 0 and are kept when an event is sent again', () => {
  const pool = poolOf(10, 'a');
  const first = pool.offer(41, 'one')[0];
  assert.ok(first?.type === 'send' && first.queued.serial === 41 && first.queued.poolSerial === 0);
  pool.offer(57, 'two');
  output(pool, 'a', FAIL);
  const again = pool.tell('a', { type: 'output', bytes: READY })[0];
  assert.ok(again?.type === 'send' && again.queued.serial === 41 && again.queued.poolSerial === 0);
});

test('whatever happens, an event is waiting, with one listener, done or dropped [model]', () => {
  // A small generator of our own: the same walk at each run.
  let seed = 20261122;
  const random = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * n);
  };
  for (let walk = 0; walk < 60; walk += 1) {
    const names = ['a', 'b', 'c'].slice(0, 1 + random(3));
    const pool = poolOf(1 + random(4), ...names);
    const state = new Map<string, string>();
    const holds = new Map<string, string>();
    const note = (effects: readonly PoolEffect<string>[]): void => {
      for (const e of effects) {
        if (e.type === 'send') {
          assert.equal(holds.get(e.process), undefined, 'one event at a time');
          assert.equal(state.get(e.queued.event), 'waiting');
          holds.set(e.process, e.queued.event);
          state.set(e.queued.event, e.process);
        } else if (e.type === 'dropped') {
          assert.equal(state.get(e.queued.event), 'waiting');
          state.set(e.queued.event, 'dropped');
        }
      }
    };
    const release = (process: string, as: string): void => {
      const event = holds.get(process);
      holds.delete(process);
      if (event !== undefined) state.set(event, as);
    };
    for (let step = 0; step < 120; step += 1) {
      const process = names[random(names.length)] ?? 'a';
      const phase = pool.phase(process);
      switch (random(7)) {
        case 0: case 1:
          state.set(`e${step}`, 'waiting');
          note(pool.offer(step, `e${step}`));
          break;
        case 2:
          if (phase === 'BUSY') release(process, 'done');
          note(pool.tell(process, { type: 'output', bytes: phase === 'BUSY' ? OK : READY }));
          break;
        case 3:
          release(process, 'waiting');
          note(pool.tell(process, { type: 'output', bytes: phase === 'BUSY' ? FAIL : Buffer.from('x') }));
          break;
        case 4:
          release(process, 'waiting');
          note(pool.tell(process, { type: 'exited' }));
          break;
        case 5:
          release(process, 'waiting');
          note(pool.tell(process, { type: 'born' }));
          break;
        default:
          note(pool.tell(process, { type: 'output', bytes: phase === 'ACKNOWLEDGED' ? READY : Buffer.alloc(0) }));
          note(pool.running(process, phase !== 'DOWN'));
      }
      const waiting = [...state.values()].filter((s) => s === 'waiting').length;
      assert.equal(pool.waiting, waiting);
      assert.ok(pool.waiting <= pool.bufferSize);
      for (const name of names) assert.equal(pool.phase(name) === 'BUSY', holds.has(name));
    }
  }
});
