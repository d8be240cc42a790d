// What a row of answers makes of a probe, what probes make of a life, and when they are asked.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { NO_HEALTH } from '../../config/health-spec.ts';
import type { HealthSpec, ProbeRules } from '../../config/health-spec.ts';
import { healthReason, healthWith, isAiling, UNKNOWN_HEALTH } from '../../daemon/contract/health.ts';
import { actionOf, ailmentOf, answered, firstDue, isNews, nextDue, UNASKED } from '../../daemon/core/health.ts';
import type { Outcome, ProbeState } from '../../daemon/core/health.ts';
import { HealthHistory } from '../../daemon/core/health-history.ts';

const RULES: ProbeRules = { name: 'http', intervalMs: 30_000, timeoutMs: 5000, failures: 3, successes: 2, startPeriodMs: 0 };
const SPEC: HealthSpec = { probes: [], onUnhealthy: 'restart', restartOnDegraded: false };

/** `o` ok, `d` degraded, `f` failed -> the states after each. */
function after(answers: string, rules: ProbeRules = RULES, ageMs = 1e9): readonly ProbeState[] {
  const words: Readonly<Record<string, Outcome>> = { o: 'ok', d: 'degraded', f: 'failed' };
  let state = UNASKED;
  return answers.split('').map((letter, n) => (state = answered(rules, state, words[letter] ?? 'failed', letter === 'o' ? '' : `answer ${n}`, ageMs)));
}
const values = (answers: string, rules?: ProbeRules, ageMs?: number): string => after(answers, rules, ageMs).map(({ value }) => value[0]).join('');

test('three failures in a row are unhealthy, two good answers healthy again; the first of a life needs no second [C32][E30][E33]', () => {
  assert.equal(values('offfoo'), 'hhhuuh');
  assert.equal(values('fff'), 'uuu', 'unknown, unknown, unhealthy: the first letter of both is u');
  assert.deepEqual(after('fff').map(({ value }) => value), ['unknown', 'unknown', 'unhealthy']);
  assert.equal(values('offoff'), 'hhhhhh', 'a good answer ends the row');
  assert.equal(values('offfofo'), 'hhhuuuu', 'a failure ends the row of good ones');
});

test('a degraded answer neither counts nor resets, but is told [E32]', () => {
  assert.equal(values('offdf'), 'hhhdu');
  assert.equal(values('odddddo'), 'hdddddh');
  assert.equal(values('fffdo'), 'uuuuu', 'who is unhealthy stays so');
  assert.equal(values('fffodo'), 'uuuuuh', 'two good ones, with a degraded one between them');
  const [, state] = after('od');
  assert.deepEqual([state?.value, state?.why], ['degraded', 'answer 1']);
});

test('failures within start_period do not count until the first good answer [E39]', () => {
  const patient = { ...RULES, startPeriodMs: 60_000 };
  assert.deepEqual(after('ffffff', patient, 59_999).map(({ failures }) => failures), [0, 0, 0, 0, 0, 0]);
  assert.equal(after('ffffff', patient, 59_999).at(-1)?.why, 'answer 5', 'why it is not known to be healthy is told all the same');
  assert.equal(values('offf', patient, 1000), 'hhhu', 'who has answered has started');
  assert.deepEqual(after('fff', patient, 60_000).at(-1)?.value, 'unhealthy');
});

test('clients hear of a change of value or reason and of nothing else [C36]', () => {
  const [a, b, c, d] = after('offf');
  assert.ok(a && b && c && d);
  assert.deepEqual([isNews(UNASKED, a), isNews(a, b), isNews(b, c), isNews(c, d), isNews(d, d), isNews(d, { ...d, why: 'another' })], [true, false, false, true, false, true]);
});

test('a reason that differs in digits alone is no news; another one is [C36]', () => {
  const failing = (why: string, before = UNASKED) => answered({ ...RULES, failures: 1 }, before, 'failed', why, 1e9);
  const first = failing('check: exit status 1: queue is 917 long');
  assert.equal(failing('check: exit status 1: queue is 1024 long', first).why, first.why);
  assert.equal(failing('check: exit status 1: the disk is full', first).why, 'check: exit status 1: the disk is full');
});

