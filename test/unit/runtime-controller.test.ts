// Operations under everything that can come between: each ends, and says what became of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupSpec, ProcessSpec } from '../../config/spec.ts';
import { runtimeWorld } from '../support/runtime-world.ts';
import type { RuntimeWorld } from '../support/runtime-world.ts';
import { groupSpec, NO_BACKOFF, processSpec } from '../support/specs.ts';

const instant = (id: string, overrides: Partial<ProcessSpec> = {}): ProcessSpec => processSpec(id, { startMs: 0, ...overrides });
const limited = { intensity: { max: 2, windowMs: 60_000 } } as const;
const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function booted(t: import('node:test').TestContext, groups: readonly GroupSpec[], instances?: (program: string, count: number) => readonly ProcessSpec[]): RuntimeWorld {
  const w = runtimeWorld(groupSpec('root', groups), instances);
  t.after(() => w.close());
  w.loop.tell({ type: 'boot', why: 'boot' });
  return w;
}
const worker = (n: number): ProcessSpec => instant(`w:w_${n}`, { program: 'w', num: n });
const workers = (count: number): readonly ProcessSpec[] => Array.from({ length: count }, (_, n) => worker(n));
const scalable = (t: import('node:test').TestContext, count: number): RuntimeWorld => booted(t, [groupSpec('w', workers(count))], (_, n) => workers(n));

test('stop g:* of a group in order keeps all down, though a member fails meanwhile and the strategy ends its siblings', (t) => {
  const w = booted(t, [groupSpec('g', ['a', 'b', 'c'].map((name) => instant(`g:${name}`)), { strategy: 'rest_for_one', ...limited })]);
  w.manners('g:c', { deaf: true });
  const stop = w.mutate({ command: 'stop', names: ['g:*'] });
  w.exits('g:a', 1);
  w.exits('g:c', 0);
  assert.deepEqual(w.results(stop), { 'g:a': 'ok', 'g:b': 'ok', 'g:c': 'ok' });
  assert.deepEqual(['g:a', 'g:b', 'g:c'].map((id) => w.state(id)), ['STOPPED', 'STOPPED', 'STOPPED']);
});

test('a start of what reeve lost track of is refused with its pid, and does not hang', (t) => {
  const w = booted(t, [groupSpec('a', [instant('a:a')])]);
  w.manners('a:a', { unsignallable: true });
  w.mutate({ command: 'stop', names: ['a'] });
  assert.equal(w.state('a:a'), 'UNKNOWN');
  const start = w.mutate({ command: 'start', names: ['a'] });
  const restart = w.mutate({ command: 'restart', names: ['a'], strategy: false, rolling: false });
  assert.match(start.targets[0]?.message ?? '', /cannot start a: .*pid 101 may still be alive/);
  assert.deepEqual([w.results(start), w.results(restart)], [{ a: 'FAILED' }, { a: 'FAILED' }]);
});

test('a start that comes while its group gives up for good ends with the reason', async (t) => {
  const w = booted(t, [groupSpec('g', [instant('g:a', { backoff: NO_BACKOFF }), instant('g:b'), instant('g:c')], { restart: 'temporary', ...limited })]);
  w.manners('g:b', { deaf: true });
  for (let i = 0; i < 3; i += 1) w.exits('g:a', 1);
  assert.equal(w.tree.groups.get('group g')?.state.phase, 'GIVING_UP');
  const start = w.mutate({ command: 'start', names: ['g:c'] });
  const restart = w.mutate({ command: 'restart', names: ['g:b'], strategy: true, rolling: false });
  w.exits('g:b', 0);
  await microtasks();
  assert.deepEqual([w.results(start), w.results(restart)], [{ 'g:c': 'FAILED' }, { 'g:b': 'FAILED' }]);
  assert.match(w.controller.operation(start.id)?.targets[0]?.message ?? '', /group g gave up/);
});

test('a process that was scaled away and started again meanwhile stays, and does not vanish when it stops days later', async (t) => {
  const w = scalable(t, 3);
  w.manners('w:w_2', { deaf: true });
  const scale = w.mutate({ command: 'scale', name: 'w', instances: '2' });
  const start = w.mutate({ command: 'start', names: ['w:w_2'] });
  w.exits('w:w_2', 0);
  await microtasks();
  assert.deepEqual([w.results(scale), w.results(start), w.state('w:w_2')], [{ 'w:w_2': 'INTERRUPTED' }, { 'w:w_2': 'ok' }, 'RUNNING']);
  w.manners('w:w_2', {});
  w.mutate({ command: 'stop', names: ['w:w_2'] });
  await microtasks();
  assert.equal(w.state('w:w_2'), 'STOPPED');
});

