import { test } from 'node:test';
import assert from 'node:assert/strict';
import { describe, stamp, uptime } from '../../daemon/contract/description.ts';
import { PROCESS_STATES } from '../../daemon/contract/states.ts';
import type { ProcessStateName } from '../../daemon/contract/states.ts';
import { view } from '../support/fake-daemon.ts';

const NOW = Date.UTC(2026, 10, 22, 4, 30, 5);

test('a running process is described by its pid and uptime, days as Python writes them [B8]', () => {
  const says = (ms: number): string => describe(view('web', { pid: 12, startedAt: NOW - ms }), NOW, 'UTC');
  assert.equal(says(5_000), 'pid 12, uptime 0:00:05');
  assert.equal(says(3_600_000), 'pid 12, uptime 1:00:00');
  assert.equal(says(86_399_000), 'pid 12, uptime 23:59:59');
  assert.equal(says(86_400_000 + 7_384_000), 'pid 12, uptime 1 day, 2:03:04');
  assert.equal(says(12 * 86_400_000), 'pid 12, uptime 12 days, 0:00:00');
});

test('an uptime is never negative when the clock goes back', () => {
  assert.equal(describe(view('web', { pid: 1, startedAt: NOW + 60_000 }), NOW, 'UTC'), 'pid 1, uptime 0:00:00');
  assert.equal(uptime(-1), '0:00:00');
});

test('an uptime counts whole seconds of both ends, as supervisord does', () => {
  assert.equal(describe(view('web', { pid: 1, startedAt: 999 }), 1000, 'UTC'), 'pid 1, uptime 0:00:01');
  assert.equal(describe(view('web', { pid: 1, startedAt: 1000 }), 1999, 'UTC'), 'pid 1, uptime 0:00:00');
});

test('a stopped process is described by the time it stopped, in the zone of the reader', () => {
  const row = view('web', { state: 'STOPPED', pid: null, stoppedAt: NOW });
  assert.equal(describe(row, NOW, 'UTC'), 'Nov 22 04:30 AM');
  assert.equal(describe(row, NOW, 'America/New_York'), 'Nov 21 11:30 PM');
  assert.equal(describe(row, NOW, 'Asia/Kathmandu'), 'Nov 22 10:15 AM');
  assert.equal(describe({ ...row, state: 'EXITED' }, NOW, 'UTC'), 'Nov 22 04:30 AM');
});

test('noon and midnight are 12, and an hour that a zone repeats is told as its clock shows it', () => {
  assert.equal(stamp(Date.UTC(2026, 0, 5, 0, 0), 'UTC'), 'Jan 05 12:00 AM');
  assert.equal(stamp(Date.UTC(2026, 0, 5, 12, 0), 'UTC'), 'Jan 05 12:00 PM');
  // Berlin, 25 October 2026: 02:30 comes twice, at 00:30 and 01:30 UTC.
  assert.equal(stamp(Date.UTC(2026, 9, 25, 0, 30), 'Europe/Berlin'), 'Oct 25 02:30 AM');
  assert.equal(stamp(Date.UTC(2026, 9, 25, 1, 30), 'Europe/Berlin'), 'Oct 25 02:30 AM');
});

test('without a zone the clock of this machine is read', () => {
  const at = new Date(2026, 2, 3, 15, 4).getTime();
  assert.equal(stamp(at), 'Mar 03 03:04 PM');
});

test('what never ran is Not started', () => {
  assert.equal(describe(view('web', { state: 'STOPPED', pid: null, startedAt: null }), NOW, 'UTC'), 'Not started');
});

test('a failed start says why, or where to look', () => {
  assert.equal(
    describe(view('web', { state: 'BACKOFF', spawnError: 'Exited too quickly (process log may have details)' }), NOW),
    'Exited too quickly (process log may have details)',
  );
  assert.equal(describe(view('web', { state: 'FATAL' }), NOW), 'unknown error (try "tail web")');
});

test('every state has a description, empty where supervisord has none', () => {
  for (const state of Object.keys(PROCESS_STATES) as ProcessStateName[]) {
    const text = describe(view('web', { state }), NOW, 'UTC');
    assert.equal(text === '', state === 'STARTING' || state === 'STOPPING' || state === 'UNKNOWN', state);
  }
});
