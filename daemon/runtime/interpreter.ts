// Effects become calls of ports, and what comes back becomes events: the only place that knows both.
import type { Writable } from 'node:stream';
import type { ProcessSpec } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import { exitWords } from '../core/process-life.ts';
import type { Tree } from '../core/tree.ts';
import type { ProcessNode, TreeEffect, TreeEvent } from '../core/tree-state.ts';
import type { ProcessEffect } from '../core/process-state.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { LogPlane } from '../os/ports/logs.ts';
import type { Child, ExitReport, Processes, SpawnError, SpawnErrorKind } from '../os/ports/processes.ts';
import type { ReportChannels } from '../os/ports/reports.ts';
import type { SharedSockets } from '../os/ports/shared-sockets.ts';
import type { LifeRecord, Store } from '../os/ports/store.ts';
import { childEnvironment } from './environment.ts';
import type { EnvironmentSource } from './environment.ts';
import type { Hooks } from './hooks.ts';
import type { Listeners } from './listeners.ts';
import type { ReadinessWatch } from './readiness.ts';

export interface InterpreterOptions {
  readonly processes: Processes;
  readonly logs: LogPlane;
  readonly store: Store;
  readonly clock: Clock;
  readonly environment: EnvironmentSource;
  /** HOME, USER, LOGNAME of another user; {} where the program keeps the daemon's. */
  readonly homeOf: (user: string) => Readonly<Record<string, string>>;
  /** Number of a user; null: unknown. */
  readonly uidOf: (user: string) => number | null;
  readonly newId: () => string;
  /** What keeps a command from being found or executed, as far as the daemon can see. */
  readonly find: (spec: ProcessSpec, environment: Readonly<Record<string, string>>) => SpawnError | null;
  readonly tree: () => Tree;
  readonly tell: (event: TreeEvent) => void;
  readonly publish: (fact: FactBody) => void;
  readonly listeners: Pick<Listeners, 'born' | 'isListener'>;
  readonly sockets: SharedSockets;
  readonly reports: ReportChannels;
  readonly readiness: Pick<ReadinessWatch, 'lineCame'>;
  readonly hooks: Pick<Hooks, 'beforeStart' | 'beforeStop'>;
  /** A program or the root asks for the end of the daemon. */
  readonly exitDaemon: (effect: TreeEffect & { type: 'exit_daemon' }) => void;
}

/** The file's author must mend these; trying again changes nothing. A log that cannot be opened is not among them: disks are emptied, and mounts come late. */
export const HOPELESS: ReadonlySet<SpawnErrorKind> = new Set(['no_command', 'not_executable', 'is_directory', 'no_permission', 'bad_command', 'no_directory', 'no_user']);

/** Lines of output kept with a life that ended badly. */
const LAST_LINES = 20;

export class Interpreter {
  private readonly options: InterpreterOptions;
  private readonly children = new Map<string, Child>();
  /** Our ends of the pipes that programs read from; each is closed by the OS layer when its reader ends. */
  private readonly stdins = new Map<string, Writable>();
  /** SUPERVISION_ID of the present life of each process: under it, it reports. */
  private readonly ids = new Map<string, string>();
  /** Ends that the store does not know yet: somebody of that life is still being ended, and if we die the next daemon must look for him. */
  private readonly unfinished = new Map<string, () => void>();

  constructor(options: InterpreterOptions) {
    this.options = options;
  }

  run(effect: TreeEffect): void {
    switch (effect.type) {
      case 'spawn': return this.prepare(effect);
      case 'signal': return this.options.hooks.beforeStop(effect, () => this.signal(effect)) ? undefined : this.signal(effect);
      case 'watch': return this.watch(effect);
      case 'survey': return this.survey(effect);
      case 'exit_daemon': return this.options.exitDaemon(effect);
      default: return effect satisfies never;
    }
  }

  /** The present or last life of a process, if it has had one. */
  child(id: string): Child | undefined {
    return this.children.get(id);
  }

  /** What would keep a program from being started, without starting it. */
  lookUp(spec: ProcessSpec): SpawnError | null {
    return this.options.find(spec, childEnvironment(spec, this.options.environment, '', {}));
  }

