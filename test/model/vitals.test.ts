// Random lives of children that report, and of daemons that look at them when they find the time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { VitalsSpec } from '../../config/job-spec.ts';
import type { Report } from '../../daemon/contract/reports.ts';
import { dueVitals, reportVitals, startVitals, vitalsDeadline } from '../../daemon/core/vitals.ts';
import type { VitalsNews, VitalsState } from '../../daemon/core/vitals.ts';

const parameters = { numRuns: 800, ...(process.env.REEVE_SEED === undefined ? {} : { seed: Number(process.env.REEVE_SEED) }) };
const moment = (mono: number): { mono: number; wall: number } => ({ mono, wall: 5e11 + mono });

interface Said {
  readonly after: number;
  readonly report: Report;
}

const reports: fc.Arbitrary<Report> = fc.oneof(
  fc.constant<Report>({ type: 'heartbeat', meta: null }),
  fc.constant<Report>({ type: 'watchdog' }),
  fc.record({ type: fc.constant('progress' as const), current: fc.integer({ min: 0, max: 5 }), total: fc.option(fc.integer({ min: 0, max: 5 })), phase: fc.option(fc.constantFrom('a', 'b')), meta: fc.constant(null) }),
  fc.constant<Report>({ type: 'status', text: '' }),
);
// Any monotonic clock is a fraction of a millisecond, and quotients of those do not divide evenly.
const gaps = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.double({ min: 0, max: 400, noNaN: true }));
const said = fc.array(fc.record({ after: gaps, report: reports }), { maxLength: 12 });
const specs: fc.Arbitrary<VitalsSpec> = fc.record({
  heartbeat: fc.option(fc.record({ intervalMs: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.double({ min: 1, max: 120, noNaN: true })), misses: fc.integer({ min: 1, max: 4 }) }), { freq: 5 }),
  progressTimeoutMs: fc.option(fc.integer({ min: 1, max: 300 })),
  onStuck: fc.constant('alert' as const),
});
const begins = fc.double({ min: 0, max: 1e7, noNaN: true });

/** Plays reports, with looks of our choice in between, and one at the end. */
function play(spec: VitalsSpec, start: number, talk: readonly Said[], tail: number, looks: (state: VitalsState, from: number, to: number) => readonly number[]): { state: VitalsState; news: VitalsNews[] } {
  let state = startVitals(moment(start));
  let now = start;
  const news: VitalsNews[] = [];
  const look = (mono: number): void => {
    const step = dueVitals(spec, state, moment(mono));
    state = step.state;
    news.push(...step.news);
  };
  const until = (to: number): void => {
    for (const mono of looks(state, now, to)) look(mono);
    now = to;
  };
  for (const { after, report } of talk) {
    until(now + after);
    const step = reportVitals(spec, state, report, moment(now));
    state = step.state;
    news.push(...step.news);
  }
  until(now + tail);
  look(now);
  return { state, news };
}

const never = (): readonly number[] => [];

test('what is stuck, and how many signs are missed, does not depend on how often somebody looks (defect 13) [C6] [C7]', () => {
  fc.assert(
    fc.property(specs, begins, said, gaps, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), (spec, start, talk, tail, parts) => {
      const rarely = play(spec, start, talk, tail, never).state;
      const often = play(spec, start, talk, tail, (_s, from, to) => [...parts].sort((a, b) => a - b).map((p) => from + p * (to - from))).state;
      assert.equal(often.silent, rarely.silent);
      assert.equal(often.halted, rarely.halted);
      if (!often.silent) assert.equal(often.missed, rarely.missed);
      assert.equal(often.count >= rarely.count, true);
      assert.deepEqual(often.rows, rarely.rows);
      assert.deepEqual(often.progress, rarely.progress);
    }),
    parameters,
  );
});

test('a look at the deadline says something and moves it; a look before it says nothing; nobody looks for ever', () => {
  fc.assert(
    fc.property(specs, begins, said, fc.integer({ min: 0, max: 20_000 }), (spec, start, talk, tail) => {
      let looks = 0;
      play(spec, start, talk, tail, (state, from, to) => {
        const times: number[] = [];
        let probe = state;
        for (let due = vitalsDeadline(spec, probe); due !== null && due <= to; due = vitalsDeadline(spec, probe)) {
          assert.deepEqual(dueVitals(spec, probe, moment(Math.max(from, due) - 1e-3)).news.length === 0 || due <= from, true);
          const step = dueVitals(spec, probe, moment(Math.max(from, due)));
          assert.ok(step.news.length > 0, 'a deadline passed and there was nothing to say');
          probe = step.state;
          times.push(Math.max(from, due));
          looks += 1;
        }
        return times;
      });
      // Up to `misses`, then doubling (20 s and more at 1 ms are less than 2^15 misses), and one of progress, per report.
      assert.ok(looks <= (talk.length + 1) * (4 + 16 + 1), `${String(looks)} looks`);
    }),
    parameters,
  );
});

test('exactly those are stuck whose silence, or whose standstill, is long enough', () => {
  fc.assert(
    fc.property(specs, begins, said, gaps, (spec, start, talk, tail) => {
      const { state } = play(spec, start, talk, tail, never);
      let now = start;
      let heard = start;
      let moved: number | null = null;
      let before: Extract<Report, { type: 'progress' }> | null = null;
      for (const { after, report } of talk) {
        now += after;
        if (report.type === 'status') continue;
        heard = now;
        if (report.type !== 'progress') continue;
        if (before === null || before.current !== report.current || before.phase !== report.phase) moved = now;
        before = report;
      }
      now += tail;
      if (spec.heartbeat !== null) assert.equal(state.silent, heard + spec.heartbeat.misses * spec.heartbeat.intervalMs <= now);
      assert.equal(state.halted, spec.progressTimeoutMs !== null && moved !== null && moved + spec.progressTimeoutMs <= now);
      assert.ok(state.progress === null || state.progress.percent === null || (state.progress.percent >= 0 && state.progress.percent <= 100));
      assert.ok((state.progress?.rate ?? 0) >= 0 && (state.progress?.etaMs ?? 0) >= 0);
    }),
    parameters,
  );
});
