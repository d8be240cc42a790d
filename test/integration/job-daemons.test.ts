// What becomes of jobs and their runs when the daemon ends, dies, begins anew, or takes another file.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobView } from '../../daemon/contract/jobs.ts';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { onBoth, operate } from '../support/both-layers.ts';
import { tempDir } from '../support/daemon.ts';
import type { Daemon } from '../support/daemon.ts';
import { post, runFact, runJob, show, startJob, states } from '../support/job-runs.ts';
import { alive, waitFor } from '../support/wait-for.ts';

const WAITS = '"while ! test -e go; do sleep 0.02; done; echo went"\nshell = true';

function go(d: Daemon): void {
  writeFileSync(join(d.dir, 'go'), '');
}

onBoth('at the end of the daemon a run may finish, and the programs it may need stay up until then; nothing new starts [D48]', async ({ start }) => {
  const d = await start({ config: `[programs.db]\ncommand = "sleep 1000"\nstartsecs = 0\n[jobs.save]\ncommand = ${WAITS}\ndirectory = "."\non_shutdown = "wait"\ndrain_timeout = "60s"\n[jobs.more]\ncommand = "true"\nevery = "100ms"\n` });
  await d.state('db', 'RUNNING');
  const run = await startJob(d, 'save');
  await runFact(d, 'run.started', 'save');
  d.kill('SIGTERM');
  await d.fact('daemon.stopping');
  const refused = await post(d, 'jobs/save/run');
  assert.equal(refused.status, 503, refused.text);
  assert.equal((await d.view('db')).state, 'RUNNING');
  go(d);
  assert.equal((await d.ended()).code, 0);
  // The last facts may not reach a client of a daemon that ends; its log has them.
  await waitFor('the log of the end', () => /job save run .* succeeded[^]*waiting for db to stop/.test(d.output()));
  assert.ok(d.output().includes(`job save run ${run.slice(0, 8)} succeeded`));
  // One that was asked for in the same moment may still begin.
  const { at } = await d.fact('daemon.stopping');
  assert.deepEqual(d.facts.filter((fact) => fact.type === 'run.started' && fact.run.createdAt > at), []);
});

onBoth('on_shutdown = "signal" asks for a checkpoint first; past drain_timeout a run is ended, and marked interrupted', async ({ start }) => {
  const config = `[jobs.train]\ncommand = ["sh", "-c", "trap 'echo checkpoint' USR1; while :; do sleep 0.02; done"]\non_shutdown = "signal"\ndrain_signal = "USR1"\ndrain_timeout = "300ms"\n`;
  const d = await start({ config });
  const run = await startJob(d, 'train');
  await runFact(d, 'run.started', 'train');
  assert.equal((await d.stop()).code, 0);
  assert.equal(readFileSync(join(d.dir, 'state/logs/job-train.log'), 'utf8'), 'checkpoint\n');
  const second = await start({ config, dir: d.dir });
  const ended = await show(second, run);
  assert.deepEqual([ended.state, ended.output], ['interrupted', 'checkpoint\n']);
});

onBoth('on_shutdown = "handback" ends a run at once, and the next daemon runs it again with its arguments', async ({ start, t }) => {
  const dir = tempDir(t);
  const config = `[jobs.crunch]\ncommand = ["sh", "-c", "test $1 = x && test -e go || sleep 600", "crunch"]\ndirectory = "."\non_shutdown = "handback"\n`;
  const first = await start({ config, dir });
  const run = await startJob(first, 'crunch', { args: ['x'] });
  await runFact(first, 'run.started', 'crunch');
  assert.equal((await first.stop()).code, 0);
  go(first);
  const second = await start({ config, dir });
  const { run: again } = await runFact(second, 'run.succeeded', 'crunch');
  assert.deepEqual({ trigger: again.trigger, parent: again.parent, args: again.args }, { trigger: 'rerun', parent: run, args: ['x'] });
  assert.deepEqual(await states(second, 'crunch'), ['interrupted', 'succeeded']);
});

onBoth('a run whose daemon was killed is ended with all it started and marked interrupted; at_least_once runs it again [D3][D53]', async ({ start, t }) => {
  const dir = tempDir(t);
  const jobs = ['once', 'sure'].map((job) => `[jobs.${job}]\ncommand = ["sh", "-c", "test -e go && exit 0; echo last words; sleep 600 & wait"]\ndirectory = "."\nat_least_once = ${job === 'sure'}\n`);
  const first = await start({ config: jobs.join(''), dir });
  const ids = [await startJob(first, 'once'), await startJob(first, 'sure')];
  const pids: number[] = [];
  for (const [index, job] of ['once', 'sure'].entries()) pids.push((await runFact(first, 'run.started', job, (run) => run.id === ids[index])).run.pid ?? 0);
  first.kill('SIGKILL');
  await first.ended();
  go(first);
  const second = await start({ config: jobs.join(''), dir });
  await waitFor('the children of the dead daemon to be gone', () => pids.every((pid) => !alive(pid)));
  await runFact(second, 'run.succeeded', 'sure');
  assert.deepEqual(await states(second, 'once'), ['interrupted']);
  assert.deepEqual(await states(second, 'sure'), ['interrupted', 'succeeded']);
  const [once = '', sure = ''] = ids;
  const lost = await show(second, once);
  assert.equal(lost.cause, 'lost');
  assert.equal(lost.argv[0], 'sh');
  const reruns = second.facts.filter((fact) => fact.type === 'run.started' && fact.run.parent === sure);
  assert.equal(reruns.length, 1);
});

