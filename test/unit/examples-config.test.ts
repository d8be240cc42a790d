// Every example reads without a single problem, and says what its README says.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../../config/read.ts';
import type { Config, GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';

const EXAMPLES = join(import.meta.dirname, '../../config/examples');
const FILES = globSync('*/{reeve.toml,reeve-*.toml,supervisord.conf}', { cwd: EXAMPLES }).toSorted();

function read(file: string): Config {
  const { config, problems } = readConfig(join(EXAMPLES, file), {
    cwd: EXAMPLES, env: {}, cpus: 2, hostname: 'host', readFile: (path: string) => readFileSync(path, 'utf8'), glob: (pattern: string) => globSync(pattern),
  });
  assert.deepEqual(problems, [], file);
  assert.ok(config);
  return config;
}

const processes = (members: readonly MemberSpec[]): ProcessSpec[] => members.flatMap((m) => (m.kind === 'process' ? [m] : processes(m.members)));

function one(config: Config, id: string): ProcessSpec {
  const found = processes(config.tree.members).find((p) => p.id === id);
  assert.ok(found, id);
  return found;
}

for (const file of FILES) {
  test(`the example ${file} has no problem`, () => {
    const { tree, jobs } = read(file);
    assert.ok(processes(tree.members).length + jobs.length > 1);
  });
}

test('there are the examples of the README', () => {
  assert.deepEqual(FILES, ['credits/reeve.toml', 'default/reeve.toml', 'finance-tracker/reeve.toml', 'finance-tracker/supervisord.conf', 'orders/reeve-postgres.toml', 'orders/reeve.toml', 'web-stack/reeve.toml']);
});

test('the finance tracker has the priorities, waits and log sizes of its supervisord file [B1] [B3] [B5]', () => {
  const config = read('finance-tracker/supervisord.conf');
  const [web, scheduler] = [one(config, 'web:web'), one(config, 'scheduler:scheduler')];
  assert.deepEqual([web.priority, scheduler.priority], [100, 200]);
  assert.deepEqual([web.restart, scheduler.restart], ['permanent', 'permanent']);
  assert.equal(scheduler.startMs, 10_000);
  assert.equal(scheduler.stop[0]?.waitMs, 30_000);
  for (const output of [web.stdout, web.stderr, scheduler.stdout, scheduler.stderr]) assert.deepEqual([output?.maxBytes, output?.backups], [50 * 1024 ** 2, 10]);
});

test('the finance tracker in TOML has the same programs, and the three jobs of its guide in the time of Nairobi [B14][B15][B16][B18]', () => {
  const [ini, toml] = [read('finance-tracker/supervisord.conf'), read('finance-tracker/reeve.toml')];
  for (const id of ['web:web', 'scheduler:scheduler']) {
    const [a, b] = [one(ini, id), one(toml, id)];
    assert.deepEqual([b.command.words, b.directory, b.priority, b.startMs, b.stop[0]], [a.command.words, a.directory, a.priority, a.startMs, a.stop[0]], id);
  }
  const jobs = toml.jobs.map(({ name, schedule, timezone, process }) => [name, schedule?.kind === 'cron' && schedule.text, timezone, process.command.words.at(-1)]);
  assert.deepEqual(jobs, [
    ['debt_reminders', '0 8 * * *', 'Africa/Nairobi', 'debt_reminders'],
    ['low_balances', '0 9 * * *', 'Africa/Nairobi', 'low_balances'],
    ['weekly_budget', '0 0 * * sun', 'Africa/Nairobi', 'weekly_budget'],
  ]);
  assert.deepEqual(toml.jobs.map((job) => [job.catchUp, job.overlap, job.timeoutMs]), Array.from({ length: 3 }, () => ['one', 'skip', 600_000]));
});

test('the pipeline of the default example is rest_for_one in the order of its stages [E48]', () => {
  const group = read('default/reeve.toml').tree.members.find((m): m is GroupSpec => m.kind === 'group' && m.name === 'pipeline');
  assert.equal(group?.strategy, 'rest_for_one');
  assert.deepEqual(group.members.map((m) => m.name), ['ingest', 'validate', 'transform', 'store']);
});

test('in the orders three services fall ill together, and a line of stages from the ill one on; each is asked how it is [C39][E48][E49]', () => {
  const groups = read('orders/reeve.toml').tree.members.filter((m): m is GroupSpec => m.kind === 'group' && m.members.length > 1);
  assert.deepEqual(groups.map((g) => [g.name, g.strategy, g.members.map((m) => m.name)]), [['checkout', 'one_for_all', ['cart', 'stock', 'payment']], ['packing', 'rest_for_one', ['pick', 'pack', 'ship']]]);
  for (const one of groups.flatMap((g) => processes(g.members))) assert.equal(one.health.probes.length, 1, one.id);
});

test('only the example that says so in so many words is open to anybody on this machine', () => {
  const open = FILES.filter((file) => read(file).api.listen.some((l) => 'host' in l.address));
  assert.deepEqual(open, ['default/reeve.toml']);
});
