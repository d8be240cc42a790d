// Notices that the wall clock was set or that the machine slept. Native: a kernel timer far in the future, cancelled by the kernel when
// that happens (1 ms after a clock_settime, and on resume), so nothing wakes up in between. Otherwise both clocks are compared each 30 s.
// Made when there is a schedule; watches while somebody listens.
import { closeSync, readSync } from 'node:fs';
import type { Clock, WallClockWatch } from './ports/clock.ts';
import type { Readiness } from './ports/readiness.ts';
import { CLOCK_REALTIME, O_CLOEXEC, O_NONBLOCK, openSys, TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET } from './sys.ts';
import type { Sys } from './sys.ts';

/** Without the kernel's help: how late a jump may be noticed. */
export const LOOK_MS = 30_000;
/** The two clocks are read one after the other, the wall clock in whole ms: less than this is no jump. Small ones add up until they are one. */
const LEAST_JUMP_MS = 5;
/** The kernel's timer is only there to be cancelled. When it does come, it is set anew. */
export const FAR_MS = 20 * 365 * 86_400_000;

/** Wakes up when the clock may have jumped. */
interface Waker {
  close(): void;
}

/** What the kernel needs to tell us; null in the portable layer. */
export interface KernelTimers {
  readonly sys: Sys;
  readonly readiness: Readiness;
}

function wakeBySet({ sys, readiness }: KernelTimers, clock: Clock, wake: () => void): Waker | null {
  const fd = sys.timerfdCreate(CLOCK_REALTIME, O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return null;
  const time = sys.memory(32);
  const scratch = Buffer.alloc(8);
  const arm = (): boolean => {
    time.bytes.fill(0);
    const due = clock.wall() + FAR_MS;
    time.bytes.writeBigInt64LE(BigInt(Math.floor(due / 1000)), 16);
    time.bytes.writeBigInt64LE(BigInt(Math.floor(due % 1000) * 1_000_000), 24);
    return sys.timerfdSettime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, time.address, null) === 0;
  };
  if (!arm()) {
    closeSync(fd);
    return null;
  }
  const handle = readiness.add(fd, () => {
    try {
      readSync(fd, scratch);
    } catch {
      // ECANCELED is the news; the read has taken it.
    }
    // Armed before the clocks are compared: a jump in between wakes us again.
    arm();
    wake();
  });
  return {
    close() {
      handle.remove();
      closeSync(fd);
    },
  };
}

function wakeByLooking(wake: () => void): Waker {
  const timer = setInterval(wake, LOOK_MS);
  // Whether the daemon lives on is not ours to say.
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** A watch on this clock. Falls back to looking now and then where the kernel refuses such a timer. */
export function createWallClockWatch(clock: Clock, kernel: KernelTimers | null): WallClockWatch {
  const listeners: ((jumpMs: number) => void)[] = [];
  let waker: Waker | null = null;
  let apart = 0;

  function look(): void {
    const now = clock.wall() - clock.mono();
    const jumpMs = Math.round(now - apart);
    if (Math.abs(jumpMs) < LEAST_JUMP_MS) return;
    apart = now;
    for (const tell of listeners) tell(jumpMs);
  }

  return {
    onChange(tell) {
      listeners.push(tell);
      if (waker !== null) return;
      apart = clock.wall() - clock.mono();
      waker = (kernel === null ? null : wakeBySet(kernel, clock, look)) ?? wakeByLooking(look);
    },
    dispose() {
      waker?.close();
      waker = null;
      listeners.length = 0;
    },
  };
}

/** The watch of the OS layer that runs: native where it has readiness, else portable. */
export function openWallClockWatch(os: { readonly clock: Clock; readonly readiness: Readiness | null }): WallClockWatch {
  const sys = os.readiness === null ? null : openSys();
  return createWallClockWatch(os.clock, sys === null || 'problem' in sys || os.readiness === null ? null : { sys, readiness: os.readiness });
}
