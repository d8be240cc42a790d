// What is so, as one value: built from facts by one reducer that the daemon, its tests, reevectl and the page share.
import type { Strategy } from '../../config/spec.ts';
import type { Fact } from './facts.ts';
import type { RestartLimit } from './fact-payloads.ts';
import { UNKNOWN_HEALTH } from './health.ts';
import type { HealthSource } from './health.ts';
import type { CheckState, IssueView } from './issues.ts';
import { applyJobEvent } from './job-snapshot.ts';
import type { BreakerView, DrainView, JobView, RunView } from './jobs.ts';
import type { HeartbeatView, ProgressView } from './reports.ts';
import type { DaemonStateName, GroupStateName, Health, ProcessStateName } from './states.ts';

/** A process as clients see it. */
export interface ProcessView {
  readonly id: string;
  readonly name: string;
  readonly group: string;
  readonly program: string;
  readonly num: number;
  readonly autostart: boolean;
  readonly priority: number;
  readonly state: ProcessStateName;
  readonly wanted: 'up' | 'down';
  readonly disabled: boolean;
  readonly ready: boolean;
  /** The worst of `healthSources`. */
  readonly health: Health;
  readonly healthSources: readonly HealthSource[];
  /** Number of its present or last life; 0 before the first. */
  readonly incarnation: number;
  readonly pid: number | null;
  readonly supervisionId: string | null;
  /** Wall clock, ms: begin of the present or last life; of the last end; of the last change of state. */
  readonly startedAt: number | null;
  readonly stoppedAt: number | null;
  readonly changedAt: number;
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** Last spawn error, or why a start failed; '' when none. */
  readonly spawnError: string;
  /** Lives after the first, of this daemon; a reload goes on counting. */
  readonly restarts: number;
  /** Failed starts or restarts in a row. */
  readonly tries: number;
  /** In BACKOFF: when the next start is due (wall clock, ms). */
  readonly nextStartAt: number | null;
  readonly flapping: { readonly failures: number; readonly windowMs: number } | null;
  /** depends_on, as the file says it. */
  readonly dependsOn: readonly string[];
  /** Conditions of depends_on that keep it from being started, as the file says them. */
  readonly waitsFor: readonly string[];
  /** The reason of the last change, in a person's words. */
  readonly why: string;
  /** Processes that a stop could not end. */
  readonly survivors: readonly number[];
  /** What its present life said of itself; null: nothing. */
  readonly heartbeat: HeartbeatView | null;
  readonly progress: ProgressView | null;
  /** Last STATUS= of its present life. */
  readonly statusText: string;
}

/** A group as clients see it. */
export interface GroupView {
  readonly name: string;
  readonly parent: string | null;
  readonly strategy: Strategy;
  readonly state: GroupStateName;
  readonly members: readonly string[];
  readonly why: string;
  /** How many restarts of members it stands; null: any number. */
  readonly intensity: RestartLimit | null;
  /** Wall clock ms of restarts, oldest first, at most `intensity.max`; those older than `intensity.windowMs` do not count any more. */
  readonly restartsAt: readonly number[];
}

/** The daemon as clients see it. */
export interface DaemonView {
  readonly state: DaemonStateName;
  readonly pid: number;
  readonly version: string;
  readonly file: string;
  readonly identifier: string;
  readonly startedAt: number;
  readonly implementation: string;
}

/** `seq` is the number of the last fact in it. Rows are replaced, never changed in place; the maps are. */
export interface Snapshot {
  seq: number;
  daemon: DaemonView;
  readonly processes: Map<string, ProcessView>;
  readonly groups: Map<string, GroupView>;
  readonly jobs: Map<string, JobView>;
  /** Runs that have not ended. */
  readonly runs: Map<string, RunView>;
  readonly breakers: Map<string, BreakerView>;
  readonly checks: Map<string, CheckState>;
  /** Live ones. */
  readonly issues: Map<string, IssueView>;
  drain: DrainView | null;
}

/** The form of a snapshot in JSON. */
export interface SnapshotJson {
  readonly seq: number;
  readonly daemon: DaemonView;
  readonly processes: readonly ProcessView[];
  readonly groups: readonly GroupView[];
  readonly jobs: readonly JobView[];
  readonly runs: readonly RunView[];
  readonly breakers: readonly BreakerView[];
  readonly checks: readonly CheckState[];
  readonly issues: readonly IssueView[];
  readonly drain: DrainView | null;
}

