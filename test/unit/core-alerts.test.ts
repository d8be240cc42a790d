// Alerts by example: what one rule makes of one story.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALERT_CAUSES, ALERT_CLASSES } from '../../config/alert-causes.ts';
import { FACTS } from '../../daemon/contract/facts.ts';
import type { FactBody } from '../../daemon/contract/facts.ts';
import type { AlertEntry } from '../../daemon/core/alert-entry.ts';
import { covers, fits } from '../../daemon/core/alert-match.ts';
import { messageOf, spanWords } from '../../daemon/core/alert-message.ts';
import { Alerts } from '../../daemon/core/alerts.ts';
import { alertSpec, AlertWorld } from '../support/alert-world.ts';

const MINUTE = 60_000;
const stopping = (process: string, pid: number | null): FactBody => ({ type: 'process.stopping', process, incarnation: 1, from: 'RUNNING', pid, signal: 'TERM', scope: 'main', why: 'ann stopped it' });
const exited = (process: string, from: 'RUNNING' | 'STOPPING', code: number): FactBody => ({ type: 'process.exited', process, incarnation: 1, pid: 7, code, signal: null, coreDumped: false, expected: false, ranMs: 5, from, left: [] });
const run = (type: 'run.failed' | 'run.dead' | 'run.succeeded', job: string): FactBody => ({ type, job, run: { id: `${job}-1`, job, why: 'exit status 9' }, durationMs: 5 }) as unknown as FactBody;

test('every cause is a fact, every bad fact can be alerted on, and classes are made of causes [C81]', () => {
  for (const [cause, ends] of Object.entries(ALERT_CAUSES)) for (const name of [cause, ...ends]) assert.ok(Object.hasOwn(FACTS, name), name);
  for (const [name, { causes, says }] of Object.entries(ALERT_CLASSES)) {
    assert.ok(says.endsWith('.'), name);
    for (const cause of causes) assert.ok(Object.hasOwn(ALERT_CAUSES, cause), cause);
  }
  const missing = Object.entries(FACTS).filter(([name, { severity }]) => severity !== 'debug' && severity !== 'info' && !name.startsWith('alert.') && !Object.hasOwn(ALERT_CAUSES, name));
  assert.deepEqual(missing.map(([name]) => name), [], 'add it to config/alert-causes.ts');
});

test('one message per subject and cause within dedup; the next says how many were left out [C83]', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['process.escalated'] })]);
  const late = (): void => w.tell({ type: 'process.escalated', process: 'a:a', incarnation: 1, signal: 'KILL', scope: 'main', waitedMs: 1, pids: [] });
  for (let n = 0; n < 5; n += 1) late();
  w.tell({ type: 'process.escalated', process: 'b:b', incarnation: 1, signal: 'KILL', scope: 'main', waitedMs: 1, pids: [] });
  w.advance(5 * MINUTE);
  late();
  assert.deepEqual(w.trace(), ['news a:a', 'news b:b', 'news a:a +4']);
});

test('trouble is one incident with a beginning and an end; what comes back within dedup is told if it stays', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['failure'] })]);
  w.fail('a:a');
  w.advance(MINUTE);
  w.well('a:a');
  w.fail('a:a');
  w.well('a:a');
  assert.deepEqual(w.trace(), ['start a:a', 'end a:a']);
  w.fail('a:a');
  w.advance(10 * MINUTE);
  assert.deepEqual(w.trace(), ['start a:a', 'end a:a', 'start a:a +1']);
  assert.equal(w.sends[1]?.why, 'it is running');
});

test('while it lasts it is said again, but not for ever [B31]', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['failure'], repeat_every: 60 * MINUTE, max_repeats: 2 })]);
  w.fail('a:a');
  w.advance(24 * 60 * MINUTE);
  assert.deepEqual(w.trace(), ['start a:a', 'repeat a:a', 'repeat a:a']);
  w.fail('a:a');
  w.advance(24 * 60 * MINUTE);
  assert.equal(w.sends.length, 3, 'happening again is a repeat too');
  w.well('a:a');
  assert.equal(w.trace().at(-1), 'end a:a +1');
});

