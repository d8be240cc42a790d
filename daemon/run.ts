// One daemon, built from its parts: the loop in the middle, ports below, doors above.
import { takenLive } from '../config/daemon-changes.ts';
import type { ReadOptions } from '../config/port.ts';
import type { ApiSpec } from '../config/api-spec.ts';
import type { Config } from '../config/spec.ts';
import type { Fact, FactBody } from './contract/facts.ts';
import type { Tree } from './core/tree.ts';
import type { TreeEffect } from './core/tree-state.ts';
import { breakerGate } from './breaker-gate.ts';
import { Alerting } from './alerting.ts';
import { createCompanions } from './companions.ts';
import type { Companions } from './companions.ts';
import { endChildrenOfTheDead } from './dead-daemon.ts';
import { ConfigPlaces } from './config-places.ts';
import { Door } from './door.ts';
import { Ending, INTERNAL_ERROR, sayLastWords } from './ending.ts';
import type { Verdict } from './ending.ts';
import { openFoundation } from './foundation.ts';
import type { Foundation, FoundationOptions } from './foundation.ts';
import { Hangup } from './hangup.ts';
import { createIssues } from './issues.ts';
import { leftAtTheEnd, leftOf, namesOf } from './left-behind.ts';
import type { DaemonLog } from './logs/daemon-log.ts';
import { openLogPlane } from './logs/open.ts';
import { homeOf, uidOf } from './os/accounts.ts';
import { cannotFind } from './os/command-lookup.ts';
import { freeBytes } from './os/disk.ts';
import { randomId } from './os/random-id.ts';
import { renice } from './os/renice.ts';
import type { OpenedOs } from './os/open.ts';
import type { LogPlane } from './os/ports/logs.ts';
import type { SharedSockets } from './os/ports/shared-sockets.ts';
import type { Store } from './os/ports/store.ts';
import { createSharedSockets } from './os/shared-sockets.ts';
import { openWallClockWatch } from './os/wall-clock.ts';
import { instancesOf, replacementOf, rootExitCode, treeOf } from './new-tree.ts';
import { nextJobs } from './next-jobs.ts';
import { removePidFile, writePidFile } from './pid-file.ts';
import { nodeConfigPort } from './os/config-port.ts';
import { planDigest } from './plan-digest.ts';
import { stateLines } from './state-lines.ts';
import { createReports } from './reports.ts';
import type { Reports } from './reports.ts';
import { createResources } from './resources.ts';
import type { Resources } from './resources.ts';
import { AUTOSCALE } from './runtime/autoscale.ts';
import type { ClosingOptions } from './runtime/closing.ts';
import type { Bus } from './runtime/bus.ts';
import { Controller } from './runtime/controller.ts';
import type { EnvironmentSource } from './runtime/environment.ts';
import { Interpreter } from './runtime/interpreter.ts';
import type { IssueSide } from './runtime/issue-side.ts';
import { JobSide } from './runtime/job-side.ts';
import { Loop } from './runtime/loop.ts';
import { createMeters } from './runtime/meters.ts';
import { tapsOf } from './runtime/output-taps.ts';
import type { TreeLoop } from './runtime/loop.ts';
import { trySockets } from './try-sockets.ts';
import { createWellbeing } from './wellbeing.ts';
import type { Wellbeing } from './wellbeing.ts';

export interface DaemonOptions extends FoundationOptions {
  readonly version: string;
  /** Where to listen when the file does not say; null: no runtime directory can be used. */
  readonly defaultSocket: string | null;
  /** Directory for sockets that children report on; null: none can be used. */
  readonly runtimeDir: () => string | null;
  /** Reads the configuration again, as if programs had so many copies. */
  readonly read: (counts?: Pick<ReadOptions, 'numprocs' | 'present'>) => { readonly config: Config } | { readonly problems: readonly string[] };
  /** Everything is gone and closed. */
  readonly ended: (code: number) => void;
}

/** An answer has left after this. */
const DOOR_MS = 250;

