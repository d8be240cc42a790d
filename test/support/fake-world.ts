// The one test double: a tree with a hand-moved clock and scripted children. A test reads
//   w.exits('web:api', 1); w.advance('2s'); assert.deepEqual(w.trace(), ['stop web', 'start api', 'start web']);
// The world behaves: it answers only what was asked, children end when they are signalled (unless scripted otherwise), and
// deadlines fire in order through `tree.deadline(key)` of the keys a step touched.
import assert from 'node:assert/strict';
import type { GroupSpec, ProcessSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../../daemon/contract/facts.ts';
import { applyEvent, emptySnapshot } from '../../daemon/contract/snapshot.ts';
import type { Snapshot } from '../../daemon/contract/snapshot.ts';
import type { Mode } from '../../daemon/core/group-state.ts';
import type { ProcessEvent } from '../../daemon/core/process-state.ts';
import { Tree } from '../../daemon/core/tree.ts';
import type { GroupNode, ProcessNode, TreeEffect, TreeEvent, TreeOptions } from '../../daemon/core/tree-state.ts';
import { ms } from './fake-script.ts';
import type { Script } from './fake-script.ts';

/** What is really there of one process. Replaced, never changed. */
export interface Life {
  readonly incarnation: number;
  readonly pid: number;
  /** A spawn that is asked for and not answered. */
  readonly asked: boolean;
  readonly main: boolean;
  readonly left: boolean;
  readonly watched: boolean;
  /** Monotonic ms at which its main process ends by itself; Infinity: never. */
  readonly endsAt: number;
}

const NOBODY: Life = { incarnation: 0, pid: 0, asked: false, main: false, left: false, watched: false, endsAt: Infinity };
/** More steps than this without the clock moving is a loop. */
const MAX_STEPS = 20_000;

/** A moment of the whole world, to come back to. */
export interface Saved {
  readonly now: number;
  readonly lives: ReadonlyMap<string, Life>;
  readonly processes: ReadonlyMap<string, Pick<ProcessNode, 'state' | 'lastCode'>>;
  readonly groups: ReadonlyMap<string, { readonly state: GroupNode['state']; readonly modes: ReadonlyMap<string, Mode> }>;
  readonly due: ReadonlyMap<string, number>;
  readonly closing: boolean;
  readonly rows: Snapshot;
  readonly scripts: ReadonlyMap<string, Script>;
}

export class FakeWorld {
  readonly tree: Tree;
  now = 1_000_000;
  /** What a step leaves to chance. */
  chance = 0;
  facts: FactBody[] = [];
  effects: TreeEffect[] = [];
  lives = new Map<string, Life>();
  scripts = new Map<string, Script>();
  snapshot: Snapshot = emptySnapshot();
  /** Called after every single step of the tree. */
  law: ((world: FakeWorld, event: TreeEvent, effects: readonly TreeEffect[], facts: readonly FactBody[]) => void) | null = null;
  private due = new Map<string, number>();
  private readonly queue: TreeEvent[] = [];
  private said: string[] = [];
  private pid = 100;
  private busy = false;

  constructor(spec: GroupSpec, options: TreeOptions = {}) {
    this.tree = new Tree(spec, options);
    for (const fact of this.tree.population()) this.publish(fact);
  }

  /** Sets how a child behaves from now on. A life that has begun keeps its end. */
  script(id: string, script: Script): this {
    this.scripts.set(id, script);
    return this;
  }

  boot(): this {
    return this.tell({ type: 'boot', why: 'boot' });
  }

  /** One event, and all that follows from it at this instant. */
  tell(event: TreeEvent): this {
    this.queue.push(event);
    if (this.busy) return this;
    this.busy = true;
    try {
      let steps = 0;
      for (let next = this.queue.shift(); next; next = this.queue.shift()) {
        assert.ok((steps += 1) < MAX_STEPS, `the tree never comes to rest: ${JSON.stringify(next)}`);
        this.one(next);
      }
    } finally {
      this.busy = false;
      this.queue.length = 0;
    }
    return this;
  }

  /** What an operator asks for. */
  operate(action: 'start' | 'stop' | 'restart' | 'strategy_restart', id: string): this {
    return this.tell({ type: 'operate', action, id, why: `${action} by an operator` });
  }

  operateGroup(action: 'start' | 'stop', name: string): this {
    return this.tell({ type: 'operate_group', action, name, why: `${action} by an operator` });
  }

  close(): this {
    return this.tell({ type: 'close' });
  }

  add(group: string, spec: ProcessSpec): this {
    for (const fact of this.tree.addProcess(group, spec)) this.publish(fact);
    return this.tell({ type: 'look' });
  }

  /** False when it is not down. */
  remove(id: string): boolean {
    const facts = this.tree.removeProcess(id);
    if (facts === false) return false;
    for (const fact of facts) this.publish(fact);
    this.lives.delete(id);
    this.due.delete(id);
    this.tell({ type: 'look' });
    return true;
  }

  addGroup(parent: string, spec: GroupSpec): this {
    for (const fact of this.tree.addGroup(spec, parent)) this.publish(fact);
    return this.tell({ type: 'look' });
  }

  /** False when somebody of it is not down, or about to start. */
  removeGroup(name: string): boolean {
    const facts = this.tree.removeGroup(name);
    if (facts === false) return false;
    for (const fact of facts) {
      this.publish(fact);
      const key = fact.type === 'process.removed' ? fact.process : fact.type === 'group.removed' ? `group ${fact.group}` : '';
      this.lives.delete(key);
      this.due.delete(key);
    }
    this.tell({ type: 'look' });
    return true;
  }

  /** Takes another spec live. */
  respec(spec: ProcessSpec | GroupSpec): this {
    for (const fact of spec.kind === 'process' ? this.tree.setProcessSpec(spec) : this.tree.setGroupSpec(spec)) this.publish(fact);
    return this.tell({ type: 'look' });
  }

  /** The main process of `id` ends by itself. */
  exits(id: string, how: number | string): this {
    const life = this.life(id);
    assert.ok(life.main, `${id} has no life that could end`);
    return this.ends(id, life, how);
  }

  /** It says that it is ready. */
  readies(id: string): this {
    return this.tell(told(id, { type: 'ready', incarnation: this.life(id).incarnation }));
  }

  /** It takes that back. */
  unreadies(id: string): this {
    return this.tell(told(id, { type: 'unready', incarnation: this.life(id).incarnation, why: 'reloading' }));
  }

  /** What `id` left behind ends by itself. */
  leftoversEnd(id: string): this {
    const life = this.life(id);
    this.lives.set(id, { ...life, left: false });
    return life.watched ? this.tell(told(id, { type: 'gone', incarnation: life.incarnation })) : this;
  }

  /** The answer to a spawn that the script left open. */
  answers(id: string, how: 'ok' | 'missing' | 'busy' = 'ok'): this {
    const life = this.life(id);
    assert.ok(life.asked, `nobody asked for a spawn of ${id}`);
    this.tell(this.answer(id, life, how));
    return this.saysReady(id, how) ? this.readies(id) : this;
  }

  /** Moves the clock, firing deadlines and ends of lives in order. */
  advance(duration: string | number): this {
    const target = this.now + ms(duration);
    for (let steps = 0; ; steps += 1) {
      assert.ok(steps < MAX_STEPS, 'deadlines fire without end');
      const next = this.earliest();
      if (next === null || next.at > target) break;
      this.now = Math.max(this.now, next.at);
      if (next.kind === 'due') this.tell({ type: 'due', key: next.key });
      else this.ends(next.key, this.life(next.key), this.scripts.get(next.key)?.dies?.code ?? 0);
    }
    this.now = target;
    return this;
  }

  /** When something happens next by itself (monotonic ms), or null. */
  next(): number | null {
    return this.earliest()?.at ?? null;
  }

  /** What the world was asked to do since the last look: `start NAME`, `stop NAME`, `kill NAME`. */
  trace(): string[] {
    const said = this.said;
    this.said = [];
    return said;
  }

  /** Facts of one type since the last `forget`. */
  saw<T extends FactBody['type']>(type: T): Extract<FactBody, { type: T }>[] {
    return this.facts.filter((f): f is Extract<FactBody, { type: T }> => f.type === type);
  }

  forget(): this {
    this.facts = [];
    this.effects = [];
    this.said = [];
    return this;
  }

  /** Phase of a process, or of a group by its name. */
  state(name: string): string {
    const node = this.tree.processes.get(name) ?? this.tree.groups.get(`group ${name}`);
    assert.ok(node, `nobody is called ${name}`);
    return node.state.phase;
  }

  states(): Record<string, string> {
    return Object.fromEntries([...this.tree.processes.values()].map((p) => [p.spec.name, p.state.phase]));
  }

  process(id: string): ProcessNode {
    const node = this.tree.processes.get(id);
    assert.ok(node, `nobody is called ${id}`);
    return node;
  }

  life(id: string): Life {
    return this.lives.get(id) ?? NOBODY;
  }

  /** The deadlines that the world keeps, for the law that none changes untouched. */
  deadlines(): ReadonlyMap<string, number> {
    return this.due;
  }

  save(): Saved {
    return {
      now: this.now, lives: new Map(this.lives), due: new Map(this.due), closing: this.tree.isClosing, scripts: new Map(this.scripts),
      processes: new Map([...this.tree.processes].map(([k, p]) => [k, { state: p.state, lastCode: p.lastCode }])),
      groups: new Map([...this.tree.groups].map(([k, g]) => [k, { state: g.state, modes: new Map(g.modes) }])),
      rows: { ...this.snapshot, processes: new Map(this.snapshot.processes), groups: new Map(this.snapshot.groups) },
    };
  }

  /** Back to a saved moment of a world with the same population. */
  restore(saved: Saved): this {
    this.now = saved.now;
    this.lives = new Map(saved.lives);
    this.due = new Map(saved.due);
    this.scripts = new Map(saved.scripts);
    for (const [key, p] of saved.processes) Object.assign(this.process(key), p);
    for (const [key, g] of saved.groups) {
      const node = this.tree.groups.get(key) as GroupNode;
      node.state = g.state;
      node.modes.clear();
      for (const [name, mode] of g.modes) node.modes.set(name, mode);
    }
    (this.tree as unknown as { closing: boolean }).closing = saved.closing;
    this.snapshot = { ...saved.rows, processes: new Map(saved.rows.processes), groups: new Map(saved.rows.groups) };
    return this.forget();
  }

  private one(event: TreeEvent): void {
    const step = this.tree.step(event, { now: this.now, chance: this.chance });
    for (const fact of step.facts) this.publish(fact);
    this.effects.push(...step.effects);
    for (const key of step.touched) {
      const due = this.tree.deadline(key);
      if (due === null) this.due.delete(key);
      else this.due.set(key, due);
    }
    // The law looks before the world answers: effects are checked against what is really there.
    this.law?.(this, event, step.effects, step.facts);
    for (const effect of step.effects) this.does(effect);
  }

  private publish(body: FactBody): void {
    this.facts.push(body);
    applyEvent(this.snapshot, { ...body, seq: this.snapshot.seq + 1, at: this.now } as Fact);
    if (body.type === 'process.stopping') this.said.push(`stop ${short(body.process)}`);
    if (body.type === 'process.escalated') this.said.push(`${body.signal === 'KILL' ? 'kill' : 'stop'} ${short(body.process)}`);
  }

  private does(effect: TreeEffect): void {
    switch (effect.type) {
      case 'spawn': return this.spawn(effect.process, effect.incarnation);
      case 'signal': return this.signal(effect.process, effect);
      case 'watch': return this.watch(effect.process, effect.incarnation);
      default:
    }
  }

  private spawn(id: string, incarnation: number): void {
    this.said.push(`start ${short(id)}`);
    this.pid += 1;
    const life: Life = { ...NOBODY, incarnation, pid: this.pid, asked: true };
    this.lives.set(id, life);
    const how = this.scripts.get(id)?.spawn ?? 'ok';
    if (how === 'silent') return;
    this.queue.push(this.answer(id, life, how));
    if (this.saysReady(id, how)) this.queue.push(told(id, { type: 'ready', incarnation }));
  }

  private saysReady(id: string, how: 'ok' | 'missing' | 'busy'): boolean {
    const { ready } = this.process(id).spec;
    return how === 'ok' && ready !== null && ready.kind !== 'delay' && this.scripts.get(id)?.ready !== 'never';
  }

  private answer(id: string, life: Life, how: 'ok' | 'missing' | 'busy'): TreeEvent {
    const dies = this.scripts.get(id)?.dies;
    this.lives.set(id, { ...life, asked: false, main: how === 'ok', endsAt: how === 'ok' && dies ? this.now + dies.afterMs : Infinity });
    if (how === 'ok') return told(id, { type: 'spawned', incarnation: life.incarnation, pid: life.pid, supervisionId: `life ${life.incarnation}` });
    const missing = how === 'missing';
    return told(id, {
      type: 'spawn_failed', incarnation: life.incarnation, kind: missing ? 'no_command' : 'process_table_full',
      message: missing ? "can't find command 'x'" : 'the process table is full (EAGAIN)', hopeless: missing,
    });
  }

  private signal(id: string, effect: TreeEffect & { type: 'signal' }): void {
    const life = this.life(id);
    const script = this.scripts.get(id) ?? {};
    if (life.incarnation !== effect.incarnation) return;
    if (script.unsignallable) {
      // Leftovers that cannot be signalled are given up: UNKNOWN, and a person, stand for them.
      if (!life.main) this.lives.set(id, { ...life, left: false });
      this.queue.push(told(id, { type: 'signal_failed', incarnation: life.incarnation, why: 'operation not permitted (EPERM)' }));
      return;
    }
    if (life.main) {
      if (ends(script.obeys, effect.signal)) this.ends(id, life, effect.signal, effect.scope !== 'main' && ends(script.leftObeys, effect.signal));
      return;
    }
    if (life.left && effect.scope !== 'main' && ends(script.leftObeys, effect.signal)) {
      this.lives.set(id, { ...life, left: false });
      if (life.watched) this.queue.push(told(id, { type: 'gone', incarnation: life.incarnation }));
    }
  }

  private watch(id: string, incarnation: number): void {
    const life = this.life(id);
    if (life.incarnation !== incarnation) return;
    this.lives.set(id, { ...life, watched: true });
    if (!life.main && !life.left) this.queue.push(told(id, { type: 'gone', incarnation }));
  }

  private ends(id: string, life: Life, how: number | string, everybody = false): this {
    const left = this.scripts.get(id)?.leaves === true && !everybody;
    this.lives.set(id, { ...life, main: false, left, endsAt: Infinity });
    return this.tell(told(id, {
      type: 'exited', incarnation: life.incarnation, code: typeof how === 'number' ? how : null, signal: typeof how === 'string' ? how : null,
      coreDumped: false, left: left ? [life.pid + 10_000] : [],
    }));
  }

  private earliest(): { at: number; key: string; kind: 'due' | 'end' } | null {
    let best: { at: number; key: string; kind: 'due' | 'end' } | null = null;
    for (const [key, at] of this.due) if (best === null || at < best.at) best = { at, key, kind: 'due' };
    for (const [key, life] of this.lives) if (life.endsAt < (best?.at ?? Infinity)) best = { at: life.endsAt, key, kind: 'end' };
    return best;
  }
}

function told(id: string, event: ProcessEvent): TreeEvent {
  return { type: 'process', id, event };
}

function ends(obeys: Script['obeys'], signal: string): boolean {
  return obeys === 'none' ? false : signal === 'KILL' || obeys !== 'kill';
}

function short(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}
