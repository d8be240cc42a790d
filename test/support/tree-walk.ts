// Every reachable state of a small tree of real process machines in a world that behaves: after every single step the laws of
// laws.ts hold; from every state, once the world is calm, the tree comes to rest with everybody up who is looked after.
import assert from 'node:assert/strict';
import type { GroupSpec } from '../../config/spec.ts';
import { FLAP_WINDOW_MS } from '../../daemon/core/flapping.ts';
import type { Semantics } from '../../daemon/core/group-state.ts';
import { isReady } from '../../daemon/core/process-state.ts';
import { FakeWorld } from './fake-world.ts';
import type { Saved } from './fake-world.ts';
import { isQuiet, laws } from './laws.ts';

type Move = { readonly name: string; readonly can: (w: FakeWorld) => boolean; readonly make: (w: FakeWorld) => void };

/** The world's answers come one by one: every order of exits, spawns and commands is walked. */
const SLOW = { spawn: 'silent', obeys: 'none', ready: 'never' } as const;
/** A bound for each walk; reaching it is no failure, the depth then is what the clock allows. */
const MOST_STATES = 2500;
/** Cells of the group's table that were met. */
export const met = new Set<string>();

function hasReady(w: FakeWorld, id: string): boolean {
  return w.process(id).spec.ready !== null;
}

/** What can happen to one process. */
function movesOf(id: string, held: Set<string>): Move[] {
  const alive = (w: FakeWorld): boolean => w.life(id).main;
  const stopping = (w: FakeWorld): boolean => alive(w) && w.state(id) === 'STOPPING';
  return [
    { name: `${id} is spawned`, can: (w) => w.life(id).asked, make: (w) => w.answers(id) },
    { name: `${id} cannot be spawned`, can: (w) => w.life(id).asked, make: (w) => w.answers(id, 'missing') },
    { name: `${id} ends with 0`, can: (w) => alive(w) && !stopping(w), make: (w) => w.exits(id, 0) },
    { name: `${id} ends with 1`, can: (w) => alive(w) && !stopping(w), make: (w) => w.exits(id, 1) },
    { name: `${id} obeys`, can: stopping, make: (w) => w.exits(id, 'TERM') },
    { name: `${id} is ready`, can: (w) => alive(w) && hasReady(w, id) && !isReady(w.process(id).state), make: (w) => w.readies(id) },
    { name: `${id} is not ready any more`, can: (w) => alive(w) && hasReady(w, id) && isReady(w.process(id).state), make: (w) => w.unreadies(id) },
    { name: `stop ${id}`, can: () => true, make: (w) => { held.add(id); w.operate('stop', id); } },
    { name: `start ${id}`, can: () => true, make: (w) => { held.delete(id); w.operate('start', id); } },
    { name: `restart ${id}`, can: () => true, make: (w) => { held.delete(id); w.operate('restart', id); } },
    { name: `strategy restart ${id}`, can: () => true, make: (w) => { held.delete(id); w.operate('strategy_restart', id); } },
  ];
}

/** A state with small numbers, so that equal futures are one state. */
function key(w: FakeWorld, held: ReadonlySet<string>): string {
  const age = (t: number | null): number | null => (t === null ? null : Math.max(-1, t - w.now));
  const recent = (times: readonly number[], windowMs: number): number => times.filter((t) => w.now - t <= windowMs).length;
  const processes = [...w.tree.processes.values()].map(({ key: id, state: s }) => [
    s.phase, s.wanted, Math.min(s.failures, 3), s.tries, Math.min(5, recent(s.flaps, FLAP_WINDOW_MS)), s.flapping, 'due' in s ? age(s.due) : 0, 'gated' in s ? s.gated : 0,
    'purpose' in s ? [s.purpose, s.step, s.exit] : 0, 'unborn' in s ? s.unborn : 0, w.life(id).asked, w.life(id).main, held.has(id),
    'readiness' in s ? [s.readiness, age(s.readyBy)] : 0, 'waits' in s ? s.waits : 0, 'expected' in s ? s.expected : 0,
  ]);
  const groups = [...w.tree.groups.values()].map(({ state: s, modes, spec }) => {
    const { restarts, failures, upSince, ...phase } = s;
    return [{ ...phase, due: 'due' in s ? age(s.due) : 0 }, recent(restarts, spec.intensity.windowMs), Math.min(failures, 2), w.now - upSince >= spec.backoff.resetMs, [...modes]];
  });
  return JSON.stringify([processes, groups]);
}