export class Daemon {
  private readonly options: DaemonOptions;
  private readonly base: Foundation;
  private readonly os: OpenedOs;
  private readonly store: Store;
  private readonly bus: Bus;
  private readonly log: DaemonLog;
  private readonly logs: LogPlane;
  private readonly companions: Companions;
  private readonly sockets: SharedSockets;
  private readonly reports: Reports;
  private readonly interpreter: Interpreter;
  private readonly loop: TreeLoop;
  private tree: Tree;
  private readonly jobs: JobSide;
  private readonly issues: IssueSide;
  private readonly resources: Resources;
  private readonly wellbeing: Wellbeing;
  private readonly alerting: Alerting;
  private readonly controller: Controller;
  private readonly door: Door;
  private readonly ending: Ending;
  /** Children of a daemon that died are gone. */
  private strays: Promise<void> = Promise.resolve();
  private readonly hangups: Hangup;
  private config: Config;
  private booted = false;
  /** Names of plans must not be guessed from, or tell, what is in a file. */
  private readonly planDigest = planDigest();
  private readonly places = new ConfigPlaces(nodeConfigPort());

  constructor(options: DaemonOptions) {
    this.options = options;
    this.config = options.config;
    this.places.took(options.config);
    this.base = openFoundation(options);
    const { os, bus, store, log, registry, syslog, publishLater } = this.base;
    this.os = os;
    this.bus = bus;
    this.store = store;
    this.log = log;
    const { clock } = os;
    this.alerting = new Alerting({ clock, store, bus, syslog, config: () => this.config, isProbed: (id) => (this.tree.processes.get(id)?.spec.health.probes.length ?? 0) > 0, record: (...entry) => this.controller.record(...entry) });
    bus.subscribe((fact) => this.alerting.heard(fact));
    this.companions = createCompanions({
      bus, publishLater, clock, config: () => this.config, node: (id) => this.tree.processes.get(id), group: (name) => this.tree.groups.get(`group ${name}`),
      environment: (spec) => this.interpreter.environmentOf(spec), tell: (event) => this.loop.tell(event), stateDir: options.stateDir,
    });
    const { listeners, readiness, hooks } = this.companions;
    const taps = tapsOf(listeners, readiness);
    this.logs = openLogPlane({ readiness: this.os.readiness, clock, stdout: 1, stderr: 2, onFact: publishLater, registry, taps, echo: log, syslog });
    this.sockets = createSharedSockets(this.os.processes.name === 'portable');
    const config = (): Config => this.config;
    const tell: TreeLoop['tell'] = (event) => this.loop.tell(event);
    const publish = (fact: FactBody): void => this.bus.publish(fact);
    const environment: EnvironmentSource = { own: { ...process.env }, get daemon() { return config().daemon.environment; } };
    this.reports = createReports({
      clock, node: (id) => this.tree.processes.get(id), tell, publish, readiness, osReadiness: this.os.readiness, runtimeDir: options.runtimeDir,
      jobs: (subject, report) => this.jobs.report(subject, report), warn: (message) => this.base.warn('reports', message),
    });
    this.bus.subscribe((fact) => this.reports.vitals.heard(fact));
    this.interpreter = new Interpreter({
      processes: this.os.processes, logs: this.logs, store: this.store, clock, homeOf, uidOf, newId: randomId, find: (spec, environment) => cannotFind(spec, environment), tree: () => this.tree, tell, publish,
      listeners, sockets: this.sockets, reports: this.reports.channels, readiness, hooks, environment,
      exitDaemon: (effect) => this.exitFor(effect),
    });
    this.ending = new Ending({
      closing: () => this.closing(), restart: (next) => this.restart(next), leave: (verdict, survivors) => this.leave(verdict, survivors), ended: options.ended,
    });
    this.tree = treeOf(this.config, this.store, this.bus.snapshot);
    this.loop = new Loop(this.tree, { clock, moment: () => ({ now: clock.mono(), chance: Math.random() }), publish, run: (effect) => this.interpreter.run(effect) });
    this.jobs = new JobSide(this.config, {
      processes: this.os.processes, logs: this.logs, store: this.store, clock, environment, homeOf, uidOf, freeBytes, reports: this.reports.channels, bus: this.bus, newId: randomId, random: Math.random,
      watchClock: () => openWallClockWatch(this.os), ear: (run, spec) => this.issues.ear(run, spec),
    });
    this.issues = createIssues(this.config, { bus: this.bus, store: this.store, clock, jobs: this.jobs, control: () => this.controller });
    this.resources = createResources({
      clock, bus: this.bus, processes: this.os.processes, store: this.store, interpreter: this.interpreter, jobs: this.jobs, node: (id) => this.tree.processes.get(id), tell,
    });
    this.wellbeing = createWellbeing({
      clock, bus: this.bus, logs: this.logs, node: (id) => this.tree.processes.get(id), processes: () => this.tree.processes.values(), environment: (spec) => this.interpreter.environmentOf(spec),
      prober: async () => (await import('./os/probes.ts')).prober, tell, lastSign: (id) => this.reports.vitals.lastSign(id), usage: (ids) => this.resources.usage(ids, false),
      scale: (name, count) => this.controller.mutate({ command: 'scale', name, instances: String(count) }, AUTOSCALE),
    });
    this.controller = new Controller({
      version: options.version, config, clock, bus: this.bus, store: this.store, logs: this.logs, processes: this.os.processes,
      machine: () => this.os.machine(), warnings: () => this.base.warnings, tree: () => this.tree, tell, isIdle: () => this.loop.isIdle, heard: () => this.loop.heard(),
      child: (id) => this.interpreter.child(id), forget: (id) => this.forget(id), instances: (program, count) => instancesOf(options.read({ numprocs: { [program]: count } }), program),
      shutdown: (mode, why) => this.ending.shutdown(mode, why), reload: (why) => this.reload(why), mainLog: this.log, jobs: this.jobs, alerts: this.alerting.control, issues: this.issues, newId: randomId, usage: (ids, files = false) => this.resources.usage(ids, files), meters: createMeters({ tally: this.base.tally, loops: { programs: this.loop, jobs: this.jobs.loop, issues: this.issues.loop }, runs: store.runs }), wellness: this.wellbeing.wellness, kept: (id) => this.reports.vitals.kept(id),
      compat: { read: () => this.read({ present: this.wellbeing.present() }), stdin: (id) => this.interpreter.stdin(id), lookUp: (spec) => this.interpreter.lookUp(spec), uid: (user) => uidOf(user) },
      apply: { adopt: (config) => this.adopt(config), digest: this.planDigest, renice: (id, nice) => renice(this.pidsOf(id), nice) },
      places: (config, origin, table) => this.places.of(config, origin, table),
      busy: () => (this.booted ? null : 'children of a daemon that died are being ended first'),
    });
    this.bus.subscribe(breakerGate(() => this.bus.snapshot, tell));
    this.hangups = new Hangup({
      dialect: () => this.config.dialect, control: () => this.controller, reload: (why) => this.reload(why), refused: (problems) => publish({ type: 'daemon.reload_refused', problems }),
    });
    this.bus.subscribe((fact) => {
      if (fact.type === 'operation.completed') this.hangups.again();
    });
    this.door = new Door({
      control: () => this.controller, defaultSocket: options.defaultSocket, warn: (message) => this.base.warn('api', message),
      say: (message) => publish({ type: 'daemon.warning', what: 'api', message }),
    });
    this.os.processes.onStranger((pid, code, signal) => publish({ type: 'stranger.reaped', pid, code, signal }));
  }

