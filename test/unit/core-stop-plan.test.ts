import { test } from 'node:test';
import assert from 'node:assert/strict';
import { StopWalk, stopPlan, stopWalk } from '../../daemon/core/stop-plan.ts';
import { Tree } from '../../daemon/core/tree.ts';
import { groupSpec, processSpec } from '../support/specs.ts';

const lone = (name: string, priority: number): ReturnType<typeof groupSpec> => groupSpec(name, [processSpec(`${name}:${name}`)], { priority, implicit: true });
const walkOf = (groups: ReturnType<typeof groupSpec>[], ids: string[]): StopWalk => new StopWalk(stopPlan(new Tree(groupSpec('root', groups)), ids));

test('a higher priority number stops first, and the next level waits until it is down [B1]', () => {
  const walk = walkOf([lone('web', 100), lone('scheduler', 200)], ['web:web', 'scheduler:scheduler']);
  assert.deepEqual(walk.begin(), ['scheduler:scheduler']);
  assert.deepEqual(walk.down('scheduler:scheduler'), ['web:web']);
  assert.deepEqual(walk.down('web:web'), []);
});

test('one level stops at once, in reverse start order [E6]', () => {
  const walk = walkOf([lone('a', 999), lone('b', 999), lone('c', 999)], ['a:a', 'b:b', 'c:c']);
  assert.deepEqual(walk.begin(), ['c:c', 'b:b', 'a:a']);
});

test('the members of a rest_for_one group stop from the last to the first, each down before the next [E6, E48]', () => {
  const pipeline = groupSpec('p', ['p:ingest', 'p:transform', 'p:store'].map((id) => processSpec(id)), { strategy: 'rest_for_one' });
  const walk = walkOf([pipeline], ['p:ingest', 'p:transform', 'p:store']);
  assert.deepEqual(walk.begin(), ['p:store']);
  assert.deepEqual(walk.down('p:store'), ['p:transform']);
  assert.deepEqual(walk.down('p:transform'), ['p:ingest']);
});

test('what is down before its turn is not waited for', () => {
  const walk = walkOf([lone('web', 100), lone('mid', 150), lone('last', 200)], ['web:web', 'mid:mid', 'last:last']);
  assert.deepEqual(walk.begin(), ['last:last']);
  assert.deepEqual(walk.down('mid:mid'), []);
  assert.deepEqual(walk.down('last:last'), ['web:web']);
});

test('when time is short everybody who was not told yet is told', () => {
  const walk = walkOf([lone('web', 100), lone('mid', 150), lone('last', 200)], ['web:web', 'mid:mid', 'last:last']);
  walk.begin();
  assert.deepEqual(new Set(walk.rest()), new Set(['web:web', 'mid:mid']));
  assert.deepEqual(walk.down('last:last'), []);
});

test('a plan for nobody is over at once', () => {
  const walk = walkOf([lone('web', 100)], []);
  assert.deepEqual(walk.begin(), []);
  assert.deepEqual(walk.rest(), []);
});

test('one member of a group of ten thousand in order is stopped, and so are all, without running out of stack', () => {
  const ids = Array.from({ length: 10_000 }, (_, i) => `p:${i}`);
  const pipeline = groupSpec('p', ids.map((id) => processSpec(id)), { strategy: 'rest_for_one' });
  assert.deepEqual(walkOf([pipeline], ['p:0']).begin(), ['p:0']);
  const walk = walkOf([pipeline], ids);
  assert.deepEqual(walk.begin(), ['p:9999']);
  for (const id of ids.slice(1, 9999)) assert.deepEqual(walk.down(id), []);
  assert.deepEqual(walk.down('p:9999'), ['p:0']);
});

test('a plan is made of those who stop and the groups above them alone', () => {
  const tree = new Tree(groupSpec('root', [lone('a', 1), groupSpec('g', [groupSpec('h', [processSpec('h:x'), processSpec('h:y')]), groupSpec('i', [processSpec('i:z')])], { priority: 2 })]));
  assert.deepEqual(stopPlan(tree, ['h:y', 'not:there']), {
    kind: 'serial', parts: [{ kind: 'all', parts: [{ kind: 'all', parts: [{ kind: 'all', parts: [{ kind: 'one', id: 'h:y' }] }] }] }],
  });
});

const needing = (name: string, priority: number, ...on: string[]): ReturnType<typeof groupSpec> => groupSpec(name, [processSpec(`${name}:${name}`, { dependsOn: on.map((one) => ({ name: one, kind: 'program', condition: null, restartWith: false })) })], { priority, implicit: true });
const walkNeeding = (groups: ReturnType<typeof groupSpec>[], ids: string[]): StopWalk => stopWalk(new Tree(groupSpec('root', groups)), ids);

test('dependents stop before what they depend on, whatever the priorities say [PC#145]', () => {
  // The database has the higher number, and would stop first.
  const walk = walkNeeding([needing('web', 1, 'db'), needing('db', 999)], ['web:web', 'db:db']);
  assert.deepEqual(walk.begin(), ['web:web']);
  assert.deepEqual(walk.down('web:web'), ['db:db']);
  assert.deepEqual(walk.down('db:db'), []);
});

test('a chain of dependents stops from its end, and who is in nobody\'s way stops at once', () => {
  const walk = walkNeeding([needing('db', 999), needing('api', 999, 'db'), needing('web', 999, 'api'), needing('alone', 999)], ['db:db', 'api:api', 'web:web', 'alone:alone']);
  assert.deepEqual(walk.begin(), ['alone:alone', 'web:web']);
  assert.deepEqual(walk.down('web:web'), ['api:api']);
  assert.deepEqual(walk.down('api:api'), ['db:db']);
});

test('who is needed by two waits for both, and for nobody who is not to stop', () => {
  const groups = [needing('db', 999), needing('a', 999, 'db'), needing('b', 999, 'db')];
  const walk = walkNeeding(groups, ['db:db', 'a:a', 'b:b']);
  assert.deepEqual(walk.begin(), ['b:b', 'a:a']);
  assert.deepEqual(walk.down('a:a'), []);
  assert.deepEqual(walk.down('b:b'), ['db:db']);
  assert.deepEqual(walkNeeding(groups, ['db:db']).begin(), ['db:db']);
});

test('a dependent in a rest_for_one group that is told early keeps to the order of its group', () => {
  const pipeline = groupSpec('p', ['p:in', 'p:mid', 'p:out'].map((id) => processSpec(id, id === 'p:in' ? { dependsOn: [{ name: 'db', kind: 'program', condition: null, restartWith: false }] } : {})), { strategy: 'rest_for_one', priority: 1 });
  const walk = walkNeeding([pipeline, needing('db', 999)], ['p:in', 'p:mid', 'p:out', 'db:db']);
  assert.deepEqual(walk.begin(), ['p:out']);
  assert.deepEqual(walk.down('p:out'), ['p:mid']);
  assert.deepEqual(walk.down('p:mid'), ['p:in']);
  assert.deepEqual(walk.down('p:in'), ['db:db']);
});

test('when time is short those that wait for their dependents are told too', () => {
  const walk = walkNeeding([needing('db', 999), needing('web', 999, 'db')], ['db:db', 'web:web']);
  walk.begin();
  assert.deepEqual(walk.rest(), ['db:db']);
});
