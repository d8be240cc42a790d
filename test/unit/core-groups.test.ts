// The rules of groups (OTP's), where they meet processes that start and end in their own time (DESIGN §3).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { GroupSpec, ProcessSpec } from '../../config/spec.ts';
import { affectedBy } from '../../daemon/core/strategy.ts';
import type { TreeOptions } from '../../daemon/core/tree-state.ts';
import { FakeWorld } from '../support/fake-world.ts';
import { laws } from '../support/laws.ts';
import { EXPONENTIAL, groupSpec, NO_BACKOFF, processSpec } from '../support/specs.ts';

const LIMIT = { max: 5, windowMs: 60_000 };

function world(spec: GroupSpec, options: TreeOptions = {}): FakeWorld {
  const w = new FakeWorld(spec, options);
  w.law = laws(new Map());
  return w.boot().advance('5s').forget();
}

/** One group below the root, its members up. */
function group(names: readonly string[], rules: Partial<GroupSpec>, each: Partial<ProcessSpec> = {}, options: TreeOptions = {}): FakeWorld {
  const members = names.map((name) => processSpec(`g:${name}`, each));
  return world(groupSpec('', [groupSpec('g', members, { intensity: LIMIT, start: 'in_order', ...rules })]), options);
}

const trio = (rules: Partial<GroupSpec> = {}, each: Partial<ProcessSpec> = {}): FakeWorld => group(['feed', 'risk', 'orders'], { strategy: 'one_for_all', ...rules }, each);
const pipeline = (rules: Partial<GroupSpec> = {}, each: Partial<ProcessSpec> = {}): FakeWorld => group(['ingest', 'validate', 'transform', 'store'], { strategy: 'rest_for_one', ...rules }, each);

test('the strategy splits the list of members once; an unknown name touches itself alone [E2, E3, E4]', () => {
  assert.deepEqual(affectedBy('one_for_one', ['a', 'b', 'c', 'd'], 'c'), ['c']);
  assert.deepEqual(affectedBy('one_for_all', ['a', 'b', 'c', 'd'], 'c'), ['a', 'b', 'c', 'd']);
  assert.deepEqual(affectedBy('rest_for_one', ['a', 'b', 'c', 'd'], 'c'), ['c', 'd']);
  assert.deepEqual(affectedBy('rest_for_one', ['a'], 'x'), ['x']);
});

test('the trading trio: one failure restarts all three, ended in reverse and started in order [E3, E49]', () => {
  const w = trio().exits('g:risk', 1);
  assert.deepEqual(w.trace(), ['stop orders', 'stop feed', 'start feed', 'start risk', 'start orders']);
  const fact = w.saw('group.strategy_applied')[0];
  assert.deepEqual(fact?.affected, ['g:feed', 'g:risk', 'g:orders']);
  // Every one of them hears who failed, not only the first.
  assert.deepEqual(w.saw('process.stopping').map((f) => f.why), Array(2).fill('g:risk failed (exit status 1)'));
  assert.deepEqual(w.saw('group.state').filter((f) => f.group === 'g' && f.to === 'STARTING').at(-1)?.why, 'g:risk failed (exit status 1)');
});

test('the pipeline: a failure restarts that stage and those after it [E4, E48]', () => {
  const w = pipeline().exits('g:validate', 1);
  assert.deepEqual(w.trace(), ['stop store', 'stop transform', 'start validate', 'start transform', 'start store']);
  assert.equal(w.process('g:ingest').state.incarnation, 1);
});

test('one_for_one restarts the failed member alone [E2]', () => {
  const w = group(['a', 'b'], {}).exits('g:a', 1);
  assert.deepEqual(w.trace(), ['start a']);
});

test('members end one at a time: the next is told when the one before is gone [E6]', () => {
  const w = trio().script('g:orders', { obeys: 'kill' }).exits('g:risk', 1);
  assert.deepEqual(w.trace(), ['stop orders']);
  w.advance('10s');
  assert.deepEqual(w.trace(), ['kill orders', 'stop feed', 'start feed', 'start risk', 'start orders']);
});