  /**
   * Listens, then starts the programs.
   * @throws a ListenError with a person's words when an address cannot be had.
   */
  async start(): Promise<void> {
    trySockets(this.tree, this.sockets);
    await this.door.open(this.config.api);
    await this.alerting.start();
    const unwritten = writePidFile(this.config.daemon.pidfile);
    if (unwritten !== null) this.base.warn('pidfile', unwritten);
    this.populate();
    this.strays = this.endStrays();
    await this.strays;
    this.boot();
  }

  interrupt(signal: string): void {
    this.ending.interrupt(signal);
  }

  hangup(): void {
    this.hangups.come();
  }

  reopenLogs(): void {
    this.logs.reopen();
    const problem = this.log.reopen();
    if (problem !== null) this.base.warn('log', problem);
  }

  /** The state of everything, into the log. */
  dump(): void {
    for (const line of stateLines(this.bus, this.tree)) this.log.message('warn', line);
  }

  /** A mistake of ours: said, and everything is brought down in order. */
  crash(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.message('critical', `a mistake in reeve, please report it: ${text}`);
    this.ending.end({ code: INTERNAL_ERROR, why: `a mistake in reeve: ${error instanceof Error ? error.message : String(error)}`, process: null, lastOutput: '' });
  }

  private populate(): void {
    const { tree } = this;
    for (const fact of tree.population()) this.bus.publish(fact);
    for (const [id, intent] of this.store.intents()) if (intent.disabled && tree.processes.has(id)) this.bus.publish({ type: 'process.disabled', process: id, disabled: true });
    this.jobs.populate();
    this.issues.populate();
    this.bus.snapshot.daemon = { ...this.bus.snapshot.daemon, identifier: this.config.daemon.identifier };
    this.bus.publish({ type: 'daemon.started', pid: process.pid, version: this.options.version, file: this.config.file, programs: tree.processes.size, ...(this.config.jobs.length > 0 ? { jobs: this.config.jobs.length } : {}), implementation: this.os.processes.name });
    for (const message of this.options.warnings) this.log.message('warn', message);
  }