/** Nothing is known yet. */
export function emptySnapshot(): Snapshot {
  return {
    seq: 0,
    daemon: { state: 'RUNNING', pid: 0, version: '', file: '', identifier: '', startedAt: 0, implementation: '' },
    processes: new Map(),
    groups: new Map(),
    jobs: new Map(),
    runs: new Map(),
    breakers: new Map(),
    checks: new Map(),
    issues: new Map(),
    drain: null,
  };
}

/** As it goes over the wire: lists in place of maps. */
export function toJson(s: Snapshot): SnapshotJson {
  return { seq: s.seq, daemon: s.daemon, processes: [...s.processes.values()], groups: [...s.groups.values()], jobs: [...s.jobs.values()], runs: [...s.runs.values()], breakers: [...s.breakers.values()], checks: [...s.checks.values()], issues: [...s.issues.values()], drain: s.drain };
}

/** A snapshot out of its JSON form, ready for applyEvent. */
export function fromJson(json: SnapshotJson): Snapshot {
  const byId = <T extends { readonly id: string }>(rows: readonly T[]): Map<string, T> => new Map(rows.map((row) => [row.id, row]));
  const byName = <T extends { readonly name: string }>(rows: readonly T[]): Map<string, T> => new Map(rows.map((row) => [row.name, row]));
  return {
    seq: json.seq, daemon: json.daemon, drain: json.drain, processes: byId(json.processes), groups: byName(json.groups), jobs: byName(json.jobs), runs: byId(json.runs),
    breakers: byName(json.breakers), checks: byName(json.checks), issues: byId(json.issues),
  };
}

type ProcessChange = { -readonly [K in keyof ProcessView]?: ProcessView[K] };

function change(s: Snapshot, id: string, fact: Fact, patch: ProcessChange): void {
  const row = s.processes.get(id);
  if (!row) return;
  const moved = patch.state !== undefined && patch.state !== row.state;
  s.processes.set(id, { ...row, ...patch, ...(moved ? { changedAt: fact.at } : {}) });
}

function exited(s: Snapshot, fact: Fact & { type: 'process.exited' }): void {
  // An exit as such changes no state: what follows from it is said by the next fact. That it was well says nothing any more; what was
  // wrong with it may be why it ended, and is said until it lives again, or rests.
  const well = s.processes.get(fact.process)?.health === 'healthy';
  change(s, fact.process, fact, { pid: null, exitCode: fact.code, exitSignal: fact.signal, stoppedAt: fact.at, ready: false, ...(well ? UNKNOWN_HEALTH : {}) });
}

function starting(s: Snapshot, fact: Fact & { type: 'process.starting' }): void {
  const row = s.processes.get(fact.process);
  if (!row) return;
  change(s, fact.process, fact, {
    state: 'STARTING', incarnation: fact.incarnation, startedAt: fact.at, nextStartAt: null, tries: fact.tries,
    restarts: row.incarnation > 0 && row.startedAt !== null ? row.restarts + 1 : row.restarts, spawnError: '', survivors: [], waitsFor: [], why: 'starting', ...UNKNOWN_HEALTH, heartbeat: null, progress: null, statusText: '',
  });
}

function added(s: Snapshot, fact: Fact & { type: 'process.added' }): void {
  const id = fact.process;
  s.processes.set(id, {
    id, name: id.slice(id.indexOf(':') + 1), group: fact.group, program: fact.program, num: fact.num, autostart: fact.autostart, priority: fact.priority,
    state: 'STOPPED', wanted: fact.autostart ? 'up' : 'down', disabled: false, ready: false, ...UNKNOWN_HEALTH, incarnation: fact.incarnation, pid: null, supervisionId: null,
    startedAt: null, stoppedAt: null, changedAt: fact.at, exitCode: null, exitSignal: null, spawnError: '', restarts: s.processes.get(id)?.restarts ?? 0, tries: 0, nextStartAt: null,
    flapping: null, dependsOn: fact.dependsOn ?? [], waitsFor: [], why: 'not started', survivors: [], heartbeat: null, progress: null, statusText: '',
  });
}

