// Who is measured when, and what is told of it: the watch over limits with a meter that is moved by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { NO_LIMITS, NO_RECYCLING } from '../../config/limits-spec.ts';
import type { LimitsSpec } from '../../config/limits-spec.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import { initialProcess } from '../../daemon/core/process-state.ts';
import type { ProcessNode, TreeEvent } from '../../daemon/core/tree-state.ts';
import type { RunOverLimit } from '../../daemon/core/job-limits.ts';
import type { Child } from '../../daemon/os/ports/processes.ts';
import type { ViolationRecord } from '../../daemon/os/ports/store.ts';
import type { UsageSample } from '../../daemon/os/ports/usage.ts';
import { LimitWatch } from '../../daemon/runtime/limits.ts';
import { UsageDesk } from '../../daemon/runtime/usage.ts';
import { processSpec } from '../support/specs.ts';

const MB = 1024 ** 2;

function worldOf(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
  let now = 0;
  const nodes = new Map<string, ProcessNode>();
  const children = new Map<string, Child>();
  const runs = new Map<string, { child: Child; spec: { process: ProcessSpec } }>();
  const told: TreeEvent[] = [];
  const facts: FactBody[] = [];
  const violations: ViolationRecord[] = [];
  const toRuns: [string, RunOverLimit][] = [];
  const asked: string[][] = [];
  const released: string[] = [];
  const uses = new Map<string, Partial<UsageSample>>();
  let free: number | { error: string } = 1e12;
  const watch = new LimitWatch({
    clock: { mono: () => now, wall: () => 1_000_000 + now },
    meter: {
      measure: (all) => {
        asked.push(all.map((child) => `${child.id} ${String(child.incarnation)}`));
        return new Map(all.map((child) => [child, { at: now, rssBytes: 0, cpuMs: 0, processes: 1, files: null, ...uses.get(child.id) }]));
      },
      release: (child) => void released.push(`${child.id} ${String(child.incarnation)}`),
      dispose: () => undefined,
    },
    processes: { signal: (child, signal) => (facts.push({ type: 'process.signalled', process: child.id, incarnation: child.incarnation, signal, pid: child.pid }), { pids: [child.pid] }), limit: () => undefined },
    store: { violated: (record) => void violations.push(record) },
    chance: () => 0,
    freeBytes: () => Promise.resolve(free),
    node: (id) => nodes.get(id), child: (id) => children.get(id), supervisionId: (id) => `life of ${id}`, run: (id) => runs.get(id),
    tell: (event) => void told.push(event), tellRun: (id, over) => void toRuns.push([id, over]), publish: (fact) => void facts.push(fact),
  });
  t.after(() => watch.close());
  const hear = (fact: FactBody): void => watch.heard({ ...fact, seq: 1, at: now } as Fact);
  return {
    watch, told, facts, violations, toRuns, asked, released, uses, hear, runs, nodes,
    setFree: (bytes: number | { error: string }) => (free = bytes),
    born(id: string, limits: Partial<LimitsSpec>, more: Partial<ProcessSpec> = {}, incarnation = 1): void {
      const spec = processSpec(id, { limits: { ...NO_LIMITS, ...limits }, ...more });
      nodes.set(id, { kind: 'process', key: id, spec, parent: null as never, state: initialProcess(incarnation, 'up'), lastCode: null, disabled: false });
      children.set(id, { id, incarnation, pid: 100 + incarnation, startTime: 1 });
      hear({ type: 'process.spawned', process: id, incarnation, pid: 100 + incarnation, supervisionId: `life of ${id}` });
    },
    advance(ms: number): void {
      for (let left = ms; left > 0; left -= 100) {
        now += Math.min(left, 100);
        t.mock.timers.tick(Math.min(left, 100));
      }
    },
  };
}

