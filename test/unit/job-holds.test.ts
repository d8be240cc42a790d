// What keeps runs back although they are due: breakers and drains.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { BreakerSpec, JobSpec } from '../../config/job-spec.ts';
import { JobWorld } from '../support/job-world.ts';
import { jobLaws } from '../support/job-laws.ts';
import { every } from '../support/job-specs.ts';
import { breakerSpec, jobSpec } from '../support/specs.ts';

function world(overrides: Partial<JobSpec> = {}, breaker: Partial<BreakerSpec> = {}): JobWorld {
  const w = new JobWorld({
    jobs: [jobSpec('j', { breaker: 'db', overlap: 'allow', ...overrides }), jobSpec('k')],
    breakers: [breakerSpec('db', { failures: 2, successes: 2, trials: 1, cooldownMs: 60_000, ...breaker })],
  });
  w.law = jobLaws();
  return w.boot();
}

function fail(w: JobWorld, times: number): void {
  for (let i = 0; i < times; i += 1) w.exits(w.request('j'), 1);
}

test('failed runs open their breaker, and successes in between keep it closed [A34, C45]', () => {
  const w = world();
  w.exits(w.request('j'), 1).exits(w.request('j'), 0).exits(w.request('j'), 1);
  assert.equal(w.snapshot.breakers.get('db')?.state, 'closed');
  fail(w, 1);
  assert.equal(w.snapshot.breakers.get('db')?.state, 'open');
});

test('while it is open a run waits as scheduled until half-open; then one trial at a time [A34, C45]', () => {
  const w = world();
  fail(w, 2);
  const [a, b] = [w.request('j'), w.request('j')];
  assert.deepEqual([w.row(a).state, w.row(a).cause, w.row(a).dueAt, w.row(b).state], ['scheduled', 'breaker', w.wall + 60_000, 'queued']);
  assert.equal(w.snapshot.jobs.get('j')?.held, 'breaker db is open');
  w.advance('1m');
  assert.deepEqual([w.row(a).state, w.row(b).state, w.snapshot.breakers.get('db')?.state], ['running', 'scheduled', 'half_open']);
  w.exits(a, 0);
  assert.equal(w.row(b).state, 'running');
  w.exits(b, 0);
  assert.equal(w.snapshot.breakers.get('db')?.state, 'closed');
  assert.equal(w.snapshot.breakers.get('db')?.trialsRunning, 0);
});

test('a trial that finds no room gives its place as a trial back [C45]', () => {
  const w = world();
  fail(w, 2);
  const a = w.request('j');
  w.script('j', { spawn: 'no_room' }).advance('1m');
  assert.deepEqual([w.row(a).state, w.snapshot.breakers.get('db')?.trialsRunning], ['scheduled', 0]);
});

test('a trial that fails opens it again; one that is cancelled only frees its place [C45]', () => {
  const w = world();
  fail(w, 2);
  const [a, b, c] = [w.request('j'), w.request('j'), w.request('j')];
  w.advance('1m').tell({ type: 'cancel', id: a, signal: null, who: 'x' });
  assert.deepEqual([w.row(b).state, w.snapshot.breakers.get('db')?.state], ['running', 'half_open']);
  w.exits(b, 1);
  assert.deepEqual([w.row(c).state, w.snapshot.breakers.get('db')?.state], ['scheduled', 'open']);
});

test('defect 14: trials have a limit that holds [C45]', () => {
  const w = world({}, { trials: 2, successes: 5 });
  fail(w, 2);
  for (let i = 0; i < 5; i += 1) w.request('j');
  assert.equal(w.advance('1m').running('j').length, 2);
});

test('the fallback runs in place of the command while it is open, and is not counted [C45]', () => {
  const w = world({ fallback: { text: 'sorry', words: ['sorry'], shell: false } });
  fail(w, 2);
  const id = w.request('j');
  assert.deepEqual(w.effects.flatMap((effect) => (effect.type === 'start' ? [effect.use] : [])), ['command', 'command', 'fallback']);
  assert.equal(w.row(id).fallback, true);
  w.exits(id, 0);
  assert.equal(w.snapshot.breakers.get('db')?.totalSuccesses, 0);
});

test('a run that says itself how the service fares is not counted again by its exit code [C45]', () => {
  const w = world();
  const id = w.request('j');
  w.report(id, { type: 'breaker', name: 'db', outcome: 'failure' }).exits(id, 1);
  assert.deepEqual([w.snapshot.breakers.get('db')?.failures, w.snapshot.breakers.get('db')?.state], [1, 'closed']);
});

test('what a spawn, a cancel or the end of the daemon does says nothing of the service', () => {
  const w = world().script('j', { spawn: 'missing' });
  w.request('j');
  w.script('j', {}).tell({ type: 'cancel', id: w.request('j'), signal: null, who: 'x' });
  assert.equal(w.snapshot.breakers.get('db')?.totalFailures, 0);
});

