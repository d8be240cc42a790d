// The daemon as a whole in numbers, and one program with its instances. Pure; loaded by the first who asks.
import { nearest } from '../../config/nearest.ts';
import type { Config, ProcessSpec } from '../../config/spec.ts';
import type { AlertView, Silence } from '../contract/alerts.ts';
import type { CommandError } from '../contract/errors.ts';
import type { HealthRow } from '../contract/health.ts';
import type { Counts, InfoAnswer, OwnProcess, PoolAnswer, PoolWorker, WorkerStatus } from '../contract/info.ts';
import type { Usage } from '../contract/ps.ts';
import type { ProcessView, Snapshot } from '../contract/snapshot.ts';
import type { LogStats } from '../os/ports/logs.ts';
import type { MachineFacts } from '../os/ports/machine.ts';

export interface InfoSource {
  readonly version: string;
  readonly own: OwnProcess;
  readonly snapshot: Snapshot;
  readonly config: Config;
  readonly machine: MachineFacts;
  readonly listeners: readonly string[];
  readonly state: { readonly path: string | null; readonly problem: string | null };
  readonly logfile: string | null;
  readonly deadLetters: number;
  readonly alerts: readonly AlertView[];
  readonly silences: readonly Silence[];
  readonly operations: number;
  readonly stats: (process: string) => LogStats;
  readonly oldest: number;
  /** Wall clock ms. */
  readonly now: number;
}

function counted<Row, State extends string>(rows: Iterable<Row>, stateOf: (row: Row) => State): Counts<State> {
  const counts: Partial<Record<State, number>> = {};
  for (const row of rows) counts[stateOf(row)] = (counts[stateOf(row)] ?? 0) + 1;
  return counts;
}

/** O(everything there is): for those who ask. */
export function infoOf(source: InfoSource): InfoAnswer {
  const { snapshot, config, machine, alerts, now } = source;
  const { daemon, processes, groups, runs, breakers, checks, issues, drain } = snapshot;
  const jobs = [...snapshot.jobs.values()].filter((job) => job.role === 'job');
  const logs = { bytes: 0, droppedBytes: 0, rotations: 0, blocked: 0 };
  for (const id of processes.keys()) {
    const { bytes, dropped, rotations, blocked } = source.stats(id);
    logs.bytes += bytes;
    logs.droppedBytes += dropped;
    logs.rotations += rotations;
    if (blocked) logs.blocked += 1;
  }
  const total = (of: (alert: AlertView) => number): number => alerts.reduce((sum, alert) => sum + of(alert), 0);
  return {
    version: source.version, identifier: daemon.identifier, state: daemon.state, own: source.own, startedAt: daemon.startedAt, uptimeMs: now - daemon.startedAt,
    file: config.file, files: config.files, dialect: config.dialect, layer: machine.implementation, layerWhy: machine.why ?? '', subreaper: machine.subreaper || machine.pid1, listeners: source.listeners,
    stateDir: source.state.path === null ? null : source.state.path.slice(0, source.state.path.lastIndexOf('/')), stateWhy: source.state.problem ?? '', logfile: source.logfile,
    processes: counted(processes.values(), (row) => row.state), health: counted(processes.values(), (row) => row.health), groups: counted(groups.values(), (row) => row.state),
    jobs: {
      total: jobs.length, running: jobs.filter((job) => job.running.length > 0).length, paused: jobs.filter((job) => job.paused).length, disabled: jobs.filter((job) => !job.enabled).length,
      held: jobs.filter((job) => job.held !== '').length,
    },
    runs: counted(runs.values(), (run) => run.state), checks: counted(checks.values(), (check) => check.lastResult ?? 'new'), issues: counted(issues.values(), (issue) => issue.state),
    breakers: counted(breakers.values(), (breaker) => breaker.state), deadLetters: source.deadLetters,
    alerts: { rules: alerts.length, lasting: total((alert) => alert.incidents.length), waiting: total((alert) => alert.waiting), lost: total((alert) => alert.lost), silences: source.silences.length },
    drain, operations: source.operations, limits: { maxParallel: config.jobSettings.maxParallel, deadLetterMs: config.jobSettings.deadLetterMs, machine: machine.limits },
    logs, events: { last: snapshot.seq, oldest: source.oldest },
  };
}

export interface PoolSource {
  readonly snapshot: Snapshot;
  /** How a process runs; undefined: there is no such process. */
  readonly spec: (id: string) => ProcessSpec | undefined;
  readonly health: (ids: readonly string[]) => readonly HealthRow[];
  readonly usage: (ids: readonly string[]) => ReadonlyMap<string, Usage>;
  /** An operator says how many instances there are; null: its load never does. */
  readonly held: (program: string) => boolean | null;
}

/** Who is wanted up, and is down or waits for its next start because something failed, has crashed. */
function statusOf(row: ProcessView): WorkerStatus {
  switch (row.state) {
    case 'RUNNING': case 'STARTING': case 'STOPPING': return 'running';
    case 'FATAL': case 'UNKNOWN': return 'crashed';
    case 'BACKOFF': return row.waitsFor.length > 0 ? 'stopped' : 'crashed';
    case 'EXITED': return row.exitSignal !== null || (row.exitCode ?? 0) !== 0 ? 'crashed' : 'stopped';
    case 'STOPPED': return 'stopped';
    default: return row.state satisfies never;
  }
}

const SCALED_BY = { command: 'scale_command', cpu: 'cpu', queue: 'queue' } as const;

/** The instances of one program. */
export function poolOf(source: PoolSource, name: string): PoolAnswer | CommandError {
  const rows = [...source.snapshot.processes.values()].filter((row) => row.program === name).toSorted((a, b) => a.num - b.num);
  if (rows.length === 0) {
    const near = nearest(name, [...new Set([...source.snapshot.processes.values()].map((row) => row.program))]);
    return { code: 'NOT_FOUND', message: `cannot find program ${name}: there is no such program`, ...(near === null ? {} : { hint: `did you mean ${near}?` }) };
  }
  const ids = rows.map((row) => row.id);
  const health = new Map(source.health(ids).map((row) => [row.process, row]));
  const usage = source.usage(rows.flatMap((row) => (row.pid === null ? [] : [row.id])));
  const workers = rows.map((row): PoolWorker => ({
    id: row.id, num: row.num, pid: row.pid, state: row.state, status: statusOf(row), health: row.health, startedAt: row.startedAt, lastCheckAt: health.get(row.id)?.lastCheckAt ?? null, restarts: row.restarts,
    rssBytes: usage.get(row.id)?.rssBytes ?? null, cpuPercent: usage.get(row.id)?.cpuPercent ?? null, why: row.why,
  }));
  const number = (status: WorkerStatus): number => workers.filter((worker) => worker.status === status).length;
  const scale = source.spec(ids[0] ?? '')?.autoscale ?? null;
  return {
    pool: name, count: workers.length, running: number('running'), stopped: number('stopped'), crashed: number('crashed'),
    autoscale: scale === null ? null : { min: scale.min, max: scale.max, by: scale.source.kind === 'queue' ? `queue:${scale.source.job}` : SCALED_BY[scale.source.kind], held: source.held(name) === true },
    workers,
  };
}
