// explain, info and pool on a real daemon: every kind of thing, by the names that reevectl takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Explanation } from '../../daemon/contract/explanations.ts';
import type { InfoAnswer, PoolAnswer } from '../../daemon/contract/info.ts';
import type { IssueView } from '../../daemon/contract/issues.ts';
import { onBoth } from '../support/both-layers.ts';
import { startDaemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const CONFIG = `
[programs.web]
command = "sleep 600"
[programs.bad]
command = ["sh", "-c", "exit 3"]
restart_delay = "60s"
[programs.worker]
command = "sleep 600"
numprocs = 2
[programs.mail]
command = "sleep 600"
[programs.pa]
command = "sleep 600"
[groups.pipe]
members = ["pa"]
strategy = "one_for_all"
max_restarts = 2
restart_window = "60s"
[jobs.mail]
command = "true"
schedule = "0 8 * * *"
timezone = "Europe/Berlin"
timeout = "1h"
[jobs.fails]
command = ["sh", "-c", "exit 4"]
retries = 1
retry_delay = 0
timeout = "1h"
breaker = "smtp"
[breakers.smtp]
failures = 2
cooldown = "5m"
[checks.bags]
command = ["sh", "-c", "echo '{\\"message\\": \\"bag 17 is late\\", \\"code\\": \\"bag\\"}'"]
every = "1h"
[fixes.bag]
command = "false"
retry_delay = "10m"
[alerts.ops]
on = ["failure"]
exec = "true"
`;

onBoth('everything that has a name is explained, and the daemon as a whole says what needs a look', async ({ start }) => {
  const d = await start({ config: CONFIG });
  assert.equal((await d.ctl('job', 'run', 'fails')).code, 0);
  const { run: { id } } = await d.fact('run.dead', (fact) => fact.job === 'fails');
  await d.fact('breaker.opened');
  await d.state('bad', 'BACKOFF');
  const issue = await waitFor('the first attempt of the fix to be over', async () => (await d.get<readonly IssueView[]>('/v1/issues')).find((one) => one.state === 'open' && one.attempts === 1) ?? false);
  const cases: readonly (readonly [word: string, says: RegExp])[] = [
    ['web', /^web: (RUNNING|STARTING)\. web is /], ['bad', /^bad: BACKOFF\. bad failed \(exit status 3\)/], ['group:pipe', /^group pipe: UP\. [^]*Its strategy is one_for_all[^]*Restarts: 0 of 2 within 1 min\./],
    ['pipe', /^group pipe: UP\.[^]*\n\npipe:pa: /], ['job:mail', /^job mail: idle\. [^]*on the clock of Europe\/Berlin: next at \d{4}-\d\d-\d\d 08:00 Europe\/Berlin/], ['fails', /^job fails: idle\. [^]*Its breaker smtp is open, half-open at/],
    [`run:${id.slice(0, 8)}`, /^run [0-9a-f]{8}: dead\. [^]*It is kept as a dead letter/], [`dead:${id.slice(0, 8)}`, /^dead letter [0-9a-f]{8}: pending\. [^]*after 2 attempts/],
    ['breaker:smtp', /^breaker smtp: open\. [^]*\nOn it depend job fails\./m], ['check:bags', /^check bags: issues\. check bags looked .* and saw 1 issue\./], ['fix:bag', /^fix bag: waiting\. /],
    [issue.id.slice(0, 8), /^issue [0-9a-f]{8}: open\. issue [0-9a-f]{8} \(bags, bag\) is open .*: bag 17 is late\n[^]*Its fix is bag: 1 of 3 attempts made\./], ['alert:ops', /^alert ops: \w+\. [^]*It tells of failure by exec\./],
    ['reeve', /^reeve: ailing\. [^]*bad is BACKOFF[^]*job fails ended badly[^]*breaker smtp is open/],
  ];
  for (const [word, says] of cases) {
    const told = await d.ctl('explain', word);
    assert.equal(told.code, 0, `${word}: ${told.stdout}${told.stderr}`);
    assert.match(told.stdout.replaceAll(/^ {2}/gm, ''), says, word);
  }
  assert.match((await d.ctl('explain')).stdout, /^reeve: ailing\./);
  const both = await d.ctl('explain', 'mail');
  assert.deepEqual([both.code, both.stdout], [2, 'Error: cannot tell what mail is: 2 things have this name; say one of process:mail, job:mail\n']);
  assert.match((await d.ctl('explain', 'wbe')).stderr, /^wbe: did you mean web\?\n$/);
  const kinds = (await d.get<readonly Explanation[]>('/v1/explain?names=web,pipe,job:mail')).map((one) => `${one.kind} ${one.name}`);
  assert.deepEqual(kinds, ['process web', 'group pipe', 'process pipe:pa', 'job mail']);
});

onBoth('info says what the daemon is and how much of what it has; pool the instances of a program [D57][C68]', async ({ start, layer }) => {
  const d = await start({ config: CONFIG });
  await d.state('worker:worker-1', 'RUNNING');
  await d.state('bad', 'BACKOFF');
  const info = await d.get<InfoAnswer>('/v1/info');
  assert.deepEqual([info.state, info.layer, info.own.pid, info.listeners, info.stateDir, info.jobs.total], ['RUNNING', layer, d.pid, [`unix:${d.socket}`], `${d.dir}/state`, 2]);
  assert.equal(info.processes.BACKOFF, 1);
  assert.equal(Object.values(info.processes).reduce((sum, n) => sum + n, 0), 6);
  assert.ok(info.own.rssBytes > info.own.heapBytes && info.uptimeMs > 0 && info.events.last > 0);
  const told = await d.ctl('info');
  assert.match(told.stdout, new RegExp(`^daemon +reeve .*RUNNING\\npid +${d.pid}, up for .*\\n[^]*\\nlayer +${layer}[^]*\\nprocesses +.*1 BACKOFF.*\\n`));

  const pool = await d.get<PoolAnswer>('/v1/pools/worker');
  assert.deepEqual([pool.pool, pool.count, pool.running, pool.stopped, pool.crashed, pool.autoscale], ['worker', 2, 2, 0, 0, null]);
  for (const [num, worker] of pool.workers.entries()) assert.ok(worker.id === `worker:worker-${num}` && worker.num === num && worker.pid !== null && worker.startedAt !== null && worker.status === 'running' && (worker.rssBytes ?? 0) > 0, JSON.stringify(worker));
  assert.equal((await d.ctl('stop', 'worker:worker-0')).code, 0);
  const one = await d.ctl('pool', 'worker');
  assert.match(one.stdout, /^worker: 2 instances, 1 running, 1 stopped, 0 crashed\nWORKER +PID +STATUS/);
  const crashed = await d.ctl('pool', 'bad', '--json');
  assert.deepEqual([crashed.code, (JSON.parse(crashed.stdout) as PoolAnswer).workers.map(({ status, state, pid }) => [status, state, pid])], [1, [['crashed', 'BACKOFF', null]]]);
  assert.match((await d.ctl('pool', 'wroker')).stdout, /there is no such program; did you mean worker\?/);
});

test('pool of a program that is scaled by its load says between what, by what, and whether somebody holds it [C68]', async (t) => {
  const d = await startDaemon(t, { config: '[programs.w]\ncommand = "sleep 600"\nmin = 1\nmax = 3\nscale_command = "echo 1"\nscale_target = 1\n' });
  const scale = async (): Promise<PoolAnswer['autoscale']> => (await d.get<PoolAnswer>('/v1/pools/w')).autoscale;
  assert.deepEqual(await scale(), { min: 1, max: 3, by: 'scale_command', held: false });
  assert.equal((await d.ctl('scale', 'w', '2')).code, 0);
  assert.deepEqual(await scale(), { min: 1, max: 3, by: 'scale_command', held: true });
});
