import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { FactBody } from '../../daemon/contract/facts.ts';
import { Bus } from '../../daemon/runtime/bus.ts';
import { Operations } from '../../daemon/runtime/operations.ts';

function world(): { bus: Bus; operations: Operations; say: (fact: FactBody) => void } {
  const bus = new Bus({ mono: () => 0, wall: () => 1000 });
  return { bus, operations: new Operations(bus, () => 1000), say: (fact) => bus.publish(fact) };
}
const running = (process: string, incarnation = 1): FactBody => ({ type: 'process.running', process, incarnation, pid: 1, startMs: 0, ready: true });
const stopped = (process: string, incarnation = 1): FactBody => ({ type: 'process.stopped', process, incarnation, pid: null, why: 'x' });

test('a start is done when the process runs, and not before', () => {
  const { operations, say } = world();
  const id = operations.begin('start', 'me', ['web']);
  operations.await(id, 0, 'web:web', 'up', 0);
  say({ type: 'process.spawned', process: 'web:web', incarnation: 1, pid: 1, supervisionId: '' });
  assert.equal(operations.get(id)?.targets[0]?.outcome, 'pending');
  say(running('web:web'));
  assert.deepEqual(operations.get(id)?.targets[0], { name: 'web', outcome: 'ok', code: null, message: 'OK' });
  assert.equal(operations.get(id)?.endedAt, 1000);
});

test('a start that fails says why, with the code of the first reason', () => {
  const { operations, say } = world();
  const id = operations.begin('start', 'me', ['web']);
  operations.await(id, 0, 'web:web', 'up', 0);
  say({ type: 'process.spawn_failed', process: 'web:web', incarnation: 1, kind: 'no_command', message: "can't find command 'x'" });
  say({ type: 'process.fatal', process: 'web:web', incarnation: 1, from: 'STARTING', why: 'later' });
  assert.deepEqual(operations.get(id)?.targets[0], { name: 'web', outcome: 'error', code: 'NO_COMMAND', message: "can't find command 'x'" });
});

test('a restart waits for the end of the old life and the start of the new one', () => {
  const { operations, say } = world();
  const id = operations.begin('restart', 'me', ['web']);
  operations.await(id, 0, 'web:web', 'again', 1);
  say(running('web:web', 1));
  assert.equal(operations.get(id)?.targets[0]?.outcome, 'pending');
  say(stopped('web:web', 1));
  say(running('web:web', 2));
  assert.equal(operations.get(id)?.targets[0]?.outcome, 'ok');
});

test('a stop that was overtaken by a start, and a start by a stop, are interrupted, not eternal (PM2: intent lost in a race)', () => {
  const { operations, say } = world();
  const stop = operations.begin('stop', 'me', ['web']);
  operations.await(stop, 0, 'web:web', 'down', 0);
  say({ type: 'process.wanted', process: 'web:web', wanted: 'up', by: 'other' });
  assert.equal(operations.get(stop)?.targets[0]?.code, 'INTERRUPTED');
  const start = operations.begin('start', 'me', ['web']);
  operations.await(start, 0, 'web:web', 'up', 0);
  say(stopped('web:web'));
  assert.equal(operations.get(start)?.targets[0]?.code, 'INTERRUPTED');
});

test('survivors of a stop are named in its result [E46]', () => {
  const { operations, say } = world();
  const id = operations.begin('stop', 'me', ['web']);
  operations.await(id, 0, 'web:web', 'down', 0);
  say({ type: 'process.survivors', process: 'web:web', incarnation: 1, pids: [41, 42] });
  assert.deepEqual(operations.get(id)?.targets[0]?.survivors, [41, 42]);
  assert.equal(operations.get(id)?.targets[0]?.code, 'SURVIVORS');
});

test('somebody who waits is told when all targets are known, or when his time is over', async () => {
  const { operations, say } = world();
  const id = operations.begin('stop', 'me', ['a', 'b']);
  operations.await(id, 0, 'a:a', 'down', 0);
  operations.await(id, 1, 'b:b', 'down', 0);
  const early = await operations.settled(id, 1);
  assert.equal(early?.endedAt, null);
  const waiting = operations.settled(id, 60_000);
  say(stopped('a:a'));
  say(stopped('b:b'));
  assert.deepEqual((await waiting)?.targets.map((t) => t.outcome), ['ok', 'ok']);
  assert.equal(await operations.settled('nosuch', 10), undefined);
});

test('operations that ended are kept for those who ask later, but not for ever; pending ones are never dropped', () => {
  const { operations, say } = world();
  const pending = operations.begin('start', 'me', ['slow']);
  operations.await(pending, 0, 'slow:slow', 'up', 0);
  for (let i = 0; i < 400; i += 1) {
    const id = operations.begin('stop', 'me', ['web']);
    operations.await(id, 0, 'web:web', 'down', 0);
    say(stopped('web:web'));
  }
  assert.equal(operations.get('2'), undefined);
  assert.equal(operations.get(pending)?.targets[0]?.outcome, 'pending');
});
