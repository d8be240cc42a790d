// What must hold after every single step of a tree in a world that behaves. Used by the walks and the random traces.
import assert from 'node:assert/strict';
import type { FactBody } from '../../daemon/contract/facts.ts';
import { isReady } from '../../daemon/core/process-state.ts';
import type { GroupNode, ProcessNode, TreeEffect, TreeEvent } from '../../daemon/core/tree-state.ts';
import type { FakeWorld } from './fake-world.ts';

/** Highest incarnation ever seen, per process; goes on when a process is removed and added again. */
export type Seen = Map<string, number>;

/** Safety: the laws that need no history but incarnations. Assign the answer to `world.law`. */
export function laws(seen: Seen): NonNullable<FakeWorld['law']> {
  return (world, event, effects, facts) => {
    for (const effect of effects) spawnsAreSafe(world, event, effect, seen);
    nothingImpossible(facts);
    snapshotAgrees(world);
    for (const node of world.tree.processes.values()) dependenciesHold(world, node, effects);
    deadlinesAgree(world);
    for (const group of world.tree.groups.values()) groupMakesSense(world, group);
  };
}

function spawnsAreSafe(world: FakeWorld, event: TreeEvent, effect: TreeEffect, seen: Seen): void {
  if (effect.type !== 'spawn') return;
  const id = effect.process;
  const life = world.life(id);
  assert.ok(!life.asked, `${id}: a second spawn while the first is not answered (${JSON.stringify(event)})`);
  assert.ok(!life.main, `${id}: a second copy is started while pid ${life.pid} is alive (${JSON.stringify(event)})`);
  assert.ok(!life.left || !world.process(id).spec.sweep, `${id}: started before its leftovers are gone`);
  assert.ok(effect.incarnation > (seen.get(id) ?? 0), `${id}: incarnation ${effect.incarnation} is given twice`);
  seen.set(id, effect.incarnation);
  const waits = world.tree.dependencies().waits(id);
  assert.equal(waits?.why ?? null, null, `${id} is started although it ${waits?.why}`);
  assert.ok(!world.tree.isClosing, `${id} is started although the daemon is ending`);
}

function nothingImpossible(facts: readonly FactBody[]): void {
  for (const fact of facts) {
    if (fact.type === 'daemon.warning' || fact.type === 'process.unknown') assert.ok(!/a mistake in reeve/.test('message' in fact ? fact.message : fact.why), 'message' in fact ? fact.message : fact.why);
  }
}

/** Who only reads facts sees what is so. */
function snapshotAgrees(world: FakeWorld): void {
  for (const node of world.tree.processes.values()) {
    const row = world.snapshot.processes.get(node.key);
    const s = node.state;
    assert.ok(row);
    const ours = { state: s.phase, wanted: s.wanted, incarnation: s.incarnation, pid: 'pid' in s ? s.pid : null, flapping: s.flapping, ready: isReady(s), waits: s.phase === 'BACKOFF' && s.waits !== null };
    assert.deepEqual({ state: row.state, wanted: row.wanted, incarnation: row.incarnation, pid: row.pid, flapping: row.flapping !== null, ready: row.ready, waits: row.waitsFor.length > 0 }, ours, `the facts about ${node.key} do not say what is so`);
  }
  for (const node of world.tree.groups.values()) {
    const row = world.snapshot.groups.get(node.name);
    if (row) assert.equal(row.state, node.state.phase, `the facts about group ${node.name} do not say what is so`);
  }
}

/** Who waits for others says for whom as it is now, and waits for somebody: when all is there it is started, in the same step. */
function dependenciesHold(world: FakeWorld, node: ProcessNode, effects: readonly TreeEffect[]): void {
  const { state } = node;
  if (state.phase !== 'BACKOFF' || state.waits === null || world.tree.isClosing) return;
  const waits = world.tree.dependencies().waits(node.key);
  assert.ok(waits !== null, `${node.key} ${state.waits}, which is there (${JSON.stringify(effects)})`);
  assert.equal(state.waits, waits.why, `what ${node.key} says of its waiting is not so any more`);
}

/** A deadline changes only in a step that says so. */
function deadlinesAgree(world: FakeWorld): void {
  const kept = world.deadlines();
  for (const key of [...world.tree.processes.keys(), ...world.tree.groups.keys()]) {
    assert.equal(kept.get(key) ?? null, world.tree.deadline(key), `the deadline of ${key} changed without being touched`);
  }
}

