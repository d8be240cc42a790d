// What fast-check makes up: random trees of depth 3 at most, and random days in their lives.
import fc from 'fast-check';
import type { Script } from '../support/fake-script.ts';
import { PRESETS } from '../support/trace-world.ts';
import type { Action, GroupShape, Preset, ProcessShape, TraceInput } from '../support/trace-world.ts';
import type { Condition } from '../../config/spec.ts';

const restart = fc.oneof({ weight: 3, arbitrary: fc.constant('permanent' as const) }, { weight: 2, arbitrary: fc.constant('transient' as const) }, { weight: 1, arbitrary: fc.constant('temporary' as const) });
const preset = fc.constantFrom<Preset>(...(Object.keys(PRESETS) as Preset[]), 'supervisord', 'native', 'native');
const strategy = fc.constantFrom('one_for_one' as const, 'one_for_all' as const, 'rest_for_one' as const);
const start = fc.constantFrom('together' as const, 'in_order' as const, 'in_order_running' as const);
const process = fc.record({ preset, restart, autostart: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }) });
const rules = { strategy, max: fc.constantFrom(null, 1, 2, 5), restart, start, delayed: fc.boolean() };

interface Draft { readonly rules: Omit<GroupShape, 'group' | 'members'>; readonly members: readonly (Draft | Omit<ProcessShape, 'process'>)[] }

function draft(depth: number): fc.Arbitrary<Draft> {
  const member: fc.Arbitrary<Draft | Omit<ProcessShape, 'process'>> = depth <= 1 ? process : fc.oneof({ weight: 3, arbitrary: process }, { weight: 2, arbitrary: draft(depth - 1) });
  return fc.record({ rules: fc.record(rules), members: fc.array(member, { minLength: 1, maxLength: 3 }) });
}

/** Names from the place in the tree, so that shrinking keeps them unique. */
function named(d: Draft, group: string): GroupShape {
  return { group, ...d.rules, members: d.members.map((m, i) => ('rules' in m ? named(m, `${group}${i}`) : { process: `${group}:${i}`, ...m })) };
}

const script = fc.record<Script>({
  spawn: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'missing', 'busy', 'silent'), obeys: fc.constantFrom('all', 'all', 'kill', 'none'),
  dies: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.record({ afterMs: fc.constantFrom(200, 999, 1500, 70_000), code: fc.constantFrom(0, 1) }) }),
  leaves: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }), leftObeys: fc.constantFrom('all', 'kill', 'none'),
  ready: fc.constantFrom('at once', 'at once', 'at once', 'never'),
  unsignallable: fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});
const at = fc.nat(30);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('exit' as const), at, how: fc.constantFrom<number | string>(0, 1, 2, 'SEGV') }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('operate' as const), at, action: fc.constantFrom('start' as const, 'stop' as const, 'restart' as const, 'strategy_restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('operate_group' as const), at, action: fc.constantFrom('start' as const, 'stop' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('script' as const), at, script }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), at, how: fc.constantFrom('ok' as const, 'missing' as const, 'busy' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 500, 1001, 2000, 10_001, 61_000, 600_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hurry' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('add' as const), at, preset }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('add_group' as const), at, preset, strategy, started: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove_group' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('respec' as const), at, preset }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('regroup' as const), at, strategy, start }) },
);

/** A tree and what happens to it. `ends`: the daemon is told to end at some moment. */
export function traces(semantics: 'process' | 'otp', ends: boolean): fc.Arbitrary<TraceInput> {
  // OTP knows no operator who starts what its parent took down, so the sequence is of what it knows.
  const actions = fc.array(action, { minLength: 1, maxLength: 40 });
  return fc.record({ tree: draft(3).map((d) => named(d, 'r')), semantics: fc.constant(semantics), actions: ends ? fc.tuple(actions, fc.array(action, { maxLength: 10 })).map(([a, b]) => [...a, { do: 'close' } as const, ...b]) : actions });
}

const need = fc.record({ from: fc.nat(30), to: fc.nat(30), condition: fc.constantFrom<Condition | null>(null, null, 'started', 'ready', 'completed', 'exited'), restartWith: fc.boolean() });

function processesOf(shape: GroupShape): readonly ProcessShape[] {
  return shape.members.flatMap((m) => ('process' in m ? [m] : processesOf(m)));
}

function withNeeds(shape: GroupShape, needs: ReadonlyMap<string, ProcessShape['needs']>): GroupShape {
  return { ...shape, members: shape.members.map((m) => ('process' in m ? { ...m, ...(needs.has(m.process) ? { needs: needs.get(m.process) ?? [] } : {}) } : withNeeds(m, needs))) };
}

/** The same with processes that depend on others before them: no circle, also not with the order of groups. */
export function dependentTraces(ends: boolean): fc.Arbitrary<TraceInput> {
  return fc.tuple(traces('process', ends), fc.array(need, { minLength: 1, maxLength: 6 })).map(([input, drawn]) => {
    const all = processesOf(input.tree);
    const needs = new Map<string, NonNullable<ProcessShape['needs']>>();
    for (const { from, to, condition, restartWith } of drawn) {
      const [low, high] = [from % all.length, to % all.length].toSorted((a, b) => a - b) as [number, number];
      if (low === high) continue;
      const [target, dependent] = [all[low] as ProcessShape, all[high] as ProcessShape];
      needs.set(dependent.process, [...(needs.get(dependent.process) ?? []), { id: target.process, condition, restartWith }]);
    }
    return { ...input, tree: withNeeds(input.tree, needs) };
  });
}
