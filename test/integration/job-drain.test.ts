// Drains on a real daemon: no new runs, those that go on may finish, and programs are told.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '../../daemon/contract/answers.ts';
import { onBoth, operate } from '../support/both-layers.ts';
import type { Daemon } from '../support/daemon.ts';
import { post, runFact, runJob, startJob, states } from '../support/job-runs.ts';

const WAITS = '"while ! test -e go; do sleep 0.02; done"\nshell = true\ndirectory = "."\non_shutdown = "kill"';

function go(d: Daemon): void {
  writeFileSync(join(d.dir, 'go'), '');
}

const results = async (answer: Promise<{ json<T>(): T }>): Promise<readonly (readonly [string, string, string])[]> =>
  (await answer).json<Operation>().targets.map(({ name, outcome, message }) => [name, outcome, message]);

onBoth('a drain lets runs finish and starts none; what is due or asked for meanwhile starts with resume [C72][C73][C76][C77]', async ({ start }) => {
  const d = await start({ config: `[jobs.long]\ncommand = ${WAITS}\noverlap = "queue"\n[jobs.tick]\ncommand = "true"\nevery = "100ms"\noverlap = "queue"\n` });
  await startJob(d, 'long');
  await runFact(d, 'run.started', 'long');
  await runFact(d, 'run.succeeded', 'tick');
  const drained = operate(d, 'drain', { names: [], timeout: '60s' });
  const { seq, remaining } = await d.fact('drain.started');
  assert.equal(remaining.length >= 1, true);
  const held = await startJob(d, 'long');
  await runFact(d, 'run.queued', 'tick', (run) => run.why.includes('drained'));
  go(d);
  assert.deepEqual(await results(drained), [['all', 'ok', 'nothing of it goes on']]);
  const completed = await d.fact('drain.completed');
  assert.equal(completed.cancelled, 0);
  const startedMeanwhile = d.facts.filter((fact) => fact.type === 'run.started' && fact.seq > seq && fact.seq < completed.seq);
  assert.deepEqual(startedMeanwhile, []);
  assert.equal((await post(d, 'resume')).status, 200);
  await runFact(d, 'run.succeeded', 'long', (run) => run.id === held);
});

onBoth('a drain waits for what was selected and for nothing else, and does not wait at all where nothing goes on [C78]', async ({ start }) => {
  const d = await start({ config: `[jobs.busy]\ncommand = ${WAITS}\n[jobs.idle]\ncommand = "true"\nevery = "1h"\n` });
  await startJob(d, 'busy');
  await runFact(d, 'run.started', 'busy');
  // The job that is busy would keep a drain of everything for as long as the timeout is.
  assert.deepEqual(await results(operate(d, 'drain', { names: ['idle'], timeout: '600s' }, '300s')), [['idle', 'ok', 'nothing of it goes on']]);
  assert.equal((await runJob(d, 'busy', {}, '0s')).outcome === 'ok', false);
  assert.match((await post(d, 'drain', { names: ['nobody'], timeout: '600s' })).text, /nobody/);
  const other = await startJob(d, 'idle');
  await runFact(d, 'run.queued', 'idle', (run) => run.id === other);
});

onBoth('past its time a drain names what still goes on, which goes on [C74]', async ({ start }) => {
  const d = await start({ config: `[jobs.long]\ncommand = ${WAITS}\n` });
  const run = await startJob(d, 'long');
  await runFact(d, 'run.started', 'long');
  assert.deepEqual(await results(operate(d, 'drain', { names: ['long'], timeout: '100ms' })), [['long', 'error', `still going on: long ${run}`]]);
  const { remaining, timeoutMs } = await d.fact('drain.timed_out');
  assert.deepEqual({ remaining, timeoutMs }, { remaining: [`long ${run}`], timeoutMs: 100 });
  go(d);
  await runFact(d, 'run.succeeded', 'long');
});

onBoth('with cancel the rest is ended and counted, but what must not be is left and named; a job may have a time of its own [C75][C79]', async ({ start }) => {
  const d = await start({
    config: `[jobs.a]\ncommand = ${WAITS}\n[jobs.b]\ncommand = ${WAITS}\noverlap = "allow"\n[jobs.critical]\ncommand = ${WAITS}\ndrain_cancel = false\ndrain_timeout = "300ms"\n`,
  });
  for (const job of ['a', 'b', 'b', 'critical']) {
    const id = await startJob(d, job);
    await runFact(d, 'run.started', job, (run) => run.id === id);
  }
  const drained = await results(operate(d, 'drain', { names: ['a', 'b', 'critical'], timeout: '100ms', cancel: true }));
  assert.deepEqual(drained.slice(0, 2), [['a', 'ok', 'nothing of it goes on; 1 cancelled'], ['b', 'ok', 'nothing of it goes on; 2 cancelled']]);
  assert.equal(drained[2]?.[1], 'error');
  assert.deepEqual(await states(d, 'b'), ['cancelled', 'cancelled']);
  assert.deepEqual(await states(d, 'critical'), ['running']);
});

onBoth('a program is told once by its drain_signal, and is waited for as long as its drain_timeout says [C72][C79]', async ({ start }) => {
  const d = await start({
    config: `[programs.worker]\ncommand = "trap 'echo told; while ! test -e go; do sleep 0.02; done; exit 0' USR1; while :; do sleep 0.02; done"\nshell = true\ndirectory = "."\nrestart = "temporary"\nstartsecs = 0\ndrain_signal = "USR1"\ndrain_timeout = "60s"\n[programs.web]\ncommand = "sleep 1000"\n[jobs.j]\ncommand = "true"\n`,
  });
  await d.state('worker', 'RUNNING');
  const drained = operate(d, 'drain', { names: ['worker', 'web'], timeout: '5s' });
  await d.fact('process.signalled', (fact) => fact.process === 'worker:worker' && fact.signal === 'USR1');
  go(d);
  assert.deepEqual(await results(drained), [['worker', 'ok', 'nothing of it goes on'], ['web', 'ok', 'nothing of it goes on']]);
  assert.equal(d.facts.filter((fact) => fact.type === 'process.signalled').length, 1);
  // Jobs were not named: they run.
  assert.equal((await runJob(d, 'j')).outcome, 'ok');
});

onBoth('a drain that nobody ends expires, and runs start again [C72][C76]', async ({ start }) => {
  const d = await start({ config: `[jobs.j]\ncommand = "true"\n` });
  await operate(d, 'drain', { names: [], timeout: '1s', expire: '300ms' });
  const run = await startJob(d, 'j');
  await d.fact('drain.ended');
  await runFact(d, 'run.succeeded', 'j', (row) => row.id === run);
});
