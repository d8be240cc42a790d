// The door between requests and the loop: names become processes, requests become events, facts become results.
import type { Config, ProcessSpec } from '../../config/spec.ts';
import { redactText } from '../../config/redact.ts';
import { parseSignal } from '../../config/signals.ts';
import type { Plan } from '../contract/plan.ts';
import type { ConfiguredProcess, Finding, Operation } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import type { FactName } from '../contract/fact-payloads.ts';
import type { ConfigAnswer } from '../contract/page.ts';
import type { WaitAnswer } from '../contract/rest.ts';
import type { Snapshot } from '../contract/snapshot.ts';
import { SIGNALLABLE_STATES } from '../contract/states.ts';
import { isAlive } from '../core/process-state.ts';
import type { Tree } from '../core/tree.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { LogPlane } from '../os/ports/logs.ts';
import type { MachineFacts } from '../os/ports/machine.ts';
import type { Child, Processes } from '../os/ports/processes.ts';
import type { Store } from '../os/ports/store.ts';
import { createAuditTrail } from './audit-trail.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { Bus } from './bus.ts';
import { Applier } from './applier.ts';
import type { ApplierOptions } from './applier.ts';
import { SupervisordCompat } from './compat.ts';
import type { Compat, CompatOptions } from './compat.ts';
import { AUTOSCALE } from './autoscale.ts';
import type { PlacesOf } from './config-desk.ts';
import type { AlertControl, Caller, Control, FactFilter, JobControl, Mutation, WaitRequest, Wellness } from './control.ts';
import { doctor } from './doctor.ts';
import { drain, undrain } from './drain.ts';
import type { DrainWorld } from './drain.ts';
import type { Prospects } from './doubts.ts';
import { createInquiry } from './inquiry.ts';
import type { Inquiry } from './inquiry.ts';
import { Intents } from './intents.ts';
import { allIds, resolveName } from './names.ts';
import { IssueDesk } from './issue-desk.ts';
import { IssueOperations } from './issue-operations.ts';
import type { IssueSide } from './issue-side.ts';
import { JobOperations } from './job-operations.ts';
import type { JobSide } from './job-side.ts';
import type { Meters } from './meters.ts';
import { MAX_PENDING, Operations } from './operations.ts';
import type { Outcome } from './operations.ts';
import type { KeptReports } from './program-vitals.ts';
import { staysDown } from './prospects.ts';
import { rolling } from './rolling.ts';
import { scaleTo } from './scale.ts';
import { Starts } from './starts.ts';
import { stopInOrder, stopTogether } from './stop-in-order.ts';
import { nodesOf, targetsOf } from './targets.ts';
import type { Target } from './targets.ts';
import { waitFor } from './wait.ts';

export interface ControllerOptions {
  readonly version: string;
  /** As it is now: a reload replaces it. */
  readonly config: () => Config;
  readonly clock: Clock;
  readonly bus: Bus;
  readonly store: Store;
  readonly logs: LogPlane;
  readonly processes: Processes;
  readonly machine: () => MachineFacts;
  readonly warnings: () => readonly string[];
  readonly tree: () => Tree;
  readonly tell: (event: TreeEvent) => void;
  /** Nothing that was told waits to be done. */
  readonly isIdle: () => boolean;
  readonly child: (id: string) => Child | undefined;
  readonly forget: (id: string) => void;
  /** The specs of one program with this many instances, or what is wrong with that. */
  readonly instances: (program: string, count: number) => readonly ProcessSpec[] | string;
  readonly shutdown: (mode: 'warm' | 'cold' | 'now', why: string) => void;
  /** Reads the file again; null when a full restart has begun, or the problems that keep it from that. */
  readonly reload: (why: string) => readonly string[] | null;
  readonly mainLog: Control['mainLog'];
  readonly jobs: JobSide;
  readonly alerts: AlertControl;
  readonly issues: IssueSide;
  readonly newId: () => string;
  readonly usage: Control['usage'];
  readonly meters: Meters;
  readonly wellness: Wellness;
  /** What a process reported. */
  readonly kept: (id: string) => KeptReports;
  readonly compat: Pick<CompatOptions, 'read' | 'stdin' | 'lookUp' | 'uid'>;
  /** What `apply` needs of the daemon. */
  readonly apply: Pick<ApplierOptions, 'adopt' | 'digest' | 'renice'>;
  readonly places: PlacesOf;
  /** Why nothing can be changed at this moment, or null. */
  readonly busy: () => string | null;
}

