import { test } from 'node:test';
import assert from 'node:assert/strict';
import { good, groupNamed, readToml } from '../support/config-files.ts';
import type { MemberSpec } from '../../config/spec.ts';

const programs = (...names: string[]) => names.map((name) => `[programs.${name}]\ncommand = "x"\n`).join('');
const shape = (node: MemberSpec): string => (node.kind === 'process' ? node.name : `${node.name}(${node.members.map(shape).join(' ')})`);
const errors = (text: string) => readToml(text).problems.map((problem) => `${problem.line} ${problem.message}`);

test('groups form a tree; programs in no group form one of their own', () => {
  const { tree } = good(
    readToml(`${programs('a', 'b', 'c', 'd')}[groups.inner]\nmembers = ["c", "b"]\n[groups.outer]\nmembers = ["inner", "a"]\n`),
  );
  assert.equal(shape(tree), '(d(d) outer(inner(c b) a))');
  const [d, outer] = tree.members;
  assert.equal(d?.kind === 'group' && d.implicit, true);
  assert.equal(outer?.kind === 'group' && outer.implicit, false);
  assert.deepEqual(
    [tree.name, tree.strategy, tree.start, tree.intensity],
    ['', 'one_for_one', 'together', { max: null, windowMs: 60_000 }],
  );
});

test('processes of a group are addressed by it, pools in place of their program', () => {
  const group = groupNamed(
    readToml(`${programs('a')}[programs.w]\ncommand = "x"\nnumprocs = 2\n[groups.g]\nmembers = ["w", "a"]\nstrategy = "rest_for_one"`),
    'g',
  );
  assert.deepEqual(
    group.members.map((member) => member.kind === 'process' && member.id),
    ['g:w-0', 'g:w-1', 'g:a'],
  );
});

test('a group that names a strategy has 5 restarts in 60 s and starts in order; others have no limit and start together [E12]', () => {
  const group = (keys: string) => groupNamed(readToml(`${programs('a')}[groups.g]\nmembers = ["a"]\n${keys}`), 'g');
  const cases: readonly (readonly [string, string, number | null, number, string])[] = [
    ['', 'one_for_one', null, 60_000, 'together'],
    ['strategy = "one_for_one"', 'one_for_one', 5, 60_000, 'together'],
    ['strategy = "one_for_all"', 'one_for_all', 5, 60_000, 'in_order'],
    ['strategy = "rest_for_one"\nmax_restarts = 2\nrestart_window = "10s"', 'rest_for_one', 2, 10_000, 'in_order'],
    ['strategy = "rest_for_one"\nmax_restarts = "strict"', 'rest_for_one', 3, 300_000, 'in_order'],
    ['strategy = "rest_for_one"\nstart_sequential = true\nmax_restarts = "unlimited"', 'rest_for_one', null, 60_000, 'in_order_running'],
  ];
  for (const [keys, strategy, max, windowMs, start] of cases) {
    const { strategy: s, intensity, start: how, restart, backoff } = group(keys);
    assert.deepEqual(
      [s, intensity.max, intensity.windowMs, how, restart, backoff.policy],
      [strategy, max, windowMs, start, 'permanent', 'exponential'],
      keys,
    );
  }
  assert.equal(group('restart = "transient"\nrestart_delay = "5s"').backoff.policy, 'fixed');
});

test('low priority starts first; equals keep the order of the file [B1]', () => {
  const text =
    '[programs.scheduler]\ncommand = "x"\npriority = 200\n[programs.web]\ncommand = "x"\npriority = 100\n[programs.b]\ncommand = "x"\n[programs.a]\ncommand = "x"\n[groups.g]\nmembers = ["a", "web"]\npriority = 150';
  assert.equal(shape(good(readToml(text)).tree), '(g(web a) scheduler(scheduler) b(b))');
  assert.equal(
    shape(good(readToml(`${text}\nstrategy = "rest_for_one"`)).tree),
    '(g(a web) scheduler(scheduler) b(b))',
    'where order is the rule, it is the order written',
  );
});

test('a cycle is refused with its path, however it is reached', () => {
  assert.deepEqual(errors('[groups.a]\nmembers = ["b"]\n[groups.b]\nmembers = ["c"]\n[groups.c]\nmembers = ["a"]'), [
    '6 groups cannot contain themselves: a -> b -> c -> a',
  ]);
  assert.deepEqual(errors('[groups.top]\nmembers = ["a"]\n[groups.a]\nmembers = ["a", "x"]'), [
    '4 groups cannot contain themselves: a -> a',
    '4 "x" is neither a program nor a group',
  ]);
});

test('a member in two groups, or twice in one, is refused with the first place', () => {
  assert.deepEqual(errors(`${programs('p')}[groups.a]\nmembers = ["p"]\n[groups.b]\nmembers = [\n"p"]`), [
    '7 "p" is already a member of group "a" (/etc/reeve.toml:4)',
  ]);
  assert.deepEqual(errors(`${programs('p')}[groups.a]\nmembers = ["p", "p"]`), [
    '4 "p" is already a member of group "a" (/etc/reeve.toml:4)',
  ]);
});

test('an unknown member is answered with the nearest name', () => {
  const [problem] = readToml(`${programs('ingest', 'store')}[groups.g]\nmembers = ["ingets"]`).problems;
  assert.deepEqual([problem?.line, problem?.key, problem?.hint], [6, 'groups.g.members[0]', 'did you mean "ingest"?']);
});

test('a program and a group of one name are refused unless the program is a member somewhere', () => {
  assert.deepEqual(errors(`${programs('x', 'y')}[groups.x]\nmembers = ["y"]`).length, 1);
  assert.equal(shape(good(readToml(`${programs('x')}[groups.x]\nmembers = ["x"]`)).tree), '(x(x))');
});

test("the root's limit is the daemon's", () => {
  const { tree, daemon } = good(readToml('[daemon]\nmax_restarts = 4\nrestart_window = "2m"\non_failure = "exit"'));
  assert.deepEqual(tree.intensity, { max: 4, windowMs: 120_000 });
  assert.equal(daemon.onFailure, 'exit');
});

test('groups nest 32 deep and no deeper', () => {
  const chain = (length: number) =>
    `${programs('p')}${Array.from({ length }, (_, n) => `[groups.g${n}]\nmembers = ["${n === length - 1 ? 'p' : `g${n + 1}`}"]\n`).join('')}`;
  assert.deepEqual(errors(chain(32)), []);
  assert.deepEqual(errors(chain(5000)).length, 1);
});