test('a disabled instance that is scaled away and back is still disabled, and its group does not start it either', async (t) => {
  const w = scalable(t, 2);
  w.mutate({ command: 'disable', names: ['w:w_1'] });
  w.mutate({ command: 'scale', name: 'w', instances: '1' });
  await microtasks();
  const up = w.mutate({ command: 'scale', name: 'w', instances: '2' });
  assert.deepEqual([w.results(up), w.state('w:w_1'), w.bus.snapshot.processes.get('w:w_1')?.disabled], [{ 'w:w_1': 'DISABLED' }, 'STOPPED', true]);
  assert.equal(w.tree.groups.get('group w')?.modes.get('w:w_1'), 'held');
});

test('who waits for the end of a process that is removed waits no longer', async (t) => {
  const w = scalable(t, 2);
  w.manners('w:w_1', { deaf: true });
  const wait = w.controller.wait({ names: ['w:w_1'], for: 'stopped', timeoutMs: 60_000 });
  const stop = w.mutate({ command: 'stop', names: ['w:w_1'] });
  w.mutate({ command: 'scale', name: 'w', instances: '1' });
  w.exits('w:w_1', 0);
  assert.deepEqual(await wait, { ok: true, missing: [], hopeless: [] });
  assert.deepEqual(w.results(stop), { 'w:w_1': 'ok' });
});

test('a stop of a member that its group was about to start again is done, not refused', (t) => {
  const w = booted(t, [groupSpec('g', [instant('g:a'), instant('g:b'), instant('g:c')], { strategy: 'one_for_all', ...limited })]);
  w.manners('g:b', { deaf: true });
  w.exits('g:a', 1);
  assert.equal(w.state('g:c'), 'STOPPED');
  assert.deepEqual(w.results(w.mutate({ command: 'stop', names: ['g:c'] })), { 'g:c': 'ok' });
  w.exits('g:b', 0);
  assert.equal(w.state('g:c'), 'STOPPED');
});

test('a rolling restart leaves nothing behind that listens to later operations', (t) => {
  const w = booted(t, [groupSpec('g', [instant('g:a'), instant('g:b')])]);
  assert.deepEqual(w.results(w.mutate({ command: 'restart', names: ['g:*'], strategy: false, rolling: true })), { 'g:a': 'ok', 'g:b': 'ok' });
  assert.equal((w.controller.operations as unknown as { listeners: Map<string, unknown> }).listeners.size, 0);
});

test('names that are said twice are one target, and only the first unknown ones get a hint', (t) => {
  const w = booted(t, [groupSpec('web', [instant('web:web')])]);
  assert.deepEqual(w.mutate({ command: 'stop', names: ['web', 'all', 'web', 'all'] }).targets.map((target) => target.name), ['web']);
  const many = w.mutate({ command: 'stop', names: Array.from({ length: 100 }, (_, i) => `we${i}`) });
  assert.match(many.targets[0]?.message ?? '', /did you mean web/);
  assert.doesNotMatch(many.targets[99]?.message ?? '', /did you mean/);
});

test('a start of a member that is then stopped while its group holds it back is interrupted, and does not hang', async (t) => {
  const w = booted(t, [groupSpec('g', [instant('g:a'), instant('g:b'), instant('g:c')], { strategy: 'one_for_all', ...limited })]);
  w.manners('g:b', { deaf: true });
  w.exits('g:a', 1);
  const start = w.mutate({ command: 'start', names: ['g:c'] });
  assert.deepEqual(w.results(start), { 'g:c': 'pending' });
  w.mutate({ command: 'stop', names: ['g:c'] });
  await microtasks();
  assert.deepEqual(w.results(start), { 'g:c': 'INTERRUPTED' });
});

test('a restart of a temporary member that its strategy ends is answered: it stays down', async (t) => {
  const w = booted(t, [groupSpec('g', [instant('g:a'), instant('g:b', { restart: 'temporary' })], { strategy: 'one_for_all', ...limited })]);
  const restart = w.mutate({ command: 'restart', names: ['g:b'], strategy: true, rolling: false });
  await microtasks();
  assert.deepEqual([w.results(restart), w.state('g:b')], [{ 'g:b': 'FAILED' }, 'STOPPED']);
});

