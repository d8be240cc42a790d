// A life that gives way to a new one although it is well, and one that is ended in another way than its stop steps say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessSpec, StopStep } from '../../config/spec.ts';
import { stepProcess } from '../../daemon/core/process.ts';
import { initialProcess } from '../../daemon/core/process-state.ts';
import type { ProcessEvent, ProcessState, ProcessStep } from '../../daemon/core/process-state.ts';
import { processSpec } from '../support/specs.ts';

const GRACE: readonly StopStep[] = [{ signal: 'USR1', scope: 'main', waitMs: 300_000 }, { signal: 'TERM', scope: 'main', waitMs: 10_000 }, { signal: 'KILL', scope: 'tree', waitMs: 10_000 }];

/** Tells one process what happens, and says what it wants and says. */
function life(overrides: Partial<ProcessSpec> = {}) {
  const spec = processSpec('g:p', overrides);
  let state: ProcessState = initialProcess(0, 'up');
  const tell = (event: ProcessEvent, now = 0): ProcessStep => {
    const step = stepProcess(spec, state, event, { now, chance: 0 });
    state = step.state;
    return step;
  };
  tell({ type: 'start', why: 'test' });
  tell({ type: 'spawned', incarnation: 1, pid: 10, supervisionId: 'id' });
  tell({ type: 'due' }, 1000);
  return { tell, now: () => state };
}

const exited = (code: number | null, signal: string | null, oom?: 'sure' | 'likely'): ProcessEvent => ({ type: 'exited', incarnation: 1, code, signal, coreDumped: false, left: [], ...(oom === undefined ? {} : { oom }) });
const signals = (step: ProcessStep): string[] => step.effects.flatMap((e) => (e.type === 'signal' ? [`${e.signal} ${e.scope}`] : []));

test('a recycled life is followed by a new one and is no failure, whatever its exit status [C31][A44]', () => {
  const { tell, now } = life({ restart: 'temporary' });
  const step = tell({ type: 'recycle', incarnation: 1, why: 'it is 6 h old' }, 2000);
  assert.deepEqual(signals(step), ['TERM main']);
  assert.deepEqual(step.facts.map((f) => f.type), ['process.recycled', 'process.stopping']);
  const gone = tell(exited(1, null), 2100);
  assert.equal(now().phase, 'STARTING');
  assert.equal(now().incarnation, 2);
  assert.equal(now().failures, 0);
  assert.ok(!gone.facts.some((f) => f.type === 'process.backoff'));
});

test('time to finish comes before the stop steps: the drain signal first, then the ladder [D47]', () => {
  const { tell } = life();
  assert.deepEqual(signals(tell({ type: 'recycle', incarnation: 1, why: 'old', steps: GRACE }, 2000)), ['USR1 main']);
  assert.deepEqual(signals(tell({ type: 'due' }, 302_000)), ['TERM main']);
  assert.deepEqual(signals(tell({ type: 'due' }, 312_000)), ['KILL tree']);
});

test('who wants a life down that may finish does not wait for that', () => {
  for (const event of [{ type: 'stop', why: 'ann' }, { type: 'end', why: 'a sibling failed' }, { type: 'restart', why: 'ann' }] as const) {
    const { tell, now } = life();
    tell({ type: 'recycle', incarnation: 1, why: 'old', steps: GRACE }, 2000);
    const step = tell(event, 3000);
    assert.deepEqual(signals(step), ['TERM main'], event.type);
    const s = now();
    assert.equal(s.phase === 'STOPPING' && s.due, 13_000);
  }
});

test('a condemned life can be killed at once, and is one failure', () => {
  const { tell, now } = life();
  assert.deepEqual(signals(tell({ type: 'condemn', incarnation: 1, why: 'over its limit', steps: [{ signal: 'KILL', scope: 'tree', waitMs: 10_000 }] }, 2000)), ['KILL tree']);
  const step = tell(exited(null, 'KILL'), 2100);
  assert.equal(now().phase, 'EXITED');
  assert.equal(now().failures, 1);
  assert.deepEqual(step.outcome, { type: 'ended', expected: false, why: 'over its limit' });
});

test('news of another life recycles nobody', () => {
  const { tell, now } = life();
  assert.deepEqual(tell({ type: 'recycle', incarnation: 7, why: 'old' }, 2000).facts, []);
  assert.equal(now().phase, 'RUNNING');
});

test('a life that the kernel ended for want of memory says so', () => {
  const sure = life({ restart: 'temporary' });
  const step = sure.tell(exited(null, 'KILL', 'sure'), 2000);
  assert.deepEqual(step.outcome, { type: 'ended', expected: false, why: 'killed by the kernel: out of memory (SIGKILL)' });
  assert.equal(step.facts.find((f) => f.type === 'process.exited')?.oom, 'sure');
  const likely = life({ restart: 'temporary' });
  const outcome = likely.tell(exited(null, 'KILL', 'likely'), 2000).outcome;
  assert.equal(outcome?.type === 'ended' && outcome.why, 'probably killed by the kernel: out of memory (SIGKILL)');
});
