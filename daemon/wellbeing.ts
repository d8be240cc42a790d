// How programs are, and how many of them there are, put together: their probes, what their health comes to, and what their load asks for.
import type { ProcessSpec } from '../config/spec.ts';
import type { HealthEntry, HealthRow } from './contract/health.ts';
import { healthReason } from './contract/health.ts';
import type { CommandError } from './contract/errors.ts';
import type { Operation } from './contract/answers.ts';
import type { ProcessView } from './contract/snapshot.ts';
import type { Usage } from './contract/ps.ts';
import type { ProcessNode, TreeEvent } from './core/tree-state.ts';
import type { Clock } from './os/ports/clock.ts';
import type { LogPlane } from './os/ports/logs.ts';
import type { Prober } from './os/ports/probes.ts';
import { Autoscaler } from './runtime/autoscale.ts';
import type { Bus } from './runtime/bus.ts';
import type { Wellness } from './runtime/control.ts';
import { HealthWatch } from './runtime/health.ts';
import { healthNews } from './runtime/health-news.ts';
import { ownOf, put } from '../config/record.ts';

export interface WellbeingOptions {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly logs: LogPlane;
  readonly node: (process: string) => ProcessNode | undefined;
  readonly processes: () => Iterable<ProcessNode>;
  readonly environment: (spec: ProcessSpec) => Readonly<Record<string, string>>;
  readonly prober: () => Promise<Prober>;
  readonly tell: (event: TreeEvent) => void;
  readonly lastSign: (process: string) => number | null;
  readonly usage: (ids: readonly string[]) => ReadonlyMap<string, Usage>;
  readonly scale: (program: string, count: number) => Operation | CommandError;
}

export interface Wellbeing {
  readonly wellness: Wellness;
  readonly autoscaler: Autoscaler;
  /** Instances of programs that are scaled by their load, for whoever reads the file again. */
  present(): Readonly<Record<string, number>>;
  close(): void;
}

/** Asks nobody before somebody has probes, or a load to go by. */
export function createWellbeing(options: WellbeingOptions): Wellbeing {
  const { clock, bus, logs, node, processes, environment, prober, tell, lastSign } = options;
  const view = (id: string): ProcessView | undefined => bus.snapshot.processes.get(id);
  const publish: Bus['publish'] = (fact) => bus.publish(fact);
  const written = (id: string): number => {
    const { bytes, dropped } = logs.stats(id);
    return bytes + dropped;
  };
  const watch = new HealthWatch({ clock, node, view, environment, prober, tell, publish, lastSign, written });
  const news = healthNews(view, publish);
  const instances = (program: string): readonly ProcessNode[] => [...processes()].filter(({ spec }) => spec.program === program);
  const autoscaler = new Autoscaler({
    clock, scales: (id) => node(id)?.spec.autoscale != null, instances, environment, prober, publish, scale: options.scale,
    cpu: (ids) => [...options.usage(ids).values()].reduce((sum, { cpuPercent }) => sum + cpuPercent, 0),
    queued: (job) => bus.snapshot.jobs.get(job)?.queued ?? null,
  });
  // News first: what a probe says is known as the health of its process before anything comes of it.
  bus.subscribe((fact) => news.heard(fact));
  bus.subscribe((fact) => watch.heard(fact));
  bus.subscribe((fact) => autoscaler.heard(fact));
  const row = (id: string, history: boolean): HealthRow | null => {
    const found = view(id);
    const spec = node(id)?.spec.health;
    if (found === undefined || spec === undefined) return null;
    const kept = watch.of(id);
    const probes = kept?.probes ?? [];
    const asked = probes.flatMap((probe) => probe.lastAt ?? []);
    const entries: readonly HealthEntry[] = kept?.history ?? [];
    return {
      process: id, program: found.program, state: found.state, wanted: found.wanted, health: found.health, why: healthReason(found), sources: found.healthSources, onUnhealthy: spec.onUnhealthy, probes,
      checks: probes.reduce((sum, { checks }) => sum + checks, 0), lastCheckAt: asked.length === 0 ? null : Math.max(...asked), unhealthySince: news.unhealthySince(id),
      hour: kept === null || kept.hour.answers === 0 ? null : { ...kept.hour, percent: Math.round((kept.hour.healthy / kept.hour.answers) * 1000) / 10 },
      ...(history ? { history: entries } : {}),
    };
  };
  return {
    wellness: {
      rows: (ids, history) => ids.flatMap((id) => row(id, history) ?? []),
      probes: (id) => watch.probes(id),
      ask: (id) => watch.ask(id),
      hold: (program) => autoscaler.hold(program),
      release: (program) => autoscaler.release(program),
      isHeld: (program) => autoscaler.isHeld(program),
    },
    autoscaler,
    present() {
      const found: Record<string, number> = {};
      for (const { spec } of processes()) if (spec.autoscale !== null) put(found, spec.program, (ownOf(found, spec.program) ?? 0) + 1);
      return found;
    },
    close() {
      watch.close();
      autoscaler.close();
    },
  };
}
