// Traces as plain values: a small shape of a tree, and actions on a fake world. What fast-check makes up, what the recorded
// traces hold and what the group walk explores are the same values.
import assert from 'node:assert/strict';
import type { Condition, GroupSpec, MemberSpec, ProcessSpec, RestartType, Strategy } from '../../config/spec.ts';
import type { FactBody } from '../../daemon/contract/facts.ts';
import { OTP_SEMANTICS } from '../../daemon/core/group-state.ts';
import type { GroupNode } from '../../daemon/core/tree-state.ts';
import { FakeWorld } from './fake-world.ts';
import type { Script } from './fake-script.ts';
import { isInVain, isQuiet, laws } from './laws.ts';
import { EXPONENTIAL, groupSpec, iniProcess, NO_BACKOFF, processSpec } from './specs.ts';

/** Kinds of processes that differ in their rules. */
export const PRESETS = {
  native: {}, undelayed: { backoff: NO_BACKOFF }, retries: { startRetries: 1 }, instant: { startMs: 0 },
  patient: { stop: [{ signal: 'TERM', scope: 'main', waitMs: Infinity }] },
  quick: { stop: [{ signal: 'TERM', scope: 'main', waitMs: 0 }, { signal: 'KILL', scope: 'tree', waitMs: 1000 }] },
  limited: { intensity: { max: 2, windowMs: 10_000 } }, notifies: { ready: { kind: 'notify' }, startTimeoutMs: 5000 }, delayed: { ready: { kind: 'delay', delayMs: 3000 } },
  oneshot: { oneshot: true, startMs: 0, sweep: false }, unswept: { sweep: false }, critical: { onFailure: 'exit', exitCode: 'own' },
} as const satisfies Record<string, Partial<ProcessSpec>>;
export type Preset = keyof typeof PRESETS | 'supervisord';

export interface ProcessShape {
  readonly process: string; readonly preset: Preset; readonly restart: RestartType; readonly autostart: boolean;
  /** Ids of processes before it in the tree. */
  readonly needs?: readonly { readonly id: string; readonly condition: Condition | null; readonly restartWith: boolean }[];
}
export interface GroupShape {
  readonly group: string; readonly strategy: Strategy; readonly max: number | null; readonly restart: RestartType; readonly start: GroupSpec['start'];
  readonly delayed: boolean; readonly members: readonly (GroupShape | ProcessShape)[];
}

/** `at` picks among the processes or groups there are, modulo their number. */
export type Action =
  | { readonly do: 'exit'; readonly at: number; readonly how: number | string }
  | { readonly do: 'operate'; readonly at: number; readonly action: 'start' | 'stop' | 'restart' | 'strategy_restart' }
  | { readonly do: 'operate_group'; readonly at: number; readonly action: 'start' | 'stop' }
  | { readonly do: 'script'; readonly at: number; readonly script: Script }
  | { readonly do: 'answer'; readonly at: number; readonly how: 'ok' | 'missing' | 'busy' }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'hurry'; readonly at: number }
  | { readonly do: 'add'; readonly at: number; readonly preset: Preset }
  | { readonly do: 'remove'; readonly at: number }
  | { readonly do: 'add_group'; readonly at: number; readonly preset: Preset; readonly strategy: Strategy; readonly started: boolean }
  | { readonly do: 'remove_group'; readonly at: number }
  /** A changed file is taken live: other rules for a process … */
  | { readonly do: 'respec'; readonly at: number; readonly preset: Preset }
  /** … and for a group. */
  | { readonly do: 'regroup'; readonly at: number; readonly strategy: Strategy; readonly start: GroupSpec['start'] }
  | { readonly do: 'close' };

export interface TraceInput { readonly tree: GroupShape; readonly semantics: 'process' | 'otp'; readonly actions: readonly Action[] }

function processOf(id: string, preset: Preset, overrides: Partial<ProcessSpec>): ProcessSpec {
  return preset === 'supervisord' ? iniProcess(id, overrides) : processSpec(id, { ...PRESETS[preset], ...overrides } as Partial<ProcessSpec>);
}

