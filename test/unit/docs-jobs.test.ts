// docs/jobs.md: every example can be read without a problem, and what it says of them is so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JobSpec } from '../../config/job-spec.ts';
import { good, readIni, readToml } from '../support/config-files.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/jobs.md'), 'utf8');
const blocks = (language: string): string[] => [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');

test('every example of the page on jobs is read without an error or a warning', () => {
  assert.ok(blocks('toml').length > 5);
  for (const [read, language] of [[readToml, 'toml'], [readIni, 'ini']] as const)
    for (const text of blocks(language)) {
      const { config, problems } = read(text);
      assert.deepEqual(problems, [], text);
      assert.ok((config?.jobs.length ?? 0) > 0, text);
    }
});

test('what the page says of defaults is so', () => {
  const all = blocks('toml').flatMap((text) => good(readToml(text)).jobs);
  const job = (name: string): JobSpec => {
    const found = all.find((one) => one.name === name);
    assert.ok(found, name);
    return found;
  };
  assert.equal(job('reminders').misfireGraceMs, 60_000);
  assert.equal(job('reminders').catchUp, 'one');
  assert.deepEqual([job('rates').timezone, job('rates').timeoutMs], ['Africa/Nairobi', 3_600_000]);
  assert.deepEqual([job('sync').softTimeout?.signal, job('sync').retry.backoff.baseMs, job('sync').retry.backoff.policy], ['TERM', 60_000, 'fixed']);
  assert.deepEqual([job('mail').retry.backoff.baseMs, job('mail').retry.backoff.factor, job('mail').retry.backoff.jitter], [1000, 2, 1]);
  assert.deepEqual(job('extract').chains, { success: ['load'], failure: ['tell'] });
  const { breakers, jobSettings } = good(readToml(blocks('toml').find((text) => text.includes('[breakers.smtp]')) ?? ''));
  assert.deepEqual(breakers.map(({ failures, successes, trials, cooldownMs }) => [failures, successes, trials, cooldownMs]), [[5, 2, 3, 300_000]]);
  assert.equal(jobSettings.deadLetterMs, 30 * 86_400_000);
});
