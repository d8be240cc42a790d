// Signals to a process that is not our child: its number may be another's by now, so it is pinned by a pidfd and
// recognised by its start time before the signal goes out.
import { startTimeOf } from './proc.ts';
import type { Sys } from './sys.ts';

/** Sends `signal` if `pid` is still the process that started at `startTime`. True when it was sent. */
export function signalExactly(sys: Sys | null, pid: number, startTime: number, signal: number): boolean {
  if (pid <= 1 || startTime <= 0) return false;
  if (sys === null || !sys.pidfd) return startTimeOf(pid) === startTime && send(pid, signal);
  const fd = Number(sys.syscall(sys.syscallNumbers.pidfdOpen, BigInt(pid), 0n, 0n, 0n, 0n));
  // Out of descriptors, or gone.
  if (fd < 0) return startTimeOf(pid) === startTime && send(pid, signal);
  try {
    // In this order: what the pidfd names cannot change any more, so the time that is read now is its own or nobody's.
    if (startTimeOf(pid) !== startTime) return false;
    return sys.syscall(sys.syscallNumbers.pidfdSendSignal, BigInt(fd), BigInt(signal), 0n, 0n, 0n) === 0n;
  } finally {
    sys.close(fd);
  }
}

/** kill(2) that answers instead of throwing: false when nobody was there or it is not permitted. */
export function send(pid: number, signal: number): boolean {
  return sendOutcome(pid, signal) === null;
}

/** kill(2): null when sent, else the name of the errno. */
export function sendOutcome(pid: number, signal: number): string | null {
  try {
    process.kill(pid, signal);
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? 'UNKNOWN';
  }
}
