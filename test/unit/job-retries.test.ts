// A run that failed: is it tried again, when, and what is kept of it in the end?
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { JobSpec, RetrySpec } from '../../config/job-spec.ts';
import { retryDelayMs } from '../../daemon/core/job-retry.ts';
import { JobWorld } from '../support/job-world.ts';
import type { JobScript } from '../support/job-world.ts';
import { jobLaws } from '../support/job-laws.ts';
import { cron } from '../support/job-specs.ts';
import { jobSpec } from '../support/specs.ts';

const FIXED: RetrySpec = { max: 3, backoff: { policy: 'fixed', baseMs: 60_000, factor: 1, maxMs: 60_000, jitter: 0, resetMs: 0 }, on: null, notOn: [] };

function world(overrides: Partial<JobSpec> = {}, script: JobScript = {}): JobWorld {
  const w = new JobWorld({ jobs: [jobSpec('j', { retry: FIXED, ...overrides })] }).script('j', { takesMs: 1000, code: 1, ...script });
  w.law = jobLaws();
  return w.boot();
}

test('a failed run is tried again after its delay: a new run for each attempt, with the first one\'s id [C55, D28, D29]', () => {
  const w = world();
  const first = w.request('j', { args: ['x'] });
  w.advance('10m');
  assert.deepEqual(w.states('j'), ['retrying', 'retrying', 'retrying', 'dead']);
  assert.deepEqual(w.triggers('j'), ['manual', 'retry', 'retry', 'retry']);
  assert.deepEqual(w.rowsOf('j').map((row) => [row.attempt, row.first, row.args]), [[1, null, ['x']], [2, first, ['x']], [3, first, ['x']], [4, first, ['x']]]);
  assert.deepEqual(w.rowsOf('j').map((row) => ((row.startedAt ?? 0) - Date.parse('2026-01-05T00:00:00Z')) / 1000), [0, 61, 122, 183]);
  assert.deepEqual(w.told('run.retrying').map((fact) => [fact.delayMs, w.row(fact.next).attempt]), [[60_000, 2], [60_000, 3], [60_000, 4]]);
});

test('the last attempt becomes a dead letter, told once [C56, C57, C61]', () => {
  const w = world();
  w.request('j', { args: ['x'] });
  w.advance('10m');
  const last = w.rowsOf('j').at(-1);
  assert.deepEqual(w.letters.map(({ id, job, args, code, cause, attempts, why }) => ({ id, job, args, code, cause, attempts, why })), [
    { id: last?.id, job: 'j', args: ['x'], code: 1, cause: 'exit', attempts: 4, why: 'exit status 1; attempt 4 of 4' },
  ]);
  assert.deepEqual(w.told('dead.added').map((fact) => [fact.run, fact.attempts]), [[last?.id, 4]]);
  assert.equal(w.told('run.dead').length, 1);
});

test('without dead letters the state says how it failed, and nothing is kept [C56]', () => {
  const w = world({ deadLetters: false });
  w.request('j');
  w.advance('10m');
  assert.deepEqual([w.states('j').at(-1), w.letters.length], ['failed', 0]);
});

test('a job that never retries keeps its state, and the letter all the same [C19, C56]', () => {
  const w = world({ retry: { ...FIXED, max: 0 }, timeoutMs: 500 });
  w.request('j');
  w.advance('1s');
  assert.deepEqual([w.states('j'), w.letters.map((letter) => letter.cause)], [['timed_out'], ['timeout']]);
});

test('success ends the row [C55]', () => {
  const w = world();
  w.request('j');
  w.advance('30s').script('j', { takesMs: 1000, code: 0 }).advance('10m');
  assert.deepEqual(w.states('j'), ['retrying', 'succeeded']);
});

test('what a run was given it is given again by its retries', () => {
  const w = world({ retry: FIXED });
  const first = w.request('j', { input: 'issue', environment: { A: '1' } });
  w.exits(first, 1).advance('1h');
  const starts = w.effects.flatMap((effect) => (effect.type === 'start' ? [effect.given] : []));
  assert.ok(starts.length > 1);
  for (const given of starts) assert.deepEqual(given, { input: 'issue', environment: { A: '1' } });
});

test('retries without end go on for ever [D28]', () => {
  const w = world({ retry: { ...FIXED, max: null } });
  w.request('j');
  w.advance('24h');
  assert.ok(w.rowsOf('j').length > 1000);
});

test('the delay grows from its base and has a cap; jitter takes a share off [D31, D32, D33]', () => {
  const grow = jobSpec('j', { retry: { ...FIXED, backoff: { policy: 'exponential', baseMs: 1000, factor: 2, maxMs: 600_000, jitter: 0, resetMs: 0 } } });
  assert.deepEqual([1, 2, 3, 4, 12].map((attempt) => retryDelayMs(grow, attempt, 0.5)), [1000, 2000, 4000, 8000, 600_000]);
  const full = jobSpec('j', { retry: { ...FIXED, backoff: { ...grow.retry.backoff, jitter: 1 } } });
  assert.deepEqual([0, 0.5, 0.999].map((chance) => retryDelayMs(full, 4, chance)), [8000, 4000, 8]);
  const linear = jobSpec('j', { retry: { ...FIXED, backoff: { ...grow.retry.backoff, policy: 'linear' } } });
  assert.deepEqual([1, 2, 3].map((attempt) => retryDelayMs(linear, attempt, 0)), [1000, 2000, 3000]);
});

