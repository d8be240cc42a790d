// What facts about jobs, runs, reports, breakers and drains make of the snapshot.
import type { Fact } from './facts.ts';
import { applyIssueEvent } from './issue-snapshot.ts';
import type { JobView, RunView } from './jobs.ts';
import { healthWith } from './health.ts';
import type { HealthState } from './health.ts';
import { RUN_STATES } from './jobs.ts';
import type { HeartbeatView } from './reports.ts';
import type { Snapshot } from './snapshot.ts';

type RunFact = Extract<Fact, { readonly run: RunView }>;
type EndFact = Extract<Fact, { readonly run: RunView; readonly durationMs: number | null }>;
type ReportFact = Extract<Fact, { readonly supervisionId: string; readonly type: 'limit.warned' | 'limit.exceeded' | 'limit.cleared' | 'heartbeat.received' | 'heartbeat.missed' | 'heartbeat.stuck' | 'heartbeat.recovered' | 'progress.reported' | 'status.reported' | 'health.reported' | 'result.reported' | 'issue.reported' }>;
type Counts = JobView['counts'];

const NO_COUNTS: Counts = { started: 0, succeeded: 0, failed: 0, retried: 0, skipped: 0, missed: 0, cancelled: 0, timed_out: 0, stalled: 0, interrupted: 0, dead: 0 };

/** Which count an end belongs to. */
const COUNTED = {
  'run.succeeded': 'succeeded', 'run.failed': 'failed', 'run.retrying': 'retried', 'run.timed_out': 'timed_out', 'run.stalled': 'stalled', 'run.cancelled': 'cancelled',
  'run.missed': 'missed', 'run.skipped': 'skipped', 'run.interrupted': 'interrupted', 'run.dead': 'dead',
} as const satisfies Record<EndFact['type'], keyof Counts>;

function job(s: Snapshot, name: string, patch: Partial<JobView>): void {
  const row = s.jobs.get(name);
  if (row) s.jobs.set(name, { ...row, ...patch });
}

function add(s: Snapshot, fact: Extract<Fact, { type: 'job.added' }>): void {
  s.jobs.set(fact.job, {
    name: fact.job, role: fact.role ?? 'job', schedule: fact.schedule, timezone: fact.timezone, enabled: fact.enabled, paused: false, pausedBy: '', nextAt: null, lastFireAt: null, running: [], queued: 0, waiting: 0,
    counts: NO_COUNTS, last: null, breaker: fact.breaker, set: {}, held: '',
  });
}

/** Where a run waits or runs, as its job counts it. */
function place(state: RunView['state'] | undefined): 'queued' | 'waiting' | 'running' | null {
  return state === 'queued' ? 'queued' : state === 'scheduled' ? 'waiting' : state === 'running' ? 'running' : null;
}

function moved(s: Snapshot, fact: RunFact): void {
  const { run } = fact;
  const row = s.jobs.get(fact.job);
  const from = place(s.runs.get(run.id)?.state);
  const to = place(run.state);
  if (RUN_STATES[run.state].final) s.runs.delete(run.id);
  else s.runs.set(run.id, run);
  if (!row || from === to) return;
  job(s, fact.job, {
    queued: row.queued + (to === 'queued' ? 1 : 0) - (from === 'queued' ? 1 : 0),
    waiting: row.waiting + (to === 'waiting' ? 1 : 0) - (from === 'waiting' ? 1 : 0),
    running: to === 'running' ? [...row.running, run.id] : from === 'running' ? row.running.filter((id) => id !== run.id) : row.running,
    ...(to === 'running' ? { counts: { ...row.counts, started: row.counts.started + 1 } } : {}),
  });
}

function ended(s: Snapshot, fact: EndFact): void {
  moved(s, fact);
  const row = s.jobs.get(fact.job);
  if (!row) return;
  const count = COUNTED[fact.type];
  const times = 'times' in fact ? fact.times : 1;
  const { run } = fact;
  job(s, fact.job, {
    counts: { ...row.counts, [count]: row.counts[count] + times },
    ...(run.startedAt === null ? {} : { last: { id: run.id, state: run.state, endedAt: run.endedAt ?? fact.at, durationMs: fact.durationMs, why: run.why } }),
  });
}

const NO_HEARTBEAT: HeartbeatView = { lastAt: null, missed: 0, count: 0, stuck: false };

function beat(before: HeartbeatView | null, fact: ReportFact): HeartbeatView | null {
  const row = before ?? NO_HEARTBEAT;
  switch (fact.type) {
    case 'heartbeat.received': return { ...row, lastAt: fact.at, missed: 0, count: row.count + 1 };
    case 'heartbeat.missed': return { ...row, missed: fact.misses };
    case 'heartbeat.stuck': return { ...row, stuck: true };
    case 'heartbeat.recovered': return { ...row, stuck: false };
    default: return before;
  }
}

