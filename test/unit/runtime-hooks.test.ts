// The gates of hooks, with a runner that answers when it is told to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HooksSpec } from '../../config/hooks.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import type { ProcessNode, TreeEvent } from '../../daemon/core/tree-state.ts';
import type { SideAnswer, SideRequest } from '../../daemon/os/ports/side-commands.ts';
import { Hooks } from '../../daemon/runtime/hooks.ts';
import { processSpec } from '../support/specs.ts';

const command = { text: 'x', words: ['x'], shell: false };
const OK: SideAnswer = { ok: true, why: '', output: '', tookMs: 1 };

interface Running {
  readonly hook: string;
  readonly request: SideRequest;
  cancelled: boolean;
}

function world(hooks: HooksSpec, state: unknown = { phase: 'RUNNING', pid: 7 }) {
  const spec = processSpec('web:web', { hooks });
  const told: TreeEvent[] = [];
  const said: FactBody[] = [];
  const running: Running[] = [];
  const node = { spec, state } as unknown as ProcessNode;
  const made = new Hooks({
    node: () => node, environment: () => ({ SHOP: 'tea' }), tell: (event) => void told.push(event), publish: (fact) => void said.push(fact),
    side: async () => ({
      run(request) {
        const one: Running = { hook: request.environment['HOOK'] ?? '', request, cancelled: false };
        running.push(one);
        return { cancel: () => void (one.cancelled = true) };
      },
    }),
  });
  const heard = (body: FactBody): void => made.heard({ ...body, seq: 1, at: 1 } as Fact);
  return { hooks: made, spec, node, told, said, running, heard, settle: () => new Promise((resolve) => setImmediate(resolve)) };
}

const hook = { command, timeoutMs: 5000 };
const stopping = (pid: number | null, signal = 'TERM'): FactBody => ({ type: 'process.stopping', process: 'web:web', incarnation: 1, from: 'RUNNING', pid, signal, scope: 'main', why: 'x' });
const exited = (incarnation: number): FactBody => ({ type: 'process.exited', process: 'web:web', incarnation, pid: 7, code: 3, signal: null, coreDumped: false, expected: false, ranMs: 5, from: 'RUNNING', left: [] });
const signal = { type: 'signal', process: 'web:web', incarnation: 1, signal: 'TERM', scope: 'main' } as const;

test('without hooks nothing is held back', () => {
  const w = world({});
  assert.equal(w.hooks.beforeStart(w.spec, 1, () => assert.fail()), false);
  w.heard(stopping(7));
  assert.equal(w.hooks.beforeStop(signal, () => assert.fail()), false);
});

test('pre_start opens the way once, with the variables of the program; an answer that comes after a stop opens nothing', async () => {
  const w = world({ pre_start: hook });
  const opened: (string | null)[] = [];
  assert.equal(w.hooks.beforeStart(w.spec, 1, (problem) => void opened.push(problem)), true);
  await w.settle();
  assert.equal(w.running[0]?.request.environment['SHOP'], 'tea');
  w.heard(stopping(null));
  assert.deepEqual(opened, ['stopped before it was started']);
  assert.equal(w.running[0]?.cancelled, true);
  w.running[0]?.request.done(OK);
  assert.equal(opened.length, 1);
});

test('the first signal of a stop waits for pre_stop, and its step has all its time after that', async () => {
  const w = world({ pre_stop: hook }, { phase: 'STOPPING', pid: 7, step: 0, steps: [{ signal: 'TERM', scope: 'main', waitMs: 10_000 }] });
  let sent = 0;
  w.heard(stopping(7));
  assert.equal(w.hooks.beforeStop(signal, () => (sent += 1)), true);
  await w.settle();
  assert.equal(sent, 0);
  w.running[0]?.request.done(OK);
  assert.equal(sent, 1);
  assert.deepEqual(w.told.map((event) => (event.type === 'process' ? event.event : null)), [{ type: 'extend', incarnation: 1, ms: 6500, exactly: true }, { type: 'extend', incarnation: 1, ms: 10_000, exactly: true }]);
  assert.equal(w.hooks.beforeStop(signal, () => assert.fail()), false, 'the next signal goes at once');
});

test('a second signal does not wait for pre_stop, and ends it; KILL never asks it', async () => {
  const w = world({ pre_stop: hook });
  w.heard(stopping(7));
  w.hooks.beforeStop(signal, () => assert.fail('sent twice'));
  await w.settle();
  assert.equal(w.hooks.beforeStop({ ...signal, signal: 'KILL' }, () => assert.fail()), false);
  assert.equal(w.running[0]?.cancelled, true);
  w.running[0]?.request.done(OK);
  w.heard(stopping(7, 'KILL'));
  assert.equal(w.hooks.beforeStop({ ...signal, signal: 'KILL' }, () => assert.fail()), false);
});

test('in a crash loop one hook of a kind runs at a time, and the newest crash is the next [C65]', async () => {
  const w = world({ on_crash: hook });
  for (let life = 1; life <= 50; life += 1) w.heard(exited(life));
  await w.settle();
  assert.deepEqual(w.running.map((one) => one.request.environment['PROCESS_INCARNATION']), ['1']);
  assert.equal(w.said.filter((fact) => fact.type === 'process.hook_failed').length, 48);
  w.running[0]?.request.done(OK);
  await w.settle();
  assert.equal(w.running[1]?.request.environment['PROCESS_INCARNATION'], '50');
  assert.equal(w.running[1]?.request.environment['PROCESS_EXIT_CODE'], '3');
});
