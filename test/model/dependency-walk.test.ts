// Every order of events among a few processes that depend on each other: a dependent never starts while its condition is false,
// says at every moment for whom it waits, counts nothing meanwhile, and once all is there everything wanted is up.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Condition, GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import { PROCESS_SEMANTICS } from '../../daemon/core/group-state.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { EXPONENTIAL, groupSpec, NO_BACKOFF, processSpec } from '../support/specs.ts';
import { walk } from '../support/tree-walk.ts';

const on = (id: string, condition: Condition | null = null, restartWith = false) => ({ kind: 'process', name: id, condition, restartWith }) as const;
const process = (id: string, over: Partial<ProcessSpec> = {}): ProcessSpec => processSpec(id, { startMs: 0, sweep: false, backoff: NO_BACKOFF, ...over });
const READY = { ready: { kind: 'notify' }, startTimeoutMs: 5000 } as const;
const root = (members: readonly MemberSpec[], rules: Partial<GroupSpec> = {}): GroupSpec => groupSpec('', [groupSpec('g', members, rules)]);
const STATES = 1200;

/** What is there to be depended on, and how. */
const PAIRS: Readonly<Record<string, readonly MemberSpec[]>> = {
  'ready, of one that says it': [process('g:db', READY), process('g:web', { dependsOn: [on('g:db', 'ready')] })],
  'ready, of one that runs': [process('g:db', { startMs: 1000 }), process('g:web', { dependsOn: [on('g:db')] })],
  'started, of one that is not ready yet': [process('g:db', { ...READY, startMs: 1000 }), process('g:web', { dependsOn: [on('g:db', 'started')] })],
  'completed, of a oneshot': [process('g:mig', { oneshot: true, restart: 'temporary' }), process('g:web', { dependsOn: [on('g:mig')] })],
  'completed, of a oneshot that is tried again': [process('g:mig', { oneshot: true, restart: 'transient', backoff: EXPONENTIAL }), process('g:web', { dependsOn: [on('g:mig', 'completed')] })],
  'exited, whatever the status': [process('g:gen', { restart: 'temporary' }), process('g:web', { dependsOn: [on('g:gen', 'exited')] })],
  'one that gives up': [process('g:db', { ...READY, startRetries: 1, startBackoff: EXPONENTIAL }), process('g:web', { dependsOn: [on('g:db')] })],
  'one that both are ready for': [process('g:db', READY), process('g:web', { ...READY, dependsOn: [on('g:db')] })],
  'a new life with each of its dependency': [process('g:db', READY), process('g:web', { dependsOn: [on('g:db', 'ready', true)] })],
  'a dependent that comes first in the list': [process('g:web', { dependsOn: [on('g:db')] }), process('g:db', READY)],
};

for (const [title, members] of Object.entries(PAIRS)) {
  test(`${title}: every order of events keeps the laws, and all that is wanted comes up [Sv#122, PM2#2831, PC#189]`, () => {
    assert.ok(walk(root(members), PROCESS_SEMANTICS, STATES) > 150);
  });
}

test('a chain of three, with a oneshot in the middle: every order of events keeps the laws [Pb#712]', () => {
  walk(root([process('g:db', READY), process('g:mig', { oneshot: true, restart: 'temporary', dependsOn: [on('g:db')] }), process('g:web', { dependsOn: [on('g:mig', 'completed'), on('g:db', 'ready')] })]), PROCESS_SEMANTICS, STATES);
});

for (const strategy of ['one_for_all', 'rest_for_one'] as const) {
  test(`a ${strategy} group whose members depend on each other and on one outside: every order of events keeps the laws [E24]`, () => {
    const group = groupSpec('p', [process('p:in', { dependsOn: [on('g:db')] }), process('p:out', { dependsOn: [on('p:in')] })], {
      strategy, start: strategy === 'one_for_all' ? 'in_order' : 'in_order_running', intensity: { max: 1, windowMs: 60_000 }, backoff: EXPONENTIAL,
    });
    walk(groupSpec('', [groupSpec('g', [process('g:db', READY)]), group]), PROCESS_SEMANTICS, STATES);
  });
}

test('what is started one after the other waits for readiness, not only for RUNNING [E24]', () => {
  const w = new FakeWorld(root([process('g:a', READY), process('g:b')], { start: 'in_order_running' })).script('g:a', { ready: 'never' }).boot();
  assert.deepEqual(w.states(), { a: 'RUNNING', b: 'STOPPED' });
  w.readies('g:a');
  assert.deepEqual(w.states(), { a: 'RUNNING', b: 'RUNNING' });
});

