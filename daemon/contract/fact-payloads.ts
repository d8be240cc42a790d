// What each fact carries. Facts are past tense and carry identity: process and incarnation, job and run.
import type { MessageKind, Silence } from './alerts.ts';
import type { CheckMark, FixOutcome, IssueView } from './issues.ts';
import type { BreakerView, LastRun, RunView } from './jobs.ts';
import type { Json, ProgressView, Supervised } from './reports.ts';
import type { Health, ProcessStateName } from './states.ts';
import type { LimitKind } from '../../config/limits-spec.ts';
import type { HookName } from '../../config/hooks.ts';
import type { Role } from '../../config/api-spec.ts';
import type { Strategy } from '../../config/spec.ts';

/** What ended the life before a restart that nobody asked for: exit, signal and oom (the kernel was short of memory) of its own, spawn (it could
 *  not be made), condemned (unhealthy, not ready in time, stuck or over a limit), strategy (a member of its group failed). */
export const FAILURE_REASONS = ['exit', 'signal', 'oom', 'condemned', 'spawn', 'strategy'] as const;
/** One of FAILURE_REASONS. */
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** A process that outlives the daemon; `process` is whose it was, null where nobody knows. */
export interface LeftBehind {
  readonly pid: number;
  readonly process: string | null;
  readonly command: string;
}

/** How a run ended. `durationMs` null: it never started. */
export interface RunEnded {
  readonly job: string;
  readonly run: RunView;
  readonly durationMs: number | null;
}

/** A breaker as it is now. `by`: who or what moved it there, in a person's words. */
export interface BreakerMoved {
  readonly breaker: string;
  readonly row: BreakerView;
  readonly by: string;
}

/** So many restarts within so long; one more, and the group gives up. */
export interface RestartLimit {
  readonly max: number;
  readonly windowMs: number;
}

/** Which limit of a life was reached, how far, and in words. Bytes, percent, ms or a number, as the limit has it. */
export interface LimitCrossed {
  readonly limit: LimitKind;
  readonly max: number;
  readonly actual: number;
  readonly why: string;
}

/** Payload of each fact. Durations in ms; `process` is a namespec `group:name`. */
export interface FactPayloads {
  /** `jobs`: where there are any. */
  'daemon.started': { pid: number; version: string; file: string; programs: number; jobs?: number; implementation: string };
  'daemon.stopping': { mode: 'warm' | 'cold' | 'now'; why: string };
  'daemon.stopped': { exitCode: number; why: string; survivors: readonly number[]; left: readonly LeftBehind[] };
  'daemon.reloaded': { added: readonly string[]; changed: readonly string[]; removed: readonly string[] };
  'daemon.reload_refused': { problems: readonly string[] };
  'daemon.warning': { what: string; message: string };
  'stranger.reaped': { pid: number; code: number | null; signal: string | null };

  /** `dependsOn`: as the file says it; absent: nothing. `incarnation`: of its last life, in this daemon or an earlier one; 0: none yet. */
  'process.added': { process: string; group: string; program: string; num: number; autostart: boolean; priority: number; incarnation: number; dependsOn?: readonly string[] };
  'process.removed': { process: string };
  'process.changed': { process: string; program: string; num: number; autostart: boolean; priority: number; dependsOn?: readonly string[] };
  'process.starting': { process: string; incarnation: number; from: ProcessStateName; tries: number };
  /** A life of its own accord after one that failed. restarts: such lives since the daemon started. */
  'process.restarted': { process: string; program: string; incarnation: number; reason: FailureReason; restarts: number };
  'process.spawned': { process: string; incarnation: number; pid: number; supervisionId: string };
  'process.spawn_failed': { process: string; incarnation: number; kind: string; message: string };
  'process.running': { process: string; incarnation: number; pid: number; startMs: number; ready: boolean };
  'process.ready': { process: string; incarnation: number; afterMs: number };
  'process.unready': { process: string; incarnation: number; why: string };
  /** `on`: conditions that do not hold, as the file says them. */
  'process.waiting': { process: string; incarnation: number; from: ProcessStateName; on: readonly string[]; why: string };
  'process.exited': {
    process: string; incarnation: number; pid: number; code: number | null; signal: string | null; coreDumped: boolean;
    expected: boolean; ranMs: number; from: ProcessStateName; left: readonly number[]; lastOutput?: string;
    /** The kernel ended it because memory was short: it says so of this life, or of somebody at that time. */
    oom?: 'sure' | 'likely';
  };
  'process.state': { process: string; incarnation: number; from: ProcessStateName; to: ProcessStateName; why: string; pid: number | null; untilMs?: number };
  'process.backoff': { process: string; incarnation: number; from: ProcessStateName; tries: number; delayMs: number; why: string };
  'process.stopping': { process: string; incarnation: number; from: ProcessStateName; pid: number | null; signal: string; scope: string; why: string };
  'process.escalated': { process: string; incarnation: number; signal: string; scope: string; waitedMs: number; pids: readonly number[] };
  'process.condemned': { process: string; incarnation: number; why: string };
  'process.recycled': { process: string; incarnation: number; why: string };
  'process.stopped': { process: string; incarnation: number; pid: number | null; why: string };
  'process.survivors': { process: string; incarnation: number; pids: readonly number[] };
  /** exceeded: it failed so often within the window, which is more than its own max_restarts. */
  'process.fatal': { process: string; incarnation: number; from: ProcessStateName; why: string; exceeded?: { readonly restarts: number; readonly windowMs: number } };
  'process.ended': { process: string; incarnation: number; expected: boolean; why: string };
  'process.unknown': { process: string; incarnation: number; from: ProcessStateName; why: string };
  'process.signalled': { process: string; incarnation: number; signal: string; pid: number };
  'process.flapping': { process: string; failures: number; windowMs: number };
  'process.steady': { process: string };
  /** Of its program: how many instances there were, and are to be. */
  'process.scaled': { program: string; from: number; to: number; why: string };
  'process.scale_failed': { program: string; why: string };
  /** files: some of those that changed, below its directory; `more`: how many others. */
  'process.watched_change': { process: string; files: readonly string[]; more: number };
  'process.watch_muted': { process: string; file: string; why: string };
  /** output: the end of what the hook wrote. */
  'process.hook_ended': { process: string; incarnation: number; hook: HookName; tookMs: number; output: string };
  'process.hook_failed': { process: string; incarnation: number; hook: HookName; tookMs: number; why: string; output: string };
  'process.wanted': { process: string; wanted: 'up' | 'down'; by: string };
  'process.disabled': { process: string; disabled: boolean };

