// Random requests on random trees through the real runtime: every operation ends, and the snapshot says what is so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupSpec, MemberSpec, ProcessSpec } from '../../config/spec.ts';
import type { Operation } from '../../daemon/contract/answers.ts';
import { isReady } from '../../daemon/core/process-state.ts';
import type { Mutation } from '../../daemon/runtime/control.ts';
import { runtimeWorld } from '../support/runtime-world.ts';
import type { Manners, RuntimeWorld } from '../support/runtime-world.ts';
import { EXPONENTIAL, groupSpec, iniProcess, NO_BACKOFF, processSpec } from '../support/specs.ts';

const RUNS = Number(process.env['REEVE_TRACES'] ?? 1500) / 3;
const STEPS = 25;
const MAX_DEADLINES = 5000;

/** Numbers below n, the same for the same seed. */
type Chance = (n: number) => number;

function chanceOf(seed: number): Chance {
  let state = seed * 7919;
  return (n) => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (state >> 8) % n;
  };
}

function pick<T>(chance: Chance, from: readonly T[]): T {
  return from[chance(from.length)] as T;
}

function randomProcess(chance: Chance, id: string): ProcessSpec {
  const some = {
    startMs: pick(chance, [0, 1000]), restart: pick(chance, ['permanent', 'transient', 'temporary'] as const), autostart: chance(4) > 0, backoff: pick(chance, [NO_BACKOFF, EXPONENTIAL]),
  };
  return chance(5) === 0 ? iniProcess(id, some) : processSpec(id, some);
}

function randomGroup(chance: Chance, name: string, depth: number): GroupSpec {
  const members = Array.from({ length: 1 + chance(3) }, (_, i): MemberSpec => (depth > 0 && chance(4) === 0 ? randomGroup(chance, `${name}${i}`, depth - 1) : randomProcess(chance, `${name}:p${i}`)));
  return groupSpec(name, members, {
    strategy: pick(chance, ['one_for_one', 'one_for_all', 'rest_for_one'] as const), intensity: { max: pick(chance, [null, 1, 2]), windowMs: 60_000 },
    restart: pick(chance, ['permanent', 'transient', 'temporary'] as const), start: pick(chance, ['together', 'in_order', 'in_order_running'] as const), backoff: pick(chance, [NO_BACKOFF, EXPONENTIAL]),
  });
}

/** Some depend on one before them in the tree, some are ready only after a while, some run to their end. */
function withNeeds(chance: Chance, root: GroupSpec): GroupSpec {
  const before: ProcessSpec[] = [];
  const walk = (member: MemberSpec): MemberSpec => {
    if (member.kind === 'group') return { ...member, members: member.members.map(walk) };
    const needed = before.length > 0 && chance(3) === 0 ? pick(chance, before) : null;
    const oneshot = chance(6) === 0 ? ({ oneshot: true, startMs: 0, restart: 'temporary' } as const) : {};
    const ready = chance(4) === 0 && !('oneshot' in oneshot) ? ({ ready: { kind: 'delay', delayMs: 2000 } } as const) : {};
    const made = { ...member, ...oneshot, ...ready, ...(needed === null ? {} : { dependsOn: [{ name: needed.id, kind: 'process', condition: needed.oneshot ? null : pick(chance, [null, 'started'] as const), restartWith: chance(2) === 0 }] as const }) };
    before.push(made);
    return made;
  };
  return walk(root) as GroupSpec;
}

const worker = (n: number): ProcessSpec => processSpec(`w:w_${n}`, { program: 'w', num: n });
const workers = (count: number): readonly ProcessSpec[] => Array.from({ length: count }, (_, n) => worker(n));

function randomMutation(chance: Chance, id: string): Mutation {
  const command = pick(chance, ['start', 'start', 'stop', 'stop', 'restart', 'restart', 'disable', 'enable', 'scale'] as const);
  const names = chance(3) === 0 ? [pick(chance, ['g:*', 'h:*', 'w:*', 'all'])] : [id];
  if (command === 'scale') return { command, name: 'w', instances: pick(chance, ['1', '2', '4']) };
  return command === 'restart' ? { command, names, strategy: chance(3) === 0, rolling: chance(3) === 0 } : { command, names };
}

