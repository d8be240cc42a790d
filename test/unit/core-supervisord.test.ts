// supervisord's own rules, as an INI file asks for them (supervisord-compat.md §7, §9, §19).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { ProcessSpec } from '../../config/spec.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { laws } from '../support/laws.ts';
import { groupSpec, iniProcess } from '../support/specs.ts';

const WEB = 'web:web';

/** One program of an INI file, started. */
function ini(overrides: Partial<ProcessSpec> = {}, script: Parameters<FakeWorld['script']>[1] = {}): FakeWorld {
  const w = new FakeWorld(groupSpec('', [groupSpec('web', [iniProcess(WEB, overrides)], { implicit: true })]));
  w.law = laws(new Map());
  return w.script(WEB, script).boot();
}

test('startretries = 3 gives four spawns with delays of 1, 2 and 3 s, then FATAL [compat §19.3]', () => {
  const w = ini({}, { dies: { afterMs: 200, code: 1 } }).advance('1m');
  assert.deepEqual(w.trace(), ['start web', 'start web', 'start web', 'start web']);
  assert.deepEqual(w.saw('process.backoff').map((f) => f.delayMs), [1000, 2000, 3000]);
  assert.equal(w.saw('process.fatal')[0]?.why, 'Exited too quickly (process log may have details)');
  assert.equal(w.state(WEB), 'FATAL');
});

test('startretries = 0 gives one spawn [compat §7]', () => {
  const w = ini({ startRetries: 0 }, { dies: { afterMs: 200, code: 1 } }).advance('1m');
  assert.deepEqual(w.trace(), ['start web']);
});

test('the counter of failed starts begins anew when it was RUNNING [compat §7]', () => {
  const w = ini({ restart: 'permanent' }, { dies: { afterMs: 200, code: 1 } }).advance('2s').script(WEB, {}).advance('10s');
  assert.equal(w.state(WEB), 'RUNNING');
  w.forget().script(WEB, { dies: { afterMs: 200, code: 1 } }).exits(WEB, 1).advance('1m');
  assert.deepEqual(w.saw('process.backoff').map((f) => f.delayMs), [1000, 2000, 3000]);
});

test('startsecs = 0: any exit is EXITED, never BACKOFF [compat §19.4]', () => {
  const w = ini({ startMs: 0, restart: 'temporary' }).exits(WEB, 1).advance('1m');
  assert.equal(w.state(WEB), 'EXITED');
  assert.deepEqual(w.saw('process.backoff'), []);
});

test('exit 0 before startsecs is still "Exited too quickly" [compat §19.5]', () => {
  const w = ini().advance('500ms').exits(WEB, 0);
  assert.equal(w.state(WEB), 'BACKOFF');
  assert.equal(w.saw('process.backoff')[0]?.why, 'Exited too quickly (process log may have details)');
});

test('autorestart = false is retried when it exits before startsecs [compat §7]', () => {
  const w = ini({ restart: 'temporary' }).exits(WEB, 0).advance('1s');
  assert.deepEqual(w.trace(), ['start web', 'start web']);
});

test('autorestart = unexpected: a death by signal restarts, exit 0 does not [compat §19.6]', () => {
  const w = ini().advance('2s').exits(WEB, 'SEGV');
  assert.deepEqual(w.trace(), ['start web', 'start web']);
  w.advance('2s').exits(WEB, 0).advance('1m');
  assert.equal(w.state(WEB), 'EXITED');
  assert.equal(w.saw('process.ended')[0]?.expected, true);
});

test('EXITED is restarted without delay and without limit [compat §19.7]', () => {
  const w = ini({ restart: 'permanent' });
  for (let i = 0; i < 50; i += 1) w.advance('2s').exits(WEB, 1);
  assert.equal(w.trace().length, 51);
  assert.deepEqual(w.saw('process.backoff'), []);
});

test('stop of a BACKOFF process works at once and leaves STOPPED [compat §19.14]', () => {
  const w = ini({}, { dies: { afterMs: 200, code: 1 } }).advance('500ms');
  assert.equal(w.state(WEB), 'BACKOFF');
  w.forget().operate('stop', WEB);
  assert.equal(w.state(WEB), 'STOPPED');
  assert.deepEqual(w.effects, []);
  assert.equal(w.advance('1h').state(WEB), 'STOPPED');
});

test('STOPPING: KILL after stopwaitsecs, and again every stopwaitsecs until it is reaped [compat §7]', () => {
  const w = ini({}, { obeys: 'none' }).advance('2s').forget().operate('stop', WEB).advance('35s');
  assert.deepEqual(w.trace(), ['stop web', 'kill web', 'kill web', 'kill web']);
  assert.equal(w.exits(WEB, 'KILL').state(WEB), 'STOPPED');
});

test('FATAL is never left by itself, and a start gives it a fresh chance [compat §7]', () => {
  const w = ini({}, { dies: { afterMs: 200, code: 1 } }).advance('1m').advance('24h');
  assert.equal(w.state(WEB), 'FATAL');
  w.forget().operate('start', WEB).advance('1m');
  assert.equal(w.trace().length, 4);
});

test('a missing command is retried as any failed start [compat §7]', () => {
  const w = ini({}, { spawn: 'missing' }).advance('1m');
  assert.equal(w.trace().length, 4);
  assert.equal(w.saw('process.fatal')[0]?.why, "can't find command 'x'");
});

test('what the main process left behind stays, as with supervisord [compat §19.18]', () => {
  const w = ini({ restart: 'permanent' }, { leaves: true, leftObeys: 'none' }).advance('2s').forget().exits(WEB, 1);
  assert.deepEqual(w.trace(), ['start web']);
});

test('kill(2) refused makes it UNKNOWN, start refuses a second copy, and only a person ends that [compat §7]', () => {
  const w = ini({ restart: 'permanent' }, { unsignallable: true }).advance('2s').operate('restart', WEB);
  assert.equal(w.state(WEB), 'UNKNOWN');
  w.forget().operate('start', WEB).advance('1h');
  assert.deepEqual(w.trace(), []);
  w.exits(WEB, 0);
  assert.equal(w.state(WEB), 'STOPPED');
  assert.equal(w.operate('start', WEB).advance('2s').state(WEB), 'RUNNING');
});