  /** intensity absent: its members may restart as often as they like. */
  'group.added': { group: string; parent: string | null; strategy: Strategy; members: readonly string[]; intensity?: RestartLimit };
  'group.removed': { group: string };
  'group.changed': { group: string; strategy: Strategy; members: readonly string[]; intensity?: RestartLimit };
  'group.state': { group: string; from: string; to: string; why: string };
  'group.strategy_applied': { group: string; strategy: Strategy; failed: string; affected: readonly string[]; restarts: number; max: number | null };
  'group.gave_up': { group: string; failed: string; restarts: number; windowMs: number };
  'group.escalated': { group: string; parent: string | null; parentDid: 'restarted' | 'left_idle' | 'removed' | 'escalated' | 'stayed' | 'none' };

  'log.rotated': { path: string; bytes: number; backups: number };
  /** full: what becomes of output meanwhile: its writers wait (`block`), or it is dropped and counted (`drop`). */
  'log.blocked': { path: string; why: string; full: 'block' | 'drop' };
  'log.resumed': { path: string; blockedMs: number };
  'log.dropped': { process: string; channel: string; bytes: number; why: string };
  'log.error': { path: string; why: string };
  'log.cleared': { process: string };

  'listener.broken': { process: string; pool: string; why: string };
  'listener.rejected': { process: string; pool: string; serial: number; result: string; times: number };
  'listener.dropped': { pool: string; serial: number; events: number; total: number };
  'remote.said': { kind: string; data: string };

  /** role absent: a job as such. */
  'job.added': { job: string; schedule: string; timezone: string; enabled: boolean; breaker: string | null; role?: 'check' | 'fix' };
  'job.changed': { job: string; schedule: string; timezone: string; enabled: boolean; breaker: string | null };
  'job.removed': { job: string };
  'job.paused': { job: string; by: string };
  'job.resumed': { job: string; by: string };
  /** nextAt: wall clock ms; null: none. */
  'job.recalled': { job: string; last: LastRun };
  'job.next': { job: string; nextAt: number | null; lastFireAt: number | null };
  /** A run that is due cannot start: `why`; '' when nothing holds the job any more. */
  'job.held': { job: string; why: string };
  /** value '': what the file says holds again. */
  'job.set': { job: string; key: string; value: string; by: string };
  'job.late': { job: string; run: string; dueAt: number; lateMs: number };
  'run.scheduled': { job: string; run: RunView };
  'run.queued': { job: string; run: RunView };
  'run.started': { job: string; run: RunView };
  'run.succeeded': RunEnded;
  'run.failed': RunEnded;
  'run.retrying': RunEnded & { next: string; delayMs: number };
  'run.timed_out': RunEnded;
  'run.stalled': RunEnded;
  'run.cancelled': RunEnded;
  'run.missed': RunEnded & { times: number };
  'run.skipped': RunEnded & { times: number };
  'run.interrupted': RunEnded;
  'run.dead': RunEnded;
  'run.warned': { job: string; run: string; signal: string; afterMs: number };
  'run.stopping': { job: string; run: string; signal: string; scope: string; why: string };
  'run.slow': { job: string; run: string; ranMs: number; usualMs: number };
  'run.stale': { job: string; run: string; waitedMs: number; action: string };
  'run.awaited': { job: string; run: string; until: number | null };
  'run.survivors': { job: string; run: string; pids: readonly number[] };
  'dead.added': { job: string; run: string; cause: RunView['cause']; attempts: number };
  'dead.retried': { job: string; run: string; as: string; by: string };
  'dead.pruned': { letters: number; left: number; by: string };

