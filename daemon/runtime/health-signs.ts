// What of a life is seen without asking: how fresh its last sign of life is, and when it last wrote something. Counters of the log
// plane are read when a look is due; nobody pays for it by the line.
import { printDuration } from '../../config/duration.ts';
import type { ProbeSpec } from '../../config/health-spec.ts';
import type { ProcessSpec } from '../../config/spec.ts';

export interface SignSources {
  /** Monotonic ms of its last sign of life (a heartbeat, progress), or of the start of its life where none came; null: unknown. */
  readonly lastSign: (process: string) => number | null;
  /** Bytes that it wrote so far, in all its lives. */
  readonly written: (process: string) => number;
}

type Sign = Extract<ProbeSpec, { kind: 'heartbeat' | 'silence' }>;

/** Looking more often than this costs more than it tells. */
const LEAST_MS = 50;
/** A silence is noticed within this share of it. */
const PARTS = 4;

interface Look {
  /** Why it has failed; null: it has not. */
  readonly why: string | null;
  /** When to look again, in monotonic ms. */
  readonly nextLook: number;
}

export class SignWatch {
  private readonly sources: SignSources;
  private readonly spec: ProcessSpec;
  private readonly since: number;
  private bytes: number;
  private wroteAt: number;

  constructor(sources: SignSources, spec: ProcessSpec, now: number) {
    this.sources = sources;
    this.spec = spec;
    this.since = now;
    this.bytes = sources.written(spec.id);
    this.wroteAt = now;
  }

  firstLook(spec: Sign, now: number): number {
    return spec.kind === 'heartbeat' ? now + Math.max(LEAST_MS, this.limit()) : now + this.pace(spec);
  }

  look(spec: Sign, now: number): Look {
    return spec.kind === 'heartbeat' ? this.fresh(spec, now) : this.silent(spec, now);
  }

  private limit(): number {
    return 2 * (this.spec.vitals.heartbeat?.intervalMs ?? Infinity);
  }

  private fresh(spec: Sign, now: number): Look {
    const last = Math.max(this.since, this.sources.lastSign(this.spec.id) ?? this.since);
    const old = now - last;
    const failed = old >= this.limit();
    return {
      why: failed ? `its last sign of life is ${printDuration(Math.round(old))} old, one is due every ${printDuration(this.limit() / 2)}` : null,
      nextLook: Math.max(now + LEAST_MS, failed ? now + Math.min(spec.intervalMs, this.limit() / 2) : last + this.limit()),
    };
  }

  private pace(spec: Extract<Sign, { kind: 'silence' }>): number {
    return Math.max(LEAST_MS, Math.min(spec.intervalMs, spec.afterMs / PARTS));
  }

  private silent(spec: Extract<Sign, { kind: 'silence' }>, now: number): Look {
    const bytes = this.sources.written(this.spec.id);
    if (bytes !== this.bytes) this.wroteAt = now;
    this.bytes = bytes;
    const last = spec.reports ? Math.max(this.wroteAt, this.sources.lastSign(this.spec.id) ?? 0) : this.wroteAt;
    const quiet = now - last;
    const what = spec.reports ? 'neither output nor a sign of life' : 'no output';
    return { why: quiet >= spec.afterMs ? `${what} for ${printDuration(spec.afterMs)}` : null, nextLook: now + this.pace(spec) };
  }
}
