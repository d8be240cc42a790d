// Opens the operating system: the native implementation where everything it stands on works, else the portable one.
import { readdirSync } from 'node:fs';
import { clock } from './clock.ts';
import { findTools } from './exec-chain.ts';
import { machineFacts } from './machine.ts';
import { createNativeProcesses } from './native-processes.ts';
import { createReadiness } from './native-readiness.ts';
import { createPortableProcesses } from './portable-processes.ts';
import { PORTABLE_LACKS } from './portable-spawn.ts';
import type { Os } from './ports/machine.ts';
import { F_GETFD, openSys, type Sys } from './sys.ts';

/** The ports, and their end. Children that still run stay: they are nobody's then. */
export interface OpenedOs extends Os {
  dispose(): void;
}

export interface OpenOptions {
  /** true: do not try the native implementation. Default: what REEVE_OS says. */
  readonly portable?: boolean;
  /** Programs may open at least so many files (their soft limit), unless they say themselves; default: the usual 1024. */
  readonly softFiles?: number;
  /** Hears, in sentences, what could not be done as asked. */
  readonly warn: (message: string) => void;
}

const F_SETFD = 2;
const FD_CLOEXEC = 1n;

/** Descriptors that we inherited must not reach our children: a lock or a pipe of whoever started us would stay open in them. */
function sealInherited(sys: Sys): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name);
    if (fd > 2 && sys.fcntl(fd, F_GETFD, 0n) === 0) sys.fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

/** Builds the native implementation on `sys` (tests hand in one that fails). Throws when the machine lacks something. */
export function openNative(sys: Sys, warn: (message: string) => void, softFiles = 0): OpenedOs {
  sealInherited(sys);
  const processes = createNativeProcesses(sys, warn, softFiles);
  let readiness: ReturnType<typeof createReadiness>;
  try {
    readiness = createReadiness(sys);
  } catch (error) {
    processes.dispose();
    throw error;
  }
  return {
    clock,
    processes,
    readiness,
    machine: () =>
      machineFacts({
        implementation: 'native',
        why: null,
        subreaper: processes.subreaper,
        pidfd: sys.pidfd,
        tools: findTools(),
        lacks: [],
      }),
    dispose() {
      processes.dispose();
      readiness.dispose();
    },
  };
}

function openPortable(why: string, warn: (message: string) => void): OpenedOs {
  const processes = createPortableProcesses(warn);
  return {
    clock,
    processes,
    readiness: null,
    machine: () => machineFacts({ implementation: 'portable', why, subreaper: false, pidfd: false, tools: null, lacks: PORTABLE_LACKS }),
    dispose: () => processes.dispose(),
  };
}

/** Opens the OS layer. Once per process at a time: two would reap each other's children. */
export function openOs({ portable = process.env['REEVE_OS'] === 'portable', softFiles = 0, warn }: OpenOptions): OpenedOs {
  if (portable) return openPortable('it was asked for (REEVE_OS=portable)', warn);
  const sys = openSys();
  let why: string;
  if ('problem' in sys) why = sys.problem;
  else {
    try {
      return openNative(sys, warn, softFiles);
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
    }
  }
  warn(`cannot use the native OS layer: ${why}; going on with the portable one, which can do less (see reevectl doctor)`);
  return openPortable(why, warn);
}
