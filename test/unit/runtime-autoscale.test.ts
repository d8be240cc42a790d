// When the number is looked at, and who wins, against a clock that tests move.
import { mock, test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import type { AutoscaleSpec } from '../../config/health-spec.ts';
import type { CommandError } from '../../daemon/contract/errors.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { RunView } from '../../daemon/contract/jobs.ts';
import type { ProcessNode } from '../../daemon/core/tree-state.ts';
import { Autoscaler } from '../../daemon/runtime/autoscale.ts';
import { processSpec } from '../support/specs.ts';

const QUEUE: AutoscaleSpec = { min: 1, max: 9, source: { kind: 'queue', job: 'import' }, target: 1, intervalMs: 10_000, upDelayMs: 0, downDelayMs: 30_000 };
const ADDED: FactBody = { type: 'process.added', process: 'w:w-0', group: 'w', program: 'w', num: 0, autostart: true, priority: 999, incarnation: 0 };
const QUEUED: FactBody = { type: 'run.queued', job: 'import', run: {} as RunView };

function world(t: TestContext, queued: () => number | null) {
  mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  let count = 1;
  let answer: CommandError | null = null;
  const asked: string[] = [];
  const facts: FactBody[] = [];
  const node = { key: 'w:w-0', spec: processSpec('w:w-0', { program: 'w', autoscale: QUEUE }), state: { wanted: 'up' } } as unknown as ProcessNode;
  const scaler = new Autoscaler({
    clock: { mono: () => now, wall: () => now }, scales: () => true, instances: () => Array.from({ length: count }, () => node), environment: () => ({}), prober: () => assert.fail('there is no command'), cpu: () => 0,
    queued, publish: (fact) => facts.push(fact),
    scale: (program, to) => {
      asked.push(`${now / 1000} s: ${program} ${to}`);
      if (answer !== null) return answer;
      count = to;
      return { id: '1', command: 'scale', who: 'autoscale', startedAt: 0, endedAt: null, targets: [] };
    },
  });
  t.after(() => {
    scaler.close();
    mock.timers.reset();
  });
  const heard = (fact: FactBody): void => scaler.heard({ ...fact, seq: 1, at: now } as Fact);
  heard(ADDED);
  return {
    scaler, asked, facts, heard,
    refuse: (error: CommandError | null) => (answer = error),
    pass(ms: number, each: () => void = () => undefined): void {
      for (let left = ms; left > 0; left -= 100) {
        now += 100;
        mock.timers.tick(100);
        each();
      }
    },
  };
}

test('a run that comes has its queue looked at within a second, and runs without end put no look off', (t) => {
  let queued = 1;
  const w = world(t, () => queued);
  w.pass(2000);
  queued = 3;
  w.heard(QUEUED);
  w.pass(5000, () => w.heard(QUEUED));
  assert.deepEqual(w.asked, ['3 s: w 3']);
  assert.deepEqual(w.facts, [{ type: 'process.scaled', program: 'w', from: 1, to: 3, why: '3 runs of import that wait at 1 for each' }]);
});

test('a change that cannot begin now is asked for again at the next look, and another refusal is said once', (t) => {
  const w = world(t, () => 2);
  w.refuse({ code: 'BUSY', message: 'apply is under way' });
  w.pass(20_000);
  assert.deepEqual([w.asked, w.facts], [['10 s: w 2', '20 s: w 2'], []]);
  w.refuse({ code: 'BAD_ARGUMENT', message: 'the file is bad' });
  w.pass(20_000);
  assert.deepEqual(w.facts, [{ type: 'process.scale_failed', program: 'w', why: 'the file is bad' }]);
  w.refuse(null);
  w.pass(10_000);
  assert.equal(w.facts.at(-1)?.type, 'process.scaled');
});

test('an operator wins until a file is applied, or until he gives it back', (t) => {
  const w = world(t, () => 2);
  w.scaler.hold('w');
  w.pass(30_000);
  assert.deepEqual([w.asked, w.scaler.isHeld('w')], [[], true]);
  w.heard({ type: 'daemon.reloaded', added: [], changed: [], removed: [] });
  w.pass(10_000);
  assert.equal(w.asked.length, 1);
  w.scaler.hold('w');
  assert.deepEqual([w.scaler.release('w'), w.scaler.release('other'), w.scaler.isHeld('w')], [true, false, false]);
});

test('a job that is not there is said, and nothing is changed', (t) => {
  const w = world(t, () => null);
  w.pass(40_000);
  assert.deepEqual([w.facts, w.asked], [[{ type: 'process.scale_failed', program: 'w', why: 'there is no job import' }], []]);
});