function healthOf(row: HealthState, fact: ReportFact): HealthState {
  switch (fact.type) {
    case 'health.reported': return healthWith(row, 'report', fact.value, fact.why);
    case 'heartbeat.stuck': return healthWith(row, 'heartbeat', 'stuck', fact.why);
    case 'heartbeat.recovered': return healthWith(row, 'heartbeat', 'healthy');
    case 'limit.warned': return healthWith(row, `limit ${fact.limit}`, 'degraded', fact.why);
    case 'limit.exceeded': return healthWith(row, `limit ${fact.limit}`, 'unhealthy', fact.why);
    case 'limit.cleared': return healthWith(row, `limit ${fact.limit}`, null);
    default: return { health: row.health, healthSources: row.healthSources };
  }
}

function reported(s: Snapshot, fact: ReportFact): void {
  if ('run' in fact) {
    const row = s.runs.get(fact.run);
    if (!row) return;
    s.runs.set(fact.run, {
      ...row, heartbeat: beat(row.heartbeat, fact), ...(fact.type === 'progress.reported' ? { progress: fact.progress } : {}),
      ...(fact.type === 'status.reported' ? { status: fact.text } : {}), ...(fact.type === 'result.reported' ? { result: fact.result } : {}),
    });
    return;
  }
  const row = s.processes.get(fact.process);
  // News of an earlier life.
  if (!row || row.incarnation !== fact.incarnation) return;
  s.processes.set(fact.process, {
    ...row, heartbeat: beat(row.heartbeat, fact), ...(fact.type === 'progress.reported' ? { progress: fact.progress } : {}),
    ...(fact.type === 'status.reported' ? { statusText: fact.text } : {}), ...healthOf(row, fact),
  });
}

function probed(s: Snapshot, fact: Extract<Fact, { type: 'health.probed' }>): void {
  const row = s.processes.get(fact.process);
  if (row?.incarnation === fact.incarnation) s.processes.set(fact.process, { ...row, ...healthWith(row, `probe ${fact.probe}`, fact.value, fact.why) });
}

/** Applies one fact about jobs and what belongs to them; others are ignored. O(1), and O(runs of the job) where one begins or ends. */
export function applyJobEvent(s: Snapshot, fact: Fact): void {
  switch (fact.type) {
    case 'job.added': return add(s, fact);
    case 'job.changed': return job(s, fact.job, { schedule: fact.schedule, timezone: fact.timezone, enabled: fact.enabled, breaker: fact.breaker });
    case 'job.removed': s.jobs.delete(fact.job); return;
    case 'job.paused': return job(s, fact.job, { paused: true, pausedBy: fact.by });
    case 'job.resumed': return job(s, fact.job, { paused: false, pausedBy: '' });
    case 'job.set': {
      const { [fact.key]: _before, ...others } = s.jobs.get(fact.job)?.set ?? {};
      return job(s, fact.job, { set: fact.value === '' ? others : { ...others, [fact.key]: fact.value } });
    }
    case 'job.recalled': return job(s, fact.job, { last: fact.last });
    case 'job.next': return job(s, fact.job, { nextAt: fact.nextAt, lastFireAt: fact.lastFireAt });
    case 'job.held': return job(s, fact.job, { held: fact.why });
    case 'run.scheduled': case 'run.queued': case 'run.started': return moved(s, fact);
    case 'run.succeeded': case 'run.failed': case 'run.retrying': case 'run.timed_out': case 'run.stalled': case 'run.cancelled': case 'run.missed': case 'run.skipped': case 'run.interrupted':
    case 'run.dead': return ended(s, fact);
    case 'limit.warned': case 'limit.exceeded': case 'limit.cleared':
    case 'heartbeat.received': case 'heartbeat.missed': case 'heartbeat.stuck': case 'heartbeat.recovered': case 'progress.reported': case 'status.reported': case 'health.reported':
    case 'result.reported': case 'issue.reported': return reported(s, fact);
    case 'health.probed': return probed(s, fact);
    case 'breaker.added': s.breakers.set(fact.breaker, fact.row); return;
    case 'breaker.removed': s.breakers.delete(fact.breaker); return;
    case 'breaker.opened': case 'breaker.half_opened': case 'breaker.closed': case 'breaker.reset': case 'breaker.counted':
      // One that was removed meanwhile stays gone.
      if (s.breakers.has(fact.breaker)) s.breakers.set(fact.breaker, fact.row);
      return;
    case 'drain.started': s.drain = { names: fact.names, startedAt: fact.at, by: fact.by, expiresAt: fact.expiresAt, remaining: fact.remaining }; return;
    case 'drain.ended': s.drain = null; return;
    case 'drain.completed': if (s.drain) s.drain = { ...s.drain, remaining: [] }; return;
    case 'drain.timed_out': if (s.drain) s.drain = { ...s.drain, remaining: fact.remaining }; return;
    default: return applyIssueEvent(s, fact);
  }
}