  /** Variables of a command that asks for a program: as its own, without those of one life. */
  environmentOf(spec: ProcessSpec): Readonly<Record<string, string>> {
    const home = spec.processGroup === 'session' && spec.user !== null ? this.options.homeOf(spec.user) : {};
    const { SUPERVISION_ID: _, ...rest } = childEnvironment(spec, this.options.environment, '', home);
    return rest;
  }

  /** What is written here its present life can read; null: it has no stdin of ours. */
  stdin(id: string): Writable | null {
    return this.stdins.get(id) ?? null;
  }

  /** The process is no longer known. */
  forget(id: string): void {
    const child = this.children.get(id);
    if (child) this.options.processes.forget(child);
    this.children.delete(id);
    this.stdins.delete(id);
    this.unheard(id);
    this.finish(id);
    this.options.logs.close(id);
  }

  private node(id: string): ProcessNode | undefined {
    return this.options.tree().processes.get(id);
  }

  /** What must come before the spawn, and then the spawn. */
  private prepare(effect: ProcessEffect & { type: 'spawn' }): void {
    const { process: id, incarnation } = effect;
    const node = this.node(id);
    const mayStart = node?.state.phase === 'STARTING' && node.state.incarnation === incarnation;
    const opened = (problem: string | null): void => (problem === null ? this.spawn(effect) : this.failed(id, incarnation, { kind: 'hook', message: problem, errno: null }));
    if (!mayStart || !this.options.hooks.beforeStart(node.spec, incarnation, opened)) this.spawn(effect);
  }

  private spawn({ process: id, incarnation }: ProcessEffect & { type: 'spawn' }): void {
    const node = this.node(id);
    if (!node || node.state.incarnation !== incarnation) return;
    // It was stopped before its turn came.
    if (node.state.phase !== 'STARTING') return this.failed(id, incarnation, { kind: 'other', message: 'stopped before it was started', errno: null });
    const { spec } = node;
    const { logs, processes, clock, store, reports } = this.options;
    if (spec.command.problem !== undefined) return this.failed(id, incarnation, { kind: 'bad_command', message: spec.command.problem, errno: null });
    const problem = logs.open(spec);
    if (problem !== null) return this.failed(id, incarnation, { kind: 'no_log', message: problem, errno: null });
    const supervisionId = this.options.newId();
    const native = spec.processGroup === 'session';
    const home = native && spec.user !== null ? this.options.homeOf(spec.user) : {};
    const shared = this.sharedSocket(node, incarnation);
    if ('error' in shared) return this.failed(id, incarnation, { kind: 'other', message: shared.error, errno: null });
    const { variables } = reports.open({ supervisionId, process: id, incarnation }, {
      uid: spec.user === null ? null : this.options.uidOf(spec.user), notify: spec.notify, watchdogMs: spec.vitals.heartbeat?.intervalMs ?? null,
    });
    const environment = childEnvironment(spec, this.options.environment, supervisionId, { ...home, ...variables });
    const listens = this.options.listeners.isListener(id);
    const life: LifeRecord = {
      process: id, incarnation, supervisionId, pid: 0, startTime: 0, startedAt: clock.wall(), endedAt: null, code: null, signal: null, why: null, lastOutput: null,
    };
    // Written down before it lives: if we are killed in the next moment, the next daemon finds it by its SUPERVISION_ID.
    store.lifeStarted(life);
    store.flush();
    const outcome = processes.spawn({ spec, incarnation, supervisionId, environment, ...shared, listens, onReady: () => this.options.readiness.lineCame(id, incarnation), onExit: (report) => this.exited(report, supervisionId) });
    if ('error' in outcome) {
      store.lifeEnded(id, incarnation, { endedAt: clock.wall(), code: null, signal: null, why: outcome.error.message, lastOutput: null });
      this.options.sockets.release(spec.group, holderOf(id, incarnation));
      reports.close(supervisionId);
      return this.failed(id, incarnation, outcome.error);
    }
    const { child } = outcome;
    const before = this.children.get(id);
    if (before) processes.forget(before);
    this.finish(id);
    this.children.set(id, child);
    this.unheard(id);
    this.ids.set(id, supervisionId);
    if (outcome.stdin) this.stdins.set(id, outcome.stdin);
    else this.stdins.delete(id);
    this.options.listeners.born(child, outcome.stdin);
    if (outcome.stdout) logs.attach(child, 'stdout', outcome.stdout);
    if (outcome.stderr) logs.attach(child, 'stderr', outcome.stderr);
    store.lifeStarted({ ...life, pid: child.pid, startTime: child.startTime });
    this.options.tell({ type: 'process', id, event: { type: 'spawned', incarnation, pid: child.pid, supervisionId } });
  }

