import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VitalsSpec } from '../../config/job-spec.ts';
import { dueVitals, heartbeatView, HEARTBEATS_KEPT, reportFact, reportVitals, retuneVitals, startVitals, vitalsDeadline, vitalsFact } from '../../daemon/core/vitals.ts';
import type { VitalsMoment, VitalsNews, VitalsState, VitalsStep } from '../../daemon/core/vitals.ts';
import type { Report } from '../../daemon/contract/reports.ts';

/** The wall clock stands elsewhere, so that nobody can take one for the other. */
const WALL = 1_000_000;
const at = (mono: number): VitalsMoment => ({ mono, wall: WALL + mono });
const MINUTE: VitalsSpec = { heartbeat: { intervalMs: 60_000, misses: 3 }, progressTimeoutMs: null, onStuck: 'restart' };
const MOVING: VitalsSpec = { heartbeat: null, progressTimeoutMs: 30_000, onStuck: 'kill' };
const BEAT: Report = { type: 'heartbeat', meta: null };
const progress = (current: number, total: number | null = null, phase: string | null = null): Report => ({ type: 'progress', current, total, phase, meta: null });

function words(news: readonly VitalsNews[]): readonly string[] {
  return news.map((n) => {
    switch (n.type) {
      case 'missed': return `missed ${String(n.misses)} (expected ${String(n.expectedAt - WALL)}, ${String(n.lateMs)} late)`;
      case 'stuck': return `stuck: ${n.why} -> ${n.action}`;
      default: return n.type;
    }
  });
}

function played(spec: VitalsSpec, steps: readonly (readonly [number, Report | 'look'])[]): VitalsStep {
  let state = startVitals(at(0));
  const news: VitalsNews[] = [];
  for (const [mono, what] of steps) {
    const step = what === 'look' ? dueVitals(spec, state, at(mono)) : reportVitals(spec, state, what, at(mono));
    state = step.state;
    news.push(...step.news);
  }
  return { state, news };
}

test('a heartbeat that does not come is missed when its time is over, with when it was expected and how late it is [C6]', () => {
  assert.equal(vitalsDeadline(MINUTE, startVitals(at(0))), 60_000);
  assert.deepEqual(words(played(MINUTE, [[59_999, 'look'], [60_000, 'look']]).news), ['missed 1 (expected 60000, 0 late)']);
  assert.deepEqual(words(played(MINUTE, [[60_000, 'look'], [120_000, 'look']]).news).at(-1), 'missed 2 (expected 60000, 60000 late)');
});

test('the third miss in a row is stuck, and says what to do [C7] [C9]', () => {
  const { state, news } = played(MINUTE, [[60_000, 'look'], [120_000, 'look'], [180_000, 'look']]);
  assert.equal(words(news).at(-1), 'stuck: no heartbeat for 180 s since it started (3 missed, heartbeat_misses 3) -> restart');
  assert.deepEqual(heartbeatView(state), { lastAt: null, missed: 3, count: 0, stuck: true });
});

test('defect 13 is gone: however rarely somebody looks, it is told exactly what was missed [C6]', () => {
  assert.deepEqual(words(played(MINUTE, [[10_000, BEAT], [215_000, 'look']]).news), [
    'heartbeat', 'missed 3 (expected 70000, 145000 late)', 'stuck: no heartbeat for 205 s since its last one (3 missed, heartbeat_misses 3) -> restart',
  ]);
  // And however often.
  const looks = Array.from({ length: 170 }, (_, i) => [1000 * (i + 1), 'look'] as const);
  assert.equal(heartbeatView(played(MINUTE, looks).state).missed, 2);
});

test('a heartbeat resets the count [C6]', () => {
  const { state, news } = played(MINUTE, [[125_000, 'look'], [126_000, BEAT], [180_000, 'look']]);
  assert.deepEqual(words(news), ['missed 2 (expected 60000, 65000 late)', 'heartbeat']);
  assert.deepEqual(heartbeatView(state), { lastAt: WALL + 126_000, missed: 0, count: 1, stuck: false });
  assert.equal(vitalsDeadline(MINUTE, state), 186_000);
});

test('a sign of life that comes before anybody acted wins: what was missed is told, and nobody is stuck [C90]', () => {
  assert.deepEqual(words(played(MINUTE, [[500_000, BEAT]]).news), ['missed 8 (expected 60000, 440000 late)', 'heartbeat']);
});

test('one that is stuck and lives on is told at twice the count each time, and recovers with a heartbeat', () => {
  const looks = Array.from({ length: 40 }, (_, i) => [60_000 * (i + 1), 'look'] as const);
  const { news, state } = played(MINUTE, [...looks, [2_500_000, BEAT]]);
  assert.deepEqual(words(news).map((w) => w.split(/[ :]/).slice(0, 2).join(' ')), ['missed 1', 'missed 2', 'missed 3', 'stuck ', 'missed 6', 'missed 12', 'missed 24', 'heartbeat', 'recovered']);
  assert.equal(heartbeatView(state).stuck, false);
});