/** Commands that change which processes there are, or what they are. */
const ONE_AT_A_TIME: ReadonlySet<Mutation['command']> = new Set(['apply', 'add', 'remove', 'update', 'scale']);
/** Commands whose operations may stay pending, so that their number needs a bound. Who must be heard (signal, shutdown) is not among them. */
const MAY_PEND: ReadonlySet<Mutation['command']> = new Set(['start', 'stop', 'restart', 'disable', 'scale', 'job_run', 'job_undo', 'job_cancel', 'check_run', 'issue_fix', 'drain']);

export class Controller implements Control {
  readonly version: string;
  readonly logs: LogPlane;
  readonly mainLog: Control['mainLog'];
  private readonly applier: Applier;
  readonly operations: Operations;
  readonly jobs: JobControl;
  readonly alerts: AlertControl;
  readonly compat: Compat;
  readonly inquiry: Inquiry;
  private readonly intents: Intents;
  private readonly starts: Starts;
  private readonly jobOperations: JobOperations;
  readonly issues: IssueDesk;
  private readonly issueOperations: IssueOperations;
  private readonly drains: DrainWorld;
  private readonly prospects: Prospects;
  private readonly trail: AuditTrail;
  private readonly options: ControllerOptions;

  constructor(options: ControllerOptions) {
    this.options = options;
    this.version = options.version;
    this.logs = options.logs;
    this.mainLog = options.mainLog;
    this.trail = createAuditTrail(options);
    this.prospects = { isIdle: options.isIdle, staysDown: (id) => staysDown(options.tree(), id), isOneshot: (id) => options.tree().processes.get(id)?.spec.oneshot === true, hasProbes: (id) => (options.tree().processes.get(id)?.spec.health.probes.length ?? 0) > 0 };
    this.operations = new Operations(options.bus, () => options.clock.wall(), this.prospects);
    this.intents = new Intents({ store: options.store, clock: options.clock, publish: (fact) => options.bus.publish(fact) });
    this.starts = new Starts({ operations: this.operations, intents: this.intents, tree: options.tree, tell: options.tell });
    const { jobs, store, clock, newId } = options;
    this.jobs = jobs.desk;
    this.alerts = options.alerts;
    const told = { book: () => jobs.book, operations: this.operations, tell: jobs.tell, publish: (fact: FactBody) => options.bus.publish(fact) };
    this.jobOperations = new JobOperations({ ...told, desk: jobs.desk, store, clock, ends: jobs.ends, snapshot: () => options.bus.snapshot, newId, set: (...setting) => jobs.set(...setting) });
    this.issues = new IssueDesk({ issues: options.issues, store, clock, snapshot: () => options.bus.snapshot });
    this.issueOperations = new IssueOperations({
      issues: options.issues, jobs, desk: this.issues, store, clock, operations: this.operations, publish: (fact) => options.bus.publish(fact), subscribe: (tell) => options.bus.subscribe(tell), newId,
    });
    this.inquiry = createInquiry({ ...options, side: options.issues, desk: this.issues, intents: this.intents, doctor: () => this.doctor(), pending: () => this.operations.pending });
    this.drains = { ...told, tree: options.tree, subscribe: (tell) => options.bus.subscribe(tell), signal: (id, signal) => void this.send(id, signal) };
    this.compat = new SupervisordCompat({
      ...options.compat, config: options.config, snapshot: () => options.bus.snapshot, tree: options.tree, store: options.store, tell: options.tell,
      publish: (fact) => options.bus.publish(fact), forget: options.forget, record: (...entry) => this.record(...entry), refused: (command) => this.notNow(command) ?? this.applier.busy(command),
    });
    this.applier = new Applier({
      ...options.apply, read: options.compat.read, config: options.config, tree: options.tree, operations: this.operations, tell: options.tell, isIdle: options.isIdle,
      publish: (fact) => options.bus.publish(fact), subscribe: (tell) => options.bus.subscribe(tell), store: options.store, hasLife: (id) => options.child(id) !== undefined,
      forget: options.forget, changeLogs: (spec) => options.logs.change(spec), compat: this.compat,
    });
  }