test('a stop of what ended by itself while its group gave up is done', async (t) => {
  const w = booted(t, [groupSpec('g', [instant('g:a', { backoff: NO_BACKOFF }), instant('g:b'), instant('g:c')], { restart: 'temporary', strategy: 'rest_for_one', ...limited })]);
  for (let i = 0; i < 2; i += 1) w.exits('g:a', 1);
  w.manners('g:c', { deaf: true });
  const stop = w.mutate({ command: 'stop', names: ['g:*'] });
  w.exits('g:a', 1);
  w.exits('g:c', 0);
  await microtasks();
  assert.deepEqual(w.results(stop), { 'g:a': 'ok', 'g:b': 'ok', 'g:c': 'ok' });
});

test('a rolling restart does not wait for a member that was scaled away before its turn', async (t) => {
  const w = scalable(t, 2);
  w.manners('w:w_0', { deaf: true });
  const restart = w.mutate({ command: 'restart', names: ['w:*'], strategy: false, rolling: true });
  w.mutate({ command: 'scale', name: 'w', instances: '1' });
  await microtasks();
  w.exits('w:w_0', 0);
  assert.deepEqual(w.results(restart), { 'w:w_0': 'ok', 'w:w_1': 'NOT_FOUND' });
});

test('a group of programs that cannot be spawned, with a limit and no delays, does not restart for ever within one instant', (t) => {
  const missing = ['a', 'b', 'c', 'd'].map((name) => instant(`g:${name}`, { backoff: NO_BACKOFF }));
  const w = runtimeWorld(groupSpec('root', [groupSpec('g', missing, { ...limited, backoff: NO_BACKOFF })]));
  t.after(() => w.close());
  for (const spec of missing) w.manners(spec.id, { spawn: 'missing' });
  let facts = 0;
  w.bus.subscribe(() => assert.ok((facts += 1) < 1000, 'it goes round and round'));
  w.loop.tell({ type: 'boot', why: 'boot' });
  for (let i = 0; i < 5; i += 1) {
    w.now += 100;
    for (const key of [...w.tree.processes.keys(), ...w.tree.groups.keys()]) if ((w.tree.deadline(key) ?? Infinity) <= w.now) w.loop.tell({ type: 'due', key });
  }
  assert.ok(facts < 1000);
});

test('a program that starts by hand only, started while its group gives up, runs when the group is back', (t) => {
  const w = booted(t, [groupSpec('g', [instant('g:a', { backoff: NO_BACKOFF }), instant('g:b'), instant('g:c', { autostart: false })], limited)]);
  w.manners('g:b', { deaf: true });
  for (let i = 0; i < 3; i += 1) w.exits('g:a', 1);
  assert.equal(w.tree.groups.get('group g')?.state.phase, 'GIVING_UP');
  const start = w.mutate({ command: 'start', names: ['g:c'] });
  w.exits('g:b', 0);
  assert.deepEqual([w.results(start), w.state('g:c')], [{ 'g:c': 'ok' }, 'RUNNING']);
});

test('who goes on from a number of an earlier daemon is told of the gap, and does not wait in silence [E43]', (t) => {
  const w = booted(t, [groupSpec('a', [instant('a:a')])]);
  const gaps: number[] = [];
  const after = (since: number): (() => void) => w.controller.subscribe({ since, onFact: () => undefined, onGap: (oldest) => gaps.push(oldest) });
  after(w.bus.last)();
  assert.deepEqual(gaps, []);
  after(5000)();
  assert.deepEqual(gaps, [1]);
});

test('nothing is kept for clients that went away while waiting', async (t) => {
  const w = booted(t, [groupSpec('a', [instant('a:a', { autostart: false })])]);
  w.manners('a:a', { spawn: 'silent' });
  const start = w.mutate({ command: 'start', names: ['a'] });
  const before = w.bus.subscriberCount;
  const leaving = new AbortController();
  const waits = [w.controller.settled(start.id, 3_600_000, leaving.signal), w.controller.wait({ names: ['a'], for: 'running', timeoutMs: 3_600_000 }, leaving.signal)];
  leaving.abort();
  await Promise.all(waits);
  assert.equal(w.bus.subscriberCount, before);
});

test('past 4,096 pending operations another one that may pend is refused as BUSY; signal is heard, and room that is made is used', (t) => {
  const w = booted(t, [groupSpec('a', [instant('a:a', { autostart: false })]), groupSpec('b', [instant('b:b')])]);
  w.manners('a:a', { spawn: 'silent' });
  const ask = (command: 'start' | 'stop' | 'disable', name: string): string => {
    const answer = w.controller.mutate({ command, names: [name] }, { who: 'me', role: 'admin' });
    return 'code' in answer ? `${answer.code} ${answer.message}` : 'taken';
  };
  // The first start begins a spawn that is never answered; later ones find it STARTING, and stop waits with it.
  ask('start', 'a');
  for (let i = 1; i < 4096; i += 1) w.controller.operations.begin('start', 'me', ['a']);
  assert.match(ask('start', 'b'), /^BUSY cannot start: 4096 operations wait/);
  assert.match(ask('disable', 'b'), /^BUSY/);
  assert.equal(w.store.intents().size, 0, 'what is refused leaves no trace');
  assert.equal(w.results(w.mutate({ command: 'signal', names: ['b'], signal: 'HUP' }))['b'], 'ok');
  w.controller.operations.settle('2', 0, { ok: true });
  assert.equal(ask('stop', 'b'), 'taken');
});