  'limit.warned': Supervised & LimitCrossed;
  /** action: what comes of it: alert (nothing more), restart, stop, kill, or none as it is being ended already. */
  'limit.exceeded': Supervised & LimitCrossed & { action: string };
  'limit.cleared': Supervised & { limit: LimitKind };
  'heartbeat.received': Supervised & { meta: Json };
  'heartbeat.missed': Supervised & { expectedAt: number; lateMs: number; misses: number };
  'heartbeat.stuck': Supervised & { why: string; action: string };
  'heartbeat.recovered': Supervised;
  'progress.reported': Supervised & { progress: ProgressView };
  'status.reported': Supervised & { text: string };
  'health.reported': Supervised & { value: 'healthy' | 'degraded' | 'unhealthy'; why: string };
  /** value null: this probe is not asked any more. */
  'health.probed': { process: string; incarnation: number; probe: string; value: Health | null; why: string };
  /** Of all that is known of the process, the worst; `previous` 'unknown' in a new life. */
  'health.changed': { process: string; incarnation: number; value: Health; previous: Health; why: string };
  /** action: what comes of it: restart or alert. */
  'health.failed': { process: string; incarnation: number; value: 'degraded' | 'unhealthy'; why: string; action: 'restart' | 'alert' };
  'health.recovered': { process: string; incarnation: number };
  'result.reported': Supervised & { result: Json };
  'issue.reported': Supervised & { issue: Json };
  /** A report was not taken; `times` since the last such fact of the same sender. supervisionId '': of nobody that is known. */
  'report.refused': (Supervised | { supervisionId: '' }) & { why: string; times: number };

  /** The row of an issue that is live, for whoever begins to look. */
  'issue.known': { issue: IssueView };
  'issue.opened': { issue: IssueView };
  'issue.seen': { issue: IssueView };
  'issue.changed': { issue: IssueView };
  'issue.reopened': { issue: IssueView };
  'issue.retrying': { issue: IssueView; delayMs: number };
  'issue.fixed': { issue: IssueView; by: string };
  'issue.unfixable': { issue: IssueView };
  'issue.exhausted': { issue: IssueView };
  'issue.escalated': { issue: IssueView; from: string; to: string };
  'issue.closed': { issue: IssueView; by: string };
  'issue.dropped': { check: string; issues: number };
  'issue.cleared': { issues: number; by: string };
  /** A line, or a report, that is no issue. */
  'issue.refused': { check: string; why: string; times: number };
  'check.added': { check: string; output: string; mark: CheckMark };
  'check.changed': { check: string; output: string };
  'check.removed': { check: string };
  /** seen: ids of live issues that were there before. */
  'check.completed': { check: string; run: string; mark: CheckMark; seen: readonly string[]; opened: number; reopened: number; closed: number };
  'check.failed': { check: string; run: string; mark: CheckMark; seen: readonly string[]; why: string };
  'check.faltered': { check: string; run: string; mark: CheckMark; seen: readonly string[]; why: string };
  /** attempt: which one, of how many. runId: its run; null: it is done without one. by: `reeve`, or who asked for it. */
  'fix.started': { fix: string; issue: IssueView; attempt: number; of: number; runId: string | null; by: string };
  'fix.ended': { fix: string; issue: IssueView; attempt: number; outcome: FixOutcome; durationMs: number; why: string; runId: string | null };
  /** Issues wait, and the fix does not begin: `why`; '' when nothing holds it any more. */
  'fix.held': { fix: string; why: string; waiting: number };

  'breaker.added': { breaker: string; row: BreakerView };
  'breaker.removed': { breaker: string };
  'breaker.opened': BreakerMoved;
  'breaker.half_opened': BreakerMoved;
  'breaker.closed': BreakerMoved;
  'breaker.reset': BreakerMoved;
  'breaker.counted': { breaker: string; row: BreakerView; outcome: 'success' | 'failure' | 'trial' };
  'drain.started': { names: readonly string[]; by: string; expiresAt: number | null; remaining: readonly string[] };
  'drain.completed': { names: readonly string[]; cancelled: number };
  'drain.timed_out': { names: readonly string[]; timeoutMs: number; remaining: readonly string[] };
  'drain.ended': { names: readonly string[]; by: string };

  /** message: its id; the same in the facts about its deliveries. */
  'alert.sent': { alert: string; message: string; kind: MessageKind; subject: string; cause: string; suppressed: number; incident: string };
  'alert.delivered': { alert: string; channel: string; message: string; attempts: number; tookMs: number };
  'alert.delayed': { alert: string; channel: string; message: string; attempts: number; why: string; retryMs: number };
  'alert.lost': { alert: string; channel: string; message: string; attempts: number; why: string };
  'silence.started': { silence: Silence };
  'silence.ended': { silence: Silence; by: string };

  'operation.started': { operation: string; command: string; targets: readonly string[]; who: string };
  'operation.completed': { operation: string; command: string; ok: boolean };
  'audit.action': { who: string; role: Role; action: string; targets: readonly string[]; result: string };
}

/** `process.exited`, `run.failed` …: past tense, of whom first. */
export type FactName = keyof FactPayloads;
