// The runtime as the daemon builds it (bus, tree, loop, controller) over children that do as they are told. Time stands still
// unless a test moves it, with mocked timers.
import assert from 'node:assert/strict';
import type { Config, GroupSpec, ProcessSpec } from '../../config/spec.ts';
import type { Operation } from '../../daemon/contract/answers.ts';
import type { Fact } from '../../daemon/contract/facts.ts';
import { Tree } from '../../daemon/core/tree.ts';
import type { TreeEffect, TreeEvent } from '../../daemon/core/tree-state.ts';
import type { LogPlane } from '../../daemon/os/ports/logs.ts';
import type { MachineFacts } from '../../daemon/os/ports/machine.ts';
import type { Child, Processes } from '../../daemon/os/ports/processes.ts';
import type { ReportChannels } from '../../daemon/os/ports/reports.ts';
import type { Store } from '../../daemon/os/ports/store.ts';
import { Bus } from '../../daemon/runtime/bus.ts';
import type { Mutation } from '../../daemon/runtime/control.ts';
import { Controller } from '../../daemon/runtime/controller.ts';
import { IssueSide } from '../../daemon/runtime/issue-side.ts';
import { Tally } from '../../daemon/runtime/tally.ts';
import { JobSide } from '../../daemon/runtime/job-side.ts';
import { Loop } from '../../daemon/runtime/loop.ts';
import type { TreeLoop } from '../../daemon/runtime/loop.ts';
import { openStore } from '../../daemon/store/store.ts';
import { FAKE_ALERTS } from './fake-alerts.ts';

/** How a child behaves; without one its spawn succeeds and any signal ends it. */
export interface Manners {
  readonly spawn?: 'ok' | 'missing' | 'silent';
  /** Signals are ignored. */
  readonly deaf?: boolean;
  /** Signals cannot be sent (EPERM). */
  readonly unsignallable?: boolean;
}

export interface RuntimeWorld {
  readonly bus: Bus;
  readonly loop: TreeLoop;
  readonly tree: Tree;
  readonly controller: Controller;
  readonly store: Store;
  readonly facts: Fact[];
  now: number;
  manners(id: string, manners: Manners): void;
  /** The main process ends by itself. */
  exits(id: string, code: number): void;
  mutate(mutation: Mutation): Operation;
  /** Outcome or code of each target, as it is now. */
  results(operation: Operation): Readonly<Record<string, string>>;
  state(id: string): string;
  close(): void;
}

const CALLER = { who: 'me', role: 'admin' } as const;