/** Fires every deadline up to `ms` from now, in order. */
function advance(w: RuntimeWorld, ms: number): void {
  const until = w.now + ms;
  for (let fired = 0; ; fired += 1) {
    assert.ok(fired < MAX_DEADLINES, 'deadlines fire without end');
    const due = [...w.tree.processes.keys(), ...w.tree.groups.keys()].map((key) => ({ key, at: w.tree.deadline(key) ?? Infinity })).toSorted((a, b) => a.at - b.at)[0];
    if (!due || due.at > until) break;
    w.now = Math.max(w.now, due.at);
    w.loop.tell({ type: 'due', key: due.key });
  }
  w.now = until;
}

function snapshotAgrees(w: RuntimeWorld): void {
  for (const { key, state } of w.tree.processes.values()) {
    const row = w.bus.snapshot.processes.get(key);
    assert.ok(row, `the facts know nothing of ${key}`);
    assert.deepEqual([row.state, row.wanted, row.pid, row.incarnation], [state.phase, state.wanted, 'pid' in state ? state.pid : null, state.incarnation], `the facts about ${key} do not say what is so`);
    assert.equal(row.ready, isReady(state), `the facts about ${key} do not say whether it is ready`);
  }
}

const MANNERS: readonly Manners[] = [{}, {}, { deaf: true }, { spawn: 'missing' }, { unsignallable: true }];
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function run(seed: number, said: string[]): Promise<void> {
  const chance = chanceOf(seed);
  const plain = groupSpec('root', [randomGroup(chance, 'g', 2), randomGroup(chance, 'h', 1), groupSpec('w', workers(3), { strategy: 'rest_for_one', intensity: { max: 2, windowMs: 60_000 } })]);
  const tree = seed % 2 === 0 ? plain : withNeeds(chance, plain);
  const w = runtimeWorld(tree, (_, count) => workers(count));
  const operations: Operation[] = [];
  const ids = (): string[] => [...w.tree.processes.keys()];
  try {
    w.loop.tell({ type: 'boot', why: 'boot' });
    for (let i = 0; i < STEPS; i += 1) {
      const id = pick(chance, ids());
      const what = chance(9);
      if (what < 2) w.exits(id, chance(2));
      else if (what === 2) w.manners(id, pick(chance, MANNERS));
      else if (what === 3) advance(w, pick(chance, [500, 1500, 10_000, 61_000]));
      const mutation = what < 4 ? null : randomMutation(chance, id);
      said.push(mutation === null ? `${['exit', 'exit', 'manners', 'advance'][what]} ${id}` : JSON.stringify(mutation));
      if (mutation) operations.push(w.mutate(mutation));
      snapshotAgrees(w);
      if (chance(3) === 0) await turn();
    }
    // Everybody behaves from now on, and time passes.
    for (let round = 0; round < 6; round += 1) {
      for (const id of ids()) w.manners(id, {});
      for (const id of ids()) if (w.state(id) === 'STOPPING' || (w.state(id) === 'RUNNING' && w.tree.processes.get(id)?.spec.oneshot === true)) w.exits(id, 0);
      advance(w, 120_000);
      await turn();
      snapshotAgrees(w);
    }
    for (const { id, command } of operations) {
      const pending = w.controller.operation(id)?.targets.filter((target) => target.outcome === 'pending') ?? [];
      assert.deepEqual(pending.map((target) => target.name), [], `operation ${id} (${command}) never ends`);
    }
  } finally {
    w.close();
  }
}

test('every operation ends, whatever is asked and fails meanwhile, and the facts always say what is so', async () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const said: string[] = [];
    await run(seed, said).catch((error: Error) => {
      error.message += `\nseed ${seed}, after\n${said.join('\n')}`;
      throw error;
    });
  }
});
