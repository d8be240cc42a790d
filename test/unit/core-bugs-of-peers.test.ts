// Bugs that users of other supervisors met (peers.md), each as what it must be here.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { FakeWorld } from '../support/fake-world.ts';
import type { Script } from '../support/fake-script.ts';
import { laws } from '../support/laws.ts';
import { EXPONENTIAL, groupSpec, iniProcess, processSpec } from '../support/specs.ts';

const WEB = 'web:web';

function one(script: Script = {}, spec = processSpec(WEB)): FakeWorld {
  const w = new FakeWorld(groupSpec('', [groupSpec('web', [spec], { implicit: true }), groupSpec('db', [processSpec('db:db')], { implicit: true })]));
  w.law = laws(new Map());
  return w.script(WEB, script).boot().advance('2s').forget();
}

test('PC#530: a process wedged in its stop is never doubled by a start', () => {
  const w = one({ obeys: 'none' }).operate('stop', WEB).advance('1h').operate('start', WEB).operate('restart', WEB).advance('1h');
  assert.equal(w.trace().filter((line) => line === 'start web').length, 0);
  w.exits(WEB, 'KILL');
  assert.equal(w.trace().filter((line) => line === 'start web').length, 1);
});

test('PC#347: many restarts at once make one new life', () => {
  const w = one({ obeys: 'kill' });
  for (let i = 0; i < 10; i += 1) w.operate('restart', WEB);
  w.advance('10s');
  assert.deepEqual(w.trace(), ['stop web', 'kill web', 'start web']);
});

test('PM2: a stop in the middle of a restart is not lost', () => {
  const stopped = one({ obeys: 'kill' }).operate('restart', WEB).operate('stop', WEB).advance('1h');
  assert.equal(stopped.state(WEB), 'STOPPED');
  const waiting = one().script(WEB, { spawn: 'silent' }).exits(WEB, 1).operate('stop', WEB).answers(WEB).advance('1h');
  assert.equal(waiting.state(WEB), 'STOPPED');
});

test('PM2: a start in the middle of a stop is not lost', () => {
  const w = one({ obeys: 'kill' }).operate('stop', WEB).operate('start', WEB).advance('20s');
  assert.equal(w.state(WEB), 'RUNNING');
});

test('PM2: an exit that arrives with a stop does not restart the process', () => {
  const w = one({ obeys: 'none' }).operate('stop', WEB).exits(WEB, 1).advance('1h');
  assert.equal(w.state(WEB), 'STOPPED');
  assert.deepEqual(w.trace(), ['stop web']);
});

test('Sv#536: a stop that races with the exit, in every order, ends in STOPPED and in no mistake', () => {
  const exitFirst = one().script(WEB, { spawn: 'silent' }).exits(WEB, 1).operate('stop', WEB);
  assert.equal(exitFirst.state(WEB), 'STOPPING');
  assert.equal(exitFirst.answers(WEB, 'busy').state(WEB), 'STOPPED');
  assert.equal(one({ obeys: 'none' }).operate('stop', WEB).operate('stop', WEB).exits(WEB, 0).operate('stop', WEB).state(WEB), 'STOPPED');
});

test('Sv#746: a program in BACKOFF is removed as soon as it is stopped', () => {
  const w = one({}, iniProcess(WEB)).script(WEB, { dies: { afterMs: 200, code: 1 } }).exits(WEB, 1).advance('500ms');
  assert.equal(w.state(WEB), 'BACKOFF');
  assert.equal(w.remove(WEB), false);
  assert.equal(w.operate('stop', WEB).remove(WEB), true);
  assert.equal(w.advance('1h').saw('process.removed').length, 1);
});

test('Sv: a process that lives a little longer than startsecs is no silent eternal loop', () => {
  const w = one({}, iniProcess(WEB, { restart: 'permanent' })).script(WEB, { dies: { afterMs: 120_000, code: 1 } }).exits(WEB, 1).advance('20m');
  assert.notEqual(w.snapshot.processes.get(WEB)?.flapping, null);
});

test('Pb#206: what is asked while a process is being ended is done when it has ended', () => {
  const w = one({ obeys: 'kill' }).operate('stop', WEB).operate('restart', WEB).operate('stop', WEB).operate('start', WEB).advance('12s');
  assert.equal(w.state(WEB), 'RUNNING');
  assert.equal(w.process(WEB).state.incarnation, 2);
});

test('Pb#594: the answer to a restart is what is so: RUNNING is said when it runs, and a failure when it failed', () => {
  const w = one().operate('restart', WEB).advance('2s');
  assert.deepEqual(w.facts.map((f) => f.type).filter((t) => t !== 'process.wanted'), ['process.stopping', 'process.exited', 'process.stopped', 'process.starting', 'process.spawned', 'process.running']);
  assert.deepEqual(one().script(WEB, { spawn: 'missing' }).operate('restart', WEB).advance('2s').facts.at(-1)?.type, 'process.fatal');
});

test('Ci#1155: one process that flaps for ever touches nobody else', () => {
  const w = one({}, processSpec(WEB, { backoff: { ...EXPONENTIAL, maxMs: 1000 } })).script(WEB, { dies: { afterMs: 200, code: 1 } }).exits(WEB, 1).advance('1h');
  assert.equal(w.process('db:db').state.incarnation, 1);
  assert.equal(w.state('db:db'), 'RUNNING');
  assert.deepEqual(w.effects.filter((e) => e.type === 'exit_daemon'), []);
});

test('Pebble: a kill timer of the first stop does not fire in the second', () => {
  const w = one({ obeys: 'all' }).operate('stop', WEB).operate('start', WEB).advance('9s').script(WEB, { obeys: 'kill' }).forget().operate('stop', WEB).advance('9s');
  assert.deepEqual(w.trace(), ['stop web']);
});
