// Health in the snapshot: the worst of what is known of the present life, each source with its reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import { healthWith, UNKNOWN_HEALTH } from '../../daemon/contract/health.ts';
import { applyEvent, emptySnapshot } from '../../daemon/contract/snapshot.ts';
import { addedFacts } from '../../daemon/core/tree-words.ts';
import { initialProcess } from '../../daemon/core/process-state.ts';
import { processSpec } from '../support/specs.ts';

function snapshot() {
  const s = emptySnapshot();
  let seq = 0;
  const publish = (body: FactBody): void => applyEvent(s, { ...body, seq: (seq += 1), at: seq } as Fact);
  for (const fact of addedFacts(processSpec('web:web'), initialProcess(0, 'up'))) publish(fact);
  const begin = (incarnation: number): void => publish({ type: 'process.starting', process: 'web:web', incarnation, from: 'STOPPED', tries: 0 });
  begin(1);
  const row = () => {
    const found = s.processes.get('web:web');
    assert.ok(found);
    return found;
  };
  return { publish, begin, row };
}

const LIFE = { supervisionId: 'id', process: 'web:web', incarnation: 1 } as const;
const CROSSED = { limit: 'memory', max: 100, actual: 95, why: 'it uses 95 MiB' } as const;

test('a program near a limit is degraded, over it unhealthy, and well below it as it was [C29][C35]', () => {
  const { publish, row } = snapshot();
  publish({ type: 'health.reported', ...LIFE, value: 'healthy', why: '' });
  publish({ type: 'limit.warned', ...LIFE, ...CROSSED });
  assert.equal(row().health, 'degraded');
  publish({ type: 'limit.exceeded', ...LIFE, ...CROSSED, action: 'alert' });
  publish({ type: 'limit.warned', ...LIFE, ...CROSSED, limit: 'cpu' });
  assert.equal(row().health, 'unhealthy');
  publish({ type: 'limit.cleared', ...LIFE, limit: 'memory' });
  assert.equal(row().health, 'degraded');
  publish({ type: 'limit.cleared', ...LIFE, limit: 'cpu' });
  assert.deepEqual([row().health, row().healthSources], ['healthy', [{ source: 'report', value: 'healthy', why: '' }]]);
});

test('a program that says it is well is stuck all the same while its signs of life are missing', () => {
  const { publish, row } = snapshot();
  publish({ type: 'heartbeat.stuck', ...LIFE, why: 'no heartbeat for 180 s', action: 'alert' });
  publish({ type: 'health.reported', ...LIFE, value: 'healthy', why: '' });
  assert.equal(row().health, 'stuck');
  publish({ type: 'heartbeat.recovered', ...LIFE });
  assert.equal(row().health, 'healthy');
});

test('a new life begins with nothing known, and news of the one before it changes nothing', () => {
  const { publish, begin, row } = snapshot();
  publish({ type: 'limit.exceeded', ...LIFE, ...CROSSED, action: 'restart' });
  begin(2);
  assert.deepEqual([row().health, row().healthSources], ['unknown', []]);
  publish({ type: 'limit.exceeded', ...LIFE, ...CROSSED, action: 'restart' });
  assert.equal(row().health, 'unknown');
});

test('a source that has nothing to say any more counts no more', () => {
  const once = healthWith(UNKNOWN_HEALTH, 'http', 'unhealthy', 'status 500');
  assert.equal(healthWith(healthWith(once, 'tcp', 'healthy'), 'http', null).health, 'healthy');
  assert.deepEqual(healthWith(once, 'http', null), UNKNOWN_HEALTH);
});

test('who is gone is not healthy; what was wrong is said until it lives again, and of who was stopped no more', () => {
  const { publish, begin, row } = snapshot();
  const gone = { type: 'process.exited', process: 'web:web', incarnation: 1, pid: 7, code: 1, signal: null, coreDumped: false, expected: false, ranMs: 5, from: 'RUNNING', left: [] } as const;
  publish({ type: 'health.reported', ...LIFE, value: 'healthy', why: '' });
  publish(gone);
  assert.deepEqual([row().health, row().healthSources], ['unknown', []]);
  begin(1);
  publish({ type: 'heartbeat.missed', ...LIFE, expectedAt: 1, lateMs: 1, misses: 3 });
  publish({ type: 'heartbeat.stuck', ...LIFE, why: 'no heartbeat for 180 s', action: 'restart' });
  publish(gone);
  assert.equal(row().health, 'stuck');
  publish({ type: 'process.stopped', process: 'web:web', incarnation: 1, pid: 7, why: 'ann stopped it' });
  assert.deepEqual([row().health, row().healthSources, row().heartbeat], ['unknown', [], null]);
});
