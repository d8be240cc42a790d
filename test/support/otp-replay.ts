// Replays a recorded scenario of Erlang/OTP's supervisor through the tree that the daemon runs, and says where it differs.
// The world is obedient: a spawn succeeds and a signal ends its process, at once.
import type { GroupSpec, MemberSpec, RestartType, Strategy } from '../../config/spec.ts';
import { OTP_SEMANTICS } from '../../daemon/core/group-state.ts';
import { isAlive } from '../../daemon/core/process-state.ts';
import { Tree } from '../../daemon/core/tree.ts';
import type { GroupNode, TreeEvent, TreeStep } from '../../daemon/core/tree-state.ts';
import { groupSpec, NO_BACKOFF, processSpec } from './specs.ts';

interface OtpNode { name: string; type: 'supervisor' | 'worker'; restart?: RestartType; strategy?: Strategy; intensity?: number; period?: number; members?: OtpNode[] }
type OtpEvent =
  | { type: 'exit'; child: string; reason: string; code: number; expected: boolean }
  | { type: 'stop_child' | 'restart_child'; sup: string; child: string }
  | { type: 'stop'; sup: string };
interface Ended { name: string; by: string; reason: string }
interface OtpTrace {
  event: number; result: string; terminated: Ended[]; started: string[]; alive: Record<string, string[]>; idle: Record<string, string[]>;
  gone: string[]; escalated: { sup: string; parent: string | null; parent_did: string }[];
}
export interface Scenario { id: string; tags: string[]; tree: OtpNode; initial: { started: string[]; alive: Record<string, string[]>; idle: Record<string, string[]> }; events: OtpEvent[]; trace: OtpTrace[] }

function specOf(node: OtpNode): MemberSpec {
  if (node.type === 'worker') {
    return processSpec(node.name, {
      restart: node.restart ?? 'permanent', startMs: 0, sweep: false, backoff: NO_BACKOFF,
      stop: [{ signal: 'TERM', scope: 'main', waitMs: 5000 }, { signal: 'KILL', scope: 'main', waitMs: 5000 }],
    });
  }
  return groupSpec(node.name, (node.members ?? []).map(specOf), {
    strategy: node.strategy ?? 'one_for_one', intensity: { max: node.intensity ?? 1, windowMs: (node.period ?? 5) * 1000 },
    restart: node.restart ?? 'permanent', start: 'in_order',
  });
}

/** One scenario under way. */
class Replay {
  readonly tree: Tree;
  now = 1_000_000;
  terminated: Ended[] = [];
  started: string[] = [];
  escalated: OtpTrace['escalated'] = [];
  private pid = 100;
  private readonly restart: ReadonlyMap<string, string>;

  constructor(scenario: Scenario) {
    this.tree = new Tree(specOf(scenario.tree) as GroupSpec, { semantics: OTP_SEMANTICS });
    const restart = new Map<string, string>();
    const walk = (n: OtpNode): void => { restart.set(n.name, n.restart ?? 'permanent'); n.members?.forEach(walk); };
    walk(scenario.tree);
    this.restart = restart;
  }

  tell(event: TreeEvent): void {
    const queue: TreeEvent[] = [event];
    for (let next = queue.shift(); next; next = queue.shift()) {
      this.now += 1;
      this.take(this.tree.step(next, { now: this.now, chance: 0 }), queue);
    }
  }

  private take(step: TreeStep, queue: TreeEvent[]): void {
    for (const fact of step.facts) {
      // A group that starts stands before its members: its spawn effects follow the fact of the same step or a later one.
      if (fact.type === 'group.state' && fact.to === 'STARTING' && (fact.from === 'DOWN' || fact.from === 'FATAL' || fact.from === 'BACKOFF')) this.started.push(fact.group);
      if (fact.type === 'process.starting') this.started.push(fact.process);
      if (fact.type === 'process.stopped') this.terminated.push({ name: fact.process, by: 'supervisor', reason: 'shutdown' });
      if (fact.type === 'group.state' && fact.to === 'DOWN') this.terminated.push({ name: fact.group, by: 'supervisor', reason: 'shutdown' });
      if (fact.type === 'group.state' && fact.to === 'FATAL') this.terminated.push({ name: fact.group, by: 'self', reason: 'shutdown' });
      if (fact.type === 'group.escalated') this.escalated.push({ sup: fact.group, parent: fact.parent, parent_did: fact.parentDid });
    }
    for (const effect of step.effects) {
      if (effect.type === 'spawn') {
        this.pid += 1;
        queue.push({ type: 'process', id: effect.process, event: { type: 'spawned', incarnation: effect.incarnation, pid: this.pid, supervisionId: '' } });
      } else if (effect.type === 'signal') {
        queue.push({ type: 'process', id: effect.process, event: { type: 'exited', incarnation: effect.incarnation, code: null, signal: effect.signal, coreDumped: false, left: [] } });
      }
    }
  }

