// Who may start: overlap, places, priorities, rates, keys, pauses, and how long one waits.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { JobSpec } from '../../config/job-spec.ts';
import { rateDue } from '../../daemon/core/job-admission.ts';
import { PlaceQueue } from '../../daemon/core/place-queue.ts';
import { JobWorld } from '../support/job-world.ts';
import type { WorldOptions } from '../support/job-world.ts';
import { jobLaws } from '../support/job-laws.ts';
import { cron, every } from '../support/job-specs.ts';
import { jobSpec } from '../support/specs.ts';

function world(overrides: Partial<JobSpec>, options: Partial<WorldOptions> = {}): JobWorld {
  const w = new JobWorld({ jobs: [jobSpec('j', overrides)], ...options });
  w.law = jobLaws();
  return w;
}

test('overlap = skip, the default: one that is due while another goes on is left out and told [B22, D24]', () => {
  const w = world({ schedule: every('1m') }).boot().advance('2m');
  assert.deepEqual(w.trace(), ['start j', 'skipped j']);
  assert.match(w.rowsOf('j')[1]?.why ?? '', /run r1 is still going on/);
  assert.equal(w.rowsOf('j')[1]?.cause, 'overlap');
});

test('defect 24: overlapping periodic runs are not what you get unless you ask for them [D24]', () => {
  assert.equal(world({ schedule: every('10s') }).boot().advance('1h').running('j').length, 1);
});

test('a job that skips every second is told once a minute, with the number of times [B22]', () => {
  const w = world({ schedule: every('1s') }).boot().advance('2m');
  assert.deepEqual(w.told('run.skipped').map((fact) => fact.times), [1, 60]);
  w.exits(w.one('j'));
  assert.equal(w.told('run.skipped').reduce((sum, fact) => sum + fact.times, 0), 119);
  assert.equal(w.snapshot.jobs.get('j')?.counts.skipped, 119);
});

test('times that were skipped are told when their job is taken out', () => {
  const w = world({ schedule: every('1s') }).boot().advance('10s');
  w.tell({ type: 'configure', jobs: [], breakers: [], settings: w.settings });
  assert.deepEqual(w.told('run.skipped').map((fact) => fact.times), [1, 8]);
});

test('overlap = queue: it waits, and starts when the other has ended [B22]', () => {
  const w = world({ schedule: every('1m'), overlap: 'queue' }).boot().advance('3m');
  assert.deepEqual(w.states('j'), ['running', 'queued', 'queued']);
  assert.equal(w.snapshot.jobs.get('j')?.queued, 2);
  assert.equal(w.snapshot.jobs.get('j')?.held, 'another run of this job is going on');
  w.exits(w.one('j'));
  assert.deepEqual(w.states('j'), ['succeeded', 'running', 'queued']);
});

test('a queue has a limit, past which runs are skipped [B22]', () => {
  const w = world({ overlap: 'queue', queueLimit: 2 }).boot();
  for (let i = 0; i < 4; i += 1) w.request('j');
  assert.deepEqual(w.states('j'), ['running', 'queued', 'queued', 'skipped']);
  assert.match(w.rowsOf('j')[3]?.why ?? '', /queue_limit/);
});

test('overlap = kill: the other is ended by its stop steps, and the newest takes its place [B22]', () => {
  const w = world({ overlap: 'kill' }).script('j', { obeys: 'kill' }).boot();
  w.request('j');
  w.request('j');
  const last = w.request('j');
  assert.deepEqual(w.states('j'), ['running', 'skipped', 'queued']);
  w.advance('10s');
  assert.deepEqual(w.states('j'), ['cancelled', 'skipped', 'running']);
  assert.equal(w.rowsOf('j')[0]?.cause, 'overlap');
  assert.equal(w.one('j'), last);
});

test('overlap = allow: runs go on beside each other, as many as max_parallel says; more wait [B22, D39]', () => {
  const w = world({ overlap: 'allow', maxParallel: 2 }).boot();
  for (let i = 0; i < 3; i += 1) w.request('j');
  assert.deepEqual(w.states('j'), ['running', 'running', 'queued']);
  const free = world({ overlap: 'allow' }).boot();
  for (let i = 0; i < 30; i += 1) free.request('j');
  assert.equal(free.running('j').length, 30);
});

test('by hand the rules of overlap hold too: a run that must not be doubled is not [B21, B22]', () => {
  const w = world({}).boot();
  w.request('j');
  const second = w.request('j');
  assert.equal(w.row(second).state, 'skipped');
});