  get meters(): Meters { return this.options.meters; }
  get wellness(): Wellness { return this.options.wellness; }
  get api(): Config['api'] { return this.options.config().api; }
  get ctl(): Config['ctl'] { return this.options.config().ctl; }

  snapshot(): Snapshot { return this.options.bus.snapshot; }

  usage(ids: readonly string[], files = false): ReturnType<Control['usage']> { return this.options.usage(ids, files); }

  limitsOf(id: string): ReturnType<Control['limitsOf']> {
    return (this.node(id)?.spec ?? this.options.jobs.runner.of(id)?.spec.process)?.limits;
  }

  resolve(names: readonly string[]): readonly string[] | CommandError {
    const tree = this.options.tree();
    if (names.length === 0) return allIds(tree);
    const ids = new Set<string>();
    for (const name of new Set(names)) {
      const named = resolveName(tree, name);
      if ('code' in named) return named;
      for (const id of named.ids) ids.add(id);
    }
    return [...ids];
  }

  mutate(mutation: Mutation, caller: Caller): Operation | CommandError {
    const outcome = this.refused(mutation) ?? this.perform(mutation, caller);
    const targets = 'names' in mutation ? mutation.names : 'name' in mutation ? [mutation.name] : 'job' in mutation ? [mutation.job] : 'run' in mutation ? [mutation.run] : [];
    this.record(caller, mutation.command, targets, 'code' in outcome ? `refused: ${outcome.code}` : `operation ${outcome.id}`);
    return outcome;
  }

  operation(id: string): Operation | undefined { return this.operations.get(id); }
  settled(id: string, timeoutMs: number, gone?: AbortSignal): Promise<Operation | undefined> { return this.operations.settled(id, timeoutMs, gone); }

  async wait(request: WaitRequest, gone?: AbortSignal): Promise<WaitAnswer | CommandError> {
    const ids = this.resolve(request.names);
    if ('code' in ids) return ids;
    // Before the first start and while everything ends, who is down may come back without anybody's doing.
    const staysDown = (id: string): string | null => (this.notNow('wait') === null ? this.prospects.staysDown(id) : null);
    return waitFor(this.options.bus, ids, request, { ...this.prospects, staysDown }, gone);
  }

  subscribe(filter: FactFilter): () => void {
    const { bus } = this.options;
    if (filter.since !== null) {
      // A number from the future is one of an earlier daemon: whoever goes on from there would wait for it in silence.
      if (filter.since + 1 < bus.oldest || filter.since > bus.last) filter.onGap(bus.oldest);
      for (const fact of bus.since(filter.since)) filter.onFact(fact);
    }
    return bus.subscribe(filter.onFact);
  }

  factCounts(): ReadonlyMap<FactName, number> { return this.options.bus.counts; }

