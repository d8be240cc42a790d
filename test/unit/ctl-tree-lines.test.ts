// The picture of `tree`.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { treeLines } from '../../ctl/tree-lines.ts';
import { textWidth } from '../../ctl/text-width.ts';
import { group, view } from '../support/fake-daemon.ts';

const PIPE = { columns: null, colour: false } as const;

const all = (...ids: string[]): ReadonlySet<string> => new Set(ids);

test('groups, members, dependencies and states are drawn; a program outside groups stands alone', () => {
  const processes = [
    view('db'), view('web', { state: 'BACKOFF', dependsOn: ['db:ready', 'p'], waitsFor: ['db:ready'] }), view('api', { ready: false, dependsOn: ['db'] }),
    view('p:in'), view('p:out', { dependsOn: ['p:in'] }), view('q:deep', { state: 'FATAL' }),
  ];
  const groups = [group('db', ['db:db']), group('web', ['web:web']), group('api', ['api:api']), { ...group('p', ['p:in', 'q', 'p:out']), strategy: 'rest_for_one' as const }, group('q', ['q:deep'], 'p')];
  assert.deepEqual(treeLines(processes, groups, all(...processes.map((one) => one.id)), PIPE), [
    'db                        RUNNING',
    'web                       BACKOFF   waits for db:ready',
    'api                       RUNNING   not ready; needs db',
    'p                         UP        rest_for_one',
    '├─ in                     RUNNING',
    '├─ q                      UP',
    '│  └─ deep                FATAL',
    '└─ out                    RUNNING   needs p:in',
  ]);
});

test('only what is asked for is drawn, with the groups above it', () => {
  const processes = [view('a'), view('g:b'), view('g:c')];
  const groups = [group('a', ['a:a']), group('g', ['g:b', 'g:c'])];
  assert.deepEqual(treeLines(processes, groups, all('g:c'), PIPE), ['g                         UP', '└─ c                      RUNNING']);
});

test('a snapshot whose groups go round in a circle ends too', () => {
  assert.ok(treeLines([view('a:x')], [group('a', ['b', 'a:x']), group('b', ['a'], 'a')], all('a:x'), PIPE).length < 200);
});

test('on a terminal no line of the tree is wider than it, and the state is seen', () => {
  const processes = [view('pipeline:a-rather-long-name-of-a-program', { dependsOn: ['database:ready', 'cache:ready', 'queue:ready'], state: 'BACKOFF' }), view('pipeline:データ処理')];
  const groups = [group('pipeline', processes.map((one) => one.id))];
  for (const columns of [24, 40, 60, 80]) {
    const lines = treeLines(processes, groups, new Set(processes.map((one) => one.id)), { columns, colour: false });
    for (const line of lines) assert.ok(textWidth(line) <= columns, `${columns}: ${line}`);
    assert.match(lines[1]!, /BACKOFF/);
  }
});
