// A thousand trees that Erlang/OTP's supervisor was recorded with, replayed through the tree the daemon runs.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { replayScenario } from '../support/otp-replay.ts';
import type { Scenario } from '../support/otp-replay.ts';

const lines = gunzipSync(readFileSync(new URL('../vectors/otp-supervisor.jsonl.gz', import.meta.url))).toString().trim().split('\n');

test('every recorded OTP tree is reproduced: strategies, policies, intensity and escalation [E2, E3, E4, E6, E7, E8, E9, E10, E11, E18, E19, E20]', () => {
  const differences = lines.map((line) => replayScenario(JSON.parse(line) as Scenario)).filter((d) => d !== null);
  assert.equal(lines.length, 1000);
  assert.deepEqual(differences.slice(0, 3), []);
});
