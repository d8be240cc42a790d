// docs/from-supervisord.md names complaints about supervisord; each is shown by a test that has its number, and no such test is left out.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../..');
const numbers = (text: string): readonly number[] => [...new Set([...text.matchAll(/Sv#(\d+)/g)].map((match) => Number(match[1])))].toSorted((a, b) => a - b);

/** The names of all tests: the lines that begin one. */
function testNames(): string {
  const files = globSync('test/{unit,model,integration,conformance}/**/*.test.ts', { cwd: ROOT });
  return files.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').filter((line) => /^\s*(await )?(t\.)?(test|onBoth)\(/.test(line))).join('\n');
}

test('every complaint about supervisord in the documents has a test of its number, and every such test is in the documents', () => {
  const docs = readFileSync(join(ROOT, 'docs/from-supervisord.md'), 'utf8');
  const rows = docs.split('\n').filter((line) => line.startsWith('| Sv#')).join('\n');
  assert.deepEqual(numbers(rows), numbers(testNames()));
});
