// The rules of a native program (DESIGN §3): delays, limits, stop steps, sweeping, flapping, and what an operator wants.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { ProcessSpec } from '../../config/spec.ts';
import { backoffMs } from '../../daemon/core/backoff.ts';
import { countRestart } from '../../daemon/core/intensity.ts';
import type { TreeOptions } from '../../daemon/core/tree-state.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { laws } from '../support/laws.ts';
import { EXPONENTIAL, groupSpec, LINEAR, NO_BACKOFF, processSpec } from '../support/specs.ts';

const WEB = 'web:web';

/** One native program, started. */
function native(overrides: Partial<ProcessSpec> = {}, script: Parameters<FakeWorld['script']>[1] = {}, options: TreeOptions = {}): FakeWorld {
  const w = new FakeWorld(groupSpec('', [groupSpec('web', [processSpec(WEB, overrides)], { implicit: true })]), options);
  w.law = laws(new Map());
  return w.script(WEB, script).boot();
}

function delays(w: FakeWorld): number[] {
  return w.saw('process.backoff').map((f) => f.delayMs);
}

test('the first restart is immediate, then 1 s, doubled up to 60 s [C65, E14]', () => {
  const w = native({}, { dies: { afterMs: 2000, code: 1 } }).advance('10m');
  assert.deepEqual(w.trace().slice(0, 2), ['start web', 'start web']);
  assert.deepEqual(delays(w).slice(0, 9), [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('the row of failures is forgotten after backoff_reset of good health [E16]', () => {
  const w = native();
  for (let i = 0; i < 4; i += 1) w.advance('10s').exits(WEB, 1);
  assert.deepEqual(delays(w), [1000, 2000, 4000]);
  w.advance('10s').forget().advance('2m').exits(WEB, 1);
  assert.deepEqual(delays(w), []);
  assert.deepEqual(w.trace(), ['start web']);
});

test('an exit before RUNNING and one after it are one failure each [D53]', () => {
  const w = native({}, { dies: { afterMs: 200, code: 1 } }).advance('6s');
  assert.deepEqual(delays(w), [1000, 2000, 4000]);
});

test('delay policies: none, fixed, linear without cap, exponential with cap; jitter only takes off [E14, E15]', () => {
  const row = (policy: typeof EXPONENTIAL, n = 4): number[] => Array.from({ length: n }, (_, i) => backoffMs(policy, i, 0));
  assert.deepEqual(row(NO_BACKOFF), [0, 0, 0, 0]);
  assert.deepEqual(row({ ...EXPONENTIAL, policy: 'fixed', baseMs: 5000 }), [5000, 5000, 5000, 5000]);
  assert.deepEqual(row(LINEAR), [1000, 2000, 3000, 4000]);
  assert.deepEqual(row({ ...EXPONENTIAL, maxMs: 3000 }), [0, 1000, 2000, 3000]);
  assert.equal(backoffMs(EXPONENTIAL, 1_000_000, 0), 60_000);
  assert.equal(backoffMs({ ...EXPONENTIAL, jitter: 0.5 }, 1, 0.9), 550);
  assert.equal(backoffMs({ ...EXPONENTIAL, jitter: 0.5 }, 1, 0), 1000);
});

test('a missing command is FATAL at once, and EAGAIN is retried [E23, E45]', () => {
  const missing = native({}, { spawn: 'missing' }).advance('1m');
  assert.deepEqual(missing.trace(), ['start web']);
  assert.equal(missing.state(WEB), 'FATAL');
  const busy = native({}, { spawn: 'busy' }).advance('20s');
  assert.equal(busy.state(WEB), 'BACKOFF');
  assert.equal(busy.script(WEB, {}).advance('1m').state(WEB), 'RUNNING');
});

test('a spawn that fails at once is not retried in the same instant, even without a back-off', () => {
  const w = native({ backoff: NO_BACKOFF }, { spawn: 'busy' }).advance('1s');
  assert.equal(w.trace().length, 11);
});

test('startretries counts only where it is written', () => {
  const w = native({ startRetries: 2 }, { dies: { afterMs: 200, code: 1 } }).advance('1m');
  assert.equal(w.state(WEB), 'FATAL');
  assert.equal(w.trace().length, 3);
});

test('transient: exit 0 ends it, anything else restarts it; temporary: nothing does [E8, E9]', () => {
  assert.equal(native({ restart: 'transient' }).advance('2s').exits(WEB, 0).advance('1h').state(WEB), 'EXITED');
  assert.equal(native({ restart: 'transient' }).advance('2s').exits(WEB, 3).advance('1m').state(WEB), 'RUNNING');
  assert.equal(native({ restart: 'temporary' }).advance('2s').exits(WEB, 'SEGV').advance('1h').state(WEB), 'EXITED');
});

test('max_restarts = 5 in 60 s of a program: five are allowed and the sixth is refused [C67, E12, E13]', () => {
  const w = native({ intensity: { max: 5, windowMs: 60_000 }, backoff: NO_BACKOFF });
  for (let i = 0; i < 5; i += 1) assert.equal(w.advance('2s').exits(WEB, 1).state(WEB), 'STARTING');
  w.advance('2s').exits(WEB, 1);
  assert.equal(w.state(WEB), 'FATAL');
  assert.match(w.saw('process.fatal')[0]?.why ?? '', /more than 5 in 60 s; last end: exit status 1/);
});

test('a restart exactly one window old still counts, one ms later it is forgotten [E12, E16]', () => {
  const limit = { max: 1, windowMs: 60_000 };
  assert.equal(countRestart(limit, [0], 60_000).exceeded, true);
  assert.equal(countRestart(limit, [0], 60_001).exceeded, false);
  assert.deepEqual(countRestart({ max: null, windowMs: 1 }, [1, 2, 3], 4), { times: [], exceeded: false });
});

test('stop = ["TERM 10s", "QUIT 5s", "KILL"] goes from step to step [E22][A43]', () => {
  const w = native({ stop: [{ signal: 'TERM', scope: 'main', waitMs: 10_000 }, { signal: 'QUIT', scope: 'tree', waitMs: 5000 }, { signal: 'KILL', scope: 'tree', waitMs: 10_000 }] }, { obeys: 'kill' });
  w.advance('2s').forget().operate('stop', WEB).advance('10s');
  assert.deepEqual(w.effects.map((e) => (e.type === 'signal' ? `${e.signal} ${e.scope}` : e.type)), ['TERM main', 'QUIT tree']);
  assert.equal(w.advance('4999ms').state(WEB), 'STOPPING');
  assert.equal(w.advance(1).state(WEB), 'STOPPED');
});

test('stopwaitsecs = "infinity" never kills, and 0 kills at once [E22]', () => {
  const patient = native({ stop: [{ signal: 'TERM', scope: 'main', waitMs: Infinity }] }, { obeys: 'kill' }).advance('2s').forget().operate('stop', WEB).advance('24h');
  assert.deepEqual(patient.trace(), ['stop web']);
  const quick = native({ stop: [{ signal: 'TERM', scope: 'main', waitMs: 0 }, { signal: 'KILL', scope: 'tree', waitMs: 1000 }] }, { obeys: 'kill' }).advance('2s').forget().operate('stop', WEB).advance(0);
  assert.deepEqual(quick.trace(), ['stop web', 'kill web']);
  assert.equal(quick.state(WEB), 'STOPPED');
});

test('a stop is over when everybody is gone, not when the main process is [E22]', () => {
  const w = native({}, { leaves: true, leftObeys: 'kill' }).advance('2s').operate('stop', WEB);
  assert.equal(w.state(WEB), 'STOPPING');
  assert.equal(w.advance('10s').state(WEB), 'STOPPED');
});

test('leftovers of a crashed main process are ended before the next life begins [D53]', () => {
  const w = native({}, { leaves: true, leftObeys: 'kill' }).advance('2s').forget().exits(WEB, 1);
  assert.equal(w.state(WEB), 'STOPPING');
  assert.deepEqual(w.trace(), ['stop web']);
  w.advance('10s');
  assert.deepEqual(w.trace(), ['kill web', 'start web']);
});

test('who survives KILL is surveyed, again and again, and the stop goes on [E46]', () => {
  const w = native({}, { obeys: 'none' }).advance('2s').forget().operate('stop', WEB).advance('30s');
  assert.equal(w.effects.filter((e) => e.type === 'survey').length, 2);
  assert.equal(w.state(WEB), 'STOPPING');
});

test('a process that dies a little after startsecs, for hours, is seen as flapping', () => {
  const w = native({ backoff: { ...EXPONENTIAL, resetMs: 5000 } }, { dies: { afterMs: 600_000, code: 1 } }).advance('3h');
  assert.equal(w.snapshot.processes.get(WEB)?.flapping?.failures, 7);
  w.script(WEB, {}).advance('10m').advance('1h');
  assert.equal(w.snapshot.processes.get(WEB)?.flapping, null);
  assert.equal(w.saw('process.steady').length, 1);
});

test('a flapping process that is restarted by hand is not shown as flapping any more', () => {
  const w = native({}, { dies: { afterMs: 200, code: 1 } }).advance('30s');
  assert.notEqual(w.snapshot.processes.get(WEB)?.flapping, null);
  w.script(WEB, {}).advance('10s').operate('restart', WEB);
  assert.equal(w.snapshot.processes.get(WEB)?.flapping, null);
});

test('a stop before the first start is known to everybody', () => {
  const w = new FakeWorld(groupSpec('', [groupSpec('web', [processSpec(WEB)], { implicit: true })]));
  w.operate('stop', WEB);
  assert.equal(w.snapshot.processes.get(WEB)?.wanted, 'down');
  assert.equal(w.boot().advance('1h').state(WEB), 'STOPPED');
});

test('a process that an operator stopped stays down when the daemon starts again [D45]', () => {
  const w = native({}, {}, { held: new Set([WEB]), incarnations: new Map([[WEB, 41]]) }).advance('1h');
  assert.equal(w.state(WEB), 'STOPPED');
  assert.equal(w.snapshot.processes.get(WEB)?.wanted, 'down');
  assert.equal(w.operate('start', WEB).process(WEB).state.incarnation, 42);
});

test('a process that is removed and added again goes on with its numbers [D45]', () => {
  const w = native().advance('2s').operate('stop', WEB);
  assert.equal(w.remove(WEB), true);
  w.add('web', processSpec(WEB)).operate('start', WEB);
  assert.equal(w.process(WEB).state.incarnation, 2);
});

test('on_failure = "exit" ends the daemon when the program ended for good or is FATAL, with its own code if asked [C67]', () => {
  const own = native({ restart: 'temporary', onFailure: 'exit', exitCode: 'own' }).advance('2s').exits(WEB, 3);
  assert.deepEqual(own.effects.at(-1), { type: 'exit_daemon', code: 3, why: 'web: exit status 3', process: WEB });
  const fatal = native({ onFailure: 'exit', exitCode: 10 }, { spawn: 'missing' });
  assert.equal(fatal.effects.at(-1)?.type, 'exit_daemon');
  const fine = native({ onFailure: 'exit' }).advance('2s').exits(WEB, 3);
  assert.ok(fine.effects.every((e) => e.type !== 'exit_daemon'));
});

test('on_failure = "exit" ends the daemon also when the group of the program gave up and nobody starts it again [C67]', () => {
  for (const restart of ['transient', 'temporary', 'permanent'] as const) {
    const critical = processSpec('g:critical', { startMs: 0, backoff: NO_BACKOFF, onFailure: 'exit', exitCode: 'own' });
    const w = new FakeWorld(groupSpec('root', [groupSpec('outer', [groupSpec('g', [critical], { intensity: { max: 1, windowMs: 60_000 }, restart })])])).boot();
    w.exits('g:critical', 3).exits('g:critical', 3);
    const ends = w.effects.filter((e) => e.type === 'exit_daemon').map((e) => e.code);
    assert.deepEqual(ends, restart === 'permanent' ? [] : [3], restart);
  }
});

test('a crash and its restart are facts with process, reason and life [C94, E40]', () => {
  const w = native().advance('2s').forget().exits(WEB, 'SEGV');
  assert.deepEqual(w.facts.map((f) => f.type), ['process.exited', 'process.state', 'process.starting', 'process.spawned']);
  assert.equal(w.saw('process.exited')[0]?.incarnation, 1);
  assert.equal(w.saw('process.starting')[0]?.incarnation, 2);
});