test('the failed member waits for its back-off and its siblings with it; an operator is served in between [E14]', () => {
  const w = trio().exits('g:risk', 1).advance('5s').forget().exits('g:risk', 1);
  assert.deepEqual(w.trace(), ['stop orders', 'stop feed']);
  assert.equal(w.state('g'), 'WAITING');
  w.operate('start', 'g:risk');
  assert.deepEqual(w.trace(), ['start feed', 'start risk', 'start orders']);
});

test('policy comes before strategy: a transient member that ends well touches nobody [E8, E10]', () => {
  const w = trio({}, { restart: 'transient' }).exits('g:risk', 0).advance('1h');
  assert.deepEqual(w.trace(), []);
  assert.deepEqual(w.states(), { feed: 'RUNNING', risk: 'EXITED', orders: 'RUNNING' });
});

test('a transient member that finished is started again with its siblings; a temporary one is not [E8, E9]', () => {
  const members = [processSpec('g:init', { restart: 'transient' }), processSpec('g:probe', { restart: 'temporary' }), processSpec('g:main')];
  const w = world(groupSpec('', [groupSpec('g', members, { strategy: 'one_for_all', intensity: LIMIT })])).exits('g:init', 0).exits('g:main', 1);
  assert.deepEqual(w.trace(), ['stop probe', 'start init', 'start main']);
  assert.equal(w.state('g:probe'), 'STOPPED');
  assert.equal(w.operate('start', 'g:probe').advance('2s').state('g:probe'), 'RUNNING');
});

test('a manual restart touches that member alone, whatever the strategy, and does not count [E5]', () => {
  const w = trio({ intensity: { max: 1, windowMs: 60_000 } });
  for (let i = 0; i < 5; i += 1) w.operate('restart', 'g:risk').advance('2s');
  assert.equal(w.process('g:feed').state.incarnation, 1);
  assert.equal(w.process('g:risk').state.incarnation, 6);
  assert.deepEqual(w.saw('group.strategy_applied'), []);
});

test('restart --with-strategy does as a failure would, without counting and without waiting [E5]', () => {
  const w = pipeline({ intensity: { max: 1, windowMs: 60_000 } });
  for (let i = 0; i < 3; i += 1) w.operate('strategy_restart', 'g:transform').advance('5s');
  assert.deepEqual(w.trace().slice(0, 4), ['stop store', 'stop transform', 'start transform', 'start store']);
  assert.equal(w.state('g'), 'UP');
});

test('a member stopped by an operator stays down when its siblings restart, and when its group does', () => {
  const w = trio({ intensity: { max: 1, windowMs: 60_000 } }).operate('stop', 'g:orders').exits('g:feed', 1).advance('5s');
  assert.equal(w.state('g:orders'), 'STOPPED');
  w.exits('g:feed', 1).advance('5s');
  assert.deepEqual(w.saw('group.gave_up').map((f) => f.group), ['g']);
  assert.deepEqual(w.states(), { feed: 'RUNNING', risk: 'RUNNING', orders: 'STOPPED' });
});

test('five restarts in 60 s, the sixth failure makes the group give up: members end in reverse, and it comes back [E12, E13, E18]', () => {
  const w = group(['a', 'b', 'c'], { backoff: { ...EXPONENTIAL, baseMs: 1000 } }, { backoff: NO_BACKOFF });
  for (let i = 0; i < 5; i += 1) w.exits('g:b', 1).advance('2s');
  assert.deepEqual(w.saw('group.gave_up'), []);
  w.forget().exits('g:b', 1);
  assert.deepEqual(w.saw('group.gave_up').map((f) => [f.failed, f.restarts]), [['g:b', 6]]);
  assert.deepEqual(w.saw('group.escalated'), [{ type: 'group.escalated', group: 'g', parent: '', parentDid: 'restarted' }]);
  assert.deepEqual(w.trace(), ['stop c', 'stop a', 'start a', 'start b', 'start c']);
});

