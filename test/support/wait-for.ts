// Waiting in tests: for a condition, with a deadline, never for a while.
import { readFileSync } from 'node:fs';

/** How often a condition is looked at. */
const LOOK_EVERY_MS = 15;

/** Resolves with what `promise` does, or fails with `what` after `timeoutMs`: for calls that have no bound of their own. */
export async function within<T>(what: string, promise: Promise<T>, timeoutMs = 30_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Resolves with the first truthy value of `condition`. After `timeoutMs` it fails with `what` and the last error or value,
 * so that the message says what was missing. Generous by default: the machine may be busy, a passing test never waits.
 */
export async function waitFor<T>(what: string, condition: () => T | Promise<T>, timeoutMs = 15_000): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const asked = condition();
      // An answer that never comes is none: who asks a daemon that hangs is told what was missing.
      const value = asked instanceof Promise ? await within('an answer', asked, Math.max(1, deadline - performance.now())) : asked;
      if (value) return value as NonNullable<Exclude<T, false>>;
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  } while (performance.now() < deadline);
  const seen = last instanceof Error ? last.message : JSON.stringify(last);
  throw new Error(`waited ${timeoutMs} ms in vain for ${what}; last seen: ${seen}`);
}

/** True while a process with this pid exists and is no zombie. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}
