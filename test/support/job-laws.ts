// What must hold after every single step of the book of jobs in a world that behaves. Used by the walks.
import assert from 'node:assert/strict';
import type { FactBody } from '../../daemon/contract/facts.ts';
import { RUN_STATES } from '../../daemon/contract/jobs.ts';
import type { RunView } from '../../daemon/contract/jobs.ts';
import { placesOf } from '../../daemon/core/job-admission.ts';
import { mayStart } from '../../daemon/core/breaker.ts';
import type { Book, JobNode } from '../../daemon/core/job-book.ts';
import type { JobStep } from '../../daemon/core/job-state.ts';
import { isLiving } from '../../daemon/core/run-state.ts';
import type { JobWorld, Law } from './job-world.ts';

function bookOf(world: JobWorld): Book {
  return world.book['book'];
}

function runOf(fact: FactBody): RunView | null {
  return 'run' in fact && typeof fact.run === 'object' ? fact.run : null;
}

/** A record precedes its fact: what is told of a run is what was written last, in the same step. */
function recordsPrecede(step: JobStep): void {
  for (const fact of step.facts) {
    const run = runOf(fact);
    if (run) assert.ok(step.records.some((record) => record.type === 'run' && record.run === run), `${fact.type} of ${run.id} is told and not written`);
    if (fact.type === 'dead.added') assert.ok(step.records.some((record) => record.type === 'dead' && record.letter.id === fact.run), `letter ${fact.run} is told and not written`);
  }
}

/** Who only reads facts sees what is so. */
function snapshotAgrees(world: JobWorld): void {
  const book = bookOf(world);
  const told = [...book.runs.values()].filter((run) => run.told);
  assert.deepEqual([...world.snapshot.runs.keys()].toSorted(), told.map((run) => run.id).toSorted(), 'the facts know other runs than the book');
  for (const run of told) {
    const row = world.snapshot.runs.get(run.id);
    assert.ok(row);
    const { heartbeat, ...rest } = row;
    const { heartbeat: own, ...ours } = run.view;
    assert.deepEqual(rest, ours, `the facts about run ${run.id} do not say what is so`);
    assert.deepEqual(heartbeat, own);
  }
  for (const job of book.jobs.values()) {
    const row = world.snapshot.jobs.get(job.name);
    assert.ok(row, `job ${job.name} is not told`);
    const count = (state: string): number => [...job.live.values()].filter((run) => run.told && run.view.state === state).length;
    assert.deepEqual(
      { queued: row.queued, waiting: row.waiting, running: row.running.length, paused: row.paused, held: row.held, nextAt: row.nextAt },
      { queued: count('queued'), waiting: count('scheduled'), running: count('running'), paused: job.paused !== null, held: job.hold?.why ?? '', nextAt: job.paused === null ? (job.next?.at ?? null) : null },
      `the facts about job ${job.name} do not say what is so`,
    );
  }
  for (const [name, node] of book.breakers) assert.equal(world.snapshot.breakers.get(name)?.state, node.state.phase);
  assert.equal(world.snapshot.drain !== null, book.drain !== null);
}

/** A deadline changes only in a step that says so; clocks that are set are told before anything else happens. */
function deadlinesAgree(world: JobWorld): void {
  const book = bookOf(world);
  const keys = [...[...book.jobs.values(), ...book.runs.values(), ...book.breakers.values()].map((node) => node.key), 'drain'];
  for (const key of keys) {
    const kept = world.due.get(key) ?? null;
    const due = world.book.deadline(key);
    assert.ok(kept === null ? due === null : due !== null && Math.abs(kept - due) < 0.001, `the deadline of ${key} changed from ${String(kept)} to ${String(due)} without being touched`);
  }
}

function startsAreSafe(world: JobWorld, step: JobStep): void {
  const book = bookOf(world);
  for (const effect of step.effects) {
    if (effect.type !== 'start') continue;
    const { run, spec } = effect;
    const job = book.jobs.get(run.job);
    assert.ok(book.closing === null, `${run.id} starts although the daemon is ending`);
    assert.ok(!world.book.isDrained(run.job), `${run.id} starts although its job is drained`);
    assert.ok(job?.paused === null || ['manual', 'dead_letter', 'undo'].includes(run.trigger), `${run.id} starts although its job is paused`);
    assert.ok(run.scheduledAt === null || run.scheduledAt <= world.latest, `${run.id} starts ${String((run.scheduledAt ?? 0) - world.wall)} ms before its time`);
    assert.equal(world.rows.get(run.id)?.state, 'running', `the claim of ${run.id} is not written`);
    if (spec.retry.max !== null && !world.reconfigured) assert.ok(run.attempt <= spec.retry.max + 1, `${run.id} is attempt ${String(run.attempt)} of ${String(spec.retry.max + 1)}`);
  }
}

function waitForPlaces(world: JobWorld): JobNode[] {
  return [...bookOf(world).jobs.values()].filter((job) => job.hold?.kind === 'full' && job.queue.length > 0);
}

