// What clients ask for of what programs and runs use: numbers over time made of what the meter says at one moment.
import type { Usage } from '../contract/ps.ts';
import type { Child, Clock, UsageMeter } from '../os/ports.ts';

/** Two looks within this time are a measurement of the processor; else it is told over the whole life. */
const WINDOW_MS = 60_000;

export interface UsageDeskOptions {
  readonly clock: Clock;
  readonly meter: UsageMeter;
  /** The present life of a process or run, and when it began (wall clock ms). */
  readonly life: (id: string) => { readonly child: Child; readonly startedAt: number } | undefined;
}

interface Look {
  readonly at: number;
  readonly cpuMs: number;
}

export class UsageDesk {
  private readonly options: UsageDeskOptions;
  private readonly looks = new Map<Child, Look>();

  constructor(options: UsageDeskOptions) {
    this.options = options;
  }

  /** Who is gone, or not to be seen, is left out. */
  usage(ids: readonly string[], files: boolean): ReadonlyMap<string, Usage> {
    const { clock, meter, life } = this.options;
    const now = clock.mono();
    for (const [child, { at }] of this.looks) if (now - at > WINDOW_MS) this.looks.delete(child);
    const lives = new Map(ids.flatMap((id) => {
      const found = life(id);
      return found === undefined ? [] : [[found.child, { id, startedAt: found.startedAt }] as const];
    }));
    const out = new Map<string, Usage>();
    for (const [child, sample] of meter.measure([...lives.keys()], { files, keep: false })) {
      const of = lives.get(child);
      if (of === undefined) continue;
      const last = this.looks.get(child);
      const since = last !== undefined && last.at < sample.at ? last : null;
      const ranMs = since === null ? clock.wall() - of.startedAt : sample.at - since.at;
      const usedMs = sample.cpuMs - (since?.cpuMs ?? 0);
      this.looks.set(child, { at: sample.at, cpuMs: sample.cpuMs });
      out.set(of.id, { rssBytes: sample.rssBytes, cpuPercent: ranMs <= 0 ? 0 : Math.round((usedMs / ranMs) * 1000) / 10, cpuMs: sample.cpuMs, processes: sample.processes, files: sample.files });
    }
    return out;
  }
}
