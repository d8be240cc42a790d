// Between the book of jobs and the ports: what is written when, who is started, and what is closed after whom.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { jobSideWorld } from '../support/job-side-world.ts';
import type { JobSideWorld } from '../support/job-side-world.ts';
import { jobSpec } from '../support/specs.ts';

function world(t: TestContext, ...what: Parameters<typeof jobSideWorld>): JobSideWorld {
  const w = jobSideWorld(...what);
  t.after(() => w.close());
  return w;
}

test('a run is written before it lives and before its facts are told, and everything is closed after it', (t) => {
  const w = world(t, [jobSpec('a')]);
  const before = w.trace.length;
  const run = w.request('a');
  w.exits(run, 0);
  assert.deepEqual(w.trace.slice(before), [
    // The claim.
    'flush',
    // The life, for the next daemon to find.
    'flush', 'spawn job:a#1', 'flush', 'run.started',
    'flush', 'run.succeeded', `close reports ${run}`, 'forget job:a#1',
  ]);
  assert.equal(w.store.runs.run(run)?.state, 'succeeded');
  assert.deepEqual(w.store.openLives(), []);
});

test('two runs of one job live at the same time as two lives of one id', (t) => {
  const w = world(t, [jobSpec('a', { overlap: 'allow' })]);
  const [one, two] = [w.request('a'), w.request('a')];
  assert.deepEqual([w.children.get(one)?.incarnation, w.children.get(two)?.incarnation], [1, 2]);
  assert.equal(w.store.openLives().length, 2);
  w.exits(one, 0);
  assert.deepEqual(w.store.openLives().map(({ supervisionId }) => supervisionId), [two]);
  assert.equal(w.side.runner.of(one), undefined);
  assert.ok(w.side.runner.of(two));
  w.exits(two, 3);
  assert.deepEqual([w.types(one), w.types(two)], [['run.started', 'run.succeeded'], ['run.started', 'run.failed', 'dead.added']]);
});

test('a run is over when nobody of it is left, and until then the next daemon would look for them', (t) => {
  const w = world(t, [jobSpec('a')]);
  const run = w.request('a');
  w.exits(run, 0, [777]);
  assert.deepEqual(w.types(run), ['run.started', 'run.stopping']);
  assert.equal(w.store.openLives().length, 1);
  w.gone(run);
  assert.deepEqual(w.types(run), ['run.started', 'run.stopping', 'run.succeeded']);
  assert.equal(w.store.openLives().length, 0);
});

test('a command that cannot be started ends its run with the reason, and leaves nothing open', (t) => {
  const w = world(t, [jobSpec('a')], { spawnError: "can't find command 'x'" });
  const run = w.request('a');
  assert.deepEqual(w.types(run), ['run.failed', 'dead.added']);
  assert.match(w.store.runs.run(run)?.why ?? '', /can't find command 'x'/);
  assert.deepEqual(w.store.openLives(), []);
  assert.ok(w.trace.includes(`close reports ${run}`));
});

test('a log that cannot be opened fails the run before anything is spawned', (t) => {
  const w = world(t, [jobSpec('a')], { noLog: 'cannot open /full/a.log: no space left' });
  const run = w.request('a');
  assert.match(w.store.runs.run(run)?.why ?? '', /no space left/);
  assert.ok(!w.trace.some((line) => line.startsWith('spawn')));
});

test('a run starts when its disk has room, and waits when it has too little or does not answer', async (t) => {
  const room = [{ path: '/data', bytes: 1000 }];
  const w = world(t, [jobSpec('enough', { minFreeDisk: room }), jobSpec('little', { minFreeDisk: room }), jobSpec('silent', { minFreeDisk: room })]);
  const enough = w.request('enough');
  await w.free(1000);
  assert.deepEqual(w.types(enough), ['run.started']);
  const little = w.request('little');
  await w.free(999);
  assert.deepEqual(w.types(little), ['run.scheduled']);
  const silent = w.request('silent');
  await w.free({ error: 'the disk did not answer within 5 s' });
  assert.match(w.store.runs.run(silent)?.why ?? '', /cannot tell how much is free where \/data is: the disk did not answer/);
});

test('a run that is cancelled while its disk is looked at is never started', async (t) => {
  const w = world(t, [jobSpec('a', { minFreeDisk: [{ path: '/data', bytes: 1 }] })]);
  const run = w.request('a');
  w.side.tell({ type: 'cancel', id: run, signal: null, who: 'me' });
  await w.free(1000);
  assert.equal(w.store.runs.run(run)?.state, 'cancelled');
  assert.ok(!w.trace.some((line) => line.startsWith('spawn')));
  assert.equal(w.side.book.run(run), undefined);
});

test('the log of a job that is taken out of the file is closed when its last run is over', (t) => {
  const w = world(t, [jobSpec('a'), jobSpec('b')]);
  const run = w.request('a');
  w.side.configure({ jobs: [jobSpec('b')], breakers: [], jobSettings: { maxParallel: null, deadLetterMs: 0, breakersEnabled: true } });
  assert.ok(!w.trace.includes('close log job:a'));
  w.exits(run, 0);
  assert.ok(w.trace.includes('close log job:a'));
  assert.ok(!w.trace.includes('close log job:b'));
});

test('what is over is forgotten as the history of its job says', async (t) => {
  const w = world(t, [jobSpec('a', { history: { okMs: 86_400_000, failedMs: 86_400_000, keep: 2 } })]);
  for (let n = 0; n < 5; n += 1) w.exits(w.request('a'), 0);
  await new Promise((resolve) => setImmediate(resolve));
  w.store.flush();
  assert.deepEqual(w.store.runs.runs({ job: 'a', limit: 10 }).map(({ number }) => number), [5, 4]);
});

test('the end of jobs comes when the last run is over; asked again it is harsher', (t) => {
  const w = world(t, [jobSpec('a', { drainTimeoutMs: 60_000 })]);
  let ends = 0;
  w.request('a');
  w.side.close('warm', Infinity, () => (ends += 1));
  assert.ok(!w.trace.some((line) => line.includes(' of job:a')), 'it may finish');
  w.side.close('now', Infinity, () => (ends += 1));
  assert.ok(w.trace.includes('KILL to tree of job:a#1'));
  assert.equal(ends, 0);
  const [run = ''] = w.children.keys();
  w.exits(run, null);
  w.gone(run);
  assert.equal(ends, 1);
  assert.equal(w.store.runs.run(run)?.state, 'interrupted');
});
