// config/examples/orders: bags that are paid and not delivered are found and delivered; one that cannot be ends exhausted, and a
// real receiver hears of it once; services that fall ill take along whom they should.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { IssueDetails, IssueView } from '../../daemon/contract/issues.ts';
import type { RunDetails } from '../../daemon/contract/jobs.ts';
import { caughtUp } from '../support/both-layers.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { copyExample, httpGet } from '../support/examples.ts';
import { freePort } from '../support/free-port.ts';
import { missingCommands } from '../support/namespaces.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Received, type Receiver, receiver } from '../support/webhook.ts';

const missing = missingCommands(['/usr/bin/python3']);
const skip = missing.length > 0 ? `needs ${missing.join(', ')}: apt-get install python3` : false;
if (skip) console.error(`SKIPPED example-orders: ${skip}`);

const order = (dir: string, buyer: string, address: string): number => Number(execFileSync('/usr/bin/python3', ['shop.py', 'order', buyer, address], { cwd: dir, encoding: 'utf8' }));

interface Shop {
  readonly d: Daemon;
  readonly dir: string;
  readonly port: number;
  /** Where the alerts arrive. */
  readonly hub: Receiver;
}

async function open(t: TestContext): Promise<Shop> {
  const hub = await receiver(t);
  const port = await freePort();
  const words: Record<string, string> = { 'retry_delay = "30m"': 'retry_delay = "200ms"', 'interval = "2s"': 'interval = "100ms"', 'http://127.0.0.1:8095/': hub.url, '--port 8090': `--port ${port}`, '--port 8095': `--port ${await freePort()}` };
  for (const written of ['8091', '8092', '8093']) {
    const free = await freePort();
    Object.assign(words, { [`--port ${written}`]: `--port ${free}`, [`127.0.0.1:${written}/`]: `127.0.0.1:${free}/` });
  }
  const dir = copyExample(t, 'orders', { 'reeve.toml': words });
  const d = await startDaemon(t, { dir, config: 'reeve.toml', socket: 'reeve.sock' });
  await waitFor('the shop', async () => (await httpGet(port)).status === 200);
  // A check that never ran looks at once.
  for (const check of ['pending_bags', 'shop_answers']) await d.fact('check.completed', (fact) => fact.check === check, 20_000);
  return { d, dir, port, hub };
}

const issues = (d: Daemon): Promise<readonly IssueView[]> => d.get<readonly IssueView[]>('/v1/issues?all=true');

/** The issue of a bag, when it is in this state. */
function bag(d: Daemon, number: number, state: IssueView['state']): Promise<IssueView> {
  return waitFor(`bag ${number} to be ${state}`, async () => (await issues(d)).find((one) => one.message.startsWith(`bag ${number} `) && one.state === state) ?? false);
}

test('paid bags are delivered, and each ends as it should [A1][A6][A10][A11][A14][A15][A26]', { skip }, async (t) => {
  const { d, dir, port, hub } = await open(t);
  const told = (kind: string, cause: string): Received[] => hub.got.filter(({ body }) => body['kind'] === kind && body['cause'] === cause);
  const [ann, poison, returned] = [order(dir, 'ann', 'Mill Lane 3'), order(dir, 'ben', 'poison'), order(dir, 'cyn', 'returned')];

  await t.test('a dry run prints what is wrong and stores nothing [A26][A48]', async () => {
    const { code, stdout } = await d.ctl('check', 'run', 'pending_bags', '--dry-run');
    assert.equal(code, 3);
    assert.match(stdout, /new +major +pending-bag-delivery +bag 1 of ann is paid and not delivered/);
    assert.match(stdout, /Nothing of it was stored\./);
    assert.deepEqual(await issues(d), []);
  });

  await t.test('the check finds three bags, and the fix works on each', async () => {
    assert.equal((await d.ctl('check', 'run', 'pending_bags')).code, 3);
    const fixed = await bag(d, ann, 'fixed');
    assert.deepEqual([fixed.attempts, fixed.fixed, fixed.params], [1, true, { bag: ann }]);
    assert.equal((await bag(d, returned, 'unfixable')).error, `the buyer of bag ${returned} gave it back`);
    const exhausted = await bag(d, poison, 'exhausted');
    assert.match(exhausted.error, /^exit status 1: RuntimeError: the courier does not take bag 2$/);
    assert.equal(JSON.parse((await httpGet(port)).body).delivered, 1);
  });

  await t.test('each attempt is a run with its output, as any other', async () => {
    const { history } = await d.get<IssueDetails>(`/v1/issues/${(await bag(d, poison, 'exhausted')).id}`);
    assert.deepEqual(history.map(({ attempt, outcome }) => [attempt, outcome]), [[1, 'retry'], [2, 'retry'], [3, 'retry']]);
    const run = await d.get<RunDetails>(`/v1/runs/${history[0]?.run}`);
    assert.deepEqual([run.job, run.state, run.trigger, run.code], ['fix:pending-bag-delivery', 'failed', 'issue', 1]);
    assert.match(run.output, /Traceback[\s\S]*RuntimeError/);
  });

  await t.test('the receiver hears of what cannot be repaired, once each, however often the check sees it [C81][C82]', async () => {
    await hub.message(2);
    assert.equal((await d.ctl('check', 'run', 'pending_bags')).code, 3, 'it is still seen');
    const [exhausted] = told('start', 'issue.exhausted');
    assert.deepEqual([exhausted?.body['alert'], exhausted?.body['subjectName']], ['ops', 'check pending_bags']);
    assert.match(JSON.stringify(exhausted?.body), /bag 2/);
    await bag(d, poison, 'exhausted');
  });

  await t.test('the courier takes it at last: fixed by force, and gone from the list', async () => {
    const { id } = await bag(d, poison, 'exhausted');
    execFileSync('/usr/bin/python3', ['-c', `import sqlite3; db = sqlite3.connect('orders.db'); db.execute("UPDATE bag SET address = 'Oak Road 1' WHERE id = ${poison}"); db.commit()`], { cwd: dir });
    assert.equal((await d.ctl('issue', 'fix', id.slice(0, 8))).code, 1, 'not without force');
    const { code, stdout } = await d.ctl('issue', 'fix', id.slice(0, 8), '--force');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /: fixed$/m);
    const { stdout: list } = await d.ctl('issue', 'list');
    assert.doesNotMatch(list, /bag 2/);
    // Messages arrive in order: what would have come twice would be there before this one.
    await waitFor('the end of it at the receiver', () => told('end', 'issue.exhausted').length === 1);
    assert.deepEqual([told('start', 'issue.exhausted').length, told('start', 'issue.unfixable').length, hub.got.length], [1, 1, 3]);
  });
});

