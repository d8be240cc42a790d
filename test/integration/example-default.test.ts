// config/examples/default: what `npm start` runs, and the two strategies that coupled programs ask for.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { copyExample, httpGet } from '../support/examples.ts';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';

async function startDefault(t: TestContext): Promise<{ d: Daemon; api: number; web: number }> {
  const [api, web] = [await freePort(), await freePort()];
  const dir = copyExample(t, 'default', { 'reeve.toml': { '127.0.0.1:9001': `127.0.0.1:${api}`, 'PORT = "9010"': `PORT = "${web}"` } });
  const d = await startDaemon(t, { dir, config: 'reeve.toml', socket: 'state/reeve.sock', env: { ORDER_EVERY_MS: '20', CRASH_EVERY: '1000000' } });
  return { d, api, web };
}

const stored = (d: Daemon): number => {
  const file = join(d.dir, 'state/pipeline/orders.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
};

async function pids(d: Daemon, names: readonly string[]): Promise<Record<string, number | null>> {
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await d.view(name)).pid] as const)));
}

const STAGES = ['pipeline:ingest', 'pipeline:validate', 'pipeline:transform', 'pipeline:store'];

test('the default example runs with nothing but Node: web answers, a report ends well, orders pass four stages [E48]', async (t) => {
  const { d, api, web } = await startDefault(t);
  await waitFor('the web server', async () => (await httpGet(web)).body.startsWith('hello from pid'));
  await waitFor('orders at the end of the pipeline', () => stored(d) > 5);
  const order = JSON.parse(readFileSync(join(d.dir, 'state/pipeline/orders.jsonl'), 'utf8').split('\n')[0] ?? '') as { cents: number; pieces: number };
  assert.ok(order.cents >= 180 * order.pieces);
  const report = await d.state('report', 'EXITED', 20_000);
  assert.equal(report.exitCode, 0);
  for (const name of ['web', 'worker:worker-0', 'worker:worker-1', ...STAGES]) await d.state(name, 'RUNNING');
  const { status, body } = await httpGet(api, '/v1/status');
  assert.equal(status, 200);
  assert.ok(body.includes('pipeline:transform'), 'auth = "none" serves anybody on this machine');
});

test('a worker that crashes comes back [B3]', async (t) => {
  const { d } = await startDefault(t);
  const { pid, incarnation } = await d.state('worker:worker-0', 'RUNNING');
  process.kill(pid ?? 0, 'SIGKILL');
  await d.fact('process.running', (f) => f.process === 'worker:worker-0' && f.incarnation > incarnation);
  assert.equal((await d.view('worker:worker-1')).incarnation, 1);
});

test('when validate dies, transform and store are ended and started again after it, and ingest is left alone [E48]', async (t) => {
  const { d } = await startDefault(t);
  for (const name of STAGES) await d.state(name, 'RUNNING');
  const before = await pids(d, STAGES);
  const from = d.facts.length;
  process.kill(before['pipeline:validate'] ?? 0, 'SIGKILL');
  await d.fact('process.spawned', (f) => f.process === 'pipeline:store' && f.incarnation === 2);
  for (const name of STAGES) await d.state(name, 'RUNNING');
  const after = await pids(d, STAGES);
  assert.equal(after['pipeline:ingest'], before['pipeline:ingest']);
  for (const name of STAGES.slice(1)) assert.notEqual(after[name], before[name], name);
  const what = d.facts.slice(from);
  const ends = what.filter((f) => f.type === 'process.exited').map((f) => f.process);
  const starts = what.filter((f) => f.type === 'process.spawned').map((f) => f.process);
  assert.deepEqual(ends, ['pipeline:validate', 'pipeline:store', 'pipeline:transform'], 'ended in reverse order');
  assert.deepEqual(starts, ['pipeline:validate', 'pipeline:transform', 'pipeline:store'], 'started in order');
  const count = stored(d);
  await waitFor('orders to flow again', () => stored(d) > count);
});

test('when one of three coupled services dies, all three start anew, and their neighbour is left alone [E49]', async (t) => {
  const names = ['market', 'risk', 'orders'];
  const programs = [...names, 'website'].map((name) => `[programs.${name}]\ncommand = "sleep 1000"\nstartsecs = 0\n`).join('\n');
  const d = await startDaemon(t, {
    config: `${programs}\n[groups.trading]\nmembers = ["market", "risk", "orders"]\nstrategy = "one_for_all"\nmax_restarts = 5\nrestart_window = "60s"\n`,
  });
  const all = names.map((name) => `trading:${name}`);
  for (const name of [...all, 'website']) await d.state(name, 'RUNNING');
  const before = await pids(d, [...all, 'website']);
  const from = d.facts.length;
  process.kill(before['trading:risk'] ?? 0, 'SIGKILL');
  for (const name of all) await d.fact('process.running', (f) => f.process === name && f.incarnation === 2);
  const after = await pids(d, [...all, 'website']);
  for (const name of all) assert.notEqual(after[name], before[name], name);
  assert.equal(after['website'], before['website']);
  const what = d.facts.slice(from);
  assert.deepEqual(what.filter((f) => f.type === 'process.exited').map((f) => f.process), ['trading:risk', 'trading:orders', 'trading:market']);
  assert.deepEqual(what.filter((f) => f.type === 'process.spawned').map((f) => f.process), all);
});

test('S6#87: a program that matters ends the daemon when it gives up, with the exit status that is documented', async (t) => {
  const d = await startDaemon(t, {
    config: `[programs.main]\ncommand = "sh -c 'while [ ! -e go ]; do sleep 0.05; done; exit 7'"\ndirectory = "."\nrestart = "temporary"\nstartsecs = 0\nexitcodes = [0]\non_failure = "exit"\nexit_code = "own"\n\n[programs.side]\ncommand = "sleep 1000"\n`,
  });
  const side = await d.view('side');
  writeFileSync(join(d.dir, 'go'), '');
  const { code } = await d.ended();
  assert.equal(code, 7, d.output());
  await waitFor('the other program to be gone', () => !existsSync(`/proc/${side.pid}`));
});
