// docs/health.md: every example can be read without a problem, and what it says of defaults is so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROBE_DEFAULTS } from '../../config/health-spec.ts';
import { autoscaleKeys } from '../../config/health.ts';
import { HISTORY_KEPT } from '../../daemon/core/health-history.ts';
import { MAX_OPEN } from '../../daemon/runtime/health.ts';
import { good, processNamed, readIni, readToml } from '../support/config-files.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/health.md'), 'utf8');
const blocks = (language: string): string[] => [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1] ?? '');

test('every example of the page on health is read without an error or a warning', () => {
  assert.equal(blocks('toml').length, 3);
  for (const text of blocks('toml')) assert.deepEqual(readToml(text).problems, [], text);
  const [ini = ''] = blocks('ini');
  assert.deepEqual(readIni(`[supervisord]\n${ini}`).problems, []);
  assert.deepEqual(processNamed(readIni(`[supervisord]\n${ini}`), 'web').health.probes.map(({ kind, failures }) => [kind, failures]), [['http', 3], ['exec', 5]]);
});

test('what the page on health says of defaults and bounds is so', () => {
  assert.deepEqual(PROBE_DEFAULTS, { intervalMs: 30_000, timeoutMs: 5000, failures: 3, successes: 2, startPeriodMs: 0 });
  for (const line of ['| `interval` | `30s` |', '| `timeout` | `5s` |', '| `failures` | 3 |', '| `successes` | 2 |', '| `start_period` | `0s` |']) assert.ok(PAGE.includes(line), line);
  const [first = '', , third = ''] = blocks('toml');
  const worker = processNamed(readToml(first), 'worker');
  assert.deepEqual([worker.health.onUnhealthy, worker.health.probes.map(({ name }) => name)], ['alert', ['heartbeat', 'exec', 'silence']]);
  assert.equal(processNamed(readToml(first), 'web').health.onUnhealthy, 'restart');
  assert.deepEqual(good(readToml(third)).tree.members.flatMap((group) => (group.kind === 'group' ? group.members.map((one) => (one.kind === 'process' ? one.name : '')) : [])), ['pool-0', 'pool-1']);
  assert.deepEqual([autoscaleKeys.scale_interval.fallback, autoscaleKeys.scale_up_delay.fallback, autoscaleKeys.scale_down_delay.fallback], [10_000, 0, 30_000]);
  assert.ok(PAGE.includes(`at most ${MAX_OPEN.connections} connections and ${MAX_OPEN.commands} commands`));
  assert.ok(PAGE.includes(`the last ${HISTORY_KEPT} answers`));
});
