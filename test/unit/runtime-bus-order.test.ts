// Facts that cause facts: everybody hears all of them, in order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bus } from '../../daemon/runtime/bus.ts';

test('a fact that a listener causes is told after the one that caused it, to whoever subscribed earlier or later', () => {
  const bus = new Bus({ mono: () => 0, wall: () => 0 });
  const heard: Record<string, string[]> = { early: [], late: [] };
  bus.subscribe((fact) => heard['early']?.push(`${fact.seq} ${fact.type}`));
  bus.subscribe((fact) => {
    if (fact.type === 'process.steady') bus.publish({ type: 'operation.completed', operation: '1', command: 'stop', ok: true });
  });
  bus.subscribe((fact) => heard['late']?.push(`${fact.seq} ${fact.type}`));
  bus.publish({ type: 'process.steady', process: 'a:a' });
  bus.publish({ type: 'log.cleared', process: 'a:a' });
  const expected = ['1 process.steady', '2 operation.completed', '3 log.cleared'];
  assert.deepEqual(heard, { early: expected, late: expected });
});

test('a listener that throws does not keep later facts from being told', () => {
  const bus = new Bus({ mono: () => 0, wall: () => 0 });
  const heard: number[] = [];
  const leave = bus.subscribe(() => {
    throw new Error('a mistake');
  });
  assert.throws(() => bus.publish({ type: 'process.steady', process: 'a:a' }), /a mistake/);
  leave();
  bus.subscribe((fact) => heard.push(fact.seq));
  bus.publish({ type: 'process.steady', process: 'a:a' });
  assert.deepEqual(heard, [2]);
});