  /** The listening socket of its group, where it has one. */
  private sharedSocket(node: ProcessNode, incarnation: number): { readonly stdinFd?: number } | { readonly error: string } {
    const { socket } = node.parent.spec;
    if (!socket) return {};
    const got = this.options.sockets.acquire(node.spec.group, socket, holderOf(node.key, incarnation));
    return 'error' in got ? got : { stdinFd: got.fd };
  }

  private failed(id: string, incarnation: number, error: SpawnError): void {
    this.options.tell({ type: 'process', id, event: { type: 'spawn_failed', incarnation, kind: error.kind, message: error.message, hopeless: HOPELESS.has(error.kind) } });
  }

  /** Drain first, then say that it ended: the last bytes are in the log, and its last words told, before anybody hears of the exit. */
  private exited(report: ExitReport, supervisionId: string): void {
    const { logs, reports } = this.options;
    logs.drain(report.child, () => reports.drain(supervisionId, () => {
      reports.close(supervisionId);
      this.settled(report);
    }));
  }

  /** Nobody reports for its last life any more. */
  private unheard(id: string): void {
    const before = this.ids.get(id);
    if (before !== undefined) this.options.reports.close(before);
    this.ids.delete(id);
  }

  private settled(report: ExitReport): void {
    const { child, code, signal, coreDumped, left, oom } = report;
    const { logs, store, clock } = this.options;
    const node = this.node(child.id);
    this.options.sockets.release(child.id.slice(0, child.id.indexOf(':')), holderOf(child.id, child.incarnation));
    const expected = node !== undefined && ((node.state.phase === 'STOPPING' && node.state.purpose !== 'fail') || (code !== null && node.spec.exitCodes.includes(code)));
    const lastOutput = expected ? null : logs.lastLines(child.id, LAST_LINES);
    const why = exitWords({ code, signal, ...(oom === undefined ? {} : { oom }) });
    const endedAt = clock.wall();
    const end = (): void => store.lifeEnded(child.id, child.incarnation, { endedAt, code, signal, why, lastOutput });
    if (node?.spec.sweep === true && left.length > 0) this.unfinished.set(child.id, end);
    else end();
    this.options.tell({
      type: 'process', id: child.id,
      event: { type: 'exited', incarnation: child.incarnation, code, signal, coreDumped, left, ...(lastOutput === null ? {} : { lastOutput }), ...(oom === undefined ? {} : { oom }) },
    });
  }

  /** Nobody of its last life is left, or looked for any more: now the life is over for the store too. */
  private finish(id: string): void {
    this.unfinished.get(id)?.();
    this.unfinished.delete(id);
  }

  private signal(effect: ProcessEffect & { type: 'signal' }): void {
    const child = this.children.get(effect.process);
    if (!child || child.incarnation !== effect.incarnation) return;
    const outcome = this.options.processes.signal(child, effect.signal, effect.scope);
    if ('error' in outcome) {
      this.options.tell({ type: 'process', id: effect.process, event: { type: 'signal_failed', incarnation: effect.incarnation, why: `cannot send ${effect.signal}: ${outcome.error}` } });
    }
  }

  private watch(effect: ProcessEffect & { type: 'watch' }): void {
    const { process: id, incarnation } = effect;
    const child = this.children.get(id);
    const gone = (): void => {
      this.finish(id);
      this.options.tell({ type: 'process', id, event: { type: 'gone', incarnation } });
    };
    if (!child || child.incarnation !== incarnation) return gone();
    this.options.processes.whenGone(child, gone);
  }

  private survey({ process: id, incarnation }: ProcessEffect & { type: 'survey' }): void {
    const child = this.children.get(id);
    if (!child || child.incarnation !== incarnation) return;
    const pids = this.options.processes.tree(child);
    if (pids.length > 0) this.options.publish({ type: 'process.survivors', process: id, incarnation, pids });
  }
}

/** One life that holds the socket of its group. */
function holderOf(id: string, incarnation: number): string {
  return `${id} ${incarnation}`;
}