onBoth('times that passed while no daemon ran become one run, or one for each, or none, as catch_up says; numbers go on [B24][D20][D21]', async ({ start, t }) => {
  const dir = tempDir(t);
  const jobs = ['none', 'one', 'all'].map((kind) => `[jobs.catch_${kind}]\ncommand = "true"\nevery = "1s"\nalign = true\nmisfire_grace = "300ms"\ncatch_up = "${kind}"\noverlap = "queue"\n`);
  const first = await start({ config: jobs.join(''), dir });
  for (const kind of ['none', 'one', 'all']) await runFact(first, 'run.succeeded', `catch_${kind}`);
  first.kill('SIGKILL');
  await first.ended();
  const lastFire = (): number => Math.max(...first.facts.flatMap((fact) => (fact.type === 'run.started' ? [fact.run.scheduledAt ?? 0] : [])));
  await waitFor('three more times to pass', () => Date.now() > lastFire() + 3500);
  const second = await start({ config: jobs.join(''), dir });
  const begun = (await second.fact('daemon.started')).at;
  for (const kind of ['none', 'one', 'all']) await runFact(second, 'run.succeeded', `catch_${kind}`, (run) => (run.scheduledAt ?? 0) > begun);
  const timesOf = (daemon: Daemon, kind: string): readonly number[] => daemon.facts.flatMap((fact) => (fact.type === 'run.started' && fact.job === `catch_${kind}` ? [fact.run.scheduledAt ?? 0] : [])).toSorted((a, b) => a - b);
  const caughtUp = (kind: string): readonly string[] => second.facts.flatMap((fact) => (fact.type === 'run.started' && fact.job === `catch_${kind}` && (fact.run.trigger === 'catch_up' || (fact.run.scheduledAt ?? 0) <= begun) ? [fact.run.trigger] : []));
  // The last of them may still be on time.
  assert.deepEqual(caughtUp('none').filter((trigger) => trigger !== 'schedule'), []);
  // One run for all that passed: that of the last of them.
  assert.ok(caughtUp('one').filter((trigger) => trigger === 'catch_up').length <= 1);
  assert.ok((timesOf(second, 'one')[0] ?? 0) - (timesOf(first, 'one').at(-1) ?? 0) >= 3000);
  assert.ok(caughtUp('all').length >= 3, `${caughtUp('all').length} of at least 3`);
  const runs = second.facts.filter((fact) => fact.type === 'run.started' && fact.job === 'catch_all').map((fact) => fact.type === 'run.started' && fact.run);
  const before = first.facts.filter((fact) => fact.type === 'run.started' && fact.job === 'catch_all').length;
  assert.ok(runs.every((run) => run && run.number > before), 'a number is never given twice');
  const times = [...first.facts, ...second.facts].flatMap((fact) => (fact.type === 'run.started' && fact.job === 'catch_all' ? [fact.run.scheduledAt] : []));
  assert.equal(new Set(times).size, times.length, 'no time is run twice');
});

onBoth('job list says after a restart of the daemon when a job ran last, not that it never did [B19][D20]', async ({ start, t }) => {
  const dir = tempDir(t);
  const config = `[jobs.fails]\ncommand = ["sh", "-c", "exit 7"]\n[jobs.new]\ncommand = "true"\n`;
  const first = await start({ config, dir });
  const { run } = await runJob(first, 'fails');
  first.kill('SIGKILL');
  await first.ended();
  const second = await start({ config, dir });
  await second.fact('job.recalled');
  const { jobs } = await second.get<SnapshotJson>('/v1/status');
  assert.deepEqual(jobs.map(({ name, last }) => [name, last?.id, last?.state, last?.why]), [['fails', run, 'failed', 'exit status 7'], ['new', undefined, undefined, undefined]]);
});

onBoth('without a state directory jobs run, and nothing is caught up [B24]', async ({ start }) => {
  const d = await start({ config: `[daemon]\nstate_dir = "/dev/null/state"\nruntime_dir = "run"\n[jobs.a]\ncommand = "true"\nevery = "100ms"\noverlap = "queue"\nstdout_logfile = "NONE"\nstderr_logfile = "NONE"\n` });
  await runFact(d, 'run.succeeded', 'a');
  assert.equal((await runJob(d, 'a')).outcome, 'ok');
  assert.ok(!d.facts.some((fact) => fact.type === 'run.started' && fact.run.trigger === 'catch_up'));
});