/** Nobody takes a place that another one, who comes first, waited for before this step and waits for after it. */
function placesGoInOrder(world: JobWorld, step: JobStep, waited: readonly JobNode[]): void {
  if (world.reconfigured) return;
  const waiting = waitForPlaces(world).filter((job) => waited.includes(job));
  for (const effect of step.effects) {
    if (effect.type !== 'start') continue;
    const before = waiting.find((job) => job.spec.priority < effect.spec.priority);
    assert.equal(before, undefined, `${effect.run.job} of priority ${String(effect.spec.priority)} starts while ${before?.name ?? ''} waits for a place`);
  }
}

function placesHold(world: JobWorld): void {
  const book = bookOf(world);
  let taken = 0;
  for (const job of book.jobs.values()) {
    const living = [...job.live.values()].filter((run) => isLiving(run.life));
    taken += living.length;
    assert.deepEqual(new Set(living), job.running);
    assert.deepEqual(new Set(job.queue), new Set([...job.live.values()].filter((run) => run.life.phase === 'QUEUED')));
    assert.equal(book.waiting.has(job), job.queue.length > 0);
    // A job that was changed to fewer places goes on with those that run.
    if (!world.reconfigured) {
      assert.ok(living.length <= placesOf(job.spec), `${job.name} has ${String(living.length)} runs`);
      assert.ok(job.queue.length === 0 || job.hold !== null, `runs of ${job.name} wait for nothing`);
    }
  }
  assert.equal(book.taken, taken);
  if (!world.reconfigured) assert.ok(taken <= (book.settings.maxParallel ?? Infinity), `${String(taken)} runs at the same time`);
}

/** What holds a job is so: nobody waits for what is over already. */
function holdsHold(world: JobWorld): void {
  const book = bookOf(world);
  for (const job of book.jobs.values()) {
    const { hold, name } = job;
    if (hold === null || job.queue.length === 0) continue;
    const node = book.breakers.get(job.spec.breaker ?? '');
    const so: Record<typeof hold.kind, boolean> = {
      ending: book.closing !== null, drain: world.book.isDrained(name), paused: job.paused !== null, overlap: job.running.size >= placesOf(job.spec),
      rate: job.rateDue !== null, breaker: node !== undefined && !mayStart(node.rules, node.state), full: book.taken >= (book.settings.maxParallel ?? Infinity),
    };
    assert.ok(so[hold.kind], `job ${name} is held, though it is not so: ${hold.why}`);
  }
  for (const node of book.breakers.values()) for (const id of node.state.trials) assert.ok(book.runs.has(id), `the trial ${id} is over and keeps its place`);
  for (const job of book.jobs.values()) {
    const keys = [...job.live.values()].flatMap((run) => (run.view.key === null ? [] : [run.view.key]));
    if (!world.reconfigured) assert.equal(new Set(keys).size, keys.length, `two runs of ${job.name} have the same key`);
  }
}

/** The laws, for a world that lives through one daemon. */
export function jobLaws(): Law {
  let waited: readonly JobNode[] = [];
  const ended = new Map<string, string>();
  const fired = new Map<string, Set<number>>();
  const fires = new Map<string, number>();
  return (world, _event, step) => {
    recordsPrecede(step);
    startsAreSafe(world, step);
    snapshotAgrees(world);
    deadlinesAgree(world);
    placesHold(world);
    placesGoInOrder(world, step, waited);
    waited = waitForPlaces(world);
    holdsHold(world);
    for (const record of step.records) {
      if (record.type === 'fire') {
        const last = fires.get(record.job) ?? -Infinity;
        // Intervals go by the monotonic clock: what the wall clock shows of them may go back.
        const { schedule = null } = world.book.spec(record.job) ?? {};
        const calendar = schedule?.kind === 'cron' || schedule?.align === true;
        assert.ok(!calendar || world.reconfigured || record.at >= last, `job ${record.job}: ${String(record.at)} is dealt with after ${String(last)}`);
        fires.set(record.job, record.at);
      }
      if (record.type !== 'run') continue;
      const { run } = record;
      assert.ok(!ended.has(run.id), `run ${run.id} is ${ended.get(run.id) ?? ''} and becomes ${run.state}`);
      if (RUN_STATES[run.state].final) ended.set(run.id, run.state);
    }
    for (const fact of step.facts) {
      assert.ok(fact.type !== 'daemon.warning' || !fact.message.includes('a mistake in reeve'), fact.type === 'daemon.warning' ? fact.message : '');
      if (fact.type !== 'run.started' || !['schedule', 'catch_up'].includes(fact.run.trigger) || fact.run.scheduledAt === null) continue;
      const times = fired.get(fact.job) ?? new Set();
      assert.ok(!times.has(fact.run.scheduledAt), `job ${fact.job} runs twice for ${new Date(fact.run.scheduledAt).toISOString()}`);
      fired.set(fact.job, times.add(fact.run.scheduledAt));
    }
    for (const run of bookOf(world).runs.values()) assert.ok(!ended.has(run.id), `run ${run.id} has ended and is still in the book`);
    // Released exactly once for every start: the world itself refuses a second one.
    if (world.closed) assert.equal(bookOf(world).taken, 0);
  };
}
