// The clock of the page is the daemon's, and tones that go by it.
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Severity } from '../../daemon/contract/facts.ts';
import type { IssueSeverity } from '../../daemon/contract/issues.ts';
import { stuckSeverity } from '../../daemon/contract/health.ts';
import { daemonNow, hearDate } from '../../web-ui/live/daemon-clock.ts';
import { healthTone, SEVERITY_TONES, SIGNS, stuckTone } from '../../web-ui/tones.ts';

const MINUTE = 60_000;

test('a browser whose clock is an hour wrong shows times by the daemon\'s clock; a difference of a few seconds is none', (t) => {
  const now = Date.now();
  t.after(() => hearDate(new Date(Date.now()).toUTCString()));
  hearDate(new Date(now + 60 * MINUTE).toUTCString(), now);
  assert.ok(Math.abs(daemonNow() - Date.now() - 60 * MINUTE) < 2000);
  hearDate('not a date');
  hearDate(null);
  assert.ok(daemonNow() - Date.now() > 59 * MINUTE, 'an answer without a time says nothing');
  hearDate(new Date(now - 3000).toUTCString(), now);
  assert.ok(Math.abs(daemonNow() - Date.now()) < 1000);
});

test('stuck for less than 5 minutes is a warning, for less than an hour an error, and critical from then on [C10]', () => {
  assert.deepEqual([0, 5 * MINUTE - 1, 5 * MINUTE, 60 * MINUTE - 1, 60 * MINUTE].map(stuckSeverity), ['warning', 'warning', 'error', 'error', 'critical']);
});

test('the page has the colour of the age of who is stuck, and the word where it is critical [C10]', () => {
  const now = 1_000_000_000;
  assert.deepEqual([2, 10, 90].map((minutes) => stuckTone(now - minutes * MINUTE, now)), [{ tone: 'warn', word: 'stuck' }, { tone: 'bad', word: 'stuck' }, { tone: 'severe', word: 'stuck, critical' }]);
  assert.equal(stuckTone(null, now).tone, 'bad');
  const heartbeat = { lastAt: null, missed: 3, count: 0, stuck: true };
  assert.equal(healthTone({ health: 'stuck', heartbeat, startedAt: now - MINUTE }, now), 'warn');
  assert.equal(healthTone({ health: 'stuck', heartbeat: null, startedAt: now - MINUTE }, now), 'bad');
  assert.equal(healthTone({ health: 'healthy', heartbeat, startedAt: now }, now), 'good');
});

test('an error and what is critical have signs and grounds of their own, not two reds', () => {
  const tones = ['debug', 'info', 'warning', 'error', 'critical'].map((severity) => SEVERITY_TONES[severity as Severity]);
  assert.equal(new Set(tones).size, 5);
  assert.equal(new Set(Object.values(SIGNS)).size, Object.keys(SIGNS).length);
  assert.deepEqual(['minor', 'major', 'critical'].map((severity) => SEVERITY_TONES[severity as IssueSeverity]), ['plain', 'warn', 'severe']);
});