  configured(): readonly ConfiguredProcess[] {
    const row = (spec: ProcessSpec, groupPriority: number, inUse: boolean): ConfiguredProcess => ({
      name: spec.name, group: spec.group, inUse, autostart: spec.autostart, groupPriority, priority: spec.priority,
      command: redactText(spec.command.text, spec), directory: spec.directory, origin: spec.origin,
    });
    const newest = this.compat.configured();
    const listed = new Set(newest.map(({ spec }) => spec.id));
    const programs = new Set(newest.map(({ spec }) => spec.program));
    // What was scaled up is of a program of the file, beyond its number there.
    const more = allIds(this.options.tree()).map((id) => this.node(id) as ProcessNode).filter(({ spec }) => !listed.has(spec.id) && programs.has(spec.program));
    return [...newest.map(({ spec, groupPriority, inUse }) => row(spec, groupPriority, inUse)), ...more.map(({ spec, parent }) => row(spec, parent.spec.priority, true))];
  }

  async config(kind: 'process' | 'job', name: string): Promise<ConfigAnswer | CommandError> {
    const { configOf } = await import('./config-desk.ts');
    const { config, places, jobs } = this.options;
    return configOf({ config: config(), places, jobs: jobs.book, resolve: (names) => this.resolve(names), specOf: (id) => this.node(id)?.spec }, kind, name);
  }

  plan(): Plan | CommandError { return this.applier.plan(); }

  doctor(): readonly Finding[] {
    const { config, store, machine, warnings, tree } = this.options;
    return doctor({ config: config(), machine: machine(), store, warnings: warnings(), processes: tree().processes.size, snapshot: this.snapshot() });
  }

  audit(limit: number): ReturnType<Control['audit']> { return this.trail.read(limit); }

  noteRefusal(caller: Caller, action: string, why: string): void { this.record(caller, action, [], `refused: ${why}`); }

  noteVisit(caller: Caller, action: string, how: string): void { this.record(caller, action, [], how); }

  /** Writes into the audit trail. */
  record(caller: Caller, action: string, targets: readonly string[], result: string): void { this.trail.record(caller, action, targets, result); }

  private refused(mutation: Mutation): CommandError | null {
    // Asking again for the end, more harshly, is the one thing that an ending daemon takes.
    if (mutation.command === 'shutdown') return null;
    const full = MAY_PEND.has(mutation.command) && this.operations.pending >= MAX_PENDING;
    return this.notNow(mutation.command) ?? (ONE_AT_A_TIME.has(mutation.command) ? this.applier.busy(mutation.command) : null) ?? (full ? { code: 'BUSY', message: `cannot ${mutation.command}: ${MAX_PENDING} operations wait to come about`, hint: 'look at them with `reevectl status` and stop what hangs with `reevectl signal`' } : null);
  }

  private notNow(command: string): CommandError | null {
    if (this.options.tree().isClosing) return { code: 'SHUTTING_DOWN', message: `cannot ${command}: the daemon is ending or restarting` };
    const busy = this.options.busy();
    return busy === null ? null : { code: 'BUSY', message: `cannot ${command} yet: ${busy}` };
  }

  private perform(mutation: Mutation, caller: Caller): Operation | CommandError {
    switch (mutation.command) {
      case 'start': return this.each(mutation, caller, (operation, index, node) => this.starts.start(operation, index, node, caller), (nodes) => this.intents.forgetStops(nodes));
      case 'stop': return this.stopAll(mutation, caller, (nodes) => this.intents.stop(nodes, caller.who));
      case 'disable': return this.stopAll(mutation, caller, (nodes) => this.intents.disable(nodes, caller.who));
      case 'enable': return this.each(mutation, caller, (operation, index, node) => this.enable(operation, index, node));
      case 'restart': return mutation.rolling ? this.rolling(mutation, caller) : this.each(mutation, caller, (operation, index, node) => this.starts.restart(operation, index, node, caller, mutation.strategy), (nodes) => this.intents.forgetStops(nodes));
      case 'signal': return this.signal(mutation, caller);
      case 'clear': return this.each(mutation, caller, (operation, index, node) => this.logAction(operation, index, node, 'clear'));
      case 'rotate': return this.each(mutation, caller, (operation, index, node) => this.logAction(operation, index, node, 'rotate'));
      case 'scale': return this.scale(mutation, caller);
      case 'apply': return this.applier.apply(mutation, caller.who);
      case 'add': case 'remove': case 'update': return this.applier.groups(mutation, caller);
      case 'job_run': case 'job_set': case 'job_pause': case 'job_resume': case 'job_cancel': case 'job_undo': case 'dead_retry': case 'dead_prune': case 'breaker_set':
        return this.jobOperations.perform(mutation, caller);
      case 'check_run': case 'issue_fix': case 'issue_close': case 'issue_clear': return this.issueOperations.perform(mutation, caller);
      case 'drain': return drain(this.drains, mutation, caller);
      case 'undrain': return undrain(this.drains, mutation.names, caller);
      case 'reload': return this.reload(caller);
      case 'shutdown': return this.shutdown(mutation, caller);
      default: return mutation satisfies never;
    }
  }

