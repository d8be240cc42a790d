// When a child of ours started, as /proc will say it, without asking /proc: the first look at a process that is just
// being executed waits 0.3 ms for the kernel, more than all else that we do for a start.
import { startTimeOf } from './proc.ts';
import { CLOCK_BOOTTIME, type Sys } from './sys.ts';

/** /proc counts in these, whatever the kernel's own tick (USER_HZ is 100 on every Linux). */
const TICKS_PER_SECOND = 100;
const NANOSECONDS_PER_TICK = 1e9 / TICKS_PER_SECOND;

export interface StartTimes {
  /** Called right before the spawn. */
  before(): void;
  /** Called after it: field 22 of /proc/PID/stat of the new process. */
  after(pid: number): number;
}

/** A start between two readings within one tick is in that tick; else, and once to be sure, /proc is asked. */
export function createStartTimes(sys: Sys): StartTimes {
  const time = sys.memory(16);
  let tickBefore = 0;
  /** Whether the clock agrees with /proc on this machine; null: not compared yet. */
  let agrees: boolean | null = null;

  function tick(): number {
    sys.clockGettime(CLOCK_BOOTTIME, time.address);
    return (
      Number(time.bytes.readBigInt64LE(0)) * TICKS_PER_SECOND + Math.floor(Number(time.bytes.readBigInt64LE(8)) / NANOSECONDS_PER_TICK)
    );
  }

  return {
    before: () => void (tickBefore = tick()),
    after(pid) {
      const sure = tick() === tickBefore;
      if (sure && agrees === true) return tickBefore;
      const told = startTimeOf(pid);
      if (sure && agrees === null) agrees = told === tickBefore;
      return told;
    },
  };
}