test('WATCHDOG=1 and progress are signs of life too', () => {
  assert.deepEqual(words(played(MINUTE, [[50_000, { type: 'watchdog' }], [100_000, progress(1)], [159_000, 'look']]).news), ['heartbeat', 'progress']);
  // After a miss, clients hear of it as of a heartbeat.
  assert.deepEqual(words(played(MINUTE, [[60_000, 'look'], [61_000, progress(1)]]).news).slice(1), ['heartbeat', 'progress']);
  assert.equal(heartbeatView(played(MINUTE, [[60_000, { type: 'status', text: 'x' }], [60_001, 'look']]).state).missed, 1);
});

test('without a heartbeat key nobody is judged, and what comes is kept [C8]', () => {
  const spec: VitalsSpec = { ...MINUTE, heartbeat: null };
  assert.equal(vitalsDeadline(spec, startVitals(at(0))), null);
  const { state, news } = played(spec, [[1, BEAT], [1e9, 'look']]);
  assert.deepEqual(words(news), ['heartbeat']);
  assert.equal(state.rows.length, 1);
});

test('the last hundred heartbeats are kept with their metadata [C5] [C12]', () => {
  const beats = Array.from({ length: 150 }, (_, i) => [i, { type: 'heartbeat', meta: { i } }] as const);
  const { rows } = played(MINUTE, beats).state;
  assert.equal(rows.length, HEARTBEATS_KEPT);
  assert.deepEqual(rows[0], { at: WALL + 50, meta: { i: 50 } });
  assert.deepEqual(rows.at(-1), { at: WALL + 149, meta: { i: 149 } });
});

const view = (steps: readonly (readonly [number, Report])[]): NonNullable<VitalsState['progress']> => {
  const { progress: row } = played(MOVING, steps).state;
  assert.ok(row);
  return row;
};

test('percent has two digits, is 0 where there is nothing to do, and never leaves 0 to 100 [C11]', () => {
  assert.equal(view([[0, progress(1, 3)]]).percent, 33.33);
  assert.equal(view([[0, progress(0, 0)]]).percent, 0);
  assert.equal(view([[0, progress(5, 3)]]).percent, 100);
  assert.equal(view([[0, progress(5)]]).percent, null);
});

test('rate and remaining time come from the last reports [C11]', () => {
  assert.equal(view([[0, progress(0, 100)]]).rate, null);
  const row = view([[0, progress(0, 100)], [10_000, progress(20, 100)]]);
  assert.equal(row.rate, 2);
  assert.equal(row.etaMs, 40_000);
  assert.equal(view([[0, progress(0, 100)], [10_000, progress(100, 100)]]).etaMs, 0);
  assert.equal(view([[0, progress(7, 100)], [10_000, progress(7, 100)]]).etaMs, null);
});

test('a child that reports in a tight loop has the rate of seconds, not of its last millisecond', () => {
  // 1 unit a ms for 20 s, then a stall of 4 s within which two more reports come.
  const loop = Array.from({ length: 20_000 }, (_, i) => [i, progress(i)] as const);
  const { state } = played(MOVING, [...loop, [23_000, progress(20_000)], [23_001, progress(20_001)]]);
  assert.ok(state.marks.length <= 12);
  assert.ok(state.progress?.rate !== null && state.progress?.rate !== undefined && state.progress.rate > 500 && state.progress.rate < 1000, String(state.progress?.rate));
});

test('another phase has a rate of its own', () => {
  assert.equal(view([[0, progress(0, 10, 'read')], [1000, progress(10, 10, 'read')], [2000, progress(0, 10, 'write')]]).rate, null);
  assert.equal(view([[0, progress(9)], [1000, progress(0)]]).rate, null);
});

test('progress that does not move for progress_timeout is stuck, counted from the first report on', () => {
  assert.equal(vitalsDeadline(MOVING, startVitals(at(0))), null);
  const { state, news } = played(MOVING, [[5000, progress(3, 10)], [20_000, progress(3, 10)], [34_999, 'look'], [35_000, 'look']]);
  assert.deepEqual(words(news), ['progress', 'progress', 'stuck: its progress has not moved from 3 of 10 for 30 s (progress_timeout 30 s) -> kill']);
  assert.equal(state.progress?.movedAt, WALL + 5000);
  assert.equal(state.progress?.at, WALL + 20_000);
  assert.equal(vitalsDeadline(MOVING, state), null);
  const moved = reportVitals(MOVING, state, progress(4, 10), at(40_000));
  assert.deepEqual(words(moved.news), ['progress', 'recovered']);
  assert.equal(vitalsDeadline(MOVING, moved.state), 70_000);
});

test('a shorter interval, taken live, finds nobody guilty of the past', () => {
  const second: VitalsSpec = { ...MINUTE, heartbeat: { intervalMs: 1000, misses: 3 } };
  const state = retuneVitals(startVitals(at(0)), at(50_000));
  assert.deepEqual(dueVitals(second, state, at(50_500)).news, []);
  assert.equal(vitalsDeadline(second, state), 51_000);
});

test('news become facts of the life or run they belong to', () => {
  const subject = { supervisionId: 'u', job: 'j', run: 'r' } as const;
  assert.deepEqual(vitalsFact(subject, { type: 'recovered' }), { type: 'heartbeat.recovered', ...subject });
  assert.deepEqual(reportFact(subject, { type: 'health', value: 'degraded', why: 'slow' }), { type: 'health.reported', ...subject, value: 'degraded', why: 'slow' });
  assert.equal(reportFact(subject, BEAT), null);
});