  private node(id: string): ProcessNode | undefined {
    return this.options.tree().processes.get(id);
  }

  private each(mutation: { readonly command: string; readonly names: readonly string[] }, caller: Caller, act: (operation: string, index: number, node: ProcessNode) => void, first: (nodes: readonly ProcessNode[]) => void = () => undefined): Operation {
    const targets = targetsOf(this.options.tree(), mutation.names);
    first(nodesOf(targets));
    const operation = this.operations.begin(mutation.command, caller.who, targets.map((t) => t.name));
    targets.forEach((t, index) => {
      if ('error' in t) this.refuse(operation, index, t.error);
      else act(operation, index, t.node);
    });
    this.operations.finishEmpty(operation);
    return this.operations.get(operation) as Operation;
  }

  private refuse(operation: string, index: number, error: CommandError): void {
    this.operations.settle(operation, index, { ok: false, code: error.code, message: error.hint === undefined ? error.message : `${error.message}; ${error.hint}` });
  }

  private rolling(mutation: { readonly command: string; readonly names: readonly string[] }, caller: Caller): Operation {
    const targets = targetsOf(this.options.tree(), mutation.names);
    const names = targets.map((t) => t.name);
    const operation = this.operations.begin(mutation.command, caller.who, names);
    return rolling(this.operations, operation, names, (index) => {
      const target = targets[index] as Target;
      if ('error' in target) return this.refuse(operation, index, target.error);
      if (this.node(target.node.key) !== target.node) return this.refuse(operation, index, { code: 'NOT_FOUND', message: `cannot restart ${target.name}: it was removed meanwhile` });
      this.intents.forgetStops([target.node]);
      this.starts.restart(operation, index, target.node, caller, false, true);
    });
  }

  /** Stops in order of priority; what is not running is said so, but what was intended is kept. */
  private stopAll(mutation: { readonly command: string; readonly names: readonly string[]; readonly together?: boolean }, caller: Caller, intend: (nodes: readonly ProcessNode[]) => void): Operation {
    const targets = targetsOf(this.options.tree(), mutation.names);
    intend(nodesOf(targets));
    const operation = this.operations.begin(mutation.command, caller.who, targets.map((t) => t.name));
    const places = new Map<string, number>();
    targets.forEach((t, index) => {
      if ('error' in t) return this.refuse(operation, index, t.error);
      this.operations.overtaken(t.node.key);
      const { state } = t.node;
      if (isAlive(state) || state.phase === 'BACKOFF') return void places.set(t.node.key, index);
      // Down for a moment: its group was about to start it.
      const awaited = state.phase === 'STOPPED' && state.wanted === 'up';
      this.options.tell({ type: 'operate', action: 'stop', id: t.node.key, why: `${caller.who} stopped it` });
      this.operations.settle(operation, index, mutation.command === 'disable' || awaited ? { ok: true } : { ok: false, code: 'NOT_RUNNING', message: 'not running' });
    });
    const stop = mutation.together === true ? stopTogether : stopInOrder;
    if (places.size > 0) stop({ tree: this.options.tree(), operations: this.operations, tell: this.options.tell }, operation, places, `${caller.who} stopped it`);
    this.operations.finishEmpty(operation);
    return this.operations.get(operation) as Operation;
  }