function groupMakesSense(world: FakeWorld, group: GroupNode): void {
  const { state, name } = group;
  if (world.tree.isClosing) return;
  const down = state.phase === 'DOWN' || state.phase === 'FATAL' || state.phase === 'BACKOFF';
  for (const member of group.members) {
    const mode = group.modes.get(member.key);
    if (down) assert.ok(mode !== 'up', `${member.key} is looked after by group ${name}, which is ${state.phase}`);
    if (mode !== 'up') continue;
    const dead = member.kind === 'process'
      ? member.state.phase === 'EXITED' || member.state.phase === 'FATAL' || member.state.phase === 'STOPPED' || member.state.phase === 'UNKNOWN'
      : member.state.phase === 'DOWN' || member.state.phase === 'FATAL';
    assert.ok(!dead, `group ${name} (${state.phase}) takes ${member.key} for up, but it is ${member.state.phase}`);
  }
  if (state.phase === 'WAITING') for (const waited of state.waitingFor) someoneIsComing(group, waited);
  if (state.phase === 'ENDING' || state.phase === 'STOPPING' || state.phase === 'GIVING_UP') {
    for (const m of group.members) {
      const ending = m.kind === 'process' && m.state.phase === 'STOPPING' && m.state.purpose === 'end';
      assert.ok(!ending || m.key === state.current, `group ${name} ends ${m.key} while it waits for ${state.current}: one at a time`);
    }
  }
  if (state.phase === 'ENDING') {
    const places = state.queue.slice(state.at).map((key) => group.members.findIndex((m) => m.key === key)).filter((place) => place >= 0);
    assert.deepEqual(places, places.toSorted((a, b) => b - a), `group ${name} does not end its members in reverse order`);
  }
  if ('current' in state) {
    assert.ok(state.current !== null, `group ${name} is ${state.phase} and waits for nobody`);
    const phase = group.members.find((m) => m.key === state.current)?.state.phase;
    const alive = state.phase === 'STARTING' ? ['STARTING', 'RUNNING', 'STOPPING', 'BACKOFF', 'UP', 'ENDING', 'WAITING', 'GIVING_UP'] : ['STOPPING', 'UNKNOWN', 'GIVING_UP', 'ENDING'];
    assert.ok(phase !== undefined && alive.includes(phase), `group ${name} is ${state.phase} and waits for ${state.current}, which is ${phase}`);
  }
}

/** Who is waited for in its back-off can still tell that it is over. */
function someoneIsComing(group: GroupNode, waited: string): void {
  const member = group.members.find((m) => m.key === waited);
  assert.ok(member, `group ${group.name} waits for ${waited}, which is no member`);
  assert.ok(member.state.phase === 'BACKOFF' && member.state.gated && member.state.due !== null, `group ${group.name} waits for ${waited}, which is ${member.state.phase} and will not call (${JSON.stringify(member.state)})`);
}

/** It, or a group that starts one after the other, waits for somebody who is not to come: who is kept down, ended or gave up. */
export function isInVain(world: FakeWorld, member: ProcessNode | GroupNode | undefined): boolean {
  if (!member) return false;
  if (member.kind === 'group') return member.state.phase === 'STARTING' && isInVain(world, member.members.find((m) => 'current' in member.state && m.key === member.state.current));
  if (member.state.phase !== 'BACKOFF' || member.state.waits === null) return false;
  // Somebody of those is down for good, not there, or runs and will not be what is asked for; or he waits in vain himself. Nobody waits in a circle.
  const graph = world.tree.dependencies();
  return graph.needsOf(member.key).some((need) => need.targets.length === 0) || graph.unmet(member.key).some((target) => {
    if (target.parent.modes.get(target.key) === 'pending' && target.parent.state.phase === 'STARTING') return isInVain(world, target.parent);
    return ['RUNNING', 'STOPPED', 'EXITED', 'FATAL', 'UNKNOWN'].includes(target.state.phase) || isInVain(world, target);
  });
}

/** After a calm while: nothing is on its way, and what is looked after runs. */
export function isQuiet(world: FakeWorld): void {
  for (const group of world.tree.groups.values()) {
    const { phase } = group.state;
    const waits = 'current' in group.state ? group.members.find((m) => 'current' in group.state && m.key === group.state.current) : undefined;
    assert.ok(['UP', 'DOWN', 'FATAL'].includes(phase) || isInVain(world, waits), `group ${group.name} stays ${phase} for ever`);
    for (const member of group.members) {
      const mode = group.modes.get(member.key);
      const up = member.kind === 'process' ? 'RUNNING' : 'UP';
      if (mode === 'up' && isInVain(world, member)) continue;
      // In a group that waits for such a member the later ones are still to come.
      if (mode === 'pending' && phase === 'STARTING') continue;
      if (mode === 'up') assert.equal(member.state.phase, up, `${member.key} is looked after and stays ${member.state.phase} for ever`);
      else if (member.kind === 'process') assert.ok(['STOPPED', 'EXITED', 'FATAL', 'UNKNOWN'].includes(member.state.phase), `${member.key} is ${mode} and stays ${member.state.phase}`);
      else assert.ok(['DOWN', 'FATAL'].includes(member.state.phase), `${member.key} is ${mode} and stays ${member.state.phase}`);
    }
  }
}
