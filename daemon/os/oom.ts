// Was it the kernel, for want of memory? Where a life has a group of its own the kernel says so of that life. Elsewhere it counts for the
// group that we are all in, or for the whole machine: then who got a KILL that nobody here sent was probably meant.
import { readFileSync } from 'node:fs';

/** A count that was read so long ago says nothing of now. */
const STALE_MS = 60_000;

interface Source {
  readonly path: string;
  /** Key in its lines. */
  readonly key: string;
}

/** Nearest first: our group (version 2, then 1), then the machine. */
function sources(): readonly Source[] {
  let text = '';
  try {
    text = readFileSync('/proc/self/cgroup', 'latin1');
  } catch {
    // No groups on this system.
  }
  const v2 = /^0::(\/.*)$/m.exec(text)?.[1];
  const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(\/.*)$/m.exec(text)?.[1];
  const inside = (root: string, path: string, file: string): string => `${root}${path === '/' ? '' : path}/${file}`;
  return [
    ...(v2 === undefined ? [] : [{ path: inside('/sys/fs/cgroup', v2, 'memory.events'), key: 'oom_kill' }]),
    ...(v1 === undefined ? [] : [{ path: inside('/sys/fs/cgroup/memory', v1, 'memory.oom_control'), key: 'oom_kill' }, { path: '/sys/fs/cgroup/memory/memory.oom_control', key: 'oom_kill' }]),
    { path: '/proc/vmstat', key: 'oom_kill' },
  ];
}

function countIn({ path, key }: Source): number | null {
  try {
    const found = new RegExp(`^${key} (\\d+)$`, 'm').exec(readFileSync(path, 'latin1'))?.[1];
    return found === undefined ? null : Number(found);
  } catch {
    return null;
  }
}

export interface OomWatch {
  /** What the count is taken from; null: there is none. */
  readonly source: string | null;
  /** Somebody was started: from here on counts say something. Cheap. */
  note(): void;
  /** Did the kernel end anybody since the last look? */
  struck(): boolean;
}

/** `from`: in place of what this machine has, for tests. */
export function createOomWatch(now: () => number, from: readonly Source[] = sources()): OomWatch {
  let source: Source | null = null;
  let last = 0;
  // Read once: the counts of the whole machine are a long file.
  for (const one of from) {
    const count = countIn(one);
    if (count === null) continue;
    source = one;
    last = count;
    break;
  }
  let readAt = now();
  return {
    source: source?.path ?? null,
    note() {
      if (source === null || now() - readAt < STALE_MS) return;
      last = countIn(source) ?? last;
      readAt = now();
    },
    struck() {
      if (source === null) return false;
      const count = countIn(source) ?? last;
      const more = count > last;
      last = count;
      readAt = now();
      return more;
    },
  };
}
