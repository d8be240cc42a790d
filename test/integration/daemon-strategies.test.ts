// Groups of real programs: what one failure does to its siblings, and what a group does that fails too often.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotJson } from '../../daemon/contract/snapshot.ts';
import { caughtUp, onBoth } from '../support/both-layers.ts';
import { type Daemon } from '../support/daemon.ts';
import { waitFor } from '../support/wait-for.ts';

const sleeper = (name: string, more = ''): string => `[programs.${name}]\ncommand = "sleep 300"\nstartsecs = 0\n${more}\n`;

async function pidsOf(d: Daemon, ids: readonly string[]): Promise<number[]> {
  const pids: number[] = [];
  for (const id of ids) pids.push((await d.state(id, 'RUNNING')).pid ?? 0);
  return pids;
}

async function groupState(d: Daemon, name: string): Promise<string> {
  return (await d.get<SnapshotJson>('/v1/status')).groups.find((g) => g.name === name)?.state ?? 'unknown';
}

const names = (d: Daemon, from: number, type: 'process.exited' | 'process.spawned'): string[] =>
  d.facts.slice(from).flatMap((f) => (f.type === type ? [f.process.slice(f.process.indexOf(':') + 1)] : []));

onBoth('one_for_all ends the siblings in reverse order and starts all in order; the neighbour notices nothing [E3, E49]', async ({ start }) => {
  const d = await start({ config: `${['market', 'risk', 'orders', 'website'].map((n) => sleeper(n)).join('')}[groups.trading]\nmembers = ["market", "risk", "orders"]\nstrategy = "one_for_all"\n` });
  const ids = ['trading:market', 'trading:risk', 'trading:orders'];
  const before = await pidsOf(d, [...ids, 'website']);
  await caughtUp(d);
  const from = d.facts.length;
  process.kill(before[1] ?? 0, 'SIGKILL');
  await d.fact('process.running', (f) => f.process === 'trading:orders' && f.incarnation === 2);
  assert.deepEqual(names(d, from, 'process.exited'), ['risk', 'orders', 'market']);
  assert.deepEqual(names(d, from, 'process.spawned'), ['market', 'risk', 'orders']);
  const applied = await d.fact('group.strategy_applied');
  assert.deepEqual([applied.group, applied.failed, applied.strategy, applied.restarts], ['trading', 'trading:risk', 'one_for_all', 1]);
  const told = d.facts.slice(from).find((f) => f.type === 'process.stopping');
  assert.deepEqual([told?.process, told?.why], ['trading:orders', 'trading:risk failed (terminated by SIGKILL)'], 'a sibling is told who failed, not how it would have ended itself');
  assert.equal((await pidsOf(d, ['website']))[0], before[3]);
});

onBoth('rest_for_one restarts the failed stage and those after it [E4, E48]', async ({ start }) => {
  const stages = ['ingest', 'validate', 'transform', 'store'];
  const d = await start({ config: `${stages.map((n) => sleeper(n)).join('')}[groups.pipeline]\nmembers = ${JSON.stringify(stages)}\nstrategy = "rest_for_one"\n` });
  const before = await pidsOf(d, stages.map((n) => `pipeline:${n}`));
  await caughtUp(d);
  const from = d.facts.length;
  process.kill(before[1] ?? 0, 'SIGKILL');
  await d.fact('process.running', (f) => f.process === 'pipeline:store' && f.incarnation === 2);
  assert.deepEqual(names(d, from, 'process.exited'), ['validate', 'store', 'transform']);
  assert.deepEqual(names(d, from, 'process.spawned'), ['validate', 'transform', 'store']);
  assert.equal((await d.view('pipeline:ingest')).pid, before[0]);
});

onBoth('a restart by hand is that member\'s alone; --with-strategy restarts what belongs to it [E5]', async ({ start }) => {
  const d = await start({ config: `${['a', 'b', 'c'].map((n) => sleeper(n)).join('')}[groups.g]\nmembers = ["a", "b", "c"]\nstrategy = "rest_for_one"\n` });
  const [a, b, c] = await pidsOf(d, ['g:a', 'g:b', 'g:c']);
  const alone = await d.ctl('restart', 'g:b');
  assert.deepEqual([alone.code, alone.stdout], [0, 'g:b: stopped\ng:b: started\n']);
  const second = await pidsOf(d, ['g:a', 'g:b', 'g:c']);
  assert.deepEqual([second[0] === a, second[1] === b, second[2] === c], [true, false, true]);
  assert.equal((await d.ctl('restart', '--with-strategy', 'g:b')).code, 0);
  await d.fact('process.running', (f) => f.process === 'g:c' && f.incarnation === 2);
  const third = await pidsOf(d, ['g:a', 'g:b', 'g:c']);
  assert.deepEqual([third[0] === a, third[1] === second[1], third[2] === c], [true, false, false]);
});

