import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LISTENER_TABLE, stepListener } from '../../daemon/core/listener.ts';
import type { ListenerEvent, ListenerOutcome, ListenerPhase, ListenerState, ListenerStep } from '../../daemon/core/listener.ts';
import { InvariantError } from '../../daemon/core/table.ts';

type State = ListenerState<string>;
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const output = (text: string): ListenerEvent<string> => ({ type: 'output', bytes: bytes(text) });
const BORN: ListenerEvent<string> = { type: 'born' };
const SENT: ListenerEvent<string> = { type: 'sent', event: 'e' };

function play(events: readonly ListenerEvent<string>[]): { state: State; outcomes: ListenerOutcome<string>[] } {
  let state: State = { phase: 'DOWN' };
  const outcomes: ListenerOutcome<string>[] = [];
  for (const event of events) {
    const step: ListenerStep<string> = stepListener(state, event);
    state = step.state;
    outcomes.push(...step.outcomes);
  }
  return { state, outcomes };
}

function phaseAfter(...events: readonly ListenerEvent<string>[]): ListenerPhase {
  return play(events).state.phase;
}

test('a listener is ready after READY and a newline, and not before', () => {
  assert.equal(phaseAfter(BORN, output('READY')), 'ACKNOWLEDGED');
  assert.equal(phaseAfter(BORN, output('READY\n')), 'READY');
});

test('an event is accepted with a result of OK, and the listener is asked again after its next READY', () => {
  const { state, outcomes } = play([BORN, output('READY\n'), SENT, output('RESULT 2\nOKREADY\n')]);
  assert.equal(state.phase, 'READY');
  assert.deepEqual(outcomes, [{ type: 'accepted', event: 'e' }]);
});

test('any other result rejects the event', () => {
  for (const result of ['FAIL', 'ok', 'OK\n', '', 'OKOK', 'x'.repeat(100_000)]) {
    const { state, outcomes } = play([BORN, output('READY\n'), SENT, output(`RESULT ${result.length}\n${result}`)]);
    assert.equal(state.phase, 'ACKNOWLEDGED', result.slice(0, 10));
    assert.deepEqual(outcomes, [{ type: 'rejected', event: 'e', result: result.slice(0, 64) }]);
  }
});

test('a huge result is counted and not kept', () => {
  const { state } = play([BORN, output('READY\n'), SENT, output('RESULT 9000000000\n'), ...Array.from({ length: 50 }, () => output('y'.repeat(100_000)))]);
  assert.ok(state.phase === 'BUSY' && state.body?.head.length === 64 && state.body.left === 9_000_000_000 - 5_000_000);
});

test('a result line that is no number breaks the protocol, and the event comes back', () => {
  for (const line of ['RESULT x\n', 'READY\n', '\n', 'RESULT -2\n', 'RESULT 1.5\n', `RESULT ${'9'.repeat(30)}\n`, 'z'.repeat(2000)]) {
    const { state, outcomes } = play([BORN, output('READY\n'), SENT, output(line)]);
    assert.equal(state.phase, 'UNKNOWN', line.slice(0, 20));
    assert.deepEqual(outcomes.map((o) => o.type), ['broken', 'back']);
  }
});

test('a listener that prints a log line to stdout is UNKNOWN until its next life (compat trap 15)', () => {
  assert.equal(phaseAfter(BORN, output('starting up\n')), 'UNKNOWN');
  assert.equal(phaseAfter(BORN, output('READY\n'), output('debug\n')), 'UNKNOWN');
  assert.equal(phaseAfter(BORN, output('READY\nREADY\n')), 'UNKNOWN');
  assert.equal(phaseAfter(BORN, output('starting up\n'), output('READY\n')), 'UNKNOWN');
  assert.equal(phaseAfter(BORN, output('starting up\n'), { type: 'exited' }, BORN, output('READY\n')), 'READY');
});

test('a listener that dies or is replaced while busy gives its event back, once', () => {
  for (const end of [{ type: 'exited' }, BORN] as const) {
    const { outcomes } = play([BORN, output('READY\n'), SENT, end, { type: 'exited' }]);
    assert.deepEqual(outcomes, [{ type: 'back', event: 'e' }]);
  }
});

test('a listener whose stdin is closed gives its event back; a late word about an older event changes nothing', () => {
  assert.deepEqual(play([BORN, output('READY\n'), SENT, { type: 'unwritten', event: 'e' }]).outcomes.map((o) => o.type), ['broken', 'back']);
  assert.equal(phaseAfter(BORN, output('READY\n'), SENT, { type: 'unwritten', event: 'older' }), 'BUSY');
});

test('every cell of the listener table is reached or impossible, and an impossible one says so', () => {
  const reach: Record<ListenerPhase, readonly ListenerEvent<string>[]> = {
    DOWN: [], ACKNOWLEDGED: [BORN], READY: [BORN, output('READY\n')], BUSY: [BORN, output('READY\n'), SENT], UNKNOWN: [BORN, output('garbage\n')],
  };
  const events: readonly ListenerEvent<string>[] = [BORN, output('x'), SENT, { type: 'unwritten', event: 'e' }, { type: 'exited' }];
  let cells = 0;
  for (const [phase, way] of Object.entries(reach) as [ListenerPhase, readonly ListenerEvent<string>[]][]) {
    const { state } = play(way);
    assert.equal(state.phase, phase);
    for (const event of events) {
      cells += 1;
      if (LISTENER_TABLE[phase][event.type] === 'impossible') assert.throws(() => stepListener(state, event), InvariantError);
      else assert.ok(stepListener(state, event).state.phase in reach);
    }
  }
  assert.equal(cells, 25);
});

test('output means the same however it is cut', () => {
  const text = 'READY\n';
  const answer = 'RESULT 6\nOK\nbadREADY\n';
  const whole = play([BORN, output(text), SENT, output(answer)]);
  // Every way to cut the answer in up to three pieces.
  for (let i = 0; i <= answer.length; i += 1) {
    for (let j = i; j <= answer.length; j += 1) {
      const pieces = [answer.slice(0, i), answer.slice(i, j), answer.slice(j)].map(output);
      assert.deepEqual(play([BORN, ...text.split('').map(output), SENT, ...pieces]), whole);
    }
  }
});
