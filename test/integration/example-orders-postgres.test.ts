// config/examples/orders/reeve-postgres.toml on Debian's PostgreSQL and redis: who waits for whom, and what is booked stays so.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Config, ProcessSpec } from '../../config/spec.ts';
import type { Fact } from '../../daemon/contract/facts.ts';
import { caughtUp } from '../support/both-layers.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { copyExample } from '../support/examples.ts';
import { freePort } from '../support/free-port.ts';
import { missingCommands } from '../support/namespaces.ts';
import { waitFor } from '../support/wait-for.ts';

const missing = [...missingCommands(['redis-server', 'redis-cli', '/usr/bin/python3']), ...(globSync('/usr/lib/postgresql/*/bin/initdb').length > 0 ? [] : ['initdb'])];
const skip = process.getuid?.() !== 0
  ? 'needs root: each program runs as its own user'
  : missing.length > 0 && `needs ${missing.join(', ')}: apt-get install postgresql redis-server python3`;
if (skip) console.error(`SKIPPED example-orders-postgres: ${skip}`);

interface Books {
  readonly d: Daemon;
  /** Puts orders into redis. */
  order(...names: readonly string[]): void;
  /** What is in PostgreSQL, in the order of names. */
  booked(): string[];
}

async function open(t: TestContext): Promise<Books> {
  const port = String(await freePort());
  const dir = copyExample(t, 'orders', { 'reeve-postgres.toml': { '6390': port } });
  const d = await startDaemon(t, { dir, config: 'reeve-postgres.toml', socket: 'run/reeve.sock' });
  const uid = Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }));
  return {
    d,
    order: (...names) => void execFileSync('redis-cli', ['-p', port, 'LPUSH', 'orders', ...names], { stdio: 'pipe' }),
    booked: () => execFileSync(join(dir, 'postgres.sh'), ['psql', '-AtXc', 'SELECT name FROM orders ORDER BY name'], { cwd: dir, uid, encoding: 'utf8', stdio: 'pipe' }).split('\n').slice(0, -1),
  };
}

/** Where in the facts this first was so. */
function at(facts: readonly Fact[], type: Fact['type'], name: string): number {
  const index = facts.findIndex((fact) => fact.type === type && 'process' in fact && fact.process === `${name}:${name}`);
  assert.notEqual(index, -1, `no ${type} of ${name}`);
  return index;
}

test('PostgreSQL and redis of Debian: the ledger begins when both are ready, and books on when one was killed [C39][E29][E30]', { skip }, async (t) => {
  const { d, order, booked } = await open(t);
  const ready = (name: string, incarnation: number): Promise<unknown> => d.fact('process.ready', (fact) => fact.process === `${name}:${name}` && fact.incarnation === incarnation, 25_000);
  await d.fact('process.running', (fact) => fact.process === 'ledger:ledger', 25_000);

  await t.test('a worker beside its redis: waits for it, one processor, 768 MB, three logs of 10 MB [D4]', async () => {
    const { stdout } = await d.ctl('config', 'show', '--json');
    const { tree } = JSON.parse(stdout) as Config;
    const ledger = tree.members.flatMap((group) => (group.kind === 'group' ? group.members : [])).find((member) => member.kind === 'process' && member.program === 'ledger') as ProcessSpec;
    assert.deepEqual(ledger.dependsOn.map((need) => need.name), ['postgres', 'redis']);
    assert.deepEqual([ledger.limits?.memoryBytes, ledger.limits?.cpuPercent, ledger.limits?.action], [768 * 1024 ** 2, 100, 'restart']);
    assert.deepEqual([ledger.stdout.maxBytes, ledger.stdout.backups], [10 * 1024 ** 2, 3]);
  });

  await t.test('directories, then the cluster, then the servers, then the ledger', async () => {
    await caughtUp(d);
    const facts = d.facts;
    assert.ok(at(facts, 'process.ended', 'directories') < at(facts, 'process.spawned', 'initdb'));
    assert.ok(at(facts, 'process.ended', 'initdb') < at(facts, 'process.spawned', 'postgres'));
    for (const server of ['postgres', 'redis']) assert.ok(at(facts, 'process.ready', server) < at(facts, 'process.spawned', 'ledger'), server);
    const ledger = await d.view('ledger');
    assert.deepEqual([ledger.incarnation, ledger.dependsOn], [1, ['postgres:ready', 'redis:ready']]);
    assert.match((await d.ctl('tree')).stdout, /^ledger +RUNNING +.*needs postgres:ready, redis:ready/m);
    assert.equal(statSync(join(d.dir, 'run/postgres')).mode & 0o777, 0o700);
  });

  await t.test('what is ordered in redis is booked in PostgreSQL', async () => {
    order('ann', 'ben', "o'hara; DROP TABLE orders");
    await waitFor('three orders in the books', () => booked().length === 3);
    assert.deepEqual(booked(), ['ann', 'ben', "o'hara; DROP TABLE orders"]);
  });

  await t.test('PostgreSQL killed with -9 comes back with what it had; the ledger waits for it, not for a timer', async () => {
    // Without redis too, so that the ledger ends now, and not with its next order.
    const { pid } = await d.view('postgres');
    assert.equal((await d.ctl('stop', 'redis')).code, 0);
    process.kill(pid ?? 0, 'SIGKILL');
    await ready('postgres', 2);
    const waiting = await d.fact('process.waiting', (fact) => fact.process === 'ledger:ledger' && fact.incarnation === 1, 25_000);
    assert.match(waiting.why, /redis to be ready/);
    assert.equal((await d.ctl('start', 'redis')).code, 0);
    await d.fact('process.running', (fact) => fact.process === 'ledger:ledger' && fact.incarnation === 2, 25_000);
    order('cyn', 'ann');
    await waitFor('the fourth order in the books', () => booked().includes('cyn'));
    assert.deepEqual(booked(), ['ann', 'ben', 'cyn', "o'hara; DROP TABLE orders"]);
  });

  await t.test('the end is in the reverse order, and the database is shut down, not killed', async () => {
    const from = d.facts.length;
    assert.equal((await d.stop()).code, 0);
    const now = (name: string): Promise<Extract<Fact, { type: 'process.exited' }>> => d.fact('process.exited', (fact) => fact.process === `${name}:${name}` && d.facts.indexOf(fact) >= from);
    const [ledger, postgres, redis] = [await now('ledger'), await now('postgres'), await now('redis')];
    assert.ok(ledger.seq < postgres.seq && ledger.seq < redis.seq);
    assert.deepEqual([postgres.code, redis.code], [0, 0]);
  });
});
