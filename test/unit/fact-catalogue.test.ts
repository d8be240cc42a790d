// Events that supervisors of other worlds have, and the facts that tell of them here: with their severity and what they carry.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configJsonSchema } from '../../config/json-schema.ts';
import { ERROR_KINDS, errorClass, ERRORS } from '../../daemon/contract/errors.ts';
import type { ErrorCode } from '../../daemon/contract/errors.ts';
import { FACTS, SEVERITIES } from '../../daemon/contract/facts.ts';
import { FAILURE_REASONS } from '../../daemon/contract/fact-payloads.ts';
import type { FactBody, Severity } from '../../daemon/contract/facts.ts';
import type { FactName } from '../../daemon/contract/fact-payloads.ts';
import type { BreakerView } from '../../daemon/contract/jobs.ts';
import { ROUTES } from '../../daemon/contract/routes.ts';
import { Bus } from '../../daemon/runtime/bus.ts';
import { Tally } from '../../daemon/runtime/tally.ts';

interface Row {
  readonly is: string;
  /** A fact as it is published: that it has all its fields is checked when this file is compiled. */
  readonly fact: FactBody;
  readonly severity: Severity;
  /** What it must carry. */
  readonly carries: readonly string[];
}

const life = { process: 'web:web', incarnation: 2 } as const;
const row: BreakerView = { name: 'smtp', state: 'open', failures: 5, successes: 0, totalFailures: 5, totalSuccesses: 0, trialsRunning: 0, openedAt: 1, lastFailureAt: 1, lastSuccessAt: null, retryAt: 2, why: '' };

const SUPERVISION: readonly Row[] = [
  { is: 'started', fact: { type: 'process.spawned', ...life, pid: 7, supervisionId: 'x' }, severity: 'info', carries: ['process', 'pid'] },
  { is: 'stopped', fact: { type: 'process.stopped', ...life, pid: 7, why: 'ann stopped it' }, severity: 'info', carries: ['process', 'why'] },
  { is: 'failed, and tried again', fact: { type: 'process.backoff', ...life, from: 'STARTING', tries: 2, delayMs: 1000, why: 'exit status 3' }, severity: 'warning', carries: ['why', 'tries'] },
  { is: 'failed', fact: { type: 'process.fatal', ...life, from: 'STARTING', why: 'exit status 3', exceeded: { restarts: 4, windowMs: 60_000 } }, severity: 'error', carries: ['why', 'exceeded'] },
  { is: 'restarted', fact: { type: 'process.restarted', ...life, program: 'web', reason: 'exit', restarts: 1 }, severity: 'warning', carries: ['program', 'process', 'reason', 'restarts'] },
  { is: 'limit exceeded', fact: { type: 'group.gave_up', group: 'web', failed: 'web:web', restarts: 6, windowMs: 60_000 }, severity: 'critical', carries: ['restarts', 'windowMs'] },
  { is: 'strategy applied', fact: { type: 'group.strategy_applied', group: 'web', strategy: 'one_for_all', failed: 'web:web', affected: [], restarts: 1, max: 5 }, severity: 'info', carries: ['strategy', 'failed', 'affected'] },
];

const SYSTEM: readonly Row[] = [
  { is: 'started', fact: { type: 'daemon.started', pid: 1, version: '1', file: 'f', programs: 2, implementation: 'native' }, severity: 'info', carries: ['pid', 'version', 'file'] },
  { is: 'shutdown', fact: { type: 'daemon.stopping', mode: 'warm', why: 'ann' }, severity: 'info', carries: ['mode', 'why'] },
  { is: 'shut down', fact: { type: 'daemon.stopped', exitCode: 0, why: 'ann', survivors: [], left: [] }, severity: 'info', carries: ['exitCode', 'survivors'] },
  { is: 'registered', fact: { type: 'process.added', process: 'web:web', group: 'web', program: 'web', num: 0, autostart: true, priority: 1, incarnation: 0 }, severity: 'info', carries: ['process', 'group', 'program'] },
  { is: 'deregistered', fact: { type: 'process.removed', process: 'web:web' }, severity: 'info', carries: ['process'] },
  { is: 'configuration changed', fact: { type: 'daemon.reloaded', added: [], changed: [], removed: [] }, severity: 'info', carries: ['added', 'changed', 'removed'] },
  { is: 'configuration refused', fact: { type: 'daemon.reload_refused', problems: [] }, severity: 'error', carries: ['problems'] },
];

