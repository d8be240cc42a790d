// Everything that can be said to have happened. Facts are past tense, carry identity (process and incarnation), and are the
// only thing the bus carries. The table gives each its severity and sentence; SSE, the log and the docs are made from it.
import type { MessageKind, Silence } from './alerts.ts';
import type { CheckMark, FixOutcome, IssueView } from './issues.ts';
import type { BreakerView, LastRun, RunView } from './jobs.ts';
import type { Json, ProgressView, Supervised } from './reports.ts';
import type { Health, ProcessStateName } from './states.ts';
import type { AlertSeverity } from '../../config/alert-spec.ts';
import type { LimitKind } from '../../config/limits-spec.ts';
import type { HookName } from '../../config/hooks.ts';
import type { Role, Strategy } from '../../config/spec.ts';

/** From least to worst. */
export { SEVERITIES } from '../../config/alert-spec.ts';
export type Severity = AlertSeverity;

/** What ended the life before a restart that nobody asked for: exit, signal and oom (the kernel was short of memory) of its own, spawn (it could
 *  not be made), condemned (unhealthy, not ready in time, stuck or over a limit), strategy (a member of its group failed). */
export const FAILURE_REASONS = ['exit', 'signal', 'oom', 'condemned', 'spawn', 'strategy'] as const;
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

export type FactName = keyof FactPayloads;

