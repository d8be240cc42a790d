// The tree of groups and processes: the one owner of their states. One event in, one step through the machines it touches;
// a child's outcome reaches its group, and a group's commands its members, within the same step.
import type { GroupSpec, ProcessSpec } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import { shortName } from '../contract/names.ts';
import { daemonExits } from './daemon-exits.ts';
import { Dependencies } from './dependencies.ts';
import { groupDeadline, initialGroup, PROCESS_SEMANTICS } from './group-state.ts';
import type { GroupEvent, GroupOutcome, MemberCommand, Semantics } from './group-state.ts';
import { stepProcess } from './process.ts';
import { initialProcess, processDeadline } from './process-state.ts';
import type { ProcessEvent, ProcessState } from './process-state.ts';
import { stepGroup } from './supervisor.ts';
import { gate, isShut } from './gate.ts';
import { InvariantError } from './table.ts';
import type { Moment, Waits } from './table.ts';
import { isAtRest, isDown, viewOf } from './tree-state.ts';
import type { GroupNode, ProcessNode, TreeEffect, TreeEvent, TreeOptions, TreeStep } from './tree-state.ts';
import { addedFacts, addedGroupFact, changedFact, groupEvents, groupOutcome, intensityOf, memberAction, memberName, plainName, processOutcome } from './tree-words.ts';

type Work = { readonly node: ProcessNode; readonly event: ProcessEvent } | { readonly node: GroupNode; readonly event: GroupEvent };

const TRACE_LENGTH = 64;

/** All processes and groups, and their machines: an event goes to its subject, and what became of that to its group, in the same step. */
export class Tree {
  readonly root: GroupNode;
  readonly processes = new Map<string, ProcessNode>();
  readonly groups = new Map<string, GroupNode>();
  /** Exit status when a group at the top gives up; null: the daemon stays. */
  rootExitCode: number | null;
  private readonly semantics: Semantics;
  private readonly trace: string[] = [];
  /** Highest incarnation ever given, also of processes that are removed: a number is never given twice. */
  private readonly last: Map<string, number>;
  private work: Work[] = [];
  private effects: TreeEffect[] = [];
  private facts: FactBody[] = [];
  private touched = new Set<string>();
  /** Circuit breakers that are open. */
  private shut: ReadonlySet<string> = new Set();
  private closing = false;
  /** null: somebody came, went or changed since it was made. */
  private graph: Dependencies | null = null;
  /** Processes that depend on others: where there is none, nobody looks. */
  private dependent = 0;
  /** Whose way of being ready changed: looked at with the next `look`. */
  private readonly respecced = new Set<string>();

  constructor(spec: GroupSpec, options: TreeOptions = {}) {
    this.semantics = options.semantics ?? PROCESS_SEMANTICS;
    this.rootExitCode = options.rootExitCode ?? null;
    this.last = new Map(options.incarnations);
    this.root = this.buildGroup(spec, null, (id) => options.held?.has(id) === true);
  }

  /** One event through all it touches. Never throws for a machine's mistake: that subject becomes UNKNOWN. */
  step(event: TreeEvent, moment: Moment): TreeStep {
    this.effects = [];
    this.facts = [];
    this.touched = new Set();
    this.dispatch(event, moment);
    for (let item = this.work.pop(); item; item = this.work.pop()) this.one(item, moment);
    return { effects: this.effects, facts: this.facts, touched: this.touched };
  }

  /** The next time `key` must be told `due` (monotonic ms), or null. Keys are as in `touched`. */
  deadline(key: string): number | null {
    const process = this.processes.get(key);
    if (process) return this.closing && process.state.phase === 'BACKOFF' ? null : processDeadline(process.state);
    const group = this.groups.get(key);
    return group && !this.closing ? groupDeadline(group.state) : null;
  }

  get isClosing(): boolean {
    return this.closing;
  }

  /** Does anybody depend on anybody? */
  get hasDependencies(): boolean {
    return this.dependent > 0;
  }

  /** Who waits for whom, as it is now. */
  dependencies(): Dependencies {
    return (this.graph ??= new Dependencies(this));
  }

  /** The tree as it is now, with what was added and without what was removed. */
  shape(node: GroupNode = this.root): GroupSpec {
    return { ...node.spec, members: node.members.map((m) => (m.kind === 'process' ? m.spec : this.shape(m))) };
  }

  /** Facts that say what exists, for a fresh snapshot. */
  population(): readonly FactBody[] {
    const facts: FactBody[] = [];
    for (const g of this.groups.values()) {
      if (g !== this.root) facts.push(addedGroupFact(g.spec, g.parent?.name ?? null));
    }
    for (const p of this.processes.values()) facts.push(...addedFacts(p.spec, p.state));
    return facts;
  }

