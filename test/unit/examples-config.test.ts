// Every example reads without a single problem, and says what its README says.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../../config/read.ts';
import type { Config, GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';

const EXAMPLES = join(import.meta.dirname, '../../config/examples');
const FILES = globSync('*/{reeve.toml,supervisord.conf}', { cwd: EXAMPLES }).toSorted();

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
    assert.ok(processes(read(file).tree.members).length > 1);
  });
}

test('there are the three examples of the README', () => {
  assert.deepEqual(FILES, ['default/reeve.toml', 'finance-tracker/supervisord.conf', 'web-stack/reeve.toml']);
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

test('the pipeline of the default example is rest_for_one in the order of its stages [E48]', () => {
  const group = read('default/reeve.toml').tree.members.find((m): m is GroupSpec => m.kind === 'group' && m.name === 'pipeline');
  assert.equal(group?.strategy, 'rest_for_one');
  assert.deepEqual(group.members.map((m) => m.name), ['ingest', 'validate', 'transform', 'store']);
});

test('only the example that says so in so many words is open to anybody on this machine', () => {
  const open = FILES.filter((file) => read(file).api.listen.some((l) => 'host' in l.address));
  assert.deepEqual(open, ['default/reeve.toml']);
});