/** `instances`: what scale finds in the file. */
export function runtimeWorld(spec: GroupSpec, instances: (program: string, count: number) => readonly ProcessSpec[] = () => []): RuntimeWorld {
  let now = 1_000_000;
  let pids = 100;
  const clock = { mono: () => now, wall: () => now };
  const bus = new Bus(clock);
  const store = openStore({ stateDir: null, reason: 'a test', warn: () => undefined, bootId: 'test', clock });
  const tree = new Tree(spec, {});
  const script = new Map<string, Manners>();
  const alive = new Map<string, Child>();
  const facts: Fact[] = [];
  const tell = (event: TreeEvent): void => loop.tell(event);
  const exits = (id: string, code: number | null, signal: string | null): void => {
    const child = alive.get(id);
    if (!child) return;
    alive.delete(id);
    tell({ type: 'process', id, event: { type: 'exited', incarnation: child.incarnation, code, signal, coreDumped: false, left: [] } });
  };
  const spawn = (id: string, incarnation: number): void => {
    const node = tree.processes.get(id);
    const how = script.get(id)?.spawn ?? 'ok';
    if (how === 'silent') return;
    if (how === 'missing' || node?.state.phase !== 'STARTING') {
      return tell({ type: 'process', id, event: { type: 'spawn_failed', incarnation, kind: 'no_command', message: `can't find command '${id}'`, hopeless: true } });
    }
    pids += 1;
    alive.set(id, { id, incarnation, pid: pids, startTime: 0 });
    tell({ type: 'process', id, event: { type: 'spawned', incarnation, pid: pids, supervisionId: `${id}#${incarnation}` } });
  };
  const run = (effect: TreeEffect): void => {
    if (effect.type === 'spawn') return spawn(effect.process, effect.incarnation);
    if (effect.type === 'watch') return tell({ type: 'process', id: effect.process, event: { type: 'gone', incarnation: effect.incarnation } });
    if (effect.type !== 'signal') return;
    const manners = script.get(effect.process) ?? {};
    if (manners.unsignallable) return tell({ type: 'process', id: effect.process, event: { type: 'signal_failed', incarnation: effect.incarnation, why: 'operation not permitted (EPERM)' } });
    if (!manners.deaf && alive.get(effect.process)?.incarnation === effect.incarnation) exits(effect.process, null, effect.signal);
  };
  const loop: TreeLoop = new Loop(tree, { clock, moment: () => ({ now: clock.mono(), chance: 0 }), publish: (fact) => bus.publish(fact), run });
  const nothing = (what: string) => (): never => assert.fail(`the runtime asks for ${what}, which this world has not`);
  const logs = { open: () => null, clear: () => null, rotate: () => null, close: () => undefined } as unknown as LogPlane;
  const processes = { signal: () => ({ pids: [] }) } as unknown as Processes;
  const jobs = new JobSide({ jobs: [], breakers: [], jobSettings: { maxParallel: null, deadLetterMs: 0, breakersEnabled: true } }, {
    processes, logs, store, clock, environment: { own: {}, daemon: {} }, homeOf: () => ({}), uidOf: () => null, freeBytes: nothing('a disk'), reports: nothing('reports') as unknown as ReportChannels,
    bus, newId: nothing('an id'), random: () => 0, watchClock: nothing('the clock'),
  });
  const issues = new IssueSide({ checks: [], fixes: [], issueSettings: { retentionMs: 0 } }, { bus, store, clock, jobs, newId: nothing('an id'), random: () => 0, idOf: nothing('an issue'), remedy: nothing('a remedy') });
  const controller = new Controller({
    version: 'test', config: nothing('the configuration') as () => Config, clock, bus, store, logs, processes, machine: nothing('the machine') as () => MachineFacts, warnings: () => [],
    tree: () => tree, tell, isIdle: () => loop.isIdle, heard: () => loop.heard(), child: (id) => alive.get(id), forget: (id) => void alive.delete(id), instances, shutdown: nothing('the end'), reload: nothing('a reload'),
    jobs, issues, newId: nothing('an id'), usage: nothing('a meter'), meters: { tally: new Tally(clock), loops: { programs: loop, jobs: jobs.loop, issues: issues.loop }, deadLetters: () => new Map() }, wellness: { rows: () => [], probes: () => [], ask: () => null, hold: () => undefined, release: () => false, isHeld: () => null }, kept: () => ({ heartbeats: [], health: null }),
    alerts: FAKE_ALERTS,
    mainLog: { path: null, read: nothing('its log'), follow: nothing('its log'), clear: nothing('its log') },
    compat: { read: nothing('the file'), stdin: () => null, lookUp: () => null, uid: () => null }, busy: () => null, apply: { adopt: () => undefined, digest: (text) => String(text.length), renice: () => null },
    places: async () => ({ find: () => null, moved: true }),
  });
  bus.subscribe((fact) => facts.push(fact));
  for (const fact of tree.population()) bus.publish(fact);
  return {
    bus, loop, tree, controller, store, facts,
    get now() { return now; },
    set now(value) { now = value; },
    manners: (id, manners) => void script.set(id, manners),
    exits: (id, code) => exits(id, code, null),
    mutate(mutation) {
      const answer = controller.mutate(mutation, CALLER);
      if ('code' in answer) assert.fail(`${mutation.command} is refused: ${answer.message}`);
      return answer;
    },
    results: (operation) => Object.fromEntries((controller.operation(operation.id) ?? operation).targets.map((t) => [t.name, t.code ?? t.outcome])),
    state: (id) => tree.processes.get(id)?.state.phase ?? 'not there',
    close() {
      loop.close();
      store.close();
    },
  };
}
