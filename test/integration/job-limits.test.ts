// Many runs at once, and what holds them back: places, rates, breakers.
import assert from 'node:assert/strict';
import type { BreakerView } from '../../daemon/contract/jobs.ts';
import { onBoth } from '../support/both-layers.ts';
import { post, runFact, runJob, show, startJob, states } from '../support/job-runs.ts';
import { waitFor } from '../support/wait-for.ts';

onBoth('a hundred jobs that are due at the same time all start, each once, none early, missed or skipped [D19]', async ({ start }) => {
  const jobs = Array.from({ length: 100 }, (_, n) => `[jobs.j${n}]\ncommand = "true"\nevery = "4s"\nalign = true\n`);
  const d = await start({ config: jobs.join('') });
  const first = await d.fact('run.started');
  const due = first.run.scheduledAt ?? 0;
  // Only this time counts: on a machine that needs four seconds for a hundred processes, the next one finds some of them still there.
  const same = await waitFor('all of them', () => {
    const runs = d.facts.flatMap((fact) => (fact.type === 'run.succeeded' && fact.run.scheduledAt === due ? [fact.run] : []));
    return runs.length >= 100 && runs;
  }, 60_000);
  assert.deepEqual([same.length, new Set(same.map((run) => run.job)).size], [100, 100], 'one run each');
  assert.ok(same.every((run) => (run.startedAt ?? 0) >= due), 'none is early');
  assert.deepEqual(d.facts.filter((fact) => (fact.type === 'run.missed' || fact.type === 'run.skipped') && (fact.run.scheduledAt ?? 0) <= due), []);
});

onBoth('max_parallel holds for a job, and for all jobs together; low priority numbers go first [D39]', async ({ start }) => {
  const d = await start({ config: `[jobs]\nmax_parallel = 3\n[jobs.a]\ncommand = "sleep 0.1"\noverlap = "allow"\nmax_parallel = 2\n[jobs.urgent]\ncommand = "sleep 0.1"\noverlap = "allow"\npriority = 1\n` });
  for (let n = 0; n < 8; n += 1) await startJob(d, 'a');
  for (let n = 0; n < 8; n += 1) await startJob(d, 'urgent');
  await waitFor('all of them', () => d.facts.filter((fact) => fact.type === 'run.succeeded').length === 16);
  const going = new Map<string, number>();
  let most = 0;
  for (const fact of d.facts) {
    if (fact.type !== 'run.started' && fact.type !== 'run.succeeded') continue;
    going.set(fact.job, (going.get(fact.job) ?? 0) + (fact.type === 'run.started' ? 1 : -1));
    most = Math.max(most, (going.get('a') ?? 0) + (going.get('urgent') ?? 0));
    assert.ok((going.get('a') ?? 0) <= 2);
  }
  assert.equal(most, 3);
});

onBoth('a rate spreads starts over time [D39]', async ({ start }) => {
  const d = await start({ config: `[jobs.mail]\ncommand = "true"\noverlap = "allow"\nrate = "3/s"\n` });
  for (let n = 0; n < 7; n += 1) await startJob(d, 'mail');
  await waitFor('all of them', () => d.facts.filter((fact) => fact.type === 'run.succeeded').length === 7, 30_000);
  const times = d.facts.flatMap((fact) => (fact.type === 'run.started' ? [fact.run.startedAt ?? 0] : []));
  // Three at once, three a second later, the last one after two: a start is told a few ms after it was let through.
  assert.ok((times[6] ?? 0) - (times[0] ?? 0) >= 1500, `seven starts within ${(times[6] ?? 0) - (times[0] ?? 0)} ms`);
});

onBoth('failures in a row open a breaker; then runs wait, or the fallback runs; trials close it again [C42][C43][C44][C45][C47][C50]', async ({ start }) => {
  const d = await start({
    config: `[breakers.smtp]\nfailures = 2\nsuccesses = 1\ntrials = 1\ncooldown = "600ms"\n[jobs.mail]\ncommand = "test -e up"\nshell = true\ndirectory = "."\nbreaker = "smtp"\ndead_letters = false\n[jobs.news]\ncommand = "false"\nfallback_command = "echo sorry"\nbreaker = "smtp"\n`,
    files: { 'there.txt': '' },
  });
  for (let n = 0; n < 2; n += 1) assert.equal((await runJob(d, 'mail')).state, 'failed');
  const opened = await d.fact('breaker.opened');
  assert.equal(opened.row.failures, 2);
  const fallback = await runJob(d, 'news');
  assert.equal(fallback.state, 'succeeded');
  const shown = await show(d, fallback.run ?? '');
  assert.deepEqual([shown.fallback, shown.output], [true, 'sorry\n']);
  const waits = await startJob(d, 'mail');
  await runFact(d, 'run.scheduled', 'mail', (run) => run.id === waits && run.cause === 'breaker');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${d.dir}/up`, '');
  await d.fact('breaker.half_opened');
  await runFact(d, 'run.succeeded', 'mail', (run) => run.id === waits);
  await d.fact('breaker.closed');
});

onBoth('a breaker is set by hand, says what it was, and outlives the daemon [C51]', async ({ start }) => {
  const config = `[breakers.api]\nfailures = 2\n[jobs.call]\ncommand = "true"\nbreaker = "api"\n`;
  const d = await start({ config });
  const set = async (to: string): Promise<string> => (await post(d, `breakers/api`, { to })).targets[0]?.message ?? '';
  assert.equal(await set('open'), 'open, was closed');
  assert.equal(await set('open'), 'already open');
  const held = await startJob(d, 'call');
  await runFact(d, 'run.scheduled', 'call', (run) => run.id === held);
  assert.equal((await post(d, 'breakers/none', { to: 'open' })).status, 404);
  d.kill('SIGKILL');
  await d.ended();
  const second = await start({ config, dir: d.dir });
  const [row] = await second.get<readonly BreakerView[]>('/v1/breakers');
  assert.equal(row?.state, 'open');
  assert.deepEqual(await states(second, 'call'), ['scheduled']);
  assert.equal((await post(second, 'breakers/api', { to: 'close' })).targets[0]?.message, 'closed, was open');
  await runFact(second, 'run.succeeded', 'call', (run) => run.id === held);
});

onBoth('while its breaker is open a program that failed waits for its restart, says why, and starts when the breaker lets it [C47]', async ({ start }) => {
  const d = await start({
    config: `[breakers.db]\n[programs.app]\ncommand = "sleep 1000"\nstartsecs = 0\nbreaker = "db"\n[programs.other]\ncommand = "sleep 1000"\nstartsecs = 0\n`,
  });
  const { pid } = await d.state('app', 'RUNNING');
  assert.equal((await post(d, 'breakers/db', { to: 'open' })).status, 200);
  assert.equal((await d.view('app')).pid, pid, 'what runs is left alone');
  process.kill(pid ?? 0, 'SIGKILL');
  const waiting = await d.fact('process.waiting', (fact) => fact.process === 'app:app');
  assert.equal(waiting.why, 'waits for breaker db, which is open');
  assert.equal((await d.view('app')).state, 'BACKOFF');
  d.kill('SIGKILL');
  await d.ended();
  const second = await start({ config: d.configFile, dir: d.dir });
  await second.state('other', 'RUNNING');
  assert.equal((await second.view('app')).state, 'BACKOFF');
  assert.equal((await post(second, 'breakers/db', { to: 'half_open' })).status, 200);
  await second.state('app', 'RUNNING');
});
