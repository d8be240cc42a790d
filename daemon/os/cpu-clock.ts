// Did a process run since somebody looked? Its clock of processor time tells, to the nanosecond, by one call: a twentieth of what a
// look into /proc costs.
import type { Sys } from './sys.ts';

/** Clocks of whole processes (all threads) have numbers made of their pid: see clock_getcpuclockid(3) and the kernel's posix-timers.h. */
const CPUCLOCK_SCHED = 2;
/** struct timespec. */
const TIME_BYTES = 16;

function clockOf(pid: number): number {
  return (~pid << 3) | CPUCLOCK_SCHED;
}

/** Nanoseconds that a process ran; null: it is gone. Where the kernel counts no finer than in ticks, always null: who ran less than a tick would seem to have slept. */
export function openCpuClock(sys: Pick<Sys, 'memory' | 'clockGettime'>): (pid: number) => number | null {
  const { bytes, address } = sys.memory(TIME_BYTES);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, TIME_BYTES / 4);
  const read = (pid: number): number | null => (sys.clockGettime(clockOf(pid), address) === 0 ? words[0]! * 1e9 + words[2]! : null);
  const looks = [read(process.pid), read(process.pid), read(process.pid)];
  const fine = looks.every((look, at) => look !== null && (at === 0 || look > (looks[at - 1] ?? look)));
  return fine ? read : () => null;
}