/** Applies one fact. Facts must come in order; one that is older than the snapshot is ignored. O(1). */
export function applyEvent(s: Snapshot, fact: Fact): void {
  if (fact.seq <= s.seq) return;
  s.seq = fact.seq;
  switch (fact.type) {
    case 'daemon.started':
      s.daemon = { ...s.daemon, state: 'RUNNING', pid: fact.pid, version: fact.version, file: fact.file, startedAt: fact.at, implementation: fact.implementation };
      return;
    case 'daemon.stopping': s.daemon = { ...s.daemon, state: 'SHUTDOWN' }; return;
    case 'process.added': return added(s, fact);
    case 'process.removed': s.processes.delete(fact.process); return;
    case 'process.changed': return change(s, fact.process, fact, { program: fact.program, num: fact.num, autostart: fact.autostart, priority: fact.priority, dependsOn: fact.dependsOn ?? [] });
    case 'process.starting': return starting(s, fact);
    case 'process.spawned': return change(s, fact.process, fact, { pid: fact.pid, supervisionId: fact.supervisionId, exitCode: null, exitSignal: null });
    case 'process.spawn_failed': return change(s, fact.process, fact, { spawnError: fact.message });
    case 'process.running': return change(s, fact.process, fact, { state: 'RUNNING', spawnError: '', why: 'up', ...(fact.ready ? { tries: 0, ready: true } : {}) });
    case 'process.ready': return change(s, fact.process, fact, { ready: true });
    case 'process.unready': return change(s, fact.process, fact, { ready: false });
    case 'process.waiting': return change(s, fact.process, fact, { state: 'BACKOFF', nextStartAt: null, spawnError: fact.why, why: fact.why, pid: null, waitsFor: fact.on });
    case 'process.exited': return exited(s, fact);
    case 'process.state': return change(s, fact.process, fact, { state: fact.to, why: fact.why, pid: fact.pid });
    case 'process.backoff': return change(s, fact.process, fact, { state: 'BACKOFF', tries: fact.tries, nextStartAt: fact.at + fact.delayMs, spawnError: fact.why, why: fact.why, pid: null });
    case 'process.stopping': return change(s, fact.process, fact, { state: 'STOPPING', why: fact.why, pid: fact.pid, ready: false });
    case 'process.stopped': return change(s, fact.process, fact, { state: 'STOPPED', why: fact.why, pid: null, nextStartAt: null, stoppedAt: fact.at, survivors: [], waitsFor: [], ...UNKNOWN_HEALTH, heartbeat: null });
    case 'process.survivors': return change(s, fact.process, fact, { survivors: fact.pids });
    case 'process.fatal': return change(s, fact.process, fact, { state: 'FATAL', why: fact.why, spawnError: fact.why, pid: null, nextStartAt: null });
    case 'process.ended': return change(s, fact.process, fact, { state: 'EXITED', why: fact.why, pid: null, ...UNKNOWN_HEALTH, heartbeat: null });
    case 'process.unknown': return change(s, fact.process, fact, { state: 'UNKNOWN', why: fact.why });
    case 'process.flapping': return change(s, fact.process, fact, { flapping: { failures: fact.failures, windowMs: fact.windowMs } });
    case 'process.steady': return change(s, fact.process, fact, { flapping: null });
    case 'process.wanted': return change(s, fact.process, fact, { wanted: fact.wanted });
    case 'process.disabled': return change(s, fact.process, fact, { disabled: fact.disabled });
    case 'group.added':
      s.groups.set(fact.group, { name: fact.group, parent: fact.parent, strategy: fact.strategy, state: 'DOWN', members: fact.members, why: '', intensity: fact.intensity ?? null, restartsAt: [] });
      return;
    case 'group.removed': s.groups.delete(fact.group); return;
    case 'group.changed': {
      const row = s.groups.get(fact.group);
      if (row) s.groups.set(fact.group, { ...row, strategy: fact.strategy, members: fact.members, intensity: fact.intensity ?? null });
      return;
    }
    case 'group.state': {
      const row = s.groups.get(fact.group);
      // Who gave up for good, or was down, begins with none.
      const anew = fact.to === 'FATAL' || fact.from === 'FATAL' || fact.from === 'DOWN' || fact.from === 'BACKOFF';
      if (row) s.groups.set(fact.group, { ...row, state: fact.to as GroupStateName, why: fact.why, ...(anew ? { restartsAt: [] } : {}) });
      return;
    }
    case 'group.strategy_applied': {
      const row = s.groups.get(fact.group);
      // The fact says how many count, this one included.
      if (row && row.intensity !== null) s.groups.set(fact.group, { ...row, restartsAt: [...row.restartsAt, fact.at].slice(-Math.max(1, fact.restarts)) });
      return;
    }
    default:
      return applyJobEvent(s, fact);
  }
}