test('max_parallel of all jobs: the lowest priority number is next, then the oldest [D39]', () => {
  const jobs = [jobSpec('slow'), jobSpec('late', { priority: 900 }), jobSpec('low', { priority: 900 }), jobSpec('high', { priority: 1 })];
  const w = new JobWorld({ jobs, settings: { maxParallel: 1 } });
  w.law = jobLaws();
  w.boot();
  for (const name of ['slow', 'low', 'late', 'high']) w.request(name);
  const order: string[] = [];
  for (let i = 0; i < 4; i += 1) {
    const [id = ''] = w.book.running([]);
    order.push(w.row(id).job);
    w.exits(id);
  }
  assert.deepEqual(order, ['slow', 'high', 'low', 'late']);
});

test('a backlog of one job does not keep the places from a job that comes first [D39]', () => {
  const jobs = [jobSpec('bulk', { priority: 900, overlap: 'allow' }), jobSpec('one', { priority: 500, overlap: 'queue' }), jobSpec('high', { priority: 1, overlap: 'allow' })];
  const w = new JobWorld({ jobs, settings: { maxParallel: 2 } });
  w.law = jobLaws();
  w.boot();
  for (const name of ['bulk', 'bulk', 'bulk', 'bulk', 'bulk', 'one', 'one', 'high', 'high', 'high']) w.request(name);
  for (let i = 0; i < 10; i += 1) w.exits(w.book.running([])[0] ?? '');
  assert.deepEqual(w.trace().filter((line) => line.startsWith('start ')), ['bulk', 'bulk', 'high', 'high', 'high', 'one', 'one', 'bulk', 'bulk', 'bulk'].map((name) => `start ${name}`));
  assert.equal(w.snapshot.jobs.get('bulk')?.held, '');
});

test('100 jobs that are due in one second all start within it', () => {
  const jobs = Array.from({ length: 100 }, (_, i) => jobSpec(`j${String(i)}`, { schedule: cron('0 8 * * *') }));
  const w = new JobWorld({ jobs }).boot().advance('8h');
  assert.equal([...w.rows.values()].filter((row) => row.startedAt === row.scheduledAt && row.startedAt !== null).length, 100);
});

test('a rate lets so many starts through within a time; the others wait for the next place in it [D39]', () => {
  const w = world({ overlap: 'allow', rate: { max: 2, windowMs: 60_000 } }).script('j', { takesMs: 10 }).boot();
  for (let i = 0; i < 5; i += 1) w.request('j');
  assert.deepEqual(w.states('j'), ['running', 'running', 'scheduled', 'queued', 'queued']);
  assert.equal(w.rowsOf('j')[2]?.dueAt, w.wall + 60_000);
  w.advance('60s');
  assert.deepEqual(w.advance('1s').states('j'), ['succeeded', 'succeeded', 'succeeded', 'succeeded', 'scheduled']);
});

test('a rate that another hold overtook leaves no deadline behind', () => {
  const w = world({ overlap: 'allow', rate: { max: 1, windowMs: 60_000 } }).boot();
  w.request('j');
  w.request('j');
  w.tell({ type: 'drain', names: [], expiresMs: null, who: 'anna' });
  assert.equal(w.book.deadline('job j'), null);
});

test('a rate is a sliding window', () => {
  assert.equal(rateDue({ max: 2, windowMs: 1000 }, [0, 900], 950), 1000);
  assert.equal(rateDue({ max: 2, windowMs: 1000 }, [0, 900], 1000), null);
  assert.equal(rateDue({ max: 3, windowMs: 1000 }, [0, 900], 950), null);
  assert.equal(rateDue({ max: null, windowMs: 1000 }, [0, 0, 0], 0), null);
});

test('runs with the same unique key are never waiting or running twice, and a retry keeps the key [A47, D41]', () => {
  const w = world({ overlap: 'allow', uniqueKey: 'invoice {args}', retry: { max: 1, backoff: { policy: 'fixed', baseMs: 5000, factor: 1, maxMs: 5000, jitter: 0, resetMs: 0 }, on: null, notOn: [] } }).boot();
  const first = w.request('j', { args: ['7'] });
  assert.equal(w.row(w.request('j', { args: ['7'] })).cause, 'duplicate');
  assert.equal(w.row(w.request('j', { args: ['8'] })).state, 'running');
  assert.equal(w.row(w.request('j', { args: ['9'], key: 'invoice 7' })).state, 'skipped');
  w.exits(first, 1);
  assert.equal(w.row(w.request('j', { args: ['7'] })).state, 'skipped');
  w.advance('5s').exits(w.running('j').at(-1) as string, 0);
  assert.equal(w.row(w.request('j', { args: ['7'] })).state, 'running');
});