const of = { supervisionId: 'x', ...life } as const;
const limits = { limit: 'memory', max: 2, actual: 3, why: 'it uses 3' } as const;
/** chaperone's twenty; those about deployments are `apply`, `drain` and rolling restarts here. */
const MONITORED: readonly Row[] = [
  { is: 'heartbeat received', fact: { type: 'heartbeat.received', ...of, meta: null }, severity: 'debug', carries: ['supervisionId', 'meta'] },
  { is: 'heartbeat missed', fact: { type: 'heartbeat.missed', ...of, expectedAt: 1, lateMs: 2, misses: 3 }, severity: 'warning', carries: ['supervisionId', 'misses', 'lateMs'] },
  { is: 'health changed', fact: { type: 'health.changed', ...life, value: 'unhealthy', previous: 'healthy', why: '' }, severity: 'info', carries: ['process', 'value', 'previous'] },
  { is: 'job stuck', fact: { type: 'heartbeat.stuck', supervisionId: 'x', job: 'import', run: 'r', why: '', action: 'kill' }, severity: 'error', carries: ['job', 'run', 'why', 'action'] },
  { is: 'memory or cpu exceeded, violation', fact: { type: 'limit.exceeded', ...of, ...limits, action: 'restart' }, severity: 'error', carries: ['limit', 'max', 'actual', 'action'] },
  { is: 'near a limit', fact: { type: 'limit.warned', ...of, ...limits }, severity: 'warning', carries: ['limit', 'max', 'actual'] },
  { is: 'breaker opened', fact: { type: 'breaker.opened', breaker: 'smtp', row, by: '' }, severity: 'error', carries: ['breaker', 'row'] },
  { is: 'breaker half-open', fact: { type: 'breaker.half_opened', breaker: 'smtp', row, by: '' }, severity: 'info', carries: ['breaker', 'row'] },
  { is: 'breaker closed', fact: { type: 'breaker.closed', breaker: 'smtp', row, by: '' }, severity: 'info', carries: ['breaker', 'row'] },
  { is: 'moved to the dead letters', fact: { type: 'dead.added', job: 'import', run: 'r', cause: 'exit', attempts: 3 }, severity: 'warning', carries: ['job', 'run', 'attempts'] },
  { is: 'deployment', fact: { type: 'drain.started', names: [], by: 'ann', expiresAt: null, remaining: [] }, severity: 'info', carries: ['names', 'by'] },
  { is: 'deployment done', fact: { type: 'drain.completed', names: [], cancelled: 0 }, severity: 'info', carries: ['names', 'cancelled'] },
  { is: 'deployment timed out', fact: { type: 'drain.timed_out', names: [], timeoutMs: 1, remaining: [] }, severity: 'warning', carries: ['names', 'remaining'] },
];

const WORKER: readonly Row[] = [
  {
    is: 'crashed', severity: 'info', carries: ['process', 'pid', 'code', 'signal', 'expected'],
    fact: { type: 'process.exited', ...life, pid: 7, code: 3, signal: null, coreDumped: false, expected: false, ranMs: 1, from: 'RUNNING', left: [] },
  },
  { is: 'restarted', fact: { type: 'process.restarted', ...life, program: 'web', reason: 'signal', restarts: 2 }, severity: 'warning', carries: ['process', 'program', 'reason'] },
];

function holds(rows: readonly Row[]): void {
  for (const { is, fact, severity, carries } of rows) {
    assert.equal(FACTS[fact.type].severity, severity, `${is}: ${fact.type}`);
    for (const field of carries) assert.ok(field in fact, `${is}: ${fact.type} carries ${field}`);
  }
}

test('every event of supervision is a fact with its severity and what it carries [E40]', () => holds(SUPERVISION));
test('every event of the system is a fact with its severity and what it carries [E41]', () => holds(SYSTEM));
test('every event of the monitor is a fact with its severity and what it carries [C93]', () => holds(MONITORED));
test('what happens to a worker is told with its pool, pid, exit code and reason [C94]', () => holds(WORKER));

test('every run says that it began and how it ended [C93]', () => {
  const ends: readonly FactName[] = ['run.started', 'run.succeeded', 'run.failed', 'run.retrying', 'run.timed_out', 'run.stalled', 'run.cancelled', 'run.missed', 'run.skipped', 'run.interrupted', 'run.dead'];
  for (const name of ends) assert.match(FACTS[name].says, /\.$/, name);
  assert.deepEqual(['run.timed_out', 'run.dead'].map((name) => FACTS[name as FactName].severity), ['error', 'error']);
});

