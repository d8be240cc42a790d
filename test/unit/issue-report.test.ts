// What is said to be wrong: the forms a report may have, and what makes an issue the one it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../daemon/contract/reports.ts';
import { canonical, identityOf, readIssueJson, readIssueLine } from '../../daemon/core/issue-report.ts';
import { report } from '../support/issue-world.ts';

const bag = report('bag 17 is late', { code: 'bag', params: { id: 17 } });

test('defect 6: every documented form of an issue is taken: text, list and mapping [A6]', () => {
  const forms: readonly [string, unknown][] = [
    ['bag 17 is late', report('bag 17 is late')],
    ['"bag 17 is late"', report('"bag 17 is late"')],
    ['["bag 17 is late"]', report('bag 17 is late')],
    ['["bag 17 is late", "bag"]', report('bag 17 is late', { code: 'bag' })],
    ['["bag 17 is late", "bag", {"id": 17}]', bag],
    ['{"message": "bag 17 is late"}', report('bag 17 is late')],
    ['{"code": "late"}', report('late', { code: 'late' })],
    ['{"code": "bag", "message": "bag 17 is late", "params": {"id": 17}}', bag],
    ['{"message": "x", "dedup_key": "k", "severity": "critical"}', report('x', { dedupKey: 'k', severity: 'critical' })],
    ['[warning] disk full', report('[warning] disk full')],
  ];
  for (const [line, expected] of forms) assert.deepEqual(readIssueLine(line, false), { report: expected }, line);
  assert.equal(readIssueLine('   ', false), null, 'an empty line says nothing');
});

test('with output = "json" what is no object with a message is chatter', () => {
  for (const line of ['looking at 17 bags', '["a", "b"]', '{"checked": 17}', '{"message"']) assert.equal(readIssueLine(line, true), null, line);
  assert.deepEqual(readIssueLine('{"message": "x"}', true), { report: report('x') });
});

test('what cannot be an issue says why', () => {
  const problem = (value: Json): string => {
    const read = readIssueJson(value);
    return 'problem' in read ? read.problem : assert.fail(JSON.stringify(read));
  };
  assert.match(problem({ text: 'x' }), /"text" is no field of an issue: there are message, code/);
  assert.match(problem({ message: ' ' }), /has a message/);
  assert.match(problem({ message: 'x', code: 'a b' }), /the code of an issue is a word/);
  assert.match(problem({ message: 'x', severity: 'bad' }), /severity is one of minor, major, critical/);
  assert.match(problem({ message: 'x', params: 'y'.repeat(5000) }), /params are longer than 4096/);
  assert.match(problem({ message: 'x', dedup_key: 5 }), /dedup_key is a text/);
  assert.match(problem(['a', 'b', 1, 2]), /an issue as a list/);
  assert.match(problem(17), /an issue is an object/);
  const broken = readIssueLine('{"message": "cut', false);
  assert.match(broken && 'problem' in broken ? broken.problem : '', /begins as JSON and is none/);
});

test('control characters are made harmless and long messages cut', () => {
  const read = readIssueLine(`a\u0007b\tc ${'x'.repeat(5000)}`, false);
  assert.ok(read && 'report' in read);
  assert.match(read.report.message, /^a b c x+$/);
  assert.equal(read.report.message.length, 1000);
  assert.deepEqual(readIssueLine('disk \u202Elluf', false), readIssueLine('disk \uFFFDlluf', false), 'what turns text around is shown');
});

test('an identity is check, message, code and params in whatever order they are written; with a dedup key it is that alone [A7]', () => {
  const one = identityOf('bags', report('m', { params: { a: 1, b: [2, { c: 3, d: 4 }] } }));
  assert.equal(identityOf('bags', report('m', { params: { b: [2, { d: 4, c: 3 }], a: 1 }, severity: 'minor' })), one);
  for (const [check, other] of [['bags', report('n')], ['other', bag], ['bags', { ...bag, code: 'x' }], ['bags', { ...bag, params: { id: 18 } }], ['bags', { ...bag, dedupKey: 'k' }]] as const)
    assert.notEqual(identityOf(check, other), identityOf('bags', bag));
  assert.equal(identityOf('bags', { ...bag, dedupKey: 'k' }), identityOf('bags', report('other words', { dedupKey: 'k' })));
  assert.notEqual(identityOf('bags', report('x', { params: null })), identityOf('bags', report('x', { params: {} })));
  assert.equal(canonical({ b: 1, a: [null, 'x'] }), '{"a":[null,"x"],"b":1}');
});