test('--unless-exists: not if the same job with the same arguments waits or runs [A36]', () => {
  const w = world({ overlap: 'allow' }).boot();
  const later = w.request('j', { trigger: 'at', args: ['x'], dueAt: w.wall + 604_800_000 });
  assert.equal(w.row(later).state, 'scheduled');
  assert.equal(w.row(w.request('j', { args: ['x'], unlessExists: true })).state, 'skipped');
  assert.equal(w.row(w.request('j', { args: ['y'], unlessExists: true })).state, 'running');
  assert.equal(w.book.existing('j', ['x']), later);
  assert.equal(w.book.existing('j', ['z']), undefined);
});

test('a one-off runs at its time, once [A36, D38]', () => {
  const w = world({}).script('j', { takesMs: 10 }).boot();
  const id = w.request('j', { trigger: 'at', dueAt: w.wall + 604_800_000, args: ['--all'] });
  w.advance('6d');
  assert.equal(w.row(id).state, 'scheduled');
  w.advance('25h');
  assert.deepEqual([w.row(id).state, w.row(id).startedAt, w.row(id).args], ['succeeded', Date.parse('2026-01-12T00:00:00Z'), ['--all']]);
});

test('a paused job is not due; what passed meanwhile is counted and not caught up; by hand it runs [A35, D59]', () => {
  const w = world({ schedule: every('1m'), catchUp: 'all' }).script('j', { takesMs: 10 }).boot().tell({ type: 'pause', job: 'j', who: 'anna' });
  assert.deepEqual([w.snapshot.jobs.get('j')?.paused, w.snapshot.jobs.get('j')?.pausedBy, w.snapshot.jobs.get('j')?.nextAt], [true, 'anna', null]);
  assert.equal(w.due.size, 0);
  w.advance('10m');
  w.request('j');
  w.advance('1s').tell({ type: 'resume', job: 'j', who: 'anna' });
  assert.deepEqual(w.trace(), ['start j', 'succeeded j', 'skipped j x10']);
  assert.deepEqual(w.advance('1m').trace(), ['start j', 'succeeded j']);
});

test('a pause is remembered over a restart of the daemon [A35]', () => {
  const w = world({ schedule: every('1m') }).boot({ paused: new Map([['j', { by: 'anna', at: 0 }]]) }).advance('1h');
  assert.deepEqual(w.states('j'), []);
  assert.equal(w.snapshot.jobs.get('j')?.paused, true);
});

test('a run that could not start in time is not started any more [D23, D37]', () => {
  const w = world({ overlap: 'queue', expiresMs: 30_000 }).boot();
  const first = w.request('j');
  const second = w.request('j');
  w.advance('30s');
  assert.deepEqual([w.row(second).state, w.row(second).cause], ['missed', 'expired']);
  w.exits(first);
  assert.deepEqual(w.running('j'), []);
});

test('a run that should have started by now is told once [C6]', () => {
  const w = world({ overlap: 'queue', misfireGraceMs: 60_000 }).boot();
  w.request('j');
  const second = w.request('j');
  w.advance('59s');
  assert.equal(w.told('job.late').length, 0);
  w.advance('10m');
  assert.deepEqual(w.told('job.late').map((fact) => [fact.run, fact.lateMs, fact.dueAt]), [[second, 60_000, w.wall - 659_000]]);
});

for (const [action, states] of [['alert', ['running', 'queued']], ['fail', ['running', 'failed']], ['rerun', ['running', 'missed', 'queued']]] as const) {
  test(`a run that waits for longer than stale_after: ${action} [A38]`, () => {
    const w = world({ overlap: 'queue', stale: { afterMs: 1_800_000, action }, deadLetters: false }).boot();
    w.request('j');
    w.request('j');
    w.advance('30m');
    assert.deepEqual(w.states('j'), states);
    assert.deepEqual(w.told('run.stale').map((fact) => [fact.waitedMs, fact.action]), [[1_800_000, action]]);
    if (action === 'rerun') assert.equal(w.triggers('j')[2], 'rerun');
  });
}

test('places go to the lowest number, then to the oldest, and to each once', () => {
  const queue = new PlaceQueue<string>();
  for (const [i, priority] of [5, 1, 5, 3, 1].entries()) queue.add(`n${String(i)}`, priority, i);
  queue.add('n0', 5, 0);
  const order: (string | undefined)[] = [];
  while (queue.size > 0) order.push(queue.take());
  assert.deepEqual(order, ['n1', 'n4', 'n3', 'n0', 'n2']);
  assert.equal(queue.take(), undefined);
});
