// Those that stand beside the tree, hear its facts and tell it what they find: listeners, readiness, hooks, and watches over files.
import type { Config } from '../config/spec.ts';
import type { GroupNode, ProcessNode } from './core/tree-state.ts';
import type { Foundation } from './foundation.ts';
import type { Interpreter } from './runtime/interpreter.ts';
import { Hooks } from './runtime/hooks.ts';
import { Listeners } from './runtime/listeners.ts';
import { StatsdEcho } from './runtime/statsd.ts';
import type { TreeLoop } from './runtime/loop.ts';
import { ReadinessWatch } from './runtime/readiness.ts';
import { WatchDesk } from './runtime/watch.ts';

export interface CompanionOptions extends Pick<Foundation, 'bus' | 'publishLater'> {
  readonly clock: Foundation['os']['clock'];
  readonly config: () => Config;
  readonly node: (id: string) => ProcessNode | undefined;
  readonly group: (name: string) => GroupNode | undefined;
  readonly environment: Interpreter['environmentOf'];
  readonly tell: TreeLoop['tell'];
  readonly stateDir: string | null;
}

export interface Companions {
  readonly listeners: Listeners;
  readonly readiness: ReadinessWatch;
  readonly hooks: Hooks;
  readonly watches: WatchDesk;
}

/** Makes them and lets them hear. What they need of the OS layer is loaded when a program first asks for it. */
export function createCompanions(options: CompanionOptions): Companions {
  const { bus, clock, config, node, environment, tell } = options;
  const publish = bus.publish.bind(bus);
  const listeners = new Listeners({
    clock, identifier: () => config().daemon.identifier, group: (name) => options.group(name)?.spec, snapshot: () => bus.snapshot, publishLater: options.publishLater,
  });
  const readiness = new ReadinessWatch({ node, environment, prober: async () => (await import('./os/probes.ts')).prober, tell });
  const hooks = new Hooks({ node, environment, side: async () => (await import('./os/side-command.ts')).sideCommands, tell, publish });
  const watches = new WatchDesk({
    clock, node, tell, publish, cwd: process.cwd(), watches: async () => (await import('./os/file-watch.ts')).fileWatches,
    own: () => [options.stateDir, config().daemon.logfile, config().daemon.stateDir].filter((path) => path !== null),
  });
  const statsd = new StatsdEcho({ to: () => config().daemon.statsd, open: async () => (await import('./os/statsd.ts')).openStatsd, warn: (message) => options.publishLater({ type: 'daemon.warning', what: 'statsd', message }) });
  for (const one of [listeners, readiness, hooks, watches, statsd]) bus.subscribe((fact) => one.heard(fact));
  return { listeners, readiness, hooks, watches };
}