export function specOf(shape: GroupShape): GroupSpec {
  const members = shape.members.map((m): MemberSpec => ('process' in m ? processOf(m.process, m.preset, {
    restart: m.restart, autostart: m.autostart, dependsOn: (m.needs ?? []).map(({ id, condition, restartWith }) => ({ kind: 'process', name: id, condition, restartWith })),
  }) : specOf(m)));
  return groupSpec(shape.group, members, {
    strategy: shape.strategy, intensity: { max: shape.max, windowMs: 60_000 }, restart: shape.restart, start: shape.start,
    backoff: shape.delayed ? EXPONENTIAL : NO_BACKOFF,
  });
}

/** A world under all the laws, with the history that some of them need. */
export class TraceWorld {
  readonly world: FakeWorld;
  /** One line per action: what was done, and what came of it. */
  readonly lines: string[] = [];
  private readonly seen = new Map<string, number>();
  /** Stopped by an operator, and not started since. */
  private readonly held = new Set<string>();
  private readonly heldGroups = new Set<string>();
  /** Started by an operator, and nothing happened since that could take that back. */
  private readonly asked = new Set<string>();
  private readonly restarts = new Map<string, number[]>();
  private readonly otp: boolean;
  private added = 0;

  constructor(input: Pick<TraceInput, 'tree' | 'semantics'>) {
    this.otp = input.semantics === 'otp';
    this.world = new FakeWorld(specOf(input.tree), { ...(this.otp ? { semantics: OTP_SEMANTICS } : {}), rootExitCode: 11 });
    const general = laws(this.seen);
    this.world.law = (world, event, effects, facts) => {
      general(world, event, effects, facts);
      if (!this.otp) for (const effect of effects) if (effect.type === 'spawn') this.stopSticks(effect.process);
      for (const fact of facts) {
        this.countsRestarts(fact);
        this.takesBack(fact);
      }
    };
    this.world.boot();
    this.note('boot');
  }

  apply(action: Action): void {
    const w = this.world;
    const ids = [...w.tree.processes.keys()];
    const groups = [...w.tree.groups.values()];
    const id = 'at' in action ? ids[action.at % Math.max(1, ids.length)] : undefined;
    const group = 'at' in action ? groups[action.at % groups.length] as GroupNode : w.tree.root;
    switch (action.do) {
      case 'exit': if (id !== undefined && w.life(id).main) w.exits(id, action.how); break;
      case 'operate': if (id !== undefined) this.operate(action.action, id); break;
      case 'operate_group': this.operateGroup(action.action, group); break;
      case 'script': if (id !== undefined) w.script(id, action.script); break;
      case 'answer': if (id !== undefined && w.life(id).asked) w.answers(id, action.how); break;
      case 'advance': w.advance(action.ms); break;
      case 'hurry': if (id !== undefined) w.tell({ type: 'hurry', id, steps: [{ signal: 'KILL', scope: 'tree', waitMs: 2000 }] }); break;
      case 'add': this.add(group, action.preset); break;
      case 'remove': if (id !== undefined && w.remove(id)) this.asked.delete(id); break;
      case 'add_group': this.addGroup(group, action); break;
      case 'remove_group': w.removeGroup(group.name); break;
      case 'respec': if (id !== undefined) this.respec(id, action.preset); break;
      case 'regroup': w.respec({ ...w.tree.shape(group), strategy: action.strategy, start: action.start }); break;
      case 'close': w.close(); break;
      default: action satisfies never;
    }
    this.note(JSON.stringify(action));
  }