test('nobody is measured where nobody has limits, and nobody any more when the last one is gone', (t) => {
  const w = worldOf(t);
  w.born('g:idle', {});
  w.advance(60_000);
  assert.deepEqual([w.asked, w.watch.size], [[], 0]);
  w.born('g:web', { memoryBytes: MB });
  w.advance(5000);
  assert.deepEqual(w.asked, [['g:web 1']]);
  w.hear({ type: 'process.exited', process: 'g:web', incarnation: 1, pid: 101, code: 0, signal: null, coreDumped: false, expected: true, ranMs: 1, from: 'RUNNING', left: [] });
  w.advance(60_000);
  assert.deepEqual([w.asked.length, w.watch.size, w.released], [1, 0, ['g:web 1']]);
});

test('all that are looked at as often are looked at together: one wake-up, in slices', (t) => {
  const w = worldOf(t);
  for (let i = 0; i < 450; i += 1) {
    w.born(`g:p${String(i)}`, { memoryBytes: MB });
    if (i % 100 === 0) w.advance(300);
  }
  w.asked.length = 0;
  w.advance(5000);
  assert.deepEqual(w.asked.map((one) => one.length), [200, 200, 50]);
});

test('what is found is told, written down and acted upon, and of another life nothing is', (t) => {
  const w = worldOf(t);
  w.born('g:web', { memoryBytes: 100 * MB, action: 'restart', grace: 'finish' }, { drainSignal: 'USR1', drainTimeoutMs: 7000 });
  w.uses.set('g:web', { rssBytes: 95 * MB });
  w.advance(5000);
  w.uses.set('g:web', { rssBytes: 120 * MB });
  w.advance(5000);
  assert.deepEqual(w.facts.map((f) => f.type), ['limit.warned', 'limit.exceeded']);
  assert.deepEqual(w.violations.map(({ process, incarnation, what, limit, actual, action }) => [process, incarnation, what, limit, actual, action]), [['g:web', 1, 'memory', '100 MiB', '120 MiB', 'restart']]);
  const [told] = w.told;
  assert.ok(told?.type === 'process' && told.event.type === 'condemn');
  assert.equal(told.event.incarnation, 1);
  assert.deepEqual(told.event.steps?.map((s) => s.signal), ['USR1', 'TERM', 'KILL']);
  // It got a new life before the next round, and that one is well.
  w.uses.set('g:web', { rssBytes: 1 * MB });
  w.born('g:web', { memoryBytes: 100 * MB, action: 'restart' }, {}, 2);
  w.advance(20_000);
  assert.equal(w.told.length, 1);
  assert.ok(w.asked.slice(-2).every((one) => one.join() === 'g:web 2'));
});

test('a result of another life is not counted', (t) => {
  const w = worldOf(t);
  w.born('g:web', {}, { recycle: { ...NO_RECYCLING, maxJobs: 2 } });
  const result = (supervisionId: string): void => w.hear({ type: 'result.reported', supervisionId, process: 'g:web', incarnation: 1, result: null });
  result('life of g:web');
  result('another');
  assert.deepEqual(w.told, []);
  result('life of g:web');
  assert.deepEqual(w.told, [{ type: 'process', id: 'g:web', event: { type: 'recycle', incarnation: 1, why: 'it has done 2 jobs (max_jobs_per_child)' } }]);
});

