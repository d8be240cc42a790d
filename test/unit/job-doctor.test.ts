// What doctor says about jobs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptySnapshot } from '../../daemon/contract/snapshot.ts';
import { jobFindings } from '../../daemon/runtime/job-doctor.ts';
import { jobView, NOON } from '../support/jobs.ts';

const said = (source: Partial<Parameters<typeof jobFindings>[0]>): readonly string[] =>
  jobFindings({ snapshot: emptySnapshot(), inMemory: false, pending: 0, ...source }).map(({ level, subject, message }) => `${level} ${subject}: ${message}`);

test('doctor says nothing about jobs where there are none', () => {
  assert.deepEqual(said({}), []);
});

test('doctor names the jobs that do not run, and why', () => {
  const snapshot = emptySnapshot();
  const last = { id: '3f2a9c0d-0000-4000-8000-000000000000', state: 'failed', endedAt: NOON, durationMs: 5, why: 'exit status 3' } as const;
  for (const view of [
    jobView('fine'), jobView('paused', { paused: true, pausedBy: 'ann' }), jobView('held', { held: 'breaker smtp is open' }), jobView('over', { nextAt: null }),
    jobView('off', { enabled: false, nextAt: null }), jobView('failed', { last }), jobView('by hand', { schedule: '', nextAt: null }),
  ]) snapshot.jobs.set(view.name, view);
  assert.deepEqual(said({ snapshot }), [
    'ok jobs: 7 jobs, 4 of them with a next time',
    'note job paused: paused by ann: its schedule does not start it',
    'note job held: due, and held: breaker smtp is open',
    'warning job over: its schedule 0 8 * * * has no time left: it is never due again',
    'note job failed: its last run 3f2a9c0d failed: exit status 3',
  ]);
});

test('doctor warns of open breakers, drains, letters that nobody took up, and of runs that nothing outlives', () => {
  const snapshot = emptySnapshot();
  snapshot.jobs.set('a', jobView('a'));
  snapshot.drain = { names: [], startedAt: NOON, by: 'ann', expiresAt: null, remaining: [] };
  snapshot.breakers.set('smtp', {
    name: 'smtp', state: 'open', failures: 5, successes: 0, totalFailures: 5, totalSuccesses: 0, trialsRunning: 0, openedAt: NOON, lastFailureAt: NOON, lastSuccessAt: null, retryAt: null, why: 'ann',
  });
  const lines = said({ snapshot, inMemory: true, pending: 100 });
  assert.ok(lines.some((line) => line.startsWith('warning jobs: runs are kept in memory only')));
  assert.ok(lines.includes('warning breaker smtp: open (ann), until somebody closes it: what depends on it waits'));
  assert.ok(lines.includes('note drain: everything is being drained by ann: no runs start'));
  assert.ok(lines.includes('note dead letters: 100 or more runs failed for good and were not tried again'));
});

test('doctor names at most twenty jobs one by one', () => {
  const snapshot = emptySnapshot();
  for (let n = 0; n < 2000; n += 1) snapshot.jobs.set(`j${n}`, jobView(`j${n}`, { paused: true, pausedBy: 'ann' }));
  assert.equal(said({ snapshot }).length, 22);
  assert.match(said({ snapshot }).at(-1) ?? '', /and 1970 more deserve a look too$/);
});
