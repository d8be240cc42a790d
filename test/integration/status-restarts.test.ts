// The window of a group's restarts, as status -v counts it: of the machine that decides, by way of its facts.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { restartsText } from '../../ctl/status-lines.ts';
import { applyEvent, emptySnapshot } from '../../daemon/contract/snapshot.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import { startDaemon } from '../support/daemon.ts';

test('status -v counts restarts within the window of a group, and those by hand do not count [E16]', async (t) => {
  const d = await startDaemon(t, {
    config: `[programs.a]\ncommand = "sleep 600"\n[programs.b]\ncommand = "sleep 600"\n[groups.pair]\nmembers = ["a", "b"]\nstrategy = "one_for_all"\nmax_restarts = 3\nrestart_window = "10m"`,
  });
  await d.state('pair:a', 'RUNNING');
  const counted = async (): Promise<string | undefined> => /^pair:\* .*$/m.exec((await d.ctl('status', '-v')).stdout)?.[0];
  assert.equal(await counted(), 'pair:* UP, 0 of 3 restarts within 10m (one_for_all)');
  assert.equal((await d.ctl('signal', 'KILL', 'pair:a')).code, 0);
  await d.fact('group.strategy_applied', (fact) => fact.group === 'pair' && fact.restarts === 1);
  await d.fact('process.running', (fact) => fact.process === 'pair:b' && fact.incarnation === 2);
  assert.equal(await counted(), 'pair:* UP, 1 of 3 restarts within 10m (one_for_all)');
  assert.equal((await d.ctl('restart', 'pair:*')).code, 0);
  assert.equal(await counted(), 'pair:* UP, 1 of 3 restarts within 10m (one_for_all)');
  assert.doesNotMatch((await d.ctl('status')).stdout, /restarts within/);
});

test('old restarts expire, no more are kept than count, and a group that gave up for good begins anew [E16]', () => {
  const s = emptySnapshot();
  let seq = 0;
  const say = (at: number, body: FactBody): void => applyEvent(s, { ...body, seq: ++seq, at } as Fact);
  const group = () => s.groups.get('g')!;
  say(0, { type: 'group.added', group: 'g', parent: null, strategy: 'one_for_one', members: ['a'], intensity: { max: 2, windowMs: 1000 } });
  const restart = (at: number, restarts: number): void => say(at, { type: 'group.strategy_applied', group: 'g', strategy: 'one_for_one', failed: 'a', affected: ['a'], restarts, max: 2 });
  restart(100, 1);
  restart(200, 2);
  assert.equal(restartsText(group(), 300), '2 of 2 restarts within 1s');
  assert.equal(restartsText(group(), 1150), '1 of 2 restarts within 1s');
  restart(1300, 1);
  assert.deepEqual(group().restartsAt, [1300]);
  say(1400, { type: 'group.state', group: 'g', from: 'GIVING_UP', to: 'FATAL', why: 'x' });
  assert.deepEqual(group().restartsAt, []);
  say(1500, { type: 'group.changed', group: 'g', strategy: 'one_for_one', members: ['a'] });
  restart(1600, 0);
  assert.equal(restartsText(group(), 1700), null);
});
