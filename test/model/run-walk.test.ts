// Every state of one run that can be reached, and every event in each of them: no impossible cell is hit by a world that behaves,
// every handler is used, and wherever a run is, it can still come to its end.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { JobSpec } from '../../config/job-spec.ts';
import { newLife, RUN_TABLE, stepRun } from '../../daemon/core/run.ts';
import type { RunLife, RunLifeEvent, RunOutcome } from '../../daemon/core/run-state.ts';
import { isLiving, lifeDeadline } from '../../daemon/core/run-state.ts';
import { jobSpec, processSpec } from '../support/specs.ts';

/** What is really there of it. */
interface Real {
  readonly asked: boolean;
  readonly main: boolean;
  readonly left: boolean;
  readonly watched: boolean;
}

interface Node {
  readonly life: RunLife | null;
  readonly real: Real;
  readonly mono: number;
}

const NOBODY: Real = { asked: false, main: false, left: false, watched: false };
const USAGE = { peakRssBytes: null, cpuMs: null };
const START = 1_000_000;

const SPECS: Readonly<Record<string, JobSpec>> = {
  plain: jobSpec('j'),
  'every limit': jobSpec('j', { timeoutMs: 40, softTimeout: { afterMs: 10, signal: 'USR1' }, expiresMs: 30, misfireGraceMs: 10, stale: { afterMs: 20, action: 'alert' } }),
  'one step for ever': jobSpec('j', { timeoutMs: 20, process: processSpec('job:j', { stop: [{ signal: 'TERM', scope: 'group', waitMs: Infinity }] }) }),
  'no sweep': jobSpec('j', { process: processSpec('job:j', { sweep: false }) }),
};

const STOPS = [{ type: 'stop', purpose: 'cancel', steps: jobSpec('j').process.stop, why: 'x', harder: false }, { type: 'stop', purpose: 'shutdown', steps: [{ signal: 'KILL', scope: 'tree', waitMs: 5 }], why: 'x', harder: true }] as const;

/** What the book and a world that behaves may say now. */
function possible(n: Node & { life: RunLife }): readonly (RunLifeEvent & { readonly real?: Real })[] {
  const { life, real } = n;
  const events: (RunLifeEvent & { real?: Real })[] = [...STOPS, { type: 'due' }, { type: 'signal', signal: 'USR1', why: 'x' }, { type: 'signal_failed', why: 'EPERM' }];
  events.push({ type: 'limit', due: n.mono + 15 });
  if (life.phase === 'QUEUED') events.push({ type: 'start', usualMs: 5 });
  if (real.asked) {
    events.push({ type: 'spawned', pid: 7, real: { ...real, asked: false, main: true } });
    events.push({ type: 'spawn_failed', message: 'x', hopeless: true, real: NOBODY }, { type: 'no_room', message: 'x', real: NOBODY });
  }
  if (real.main) {
    events.push({ type: 'exited', code: 0, signal: null, left: [], usage: USAGE, real: { ...real, main: false } });
    events.push({ type: 'exited', code: null, signal: 'KILL', left: [9], usage: USAGE, real: { ...real, main: false, left: true } });
  }
  if (!real.main && real.watched) events.push({ type: 'gone', real: { ...real, left: false, watched: false } });
  if (!real.watched) events.push({ type: 'gone' });
  return events;
}

/** Times that are only told, and decide nothing. */
const TOLD = new Set(['since', 'startedDue', 'stepSince', 'ranMs']);
/** What is past for longer than every limit is all the same. */
const LONG_AGO = -50;

/** The state without the time it was reached at. */
function keyOf(n: Node): string {
  const relative = (value: unknown): unknown => typeof value === 'number' && value >= START - 1000 ? Math.max(LONG_AGO, value - n.mono) : value;
  return JSON.stringify([n.life, n.real], (key, value: unknown) => (TOLD.has(key) ? undefined : relative(value)));
}

interface Walked {
  readonly states: number;
  readonly used: ReadonlySet<string>;
  readonly outcomes: ReadonlySet<string>;
}

