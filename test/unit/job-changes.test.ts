// Another configuration while jobs wait and run.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { BreakerSpec, JobSettings, JobSpec } from '../../config/job-spec.ts';
import { JobWorld } from '../support/job-world.ts';
import { jobLaws } from '../support/job-laws.ts';
import { cron, every } from '../support/job-specs.ts';
import { breakerSpec, jobSpec } from '../support/specs.ts';

function world(...jobs: readonly JobSpec[]): JobWorld {
  const w = new JobWorld({ jobs });
  w.law = jobLaws();
  return w.boot();
}

function configure(w: JobWorld, jobs: readonly JobSpec[], breakers: readonly BreakerSpec[] = [], settings: Partial<JobSettings> = {}): JobWorld {
  return w.tell({ type: 'configure', jobs, breakers, settings: { ...w.settings, ...settings } });
}

test('the same configuration again changes nothing and says nothing [B17]', () => {
  const jobs = [jobSpec('j', { schedule: cron('0 8 * * *'), jitterMs: 60_000 })];
  const w = world(...jobs);
  w.facts.length = 0;
  configure(w, [jobSpec('j', { schedule: cron('0 8 * * *'), jitterMs: 60_000 })]);
  assert.deepEqual(w.facts, []);
});

test('a changed schedule counts from now on, and keeps the history [B17, D22]', () => {
  const w = world(jobSpec('j', { schedule: cron('0 8 * * *') })).script('j', { takesMs: 10 }).advance('9h');
  configure(w, [jobSpec('j', { schedule: cron('0 7,10 * * *') })]);
  assert.equal(w.rowsOf('j').length, 1);
  assert.equal(w.advance('1h').rowsOf('j')[1]?.number, 2);
  assert.equal(w.told('run.missed').length, 0);
});

test('a time that was dealt with is not run again under a changed schedule', () => {
  const w = world(jobSpec('j', { schedule: cron('0 8 * * *') })).script('j', { takesMs: 10 }).advance('8h');
  configure(w, [jobSpec('j', { schedule: cron('*/5 8 * * *') })]);
  assert.equal(w.rowsOf('j').length, 1);
  assert.equal(w.advance('5m').rowsOf('j').length, 2);
});

test('a shorter interval counts from the last start; one that is over already is due at once [D22]', () => {
  const w = world(jobSpec('j', { schedule: every('1h') })).script('j', { takesMs: 10 }).advance('80m');
  configure(w, [jobSpec('j', { schedule: every('30m') })]).advance('10m');
  assert.equal(w.rowsOf('j').length, 2);
  configure(w, [jobSpec('j', { schedule: every('1m') })]).advance('1m');
  assert.equal(w.rowsOf('j').length, 3);
});

test('a run that goes on does so under the spec it began with; its retry obeys the new one', () => {
  const retry = { max: 1, backoff: { policy: 'fixed', baseMs: 1000, factor: 1, maxMs: 1000, jitter: 0, resetMs: 0 }, on: null, notOn: [] } as const;
  const w = world(jobSpec('j', { retry, timeoutMs: 60_000 }));
  w.request('j');
  configure(w, [jobSpec('j', { retry, timeoutMs: 5000 })]).advance('30s');
  assert.deepEqual(w.states('j'), ['running']);
  w.advance('36s').advance('1s');
  assert.deepEqual(w.states('j'), ['retrying', 'dead']);
});

test('a job that is taken out: what waits is cancelled, what runs goes on, and then it is forgotten [B17, D22]', () => {
  const w = world(jobSpec('j', { overlap: 'queue', schedule: every('1h') }), jobSpec('k'));
  const id = w.request('j');
  w.request('j');
  configure(w, [jobSpec('k')]);
  assert.deepEqual([w.states('j'), w.book.spec('j'), w.book.names(), w.snapshot.jobs.get('j')?.enabled], [['running', 'cancelled'], undefined, ['k'], false]);
  assert.equal(w.request('j').length > 0 && w.rowsOf('j').length, 2);
  w.exits(id, 1);
  assert.deepEqual([w.states('j')[0], w.snapshot.jobs.has('j'), w.told('job.removed').length], ['failed', false, 1]);
});

test('a job that comes back while its last run goes on does not run twice, and its numbers go on', () => {
  const w = world(jobSpec('j'));
  w.request('j');
  configure(w, []);
  configure(w, [jobSpec('j')]);
  assert.equal(w.row(w.request('j')).state, 'skipped');
  w.exits(w.one('j'), 0);
  configure(w, []);
  configure(w, [jobSpec('j')]);
  assert.equal(w.row(w.request('j')).number, 3);
});

test('a new job is due from then on, and its breaker is there', () => {
  const w = configure(world(), [jobSpec('j', { schedule: every('1m'), breaker: 'db' })], [breakerSpec('db')]).advance('1m');
  assert.deepEqual([w.running('j').length, w.snapshot.breakers.get('db')?.state], [1, 'closed']);
});

test('a breaker that is taken out holds nobody back any more', () => {
  const w = new JobWorld({ jobs: [jobSpec('j', { breaker: 'db' })], breakers: [breakerSpec('db')] }).boot().tell({ type: 'breaker', name: 'db', event: 'open', who: 'anna' });
  const id = w.request('j');
  configure(w, [jobSpec('j', { breaker: 'db' })]);
  assert.deepEqual([w.row(id).state, w.snapshot.breakers.size], ['running', 0]);
});

test('more places let more of those that wait start', () => {
  const w = new JobWorld({ jobs: [jobSpec('a'), jobSpec('b'), jobSpec('c')], settings: { maxParallel: 1 } }).boot();
  for (const name of ['a', 'b', 'c']) w.request(name);
  assert.equal(w.children.size, 1);
  configure(w, [jobSpec('a'), jobSpec('b'), jobSpec('c')], [], { maxParallel: 3 });
  assert.equal(w.children.size, 3);
});

test('who begins to listen later is told everything that is so', () => {
  const w = new JobWorld({ jobs: [jobSpec('j', { schedule: every('1m'), overlap: 'queue' }), jobSpec('p')], breakers: [breakerSpec('db')] }).boot();
  w.request('j');
  w.request('j');
  w.tell({ type: 'pause', job: 'p', who: 'anna' });
  const types = w.book.population().map((fact) => fact.type);
  assert.deepEqual(types, ['breaker.added', 'job.added', 'job.next', 'job.held', 'job.added', 'job.paused', 'run.started', 'run.queued']);
  assert.deepEqual(w.book.population().find((fact) => fact.type === 'job.added'), { type: 'job.added', job: 'j', schedule: 'every 1m', timezone: 'UTC', enabled: true, breaker: null });
});