test('restarts that are older than the window are forgotten [E16]', () => {
  const w = group(['a'], { intensity: { max: 1, windowMs: 60_000 } }, { backoff: NO_BACKOFF });
  for (let i = 0; i < 20; i += 1) w.exits('g:a', 1).advance(60_001);
  assert.deepEqual(w.saw('group.gave_up'), []);
});

test('a group at the top that gives up comes back ever more slowly [E18]', () => {
  const w = group(['a'], { intensity: { max: 1, windowMs: 60_000 }, backoff: { ...EXPONENTIAL, resetMs: 600_000 } }, { backoff: NO_BACKOFF });
  w.script('g:a', { dies: { afterMs: 2000, code: 1 } }).exits('g:a', 1);
  const starts = Array.from({ length: 5 }, () => w.advance('1m').trace().length);
  assert.deepEqual(starts.toSorted((a, b) => b - a), starts);
  assert.ok((starts[0] ?? 0) >= 10 && (starts[4] ?? 9) <= 3, starts.join());
});

test('a transient group that gives up stays FATAL, and says so [E18]', () => {
  const w = group(['a', 'b'], { intensity: { max: 0, windowMs: 60_000 }, restart: 'transient' }).exits('g:a', 1).advance('1h');
  assert.equal(w.state('g'), 'FATAL');
  assert.equal(w.saw('group.escalated')[0]?.parentDid, 'left_idle');
  assert.equal(w.operate('start', 'g:b').advance('2s').state('g'), 'UP');
});

test('escalation climbs level by level, each with its own strategy [E18, E19, E20]', () => {
  const inner = groupSpec('inner', [processSpec('inner:a'), processSpec('inner:b')], { strategy: 'one_for_all', intensity: { max: 0, windowMs: 60_000 } });
  const outer = groupSpec('outer', [processSpec('outer:x'), inner, processSpec('outer:y')], { strategy: 'rest_for_one', intensity: LIMIT });
  const w = world(groupSpec('', [outer])).exits('inner:a', 1);
  assert.deepEqual(w.trace(), ['stop b', 'stop y', 'start a', 'start b', 'start y']);
  assert.equal(w.process('outer:x').state.incarnation, 1);
});

test('at the root the daemon stays with the others, or exits with the code it was given [E18]', () => {
  const tree = groupSpec('', [processSpec('r:a', { backoff: NO_BACKOFF }), processSpec('r:b')], { intensity: { max: 1, windowMs: 60_000 } });
  const stays = world(tree).exits('r:a', 1).advance('2s').exits('r:a', 1).advance('1h');
  assert.deepEqual(stays.states(), { a: 'EXITED', b: 'RUNNING' });
  assert.deepEqual(stays.effects.filter((e) => e.type === 'exit_daemon'), []);
  const exits = world(tree, { rootExitCode: 11 }).exits('r:a', 1).advance('2s').exits('r:a', 1);
  assert.deepEqual(exits.effects.filter((e) => e.type === 'exit_daemon').map((e) => e.code), [11]);
});

test('in_order starts the next when the one before was spawned, in_order_running when it is RUNNING, together all at once [E24]', () => {
  const start = (how: GroupSpec['start']): string[] => {
    const w = new FakeWorld(groupSpec('', [groupSpec('g', [processSpec('g:a'), processSpec('g:b')], { start: how })]));
    w.law = laws(new Map());
    return w.script('g:a', { spawn: 'silent' }).boot().trace();
  };
  assert.deepEqual(start('together'), ['start a', 'start b']);
  assert.deepEqual(start('in_order'), ['start a']);
  const w = new FakeWorld(groupSpec('', [groupSpec('g', [processSpec('g:a'), processSpec('g:b')], { start: 'in_order_running' })])).boot();
  assert.deepEqual(w.trace(), ['start a']);
  assert.deepEqual(w.advance('1s').trace(), ['start b']);
});