test('defect 20: thresholds are evaluated, so often within a time, and so long [C84]', () => {
  const often = new AlertWorld([alertSpec('ops', { on: ['run.failed'], rate: { max: 3, windowMs: MINUTE } })]);
  often.tell(run('run.failed', 'import'));
  often.advance(2 * MINUTE);
  often.tell(run('run.failed', 'import'));
  often.tell(run('run.failed', 'import'));
  assert.deepEqual(often.trace(), []);
  often.tell(run('run.failed', 'import'));
  assert.deepEqual(often.trace(), ['start import +3']);
  const long = new AlertWorld([alertSpec('ops', { on: ['failure'], for: 5 * MINUTE })]);
  long.fail('a:a');
  long.advance(4 * MINUTE);
  long.well('a:a');
  long.advance(60 * MINUTE);
  assert.deepEqual(long.trace(), []);
  long.fail('a:a');
  long.advance(5 * MINUTE);
  assert.deepEqual(long.trace(), ['start a:a +1']);
});

test('who is excluded wins, empty lists mean everybody, else only who is listed [C88][A39]', () => {
  const told = (values: Parameters<typeof alertSpec>[1]): readonly string[] => {
    const w = new AlertWorld([alertSpec('ops', { on: ['failure', 'dead'], ...values })]);
    for (const one of ['web:web', 'web:api', 'mail:mail']) w.fail(one);
    for (const job of ['import', 'report']) w.tell(run('run.dead', job));
    return w.sends.map((send) => send.entry.subject.name);
  };
  assert.deepEqual(told({}), ['web:web', 'web:api', 'mail:mail', 'import', 'report']);
  assert.deepEqual(told({ exclude: ['web'] }), ['mail:mail', 'import', 'report']);
  assert.deepEqual(told({ programs: ['web'] }), ['web:web', 'web:api']);
  assert.deepEqual(told({ programs: ['web'], exclude: ['web:api'] }), ['web:web']);
  assert.deepEqual(told({ jobs: ['imp*'] }), ['import']);
  assert.deepEqual(told({ programs: ['ma*l'], jobs: ['report'] }), ['mail:mail', 'report']);
  assert.deepEqual(told({ min_severity: 'critical' }), []);
});

test('a stop that somebody asked for is no news; a crash is, and so is what does not end', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['process.exited', 'process.survivors', 'process.escalated'] })]);
  w.tell(stopping('a:a', 7));
  w.tell({ type: 'process.escalated', process: 'a:a', incarnation: 1, signal: 'KILL', scope: 'main', waitedMs: 1, pids: [] });
  w.tell(exited('a:a', 'STOPPING', 1));
  assert.deepEqual(w.trace(), []);
  w.tell({ type: 'process.survivors', process: 'a:a', incarnation: 1, pids: [7] });
  w.tell({ type: 'process.starting', process: 'a:a', incarnation: 2, from: 'STOPPING', tries: 0 });
  w.tell(exited('a:a', 'RUNNING', 3));
  w.tell({ type: 'process.condemned', process: 'b:b', incarnation: 1, why: 'stuck' });
  w.tell(stopping('b:b', 8));
  w.tell(exited('b:b', 'STOPPING', 0));
  assert.deepEqual(w.trace(), ['news a:a', 'start a:a', 'start b:b']);
  assert.equal(w.sends[1]?.why, 'exit status 3');
});

test('a program that ends for good is a failure where that was not expected, and well again when it completes', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['failure'] })]);
  w.tell({ type: 'process.ended', process: 'a:a', incarnation: 1, expected: true, why: 'exit status 0' });
  w.tell({ type: 'process.ended', process: 'a:a', incarnation: 2, expected: false, why: 'exit status 3' });
  w.tell({ type: 'process.ended', process: 'a:a', incarnation: 3, expected: true, why: 'exit status 0' });
  assert.deepEqual(w.sends.map((send) => `${send.kind} ${send.why}`), ['start exit status 3', 'end it completed']);
});

test('runs that end with the daemon are no failures', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['run.failed', 'dead'] })]);
  w.tell({ type: 'daemon.stopping', mode: 'warm', why: 'TERM' });
  w.tell(run('run.failed', 'import'));
  assert.deepEqual(w.trace(), []);
});