  /** Adds a process to a group while it runs. The caller starts it; `held`: an operator keeps it down. */
  addProcess(groupName: string, spec: ProcessSpec, held = false): readonly FactBody[] {
    const group = this.groups.get(`group ${groupName}`);
    if (!group || this.processes.has(spec.id)) return [];
    const node = this.buildProcess(spec, group, held);
    group.members.push(node);
    group.modes.set(spec.id, held ? 'held' : 'off');
    group.view = this.view(group);
    return addedFacts(node.spec, node.state);
  }

  /** Removes a process that is down. False when it is not. */
  removeProcess(id: string): readonly FactBody[] | false {
    const node = this.processes.get(id);
    if (!node || !isDown(node)) return false;
    this.dropProcess(node);
    this.leave(node.parent, node);
    return [{ type: 'process.removed', process: id }];
  }

  /** Adds a group with all its members below another (default: the root), last in its order. The caller starts it. No facts: its name is taken. */
  addGroup(spec: GroupSpec, parentName = '', held: (id: string) => boolean = () => false): readonly FactBody[] {
    const parent = this.groups.get(`group ${parentName}`);
    if (!parent || this.groups.has(`group ${spec.name}`)) return [];
    const node = this.buildGroup(spec, parent, held);
    parent.members.push(node);
    parent.modes.set(node.key, 'off');
    parent.view = this.view(parent);
    return this.allFacts(node);
  }

  /** Removes a group of which nobody runs and which is not about to start anybody, with all its members. False when it is not so. */
  removeGroup(name: string): readonly FactBody[] | false {
    const node = this.groups.get(`group ${name}`);
    if (!node?.parent || !isAtRest(node)) return false;
    const { state } = node.parent;
    if (('current' in state && state.current === node.key) || ('waitingFor' in state && state.waitingFor.includes(node.key))) return false;
    const facts = this.dropGroup(node);
    this.leave(node.parent, node);
    return facts;
  }

  /** Takes a changed spec of a process that stays as it is: its next decision is made by it. Its id and its group cannot change. */
  setProcessSpec(spec: ProcessSpec): readonly FactBody[] {
    const node = this.processes.get(spec.id);
    if (!node) return [];
    this.dependent += Number(spec.dependsOn.length > 0) - Number(node.spec.dependsOn.length > 0);
    this.graph = null;
    if (node.spec.ready?.kind !== spec.ready?.kind) this.respecced.add(spec.id);
    node.spec = spec;
    node.parent.view = this.view(node.parent);
    return [changedFact(spec)];
  }

  /** Takes a changed spec of a group: its rules, and the order of those members that it has. Nobody is started, ended or forgotten. */
  setGroupSpec(spec: GroupSpec): readonly FactBody[] {
    const node = this.groups.get(`group ${spec.name}`);
    if (!node) return [];
    const places = new Map(spec.members.map((m, index) => [memberName(m), index]));
    const place = (m: ProcessNode | GroupNode): number => places.get(m.key) ?? places.size;
    node.spec = spec;
    node.members = node.members.toSorted((a, b) => place(a) - place(b));
    node.view = this.view(node);
    if (!node.parent) return [];
    node.parent.view = this.view(node.parent);
    return [{ type: 'group.changed', group: spec.name, strategy: spec.strategy, members: node.members.map((m) => (m.kind === 'process' ? m.key : m.name)), ...intensityOf(spec) }];
  }

  private allFacts(node: GroupNode): readonly FactBody[] {
    return [addedGroupFact(node.spec, node.parent?.name ?? null), ...node.members.flatMap((m) => (m.kind === 'group' ? this.allFacts(m) : addedFacts(m.spec, m.state)))];
  }

  private dropProcess(node: ProcessNode): void {
    this.processes.delete(node.key);
    this.dependent -= Number(node.spec.dependsOn.length > 0);
    this.graph = null;
    this.last.set(node.key, node.state.incarnation);
  }

  private dropGroup(node: GroupNode): readonly FactBody[] {
    const facts = node.members.flatMap((m): readonly FactBody[] => {
      if (m.kind === 'group') return this.dropGroup(m);
      this.dropProcess(m);
      return [{ type: 'process.removed', process: m.key }];
    });
    this.groups.delete(node.key);
    return [...facts, { type: 'group.removed', group: node.name }];
  }

  private leave(parent: GroupNode, node: ProcessNode | GroupNode): void {
    parent.members = parent.members.filter((m) => m !== node);
    parent.modes.delete(node.key);
    parent.view = this.view(parent);
  }