  private boot(): void {
    // Somebody may have asked for the end while strays were being ended.
    if (this.ending.begun) return;
    this.booted = true;
    // Programs first, unless a breaker that is open may keep one of them down.
    const gated = this.config.breakers.length > 0;
    if (gated) this.jobs.boot();
    this.loop.tell({ type: 'boot', why: 'the daemon started' });
    if (!gated) this.jobs.boot();
    this.issues.boot();
    const next = nextJobs(this.bus.snapshot);
    if (next !== null) this.log.message('info', next);
    this.hangups.again();
  }

  private async endStrays(): Promise<void> {
    await endChildrenOfTheDead({
      store: this.store, logs: this.logs, clock: this.os.clock, processes: this.os.processes, warn: (message) => this.base.warn('stray', message),
      specOf: (id) => this.tree.processes.get(id)?.spec ?? this.jobs.specOf(id), isListener: (id) => this.companions.listeners.isListener(id),
    });
  }

  private exitFor(effect: TreeEffect & { type: 'exit_daemon' }): void {
    if (this.ending.isFinal) return;
    const lastOutput = effect.process === null ? '' : this.logs.lastLines(effect.process, 20);
    this.ending.end({ code: effect.code, why: effect.why, process: effect.process, lastOutput });
  }

  private read(counts?: Parameters<DaemonOptions['read']>[0]): ReturnType<DaemonOptions['read']> {
    const read = this.options.read(counts);
    if ('config' in read) this.places.took(read.config);
    return read;
  }

  private reload(why: string): readonly string[] | null {
    if (this.ending.begun) return ['the daemon is already ending or restarting'];
    const read = this.read();
    if ('problems' in read) return read.problems;
    this.ending.reload(read.config, why);
    return null;
  }

  /** The programs are as this configuration says; now the daemon is, as far as it can while it runs. */
  private adopt(config: Config): void {
    const before = this.config;
    this.config = { ...config, daemon: takenLive(before.daemon, config.daemon) };
    this.configureLog();
    this.tree.rootExitCode = rootExitCode(config);
    this.jobs.configure(config);
    this.alerting.configure();
    this.issues.configure(config);
    if (JSON.stringify(before.api) === JSON.stringify(config.api)) return;
    // Who asked for it gets the answer before the door moves.
    setTimeout(() => {
      if (!this.ending.begun) void this.moveDoor(before.api);
    }, DOOR_MS);
  }

  /** The daemon's own log is what the configuration says from now on. */
  private configureLog(): void {
    const problem = this.log.configure(this.config.daemon);
    if (problem !== null) this.base.warn('log', `${problem}; it goes on where it was`);
    this.logs.echoChanged();
  }

  private closing(): Omit<ClosingOptions, 'done'> {
    const { shutdownGraceMs: graceMs, shutdownTimeoutMs: timeoutMs } = this.config.daemon;
    return {
      tree: this.tree, ...(this.config.jobs.length > 0 || this.bus.snapshot.runs.size > 0 ? { jobs: this.jobs } : {}), graceMs, timeoutMs, tell: (event) => this.loop.tell(event), publish: (fact) => this.bus.publish(fact), subscribe: (tell) => this.bus.subscribe(tell),
      survivors: (id) => this.pidsOf(id),
    };
  }