  /** Applies a recorded event; the answer is OTP's `result`. */
  apply(event: OtpEvent): string {
    switch (event.type) {
      case 'exit': {
        const node = this.tree.processes.get(event.child);
        if (!node) return 'not_found';
        this.terminated.push({ name: event.child, by: 'self', reason: event.reason });
        this.tell({ type: 'process', id: event.child, event: { type: 'exited', incarnation: node.state.incarnation, code: event.code, signal: null, coreDumped: false, left: [] } });
        return 'ok';
      }
      case 'stop':
        if (event.sup === this.tree.root.name) this.stopRoot();
        else this.operate('stop', this.parentOf(event.sup), event.sup);
        return 'ok';
      case 'stop_child': return this.operate('stop', event.sup, event.child);
      case 'restart_child': return this.operate('start', event.sup, event.child);
      default: return event satisfies never;
    }
  }

  private parentOf(group: string): string {
    return this.tree.groups.get(`group ${group}`)?.parent?.name ?? '';
  }

  private stopRoot(): void {
    // The tree has no parent to ask, so its members are stopped in reverse order, as a parent would.
    for (const member of this.tree.root.members.toReversed()) {
      const up = this.tree.root.modes.get(member.key) === 'up';
      if (!up) continue;
      if (member.kind === 'process') this.tell({ type: 'operate', action: 'stop', id: member.key, why: 'stop' });
      else this.tell({ type: 'operate_group', action: 'stop', name: member.name, why: 'stop' });
    }
    this.terminated.push({ name: this.tree.root.name, by: 'supervisor', reason: 'shutdown' });
    this.tree.root.state = { ...this.tree.root.state, phase: 'DOWN' } as GroupNode['state'];
  }

  private operate(action: 'start' | 'stop', sup: string, child: string): string {
    const group = this.tree.groups.get(`group ${sup}`);
    const member = group?.members.find((m) => m.key === child || m.key === `group ${child}`);
    if (!group || !member) return 'not_found';
    const mode = group.modes.get(member.key);
    if (mode === 'lost') return 'not_found';
    if (action === 'start' && mode === 'up') return 'running';
    if (action === 'stop' && mode !== 'up') return 'ok';
    if (member.kind === 'process') this.tell({ type: 'operate', action, id: member.key, why: action });
    else this.tell({ type: 'operate_group', action, name: member.name, why: action });
    // OTP forgets a temporary child that is terminated by hand.
    if (action === 'stop' && this.restart.get(child) === 'temporary') group.modes.set(member.key, 'lost');
    return 'ok';
  }

  look(): { alive: Record<string, string[]>; idle: Record<string, string[]> } {
    const alive: Record<string, string[]> = {};
    const idle: Record<string, string[]> = {};
    const visit = (g: GroupNode): void => {
      if (!isUp(g)) return;
      const name = (key: string): string => key.replace(/^group /, '');
      alive[g.name] = g.members.filter((m) => (m.kind === 'group' ? isUp(m) : isAlive(m.state))).map((m) => name(m.key));
      const still = g.members.filter((m) => (m.kind === 'group' ? !isUp(m) : !isAlive(m.state)) && g.modes.get(m.key) !== 'lost').map((m) => name(m.key));
      if (still.length > 0) idle[g.name] = still;
      for (const m of g.members) if (m.kind === 'group') visit(m);
    };
    visit(this.tree.root);
    return { alive, idle };
  }

  clear(): void {
    this.terminated = [];
    this.started = [];
    this.escalated = [];
  }
}

function isUp(g: GroupNode): boolean {
  return g.state.phase !== 'DOWN' && g.state.phase !== 'FATAL';
}

function differs(what: string, ours: unknown, theirs: unknown): string | null {
  const a = JSON.stringify(ours);
  const b = JSON.stringify(theirs);
  return a === b ? null : `${what}: ours ${a}, OTP ${b}`;
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Null when every line of the trace is reproduced; otherwise the first difference in words. */
export function replayScenario(scenario: Scenario): string | null {
  const replay = new Replay(scenario);
  replay.tell({ type: 'boot', why: 'start' });
  const first = replay.look();
  const initial = differs('initial started', replay.started, scenario.initial.started)
    ?? differs('initial alive', sorted(first.alive), sorted(scenario.initial.alive)) ?? differs('initial idle', sorted(first.idle), sorted(scenario.initial.idle ?? {}));
  if (initial) return `${scenario.id}: ${initial}`;
  for (const expected of scenario.trace) {
    const event = scenario.events[expected.event] as OtpEvent;
    const before = Object.keys(replay.look().alive);
    replay.clear();
    const answer = replay.apply(event);
    const after = replay.look();
    const gone = before.filter((name) => !(name in after.alive));
    const problem = differs('result', answer, expected.result)
      ?? differs('terminated', replay.terminated, expected.terminated)
      ?? differs('started', replay.started, expected.started)
      ?? differs('alive', sorted(after.alive), sorted(expected.alive))
      ?? differs('idle', sorted(after.idle), sorted(expected.idle ?? {}))
      ?? differs('gone', gone.toSorted(), expected.gone.toSorted())
      ?? differs('escalated', replay.escalated, expected.escalated);
    if (problem) return `${scenario.id} event ${expected.event} ${JSON.stringify(event)}: ${problem}`;
  }
  return null;
}