onBoth('what waits, what is paused and what was planned outlive the daemon [A36][D38]', async ({ start, t }) => {
  const dir = tempDir(t);
  const config = `[jobs.tick]\ncommand = "true"\nevery = "100ms"\n[jobs.later]\ncommand = "true"\n`;
  const first = await start({ config, dir });
  assert.equal((await post(first, 'jobs/pause', { names: ['tick'] })).targets[0]?.outcome, 'ok');
  const planned = await operate(first, 'jobs/later/at', { when: '1h' });
  assert.match(planned.text, /planned for/);
  assert.equal((await first.stop()).code, 0);
  const second = await start({ config, dir });
  const { jobs, runs } = await second.get<SnapshotJson>('/v1/status');
  assert.deepEqual(jobs.map(({ name, paused, waiting }) => [name, paused, waiting]), [['tick', true, 0], ['later', false, 1]]);
  assert.deepEqual(runs.map(({ job, state, trigger }) => [job, state, trigger]), [['later', 'scheduled', 'at']]);
  assert.equal((await post(second, 'jobs/resume', { names: ['all'] })).targets.length, 2);
  await runFact(second, 'run.succeeded', 'tick');
});

onBoth('apply adds, changes and removes jobs, and leaves runs that go on alone [B17][D22]', async ({ start }) => {
  const d = await start({ config: `[jobs.keeps]\ncommand = "true"\nevery = "1h"\n[jobs.changes]\ncommand = ${WAITS}\ndirectory = "."\nevery = "1h"\nrun_on_start = true\n[jobs.goes]\ncommand = ${WAITS}\ndirectory = "."\nevery = "1h"\nrun_on_start = true\n` });
  for (const job of ['changes', 'goes']) await runFact(d, 'run.started', job);
  const text = readFileSync(d.configFile, 'utf8');
  writeFileSync(d.configFile, text.replace(/\[jobs.goes\][^[]*/, '[jobs.comes]\ncommand = "true"\n').replace(/(\[jobs.changes\][^[]*every = )"1h"/, '$1"2h"'));
  const applied = await operate(d, 'apply', {});
  assert.equal(applied.status, 200, applied.text);
  const { jobs } = await d.get<SnapshotJson>('/v1/status');
  assert.deepEqual(jobs.filter(({ name }) => name !== 'goes').map(({ name, schedule, running }: JobView) => [name, schedule, running.length]), [['keeps', 'every 1h', 0], ['changes', 'every 2h', 1], ['comes', '', 0]]);
  assert.ok(!d.facts.some((fact) => (fact.type === 'job.changed' || fact.type === 'job.removed') && fact.job === 'keeps'));
  go(d);
  for (const job of ['changes', 'goes']) assert.equal((await runFact(d, 'run.succeeded', job)).run.code, 0);
  await d.fact('job.removed', (fact) => fact.job === 'goes');
  assert.equal((await runJob(d, 'comes')).outcome, 'ok');
  const goes = await post(d, 'jobs/goes/run');
  assert.equal(goes.status, 404);
});

onBoth('a job that was taken out of the file while it runs is cancelled by its name, as long as it runs [B17][D36]', async ({ start }) => {
  const d = await start({ config: `[jobs.keeps]\ncommand = "true"\n[jobs.goes]\ncommand = "sleep 600"\n` });
  const run = await startJob(d, 'goes');
  writeFileSync(d.configFile, readFileSync(d.configFile, 'utf8').replace(/\[jobs.goes\][^[]*/, ''));
  assert.equal((await operate(d, 'apply', {})).status, 200);
  assert.equal((await post(d, 'runs/cancel', { names: 'goes' })).targets[0]?.run, run);
  await d.fact('job.removed', (fact) => fact.job === 'goes');
  assert.equal((await show(d, run)).state, 'cancelled');
});

onBoth('a full restart ends runs, and jobs go on with the new file', async ({ start }) => {
  const d = await start({ config: `[jobs.a]\ncommand = "sleep 600"\non_shutdown = "kill"\n[jobs.b]\ncommand = "true"\n` });
  const run = await startJob(d, 'a');
  await runFact(d, 'run.started', 'a');
  writeFileSync(d.configFile, readFileSync(d.configFile, 'utf8').replace(/\[jobs.b\][^[]*/, '[jobs.c]\ncommand = "true"\n'));
  assert.equal((await post(d, 'reload')).status, 200);
  await d.fact('daemon.reloaded');
  await waitFor('the new jobs', async () => (await post(d, 'jobs/c/run', { wait: '10s' })).targets[0]?.state === 'succeeded');
  assert.equal((await show(d, run)).state, 'interrupted');
  const { jobs } = await d.get<SnapshotJson>('/v1/status');
  assert.deepEqual(jobs.map(({ name }) => name).toSorted(), ['a', 'c']);
});
