// What clients ask for of what programs and runs use: numbers over time made of what the meter says at one moment.
import type { Usage } from '../contract/ps.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Child } from '../os/ports/processes.ts';
import type { UsageMeter } from '../os/ports/usage.ts';

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
  private tidiedAt = -Infinity;

  constructor(options: UsageDeskOptions) {
    this.options = options;
  }

  /** Who is gone, or not to be seen, is left out. */
  usage(ids: readonly string[], files: boolean): ReadonlyMap<string, Usage> {
    const { clock, meter, life } = this.options;
    const now = clock.mono();
    this.tidy(now);
    const lives = new Map<Child, { readonly id: string; readonly startedAt: number }>();
    for (const id of ids) {
      const found = life(id);
      if (found !== undefined) lives.set(found.child, { id, startedAt: found.startedAt });
    }
    const out = new Map<string, Usage>();
    for (const [child, sample] of meter.measure([...lives.keys()], { files, keep: false })) {
      const of = lives.get(child);
      if (of === undefined) continue;
      const last = this.looks.get(child);
      const since = last !== undefined && last.at < sample.at && now - last.at <= WINDOW_MS ? last : null;
      const ranMs = since === null ? clock.wall() - of.startedAt : sample.at - since.at;
      const usedMs = sample.cpuMs - (since?.cpuMs ?? 0);
      this.looks.set(child, { at: sample.at, cpuMs: sample.cpuMs });
      out.set(of.id, { rssBytes: sample.rssBytes, cpuPercent: ranMs <= 0 ? 0 : Math.round((usedMs / ranMs) * 1000) / 10, cpuMs: sample.cpuMs, processes: sample.processes, files: sample.files });
    }
    return out;
  }

  /** Looks that serve no longer are dropped now and then: a thousand are asked for in slices, and each slice would go through all. */
  private tidy(now: number): void {
    if (now - this.tidiedAt <= WINDOW_MS) return;
    this.tidiedAt = now;
    for (const [child, look] of this.looks) if (now - look.at > WINDOW_MS) this.looks.delete(child);
  }
}
