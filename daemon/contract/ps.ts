// A program's process and a job's run as one kind of row: what `ps` shows and what filters look at. Browser-safe.
import type { LimitKind } from '../../config/limits-spec.ts';
import { BADNESS, healthReason } from './health.ts';
import type { RunView } from './jobs.ts';
import { shortName } from './names.ts';
import type { ProcessView } from './snapshot.ts';

/** What a process and all it started use at present. */
export interface Usage {
  readonly rssBytes: number;
  /** Percent of one core, since it was last measured if that was within a minute, else over its life. */
  readonly cpuPercent: number;
  /** Processor time of the present life, ms, as far as it was seen. */
  readonly cpuMs?: number;
  readonly processes: number;
  /** Open files of the one process that has most; null: not asked for, or not to be seen. */
  readonly files: number | null;
}

/** How much of a limit is used up. */
export interface LimitUse {
  readonly limit: LimitKind;
  readonly max: number;
  /** null: not known now. */
  readonly percent: number | null;
}

/** What something uses: what `top` shows. */
export interface UsageRow extends Usage {
  readonly kind: 'program' | 'run';
  /** `web`, `group:web_01`; of a run, its job. */
  readonly name: string;
  /** The namespec, or the UUID of the run. */
  readonly id: string;
  readonly state: string;
  readonly health: string;
  readonly pid: number | null;
  /** Wall clock ms. */
  readonly startedAt: number | null;
  readonly limits: readonly LimitUse[];
}

/** Durations in ms, times wall clock ms; null: does not apply, or is not known. */
export interface PsRow {
  readonly kind: 'program' | 'run';
  /** `web`, `group:web_01`; of a run, its job. */
  readonly name: string;
  /** The namespec, or the UUID of the run. */
  readonly id: string;
  readonly program: string | null;
  readonly group: string | null;
  readonly job: string | null;
  readonly state: string;
  readonly pid: number | null;
  readonly health: string;
  readonly wanted: 'up' | 'down' | null;
  readonly ready: boolean;
  readonly disabled: boolean;
  readonly flapping: boolean;
  readonly stuck: boolean;
  /** Heartbeats missed in a row, as last told; of who is stuck it may be more. */
  readonly missed: number;
  readonly heartbeatAt: number | null;
  readonly createdAt: number | null;
  readonly dueAt: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly restarts: number;
  readonly attempt: number | null;
  readonly trigger: string | null;
  readonly initiator: string | null;
  readonly args: readonly string[];
  readonly key: string | null;
  readonly code: number | null;
  readonly signal: string | null;
  readonly cause: string | null;
  readonly percent: number | null;
  readonly rate: number | null;
  readonly etaMs: number | null;
  readonly phase: string | null;
  readonly status: string;
  readonly why: string;
  /** Peak of a run that ended; of what lives, as measured for this answer. */
  readonly rssBytes: number | null;
  readonly cpuPercent: number | null;
}

/** The row of a process. `usage`: where it was measured. */
export function rowOfProcess(view: ProcessView, usage: Usage | null = null): PsRow {
  return {
    kind: 'program', name: shortName(view.id), id: view.id, program: view.program, group: view.group, job: null, state: view.state, pid: view.pid, health: view.health, wanted: view.wanted,
    ready: view.ready, disabled: view.disabled, flapping: view.flapping !== null, stuck: view.health === 'stuck' || view.heartbeat?.stuck === true, missed: view.heartbeat?.missed ?? 0,
    heartbeatAt: view.heartbeat?.lastAt ?? null, createdAt: view.startedAt, dueAt: view.nextStartAt, startedAt: view.startedAt, endedAt: view.pid === null ? view.stoppedAt : null,
    restarts: view.restarts, attempt: null, trigger: null, initiator: null, args: [], key: null, code: view.exitCode, signal: view.exitSignal, cause: null, percent: view.progress?.percent ?? null,
    rate: view.progress?.rate ?? null, etaMs: view.progress?.etaMs ?? null, phase: view.progress?.phase ?? null, status: view.statusText, why: (view.state === 'RUNNING' && BADNESS[view.health] > BADNESS.healthy && healthReason(view)) || view.why,
    rssBytes: usage?.rssBytes ?? null, cpuPercent: usage?.cpuPercent ?? null,
  };
}

/** The row of a run, also of one that ended. */
export function rowOfRun(run: RunView, usage: Usage | null = null): PsRow {
  const stuck = run.heartbeat?.stuck === true;
  return {
    kind: 'run', name: run.job, id: run.id, program: null, group: null, job: run.job, state: run.state, pid: run.pid, health: stuck ? 'stuck' : run.heartbeat?.lastAt != null ? 'healthy' : 'unknown',
    wanted: null, ready: run.state === 'running', disabled: false, flapping: false, stuck, missed: run.heartbeat?.missed ?? 0, heartbeatAt: run.heartbeat?.lastAt ?? null,
    createdAt: run.createdAt, dueAt: run.dueAt ?? run.scheduledAt, startedAt: run.startedAt, endedAt: run.endedAt, restarts: run.attempt - 1, attempt: run.attempt, trigger: run.trigger,
    initiator: run.initiator, args: run.args, key: run.key, code: run.code, signal: run.signal, cause: run.cause, percent: run.progress?.percent ?? null, rate: run.progress?.rate ?? null,
    etaMs: run.progress?.etaMs ?? null, phase: run.progress?.phase ?? null, status: run.status, why: run.why,
    rssBytes: usage?.rssBytes ?? run.peakRssBytes, cpuPercent: usage?.cpuPercent ?? null,
  };
}

/** ms from its start to its end, or until now; null: it never started. */
export function durationOf(row: Pick<PsRow, 'startedAt' | 'endedAt'>, now: number): number | null {
  return row.startedAt === null ? null : Math.max(0, (row.endedAt ?? now) - row.startedAt);
}
