// config/examples/finance-tracker/reeve.toml: the programs of the supervisord file, and its timed work as jobs.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { JobView, RunView } from '../../daemon/contract/jobs.ts';
import { openStore } from '../../daemon/store/store.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { copyExample, httpGet } from '../support/examples.ts';
import { freePort } from '../support/free-port.ts';
import { missingCommands } from '../support/namespaces.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = missingCommands(['/usr/bin/python3']);
const skip = missing.length > 0 ? `needs ${missing.join(', ')}: apt-get install python3` : false;
if (skip) console.error(`SKIPPED example-finance-jobs: ${skip}`);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

async function copyTracker(t: TestContext): Promise<{ dir: string; port: number }> {
  const port = await freePort();
  return { dir: copyExample(t, 'finance-tracker', { 'reeve.toml': { '--port 8000': `--port ${port}` } }), port };
}

const start = (t: TestContext, dir: string): Promise<Daemon> => startDaemon(t, { dir, config: 'reeve.toml', socket: 'reeve.sock' });

async function json<T>(d: Daemon, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await d.ctl(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as T;
}

test('the tracker in TOML: two programs, and three jobs in the time of Nairobi whatever the zone of the host is', { skip }, async (t) => {
  const { dir, port } = await copyTracker(t);
  const d = await start(t, dir);

  await t.test('the programs run as before', async () => {
    await waitFor('an answer of the web server', async () => (await httpGet(port)).body.startsWith('balance: 42'));
    assert.equal((await d.view('scheduler')).state, 'STARTING');
  });

  await t.test('Sv#635, Sv#896, Sv#1565: each job is next at its hour on the clock of Nairobi, which is three hours ahead of UTC [B14][B15][B16][B18][B19]', async () => {
    const jobs = await json<readonly JobView[]>(d, 'job', 'list');
    const next = jobs.map(({ name, nextAt, timezone }) => [name, new Date(nextAt ?? 0).getUTCHours(), new Date(nextAt ?? 0).getUTCMinutes(), timezone]);
    assert.deepEqual(next, [['debt_reminders', 5, 0, 'Africa/Nairobi'], ['low_balances', 6, 0, 'Africa/Nairobi'], ['weekly_budget', 21, 0, 'Africa/Nairobi']]);
    assert.equal(new Date(jobs[2]?.nextAt ?? 0).getUTCDay(), 6, 'Sunday begins there on Saturday evening of UTC');
    const { stdout } = await d.ctl('job', 'list');
    assert.match(stdout, /^debt_reminders +idle +never +\d{4}-\d\d-\d\d 08:00 .* Africa\/Nairobi +0 8 \* \* \*$/m);
  });

  await t.test('a job is run by hand, with its output, its exit status and its log [B20][B21][D5]', async () => {
    const { code, stdout } = await d.ctl('job', 'run', 'debt_reminders', '--wait');
    assert.equal(code, 0);
    assert.match(stdout, /reminder to ann: 120 is due\nreminder to cyn: 45 is due\n/);
    const [run] = await json<readonly RunView[]>(d, 'job', 'history', 'debt_reminders');
    assert.ok(run);
    assert.deepEqual([run.state, run.trigger, run.number, run.code], ['succeeded', 'manual', 1, 0]);
    assert.match(readFileSync(join(dir, 'logs', 'job-debt_reminders.log'), 'utf8'), new RegExp(`"run": "${run.id}", "reminded": 2`));
    await d.state('web', 'RUNNING');
  });

  await t.test('a new time is applied while everything runs on [B17][D22]', async () => {
    const file = join(dir, 'reeve.toml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('0 8 * * *', '30 8 * * *'));
    const web = await d.view('web');
    const { code, stdout } = await d.ctl('apply', '--yes');
    assert.equal(code, 0);
    assert.match(stdout, /live +job debt_reminders\n +schedule: "0 8 \* \* \*" -> "30 8 \* \* \*"\n/);
    const [debts] = await json<readonly JobView[]>(d, 'job', 'list');
    assert.deepEqual([new Date(debts?.nextAt ?? 0).getUTCMinutes(), debts?.last?.state], [30, 'succeeded']);
    assert.equal((await d.view('web')).pid, web.pid);
  });

  await d.stop();
});

test('the daemon was down at the time of two jobs: each runs once when it is back, and never twice [B24][D20][D21]', { skip }, async (t) => {
  const { dir } = await copyTracker(t);
  const before = openStore({ stateDir: await stateOf(t, dir), warn: (message) => assert.fail(message), bootId: 'earlier', clock: { mono: () => 0, wall: () => Date.now() } });
  // Three days without a daemon: three times of each daily job have passed, and one of the weekly job or none.
  before.runs.saveFire('debt_reminders', Date.now() - 3 * DAY);
  before.runs.saveFire('low_balances', Date.now() - 3 * DAY);
  before.runs.saveFire('weekly_budget', Date.now());
  before.close();
  const d = await start(t, dir);
  for (const job of ['debt_reminders', 'low_balances']) {
    const { run } = await d.fact('run.succeeded', (f) => f.job === job);
    const view = (await json<readonly RunView[]>(d, 'job', 'history', job)).find((one) => one.id === run.id);
    assert.equal(view?.trigger, 'catch_up', job);
  }
  assert.deepEqual(await json<readonly RunView[]>(d, 'job', 'history', 'weekly_budget'), []);
  await d.stop();
  const again = await start(t, dir);
  await again.fact('process.running', (f) => f.process === 'web:web');
  for (const job of ['debt_reminders', 'low_balances']) assert.equal((await json<readonly RunView[]>(again, 'job', 'history', job)).filter((one) => one.trigger === 'catch_up').length, 1, job);
  await again.stop();
});

/** The state directory of the copy, made by a daemon that has ended. */
async function stateOf(t: TestContext, dir: string): Promise<string> {
  const d = await start(t, dir);
  await d.stop();
  return join(dir, 'state');
}
