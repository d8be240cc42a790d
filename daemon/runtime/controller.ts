// The door between requests and the loop: names become processes, requests become events, facts become results.
import type { Config, ProcessSpec } from '../../config/spec.ts';
import { redactText } from '../../config/redact.ts';
import type { Plan } from '../contract/plan.ts';
import type { ConfiguredProcess, Finding, Operation } from '../contract/answers.ts';
import type { CommandError } from '../contract/errors.ts';
import type { FactBody } from '../contract/facts.ts';
import type { FactName } from '../contract/fact-payloads.ts';
import type { ConfigAnswer } from '../contract/page.ts';
import type { WaitAnswer } from '../contract/rest.ts';
import type { Snapshot } from '../contract/snapshot.ts';
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
import { ProcessOperations } from './process-operations.ts';
import type { KeptReports } from './program-vitals.ts';
import { staysDown } from './prospects.ts';
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
  /** Resolves when what was told so far is decided. */
  readonly heard: () => Promise<void>;
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
  private readonly processOperations: ProcessOperations;
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
    this.processOperations = new ProcessOperations({ ...options, operations: this.operations, intents: this.intents });
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
    this.drains = { ...told, tree: options.tree, subscribe: (tell) => options.bus.subscribe(tell), signal: (id, signal) => void this.processOperations.send(id, signal) };
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

  async heard(): Promise<void> {
    const { heard, jobs, issues } = this.options;
    await Promise.all([heard(), jobs.loop.heard(), issues.loop.heard()]);
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
      case 'start': case 'stop': case 'disable': case 'enable': case 'restart': case 'signal': case 'clear': case 'rotate': case 'scale':
        return this.processOperations.perform(mutation, caller);
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

  private reload(caller: Caller): Operation | CommandError {
    const problems = this.options.reload(`${caller.who} reloaded`);
    if (problems !== null) {
      this.options.bus.publish({ type: 'daemon.reload_refused', problems });
      return { code: 'BAD_CONFIG', message: `cannot reload, nothing was changed: ${problems.join('; ')}` };
    }
    return this.operations.done('reload', caller.who);
  }

  private shutdown(mutation: Mutation & { command: 'shutdown' }, caller: Caller): Operation {
    const operation = this.operations.done('shutdown', caller.who);
    // The answer leaves before the door closes.
    setImmediate(() => this.options.shutdown(mutation.mode, `${caller.who} asked for it`));
    return operation;
  }
}