  /** Everybody behaves from now on, and time passes: the end of it. */
  calm(): void {
    const w = this.world;
    for (const id of w.tree.processes.keys()) w.script(id, {});
    for (let round = 0; round < 4; round += 1) {
      for (const id of [...w.tree.processes.keys()]) {
        const life = w.life(id);
        if (life.asked) w.answers(id);
        // It had ignored its signal; now it obeys.
        else if (life.main && w.state(id) === 'STOPPING') w.exits(id, 'TERM');
        else if (life.left && w.state(id) === 'STOPPING') w.leftoversEnd(id);
        else if (life.main && w.process(id).spec.ready?.kind === 'notify') w.readies(id);
        else if (life.main && w.process(id).spec.oneshot && w.state(id) === 'RUNNING' && w.process(id).spec.restart !== 'permanent') w.exits(id, 0);
      }
      w.advance('5m');
    }
    this.note('calm');
    if (w.tree.isClosing) return this.closes();
    isQuiet(w);
    if (!this.otp) for (const id of this.held) if (w.tree.processes.has(id)) assert.ok(!w.life(id).main || w.state(id) === 'UNKNOWN', `${id} was stopped by an operator and is alive`);
    if (!this.otp) for (const id of this.asked) if (w.tree.processes.has(id)) assert.ok(w.life(id).main || this.waitsInVain(id), `${id} was started by an operator, and is ${w.state(id)}`);
  }

  /** It waits for somebody who does not come, or one before it in a group in order does. */
  private waitsInVain(id: string): boolean {
    const node = this.world.process(id);
    if (isInVain(this.world, node)) return true;
    for (let g: GroupNode | null = node.parent; g; g = g.parent) if (isInVain(this.world, g)) return true;
    return false;
  }

  /** An end by itself, a group that gives up or is stopped: what an operator had started may be down again. */
  private takesBack(fact: FactBody): void {
    if (fact.type === 'process.fatal' || fact.type === 'process.unknown' || fact.type === 'process.ended' || fact.type === 'process.removed') this.asked.delete(fact.process);
    if (fact.type === 'process.exited' && this.world.process(fact.process).spec.restart !== 'permanent') this.asked.delete(fact.process);
    if (fact.type === 'group.gave_up') this.under(fact.group).forEach((id) => this.asked.delete(id));
  }

  private under(group: string): string[] {
    const node = this.world.tree.groups.get(`group ${group}`) as GroupNode;
    return node.members.flatMap((m) => (m.kind === 'process' ? [m.key] : this.under(m.name)));
  }

  /** The daemon ends every process: nobody is left, nobody comes back. */
  private closes(): void {
    const w = this.world;
    for (const id of [...w.tree.processes.keys()]) w.tell({ type: 'close_process', id, why: 'the daemon ends' });
    for (let round = 0; round < 2; round += 1) {
      for (const id of w.tree.processes.keys()) if (w.life(id).main) w.exits(id, 'TERM');
      for (const id of w.tree.processes.keys()) if (w.life(id).left) w.leftoversEnd(id);
      w.advance('5m');
    }
    for (const id of w.tree.processes.keys()) {
      assert.ok(!w.life(id).main && !w.life(id).asked, `${id} outlives the daemon`);
      assert.ok(['STOPPED', 'EXITED', 'FATAL', 'UNKNOWN'].includes(w.state(id)), `${id} is ${w.state(id)} when the daemon ends`);
    }
    assert.equal(w.next(), null, 'a timer outlives the daemon');
  }

  private operate(action: 'start' | 'stop' | 'restart' | 'strategy_restart', id: string): void {
    const w = this.world;
    if (w.tree.isClosing) return;
    if (action === 'stop') this.held.add(id);
    else this.wants(id);
    if (action === 'stop') this.asked.delete(id);
    else if (w.process(id).spec.restart !== 'temporary' && w.state(id) !== 'UNKNOWN' && !this.isGoingDown(id)) this.asked.add(id);
    w.operate(action, id);
  }

  /** A group on its way down starts nobody: what is started now comes with its next start. A temporary one may not come back at all. */
  private isGoingDown(id: string): boolean {
    for (let g: GroupNode | null = this.world.process(id).parent; g; g = g.parent) if (g.state.phase === 'STOPPING' || g.state.phase === 'GIVING_UP' || g.spec.restart === 'temporary') return true;
    return false;
  }

