// The health of a process as facts of its own.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { FactBody } from '../../daemon/contract/facts.ts';
import { Bus } from '../../daemon/runtime/bus.ts';
import { healthNews } from '../../daemon/runtime/health-news.ts';

const W = { process: 'web:web', incarnation: 1 } as const;
const OF = { ...W, supervisionId: 'x' } as const;

function world() {
  let now = 1000;
  const bus = new Bus({ mono: () => now, wall: () => now });
  const news = healthNews((id) => bus.snapshot.processes.get(id), (fact) => bus.publish(fact));
  const changes: string[] = [];
  bus.subscribe((fact) => {
    if (fact.type === 'health.changed') changes.push(`${fact.previous} > ${fact.value}${fact.why === '' ? '' : ` (${fact.why})`}`);
    news.heard(fact);
  });
  const say = (fact: FactBody, at = now): void => {
    now = at;
    bus.publish(fact);
  };
  say({ type: 'process.added', process: W.process, group: 'web', program: 'web', num: 0, autostart: true, priority: 999, incarnation: 0 });
  say({ type: 'process.starting', ...W, from: 'STOPPED', tries: 0 });
  return { say, changes, news };
}

test('a change of value or reason is told once, with what it was before [C36][E29]', () => {
  const { say, changes } = world();
  say({ type: 'health.probed', ...W, probe: 'http', value: 'healthy', why: '' });
  say({ type: 'health.probed', ...W, probe: 'tcp', value: 'healthy', why: '' });
  say({ type: 'health.reported', ...OF, value: 'degraded', why: 'slow' });
  say({ type: 'health.reported', ...OF, value: 'degraded', why: 'slow' });
  say({ type: 'health.reported', ...OF, value: 'degraded', why: 'slower' });
  say({ type: 'health.reported', ...OF, value: 'healthy', why: '' });
  assert.deepEqual(changes, ['unknown > healthy', 'healthy > degraded (report: slow)', 'degraded > degraded (report: slower)', 'degraded > healthy']);
});

test('a limit that is not kept makes it unhealthy, with the kind of the limit as the reason [C35]', () => {
  const { say, changes } = world();
  say({ type: 'limit.exceeded', ...OF, limit: 'memory', max: 1, actual: 2, why: 'memory 2 MB of 1 MB', action: 'alert' });
  say({ type: 'limit.cleared', ...OF, limit: 'memory' });
  assert.deepEqual(changes, ['unknown > unhealthy (memory 2 MB of 1 MB)', 'unhealthy > unknown']);
});

test('since when it has been unhealthy is known until it is well or a new life begins [C37]', () => {
  const { say, news } = world();
  say({ type: 'health.probed', ...W, probe: 'http', value: 'unhealthy', why: 'a' }, 5000);
  say({ type: 'health.probed', ...W, probe: 'http', value: 'unhealthy', why: 'b' }, 6000);
  say({ type: 'heartbeat.stuck', ...OF, why: 'c', action: 'alert' }, 7000);
  assert.equal(news.unhealthySince('web:web'), 5000);
  say({ type: 'heartbeat.recovered', ...OF }, 8000);
  say({ type: 'health.probed', ...W, probe: 'http', value: 'healthy', why: '' }, 9000);
  assert.equal(news.unhealthySince('web:web'), null);
  say({ type: 'health.probed', ...W, probe: 'http', value: 'unhealthy', why: 'a' }, 10_000);
  say({ type: 'process.starting', process: 'web:web', incarnation: 2, from: 'BACKOFF', tries: 1 }, 11_000);
  assert.equal(news.unhealthySince('web:web'), null);
});