test('retry_on names what is tried again, no_retry_on wins over it [D30]', () => {
  const only = world({ retry: { ...FIXED, on: [75, 'KILL', 'timeout'] } });
  only.request('j');
  assert.deepEqual(only.advance('1s').states('j'), ['dead']);
  const listed = world({ retry: { ...FIXED, on: [1], notOn: [1] } });
  listed.request('j');
  assert.deepEqual(listed.advance('1s').states('j'), ['dead']);
  const killed = world({ retry: { ...FIXED, on: ['KILL'] } });
  killed.exits(killed.request('j'), 'KILL');
  assert.equal(killed.states('j')[0], 'retrying');
  const late = world({ retry: { ...FIXED, on: ['timeout'] }, timeoutMs: 10 });
  late.request('j');
  assert.equal(late.advance('10ms').states('j')[0], 'retrying');
});

test('exit codes have the meaning they are given: success, retry whatever retry_on says, abort [A34]', () => {
  const spec = { exitMap: { 75: 'retry', 69: 'abort', 3: 'success' }, retry: { ...FIXED, on: [1] } } as const;
  for (const [code, state] of [[3, 'succeeded'], [75, 'retrying'], [69, 'dead'], [1, 'retrying'], [2, 'dead']] as const) {
    const w = world(spec);
    w.exits(w.request('j'), code);
    assert.equal(w.states('j')[0], state, `exit status ${String(code)}`);
  }
});

test('a cancelled run is not tried again', () => {
  const w = world();
  w.tell({ type: 'cancel', id: w.request('j'), signal: null, who: 'anna' });
  assert.deepEqual(w.advance('10m').states('j'), ['cancelled']);
});

test('a retry waits for its turn where another run of its job goes on, instead of being left out [D24]', () => {
  const w = world({ schedule: cron('* * * * *'), retry: { ...FIXED, backoff: { ...FIXED.backoff, baseMs: 30_000 } } });
  w.advance('61s').script('j', { takesMs: 45_000, code: 0 });
  assert.deepEqual(w.states('j'), ['retrying', 'scheduled']);
  w.request('j');
  w.advance('31s');
  assert.deepEqual(w.states('j'), ['retrying', 'queued', 'running']);
  w.advance('15s');
  assert.deepEqual(w.states('j').slice(0, 3), ['retrying', 'running', 'succeeded']);
});

test('a retry keeps to the monotonic clock: setting the wall clock moves it nowhere', () => {
  const w = world();
  w.request('j');
  w.advance('1s').setClock(-7_200_000);
  assert.equal(w.rowsOf('j')[1]?.dueAt, w.wall + 60_000);
  w.advance('59s');
  assert.deepEqual(w.states('j'), ['retrying', 'scheduled']);
  assert.deepEqual(w.advance('1s').states('j'), ['retrying', 'running']);
});

test('a dead letter is tried again with its own trigger, and waits for its turn [C58]', () => {
  const w = world({}, { takesMs: 60_000, code: 0 });
  w.request('j');
  const id = w.request('j', { trigger: 'dead_letter', parent: 'letter', args: ['x'] });
  assert.deepEqual([w.row(id).state, w.row(id).parent, w.row(id).attempt], ['queued', 'letter', 1]);
  w.advance('60s');
  assert.equal(w.row(id).state, 'running');
});

test('an undo runs the command that takes back, is never tried again and leads to nothing [A35]', () => {
  const w = new JobWorld({ jobs: [jobSpec('j', { retry: FIXED, undo: { text: 'undo', words: ['undo'], shell: false }, chains: { success: ['k'], failure: ['k'] } }), jobSpec('k')] }).boot();
  const id = w.request('j', { trigger: 'undo', parent: 'gone', args: ['x'] });
  assert.deepEqual(w.effects.map((effect) => effect.type === 'start' && effect.use), ['undo']);
  w.exits(id, 1);
  assert.deepEqual([w.row(id).state, w.row(id).parent, w.letters.length, w.rowsOf('k').length, w.rowsOf('j').length], ['failed', 'gone', 0, 0, 1]);
});

test('jobs follow on success and on final failure, not on an attempt that is tried again [D42]', () => {
  const jobs = [jobSpec('j', { retry: { ...FIXED, max: 1 }, chains: { success: ['load'], failure: ['clean'] } }), jobSpec('load'), jobSpec('clean'), jobSpec('off', { enabled: false })];
  const w = new JobWorld({ jobs }).script('j', { takesMs: 1000, code: 1 });
  w.law = jobLaws();
  w.boot();
  w.request('j');
  w.advance('10s');
  assert.deepEqual([w.rowsOf('clean').length, w.rowsOf('load').length], [0, 0]);
  w.advance('10m');
  const [follower] = w.rowsOf('clean');
  assert.deepEqual([follower?.trigger, follower?.initiator, follower?.parent], ['chain', 'job j', w.rowsOf('j').at(-1)?.id]);
  w.script('j', { code: 0, takesMs: 1000 }).request('j');
  assert.equal(w.advance('2s').running('load').length, 1);
});

test('a cancelled run leads to nothing; a disabled job that should follow is told [D42]', () => {
  const w = new JobWorld({ jobs: [jobSpec('j', { chains: { success: ['off'], failure: ['off'] } }), jobSpec('off', { enabled: false })] }).boot();
  w.tell({ type: 'cancel', id: w.request('j'), signal: null, who: 'x' });
  assert.equal(w.rowsOf('off').length, 0);
  w.exits(w.request('j'), 0);
  assert.deepEqual(w.rowsOf('off').map((row) => [row.state, row.why]), [['skipped', 'job off is disabled']]);
});