interface Found { readonly saved: Saved; readonly held: ReadonlySet<string>; readonly path: readonly string[] }

/** Walks all orders of events, as far as the bound allows. The number of states. */
export function walk(spec: GroupSpec, semantics: Semantics, mostStates = MOST_STATES): number {
  const held = new Set<string>();
  const seen = new Map<string, number>();
  const w = new FakeWorld(spec, { semantics });
  const general = laws(seen);
  w.law = (world, event, effects, facts) => {
    general(world, event, effects, facts);
    if (!semantics.revive) for (const e of effects) if (e.type === 'spawn') assert.ok(!held.has(e.process), `${e.process} was stopped by an operator and is started all the same`);
  };
  watchCells(w);
  for (const id of w.tree.processes.keys()) w.script(id, SLOW);
  const moves: Move[] = [...w.tree.processes.keys()].flatMap((id) => movesOf(id, held));
  for (const g of w.tree.groups.values()) {
    if (!g.parent) continue;
    moves.push({ name: `stop group ${g.name}`, can: () => true, make: () => w.operateGroup('stop', g.name) }, { name: `start group ${g.name}`, can: () => true, make: () => w.operateGroup('start', g.name) });
  }
  moves.push({ name: 'the next deadline', can: () => w.next() !== null, make: () => w.advance(Math.max(0, (w.next() as number) - w.now)) });
  moves.push({ name: 'a long while', can: () => w.next() === null, make: () => w.advance('70s') });
  w.boot();
  const queue: Found[] = [{ saved: w.save(), held: new Set(), path: ['boot'] }];
  const known = new Set([key(w, held)]);
  for (let at = 0; at < queue.length; at += 1) {
    const found = queue[at] as Found;
    comesToRest(w, found, held, seen);
    for (const move of moves) {
      back(w, found, held, seen);
      if (!move.can(w)) continue;
      try {
        move.make(w);
      } catch (error) {
        if (error instanceof Error) error.message += `\nafter ${[...found.path, move.name].join(', ')}`;
        throw error;
      }
      const k = key(w, held);
      if (known.has(k) || known.size >= mostStates) continue;
      known.add(k);
      queue.push({ saved: w.save(), held: new Set(held), path: [...found.path, move.name] });
    }
  }
  return known.size;
}

function back(w: FakeWorld, found: Found, held: Set<string>, seen: Map<string, number>): void {
  w.restore(found.saved);
  held.clear();
  for (const id of found.held) held.add(id);
  // Numbers of lives are new as seen from here.
  seen.clear();
  for (const p of w.tree.processes.values()) seen.set(p.key, p.state.incarnation);
}

/** Nothing is waited for that can never come. */
function comesToRest(w: FakeWorld, found: Found, held: Set<string>, seen: Map<string, number>): void {
  back(w, found, held, seen);
  try {
    for (const id of w.tree.processes.keys()) w.script(id, {});
    for (let round = 0; round < 3; round += 1) {
      for (const id of w.tree.processes.keys()) {
        if (w.life(id).asked) w.answers(id);
        if (w.life(id).main && hasReady(w, id)) w.readies(id);
        if (w.life(id).main && w.process(id).spec.oneshot && w.state(id) === 'RUNNING') w.exits(id, 0);
        if (w.life(id).main && w.state(id) === 'STOPPING') w.exits(id, 'TERM');
      }
      w.advance('2m');
    }
    isQuiet(w);
    if (!w.tree.root.view.semantics.revive) for (const id of found.held) assert.ok(!w.life(id).main, `${id} was stopped by an operator and runs`);
  } catch (error) {
    if (error instanceof Error) error.message += `\nin the calm after ${found.path.join(', ')}`;
    throw error;
  }
}

/** Notes which cells are met: the phase before each event the groups are told. */
function watchCells(w: FakeWorld): void {
  const tree = w.tree as unknown as { stepOneGroup: (node: { state: { phase: string } }, event: { type: string }, moment: unknown) => void };
  const step = tree.stepOneGroup.bind(tree);
  tree.stepOneGroup = (node, event, moment) => {
    met.add(`${node.state.phase}.${event.type}`);
    step(node, event, moment);
  };
}
