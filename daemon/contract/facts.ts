// Everything that can be said to have happened. Facts are past tense, carry identity (process and incarnation), and are the
// only thing the bus carries. The table gives each its severity and sentence; SSE, the log and the docs are made from it.
import type { ProcessStateName } from './states.ts';
import type { Role, Strategy } from '../../config/spec.ts';

export type Severity = 'debug' | 'info' | 'warning' | 'error' | 'critical';

/** A process that outlives the daemon; `process` is whose it was, null where nobody knows. */
export interface LeftBehind {
  readonly pid: number;
  readonly process: string | null;
  readonly command: string;
}

/** Payload of each fact. Durations in ms; `process` is a namespec `group:name`. */
export interface FactPayloads {
  'daemon.started': { pid: number; version: string; file: string; programs: number; implementation: string };
  'daemon.stopping': { mode: 'warm' | 'cold' | 'now'; why: string };
  'daemon.stopped': { exitCode: number; why: string; survivors: readonly number[]; left: readonly LeftBehind[] };
  'daemon.reloaded': { added: readonly string[]; changed: readonly string[]; removed: readonly string[] };
  'daemon.reload_refused': { problems: readonly string[] };
  'daemon.warning': { what: string; message: string };
  'stranger.reaped': { pid: number; code: number | null; signal: string | null };

  /** `incarnation`: of its last life, in this daemon or an earlier one; 0: none yet. */
  'process.added': { process: string; group: string; program: string; num: number; autostart: boolean; priority: number; incarnation: number };
  'process.removed': { process: string };
  'process.changed': { process: string; program: string; num: number; autostart: boolean; priority: number };
  'process.starting': { process: string; incarnation: number; from: ProcessStateName; tries: number };
  'process.spawned': { process: string; incarnation: number; pid: number; supervisionId: string };
  'process.spawn_failed': { process: string; incarnation: number; kind: string; message: string };
  'process.running': { process: string; incarnation: number; pid: number; startMs: number };
  'process.exited': {
    process: string; incarnation: number; pid: number; code: number | null; signal: string | null; coreDumped: boolean;
    expected: boolean; ranMs: number; from: ProcessStateName; left: readonly number[]; lastOutput?: string;
  };
  'process.state': { process: string; incarnation: number; from: ProcessStateName; to: ProcessStateName; why: string; pid: number | null; untilMs?: number };
  'process.backoff': { process: string; incarnation: number; from: ProcessStateName; tries: number; delayMs: number; why: string };
  'process.stopping': { process: string; incarnation: number; from: ProcessStateName; pid: number | null; signal: string; scope: string; why: string };
  'process.escalated': { process: string; incarnation: number; signal: string; scope: string; waitedMs: number; pids: readonly number[] };
  'process.stopped': { process: string; incarnation: number; pid: number | null; why: string };
  'process.survivors': { process: string; incarnation: number; pids: readonly number[] };
  'process.fatal': { process: string; incarnation: number; from: ProcessStateName; why: string };
  'process.ended': { process: string; incarnation: number; expected: boolean; why: string };
  'process.unknown': { process: string; incarnation: number; from: ProcessStateName; why: string };
  'process.signalled': { process: string; incarnation: number; signal: string; pid: number };
  'process.flapping': { process: string; failures: number; windowMs: number };
  'process.steady': { process: string };
  'process.wanted': { process: string; wanted: 'up' | 'down'; by: string };
  'process.condemned': { process: string; incarnation: number; why: string };
  'process.disabled': { process: string; disabled: boolean };

  'group.added': { group: string; parent: string | null; strategy: Strategy; members: readonly string[] };
  'group.removed': { group: string };
  'group.changed': { group: string; strategy: Strategy; members: readonly string[] };
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
  'process.spawned': { severity: 'info', says: 'The process has a pid.' },
  'process.spawn_failed': { severity: 'error', says: 'The process could not be spawned.' },
  'process.running': { severity: 'info', says: 'The process stayed up for longer than startsecs.' },
  'process.exited': { severity: 'info', says: 'The main process ended and was reaped.' },
  'process.state': { severity: 'debug', says: 'The state changed.' },
  'process.backoff': { severity: 'warning', says: 'The process failed and waits for its next start.' },
  'process.stopping': { severity: 'info', says: 'The process was told to end.' },
  'process.escalated': { severity: 'warning', says: 'The process did not end in time and got the next signal.' },
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
  'operation.started': { severity: 'debug', says: 'A control action began.' },
  'operation.completed': { severity: 'debug', says: 'A control action ended.' },
  'audit.action': { severity: 'info', says: 'Somebody asked for something over the control API.' },
} as const satisfies Record<FactName, { severity: Severity; says: string }>;

/** A fact before it is published. */
export type FactBody = { [N in FactName]: { readonly type: N } & Readonly<FactPayloads[N]> }[FactName];

/** A fact on the bus: numbered without gaps, stamped with the wall clock (ms since 1970). */
export type Fact = FactBody & { readonly seq: number; readonly at: number };
  'process.condemned': { severity: 'error', says: 'This life has failed although it lives; it is ended, and counts as one failure.' },