  private buildGroup(spec: GroupSpec, parent: GroupNode | null, isHeld: (id: string) => boolean): GroupNode {
    const key = `group ${spec.name}`;
    const node: GroupNode = { kind: 'group', key, name: spec.name, spec, parent, state: initialGroup(), modes: new Map(), failed: null, members: [], view: undefined as never };
    this.groups.set(key, node);
    for (const m of spec.members) {
      const held = m.kind === 'process' && isHeld(m.id);
      node.members.push(m.kind === 'group' ? this.buildGroup(m, node, isHeld) : this.buildProcess(m, node, held));
      node.modes.set(memberName(m), held ? 'held' : 'off');
    }
    node.view = this.view(node);
    return node;
  }

  private buildProcess(spec: ProcessSpec, parent: GroupNode, held: boolean): ProcessNode {
    const node: ProcessNode = { kind: 'process', key: spec.id, spec, parent, state: initialProcess(this.last.get(spec.id) ?? 0, spec.autostart && !held ? 'up' : 'down'), lastCode: null, disabled: false };
    this.processes.set(spec.id, node);
    this.dependent += Number(spec.dependsOn.length > 0);
    this.graph = null;
    return node;
  }

  private view(node: GroupNode): GroupNode['view'] {
    return viewOf(node, this.semantics);
  }

  private dispatch(event: TreeEvent, moment: Moment): void {
    switch (event.type) {
      case 'boot':
        if (!this.closing) this.work.push({ node: this.root, event: { type: 'start', why: event.why } });
        return;
      case 'process': return this.push(this.processes.get(event.id), event.event);
      case 'due': {
        const process = this.processes.get(event.key);
        const deadline = this.deadline(event.key);
        // A timer that was set for what is no longer so.
        if (deadline === null || deadline > moment.now) return;
        if (process) return this.push(process, { type: 'due' });
        const group = this.groups.get(event.key);
        if (group) this.work.push({ node: group, event: { type: 'due' } });
        return;
      }
      case 'operate': {
        const node = this.processes.get(event.id);
        if (node && !this.closing) this.work.push({ node: node.parent, event: { type: memberAction(event.action), member: event.id, why: event.why } });
        return;
      }
      case 'operate_group': {
        const node = this.groups.get(`group ${event.name}`);
        if (node?.parent && !this.closing) this.work.push({ node: node.parent, event: { type: event.action === 'start' ? 'start_member' : 'stop_member', member: node.key, why: event.why } });
        return;
      }
      case 'look':
        if (this.closing) return;
        for (const node of this.processes.values()) if (node.state.phase === 'BACKOFF' && node.state.waits !== null) this.push(node, { type: 'look' });
        for (const id of this.respecced) this.push(this.processes.get(id), { type: 'look' });
        this.respecced.clear();
        return;
      case 'breakers':
        this.shut = event.open;
        if (this.closing) return;
        for (const node of this.processes.values()) if (node.spec.breaker !== null && node.state.phase === 'BACKOFF' && node.state.waits !== null) this.push(node, { type: 'look' });
        return;
      case 'close':
        this.closing = true;
        for (const key of this.groups.keys()) this.touched.add(key);
        // Who waits for a new life gets none: not after its back-off, not at the end of a restart.
        for (const node of this.processes.values()) {
          if (node.state.phase === 'BACKOFF') this.touched.add(node.key);
          if (node.state.phase === 'STOPPING' && node.state.purpose === 'restart') this.push(node, { type: 'stop', why: 'the daemon is ending' });
        }
        return;
      case 'close_process': return this.push(this.processes.get(event.id), { type: 'stop', why: event.why });
      case 'hurry': return this.push(this.processes.get(event.id), { type: 'hurry', steps: event.steps });
      default: return event satisfies never;
    }
  }

  private push(node: ProcessNode | undefined, event: ProcessEvent): void {
    if (node) this.work.push({ node, event });
  }

  private one(item: Work, moment: Moment): void {
    this.trace.push(`${item.node.key}: ${item.event.type} in ${item.node.state.phase}`);
    if (this.trace.length > TRACE_LENGTH) this.trace.shift();
    this.touched.add(item.node.key);
    try {
      if (item.node.kind === 'process') this.stepOneProcess(item.node, item.event as ProcessEvent, moment);
      else this.stepOneGroup(item.node, item.event as GroupEvent, moment);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      this.quarantine(item.node, error);
    }
  }

  private stepOneProcess(node: ProcessNode, event: ProcessEvent, moment: Moment): void {
    if (event.type === 'exited') node.lastCode = event.code;
    const { spec } = node;
    const needs = (): Waits | null => (spec.dependsOn.length === 0 ? null : this.dependencies().waits(node.key));
    const waits = spec.dependsOn.length === 0 && !isShut(spec, this.shut) ? null : (): Waits | null => gate(spec, needs(), this.shut);
    const before = node.state;
    const step = stepProcess(node.spec, before, event, waits === null ? moment : { ...moment, waits });
    node.state = step.state;
    if (this.dependent > 0 && !this.closing && step.state !== before) this.tellDependents(node, before);
    this.effects.push(...step.effects);
    this.facts.push(...step.facts);
    if (step.outcome && !this.closing) this.work.push({ node: node.parent, event: processOutcome(node.key, step.outcome) });
  }

