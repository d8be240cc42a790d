// What a daemon stands on, and what it does not decide: the OS layer, the bus, its own log, the store.
import type { Config } from '../config/spec.ts';
import type { FactBody } from './contract/facts.ts';
import { openDaemonLog } from './logs/daemon-log.ts';
import type { DaemonLog } from './logs/daemon-log.ts';
import { WriterRegistry } from './logs/registry.ts';
import { programFiles, softFiles } from './os/limits.ts';
import { openOs } from './os/open.ts';
import type { OpenedOs } from './os/open.ts';
import type { Syslog } from './os/ports/lines.ts';
import type { Store } from './os/ports/store.ts';
import { createSyslog } from './os/syslog.ts';
import { Bus } from './runtime/bus.ts';
import { recorder } from './runtime/recorder.ts';
import { Tally } from './runtime/tally.ts';
import { bootIdentity } from './store/boot.ts';
import { openStore } from './store/store.ts';

export interface FoundationOptions {
  readonly config: Config;
  /** Stays attached to the terminal, or is PID 1. */
  readonly foreground: boolean;
  /** Of the configuration; kept for `doctor`. */
  readonly warnings: readonly string[];
  readonly stateDir: string | null;
  /** Why there is no state directory. */
  readonly stateProblem: string | null;
}

export interface Foundation {
  readonly os: OpenedOs;
  readonly bus: Bus;
  readonly registry: WriterRegistry;
  readonly syslog: Syslog;
  readonly log: DaemonLog;
  readonly store: Store;
  /** Counts from the first fact on. */
  readonly tally: Tally;
  /** For `doctor`: those of the configuration, and the newest of what came since. */
  readonly warnings: readonly string[];
  warn(what: string, message: string): void;
  /** Tells a fact in a later turn: for those that may not act at once. */
  publishLater(fact: FactBody): void;
}

/** Warnings kept beside those of the configuration. A program that restarts for ever warns for ever. */
const WARNINGS_KEPT = 200;

/** Opens it all. Never throws for the state of the machine: what cannot be had is a warning, and done without. */
export function openFoundation(options: FoundationOptions): Foundation {
  const { config } = options;
  const warnings = [...options.warnings];
  // Before there is a bus to tell, warnings wait.
  const early: string[] = [];
  let say = (message: string): void => void early.push(message);
  const os = openOs({ softFiles: config.daemon.minfds, warn: (message) => say(message) });
  const { clock } = os;
  const bus = new Bus(clock);
  const tally = new Tally(clock, (fact) => bus.publish(fact));
  bus.subscribe((fact) => tally.heard(fact));
  const publishLater = (fact: FactBody): void => void setImmediate(() => bus.publish(fact));
  const warn = (what: string, message: string): void => {
    warnings.push(message);
    const { length } = options.warnings;
    if (warnings.length - length > WARNINGS_KEPT) warnings.splice(length, 1);
    bus.publish({ type: 'daemon.warning', what, message });
  };
  const registry = new WriterRegistry({ stdout: 1, stderr: 2, now: () => clock.mono(), onFact: publishLater, ceiling: () => programFiles(softFiles()) });
  const syslog = createSyslog({
    // The name that filters of supervisord's users look for.
    ident: config.dialect === 'ini' ? 'supervisord' : 'reeved', wall: () => clock.wall(), mono: () => clock.mono(), warn: (message) => setImmediate(() => warn('syslog', message)),
  });
  const log = openDaemonLog({ spec: config.daemon, foreground: options.foreground, onFact: publishLater, registry, syslog });
  bus.subscribe((fact) => log.fact(fact));
  say = (message) => warn('machine', message);
  for (const message of early) say(message);
  const store = openStore({ stateDir: options.stateDir, reason: options.stateProblem, warn: (message) => say(message), bootId: bootIdentity(), clock });
  bus.subscribe(recorder(store));
  return { os, bus, registry, syslog, log, store, tally, warnings, warn, publishLater };
}