test('a shop that does not answer is restarted by its fix, which is in the record like any other [A46]', { skip }, async (t) => {
  const { d, dir } = await open(t);
  const before = await d.view('shop');
  const file = join(dir, 'reeve.toml');
  // Its port is asked for where nobody listens.
  writeFileSync(file, readFileSync(file, 'utf8').replace(/ping --port \d+/, `ping --port ${await freePort()}`));
  assert.equal((await d.ctl('apply', '--yes')).code, 0);
  await d.ctl('check', 'run', 'shop_answers');
  const ended = await d.fact('fix.ended', (fact) => fact.fix === 'restart-shop', 20_000);
  assert.deepEqual([ended.outcome, ended.issue.severity, ended.runId], ['fixed', 'critical', null]);
  assert.match(ended.issue.message, /^the shop does not answer/);
  const after = await d.view('shop');
  assert.deepEqual([after.incarnation, after.state === 'RUNNING' || after.state === 'STARTING'], [before.incarnation + 1, true]);
  const { stdout } = await d.ctl('audit');
  assert.match(stdout, /fix restart-shop/);
  assert.ok(existsSync(join(dir, 'logs', 'check-shop_answers.log')));
});

const CHECKOUT = ['checkout:cart', 'checkout:stock', 'checkout:payment'];
const PACKING = ['packing:pick', 'packing:pack', 'packing:ship'];

/** Makes one desk ill. Answers who was ended and who was started for it, when all of `again` are ready in a new life. */
async function fallIll({ d, dir }: Shop, id: string, again: readonly string[]): Promise<{ readonly why: string; readonly ended: string[]; readonly started: string[] }> {
  for (const one of [...CHECKOUT, ...PACKING]) await waitFor(`${one} to be ready and healthy`, async () => { const view = await d.view(one); return view.ready && view.health === 'healthy'; });
  const lives = new Map(await Promise.all(again.map(async (one) => [one, (await d.view(one)).incarnation] as const)));
  await caughtUp(d);
  const from = d.facts.length;
  writeFileSync(join(dir, `${id.slice(id.indexOf(':') + 1)}.sick`), '');
  const failed = await d.fact('health.failed', (fact) => fact.process === id);
  for (const one of again) await d.fact('process.ready', (fact) => fact.process === one && fact.incarnation === (lives.get(one) ?? 0) + 1);
  await caughtUp(d);
  const seen = d.facts.slice(from);
  const ids = (type: string): string[] => seen.flatMap((fact) => (fact.type === type && 'process' in fact && typeof fact.process === 'string' ? [fact.process] : []));
  return { why: failed.why, ended: ids('process.exited'), started: ids('process.spawned') };
}

test('one service of the trio that answers 500 takes both others along, and nobody else [C39][E33][E49]', { skip }, async (t) => {
  const shop = await open(t);
  const { why, ended, started } = await fallIll(shop, 'checkout:stock', CHECKOUT);
  assert.match(why, /^unhealthy by its probe http: http:\S+\/health answers 500/);
  assert.deepEqual(ended, ['checkout:stock', 'checkout:payment', 'checkout:cart'], 'the ill one, then the others in reverse');
  assert.deepEqual(started, CHECKOUT);
});

test('an ill stage of the packing line takes those after it along, and the one before it goes on [C39][E33][E48]', { skip }, async (t) => {
  const shop = await open(t);
  const { why, ended, started } = await fallIll(shop, 'packing:pack', PACKING.slice(1));
  assert.match(why, /^unhealthy by its probe exec: /);
  assert.deepEqual(ended, ['packing:pack', 'packing:ship']);
  assert.deepEqual(started, ['packing:pack', 'packing:ship']);
  assert.equal((await shop.d.view('packing:pick')).incarnation, 1);
});