test('a restart that nobody asked for is told with its reason and its count; one that somebody asked for is not [C94][E40]', () => {
  let now = 0;
  const bus = new Bus({ mono: () => now, wall: () => now } as ConstructorParameters<typeof Bus>[0]);
  const tally = new Tally({ mono: () => now }, (fact) => bus.publish(fact));
  bus.subscribe((fact) => tally.heard(fact));
  const told: string[] = [];
  bus.subscribe((fact) => {
    if (fact.type === 'process.restarted') told.push(`${fact.process} of ${fact.program}, life ${fact.incarnation}: ${fact.reason}, ${fact.restarts}`);
  });
  bus.publish({ type: 'process.added', process: 'web:web', group: 'web', program: 'web', num: 0, autostart: true, priority: 1, incarnation: 0 });
  const begin = (incarnation: number): void => bus.publish({ type: 'process.starting', process: 'web:web', incarnation, from: 'STOPPED', tries: 0 });
  const end = (incarnation: number, signal: string | null, from: 'RUNNING' | 'STOPPING' = 'RUNNING'): void => {
    now += 1;
    bus.publish({ type: 'process.exited', process: 'web:web', incarnation, pid: 7, code: signal === null ? 3 : null, signal, coreDumped: false, expected: false, ranMs: 1, from, left: [] });
  };
  begin(1);
  end(1, null);
  begin(2);
  end(2, 'SEGV');
  begin(3);
  // Stopped and started by hand.
  end(3, 'TERM', 'STOPPING');
  bus.publish({ type: 'process.stopped', process: 'web:web', incarnation: 3, pid: 7, why: 'ann stopped it' });
  begin(4);
  bus.publish({ type: 'process.condemned', process: 'web:web', incarnation: 4, why: 'unhealthy' });
  end(4, 'TERM', 'STOPPING');
  begin(5);
  assert.deepEqual(told, ['web:web of web, life 2: exit, 1', 'web:web of web, life 3: signal, 2', 'web:web of web, life 5: condemned, 3']);
  assert.deepEqual([...FAILURE_REASONS], ['exit', 'signal', 'oom', 'condemned', 'spawn', 'strategy']);
});

test('every kind of error has a code or an event, and every code is fatal, retryable or not found [E45]', () => {
  const wanted = ['not found', 'start failed', 'stop failed', 'limit exceeded', 'bad configuration', 'child cannot be made', 'shutdown timeout', 'tree integrity', 'health is off'];
  assert.deepEqual(Object.keys(ERROR_KINDS), wanted);
  for (const [kind, { codes, facts }] of Object.entries(ERROR_KINDS)) {
    assert.ok(codes.length + facts.length > 0, kind);
    for (const fact of facts) assert.ok(Object.hasOwn(FACTS, fact), `${kind}: ${fact}`);
  }
  const classes = (codes: readonly ErrorCode[]): readonly string[] => codes.map(errorClass);
  assert.deepEqual(classes(['NOT_FOUND', 'SPAWN_FAILED', 'SURVIVORS', 'BAD_CONFIG', 'NO_COMMAND', 'TIMEOUT', 'INTERNAL', 'NO_HEALTH']), ['not_found', 'retryable', 'retryable', 'fatal', 'fatal', 'retryable', 'fatal', 'fatal']);
  for (const [code, { retryable }] of Object.entries(ERRORS)) if (retryable) assert.equal(errorClass(code as ErrorCode), 'retryable');
});

test('severities have an order, and each sink takes the least that it tells: the log, every alert, the stream of events [E42]', () => {
  assert.deepEqual(SEVERITIES, ['debug', 'info', 'warning', 'error', 'critical']);
  const events = ROUTES.find((route) => route.id === 'events');
  assert.deepEqual(events?.args['min_severity']?.values, [...SEVERITIES]);
  const schema = JSON.stringify(configJsonSchema());
  for (const key of ['min_severity', 'loglevel']) assert.ok(schema.includes(`"${key}"`), key);
});

test('events are asked for since a number, and at least a thousand are kept [E43]', () => {
  assert.ok(ROUTES.some((route) => route.id === 'events' && 'since' in route.args));
  const bus = new Bus({ mono: () => 0, wall: () => 0 } as ConstructorParameters<typeof Bus>[0]);
  for (let n = 0; n < 5000; n += 1) bus.publish({ type: 'log.cleared', process: 'web:web' });
  assert.ok([...bus.since(0)].length >= 1000);
  assert.equal([...bus.since(4990)].length, 10);
  assert.equal(bus.counts.get('log.cleared'), 5000);
});