onBoth('what an operator stopped stays stopped when its siblings restart [E6]', async ({ start }) => {
  const d = await start({ config: `${['a', 'b', 'c'].map((n) => sleeper(n)).join('')}[groups.g]\nmembers = ["a", "b", "c"]\nstrategy = "one_for_all"\n` });
  const [a] = await pidsOf(d, ['g:a', 'g:b', 'g:c']);
  assert.equal((await d.ctl('stop', 'g:b')).code, 0);
  process.kill(a ?? 0, 'SIGKILL');
  await d.fact('process.running', (f) => f.process === 'g:c' && f.incarnation === 2);
  await d.state('g:a', 'RUNNING');
  const row = await d.view('g:b');
  assert.deepEqual([row.state, row.wanted, row.incarnation], ['STOPPED', 'down', 1]);
});

onBoth('the end of a transient member that was expected leaves its siblings alone, whatever the strategy [E10]', async ({ start }) => {
  const d = await start({ config: `${sleeper('a')}[programs.b]\ncommand = "sh -c 'exit 0'"\nrestart = "transient"\nstartsecs = 0\n\n[groups.g]\nmembers = ["a", "b"]\nstrategy = "one_for_all"\n` });
  await d.state('g:b', 'EXITED');
  const a = await d.state('g:a', 'RUNNING');
  assert.equal(a.incarnation, 1);
  await caughtUp(d);
  assert.equal(d.facts.filter((f) => f.type === 'group.strategy_applied').length, 0);
});

onBoth('defects 18 and 21: a group that fails too often gives up and ends its members, waits, and comes back when the cause has gone [E12, E18]', async ({ start }) => {
  const d = await start({
    config: `${sleeper('a')}[programs.b]\ncommand = "sh -c 'test -e mended || exit 1; exec sleep 300'"\nstartsecs = 0.1\nrestart_delay = "10ms"\n\n${sleeper('free')}[groups.g]\nmembers = ["a", "b"]\nstrategy = "one_for_all"\nmax_restarts = 2\nrestart_delay = "300ms"\n`,
  });
  const gaveUp = await d.fact('group.gave_up');
  assert.deepEqual([gaveUp.group, gaveUp.failed, gaveUp.restarts], ['g', 'g:b', 3]);
  await d.fact('group.state', (f) => f.group === 'g' && f.to === 'BACKOFF');
  writeFileSync(join(d.dir, 'mended'), '');
  const b = await d.state('g:b', 'RUNNING');
  await d.state('g:a', 'RUNNING');
  assert.ok(b.incarnation > 3);
  await waitFor('the group to be up', async () => (await groupState(d, 'g')) === 'UP');
  assert.equal((await d.view('free')).incarnation, 1);
});

onBoth('a group that is not permanent stays FATAL when it gives up, with its members down [E18]', async ({ start }) => {
  const d = await start({ config: `${sleeper('a')}[programs.b]\ncommand = "sh -c 'exit 1'"\nstartsecs = 0\nrestart_delay = "10ms"\n\n[groups.g]\nmembers = ["a", "b"]\nstrategy = "one_for_one"\nmax_restarts = 1\nrestart = "temporary"\n` });
  await d.fact('group.state', (f) => f.group === 'g' && f.to === 'FATAL');
  await d.state('g:a', 'STOPPED');
  assert.equal(await groupState(d, 'g'), 'FATAL');
  assert.equal((await d.ctl('start', 'g:a')).code, 0, 'a start by hand works all the same');
});

onBoth('past daemon.max_restarts with on_failure = "exit" the daemon ends with 10 and says who [E18, Sv#733]', async ({ start }) => {
  const d = await start({
    config: `[daemon]\nstate_dir = "state"\nruntime_dir = "run"\nmax_restarts = 0\non_failure = "exit"\n\n${sleeper('a')}[programs.b]\ncommand = "sh -c 'until [ -e go ]; do sleep 0.05; done; echo last words; exit 9'"\nstartsecs = 0\nrestart_delay = "10ms"\n\n[groups.g]\nmembers = ["a", "b"]\nstrategy = "one_for_one"\nmax_restarts = 1\n`,
  });
  writeFileSync(join(d.dir, 'go'), '');
  assert.deepEqual(await d.ended(), { code: 10, signal: null });
  const line = await waitFor('its last words', () => d.output().split('\n').slice(0, -1).find((l) => l.startsWith('{"exit"')));
  const words = JSON.parse(line) as { exit: number; process: string | null; why: string; lastLines: string[] };
  assert.deepEqual([words.exit, words.process, words.lastLines], [10, 'g:b', ['last words']]);
});