test('a silence keeps quiet what it names, and what still lasts at its end is told [A45]', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['failure'] })]);
  w.fail('b:b');
  w.silence('web', 120 * MINUTE);
  w.silence('b', 120 * MINUTE);
  w.fail('web:web');
  w.fail('web:short');
  w.well('web:short');
  w.well('b:b');
  w.advance(119 * MINUTE);
  assert.deepEqual(w.trace(), ['start b:b']);
  w.advance(2 * MINUTE);
  assert.deepEqual(w.trace(), ['start b:b', 'start web:web', 'end b:b']);
  assert.equal(w.sends[2]?.why, 'it is running', 'an end that was held back says what ended it');
});

test('names of silences: processes, programs, groups, jobs, alerts, patterns, all', () => {
  const subject = { kind: 'process', name: 'web:api-1', program: 'api', group: 'web' } as const;
  for (const name of ['web:api-1', 'api', 'web', 'ops', 'all', 'web:*', '*', 'ap*']) assert.ok(covers(name, 'ops', subject), name);
  for (const name of ['web:api', 'mail', 'opsy', 'a']) assert.equal(covers(name, 'ops', subject), false, name);
  assert.ok(fits('a*b*c', 'axxbyc') && !fits('a*b*c', 'axxc') && !fits('ab*ba', 'aba') && fits('*', ''));
});

test('who was restarted for its health is not called well before its probes say so', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['health.failed'] })]);
  const ill = (process: string, incarnation: number): void => w.tell({ type: 'health.failed', process, incarnation, value: 'unhealthy', why: 'it answers 500', action: 'restart' });
  w.probed.add('a:a');
  ill('a:a', 1);
  w.well('a:a');
  w.tell({ type: 'health.changed', process: 'a:a', incarnation: 2, value: 'unhealthy', previous: 'unknown', why: 'it answers 500' });
  ill('a:a', 2);
  assert.deepEqual(w.trace(), ['start a:a'], 'one trouble, however many lives it takes');
  w.well('a:a');
  w.tell({ type: 'health.changed', process: 'a:a', incarnation: 3, value: 'healthy', previous: 'unknown', why: '' });
  assert.deepEqual(w.trace(), ['start a:a', 'end a:a +1']);
  assert.equal(w.sends[1]?.why, 'it is healthy');
  ill('a:a', 3);
  w.tell({ type: 'health.changed', process: 'a:a', incarnation: 4, value: 'degraded', previous: 'unknown', why: 'slow' });
  assert.equal(w.core.incidents().length, 0, 'degraded is better than unhealthy');
  ill('b:b', 1);
  w.well('b:b');
  assert.deepEqual(w.trace().slice(2), ['start b:b', 'end b:b'], 'who has no probes is well when it is up');
});

test('who is stopped by hand, or removed, is not ill any more', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['failure'] })]);
  w.fail('a:a');
  w.fail('b:b');
  w.tell({ type: 'process.wanted', process: 'a:a', wanted: 'down', by: 'ann stopped it' });
  w.tell({ type: 'process.removed', process: 'b:b' });
  assert.deepEqual(w.sends.map((send) => `${send.kind} ${send.why}`), ['start it broke', 'start it broke', 'end wanted down: ann stopped it', 'end it was removed']);
});

test('limits end one by one, a breaker when it closes, a job when it succeeds', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['violation', 'breaker', 'run.failed'] })]);
  const life = { supervisionId: 'x', process: 'a:a', incarnation: 1 } as const;
  for (const limit of ['memory', 'cpu'] as const) w.tell({ type: 'limit.exceeded', ...life, limit, max: 1, actual: 2, why: `too much ${limit}`, action: 'alert' });
  w.tell({ type: 'limit.cleared', ...life, limit: 'memory' });
  w.tell({ type: 'breaker.opened', breaker: 'smtp', by: 'mail', row: {} } as unknown as FactBody);
  w.tell({ type: 'breaker.closed', breaker: 'smtp', by: 'a trial', row: {} } as unknown as FactBody);
  w.tell(run('run.failed', 'import'));
  w.tell(run('run.succeeded', 'import'));
  assert.deepEqual(w.trace(), ['start a:a', 'start a:a', 'end a:a', 'start smtp', 'end smtp', 'start import', 'end import']);
  assert.equal(w.core.incidents().map((entry) => entry.detail).join(), 'cpu');
});

