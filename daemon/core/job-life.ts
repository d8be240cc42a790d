// What becomes of a run with each thing it is told: its machine is stepped, and its answer reaches the book.
import type { RunView } from '../contract/jobs.ts';
import { endOfUse } from './job-breakers.ts';
import type { JobTurn, RunNode } from './job-book.ts';
import { conclude, settle } from './job-ending.ts';
import { makeRun, tellWaiting } from './job-runs.ts';
import { endingEvents } from './job-shutdown.ts';
import { ROOM_RETRY_MS, stepRun } from './run.ts';
import type { RunLifeEvent, RunOutcome } from './run-state.ts';
import { startVitals } from './vitals.ts';

function begun(t: JobTurn, run: RunNode, pid: number): void {
  const view: RunView = { ...run.view, state: 'running', pid, startedAt: t.m.wall, dueAt: null, cause: null, why: '', fallback: run.use === 'fallback' };
  run.view = view;
  run.told = true;
  run.vitals = startVitals(t.m);
  t.write({ type: 'run', run: view });
  t.say({ type: 'run.started', job: run.job.name, run: view });
  // It was asked for before the end of the daemon began.
  if (t.book.closing !== null && run.life.phase === 'RUNNING') for (const event of endingEvents(run.spec, t.book.closing, t.m, t.book.graceDue)) drive(t, run, event);
}

/** Its precondition does not hold: it gives its place back, and waits. */
function putOff(t: JobTurn, run: RunNode, why: string): void {
  t.book.taken -= 1;
  run.job.running.delete(run);
  t.ask({ type: 'release', run: run.id, heartbeats: [] });
  endOfUse(t, run, null);
  run.breaker = null;
  // What was written when it got its place is not so any more.
  run.told = false;
  tellWaiting(t, run, 'scheduled', why, t.m.wall + ROOM_RETRY_MS, 'disk');
  t.woken.add(run.job);
}

function stale(t: JobTurn, run: RunNode, waitedMs: number): void {
  const { stale: rule } = run.spec;
  const action = rule?.action ?? 'alert';
  t.say({ type: 'run.stale', job: run.job.name, run: run.id, waitedMs: Math.round(waitedMs), action });
  if (action === 'alert') return;
  const why = `waited for ${String(Math.round(waitedMs / 1000))} s without a start: ${run.view.why}`;
  const { args, key, attempt, first, scheduledAt, trigger } = run.view;
  conclude(t, run, { state: action === 'rerun' ? 'missed' : 'failed', cause: 'late', why, service: null, letter: action === 'fail' && run.spec.deadLetters, next: null }, null);
  if (action === 'rerun' && !run.job.removed) {
    makeRun(t, run.job, { trigger: trigger === 'undo' ? 'undo' : 'rerun', initiator: `job ${run.job.name}`, args, key, attempt, first: attempt > 1 ? first : null, parent: run.id, scheduledAt, ...(run.given === null ? {} : { given: run.given }) });
  }
}

function answered(t: JobTurn, run: RunNode, outcome: RunOutcome): void {
  switch (outcome.type) {
    case 'ready':
      run.job.queue.push(run);
      t.ready.push(run);
      return;
    case 'started': return begun(t, run, outcome.pid);
    case 'put_off': return putOff(t, run, outcome.why);
    case 'expired': return conclude(t, run, { state: 'missed', cause: 'expired', why: outcome.why, service: null, letter: false, next: null }, null);
    case 'stale': return stale(t, run, outcome.waitedMs);
    case 'unborn': return settle(t, run, { purpose: null, exit: null, unborn: { hopeless: outcome.hopeless }, lost: false, why: outcome.why });
    case 'ended': return settle(t, run, { purpose: outcome.purpose, exit: outcome.exit, unborn: null, lost: false, why: outcome.why });
    default: return outcome satisfies never;
  }
}

/**
 * Tells a run something, and does what its answer means.
 * @throws InvariantError when the machine cannot be told this.
 */
export function drive(t: JobTurn, run: RunNode, event: RunLifeEvent): void {
  const step = stepRun(run, run.life, event, t.m);
  // One that is over keeps its last phase: it says whether there was a life.
  if (step.life) run.life = step.life;
  t.touch(run);
  t.ask(...step.effects);
  t.say(...step.facts);
  if (step.outcome) answered(t, run, step.outcome);
}
