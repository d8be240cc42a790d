// What lives use, put together: the meter, those who have limits, and those who ask.
import { freeBytes } from './os/disk.ts';
import type { Clock } from './os/ports/clock.ts';
import type { Child, Processes } from './os/ports/processes.ts';
import type { Store } from './os/ports/store.ts';
import { createUsageMeter } from './os/usage.ts';
import type { Bus } from './runtime/bus.ts';
import type { Interpreter } from './runtime/interpreter.ts';
import type { JobSide } from './runtime/job-side.ts';
import { LimitWatch } from './runtime/limits.ts';
import type { LimitWatchOptions } from './runtime/limits.ts';
import { UsageDesk } from './runtime/usage.ts';

export interface ResourcesOptions extends Pick<LimitWatchOptions, 'node' | 'tell'> {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly processes: Processes;
  readonly store: Store;
  readonly interpreter: Pick<Interpreter, 'child'>;
  readonly jobs: Pick<JobSide, 'runner' | 'tell'>;
}

export interface Resources {
  readonly usage: UsageDesk['usage'];
  close(): void;
}

/** Measures nobody before somebody has a limit, or asks. */
export function createResources({ clock, bus, processes, store, interpreter, jobs, node, tell }: ResourcesOptions): Resources {
  const meter = createUsageMeter({ clock, processes });
  const limits = new LimitWatch({
    clock, meter, processes, store, node, tell, freeBytes, chance: Math.random, publish: (fact) => bus.publish(fact),
    child: (id) => interpreter.child(id), supervisionId: (id) => bus.snapshot.processes.get(id)?.supervisionId ?? '',
    run: (id) => jobs.runner.of(id), tellRun: (id, over) => jobs.tell({ type: 'over_limit', id, over }),
  });
  bus.subscribe((fact) => limits.heard(fact));
  /** The present life of a process, or a run that goes on. */
  const life = (id: string): { readonly child: Child; readonly startedAt: number } | undefined => {
    const view = bus.snapshot.processes.get(id) ?? bus.snapshot.runs.get(id);
    const child = interpreter.child(id) ?? jobs.runner.of(id)?.child ?? null;
    return view?.pid == null || view.startedAt === null || child === null ? undefined : { child, startedAt: view.startedAt };
  };
  const desk = new UsageDesk({ clock, meter, life });
  return {
    usage: (ids, files) => desk.usage(ids, files),
    close() {
      limits.close();
      meter.dispose();
    },
  };
}
