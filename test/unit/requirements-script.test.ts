import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parseProofs, parseRanges, parseRequirements, testFiles } from '../../scripts/requirements.ts';

test('a row of the requirements is read with its bars in code and its class', () => {
  const text = '| ID | Feature | Exact semantics | Translation | Class |\n|---|---|---|---|---|\n| A23 | Detector flags | ignored | `on_error = ignore|issue` instead | S |\n| E2 | Strategy | x | y | M |\n';
  assert.deepEqual(parseRequirements(text), [{ id: 'A23', feature: 'Detector flags', class: 'S' }, { id: 'E2', feature: 'Strategy', class: 'M' }]);
});

test('a row whose class cannot be read is an error, not a row that nobody misses', () => {
  assert.throws(() => parseRequirements('| A1 | Detector | x | y | maybe |'), /cannot read this row/);
});

test('ids count in the brackets of test names and nowhere else', () => {
  const source = [
    `test('the last bytes are in the log [B4, E40]', () => {});`,
    `it("a range proves each [E2-E4]", () => {});`,
    `test.skip('not an id [x] but an id [A1]', () => {});`,
    `const other = 'not a test [C63]';`,
  ].join('\n');
  assert.deepEqual(parseProofs(source, 'f').map((proof) => proof.id), ['B4', 'E40', 'E2', 'E3', 'E4', 'A1']);
});

test('ranges are spelled out, and nonsense is refused', () => {
  assert.deepEqual(parseRanges('B1-B3,B13, C63–C64'), ['B1', 'B2', 'B3', 'B13', 'C63', 'C64']);
  assert.throws(() => parseRanges('B1-C3'), /cannot read the range "B1-C3"/);
});

test('the ids in the fixtures of this file prove nothing', () => {
  assert.ok(testFiles().includes('test/unit/core-groups.test.ts'));
  assert.ok(!testFiles().includes('test/unit/requirements-script.test.ts'));
});