  private enable(operation: string, index: number, node: ProcessNode): void {
    this.intents.enable(node);
    this.operations.settle(operation, index, { ok: true });
  }

  private signal(mutation: Mutation & { command: 'signal' }, caller: Caller): Operation | CommandError {
    const signal = parseSignal(mutation.signal);
    if (signal === null) return { code: 'BAD_SIGNAL', message: `cannot send ${mutation.signal}: there is no such signal` };
    return this.each(mutation, caller, (operation, index, node) => this.operations.settle(operation, index, this.send(node.key, signal)));
  }

  /** Sends a signal to the main process. */
  private send(id: string, signal: string): Outcome {
    const node = this.node(id);
    const child = this.options.child(id);
    const pid = node && 'pid' in node.state ? node.state.pid : null;
    if (!node || !child || pid === null || !SIGNALLABLE_STATES.includes(node.state.phase)) return { ok: false, code: 'NOT_RUNNING', message: 'not running' };
    const outcome = this.options.processes.signal(child, signal, 'main');
    if ('error' in outcome) return { ok: false, code: 'FAILED', message: `cannot send SIG${signal} to pid ${child.pid}: ${outcome.error}` };
    if ('gone' in outcome) return { ok: false, code: 'NOT_RUNNING', message: 'it ended a moment ago' };
    this.options.bus.publish({ type: 'process.signalled', process: id, incarnation: child.incarnation, signal, pid: child.pid });
    return { ok: true };
  }

  private logAction(operation: string, index: number, node: ProcessNode, action: 'clear' | 'rotate'): void {
    // A program that has not run yet has no open log; what is on the disk from earlier is meant.
    const problem = this.logs.open(node.spec) ?? this.logs[action](node.key);
    if (problem !== null) return this.operations.settle(operation, index, { ok: false, code: 'FAILED', message: problem });
    this.operations.settle(operation, index, { ok: true });
  }

  private scale(mutation: Mutation & { command: 'scale' }, caller: Caller): Operation | CommandError {
    const { wellness } = this.options;
    if (mutation.instances === 'auto') {
      if (!wellness.release(mutation.name)) return { code: 'BAD_ARGUMENT', message: `cannot scale ${mutation.name} by its load: it has no max, or is no program`, hint: 'write max and scale_command, or say a number' };
      return this.immediate('scale', caller);
    }
    const begun = scaleTo({
      tree: this.options.tree(), operations: this.operations, instances: this.options.instances, tell: this.options.tell, publish: (fact: FactBody) => this.options.bus.publish(fact),
      subscribe: (tell: (fact: Fact) => void) => this.options.bus.subscribe(tell), forget: this.options.forget,
      mayStart: (id: string) => this.intents.comesAnew(id),
    }, mutation, caller);
    if (!('code' in begun) && caller !== AUTOSCALE) wellness.hold(mutation.name);
    return begun;
  }

  private reload(caller: Caller): Operation | CommandError {
    const problems = this.options.reload(`${caller.who} reloaded`);
    if (problems !== null) {
      this.options.bus.publish({ type: 'daemon.reload_refused', problems });
      return { code: 'BAD_CONFIG', message: `cannot reload, nothing was changed: ${problems.join('; ')}` };
    }
    return this.immediate('reload', caller);
  }

  private shutdown(mutation: Mutation & { command: 'shutdown' }, caller: Caller): Operation {
    const operation = this.immediate('shutdown', caller);
    // The answer leaves before the door closes.
    setImmediate(() => this.options.shutdown(mutation.mode, `${caller.who} asked for it`));
    return operation;
  }

  private immediate(command: string, caller: Caller): Operation {
    const operation = this.operations.begin(command, caller.who, []);
    this.operations.finishEmpty(operation);
    return this.operations.get(operation) as Operation;
  }
}