test('the next member starts although the one before cannot be started at all [E24]', () => {
  const w = new FakeWorld(groupSpec('', [groupSpec('g', [processSpec('g:a'), processSpec('g:b')], { start: 'in_order_running' })])).script('g:a', { spawn: 'missing' }).boot().advance('5s');
  assert.deepEqual(w.states(), { a: 'FATAL', b: 'RUNNING' });
});

test('a failure to stop during a restart is reported and does not hold the siblings up [E46]', () => {
  const w = trio().script('g:orders', { unsignallable: true }).exits('g:risk', 1).advance('5s');
  assert.equal(w.saw('process.unknown').length, 1);
  assert.deepEqual(w.states(), { feed: 'RUNNING', risk: 'RUNNING', orders: 'UNKNOWN' });
});

test('a signal that cannot be sent is not a row of failures: its group does not give up [E46]', () => {
  const w = trio().script('g:risk', { unsignallable: true }).operate('restart', 'g:risk').advance('5s');
  assert.deepEqual(w.saw('group.gave_up'), []);
  assert.deepEqual(w.states(), { feed: 'RUNNING', risk: 'UNKNOWN', orders: 'RUNNING' });
});

test('siblings that die of the same cause are one failure, not three [E12]', () => {
  const w = trio({ intensity: { max: 1, windowMs: 60_000 } }).script('g:orders', { obeys: 'kill' }).exits('g:risk', 1);
  // orders ignores its signal; feed loses its connections and dies before its turn.
  w.exits('g:feed', 1).advance('20s');
  assert.deepEqual(w.saw('group.gave_up'), []);
  assert.deepEqual(w.states(), { feed: 'RUNNING', risk: 'RUNNING', orders: 'RUNNING' });
});

test('a second failure further down does not save the members between from the first [E4]', () => {
  const w = group(['a', 'b', 'c', 'd', 'e'], { strategy: 'rest_for_one' }).script('g:e', { obeys: 'kill' }).exits('g:b', 1);
  w.exits('g:d', 1).advance('1m');
  assert.deepEqual(['a', 'b', 'c', 'd', 'e'].map((n) => w.process(`g:${n}`).state.incarnation), [1, 2, 2, 2, 2]);
});

test('a member started early does not leave its siblings down when the turn of its group comes [E24]', () => {
  const late = groupSpec('late', [processSpec('late:a'), processSpec('late:b')]);
  const w = new FakeWorld(groupSpec('', [groupSpec('g', [processSpec('g:first'), late], { start: 'in_order_running' })]));
  w.law = laws(new Map());
  w.boot().operate('start', 'late:b').advance('5s');
  assert.deepEqual(w.states(), { first: 'RUNNING', a: 'RUNNING', b: 'RUNNING' });
});

test('a program with autostart = false that an operator started comes back with its group', () => {
  const w = world(groupSpec('', [groupSpec('g', [processSpec('g:a', { backoff: NO_BACKOFF }), processSpec('g:tool', { autostart: false })], { intensity: { max: 0, windowMs: 60_000 } })]));
  assert.equal(w.state('g:tool'), 'STOPPED');
  w.operate('start', 'g:tool').advance('2s').exits('g:a', 1).advance('5s');
  assert.deepEqual(w.states(), { a: 'RUNNING', tool: 'RUNNING' });
});

test('after the daemon is told to end nobody starts: not after a back-off, not at the end of a restart [D53]', () => {
  const w = world(groupSpec('', [processSpec('r:a'), processSpec('r:b'), processSpec('r:c')]));
  w.script('r:a', { obeys: 'kill' }).operate('restart', 'r:a').exits('r:b', 1).exits('r:b', 1).forget().close().advance('1h');
  w.exits('r:c', 1).advance('1h');
  assert.deepEqual(w.trace().filter((line) => line.startsWith('start')), []);
});
