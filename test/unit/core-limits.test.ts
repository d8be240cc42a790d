// Is a life within its limits, and is it time for a new one? Rules, by hand-made samples.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_LIMITS, NO_RECYCLING } from '../../config/limits-spec.ts';
import type { LimitsSpec, RecycleSpec } from '../../config/limits-spec.ts';
import type { ProcessSpec } from '../../config/spec.ts';
import { dueLimits, endLimits, FINISH_MS, limitsDeadline, resultLimits, retuneLimits, sampleLimits, startLimits, turnLimits } from '../../daemon/core/limits.ts';
import type { LimitNews, LimitSample, LimitState, LimitStep } from '../../daemon/core/limits.ts';
import { askTurn, endTurn, leaveQueue, NO_TURNS } from '../../daemon/core/recycle-turns.ts';
import { processSpec } from '../support/specs.ts';

const MB = 1024 ** 2;

function life(limits: Partial<LimitsSpec>, recycle: Partial<RecycleSpec> = {}, more: Partial<ProcessSpec> = {}, chance = 0) {
  const spec = processSpec('g:p', { limits: { ...NO_LIMITS, ...limits }, recycle: { ...NO_RECYCLING, ...recycle }, ...more });
  let state: LimitState = startLimits(0, chance);
  const take = (step: LimitStep): readonly LimitNews[] => {
    state = step.state;
    return step.news;
  };
  const sample = (mono: number, parts: Partial<LimitSample>) => take(sampleLimits(spec, state, { mono, rssBytes: null, cpuMs: null, files: null, processes: null, disk: [], ...parts }));
  return {
    sample,
    memory: (mono: number, mb: number) => sample(mono, { rssBytes: mb * MB }),
    due: (mono: number) => take(dueLimits(spec, state, mono)),
    result: () => take(resultLimits(spec, state)),
    turn: (mono: number) => take(turnLimits(spec, state, 'old', mono)),
    end: () => endLimits(state),
    deadline: () => limitsDeadline(spec, state),
    state: () => state,
  };
}

const words = (news: readonly LimitNews[]): string[] => news.map((one) => (one.type === 'act' ? `act ${one.action}` : one.type === 'exceeded' ? `exceeded ${one.limit} ${one.action}` : 'limit' in one ? `${one.type} ${one.limit}` : one.type));

test('a life near its limit is warned of once, and is well again when it is well below [C29]', () => {
  const it = life({ memoryBytes: 100 * MB });
  assert.deepEqual(it.memory(1, 89), []);
  const [warned] = it.memory(2, 91);
  assert.deepEqual(warned, { type: 'warned', limit: 'memory', max: 100 * MB, actual: 91 * MB, why: 'it uses 91 MiB of memory, and its limit is 100 MiB' });
  assert.deepEqual(it.memory(3, 92), []);
  assert.deepEqual(it.memory(4, 88), [], 'what moves about the mark is not told again and again');
  assert.deepEqual(words(it.memory(5, 85)), ['cleared memory']);
  assert.deepEqual(words(it.memory(6, 95)), ['warned memory']);
});

test('a life over its limit is told once, and the action follows once [C21][C26][C27]', () => {
  const it = life({ memoryBytes: 100 * MB, action: 'restart' });
  assert.deepEqual(it.memory(1, 100), [{ type: 'warned', limit: 'memory', max: 100 * MB, actual: 100 * MB, why: 'it uses 100 MiB of memory, and its limit is 100 MiB' }]);
  assert.deepEqual(words(it.memory(2, 101)), ['exceeded memory restart', 'act restart']);
  assert.deepEqual(it.memory(3, 150), []);
  assert.deepEqual(words(it.memory(4, 50)), ['cleared memory']);
  assert.deepEqual(words(it.memory(5, 150)), ['exceeded memory none'], 'it is being ended already');
});

test('an alert is recorded each time it happens anew, and ends nobody', () => {
  const it = life({ memoryBytes: 100 * MB, processes: 5 });
  assert.deepEqual(words(it.sample(1, { rssBytes: 101 * MB, processes: 6 })), ['exceeded memory alert', 'exceeded processes alert']);
  assert.deepEqual(words(it.sample(2, { rssBytes: 10 * MB, processes: 1 })), ['cleared memory', 'cleared processes']);
  assert.deepEqual(words(it.memory(3, 101)), ['exceeded memory alert']);
});

test('warn_at = 100% warns of nothing', () => {
  const it = life({ memoryBytes: 100 * MB, warnAt: 1 });
  assert.deepEqual(it.memory(1, 100), []);
  assert.deepEqual(words(it.memory(2, 101)), ['exceeded memory alert']);
});

