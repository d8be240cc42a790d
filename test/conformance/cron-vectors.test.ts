// Recorded answers about cron expressions, replayed through the grammar and the calculator that the daemon uses.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { replayCron } from '../support/cron-replay.ts';
import type { CronVector } from '../support/cron-replay.ts';

function differencesOf(name: string, lines: number): string[] {
  const text = gunzipSync(readFileSync(new URL(`../vectors/${name}.jsonl.gz`, import.meta.url))).toString().trim();
  const vectors = text.split('\n').map((line) => JSON.parse(line) as CronVector);
  assert.equal(vectors.length, lines);
  return vectors.map(replayCron).filter((difference) => difference !== null).slice(0, 3);
}

test('903 recorded expressions have the ten next times that croniter and Celery agree on [B14][B15][B16][B27][D10][D12][D13][D16]', () => {
  assert.deepEqual(differencesOf('cron', 903), []);
});

test('112 recorded schedules around clock changes: missing times run once at the jump, repeated ones once, `*` hours follow elapsed time [B28]', () => {
  assert.deepEqual(differencesOf('cron-dst', 112), []);
});

test('147 recorded expressions are refused, dates that no calendar has among them [D15]', () => {
  assert.deepEqual(differencesOf('cron-invalid', 147), []);
});
