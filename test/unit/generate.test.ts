import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstDifference, generate } from '../../scripts/generate.ts';
import type { Artefact } from '../../scripts/generate.ts';
import { fieldsOf } from '../../packaging/render-facts.ts';
import { optionsOf, renderReevedMan } from '../../packaging/render-reeved-man.ts';
import { USAGE } from '../../daemon/arguments.ts';
import { renderMachine } from '../../packaging/render-states.ts';
import { markdownTable } from '../../packaging/markdown.ts';
import { diagnostics } from '../../scripts/types.ts';
import { closing, inOrder, readTotals } from '../../scripts/test.ts';

const page = (text: string): readonly Artefact[] => [{ path: 'docs/page.md', render: () => Promise.resolve(text) }];

test('a check of generated files says which is missing or different and writes nothing; writing makes it current', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'reeve-generate-'));
  t.after(() => { rmSync(root, { recursive: true }); });
  const said: string[] = [];
  const say = (line: string): void => { said.push(line); };
  assert.deepEqual(await generate(page('a\nb\n'), root, 'check', say), ['docs/page.md']);
  assert.deepEqual(said, ['docs/page.md is missing']);
  assert.equal(existsSync(join(root, 'docs')), false);
  await generate(page('a\nb\n'), root, 'write', say);
  assert.deepEqual(await generate(page('a\nb\n'), root, 'check', say), []);
  writeFileSync(join(root, 'docs/page.md'), 'a\nc\n');
  assert.deepEqual(await generate(page('a\nb\n'), root, 'check', say), ['docs/page.md']);
  assert.match(said.at(-1) ?? '', /line 2:\n {2}- c\n {2}- \n {2}\+ b\n/);
  assert.equal(readFileSync(join(root, 'docs/page.md'), 'utf8'), 'a\nc\n');
});

test('equal texts have no difference', () => {
  assert.equal(firstDifference('x', 'x'), '');
});

test('the fields of a fact are read from its payload, objects within it counted as one', () => {
  const source = `'a.b': { process: string; left: readonly number[]; lastOutput?: string };\n'a.c': { at: { x: number }; y: 1 };`;
  assert.equal(fieldsOf(source, 'a.b'), '`process` `left` `lastOutput?`');
  assert.equal(fieldsOf(source, 'a.c'), '`at` `y`');
  assert.throws(() => fieldsOf(source, 'a.d'), /cannot find the payload of a\.d/);
});

test('the fields of a fact are those of the types that its payload names, of all members of a union', () => {
  const source = `interface Ended {\n  /** Who: one of all. */\n  readonly job: string;\n  readonly run: { a: 1 };\n}\n\ntype Subject =\n  | { readonly id: string; readonly process: string }\n  | { readonly id: string; readonly job: string };\n
  'run.ended': Ended;\n'run.retried': Ended & { next: string };\n'it.spoke': (Subject | { id: '' }) & { why: string };\n'x.y': Nobody;\n'run.ended': { severity: 'info' };`;
  assert.equal(fieldsOf(source, 'run.ended'), '`job` `run`');
  assert.equal(fieldsOf(source, 'run.retried'), '`job` `run` `next`');
  assert.equal(fieldsOf(source, 'it.spoke'), '`id` `process?` `job?` `why`');
  assert.throws(() => fieldsOf(source, 'x.y'), /cannot find the payload of x\.y: there is no type "Nobody"/);
});

test('a machine is drawn with the name of the rule, a dot for nothing to do, a dash for what cannot happen', () => {
  const table = { UP: { stop: function stopped() { return 1; }, due: 'ignore' }, DOWN: { stop: 'ignore', due: 'impossible' } };
  assert.equal(renderMachine(table), markdownTable(['', '`UP`', '`DOWN`'], [['`stop`', 'stopped', '·'], ['`due`', '·', '–']]));
});

test('a bar in a table cell does not make a column', () => {
  assert.equal(markdownTable(['a'], [['x | y']]), '| a |\n| --- |\n| x \\| y |\n');
});

test('a complaint of tsc keeps its indented lines', () => {
  assert.deepEqual(diagnostics('a.ts(1,2): error TS1: x\n  because\nb.ts(1,1): error TS2: y\n'), ['a.ts(1,2): error TS1: x\n  because', 'b.ts(1,1): error TS2: y']);
});

test('totals of a test run are honest: a runner that dies, or fails outside of a test, is a failure', () => {
  const counts = { tests: 3, passed: 2, failed: 0, skipped: 1, cancelled: 0, todo: 0, suites: 0 };
  const report = `${JSON.stringify({ type: 'skip', name: 's', file: 'f', reason: 'no root' })}\n${JSON.stringify({ type: 'counts', counts, ms: 5 })}\n`;
  const good = readTotals(report, 0);
  assert.deepEqual([good.counts.pass, good.counts.fail, good.skipped], [2, 0, ['s: no root']]);
  assert.equal(readTotals(report, 1).counts.fail, 1);
  assert.equal(readTotals('', null).counts.fail, 1);
  assert.match(closing(good.counts), /^ℹ tests 3\nℹ suites 0\nℹ pass 2\nℹ fail 0\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\nℹ duration_ms 5\.000\n$/);
});

test('the longest test files begin first, and one that is renamed is missed', () => {
  const files = ['test/unit/b.test.ts', 'test/unit/c.test.ts', 'test/unit/a.test.ts'];
  assert.deepEqual(inOrder('unit', files, ['c']), ['test/unit/c.test.ts', 'test/unit/a.test.ts', 'test/unit/b.test.ts']);
  assert.throws(() => inOrder('unit', files, ['d']), /there is no test\/unit\/d\.test\.ts/);
});

test('the manual page of reeved has every option that its --help has', () => {
  const options = optionsOf(USAGE);
  const long = [...USAGE.matchAll(/--[a-z][\w-]*/g)].map((match) => match[0]).filter((word) => word !== '--help');
  for (const option of new Set(long)) assert.ok(options.some(([left, right]) => left.includes(option) || right.includes(option)), option);
  assert.ok(options.length >= 15, String(options.length));
  assert.match(renderReevedMan(USAGE), /\.TP\n\.B \\-n, \\-\\-nodaemon\n/);
});