test('the processor is judged by what the life itself used over a window it has lived through: neither by the load of the host nor by a moment [C22]', () => {
  const it = life({ cpuPercent: 80, windowMs: 30_000, action: 'restart' });
  // One core, wholly: the window is not over yet, so nothing can be said.
  for (let t = 5000; t < 30_000; t += 5000) assert.deepEqual(it.sample(t, { cpuMs: t }), [], String(t));
  const [exceeded] = it.sample(30_000, { cpuMs: 30_000 });
  assert.equal(exceeded?.type === 'exceeded' && exceeded.why, 'it used 100 % of a core over 30 s, and its limit is 80 %');
  // A burst of five seconds in half a minute is a sixth of a core.
  const calm = life({ cpuPercent: 80, windowMs: 30_000 });
  let used = 0;
  for (let t = 5000; t <= 120_000; t += 5000) {
    used += t === 60_000 ? 5000 : 0;
    assert.deepEqual(calm.sample(t, { cpuMs: used }), [], String(t));
  }
});

test('two cores may be used where the limit says so, and time that was not slept through counts [C22]', () => {
  const it = life({ cpuPercent: 150, windowMs: 10_000 });
  assert.deepEqual(it.sample(10_000, { cpuMs: 10_000 }), []);
  assert.deepEqual(words(it.sample(20_000, { cpuMs: 10_000 + 20_000 })), ['exceeded cpu alert']);
  // Looked at late (the daemon was stopped for an hour): still a share of the time that passed.
  assert.deepEqual(words(it.sample(3_620_000, { cpuMs: 30_000 + 36_000 })), ['cleared cpu']);
});

test('a life that is watched from later on is not blamed for what it used before', () => {
  const it = life({ cpuPercent: 50, windowMs: 10_000 });
  assert.deepEqual(it.sample(3_600_000, { cpuMs: 3_600_000 }), []);
  assert.deepEqual(it.sample(3_605_000, { cpuMs: 3_600_100 }), []);
  assert.deepEqual(it.sample(3_610_000, { cpuMs: 3_600_200 }), []);
});

test('open files are reached, not passed, since the kernel lets nobody pass them [C24]', () => {
  const it = life({ files: 100 });
  assert.deepEqual(words(it.sample(1, { files: 95 })), ['warned files']);
  assert.deepEqual(words(it.sample(2, { files: 100 })), ['exceeded files alert']);
});

test('the disk that is worst off speaks for all, and a floor is warned of before it is reached [C23]', () => {
  const it = life({ disk: [{ path: '/a', bytes: 900 * MB }, { path: '/b', bytes: 90 * MB }] });
  assert.deepEqual(it.sample(1, { disk: [{ path: '/a', freeBytes: 5000 * MB }, { path: '/b', freeBytes: 500 * MB }] }), []);
  assert.deepEqual(words(it.sample(2, { disk: [{ path: '/a', freeBytes: 5000 * MB }, { path: '/b', freeBytes: 99 * MB }] })), ['warned disk']);
  const [over] = it.sample(3, { disk: [{ path: '/a', freeBytes: 100 * MB }, { path: '/b', freeBytes: 99 * MB }] });
  assert.equal(over?.type === 'exceeded' && over.why, '100 MiB are free where /a is, and 900 MiB are to stay free');
  assert.deepEqual(words(it.sample(4, { disk: [{ path: '/a', freeBytes: 5000 * MB }, { path: '/b', freeBytes: 500 * MB }] })), ['cleared disk']);
  assert.deepEqual(words(it.sample(5, { disk: [{ path: '/a', freeBytes: 0 }] })), ['exceeded disk alert'], 'a full disk is over every floor');
});

test('a runtime is warned of and over by its deadlines alone [C26]', () => {
  const it = life({ runtimeMs: 3_600_000, action: 'stop' });
  assert.equal(it.deadline(), 3_240_000);
  assert.deepEqual(it.due(3_239_999), []);
  assert.deepEqual(words(it.due(3_240_000)), ['warned runtime']);
  assert.equal(it.deadline(), 3_600_000);
  assert.deepEqual(words(it.due(3_600_000)), ['exceeded runtime stop', 'act stop']);
  assert.equal(it.deadline(), null);
});

test('kill is KILL to the whole tree at once', () => {
  const it = life({ memoryBytes: MB, action: 'kill', grace: 'finish' }, {}, { drainSignal: 'USR1' });
  assert.deepEqual(it.memory(1, 2).at(-1), { type: 'act', action: 'kill', why: 'it uses 2 MiB of memory, and its limit is 1 MiB', steps: [{ signal: 'KILL', scope: 'tree', waitMs: 10_000 }] });
});

test('grace = "finish" lets a worker finish its task: its next result ends the wait [D47][A40]', () => {
  const it = life({ memoryBytes: 470 * MB, action: 'restart', grace: 'finish' });
  assert.deepEqual(words(it.memory(1000, 480)), ['exceeded memory restart']);
  assert.equal(it.deadline(), 1000 + FINISH_MS);
  assert.deepEqual(words(it.result()), ['act restart']);
  assert.equal(it.deadline(), null);
  assert.deepEqual(it.result(), []);
});