  /** Those that wait for this one look again; those that restart with it do so when it gets a new life. Done after what its group decides now. */
  private tellDependents(node: ProcessNode, before: ProcessState): void {
    const graph = this.dependencies();
    for (const dependent of graph.dependents(node.key)) {
      const { state, parent } = dependent;
      if (state.phase === 'BACKOFF' && state.waits !== null) this.push(dependent, { type: 'look' });
      const living = (state.phase === 'STARTING' || state.phase === 'RUNNING') && parent.modes.get(dependent.key) === 'up';
      if (living && node.state.incarnation !== before.incarnation && graph.restartsWith(dependent, node)) {
        this.work.push({ node: parent, event: { type: 'restart_member', member: dependent.key, why: `${shortName(node.key)} got a new life` } });
      }
    }
  }

  private stepOneGroup(node: GroupNode, event: GroupEvent, moment: Moment): void {
    const step = stepGroup(node.view, node.state, event, moment);
    node.state = step.state;
    for (const [name, mode] of step.modes) node.modes.set(name, mode);
    for (const fact of step.facts) if (fact.type === 'group.gave_up') node.failed = fact.failed;
    this.facts.push(...step.facts.map(plainName));
    if (event.type === 'member_ended') this.settleMember(node, event);
    // Last in, first out: the commands run first, each to its end, then the outcome goes up.
    if (step.outcome) this.groupSaid(node, step.outcome);
    for (const command of step.commands.toReversed()) this.tellMember(node, command);
  }

  /** A member that its group leaves down for good: the fact, and on_failure. A group that is left takes all below it along. */
  private settleMember(group: GroupNode, event: GroupEvent & { type: 'member_ended' }): void {
    const mode = group.modes.get(event.member);
    if ((mode !== 'idle' && mode !== 'lost') || group.state.phase === 'GIVING_UP' || group.state.phase === 'FATAL') return;
    const node = this.processes.get(event.member);
    if (node && event.cause === 'exit') this.facts.push({ type: 'process.ended', process: node.key, incarnation: node.state.incarnation, expected: event.expected, why: event.why });
    this.effects.push(...daemonExits(node ?? this.groups.get(event.member), event));
  }

  private groupSaid(node: GroupNode, outcome: GroupOutcome): void {
    if (node.parent) {
      this.work.push({ node: node.parent, event: groupOutcome(node.key, outcome) });
      return;
    }
    const code = this.rootExitCode;
    if (outcome.type === 'gave_up' && code !== null) this.effects.push({ type: 'exit_daemon', code, why: outcome.why, process: this.culprit(node) });
  }

  /** The process behind a group that gave up: a member that is a group gave up for one of its own. */
  private culprit(node: GroupNode): string | null {
    let key = node.failed;
    for (let group = key === null ? undefined : this.groups.get(key); group; group = key === null ? undefined : this.groups.get(key)) key = group.failed;
    return key !== null && this.processes.has(key) ? key : null;
  }

  private tellMember(group: GroupNode, command: MemberCommand): void {
    const process = this.processes.get(command.member);
    if (process) return this.push(process, command.event);
    const node = this.groups.get(command.member);
    if (node?.parent === group) for (const event of groupEvents(command.event).toReversed()) this.work.push({ node, event });
  }

  private quarantine(node: ProcessNode | GroupNode, error: InvariantError): void {
    const why = `a mistake in reeve: ${error.message}; the last events were ${this.trace.slice(-8).join(', ')}`;
    if (node.kind === 'group') {
      this.facts.push({ type: 'daemon.warning', what: node.name, message: why });
      return;
    }
    const s = node.state;
    const pid = 'pid' in s ? s.pid : null;
    this.facts.push({ type: 'process.unknown', process: node.key, incarnation: s.incarnation, from: s.phase, why });
    // Its group must not wait for it.
    if (!this.closing) this.work.push({ node: node.parent, event: processOutcome(node.key, { type: 'lost', why }) });
    node.state = {
      phase: 'UNKNOWN', pid, wanted: s.wanted, incarnation: s.incarnation, tries: s.tries, failures: s.failures, restarts: s.restarts, flaps: s.flaps, flapping: s.flapping,
    };
    if (this.dependent > 0 && !this.closing) this.tellDependents(node, s);
  }
}
