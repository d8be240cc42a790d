// The loop when its turns are over, when the end comes in between, and when a mistake of ours is thrown in the middle.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tree } from '../../daemon/core/tree.ts';
import type { TreeEffect } from '../../daemon/core/tree-state.ts';
import { Bus } from '../../daemon/runtime/bus.ts';
import { Closing } from '../../daemon/runtime/closing.ts';
import { Loop } from '../../daemon/runtime/loop.ts';
import type { TreeLoop } from '../../daemon/runtime/loop.ts';
import { groupSpec, processSpec } from '../support/specs.ts';

const immediately = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface World {
  readonly loop: TreeLoop;
  readonly tree: Tree;
  readonly bus: Bus;
  readonly alive: Set<string>;
  readonly spawned: string[];
}

/** Programs a0, a1, … that nobody starts by himself; each spawn takes `spawnMs` of the clock. */
function world(programs: number, spawnMs: number, before: (effect: TreeEffect) => void = () => undefined): World {
  let now = 0;
  const clock = { mono: () => now, wall: () => now };
  const bus = new Bus(clock);
  const ids = Array.from({ length: programs }, (_, i) => `a:a${i}`);
  const tree = new Tree(groupSpec('root', [groupSpec('a', ids.map((id) => processSpec(id, { autostart: false, startMs: 0 })))]));
  const alive = new Set<string>();
  const spawned: string[] = [];
  const run = (effect: TreeEffect): void => {
    before(effect);
    if (effect.type === 'spawn') {
      now += spawnMs;
      alive.add(effect.process);
      spawned.push(effect.process);
      loop.tell({ type: 'process', id: effect.process, event: { type: 'spawned', incarnation: effect.incarnation, pid: 1, supervisionId: '' } });
    } else if (effect.type === 'signal') {
      alive.delete(effect.process);
      loop.tell({ type: 'process', id: effect.process, event: { type: 'exited', incarnation: effect.incarnation, code: null, signal: effect.signal, coreDumped: false, left: [] } });
    }
  };
  const loop: TreeLoop = new Loop(tree, { clock, moment: () => ({ now: clock.mono(), chance: 0 }), publish: (fact) => bus.publish(fact), run });
  loop.tell({ type: 'boot', why: 'boot' });
  return { loop, tree, bus, alive, spawned };
}

test('who waits for what was told is told when all of it is decided, and no sooner', async () => {
  const w = world(3, 50);
  await w.loop.heard();
  for (const id of ['a:a0', 'a:a1', 'a:a2']) w.loop.tell({ type: 'operate', action: 'start', id, why: 'start all' });
  // The first spawn took longer than a turn: the others wait in the mailbox.
  assert.deepEqual(w.spawned, ['a:a0']);
  const wanted = (): readonly string[] => [...w.tree.processes].flatMap(([id, node]) => (node.state.wanted === 'up' ? [id] : []));
  assert.notDeepEqual(wanted(), ['a:a0', 'a:a1', 'a:a2']);
  await w.loop.heard();
  assert.deepEqual(wanted(), ['a:a0', 'a:a1', 'a:a2']);
  w.loop.tell({ type: 'operate', action: 'stop', id: 'a:a2', why: 'stop' });
  const heard = w.loop.heard();
  w.loop.close();
  await heard;
});

test('a daemon that is told to end while many starts are on their way leaves nobody behind', async () => {
  // A fork that takes longer than a turn: all but the first start are still in the mailbox when TERM comes.
  const w = world(20, 50);
  for (let i = 0; i < 20; i += 1) w.loop.tell({ type: 'operate', action: 'start', id: `a:a${i}`, why: 'start all' });
  const survivors = await new Promise<readonly number[]>((done) => {
    new Closing({
      tree: w.tree, graceMs: Infinity, timeoutMs: null, tell: (event) => w.loop.tell(event), publish: (fact) => w.bus.publish(fact),
      subscribe: (tell) => w.bus.subscribe(tell), survivors: () => [], done,
    }).begin('warm', 'TERM');
  });
  assert.deepEqual(survivors, []);
  for (let i = 0; i < 50; i += 1) await immediately();
  w.loop.close();
  assert.deepEqual([...w.alive], [], 'these were started by a daemon that has ended');
});

test('what was done before a mistake is not done again after it: no program is started twice', async () => {
  let broken = true;
  const w = world(3, 0, (effect) => {
    if (broken && effect.type === 'spawn' && effect.process === 'a:a1') {
      broken = false;
      throw new Error('a mistake');
    }
  });
  // All three arrive within one turn.
  const unsubscribe = w.bus.subscribe((fact) => {
    if (fact.type !== 'process.starting') return;
    unsubscribe();
    for (const id of ['a:a1', 'a:a2']) w.loop.tell({ type: 'operate', action: 'start', id, why: 'start' });
  });
  assert.throws(() => w.loop.tell({ type: 'operate', action: 'start', id: 'a:a0', why: 'start' }), /a mistake/);
  w.loop.tell({ type: 'operate', action: 'start', id: 'a:a0', why: 'again' });
  for (let i = 0; i < 5; i += 1) await immediately();
  w.loop.close();
  assert.deepEqual(w.spawned, ['a:a0', 'a:a2']);
});

test('a deadline is told when what came before it has been read, and not at all to the machine that follows', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  const told: string[] = [];
  const waiting: (() => void)[] = [];
  const machine = {
    step: (event: { readonly type: string }) => {
      told.push(event.type);
      return { effects: [], facts: [], touched: new Set(event.type === 'go' ? ['run 1'] : []) };
    },
    deadline: () => now + 10,
  };
  const loop = new Loop(machine, {
    clock: { mono: () => now, wall: () => now }, moment: () => null, publish: () => undefined, run: () => undefined, beforeDue: (_key, go) => waiting.push(go),
  });
  const pass = (): void => {
    loop.tell({ type: 'go' });
    now += 10;
    t.mock.timers.tick(10);
  };
  pass();
  loop.tell({ type: 'report' });
  waiting.shift()?.();
  assert.deepEqual(told, ['go', 'report', 'due']);
  pass();
  loop.replace(machine);
  waiting.shift()?.();
  assert.deepEqual(told.slice(3), ['go']);
});