test('waiting counts nothing and has no end; the reason is said when it changes [PC#189]', () => {
  const w = new FakeWorld(root([process('g:db', READY), process('g:web', { startRetries: 1, dependsOn: [on('g:db')] })])).script('g:db', { ready: 'never' }).boot();
  assert.equal(w.state('g:web'), 'BACKOFF');
  w.advance('1h');
  assert.equal(w.state('g:web'), 'BACKOFF');
  const { tries, failures, flaps } = w.process('g:web').state;
  assert.deepEqual([tries, failures, flaps], [0, 0, []]);
  assert.equal(w.life('g:web').incarnation, 0, 'it was never started');
  w.operate('stop', 'g:db');
  assert.deepEqual(w.saw('process.waiting').map((fact) => fact.why).at(-1), 'waits for g:db to be ready (g:db is stopped)');
  w.script('g:db', {}).operate('start', 'g:db');
  assert.deepEqual([w.state('g:db'), w.state('g:web')], ['RUNNING', 'RUNNING']);
});

test('a dependent that runs is left alone when its dependency goes, and waits for it at its own next start', () => {
  const w = new FakeWorld(root([process('g:db', READY), process('g:web', { dependsOn: [on('g:db')] })])).boot();
  w.script('g:db', { ready: 'never' }).exits('g:db', 1);
  assert.equal(w.state('g:web'), 'RUNNING');
  w.exits('g:web', 1);
  assert.equal(w.state('g:web'), 'BACKOFF');
  w.readies('g:db');
  assert.equal(w.state('g:web'), 'RUNNING');
});

test('a dependent with restart_with ends when its dependency begins a new life, and begins when that is ready', () => {
  const w = new FakeWorld(root([process('g:db', READY), process('g:web', { dependsOn: [on('g:db', 'ready', true)] })])).boot();
  w.forget().script('g:db', { ready: 'never' }).exits('g:db', 1);
  assert.deepEqual(w.trace().toSorted(), ['start db', 'stop web']);
  assert.equal(w.state('g:web'), 'BACKOFF');
  w.readies('g:db');
  assert.deepEqual(w.trace(), ['start web']);
  assert.equal(w.snapshot.processes.get('g:web')?.restarts, 1);
});

test('one that is not ready in time has failed to start: the strategy of its group applies [E23, D54]', () => {
  const w = new FakeWorld(root([process('g:a'), process('g:b', { ready: { kind: 'notify' }, startTimeoutMs: 30_000 })], { strategy: 'one_for_all', start: 'in_order', intensity: { max: 1, windowMs: 600_000 } }));
  w.script('g:b', { ready: 'never' }).boot().forget().advance('31s');
  assert.deepEqual(w.saw('process.condemned').map((fact) => fact.why), ['not ready within 30 s']);
  assert.deepEqual(w.saw('group.strategy_applied').map((fact) => [fact.failed, fact.affected]), [['g:b', ['g:a', 'g:b']]]);
  w.advance('31s');
  assert.deepEqual(w.saw('group.gave_up').map((fact) => [fact.failed, fact.restarts]), [['g:b', 2]]);
});

test('with startretries each start that is not ready in time is one of them, though it was RUNNING', () => {
  const w = new FakeWorld(root([process('g:a', { ready: { kind: 'notify' }, startTimeoutMs: 5000, startRetries: 2, startBackoff: NO_BACKOFF })])).script('g:a', { ready: 'never' }).boot();
  w.advance('1m');
  assert.equal(w.state('g:a'), 'FATAL');
  assert.equal(w.life('g:a').incarnation, 3);
});

test('who asks for more time to be ready gets it', () => {
  const w = new FakeWorld(root([process('g:a', { ready: { kind: 'notify' }, startTimeoutMs: 5000 })])).script('g:a', { ready: 'never' }).boot();
  w.advance('4s').tell({ type: 'process', id: 'g:a', event: { type: 'extend', incarnation: 1, ms: 60_000 } }).advance('50s');
  assert.equal(w.state('g:a'), 'RUNNING');
  w.readies('g:a').advance('1h');
  assert.equal(w.life('g:a').incarnation, 1);
});
