// The lines of `health` and `probe`.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { healthLines, historyLines, probeLines, totalsLine } from '../../ctl/health-lines.ts';
import { FACTS } from '../../daemon/contract/facts.ts';
import type { HealthRow } from '../../daemon/contract/health.ts';

const NOW = 1_763_800_000_000;
const STYLE = { now: NOW, columns: null, colour: false, zone: 'UTC' } as const;

function row(process: string, over: Partial<HealthRow> = {}): HealthRow {
  return {
    process, program: process.slice(0, process.indexOf(':')), state: 'RUNNING', wanted: 'up', health: 'healthy', why: '', sources: [], onUnhealthy: 'restart', probes: [], checks: 0, lastCheckAt: null, unhealthySince: null, hour: null, ...over,
  };
}

test('the ill come first, and the totals say how many are how [C40]', () => {
  const rows = [
    row('web:web', { checks: 12, lastCheckAt: NOW - 2000, hour: { answers: 12, healthy: 12, percent: 100 } }),
    row('pool:pool-0', { program: 'pool', health: 'unhealthy', why: 'refused', unhealthySince: NOW - 65_000, checks: 9, lastCheckAt: NOW - 3000, hour: { answers: 9, healthy: 6, percent: 66.7 } }),
    row('gone:gone', { health: 'unknown', state: 'FATAL' }),
  ];
  assert.deepEqual(healthLines(rows, STYLE), [
    'NAME         PROGRAM  STATE    HEALTH     ILL FOR  LAST CHECK  CHECKS     1H  REASON',
    'gone                  FATAL    unknown             -                -      -  -',
    'pool:pool-0  pool     RUNNING  unhealthy  1m 5s    3s ago           9  66.7%  refused',
    'web                   RUNNING  healthy             2s ago          12   100%  -',
    '',
    '3 processes: 1 healthy, 1 unhealthy, 1 unknown, 1 to be up and not there',
  ]);
  assert.equal(totalsLine([row('a:a')]), '1 process: 1 healthy');
});

test('a probe says what it asks and how its answers were; control characters of a reason are made harmless', () => {
  const probe = { name: 'http', kind: 'http', target: 'http://x/', value: 'unhealthy', why: 'bad\u001b[31m', failuresInRow: 3, successesInRow: 0, checks: 10, ok: 7, degraded: 0, failed: 3, lastAt: NOW, lastMs: 12.34, averageMs: 1500 } as const;
  const [, line] = probeLines([row('web:web', { probes: [probe] })], STYLE);
  assert.match(line ?? '', /^web +http +unhealthy +3 failed +7 +0 +3 +now +12\.3ms +1\.5s +http:\/\/x\/ +bad/);
  assert.ok(!(line ?? '').includes('\u001b'));
});

test('the history is told oldest first, with the share of good answers [C38]', () => {
  const lines = historyLines(row('web:web', { hour: { answers: 2, healthy: 1, percent: 50 }, history: [{ at: NOW - 60_000, probe: 'http', outcome: 'failed', why: 'refused', durationMs: 3, incarnation: 4 }, { at: NOW, probe: 'http', outcome: 'ok', why: '', durationMs: 2, incarnation: 4 }] }), STYLE);
  assert.deepEqual(lines, ['web: the last 2 answers; of 2 in the last hour 50 % were good', '  2025-11-22 08:25:40  life 4  http  failed  3ms  refused', '  2025-11-22 08:26:40  life 4  http  ok  2ms']);
  assert.deepEqual(historyLines(row('web:web'), STYLE), ['web: no answers yet']);
});

test('each value has its colour: well is green, degraded yellow, ill red, and unknown grey [C33]', () => {
  const colour = (health: HealthRow['health']): string => /\u001b\[(\d+)m/.exec(healthLines([row('a:a', { health })], { ...STYLE, colour: true })[1] ?? '')?.[1] ?? '';
  assert.deepEqual((['healthy', 'degraded', 'unhealthy', 'stuck', 'unknown'] as const).map(colour), ['32', '33', '31', '31', '90']);
  assert.deepEqual((['health.failed', 'health.changed', 'health.recovered'] as const).map((name) => FACTS[name].severity), ['error', 'info', 'info']);
});
