// Single changes to the tree while it lives, each awaited: stop these, drop that, add, take a new spec, bring one up.
import type { GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import { isAlive } from '../core/process-state.ts';
import { stopWalk } from '../core/stop-plan.ts';
import type { Tree } from '../core/tree.ts';
import type { ProcessNode, TreeEvent } from '../core/tree-state.ts';
import type { Store } from '../os/ports/store.ts';
import type { Operations, Outcome } from './operations.ts';

export interface ChangeWorld {
  readonly tree: () => Tree;
  readonly operations: Operations;
  readonly tell: (event: TreeEvent) => void;
  readonly publish: (fact: FactBody) => void;
  readonly subscribe: (tell: (fact: Fact) => void) => () => void;
  /** Nothing that was told waits to be done. */
  readonly isIdle: () => boolean;
  readonly store: Pick<Store, 'intents' | 'setIntent'>;
  /** It has or had a life whose output is read. */
  readonly hasLife: (id: string) => boolean;
  readonly forget: (id: string) => void;
  /** Gives its output the targets of this spec. A message when one cannot be opened; then the old ones stay. */
  readonly changeLogs: (spec: ProcessSpec) => string | null;
  /** Sets the nice value of what runs of it (null: the daemon's own); a message when the kernel refuses. */
  readonly renice: (id: string, nice: number | null) => string | null;
}

const INTERRUPTED: Outcome = { ok: false, code: 'INTERRUPTED', message: 'the daemon is ending or restarting' };

export class Changer {
  private readonly world: ChangeWorld;
  /** Of the tree that was there at the beginning: a full restart makes another one. */
  private readonly tree: Tree;
  private readonly ending: Promise<Outcome>;
  private readonly why: string;
  private unsubscribe: () => void = () => undefined;

  constructor(world: ChangeWorld, why: string) {
    this.world = world;
    this.why = why;
    this.tree = world.tree();
    this.ending = new Promise((resolve) => {
      this.unsubscribe = world.subscribe((fact) => {
        if (fact.type === 'daemon.stopping') resolve(INTERRUPTED);
      });
    });
  }

  /** The daemon ends or begins anew: nothing may be changed any more. */
  get isOver(): boolean {
    return this.tree.isClosing || this.world.tree() !== this.tree;
  }

  close(): void {
    this.unsubscribe();
  }

  node(id: string): ProcessNode | undefined {
    return this.tree.processes.get(id);
  }

  /** A group at the top as it is now. */
  group(name: string): GroupSpec | undefined {
    const node = this.tree.groups.get(`group ${name}`);
    return node && node.parent === this.tree.root ? this.tree.shape(node) : undefined;
  }

  /** Those of `among` that run and depend, at whatever remove, on somebody in `ids`. */
  dependentsOf(ids: readonly string[], among: readonly string[]): readonly string[] {
    if (!this.tree.hasDependencies) return [];
    const graph = this.tree.dependencies();
    const found = new Set<string>();
    const look = (id: string): void => {
      for (const { key } of graph.dependents(id)) {
        if (found.has(key)) continue;
        found.add(key);
        look(key);
      }
    };
    ids.forEach(look);
    return among.filter((id) => found.has(id) && this.tree.processes.get(id) !== undefined && isAlive((this.tree.processes.get(id) as ProcessNode).state));
  }

  /** Stops these in order of priority. Resolves when each is down or will not go. */
  stop(ids: readonly string[]): Promise<ReadonlyMap<string, Outcome>> {
    const walk = stopWalk(this.tree, ids);
    const results = new Map<string, Outcome>();
    return new Promise((resolve) => {
      const tellAll = (next: readonly string[]): void => {
        for (const id of next) {
          void this.down(id).then((outcome) => {
            results.set(id, outcome);
            tellAll(walk.down(id));
            if (results.size === ids.length) resolve(results);
          });
        }
      };
      if (ids.length === 0) resolve(results);
      else tellAll(walk.begin());
    });
  }

  private async down(id: string): Promise<Outcome> {
    const node = this.node(id);
    if (this.isOver) return INTERRUPTED;
    if (!node) return { ok: true };
    const { state } = node;
    const alive = isAlive(state) || state.phase === 'BACKOFF';
    const gone = alive ? this.hears(id, 'down', 0) : null;
    this.world.operations.overtaken(id);
    this.world.tell({ type: 'operate', action: 'stop', id, why: this.why });
    if (gone) return gone;
    await this.idle();
    const lost = node.state.phase === 'UNKNOWN' && node.state.pid !== null;
    return lost ? { ok: false, code: 'FAILED', message: 'reeve lost track of it, and it may still be alive' } : { ok: true };
  }

  /** Forgets a process that is down. `keepIntent`: it comes back under this name. */
  dropProcess(id: string, keepIntent = false): Outcome {
    if (this.isOver) return INTERRUPTED;
    const facts = this.tree.removeProcess(id);
    if (facts === false) return { ok: false, code: 'INTERRUPTED', message: 'somebody started it meanwhile; it stays' };
    this.dropped(facts, keepIntent);
    return { ok: true, message: 'removed' };
  }

  /** Forgets a group whose processes are down, with all that is in it. */
  async endGroup(name: string, keepIntent = false): Promise<Outcome> {
    // Told as a whole: it may wait for a delay of its own, and with members that are down nothing else would end that.
    if (!this.isOver) this.world.tell({ type: 'operate_group', action: 'stop', name, why: this.why });
    await this.idle();
    return this.dropGroup(name, keepIntent);
  }

  /** The same, where nobody of it is about to start anyway. */
  dropGroup(name: string, keepIntent = false): Outcome {
    if (this.isOver) return INTERRUPTED;
    const facts = this.tree.removeGroup(name);
    if (facts === false) return { ok: false, code: 'STILL_RUNNING', message: `somebody of group ${name} is still there; it stays` };
    this.dropped(facts, keepIntent);
    return { ok: true, message: 'removed' };
  }

  private dropped(facts: readonly FactBody[], keepIntent: boolean): void {
    const { store, forget, publish, tell } = this.world;
    tell({ type: 'look' });
    for (const fact of facts) {
      if (fact.type === 'process.removed') {
        const intent = store.intents().get(fact.process);
        if (!keepIntent && intent?.stopped === true && !intent.disabled) store.setIntent(fact.process, null);
        forget(fact.process);
      }
      publish(fact);
    }
  }

  /** Adds a group with all that is in it. The caller starts it. `sticks`: also what was stopped by hand stays down, not only what is disabled. */
  addGroup(spec: GroupSpec, parent: string, sticks: boolean): Outcome {
    if (this.isOver) return INTERRUPTED;
    const facts = this.tree.addGroup(spec, parent, (id) => this.isHeld(id, sticks));
    if (facts.length === 0) return { ok: false, code: 'ALREADY_ADDED', message: `group ${spec.name} is there already` };
    this.added(facts);
    return { ok: true, message: 'added' };
  }

  addProcess(spec: ProcessSpec): Outcome {
    if (this.isOver) return INTERRUPTED;
    const facts = this.tree.addProcess(spec.group, spec, this.isHeld(spec.id, true));
    if (facts.length === 0) return { ok: false, code: 'FAILED', message: `its group ${spec.group} is not there` };
    this.added(facts);
    return { ok: true, message: 'added' };
  }

  private isHeld(id: string, sticks: boolean): boolean {
    const intent = this.world.store.intents().get(id);
    return intent?.disabled === true || (sticks && intent?.stopped === true);
  }

  private added(facts: readonly FactBody[]): void {
    this.world.tell({ type: 'look' });
    for (const fact of facts) {
      this.world.publish(fact);
      if (fact.type === 'process.added' && this.world.store.intents().get(fact.process)?.disabled === true) this.world.publish({ type: 'process.disabled', process: fact.process, disabled: true });
    }
  }

  /** Takes a changed spec. `live`: what runs of it takes it too. */
  take(spec: ProcessSpec, live: boolean): Outcome {
    const node = this.node(spec.id);
    if (this.isOver || !node) return INTERRUPTED;
    const problem = live && this.world.hasLife(spec.id) ? this.world.changeLogs(spec) : null;
    if (problem !== null) return { ok: false, code: 'FAILED', message: `cannot take it: ${problem}; it stays as it was` };
    const { nice } = node.spec;
    for (const fact of this.tree.setProcessSpec(spec)) this.world.publish(fact);
    this.world.tell({ type: 'look' });
    const refused = live && nice !== spec.nice && isAlive(node.state) ? this.world.renice(spec.id, spec.nice) : null;
    return { ok: true, message: refused === null ? 'changed while it runs' : `changed; nice holds from its next start: ${refused}` };
  }

  takeGroup(spec: GroupSpec): void {
    if (!this.isOver) for (const fact of this.tree.setGroupSpec(spec)) this.world.publish(fact);
  }

  /** Starts a group; `ids` are awaited. */
  startGroup(name: string, ids: readonly string[]): readonly (readonly [string, Promise<Outcome>])[] {
    const awaited = ids.map((id) => [id, this.hears(id, 'up', 0)] as const);
    this.world.tell({ type: 'operate_group', action: 'start', name, why: this.why });
    return awaited;
  }

  /** Starts or restarts one. Resolves when it is RUNNING, or is not going to be. `healthy`: and, where it has probes, when they have said how it is. */
  async up(id: string, action: 'start' | 'restart', healthy = false): Promise<Outcome> {
    const node = this.node(id);
    if (this.isOver || !node) return INTERRUPTED;
    if (node.state.phase === 'UNKNOWN' && node.state.pid !== null) return { ok: false, code: 'FAILED', message: `reeve lost track of it and pid ${node.state.pid} may still be alive; end that one first` };
    if (action === 'start' && node.state.phase === 'RUNNING') return { ok: true };
    const heard = this.hears(id, action === 'restart' && isAlive(node.state) ? 'again' : 'up', node.state.incarnation, healthy);
    this.world.tell({ type: 'operate', action, id, why: this.why });
    return heard;
  }

  private hears(id: string, goal: 'up' | 'down' | 'again', incarnation: number, healthy = false): Promise<Outcome> {
    const heard = new Promise<Outcome>((resolve) => this.world.operations.watch(id, goal, incarnation, resolve, healthy));
    return Promise.race([heard, this.ending]);
  }

  /** All that was told so far is done. */
  async idle(): Promise<void> {
    while (!this.world.isIdle() && !this.isOver) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The processes below a member, in order. */
export function processesIn(member: MemberSpec): readonly ProcessSpec[] {
  return member.kind === 'process' ? [member] : member.members.flatMap(processesIn);
}
