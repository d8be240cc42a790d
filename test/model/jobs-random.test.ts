// Random days of random jobs: schedules, requests, ends of all kinds, reports, breakers, drains, pauses, clocks that are set,
// other configurations, the end of the daemon and the death of it. Every law of test/support/job-laws.ts holds after every step.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { JobSpec } from '../../config/job-spec.ts';
import { RUN_STATES } from '../../daemon/contract/jobs.ts';
import { jobLaws } from '../support/job-laws.ts';
import { cron, every } from '../support/job-specs.ts';
import { JobWorld } from '../support/job-world.ts';
import type { JobScript } from '../support/job-world.ts';
import { breakerSpec, jobSpec, processSpec } from '../support/specs.ts';

/** More days: REEVE_TRACES=20000; one particular: REEVE_SEED, as printed by a failure. */
const numRuns = Math.ceil(Number(process.env.REEVE_TRACES ?? 1500) / 2);
const parameters = { numRuns, ...(process.env.REEVE_SEED === undefined ? {} : { seed: Number(process.env.REEVE_SEED) }), interruptAfterTimeLimit: 120_000 };

const NAMES = ['a', 'b', 'c'] as const;
const MINUTE = 60_000;

const schedule = fc.constantFrom(null, null, cron('* * * * *'), cron('*/7 * * * * *'), cron('0 * * * *'), every('20s'), every('1m', true), every('45s', false, true));

const job = fc.record({
  schedule, overlap: fc.constantFrom('skip', 'queue', 'kill', 'allow'), queueLimit: fc.constantFrom(1, 3, 100), maxParallel: fc.constantFrom(null, null, 1, 2),
  catchUp: fc.constantFrom('none', 'one', 'all'), misfireGraceMs: fc.constantFrom(1000, MINUTE), jitterMs: fc.constantFrom(0, 0, 5000),
  timeoutMs: fc.constantFrom(null, 15_000), softTimeout: fc.constantFrom(null, { afterMs: 9000, signal: 'USR1' }),
  retry: fc.record({
    max: fc.constantFrom(0, 1, 3), on: fc.constantFrom(null, [1], ['timeout'], ['lost', 1]), notOn: fc.constantFrom([], ['KILL']),
    backoff: fc.record({ policy: fc.constantFrom('none', 'fixed', 'exponential'), baseMs: fc.constant(5000), factor: fc.constant(2), maxMs: fc.constant(MINUTE), jitter: fc.constantFrom(0, 1), resetMs: fc.constant(0) }),
  }),
  exitMap: fc.constantFrom({}, { 2: 'retry', 3: 'abort', 4: 'success' }), expiresMs: fc.constantFrom(null, 30_000), rate: fc.constantFrom({ max: null, windowMs: MINUTE }, { max: 2, windowMs: MINUTE }),
  atLeastOnce: fc.boolean(), uniqueKey: fc.constantFrom(null, null, 'k', '{args}'), breaker: fc.constantFrom(null, 'db'), deadLetters: fc.boolean(),
  fallback: fc.constantFrom(null, null, { text: 'true', words: ['true'], shell: false }), stale: fc.constantFrom(null, ...(['rerun', 'fail', 'alert'] as const).map((action) => ({ afterMs: 40_000, action }))),
  onShutdown: fc.constantFrom('wait', 'signal', 'kill', 'handback'), drainTimeoutMs: fc.constantFrom(null, 8000), drainSignal: fc.constantFrom(null, 'USR1'), priority: fc.constantFrom(1, 999),
  vitals: fc.constantFrom({ heartbeat: null, progressTimeoutMs: null, onStuck: 'none' }, ...(['alert', 'kill', 'restart'] as const).map((onStuck) => ({ heartbeat: { intervalMs: 5000, misses: 2 }, progressTimeoutMs: 12_000, onStuck }))),
  sweep: fc.boolean(),
});
type Parts = typeof job extends fc.Arbitrary<infer T> ? T : never;

