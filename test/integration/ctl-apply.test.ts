// reevectl apply: what it shows, whom it asks, and with which status it ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../../daemon/contract/plan.ts';
import { failed, fakeDaemon, ok, operation, refuse } from '../support/fake-daemon.ts';
import { runHere } from '../support/run-ctl.ts';

const PLAN: Plan = {
  id: 'feed', file: '/etc/reeve.toml', changes: true, groups: [], jobs: [], breakers: [], settings: [],
  processes: [
    { process: 'web:web', action: 'restart', changes: [{ key: 'command', from: 'a', to: 'b' }], staysDown: false },
    { process: 'db:db', action: 'keep', changes: [], staysDown: false },
  ],
};
const NOTHING: Plan = { ...PLAN, changes: false, processes: [] };
const done = operation('apply', [{ ...ok('web'), message: 'restarted' }]);
const bodies = (fake: { seen: readonly { method: string; body: unknown }[] }): unknown[] => fake.seen.filter((one) => one.method === 'POST').map((one) => one.body);

test('apply asks on a terminal, and applies exactly the plan that it showed', async () => {
  await using fake = Object.assign(await fakeDaemon({ 'GET /v1/plan': () => PLAN, 'POST /v1/apply': () => done }), { async [Symbol.asyncDispose]() { await fake.close(); } });
  const no = await runHere(fake.url, ['apply'], { answer: 'n' });
  assert.deepEqual([no.code, no.err, bodies(fake).length], [1, 'Nothing was applied.\n', 0]);
  const yes = await runHere(fake.url, ['apply', '--rolling', '--max-unavailable', '3'], { answer: 'y' });
  assert.deepEqual([yes.code, yes.out], [0, 'restart  web\n           command: "a" -> "b"\nPlan feed: 1 to restart, 1 stays as it is.\nweb: restarted\n']);
  assert.deepEqual(bodies(fake), [{ plan: 'feed', rolling: true, max_unavailable: 3 }]);
});

test('without a terminal and without --yes it refuses with words and 2; --dry-run is 3 with changes and 0 without', async () => {
  let plan = PLAN;
  await using fake = Object.assign(await fakeDaemon({ 'GET /v1/plan': () => plan, 'POST /v1/apply': () => done }), { async [Symbol.asyncDispose]() { await fake.close(); } });
  const nobody = await runHere(fake.url, ['apply']);
  assert.deepEqual([nobody.code, nobody.err], [2, 'Nothing was applied: there is nobody to ask. Say --yes to apply it, or --dry-run to only look.\n']);
  assert.equal((await runHere(fake.url, ['apply', '--dry-run'])).code, 3);
  assert.deepEqual(JSON.parse((await runHere(fake.url, ['apply', '--dry-run', '--json'])).out), PLAN);
  plan = NOTHING;
  for (const words of [['apply', '--dry-run'], ['apply'], ['apply', '--yes']]) assert.deepEqual([(await runHere(fake.url, words)).code, bodies(fake).length], [0, 0], words.join(' '));
});

test('a failed target, a stale plan and a bad file end with 1, 1 and 2, and say why', async () => {
  let answer: 'failed' | 'stale' = 'failed';
  let bad = false;
  await using fake = Object.assign(
    await fakeDaemon({
      'GET /v1/plan': (_seen, response) => (bad ? refuse(response, 'BAD_CONFIG', 'cannot apply, nothing was changed: x') : PLAN),
      'POST /v1/apply': (_seen, response) => (answer === 'stale' ? refuse(response, 'STALE_PLAN', 'cannot apply plan feed: the file has changed') : operation('apply', [failed('web', 'SPAWN_FAILED', 'put back to what it was')])),
    }),
    { async [Symbol.asyncDispose]() { await fake.close(); } },
  );
  const broken = await runHere(fake.url, ['apply', '--yes']);
  assert.deepEqual([broken.code, /^web: ERROR \(put back to what it was\)$/m.test(broken.out)], [1, true]);
  answer = 'stale';
  const stale = await runHere(fake.url, ['apply', '--yes', '--plan', 'feed']);
  assert.deepEqual([stale.code, /the file has changed/.test(stale.out)], [1, true]);
  bad = true;
  const refused = await runHere(fake.url, ['apply', '--yes']);
  assert.deepEqual([refused.code, /nothing was changed: x/.test(refused.out)], [2, true]);
});