test('the worst of all sources is the health of a process, and its reason names the source [C32][E35]', () => {
  let state = healthWith(UNKNOWN_HEALTH, 'probe http', 'healthy');
  state = healthWith(state, 'report', 'degraded', 'slow');
  state = healthWith(state, 'probe tcp', 'unhealthy', 'refused');
  assert.deepEqual([state.health, healthReason(state)], ['unhealthy', 'probe tcp: refused']);
  state = healthWith(state, 'probe tcp', null);
  assert.deepEqual([state.health, healthReason(state)], ['degraded', 'report: slow']);
  assert.deepEqual(healthReason(healthWith(UNKNOWN_HEALTH, 'report', 'healthy')), '');
});

test('probes and its own words ask for an action; heartbeats and limits have one of their own [C41]', () => {
  const source = (name: string, value: 'degraded' | 'unhealthy' | 'stuck') => ({ source: name, value, why: 'w' });
  assert.equal(ailmentOf(SPEC, [source('heartbeat', 'stuck'), source('limit memory', 'unhealthy')]), null);
  assert.deepEqual(ailmentOf(SPEC, [source('report', 'unhealthy')]), { value: 'unhealthy', why: 'unhealthy in its own words: w' });
  assert.deepEqual(ailmentOf(SPEC, [source('probe http', 'unhealthy')]), { value: 'unhealthy', why: 'unhealthy by its probe http: w' });
  assert.equal(ailmentOf(SPEC, [source('probe http', 'degraded')]), null, 'degraded never restarts unless asked');
  assert.equal(ailmentOf({ ...SPEC, restartOnDegraded: true }, [source('probe http', 'degraded')])?.value, 'degraded');
});

test('an action is taken once until it is well, and none where none is asked for [E34][C41]', () => {
  const ill = { value: 'unhealthy', why: '' } as const;
  assert.deepEqual([actionOf(SPEC, false, ill), actionOf(SPEC, true, ill), actionOf(SPEC, true, null), actionOf(SPEC, false, null)], ['restart', null, 'recovered', null]);
  assert.deepEqual([actionOf({ ...SPEC, onUnhealthy: 'alert' }, false, ill), actionOf(NO_HEALTH, false, ill)], ['alert', null]);
});

test('a thousand probes that begin together are asked in their own moments, spread over the interval', () => {
  const names = Array.from({ length: 1000 }, (_, n) => `web:web-${n} http`);
  const tenths = new Map<number, number>();
  for (const name of names) {
    const first = firstDue(name, 30_000, 5000);
    assert.ok(first >= 5000 && first < 7000, 'a first answer is there soon');
    const next = nextDue(name, 30_000, first);
    assert.equal(nextDue(name, 30_000, next), next + 30_000, 'from then on every interval');
    const tenth = Math.floor((next % 30_000) / 3000);
    tenths.set(tenth, (tenths.get(tenth) ?? 0) + 1);
  }
  assert.equal(tenths.size, 10);
  for (const count of tenths.values()) assert.ok(count > 60 && count < 140, `${count} in one tenth`);
});

test('the last hundred answers are kept, and the share of good ones within an hour is told [C38][E36]', () => {
  const history = new HealthHistory();
  for (let n = 0; n < 250; n += 1) history.add(n * 60_000, n % 2 === 0 ? 'http' : 'tcp', n % 5 === 0 ? 'failed' : 'ok', n % 5 === 0 ? `bad ${n}` : '', n, 1);
  const entries = history.entries();
  assert.equal(entries.length, 100);
  assert.deepEqual(entries[0], { at: 150 * 60_000, probe: 'http', outcome: 'failed', why: 'bad 150', durationMs: 150, incarnation: 1 });
  assert.deepEqual(entries.at(-1), { at: 249 * 60_000, probe: 'tcp', outcome: 'ok', why: '', durationMs: 249, incarnation: 1 });
  assert.deepEqual(history.hour(249 * 60_000), { answers: 61, healthy: 49 });
});

test('whoever is unhealthy or stuck, or wanted up and not there, is ill', () => {
  const row = { health: 'healthy', wanted: 'up', state: 'RUNNING' } as const;
  assert.equal(isAiling(row), false);
  assert.equal(isAiling({ ...row, health: 'degraded' }), false);
  assert.equal(isAiling({ ...row, health: 'stuck' }), true);
  assert.equal(isAiling({ ...row, health: 'unknown', state: 'FATAL' }), true);
  assert.equal(isAiling({ ...row, health: 'unknown', state: 'FATAL', wanted: 'down' }), false);
});