  private wants(id: string): void {
    const node = this.world.process(id);
    // A start of one member starts its siblings only with their group; who asks for a strategy asks for them too.
    this.held.delete(id);
    for (let g: GroupNode | null = node.parent; g; g = g.parent) this.heldGroups.delete(g.name);
  }

  private operateGroup(action: 'start' | 'stop', group: GroupNode): void {
    const w = this.world;
    if (!group.parent || w.tree.isClosing) return;
    if (action === 'stop') {
      this.heldGroups.add(group.name);
      this.under(group.name).forEach((id) => this.asked.delete(id));
    } else for (let g: GroupNode | null = group; g; g = g.parent) this.heldGroups.delete(g.name);
    w.operateGroup(action, group.name);
  }

  private add(group: GroupNode, preset: Preset): void {
    this.added += 1;
    this.world.add(group.name, processOf(`${group.name}:added${this.added}`, preset, {}));
  }

  private addGroup(parent: GroupNode, action: Action & { do: 'add_group' }): void {
    this.added += 1;
    const name = `late${this.added}`;
    const members = ['a', 'b'].map((member) => processOf(`${name}:${member}`, action.preset, {}));
    this.world.addGroup(parent.name, groupSpec(name, members, { strategy: action.strategy }));
    if (action.started) this.operateGroup('start', this.world.tree.groups.get(`group ${name}`) as GroupNode);
  }

  /** Its restart type stays, because the laws about what an operator asked for look at it; whether leftovers are swept is a matter of birth. */
  private respec(id: string, preset: Preset): void {
    const { spec } = this.world.process(id);
    const { restart, autostart, sweep } = spec;
    this.world.respec(processOf(id, preset, { restart, autostart, sweep, group: spec.group }));
  }

  private stopSticks(id: string): void {
    assert.ok(!this.held.has(id), `${id} was stopped by an operator and is started all the same`);
    // A group on its way down ends one member after the other; those whose turn has not come are looked after until then.
    for (let g: GroupNode | null = this.world.process(id).parent; g; g = g.parent) assert.ok(!this.heldGroups.has(g.name) || g.state.phase === 'STOPPING', `group ${g.name} was stopped by an operator and ${id} is started all the same`);
  }

  /** Never more restarts within the window than the group allows. */
  private countsRestarts(fact: FactBody): void {
    if (fact.type === 'group.state' && ['DOWN', 'FATAL', 'BACKOFF'].includes(fact.from)) this.restarts.delete(fact.group);
    if (fact.type !== 'group.strategy_applied' || fact.max === null) return;
    const { now } = this.world;
    const times = [...(this.restarts.get(fact.group) ?? []), now].filter((t) => now - t <= 60_000);
    this.restarts.set(fact.group, times);
    assert.ok(times.length <= fact.max, `group ${fact.group} restarts ${times.length} times within its window, and may ${fact.max} times`);
    assert.equal(fact.restarts, times.length, `group ${fact.group} counts wrong`);
  }

  private note(what: string): void {
    const w = this.world;
    const said = w.facts.map((f) => f.type.replace('process.', '') + ('process' in f && typeof f.process === 'string' ? ` ${f.process}` : '') + ('group' in f ? ` ${f.group}` : '') + ('to' in f ? ` ${f.to}` : ''));
    const done = w.effects.map((e) => `${e.type}${e.process === null ? '' : ` ${e.process}`}${e.type === 'signal' ? ` ${e.signal} ${e.scope}` : ''}${'incarnation' in e ? ` #${e.incarnation}` : ''}`);
    this.lines.push(`${what} => ${said.join(', ')} | ${done.join(', ')}`);
    w.forget();
  }
}

/** Runs a whole trace; throws when a law breaks. */
export function runTrace(input: TraceInput): TraceWorld {
  const t = new TraceWorld(input);
  try {
    for (const action of input.actions) t.apply(action);
    t.calm();
  } catch (error) {
    if (error instanceof Error) error.message += `\nafter\n${t.lines.join('\n')}`;
    throw error;
  }
  return t;
}