test('the next of a group gives way when the successor of the first is up, or will not be; all at once where they may [A44]', (t) => {
  const w = worldOf(t);
  const recycle = { ...NO_RECYCLING, maxAgeMs: 1000 };
  for (const id of ['g:a', 'g:b', 'g:c']) {
    w.born(id, {}, { group: 'g', recycle });
    w.advance(100);
  }
  const recycled = (): string[] => w.told.flatMap((one) => (one.type === 'process' && one.event.type === 'recycle' ? [`${one.id} ${String(one.event.incarnation)}`] : []));
  w.advance(2000);
  assert.deepEqual(recycled(), ['g:a 1']);
  w.hear({ type: 'process.stopping', process: 'g:a', incarnation: 1, from: 'RUNNING', pid: 1, signal: 'TERM', scope: 'main', why: 'old' });
  w.born('g:a', {}, { group: 'g', recycle }, 2);
  assert.deepEqual(recycled(), ['g:a 1'], 'it is not up yet');
  // It is due again before it is up.
  w.advance(2000);
  w.hear({ type: 'process.running', process: 'g:a', incarnation: 2, pid: 1, startMs: 1000, ready: true });
  assert.deepEqual(recycled(), ['g:a 1', 'g:b 1']);
  w.hear({ type: 'process.fatal', process: 'g:b', incarnation: 2, from: 'BACKOFF', why: 'no' });
  assert.deepEqual(recycled(), ['g:a 1', 'g:b 1', 'g:c 1']);
  w.hear({ type: 'process.wanted', process: 'g:c', wanted: 'down', by: 'ann' });
  assert.deepEqual(recycled(), ['g:a 1', 'g:b 1', 'g:c 1', 'g:a 2'], 'it asked anew, behind those who waited');
  for (const id of ['h:a', 'h:b']) w.born(id, {}, { group: 'h', recycle: { ...recycle, together: true } });
  w.advance(1100);
  assert.deepEqual(recycled().slice(-2), ['h:a 1', 'h:b 1']);
});

test('a disk that does not answer is no violation, and one that is full is one for all that care', async (t) => {
  const w = worldOf(t);
  w.born('g:web', { disk: [{ path: '/data', bytes: 1000 }], action: 'stop' });
  w.setFree({ error: 'the disk did not answer' });
  w.advance(5000);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(w.facts, []);
  w.setFree(10);
  w.advance(5000);
  for (let i = 0; i < 5; i += 1) await Promise.resolve();
  assert.deepEqual(w.told, [{ type: 'operate', action: 'stop', id: 'g:web', why: '0 MiB are free where /data is, and 0 MiB are to stay free' }]);
});

test('a run over its limit is told to the book of jobs, which ends it', (t) => {
  const w = worldOf(t);
  const child: Child = { id: 'job:import', incarnation: 3, pid: 5, startTime: 1 };
  w.runs.set('R', { child, spec: { process: processSpec('job:import', { limits: { ...NO_LIMITS, memoryBytes: MB, action: 'stop' } }) } });
  w.uses.set('job:import', { rssBytes: 5 * MB });
  w.hear({ type: 'run.started', job: 'import', run: { id: 'R' } as never });
  w.advance(5000);
  assert.deepEqual(w.toRuns.map(([id, { crossed, act }]) => [id, crossed?.limit ?? null, act?.again ?? null]), [['R', 'memory', null], ['R', null, false]]);
  w.hear({ type: 'run.stopping', job: 'import', run: 'R', signal: 'TERM', scope: 'main', why: 'over' });
  assert.equal(w.watch.size, 0);
});

test('who asks twice gets the processor between the two looks, else that of the whole life [C28]', () => {
  let now = 0;
  let cpuMs = 5000;
  const child: Child = { id: 'g:web', incarnation: 1, pid: 1, startTime: 1 };
  const desk = new UsageDesk({
    clock: { mono: () => now, wall: () => 1_000_000 + now },
    meter: { measure: (all) => new Map(all.map((one) => [one, { at: now, rssBytes: 7, cpuMs, processes: 2, files: null }])), release: () => undefined, dispose: () => undefined },
    life: (id) => (id === 'g:web' ? { child, startedAt: 990_000 } : undefined),
  });
  const percent = (): number | undefined => desk.usage(['g:web', 'g:gone'], false).get('g:web')?.cpuPercent;
  assert.equal(percent(), 50);
  now += 2000;
  cpuMs += 200;
  assert.equal(percent(), 10);
  // Old looks are dropped once a minute; one that is too old between two such times serves no more either.
  now += 58_500;
  desk.usage(['g:gone'], false);
  now += 2500;
  assert.equal(percent(), 7.1, 'a look of long ago is none');
  assert.equal(desk.usage(['g:gone'], false).size, 0);
});
