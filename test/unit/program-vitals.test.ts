import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { VitalsSpec } from '../../config/job-spec.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { Report } from '../../daemon/contract/reports.ts';
import type { ProcessNode, TreeEvent } from '../../daemon/core/tree-state.ts';
import { ProgramVitals } from '../../daemon/runtime/program-vitals.ts';
import { processSpec } from '../support/specs.ts';

const WORKER = { supervisionId: 'life-1', process: 'w:w', incarnation: 1 } as const;
const BEAT: Report = { type: 'heartbeat', meta: null };

interface World {
  readonly vitals: ProgramVitals;
  /** Facts and what was told to the tree, in words. */
  readonly said: string[];
  /** Reports that lie unread in the child's socket. */
  readonly unread: Report[];
  node: { spec: ProcessSpec; state: { phase: string; incarnation: number; readiness: string } };
  happens(fact: FactBody): void;
  passes(ms: number): void;
}

function open(t: TestContext, vitalsSpec: Partial<VitalsSpec>, more: Partial<ProcessSpec> = {}): World {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  const said: string[] = [];
  const unread: Report[] = [];
  const spec = processSpec('w:w', { vitals: { heartbeat: { intervalMs: 1000, misses: 2 }, progressTimeoutMs: null, onStuck: 'restart', ...vitalsSpec }, ...more });
  const world: World = {
    vitals: new ProgramVitals({
      clock: { mono: () => now, wall: () => 1e12 + now }, node: () => world.node as unknown as ProcessNode,
      tell: (event: TreeEvent) => said.push(event.type === 'process' ? event.event.type : event.type),
      publish: (fact) => said.push(fact.type === 'heartbeat.missed' ? `missed ${fact.misses}` : fact.type),
      readiness: { readySaid: () => said.push('ready'), unreadySaid: (_p, _i, why) => said.push(`unready: ${why}`), extendSaid: (_p, _i, ms) => said.push(`extend ${ms}`) },
      drain: (_id, done) => {
        for (const report of unread.splice(0)) world.vitals.report(WORKER, report);
        done();
      },
    }),
    said, unread,
    node: { spec, state: { phase: 'RUNNING', incarnation: 1, readiness: spec.ready === null ? 'ready' : 'pending' } },
    happens: (fact) => world.vitals.heard({ ...fact, seq: 1, at: now } as Fact),
    passes(ms) {
      now += ms;
      t.mock.timers.tick(ms);
    },
  };
  world.happens({ type: 'process.spawned', process: 'w:w', incarnation: 1, pid: 1, supervisionId: 'life-1' });
  return world;
}

test('silence is told miss by miss, and then the life is condemned [C6] [C7]', (t) => {
  const w = open(t, {});
  w.passes(1000);
  w.passes(1000);
  assert.deepEqual(w.said, ['missed 1', 'missed 2', 'heartbeat.stuck', 'condemn']);
});

test('kill condemns it and leaves it no time; alert and none say so and touch nothing [C9]', (t) => {
  const w = open(t, { onStuck: 'kill' });
  w.passes(2000);
  assert.deepEqual(w.said.slice(-2), ['condemn', 'hurry']);
  t.mock.timers.reset();
  for (const onStuck of ['alert', 'none'] as const) {
    const other = open(t, { onStuck });
    other.passes(2000);
    assert.equal(other.said.at(-1), 'heartbeat.stuck');
    t.mock.timers.reset();
  }
});

test('a daemon that was busy does not blame the child: what lies unread counts first [C90]', (t) => {
  const w = open(t, {});
  w.unread.push(BEAT);
  w.passes(10_000);
  assert.deepEqual(w.said, ['missed 10', 'heartbeat.received']);
});

test('who has `ready` is judged from the moment it is ready; until then start_timeout watches', (t) => {
  const w = open(t, {}, { ready: { kind: 'notify' } });
  w.passes(60_000);
  assert.deepEqual(w.said, []);
  w.vitals.report(WORKER, { type: 'ready' });
  w.node.state.readiness = 'ready';
  w.happens({ type: 'process.ready', process: 'w:w', incarnation: 1, afterMs: 60_000 });
  w.passes(1000);
  assert.deepEqual(w.said, ['ready', 'missed 1']);
});

test('who is being ended owes nothing, and is heard to the last', (t) => {
  const w = open(t, {});
  w.happens({ type: 'process.stopping', process: 'w:w', incarnation: 1, from: 'RUNNING', pid: 1, signal: 'TERM', scope: 'main', why: '' });
  w.passes(10_000);
  w.vitals.report(WORKER, { type: 'result', result: 1 });
  w.vitals.report(WORKER, BEAT);
  assert.deepEqual(w.said, ['result.reported', 'heartbeat.received']);
});

test('news of an earlier life is dropped', (t) => {
  const w = open(t, {});
  w.node.state.incarnation = 2;
  w.vitals.report(WORKER, BEAT);
  w.vitals.report(WORKER, { type: 'ready' });
  assert.deepEqual(w.said, []);
});

test('reloading and stopping take readiness back, and more time is passed on', (t) => {
  const w = open(t, {});
  for (const report of [{ type: 'reloading' }, { type: 'stopping' }, { type: 'extend', ms: 5 }] as const) w.vitals.report(WORKER, report);
  assert.deepEqual(w.said, ['unready: it is reloading', 'unready: it is stopping', 'extend 5']);
});

test('a shorter heartbeat, applied live, counts from now', (t) => {
  const w = open(t, { heartbeat: { intervalMs: 60_000, misses: 3 } });
  w.passes(50_000);
  w.node.spec = { ...w.node.spec, vitals: { ...w.node.spec.vitals, heartbeat: { intervalMs: 1000, misses: 3 } } };
  w.happens({ type: 'process.changed', process: 'w:w', program: 'w', num: 0, autostart: true, priority: 999 });
  assert.deepEqual(w.said, []);
  w.passes(1000);
  assert.deepEqual(w.said, ['missed 1']);
});

test('what a life that is over reported is kept for an hour, or until the next one [C13]', (t) => {
  const w = open(t, {});
  w.vitals.report(WORKER, BEAT);
  w.happens({ type: 'process.exited', process: 'w:w', incarnation: 1, pid: 1, code: 0, signal: null, coreDumped: false, expected: true, ranMs: 1, from: 'RUNNING', left: [] });
  w.passes(3_599_999);
  assert.equal(w.vitals.kept('w:w').heartbeats.length, 1);
  w.passes(1);
  assert.equal(w.vitals.kept('w:w').heartbeats.length, 0);
  assert.deepEqual(w.said, ['heartbeat.received']);
});

test('a removed process is forgotten with its deadline and its heartbeats', (t) => {
  const w = open(t, {});
  w.vitals.report(WORKER, BEAT);
  assert.equal(w.vitals.kept('w:w').heartbeats.length, 1);
  w.happens({ type: 'process.removed', process: 'w:w' });
  w.passes(100_000);
  assert.deepEqual(w.said, ['heartbeat.received']);
  assert.equal(w.vitals.kept('w:w').heartbeats.length, 0);
});