test('what a daemon kept, the next one goes on with; who is gone from the file is over', () => {
  const spec = alertSpec('ops', { on: ['failure'] });
  const w = new AlertWorld([spec]);
  w.fail('a:a');
  w.fail('gone:gone');
  const kept = JSON.parse(JSON.stringify(w.core.incidents())) as AlertEntry[];
  const next = new Alerts(() => '', () => false);
  next.restore(kept, []);
  next.configure([spec]);
  const settled = next.settle((subject) => subject.name === 'a:a', w.now + 1000);
  assert.deepEqual(settled.sends.map((send) => `${send.kind} ${send.entry.subject.name} ${send.why}`), ['end gone:gone it is not configured any more']);
  const again = next.heard({ type: 'process.fatal', process: 'a:a', incarnation: 2, from: 'STARTING', why: 'x', seq: 1, at: w.now + 2000 }, w.now + 2000);
  assert.deepEqual(again.sends, [], 'dedup outlives the daemon');
});

test('a message has the fields of its template, and the built-in words otherwise [C86]', () => {
  const spec = alertSpec('ops', { on: ['stuck'] });
  const w = new AlertWorld([spec]);
  w.tell({ type: 'heartbeat.stuck', supervisionId: 'x', process: 'web:web', incarnation: 3, why: '3 heartbeats missed', action: 'alert' });
  w.advance(12 * MINUTE + 5000);
  w.tell({ type: 'heartbeat.recovered', supervisionId: 'x', process: 'web:web', incarnation: 3 });
  const [start, end] = w.sends;
  assert.ok(start && end);
  const context = { id: 'm1', daemon: 'shop', host: 'box', lastBeatAt: null, settings: { enabled: true, link: 'https://ops/?name={name}&c={class}' }, iso: (at: number) => new Date(at).toISOString() };
  const built = messageOf({ ...spec, title: null, text: null }, end, context);
  assert.deepEqual([built.title, built.durationMs, built.class, built.link], ['[ok] web: heartbeat.stuck is over', 725_000, 'stuck', 'https://ops/?name=web%3Aweb&c=stuck']);
  assert.match(built.text, /It lasted 12m5s, since 2027-/);
  assert.match(built.text, /Last heartbeat: Never\./);
  const own = messageOf({ ...spec, title: '{class} {subject} {incident}', text: '{minutes} min, last beat {last_beat}, {suppressed} more, {daemon}@{host} {nobody}' }, start, { ...context, lastBeatAt: 0 });
  assert.equal(own.title, `stuck web ${start.entry.incident}`);
  assert.equal(own.text, '0 min, last beat 1970-01-01T00:00:00.000Z, 0 more, shop@box {nobody}');
  assert.deepEqual([0, 999, 61_000, 3_600_000, 90_061_000].map(spanWords), ['0s', '1s', '1m1s', '1h', '1d1h']);
});

test('thousands who fail at once are bounded', () => {
  const w = new AlertWorld([alertSpec('ops', { on: ['failure'] })]);
  for (let n = 0; n < 10_050; n += 1) w.fail(`p:${n}`);
  assert.equal(w.core.size, 10_000);
  for (let n = 0; n < 10_050; n += 1) w.well(`p:${n}`);
  assert.equal(w.sends.filter((send) => send.kind === 'end').length, 10_000, 'everything that was told has its end');
});

test('every turn of a job and its runs may be told, also that all is well [B29][A39]', () => {
  const turns = ['run.scheduled', 'run.queued', 'run.started', 'run.succeeded', 'run.failed', 'run.missed', 'run.skipped', 'run.cancelled', 'job.added', 'job.changed', 'job.removed', 'job.paused', 'job.resumed'] as const;
  for (const turn of turns) {
    const w = new AlertWorld([alertSpec('ops', { on: [turn] })]);
    w.tell({ type: turn, job: 'import', by: 'ann', run: { id: 'import-1', job: 'import', why: '' } } as unknown as FactBody);
    assert.equal(w.sends[0]?.entry.subject.name, 'import', turn);
  }
});
