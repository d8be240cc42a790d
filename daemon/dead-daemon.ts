// Children of a daemon that died: what they still say goes to their logs, and they are ended before new ones start.
import { closeSync } from 'node:fs';
import type { ProcessSpec } from '../config/spec.ts';
import type { Clock } from './os/ports/clock.ts';
import type { LogPlane } from './os/ports/logs.ts';
import type { Child, Processes } from './os/ports/processes.ts';
import type { Store } from './os/ports/store.ts';
import { openOutputs } from './os/stray-outputs.ts';
import { endStrays } from './os/strays.ts';
import type { Stray } from './os/strays.ts';

export interface DeadDaemonWorld {
  readonly store: Store;
  readonly logs: LogPlane;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly warn: (message: string) => void;
  /** The program as it is configured now; undefined: it is not any more. */
  readonly specOf: (id: string) => ProcessSpec | undefined;
  readonly isListener: (id: string) => boolean;
}

const TERM_MS = 5000;

/** Ends them, TERM first. Costs nothing when the last daemon ended in order. */
export async function endChildrenOfTheDead(world: DeadDaemonWorld): Promise<void> {
  const { store, logs, clock, processes, warn } = world;
  const lives = store.openLives();
  if (lives.length === 0) return;
  const read = new Map<string, Child>();
  const pipes = new Set<string>();
  const survivors = await endStrays({
    lives, termMs: TERM_MS, found: (strays) => strays.forEach((stray) => readStray(world, stray, read, pipes)), signal: (pid, startTime, signal) => processes.endStray(pid, startTime, signal),
    say: (stray, signal) => warn(`${stray.process}: pid ${stray.pid} was left by a daemon that died; sending SIG${signal} before a new one starts`),
  });
  // The last words of all of them are in the logs before the next lives write there.
  await Promise.all([...read.values()].map((child) => new Promise<void>((resolve) => logs.drain(child, resolve))));
  for (const life of lives) store.lifeEnded(life.process, life.incarnation, { endedAt: clock.wall(), code: null, signal: null, why: 'the daemon died before it; how it ended is not known', lastOutput: null });
  for (const stray of survivors) warn(`${stray.process}: pid ${stray.pid} of an earlier daemon is still alive after SIGKILL`);
}

/** What an earlier daemon had not read yet, and what the stray still says, goes to the log of its program, under the number of its life. */
function readStray({ specOf, logs, isListener, warn }: DeadDaemonWorld, { process: id, incarnation, pid, startTime }: Stray, read: Map<string, Child>, pipes: Set<string>): void {
  const spec = specOf(id);
  if (!spec) return;
  const outputs = openOutputs(pid, pipes);
  if (outputs.length === 0) return;
  const problem = logs.open(spec);
  if (problem !== null) {
    warn(`${id}: what pid ${pid} wrote last cannot be kept: ${problem}`);
    for (const { fd } of outputs) closeSync(fd);
    return;
  }
  const child = read.get(`${id} ${incarnation}`) ?? { id, incarnation, pid, startTime };
  read.set(`${id} ${incarnation}`, child);
  for (const { channel, pipe, fd } of outputs) {
    pipes.add(pipe);
    // The protocol of a listener that is gone is nothing to log.
    if (channel === 'stdout' && isListener(id)) closeSync(fd);
    else logs.attach(child, channel, { fd });
  }
}