const DB = breakerSpec('db', { failures: 2, successes: 1, trials: 1, cooldownMs: 20_000 });
const CHAINS = { a: { success: ['b'], failure: ['c'] }, b: { success: [], failure: ['c'] }, c: { success: [], failure: [] } };

function specOf(each: (typeof NAMES)[number], { sweep, ...parts }: Parts): JobSpec {
  return jobSpec(each, { ...(parts as Partial<JobSpec>), process: processSpec(`job:${each}`, { sweep }), chains: CHAINS[each] });
}

const script: fc.Arbitrary<JobScript> = fc.record({
  spawn: fc.constantFrom('ok', 'ok', 'ok', 'missing', 'busy', 'no_room'), code: fc.constantFrom(0, 0, 1, 2, 3, 4), obeys: fc.constantFrom('all', 'all', 'kill', 'none'),
  takesMs: fc.constantFrom(100, 10_000, 25_000, 3 * MINUTE), leaves: fc.constantFrom<JobScript['leaves'][]>(undefined, undefined, 'all', 'kill'),
}, { requiredKeys: ['spawn', 'code', 'obeys', 'takesMs'] }).map((value) => value as JobScript);

const name = fc.constantFrom(...NAMES);
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90_000 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('request' as const), job: name, trigger: fc.constantFrom('manual', 'manual', 'dead_letter', 'undo', 'at'), inMs: fc.constantFrom(null, 20_000), args: fc.constantFrom([], ['x']), unlessExists: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('exits' as const), at: fc.nat(), how: fc.constantFrom(0, 1, 2, 3, 'KILL') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), at: fc.nat(), signal: fc.constantFrom(null, 'KILL') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('script' as const), job: name, script }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), job: name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('drain' as const, 'undrain' as const), names: fc.subarray([...NAMES]), expiresMs: fc.constantFrom(null, 30_000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('breaker' as const), event: fc.constantFrom('success', 'failure', 'failure', 'open', 'close', 'half_open', 'reset') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('clock' as const), ms: fc.integer({ min: -3 * 3_600_000, max: 3 * 3_600_000 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep' as const), ms: fc.integer({ min: 1, max: 30 * MINUTE }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('configure' as const), jobs: fc.tuple(...NAMES.map(() => fc.option(job))), maxParallel: fc.constantFrom(null, 1, 3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('report' as const), at: fc.nat(), kind: fc.constantFrom('heartbeat', 'progress', 'result', 'breaker', 'status') }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function act(w: JobWorld, a: Action): void {
  const living = [...w.children].filter(([, child]) => child.main).map(([id]) => id);
  const open = [...w.snapshot.runs.keys()];
  switch (a.do) {
    case 'wait': return void w.advance(a.ms);
    case 'sleep': return void w.sleep(a.ms).advance(0);
    case 'clock': return void w.setClock(a.ms);
    case 'script': return void w.script(a.job, a.script);
    case 'pause': case 'resume': return void w.tell({ type: a.do, job: a.job, who: 'p' });
    case 'drain': return void w.tell({ type: 'drain', names: a.names, expiresMs: a.expiresMs, who: 'p' });
    case 'undrain': return void w.tell({ type: 'undrain', names: a.names, who: 'p' });
    case 'breaker': return void w.tell({ type: 'breaker', name: 'db', event: a.event as 'success', who: 'p' });
    case 'request': return void w.request(a.job, { trigger: a.trigger as 'manual', dueAt: a.inMs === null ? null : w.wall + a.inMs, args: a.args, unlessExists: a.unlessExists });
    case 'exits': if (living.length > 0) w.exits(living[a.at % living.length] as string, a.how); return;
    case 'cancel': if (open.length > 0) w.tell({ type: 'cancel', id: open[a.at % open.length] as string, signal: a.signal, who: 'p' }); return;
    case 'configure':
      w.reconfigured = true;
      return void w.tell({
        type: 'configure', jobs: NAMES.flatMap((each, i) => { const parts = a.jobs[i]; return parts ? [specOf(each, parts)] : []; }), breakers: [DB], settings: { ...w.settings, maxParallel: a.maxParallel },
      });
    case 'report': {
      const run = living[a.at % Math.max(1, living.length)];
      if (run === undefined) return;
      const reports = {
        heartbeat: { type: 'heartbeat', meta: null }, progress: { type: 'progress', current: a.at % 3, total: 5, phase: null, meta: null }, result: { type: 'result', result: { partial: true } },
        breaker: { type: 'breaker', name: 'db', outcome: a.at % 2 === 0 ? 'success' : 'failure' }, status: { type: 'status', text: 'x' },
      } as const;
      return void w.report(run, reports[a.kind as 'status']);
    }
    default: return a satisfies never;
  }
}

interface Day {
  readonly jobs: readonly Parts[];
  readonly maxParallel: number | null;
  readonly scripts: readonly JobScript[];
  readonly actions: readonly Action[];
  readonly early: boolean;
}

const day: fc.Arbitrary<Day> = fc.record({ jobs: fc.tuple(job, job, job), maxParallel: fc.constantFrom(null, 1, 2), scripts: fc.tuple(script, script, script), actions: fc.array(action, { maxLength: 30 }), early: fc.boolean() });

function world(d: Day, at?: string): JobWorld {
  const options = { jobs: NAMES.map((each, i) => specOf(each, d.jobs[i] as Parts)), breakers: [DB], settings: { maxParallel: d.maxParallel }, early: d.early, chance: () => 0.5 };
  const w = new JobWorld(at === undefined ? options : { ...options, at });
  for (const [i, each] of NAMES.entries()) w.script(each, d.scripts[i] ?? {});
  w.law = jobLaws();
  return w;
}

function live(d: Day): JobWorld {
  const w = world(d).boot();
  for (const a of d.actions) act(w, a);
  return w;
}

/** What is left of it: everything that was created has ended, or waits or runs in the book. */
function nothingIsLost(w: JobWorld): void {
  const open = [...w.rows.values()].filter((row) => !RUN_STATES[row.state].final);
  for (const row of open) assert.ok(w.book.run(row.id), `run ${row.id} is ${row.state} for ever`);
}

test('no random day of jobs breaks a law [B22, B23, B24, C55, D19, D28, D39]', () => {
  fc.assert(fc.property(day, (d) => nothingIsLost(live(d))), parameters);
});

test('whenever the daemon is told to end, nothing starts any more, and the end comes when the children are gone', () => {
  fc.assert(fc.property(day, fc.constantFrom('warm', 'cold', 'now'), (d, mode) => {
    const w = live(d);
    w.tell({ type: 'close', mode });
    w.advance('1m');
    w.request('a');
    // Those that wait for their runs wait long; in the end everybody obeys.
    for (const each of NAMES) w.script(each, { takesMs: 1 });
    w.tell({ type: 'close', mode: 'now' }).advance('1m');
    for (const [id, child] of w.children) if (child.main) w.exits(id, 'KILL');
    assert.ok(w.closed, 'the end never came');
    assert.equal(w.effects.filter((effect) => effect.type === 'closed').length, 1);
    assert.equal(w.children.size, 0);
    nothingIsLost(w);
  }), parameters);
});

test('whenever the daemon dies, the next one finds every run that had not ended', () => {
  fc.assert(fc.property(day, fc.constantFrom(1, 70_000, 1_800_000), (d, goneMs) => {
    const w = live(d);
    const memory = w.memory();
    const next = world(d, new Date(w.wall + goneMs).toISOString());
    // Runs keep their ids: the next daemon gives others.
    next['ids'] = 100_000;
    next.latest = Math.max(next.wall, w.latest);
    next.reconfigured = w.reconfigured;
    next.boot(memory).advance('5m');
    for (const lost of memory.lost) assert.equal(next.row(lost.id).state, 'interrupted');
    for (const wait of memory.waiting) assert.ok(next.rows.has(wait.id) || wait.state === 'queued' || wait.state === 'scheduled');
    nothingIsLost(next);
  }), { ...parameters, numRuns: Math.ceil(numRuns / 4) });
});