test('enable undoes disable and nothing else: who was stopped by hand before stays so, until somebody starts it', (t) => {
  const w = booted(t, [groupSpec('a', [instant('a:a')]), groupSpec('b', [instant('b:b')])]);
  w.mutate({ command: 'stop', names: ['a'] });
  w.mutate({ command: 'disable', names: ['a', 'b'] });
  w.mutate({ command: 'start', names: ['a'] });
  w.mutate({ command: 'enable', names: ['a', 'b'] });
  assert.deepEqual([...w.store.intents()].map(([id, intent]) => [id, intent.stopped, intent.disabled]), [['a:a', true, false]]);
  w.mutate({ command: 'start', names: ['a'] });
  assert.equal(w.store.intents().size, 0);
});

test('what stop all and start all mean to remember is written in one transaction each', (t) => {
  const w = booted(t, [groupSpec('g', Array.from({ length: 20 }, (_, n) => instant(`g:g_${n}`)))]);
  let writes = 0;
  const count = <A extends readonly unknown[]>(method: (...args: A) => void) => (...args: A): void => void ((writes += 1), method(...args));
  Object.assign(w.store, { setIntent: count(w.store.setIntent), setIntents: count(w.store.setIntents) });
  w.mutate({ command: 'stop', names: ['all'] });
  assert.deepEqual([writes, w.store.intents().size], [1, 20]);
  w.mutate({ command: 'start', names: ['all'] });
  assert.deepEqual([writes, w.store.intents().size], [2, 0]);
});

test('the row of an instance that was scaled away and back knows the number of its last life before the next one begins', async (t) => {
  const w = scalable(t, 2);
  w.mutate({ command: 'disable', names: ['w:w_1'] });
  w.mutate({ command: 'scale', name: 'w', instances: '1' });
  await microtasks();
  w.mutate({ command: 'scale', name: 'w', instances: '2' });
  assert.equal(w.bus.snapshot.processes.get('w:w_1')?.incarnation, 1);
});

test('who waits for a process to run is told at once when it is down for good, and why; not while its group may start it', async (t) => {
  const w = booted(t, [
    groupSpec('late', [instant('late:late', { autostart: false })]), groupSpec('gone', [instant('gone:gone', { restart: 'temporary' })]),
    groupSpec('off', [instant('off:off')]), groupSpec('g', [instant('g:a'), instant('g:b'), instant('g:c')], { strategy: 'one_for_all', ...limited }), groupSpec('missing', [instant('missing:missing', { autostart: false })]),
  ]);
  const wait = (name: string, state: 'running' | 'ready' = 'running') => w.controller.wait({ names: [name], for: state, timeoutMs: 3_600_000 });
  w.exits('gone:gone', 3);
  w.mutate({ command: 'stop', names: ['off'] });
  assert.deepEqual(await wait('late'), { ok: false, missing: ['late:late'], hopeless: [{ process: 'late:late', why: 'it is STOPPED (not started)' }] });
  assert.deepEqual(await wait('gone', 'ready'), { ok: false, missing: ['gone:gone'], hopeless: [{ process: 'gone:gone', why: 'it is EXITED (exit status 3)' }] });
  assert.match(JSON.stringify(await wait('off')), /it is STOPPED \(me stopped it\)/);
  w.manners('g:b', { deaf: true });
  w.exits('g:a', 1);
  const back = wait('g:c');
  await microtasks();
  assert.equal(w.state('g:c'), 'STOPPED');
  w.exits('g:b', 0);
  assert.deepEqual(await back, { ok: true, missing: [], hopeless: [] });
  // And when it becomes so while somebody waits.
  w.manners('missing:missing', { spawn: 'silent' });
  w.mutate({ command: 'start', names: ['missing'] });
  const missing = wait('missing');
  await microtasks();
  w.loop.tell({ type: 'process', id: 'missing:missing', event: { type: 'spawn_failed', incarnation: 1, kind: 'no_command', message: "can't find command 'x'", hopeless: true } });
  assert.match(JSON.stringify(await missing), /it is FATAL \(can't find command 'x'\)/);
});