/** Severity and sentence of each fact. The docs print this table. */
export const FACTS = {
  'daemon.started': { severity: 'info', says: 'The daemon read its file and starts its programs.' },
  'daemon.stopping': { severity: 'info', says: 'The daemon was asked to end; warm waits, cold sends QUIT or KILL, now kills.' },
  'daemon.stopped': { severity: 'info', says: 'Everything is gone; the daemon exits with this code. `left`: who runs on, left by programs that may leave somebody, or by nobody knows whom.' },
  'daemon.reloaded': { severity: 'info', says: 'A changed file was applied.' },
  'daemon.reload_refused': { severity: 'error', says: 'A changed file has errors; nothing was touched.' },
  'daemon.warning': { severity: 'warning', says: 'Something about the machine or the file deserves a look.' },
  'stranger.reaped': { severity: 'debug', says: 'A process that nobody here started ended and was reaped.' },
  'process.added': { severity: 'info', says: 'The process is known.' },
  'process.removed': { severity: 'info', says: 'The process is no longer known.' },
  'process.changed': { severity: 'info', says: 'The process has a changed specification; its life goes on.' },
  'process.starting': { severity: 'debug', says: 'A new life begins: the process is about to be spawned.' },
  'process.restarted': { severity: 'warning', says: 'A new life begins because the one before failed: `reason` says how it ended.' },
  'process.spawned': { severity: 'info', says: 'The process has a pid.' },
  'process.spawn_failed': { severity: 'error', says: 'The process could not be spawned.' },
  'process.running': { severity: 'info', says: 'The process stayed up for longer than startsecs. `ready`: nothing is waited for before it is ready, or it was before.' },
  'process.ready': { severity: 'info', says: 'The process said or showed that it is ready.' },
  'process.unready': { severity: 'warning', says: 'The process took back that it is ready.' },
  'process.waiting': { severity: 'info', says: 'The process is not started yet: what it depends on is not there. Said again when the reason changes.' },
  'process.exited': { severity: 'info', says: 'The main process ended and was reaped.' },
  'process.state': { severity: 'debug', says: 'The state changed.' },
  'process.backoff': { severity: 'warning', says: 'The process failed and waits for its next start.' },
  'process.stopping': { severity: 'info', says: 'The process was told to end.' },
  'process.escalated': { severity: 'warning', says: 'The process did not end in time and got the next signal.' },
  'process.condemned': { severity: 'error', says: 'This life has failed although it lives; it is ended, and counts as one failure.' },
  'process.recycled': { severity: 'info', says: 'The life was well and gives way to a new one, by age or by the jobs it did.' },
  'process.stopped': { severity: 'info', says: 'The process and all it started are gone.' },
  'process.survivors': { severity: 'error', says: 'These processes did not end when killed.' },
  'process.fatal': { severity: 'error', says: 'The process will not be started again by itself.' },
  'process.ended': { severity: 'info', says: 'The process ended for good, as its restart type allows.' },
  'process.unknown': { severity: 'critical', says: 'Reeve lost track of the process.' },
  'process.signalled': { severity: 'info', says: 'A signal was sent on request.' },
  'process.flapping': { severity: 'warning', says: 'The process fails again and again, however slowly.' },
  'process.steady': { severity: 'info', says: 'The process stopped flapping.' },
  'process.wanted': { severity: 'info', says: 'Somebody wants the process up or down.' },
  'process.disabled': { severity: 'info', says: 'The process was disabled or enabled for good.' },
  'process.scaled': { severity: 'info', says: 'A program has more or fewer instances, by what it has to do.' },
  'process.scale_failed': { severity: 'warning', says: 'How many instances are needed cannot be told; nothing is changed.' },
  'process.watched_change': { severity: 'info', says: 'Files that the process watches changed: it is restarted.' },
  'process.watch_muted': { severity: 'warning', says: 'A file changes each time the process starts; its changes restart nothing any more.' },
  'process.hook_ended': { severity: 'debug', says: 'A hook of the process did its work.' },
  'process.hook_failed': { severity: 'warning', says: 'A hook of the process failed, or took too long.' },
  'group.added': { severity: 'info', says: 'The group is known.' },
  'group.removed': { severity: 'info', says: 'The group is no longer known.' },
  'group.changed': { severity: 'debug', says: 'The group has other rules or members.' },
  'group.state': { severity: 'debug', says: 'The state of the group changed.' },
  'group.strategy_applied': { severity: 'info', says: 'A member failed, and the strategy restarts these members.' },
  'group.gave_up': { severity: 'critical', says: 'Too many restarts within the window; the group ends its members.' },
  'group.escalated': { severity: 'warning', says: 'The parent dealt with a group that gave up.' },
  'log.rotated': { severity: 'debug', says: 'A log file reached its size and was rotated.' },
  'log.blocked': { severity: 'error', says: 'A log target takes no more; its writers wait, or their output is dropped, as `full` says.' },
  'log.resumed': { severity: 'info', says: 'A log target takes bytes again.' },
  'log.dropped': { severity: 'warning', says: 'Output was dropped, as log_full = "drop" says.' },
  'log.error': { severity: 'error', says: 'A log target cannot be used.' },
  'log.cleared': { severity: 'info', says: 'The logs of a process were cleared on request.' },
  'listener.broken': { severity: 'warning', says: 'An event listener broke its protocol and gets no more events in this life.' },
  'listener.rejected': { severity: 'warning', says: 'An event listener did not answer OK; the event is sent again. `times`: since the last such fact.' },
  'listener.dropped': { severity: 'error', says: 'The buffer of a pool of event listeners was full; its oldest events are gone (`events` since the last such fact, `total` in all, `serial` the last of them).' },
  'remote.said': { severity: 'debug', says: 'A client sent a remote communication event.' },
  'job.added': { severity: 'info', says: 'The job is known.' },
  'job.changed': { severity: 'info', says: 'The job has a changed specification; runs go on under the one they began with.' },
  'job.removed': { severity: 'info', says: 'The job is no longer known.' },
  'job.paused': { severity: 'info', says: 'The job is not started by its schedule until it is resumed.' },
  'job.resumed': { severity: 'info', says: 'The job is started by its schedule again.' },
  'job.recalled': { severity: 'debug', says: 'How the last run of the job ended under an earlier daemon.' },
  'job.next': { severity: 'debug', says: 'The next time of the job is known.' },
  'job.held': { severity: 'debug', says: 'Something keeps the runs of a job from starting, or does no longer.' },
  'job.set': { severity: 'info', says: 'Something about the job was set by hand, for runs that start from now on, until the daemon ends.' },
  'job.late': { severity: 'warning', says: 'A run should have started by now and has not.' },
  'run.scheduled': { severity: 'debug', says: 'A run waits for its time.' },
  'run.queued': { severity: 'debug', says: 'A run waits for its turn.' },
  'run.started': { severity: 'info', says: 'A run began.' },
  'run.succeeded': { severity: 'info', says: 'A run did its work.' },
  'run.failed': { severity: 'error', says: 'A run ended badly and is not tried again.' },
  'run.retrying': { severity: 'warning', says: 'A run ended badly; another attempt follows.' },
  'run.timed_out': { severity: 'error', says: 'A run took longer than its timeout and was ended.' },
  'run.stalled': { severity: 'error', says: 'A run gave no sign of life and was ended.' },
  'run.cancelled': { severity: 'info', says: 'A run was ended, or taken from the queue, on request.' },
  'run.missed': { severity: 'warning', says: 'A time passed and no run started. `times`: how many, told once.' },
  'run.skipped': { severity: 'warning', says: 'A run that was due was not started, because of another one of its job. `times`: how many since the last such fact.' },
  'run.interrupted': { severity: 'error', says: 'The daemon or the host ended while the run was going on.' },
  'run.dead': { severity: 'error', says: 'The last attempt of a run that may be tried again failed; it is kept as a dead letter.' },
  'run.warned': { severity: 'warning', says: 'A run got the signal of its soft timeout.' },
  'run.stopping': { severity: 'info', says: 'A run was told to end.' },
  'run.slow': { severity: 'warning', says: 'A run takes longer than 95 of 100 of its like by half of that, and by a second at least.' },
  'run.stale': { severity: 'warning', says: 'A run waited for longer than stale_after.' },
  'run.awaited': { severity: 'info', says: 'The daemon is ending, and lets this run go on until then (null: as long as it takes); a second signal to the daemon ends it sooner.' },
  'run.survivors': { severity: 'error', says: 'These processes of a run did not end when killed.' },
  'dead.added': { severity: 'warning', says: 'A run that failed for good is kept as a dead letter.' },
  'dead.retried': { severity: 'info', says: 'A dead letter was tried again.' },
  'dead.pruned': { severity: 'info', says: 'Dead letters were deleted.' },
  'limit.warned': { severity: 'warning', says: 'A program or run is near a limit.' },
  'limit.exceeded': { severity: 'error', says: 'A program or run is over a limit.' },
  'limit.cleared': { severity: 'info', says: 'A program or run is well below a limit again.' },
  'heartbeat.received': { severity: 'debug', says: 'A program or run gave a sign of life.' },
  'heartbeat.missed': { severity: 'warning', says: 'A sign of life did not come when it was due.' },
  'heartbeat.stuck': { severity: 'error', says: 'No sign of life, or no progress, for too long.' },
  'heartbeat.recovered': { severity: 'info', says: 'A program or run that was stuck gives signs of life again.' },
  'progress.reported': { severity: 'debug', says: 'A program or run said how far it is.' },
  'status.reported': { severity: 'debug', says: 'A program or run said what it does.' },
  'health.reported': { severity: 'info', says: 'A program or run said how it is.' },
  'health.probed': { severity: 'debug', says: 'A probe of a process has another value, or another reason for it.' },
  'health.changed': { severity: 'info', says: 'The health of a process changed, or the reason for it.' },
  'health.failed': { severity: 'error', says: 'A process is unhealthy by its probes or its own words, and something is done about it. Said once until it is well.' },
  'health.recovered': { severity: 'info', says: 'A process that was unhealthy is well again.' },
  'result.reported': { severity: 'info', says: 'A program or run said what came out.' },
  'issue.reported': { severity: 'info', says: 'A program or run reported an issue.' },
  'report.refused': { severity: 'warning', says: 'A report was not taken.' },
  'issue.known': { severity: 'debug', says: 'An issue was there before this daemon.' },
  'issue.opened': { severity: 'warning', says: 'A check, a run or a program found something wrong for the first time.' },
  'issue.seen': { severity: 'debug', says: 'An issue that is known was reported again.' },
  'issue.changed': { severity: 'debug', says: 'Something about an issue that no other fact tells.' },
  'issue.reopened': { severity: 'warning', says: 'An issue that was fixed or closed is back.' },
  'issue.retrying': { severity: 'warning', says: 'An attempt to fix an issue failed; another one follows.' },
  'issue.fixed': { severity: 'info', says: 'An issue was repaired.' },
  'issue.unfixable': { severity: 'error', says: 'The fix of an issue says that it cannot be fixed; nothing is tried any more.' },
  'issue.exhausted': { severity: 'error', says: 'All attempts to fix an issue failed; nothing is tried any more.' },
  'issue.escalated': { severity: 'warning', says: 'A fix can do no more about an issue, and another one goes on.' },
  'issue.closed': { severity: 'info', says: 'An issue is not there any more, or somebody closed it.' },
  'issue.dropped': { severity: 'error', says: 'There are more issues than are taken; these were not looked at.' },
  'issue.cleared': { severity: 'info', says: 'Issues were deleted.' },
  'issue.refused': { severity: 'warning', says: 'Something that was reported as an issue is none. `times`: how many in this run.' },
  'check.added': { severity: 'debug', says: 'The check is known.' },
  'check.changed': { severity: 'debug', says: 'The check has other rules.' },
  'check.removed': { severity: 'debug', says: 'The check is no longer known.' },
  'check.completed': { severity: 'info', says: 'A check looked, and this is what it saw.' },
  'check.failed': { severity: 'error', says: 'A check could not look.' },
  'check.faltered': { severity: 'debug', says: 'A check could not look, and its on_error says that nobody cares.' },
  'fix.started': { severity: 'info', says: 'A fix works on an issue.' },
  'fix.ended': { severity: 'info', says: 'An attempt to fix an issue ended.' },
  'fix.held': { severity: 'debug', says: 'Something keeps a fix from the issues that wait for it, or does no longer.' },
  'breaker.added': { severity: 'debug', says: 'The breaker is known.' },
  'breaker.removed': { severity: 'debug', says: 'The breaker is no longer known.' },
  'breaker.opened': { severity: 'error', says: 'The service failed too often: what depends on it is held back.' },
  'breaker.half_opened': { severity: 'info', says: 'The cool-down is over: trials may go through.' },
  'breaker.closed': { severity: 'info', says: 'The service works again.' },
  'breaker.reset': { severity: 'info', says: 'Somebody closed the breaker and cleared its counts.' },
  'breaker.counted': { severity: 'debug', says: 'A success, a failure, or the begin or end of a trial was counted.' },
  'drain.started': { severity: 'info', says: 'No new runs start; those that go on may finish.' },
  'drain.completed': { severity: 'info', says: 'Nothing that was drained goes on any more.' },
  'drain.timed_out': { severity: 'warning', says: 'Some of what was drained still goes on after the time given.' },
  'drain.ended': { severity: 'info', says: 'Runs start again.' },
  'alert.sent': { severity: 'info', says: 'A message of an alert was made; its channels deliver it.' },
  'alert.delivered': { severity: 'debug', says: 'A channel took a message.' },
  'alert.delayed': { severity: 'warning', says: 'A channel did not take a message; it is tried again.' },
  'alert.lost': { severity: 'error', says: 'A message was given up: it was tried for too long, or too many wait.' },
  'silence.started': { severity: 'info', says: 'Somebody wants no alerts about this for a time.' },
  'silence.ended': { severity: 'info', says: 'Alerts about this are sent again.' },
  'operation.started': { severity: 'debug', says: 'A control action began.' },
  'operation.completed': { severity: 'debug', says: 'A control action ended.' },
  'audit.action': { severity: 'info', says: 'Somebody asked for something over the control API.' },
} as const satisfies Record<FactName, { severity: Severity; says: string }>;

/** A fact before it is published. */
export type FactBody = { [N in FactName]: { readonly type: N } & Readonly<FactPayloads[N]> }[FactName];

/** A fact on the bus: numbered without gaps, stamped with the wall clock (ms since 1970). */
export type Fact = FactBody & { readonly seq: number; readonly at: number };
