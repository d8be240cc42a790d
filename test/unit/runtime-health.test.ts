// Probes against a clock that tests move: how many are open at a time, when each is asked, and what is left.
import { mock, test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import type { ProbeSpec } from '../../config/health-spec.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { ProcessView } from '../../daemon/contract/snapshot.ts';
import type { ProcessNode, TreeEvent } from '../../daemon/core/tree-state.ts';
import type { ProbeAnswer, ProbeRequest, Prober } from '../../daemon/os/ports/probes.ts';
import { HealthWatch, MAX_OPEN } from '../../daemon/runtime/health.ts';
import { processSpec } from '../support/specs.ts';

const HTTP: ProbeSpec = {
  kind: 'http', url: 'http://127.0.0.1/', unix: null, status: null, degraded: [], method: 'GET', headers: {}, body: null, ca: null, insecure: false, serverName: null,
  name: 'http', intervalMs: 30_000, timeoutMs: 5000, failures: 3, successes: 2, startPeriodMs: 0,
};

interface Question {
  readonly process: string;
  readonly done: ProbeRequest['done'];
}

/** `count` programs with one probe each; questions stay open until the test answers them. */
function world(t: TestContext, count: number, probe: ProbeSpec = HTTP) {
  mock.timers.enable({ apis: ['setTimeout'] });
  let now = 1_000_000;
  const open = new Map<string, Question>();
  const asked = new Map<string, number[]>();
  let overlaps = 0;
  const prober: Prober = {
    probe: ({ spec, done }) => {
      if (open.has(spec.id)) overlaps += 1;
      open.set(spec.id, { process: spec.id, done });
      asked.set(spec.id, [...(asked.get(spec.id) ?? []), now]);
      return { cancel: () => void open.delete(spec.id) };
    },
    read: () => assert.fail('nobody scales here'),
  };
  const nodes = new Map(Array.from({ length: count }, (_, n) => {
    const spec = processSpec(`web:web-${n}`, { health: { probes: [probe], onUnhealthy: 'restart', restartOnDegraded: false } });
    return [spec.id, { key: spec.id, spec, state: { phase: 'RUNNING', incarnation: 1, since: now } } as unknown as ProcessNode] as const;
  }));
  const views = new Map<string, ProcessView>();
  const facts: FactBody[] = [];
  const told: TreeEvent[] = [];
  const publish = (fact: FactBody): void => {
    facts.push(fact);
    if (fact.type === 'health.probed') views.set(fact.process, { incarnation: 1, state: 'RUNNING', ready: true, healthSources: [{ source: `probe ${fact.probe}`, value: fact.value ?? 'unknown', why: fact.why }] } as unknown as ProcessView);
  };
  const watch = new HealthWatch({
    clock: { mono: () => now, wall: () => now }, node: (id) => nodes.get(id), view: (id) => views.get(id), environment: () => ({}), prober: () => Promise.resolve(prober), tell: (event) => told.push(event), publish,
    lastSign: () => null, written: () => 0,
  });
  t.after(() => {
    watch.close();
    mock.timers.reset();
  });
  const heard = (body: FactBody): void => watch.heard({ ...body, seq: 0, at: now } as Fact);
  return {
    watch, open, asked, facts, told, heard,
    overlaps: () => overlaps,
    up: () => [...nodes.keys()].forEach((process) => heard({ type: 'process.running', process, incarnation: 1, pid: 1, startMs: 0, ready: true })),
    /** Moves the clock in steps, each with the turns of the loop that it needs. */
    async pass(ms: number, stepMs = 100, each: () => void = () => undefined): Promise<void> {
      for (let left = ms; left > 0; left -= stepMs) {
        now += Math.min(stepMs, left);
        mock.timers.tick(Math.min(stepMs, left));
        await Promise.resolve();
        await Promise.resolve();
        each();
      }
    },
    answer(answer: ProbeAnswer): void {
      for (const [id, question] of [...open]) {
        open.delete(id);
        question.done(answer);
      }
    },
  };
}

test('however many are due, a bounded number of questions is open, and none of them twice', async (t) => {
  const w = world(t, 1000);
  w.up();
  let most = 0;
  await w.pass(3000, 20, () => {
    most = Math.max(most, w.open.size, w.watch.asking);
  });
  assert.equal(most, MAX_OPEN.connections, 'nobody answers: the others wait for their turn');
  for (let n = 0; n < 1000; n += 1) {
    w.answer({ ok: true });
    await Promise.resolve();
    await Promise.resolve();
  }
  assert.equal(w.asked.size, 1000);
  await w.pass(60_000, 100, () => w.answer({ ok: true }));
  assert.equal(w.overlaps(), 0);
  for (const [process, times] of w.asked) {
    assert.ok(times.length >= 2, process);
    for (let n = 2; n < times.length; n += 1) assert.ok(Math.abs((times[n] ?? 0) - (times[n - 1] ?? 0) - 30_000) <= 200, `${process} at ${times.join(' ')}`);
  }
  assert.equal(w.watch.asking, 0);
});

test('an answer that does not come in time is followed by the next question in its own moment, not at once', async (t) => {
  const w = world(t, 1);
  w.up();
  await w.pass(2100);
  assert.equal(w.open.size, 1);
  await w.pass(100_000);
  assert.equal(w.asked.get('web:web-0')?.length, 1, 'not asked again while it is open');
  w.answer({ ok: false, why: 'no answer within 5 s' });
  await w.pass(14_000);
  assert.equal(w.asked.get('web:web-0')?.length, 1);
  await w.pass(31_000);
  assert.equal(w.asked.get('web:web-0')?.length, 2);
});

const MAX = MAX_OPEN.connections;

test('the end of a life cancels what is open, and makes room for others', async (t) => {
  const w = world(t, MAX + 5);
  w.up();
  await w.pass(2100, 20);
  assert.equal(w.open.size, MAX);
  for (const process of [...w.open.keys()].slice(0, 5)) w.heard({ type: 'process.stopping', process, incarnation: 1, from: 'RUNNING', pid: 1, signal: 'TERM', scope: 'main', why: '' });
  await w.pass(100, 20);
  assert.deepEqual([w.asked.size, w.open.size, w.watch.asking], [MAX + 5, MAX, MAX]);
});

test('an unhealthy life is condemned once, with the reason [E33]', async (t) => {
  const w = world(t, 1, { ...HTTP, intervalMs: 1000 });
  w.up();
  await w.pass(8000, 100, () => w.answer({ ok: false, why: 'it answers 500' }));
  assert.deepEqual(w.told, [{ type: 'process', id: 'web:web-0', event: { type: 'condemn', incarnation: 1, why: 'unhealthy by its probe http: it answers 500' } }]);
  assert.deepEqual(w.facts.map((fact) => fact.type), ['health.probed', 'health.probed', 'health.failed'], 'unknown with a reason, unhealthy, and what comes of it');
});
