// Laws of limits, over random lives: whatever is measured, in whatever order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_LIMITS, NO_RECYCLING } from '../../config/limits-spec.ts';
import type { LimitKind } from '../../config/limits-spec.ts';
import { dueLimits, limitsDeadline, resultLimits, sampleLimits, startLimits, turnLimits } from '../../daemon/core/limits.ts';
import type { LimitNews, LimitState, LimitStep } from '../../daemon/core/limits.ts';
import { askTurn, endTurn, leaveQueue, NO_TURNS } from '../../daemon/core/recycle-turns.ts';
import { processSpec } from '../support/specs.ts';

const limits = fc.record({
  memoryBytes: fc.option(fc.integer({ min: 1, max: 100 })), cpuPercent: fc.option(fc.integer({ min: 1, max: 300 })), files: fc.option(fc.integer({ min: 1, max: 50 })),
  processes: fc.option(fc.integer({ min: 1, max: 10 })), runtimeMs: fc.option(fc.integer({ min: 1, max: 60_000 })), disk: fc.constantFrom([], [{ path: '/', bytes: 50 }]),
  action: fc.constantFrom('alert', 'restart', 'stop', 'kill'), warnAt: fc.constantFrom(0.5, 0.9, 1), windowMs: fc.integer({ min: 100, max: 20_000 }), grace: fc.constantFrom('stop', 'finish'),
});
const recycle = fc.record({ maxAgeMs: fc.option(fc.integer({ min: 1000, max: 60_000 })), jitterMs: fc.integer({ min: 0, max: 5000 }), maxJobs: fc.option(fc.integer({ min: 1, max: 5 })) });
const event = fc.oneof(
  fc.record({ type: fc.constant('sample' as const), afterMs: fc.integer({ min: 0, max: 6000 }), rss: fc.integer({ min: 0, max: 150 }), cpu: fc.integer({ min: 0, max: 9000 }), files: fc.option(fc.integer({ min: 0, max: 60 })), processes: fc.integer({ min: 0, max: 12 }), free: fc.integer({ min: 0, max: 100 }) }),
  fc.record({ type: fc.constantFrom('due', 'result', 'turn'), afterMs: fc.integer({ min: 0, max: 6000 }) }),
);

test('an action is taken once per life, each limit is told in order, and a deadline that is over is dealt with', () => {
  fc.assert(fc.property(limits, recycle, fc.option(fc.constant('USR1'), { nil: null }), fc.array(event, { maxLength: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (some, again, drainSignal, events, chance) => {
    const spec = processSpec('g:p', { limits: { ...NO_LIMITS, ...some }, recycle: { ...NO_RECYCLING, ...again }, drainSignal });
    let state: LimitState = startLimits(0, chance);
    let mono = 0;
    let cpuMs = 0;
    const levels = new Map<LimitKind, string>();
    let acts = 0;
    let dues = 0;
    const heard = (step: LimitStep): void => {
      state = step.state;
      for (const news of step.news) lawOf(news);
    };
    const lawOf = (news: LimitNews): void => {
      switch (news.type) {
        case 'warned':
          assert.equal(levels.get(news.limit), undefined, 'warned of what was told already');
          assert.ok(spec.limits.warnAt < 1, 'warned though nobody asked for that');
          levels.set(news.limit, 'warned');
          return;
        case 'exceeded':
          assert.notEqual(levels.get(news.limit), 'exceeded', 'told twice');
          levels.set(news.limit, 'exceeded');
          return;
        case 'cleared':
          assert.ok(levels.delete(news.limit), 'cleared though it was well');
          return;
        case 'act':
          acts += 1;
          assert.equal(news.action, spec.limits.action);
          assert.notEqual(spec.limits.action, 'alert');
          return;
        case 'recycle_due': dues += 1; return;
        default:
      }
    };
    for (const one of events) {
      mono += one.afterMs;
      if (one.type === 'sample') {
        cpuMs += one.cpu;
        heard(sampleLimits(spec, state, { mono, rssBytes: one.rss, cpuMs, files: one.files, processes: one.processes, disk: [{ path: '/', freeBytes: one.free }] }));
      } else if (one.type === 'result') heard(resultLimits(spec, state));
      else if (one.type === 'turn') heard(turnLimits(spec, state, 'turn', mono));
      else heard(dueLimits(spec, state, mono));
      heard(dueLimits(spec, state, mono));
      const due = limitsDeadline(spec, state);
      assert.ok(due === null || due > mono, `a deadline at ${String(due)} stays at ${mono}`);
      assert.ok(acts <= 1, 'two acts in one life');
      assert.ok(dues <= 1, 'told twice that it is old');
      assert.ok(state.marks.length <= 1001);
    }
  }), { numRuns: 2000 });
});

test('earlier calls than the deadline change nothing', () => {
  fc.assert(fc.property(limits, recycle, fc.integer({ min: 0, max: 100_000 }), (some, again, mono) => {
    const spec = processSpec('g:p', { limits: { ...NO_LIMITS, ...some }, recycle: { ...NO_RECYCLING, ...again } });
    const state = startLimits(0, 0.5);
    const due = limitsDeadline(spec, state);
    if (due !== null && mono >= due) return;
    assert.deepEqual(dueLimits(spec, state, mono), { state, news: [] });
  }));
});

test('a life that uses less than its share of the processor is never blamed, whatever else the host does [C22]', () => {
  fc.assert(fc.property(fc.array(fc.record({ afterMs: fc.integer({ min: 1, max: 60_000 }), share: fc.double({ min: 0, max: 0.79, noNaN: true }) }), { maxLength: 50 }), (steps) => {
    const spec = processSpec('g:p', { limits: { ...NO_LIMITS, cpuPercent: 80, windowMs: 10_000, warnAt: 1 } });
    let state = startLimits(0, 0);
    let mono = 0;
    let cpuMs = 0;
    for (const { afterMs, share } of steps) {
      mono += afterMs;
      cpuMs += afterMs * share;
      const step = sampleLimits(spec, state, { mono, rssBytes: null, cpuMs, files: null, processes: null, disk: [] });
      state = step.state;
      assert.deepEqual(step.news, []);
    }
  }));
});

test('never two of one group give way at once, and nobody waits for ever', () => {
  const step = fc.record({ type: fc.constantFrom('ask', 'end', 'leave'), id: fc.constantFrom('g:a', 'g:b', 'g:c') });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    let turns = NO_TURNS;
    let holder: string | null = null;
    const waiting = new Set<string>();
    for (const { type, id } of steps) {
      if (type === 'leave') {
        turns = leaveQueue(turns, 'g', id);
        waiting.delete(id);
        continue;
      }
      const next = type === 'ask' ? askTurn(turns, 'g', id) : endTurn(turns, 'g', id);
      turns = next.turns;
      if (type === 'ask' && id !== holder) waiting.add(id);
      if (type === 'end') {
        waiting.delete(id);
        if (holder === id) holder = null;
      }
      assert.ok(next.granted.length <= 1);
      for (const granted of next.granted) {
        assert.equal(holder, null, 'two at once');
        assert.ok(waiting.delete(granted), 'a turn for somebody who did not ask');
        holder = granted;
      }
      assert.ok(holder !== null || waiting.size === 0, 'somebody waits though it is nobody’s turn');
      assert.equal(turns.now.get('g') ?? null, holder);
    }
  }));
});
