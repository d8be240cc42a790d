// docs/limits.md: its example can be read without a problem, and what it says of defaults is so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { limits } from '../../config/limits.ts';
import { LIMIT_KINDS, NO_LIMITS, SAMPLE_EVERY_MS } from '../../config/limits-spec.ts';
import { FINISH_MS } from '../../daemon/core/limits.ts';
import { KEPT_VIOLATIONS, KEPT_VIOLATIONS_MS } from '../../daemon/store/rows.ts';
import { good, processNamed, readToml } from '../support/config-files.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/limits.md'), 'utf8');
const blocks = [...PAGE.matchAll(/^```toml\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');

test('the example of the page on limits is read without an error, and means what the page says', () => {
  assert.equal(blocks.length, 1);
  const reading = readToml(blocks[0] ?? '');
  assert.deepEqual(reading.problems, []);
  assert.deepEqual([processNamed(reading, 'web').limits.action, processNamed(reading, 'worker').limits.grace], ['restart', 'finish']);
  assert.equal(good(reading).jobs[0]?.process.limits.action, 'stop');
});

test('what the page says of defaults is so', () => {
  assert.deepEqual([NO_LIMITS.action, NO_LIMITS.warnAt, NO_LIMITS.windowMs, NO_LIMITS.everyMs, SAMPLE_EVERY_MS, FINISH_MS], ['alert', 0.9, 30_000, 5000, 5000, 300_000]);
  assert.deepEqual([KEPT_VIOLATIONS, KEPT_VIOLATIONS_MS], [50, 86_400_000]);
  const keys = Object.keys((limits.json as { properties: Record<string, unknown> }).properties);
  for (const name of ['memory', 'cpu', 'processes', 'nofile', 'runtime', 'disk', 'every', 'warn_at', 'action', 'grace', 'throttle', 'window']) {
    assert.ok(keys.includes(name), name);
    assert.match(PAGE, new RegExp(`\`${name}\\b`), name);
  }
  assert.equal(LIMIT_KINDS.length, 6);
});
