// A store on a directory of its own, with a clock that only moves when the test says so.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Clock } from '../../daemon/os/ports/clock.ts';
import type { Store } from '../../daemon/os/ports/store.ts';
import { openStore } from '../../daemon/store/store.ts';

export const NOON = Date.UTC(2026, 0, 31, 12);

/** A state directory under test, and what was warned of. */
export interface Bench {
  readonly dir: string;
  readonly warnings: string[];
  readonly clock: Clock & { ms: number };
  open(over?: { bootId?: string; stateDir?: string | null }): Store;
}

/** Opens stores in one directory, as one daemon after another; all are closed and removed when the test ends. */
export function bench(t: TestContext, dir = mkdtempSync(join(tmpdir(), 'reeve-store-'))): Bench {
  const warnings: string[] = [];
  const clock = { ms: 0, mono: () => clock.ms, wall: () => NOON + clock.ms };
  const opened: Store[] = [];
  t.after(() => {
    for (const store of opened) store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    dir, warnings, clock,
    open(over = {}) {
      const store = openStore({ stateDir: over.stateDir === undefined ? dir : over.stateDir, warn: (m) => warnings.push(m), bootId: over.bootId ?? 'boot-1', clock });
      opened.push(store);
      return store;
    },
  };
}

/** Opens stores on a disk that holds no more than this (as `size` of a tmpfs), unmounted when the test ends; or says why this machine cannot. */
export function smallDisk(t: TestContext, size: string): Bench | string {
  if (process.getuid?.() !== 0) return 'SKIPPED: needs root to mount a small tmpfs';
  const dir = mkdtempSync(join(tmpdir(), 'reeve-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'reeve-test', dir], { stdio: 'pipe' });
  } catch (error) {
    rmSync(dir, { recursive: true });
    return `SKIPPED: cannot mount a tmpfs here: ${(error as Error).message}`;
  }
  t.after(() => execFileSync('umount', ['-l', dir]));
  return bench(t, join(dir, '.'));
}