test('who does not finish in its drain_timeout is ended all the same [D47]', () => {
  const it = life({ memoryBytes: 470 * MB, action: 'restart', grace: 'finish' }, {}, { drainTimeoutMs: 5000 });
  it.memory(1000, 480);
  assert.deepEqual(it.due(5999), []);
  assert.deepEqual(words(it.due(6000)), ['act restart']);
});

test('who has a drain_signal gets it first, and may end by itself [D47]', () => {
  const it = life({ memoryBytes: 470 * MB, action: 'restart', grace: 'finish' }, {}, { drainSignal: 'USR1', drainTimeoutMs: 5000 });
  const act = it.memory(1000, 480).at(-1);
  assert.deepEqual(act?.type === 'act' && 'steps' in act && act.steps?.map((s) => `${s.signal} ${s.waitMs}`), ['USR1 5000', 'TERM 10000', 'KILL 10000']);
});

test('who is to stay down stays down, also if it ends while it may finish', () => {
  const it = life({ memoryBytes: 470 * MB, action: 'stop', grace: 'finish' }, {}, { drainSignal: 'USR1' });
  assert.deepEqual(words(it.memory(1000, 480)), ['exceeded memory stop', 'drain']);
  assert.deepEqual(words(it.end()), ['act stop']);
});

test('a life older than max_age is due for a new one, later by its jitter, and told once [C31][A44]', () => {
  const early = life({}, { maxAgeMs: 6000, jitterMs: 3000 });
  assert.equal(early.deadline(), 6000);
  const late = life({}, { maxAgeMs: 6000, jitterMs: 3000 }, {}, 0.5);
  assert.equal(late.deadline(), 7500);
  assert.deepEqual(late.due(7000), []);
  assert.deepEqual(words(late.due(7500)), ['recycle_due']);
  assert.equal(late.deadline(), null);
  assert.deepEqual(late.turn(8000), [{ type: 'recycle', why: 'old' }]);
});

test('a life that has done max_jobs_per_child jobs is due for a new one [D46][A40]', () => {
  const it = life({}, { maxJobs: 3 });
  assert.deepEqual([it.result(), it.result()], [[], []]);
  assert.deepEqual(it.result(), [{ type: 'recycle_due', why: 'it has done 3 jobs (max_jobs_per_child)' }]);
  assert.deepEqual(it.result(), [], 'it goes on working until it is its turn');
});

test('a life that a limit ends needs no turn any more', () => {
  const it = life({ memoryBytes: MB, action: 'restart' }, { maxAgeMs: 1000 });
  it.due(1000);
  it.memory(1001, 5);
  assert.deepEqual(it.turn(1002), []);
});

test('one of a group gives way at a time, in the order in which they were due [A44]', () => {
  const first = askTurn(NO_TURNS, 'g', 'g:a');
  assert.deepEqual(first.granted, ['g:a']);
  const second = askTurn(first.turns, 'g', 'g:b');
  const third = askTurn(second.turns, 'g', 'g:c');
  assert.deepEqual([second.granted, third.granted, askTurn(third.turns, 'g', 'g:b').granted], [[], [], []]);
  assert.deepEqual(askTurn(third.turns, 'h', 'h:a').granted, ['h:a'], 'another group has its own turns');
  assert.deepEqual(endTurn(third.turns, 'g', 'g:b').granted, [], 'who waits passes nothing on');
  assert.deepEqual(endTurn(third.turns, 'g', 'g:a').granted, ['g:b']);
  const gone = leaveQueue(third.turns, 'g', 'g:b');
  const next = endTurn(gone, 'g', 'g:a');
  assert.deepEqual(next.granted, ['g:c'], 'whose life ended for another reason needs no turn');
  const done = endTurn(next.turns, 'g', 'g:c');
  assert.deepEqual([done.turns.now.size, done.turns.waiting.size], [0, 0], 'nothing is kept of turns that are over');
});

test('what was told of a limit that is gone is taken back; what was done stays done', () => {
  const spec = processSpec('g:p', { limits: { ...NO_LIMITS, memoryBytes: 100 * MB, processes: 5, action: 'restart' } });
  const over = sampleLimits(spec, startLimits(0, 0), { mono: 1, rssBytes: 200 * MB, cpuMs: null, files: null, processes: 9, disk: [] }).state;
  const { state, news } = retuneLimits({ ...spec, limits: { ...NO_LIMITS, processes: 5 } }, over);
  assert.deepEqual(news, [{ type: 'cleared', limit: 'memory' }]);
  assert.deepEqual([state.levels, state.acted], [{ processes: 'exceeded' }, 'restart']);
});