  /** All that is alive of the present or last life of a process. */
  private pidsOf(id: string): readonly number[] {
    const child = this.interpreter.child(id);
    return child ? this.os.processes.tree(child) : [];
  }

  /** Everything is down: says so, and closes what is open. */
  private async leave(verdict: Verdict, survivors: readonly number[]): Promise<void> {
    // Who is being ended must not outlive us with nobody to send him KILL.
    await this.strays;
    const children = [...[...this.tree.processes.keys()].map((id) => [id, this.interpreter.child(id)] as const), ...this.jobs.runner.children()];
    const left = leftAtTheEnd(this.os.processes, children, survivors);
    // A pid namespace ends with its first process.
    if (left.length > 0 && process.pid !== 1) this.base.warn('left', `left behind: ${namesOf(left)}; nobody reads what they write from now on, and who fills a pipe that nobody reads waits for ever`);
    this.bus.publish({ type: 'daemon.stopped', exitCode: verdict.code, why: verdict.why, survivors, left });
    if (verdict.code !== 0) sayLastWords(verdict);
    // Only an orderly end forgets what was stopped by hand: after a failure the next daemon goes on as it was.
    if (verdict.code === 0) this.store.clearStopped();
    this.companions.watches.close();
    await this.companions.hooks.close();
    await this.alerting.close();
    await this.door.close();
    this.loop.close();
    this.resources.close();
    this.wellbeing.close();
    this.issues.dispose();
    this.jobs.dispose();
    this.companions.listeners.close();
    this.reports.vitals.close();
    await this.reports.channels.dispose();
    await this.logs.dispose();
    // What could not be written at the last moment is said by facts that are on their way.
    await new Promise((resolve) => setImmediate(resolve));
    this.store.close();
    this.os.dispose();
    this.log.close();
    this.base.syslog.close();
    removePidFile(this.config.daemon.pidfile);
  }

  /** The process is no longer known. Whom it left behind is named once: nobody will stop them, and their output goes nowhere. */
  private forget(id: string): void {
    const left = leftOf(this.os.processes, id, this.interpreter.child(id));
    this.interpreter.forget(id);
    if (left.length > 0) this.base.warn('left', `left behind: ${namesOf(left)}; no program stops them any more, and what they write is read and dropped`);
  }

  /** The full restart after a reload: the same process, a new tree. */
  private async restart(config: Config): Promise<void> {
    const before = this.config;
    this.config = config;
    this.configureLog();
    // As after a clean end of the daemon, which this is but for the pid: what was stopped by hand is forgotten, disabled lasts.
    this.store.clearStopped();
    const tree = treeOf(config, this.store, this.bus.snapshot);
    const { kept, gone, removals, reloaded } = replacementOf(this.tree, tree);
    for (const id of kept) {
      const next = tree.processes.get(id);
      // Whom a life left behind (INI programs may) writes on: to where the new file says. What cannot be opened is said at the next start.
      if (next && this.interpreter.child(id)) this.logs.change(next.spec);
    }
    for (const id of gone) this.forget(id);
    for (const fact of removals) this.bus.publish(fact);
    this.tree = tree;
    this.loop.replace(tree);
    this.jobs.replace(config);
    this.alerting.configure();
    this.issues.replace(config);
    this.bus.publish(reloaded);
    if (JSON.stringify(before.api) !== JSON.stringify(config.api)) await this.moveDoor(before.api);
    // Until here another reload was refused.
    if (!this.ending.reopen()) return;
    this.populate();
    this.boot();
  }

  private async moveDoor(before: ApiSpec): Promise<void> {
    const api = await this.door.move(before, this.config.api);
    if (api !== this.config.api) this.config = { ...this.config, api };
  }

  /** For tests and for the entry: what happens, from now on. */
  onFact(tell: (fact: Fact) => void): () => void {
    return this.bus.subscribe(tell);
  }
}