test('a person opens, half-opens, closes and resets it; reports of programs count too', () => {
  const w = world().tell({ type: 'breaker', name: 'db', event: 'open', who: 'anna' });
  const id = w.request('j');
  w.advance('24h');
  assert.equal(w.row(id).state, 'scheduled');
  w.tell({ type: 'breaker', name: 'db', event: 'close', who: 'anna' });
  assert.equal(w.row(id).state, 'running');
  for (let i = 0; i < 2; i += 1) w.tell({ type: 'breaker', name: 'db', event: 'failure', who: 'web:web' });
  assert.equal(w.book.breaker('db')?.state, 'open');
  w.tell({ type: 'breaker', name: 'nobody', event: 'failure', who: 'x' });
});

test('a breaker is as the last daemon left it', () => {
  const w = world();
  fail(w, 2);
  const row = w.snapshot.breakers.get('db');
  assert.ok(row);
  const next = new JobWorld({ jobs: [jobSpec('j', { breaker: 'db' })], breakers: [breakerSpec('db', { cooldownMs: 60_000 })] }).boot({ breakers: new Map([['db', row]]) });
  const id = next.request('j');
  assert.equal(next.row(id).state, 'scheduled');
  next.advance('1m');
  assert.equal(next.row(id).state, 'running');
});

test('a drain lets runs go on and starts no others; what is due waits and starts when it is over [C72, C76]', () => {
  const w = world({ schedule: every('1m'), overlap: 'skip', breaker: null });
  const first = w.request('j');
  w.tell({ type: 'drain', names: [], expiresMs: null, who: 'anna' });
  assert.deepEqual([w.snapshot.drain?.remaining, w.book.running([]), w.book.isDrained('j')], [[first], [first], true]);
  w.exits(first, 0);
  const byHand = w.request('k');
  w.advance('10m');
  assert.deepEqual([w.running('j'), w.row(byHand).state, w.snapshot.jobs.get('j')?.queued], [[], 'queued', 1]);
  assert.ok(w.told('run.skipped').every((fact) => fact.run.cause === 'drain'));
  w.tell({ type: 'undrain', names: [], who: 'anna' });
  assert.deepEqual([w.running('j').length, w.running('k').length, w.snapshot.drain], [1, 1, null]);
});

test('defect 16: only what is named is drained, and waited for [C73, C79]', () => {
  const w = world({ breaker: null });
  const [j, k] = [w.request('j'), w.request('k')];
  w.tell({ type: 'drain', names: ['j', 'web'], expiresMs: null, who: 'anna' });
  assert.deepEqual([w.snapshot.drain?.names, w.snapshot.drain?.remaining, w.book.running(['j', 'web'])], [['j', 'web'], [j], [j]]);
  w.exits(k, 0);
  assert.equal(w.row(w.request('k')).state, 'running');
  assert.equal(w.row(w.request('j')).state, 'queued');
});

test('overlap = kill ends nobody for a run that cannot start itself [B22, C72]', () => {
  const w = world({ overlap: 'kill' }).tell({ type: 'pause', job: 'k', who: 'anna' });
  const first = w.request('j');
  w.tell({ type: 'drain', names: [], expiresMs: null, who: 'anna' });
  const second = w.request('j');
  assert.deepEqual([w.row(first).state, w.row(second).state], ['running', 'queued']);
  w.exits(first, 0).tell({ type: 'undrain', names: [], who: 'anna' });
  assert.equal(w.row(second).state, 'running');
});

test('a drain ends by itself when it expires [C76]', () => {
  const w = world({ breaker: null }).tell({ type: 'drain', names: [], expiresMs: 3_600_000, who: 'anna' });
  const id = w.request('j');
  w.advance('59m');
  assert.equal(w.row(id).state, 'queued');
  w.advance('1m');
  assert.deepEqual([w.row(id).state, w.told('drain.ended').map((fact) => fact.by)], ['running', ['its expiry']]);
});

test('a second drain adds to the first, and a part of it may be taken out [C76]', () => {
  const w = world({ breaker: null }).tell({ type: 'drain', names: ['j'], expiresMs: null, who: 'anna' }).tell({ type: 'drain', names: ['k'], expiresMs: null, who: 'ben' });
  assert.deepEqual([w.book.isDrained('j'), w.book.isDrained('k')], [true, true]);
  w.tell({ type: 'undrain', names: ['j'], who: 'ben' });
  assert.deepEqual([w.book.isDrained('j'), w.book.isDrained('k'), w.snapshot.drain?.names], [false, true, ['k']]);
  w.tell({ type: 'undrain', names: ['k'], who: 'ben' });
  assert.equal(w.snapshot.drain, null);
});