function walk(spec: JobSpec): Walked {
  const subject = { id: 'r', spec };
  const first: Node = { life: newLife({ due: START + 10 }), real: NOBODY, mono: START };
  const seen = new Map<string, Node>([[keyOf(first), first]]);
  const leads = new Map<string, string[]>();
  const todo = [first];
  const used = new Set<string>();
  const outcomes = new Set<string>();
  for (let n = todo.pop(); n; n = todo.pop()) {
    const { life } = n;
    const from = keyOf(n);
    if (life === null) continue;
    // Time passes in steps of 5 ms, up to the next deadline and a little early.
    const deadline = lifeDeadline(life, { mono: n.mono, wall: n.mono });
    const nexts: Node[] = deadline !== null && deadline > n.mono && deadline - n.mono <= 10_000 ? [{ ...n, mono: deadline }] : [];
    if (deadline !== null && deadline - n.mono > 5 && deadline - n.mono <= 100) nexts.push({ ...n, mono: n.mono + 5 });
    for (const { real: then = n.real, ...event } of possible({ ...n, life })) {
      const step = stepRun(subject, life, event, { mono: n.mono, wall: n.mono });
      // The book asks for the start of what has got a place.
      const real = event.type === 'start' && step.life !== null ? { ...NOBODY, asked: true } : then;
      used.add(`${life.phase}.${event.type}`);
      if (step.outcome) outcomes.add(step.outcome.type);
      laws(life, event, step.life, step.outcome, step.effects.map((effect) => effect.type), real);
      nexts.push({ life: step.life, real: step.effects.some((effect) => effect.type === 'watch') ? { ...real, watched: true } : real, mono: n.mono });
    }
    leads.set(from, nexts.map(keyOf));
    for (const next of nexts) {
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.set(key, next);
      todo.push(next);
      assert.ok(seen.size < 20_000, 'the walk has no end');
    }
  }
  everybodyCanEnd(seen, leads);
  return { states: seen.size, used, outcomes };
}

function laws(before: RunLife, event: RunLifeEvent, after: RunLife | null, outcome: RunOutcome | null, effects: readonly string[], real: Real): void {
  const what = `${before.phase}.${event.type}`;
  const over = outcome !== null && (outcome.type === 'ended' || outcome.type === 'expired' || outcome.type === 'unborn');
  assert.equal(after === null, over, `${what}: it is over if, and only if, it says so`);
  if (after === null) assert.ok(!real.main && !real.asked, `${what}: it is over although its process lives`);
  if (after !== null && (real.main || real.asked)) assert.ok(isLiving(after), `${what}: its process lives and the run does not know`);
  if (effects.includes('signal')) assert.ok(real.main || real.left, `${what}: nobody is there who could be signalled`);
  if (before.phase !== 'STOPPING' && after?.phase === 'STOPPING' && real.main) assert.ok(effects.includes('signal'), `${what}: a stop begins without a signal`);
  if (outcome?.type === 'started') assert.equal(event.type, 'spawned');
}

/** From every state some row of events leads to the end. */
function everybodyCanEnd(seen: ReadonlyMap<string, Node>, leads: ReadonlyMap<string, readonly string[]>): void {
  const back = new Map<string, string[]>();
  for (const [from, tos] of leads) for (const to of tos) back.set(to, [...(back.get(to) ?? []), from]);
  const todo = [...seen].filter(([, n]) => n.life === null).map(([key]) => key);
  const good = new Set(todo);
  for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
    for (const from of back.get(key) ?? []) {
      if (good.has(from)) continue;
      good.add(from);
      todo.push(from);
    }
  }
  const stuck = [...seen.keys()].filter((key) => !good.has(key));
  assert.deepEqual(stuck, [], 'these states have no end');
}

const walked = new Map<string, Walked>();

for (const [name, spec] of Object.entries(SPECS)) {
  test(`every reachable state of a run keeps the laws: ${name}`, () => {
    const result = walk(spec);
    walked.set(name, result);
    assert.ok(result.states > 20, String(result.states));
  });
}

test('together the walks use every cell of the table that is not impossible, and hear every outcome', () => {
  const used = new Set([...walked.values()].flatMap((result) => [...result.used]));
  const unused = Object.entries(RUN_TABLE).flatMap(([phase, row]) => Object.entries(row).flatMap(([event, cell]) => (cell === 'impossible' || used.has(`${phase}.${event}`) ? [] : [`${phase}.${event}`])));
  assert.deepEqual(unused, []);
  const outcomes = new Set([...walked.values()].flatMap((result) => [...result.outcomes]));
  assert.deepEqual([...outcomes].toSorted(), ['ended', 'expired', 'put_off', 'ready', 'stale', 'started', 'unborn']);
});

test('an impossible cell is refused by name', () => {
  assert.throws(() => stepRun({ id: 'r', spec: jobSpec('j') }, newLife({ due: 0 }), { type: 'spawned', pid: 1 }, { mono: 0, wall: 0 }), /run r of job j cannot be told "spawned" in SCHEDULED/);
});
