// How late is the event loop? Looked at by a timer of Node's own, which runs only while somebody keeps asking.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Seconds, since it was asked last. */
export interface LoopDelay {
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

/** How often the loop is looked at. */
const RESOLUTION_MS = 50;
/** Nobody asked for so long: nobody looks any more. */
const QUIET_MS = 120_000;

let looking: ReturnType<typeof monitorEventLoopDelay> | null = null;
let rest: NodeJS.Timeout | null = null;

function stop(): void {
  looking?.disable();
  looking = null;
  rest = null;
}

/** What a look takes too long, in seconds. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) / 1000;
}

/** null: nobody looked since it was asked last; from now on somebody does. */
export function loopDelay(): LoopDelay | null {
  if (looking === null) {
    looking = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    looking.enable();
    rest = setTimeout(stop, QUIET_MS).unref();
    return null;
  }
  rest?.refresh();
  // Who asks again at once gets nothing, and takes nothing from who comes later.
  if (looking.count === 0) return null;
  const seen = { mean: late(looking.mean), p99: late(looking.percentile(99)), max: late(looking.max) };
  looking.reset();
  return seen;
}
