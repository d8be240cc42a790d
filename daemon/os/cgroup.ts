// Control groups (version 2) for lives with limits: one group for each life, which it joins itself before its command is executed,
// so that nobody whom it starts can be outside. The kernel then counts for us, keeps walls, and ends all of them at once. Where groups
// cannot be made everything works without.
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import type { LimitsSpec } from '../../config/limits-spec.ts';

const CONTROLLERS = ['memory', 'pids', 'cpu'] as const;
export type Controller = (typeof CONTROLLERS)[number];

/** Where daemons that make groups live themselves: a group with controllers below it may hold no process. */
const OWN_LEAF = 'reeve-daemon';
const PREFIX = 'reeve-';
/** Above a limit whose action takes its time stands a wall that nobody passes, so much further. */
const HEADROOM = 1.25;
const CPU_PERIOD_US = 100_000;
const SHELL_ADDS = ['PWD', 'OLDPWD', 'SHLVL', '_'] as const;
const FILE_BYTES = 65_536;
const scratch = Buffer.allocUnsafeSlow(FILE_BYTES);

/** The group of one life. */
export interface LifeGroup {
  readonly path: string;
  /** Executed in front of a command with this environment: it joins, and becomes the next word by exec. What cannot join runs outside. */
  wrapper(environment: Readonly<Record<string, string>>): readonly string[];
  /** Everybody in it who is not a zombie. */
  members(): number[];
  /** KILL to all of them at once, also those who fork meanwhile; false: not possible. */
  kill(): boolean;
  /** What they used, as the kernel counts it; null: nobody ever joined. rssBytes null: memory is not counted here. */
  usage(): { readonly cpuMs: number; readonly rssBytes: number | null } | null;
  /** How many of them the kernel ended for want of memory; 0 where it does not count. */
  oomKills(): number;
  /** Other limits from now on. */
  wall(limits: LimitsSpec): void;
  /** Nobody is in it any more: now, or soon. */
  remove(): void;
}

export interface Groups {
  /** Our place in the tree of groups; null: none where we may make any. */
  readonly path: string | null;
  readonly controllers: readonly Controller[];
  /** For whom limits of this kind are written; null: none is wanted, or to be had. */
  make(name: string, limits: LimitsSpec): LifeGroup | null;
  dispose(): void;
}

function read(path: string): string {
  return readFileSync(path, 'latin1');
}

function tryRead(path: string): string | null {
  try {
    return read(path);
  } catch {
    return null;
  }
}

function tryWrite(path: string, value: string): boolean {
  try {
    writeFileSync(path, value);
    return true;
  } catch {
    return false;
  }
}

/** `usage_usec 123` among lines; 0 where it is not. */
function field(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** Our own group where the kernel has version 2 and we may make groups in it. */
export function ownGroup(): string | null {
  const path = /^0::(\/.*)$/m.exec(tryRead('/proc/self/cgroup') ?? '')?.[1];
  if (path === undefined || path.startsWith('/..')) return null;
  for (const root of ['/sys/fs/cgroup', '/sys/fs/cgroup/unified']) {
    const directory = `${root}${path === '/' ? '' : path}`;
    try {
      accessSync(`${directory}/cgroup.procs`, constants.W_OK);
      accessSync(directory, constants.W_OK);
      return directory.endsWith(`/${OWN_LEAF}`) ? directory.slice(0, -OWN_LEAF.length - 1) : directory;
    } catch {
      // Not mounted there, or read-only.
    }
  }
  return null;
}

/** The group of a process, as /proc calls it; null where nobody can tell. */
export function groupPathOf(pid: number): string | null {
  return /^0::(.*)$/m.exec(tryRead(`/proc/${pid}/cgroup`) ?? '')?.[1] ?? null;
}

/** May we move whom we find in our group? Ours alone: a service of systemd, a container, or given to our user. A login session is its own. */
function isOurs(own: string): boolean {
  if (own.endsWith('.service')) return true;
  // The top of a container's tree is no top of all: that one has no type, and holds the whole machine.
  if (own === '/sys/fs/cgroup' || own === '/sys/fs/cgroup/unified') return existsSync(`${own}/cgroup.type`);
  const uid = process.geteuid?.() ?? 0;
  try {
    return uid !== 0 && statSync(own).uid === uid;
  } catch {
    return false;
  }
}

/** Gives the controllers that there are to groups below `own`; those that could be given. */
function enable(own: string): readonly Controller[] {
  const there = (tryRead(`${own}/cgroup.controllers`) ?? '').trim().split(' ');
  const wanted = CONTROLLERS.filter((name) => there.includes(name));
  if (wanted.length === 0) return [];
  const give = (): readonly Controller[] => wanted.filter((name) => tryWrite(`${own}/cgroup.subtree_control`, `+${name}`));
  const given = give();
  // The top of the tree may hold processes beside groups; any other group may not.
  if (given.length === wanted.length || !isOurs(own)) return given;
  try {
    mkdirSync(`${own}/${OWN_LEAF}`, { recursive: true });
  } catch {
    return given;
  }
  for (const pid of read(`${own}/cgroup.procs`).split('\n')) if (pid !== '') tryWrite(`${own}/${OWN_LEAF}/cgroup.procs`, pid);
  return give();
}

/** Groups of daemons that died, as far as nobody is in them. */
function sweep(own: string): void {
  try {
    for (const base of readdirSync(own)) {
      const pid = base.startsWith(PREFIX) ? Number(base.slice(PREFIX.length)) : 0;
      if (!(pid > 0) || pid === process.pid || existsSync(`/proc/${String(pid)}`)) continue;
      for (const life of readdirSync(`${own}/${base}`, { withFileTypes: true })) if (life.isDirectory()) tryRemove(`${own}/${base}/${life.name}`);
      tryRemove(`${own}/${base}`);
    }
  } catch {
    // Whatever is left is empty.
  }
}

function tryRemove(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** Writes the walls of these limits; the names of those that could not be written. */
function build(path: string, limits: LimitsSpec, controllers: readonly Controller[]): readonly string[] {
  const { action, memoryBytes, processes, cpuPercent, throttle } = limits;
  const walls: readonly (readonly [Controller, string, string])[] = [
    // What is killed anyway may be killed by the kernel at once; who is to end in good order needs room for that.
    ['memory', 'memory.max', memoryBytes === null || action === 'alert' ? 'max' : String(action === 'kill' ? memoryBytes : Math.round(memoryBytes * HEADROOM))],
    ['memory', 'memory.oom.group', memoryBytes === null || action === 'alert' ? '0' : '1'],
    ['pids', 'pids.max', processes === null || action === 'alert' ? 'max' : String(Math.ceil(processes * HEADROOM) + 1)],
    ['cpu', 'cpu.max', cpuPercent !== null && throttle ? `${String(Math.round((cpuPercent / 100) * CPU_PERIOD_US))} ${String(CPU_PERIOD_US)}` : `max ${String(CPU_PERIOD_US)}`],
  ];
  return walls.filter(([controller, file, value]) => controllers.includes(controller) && !tryWrite(`${path}/${file}`, value)).map(([, file]) => file);
}

/** A file that is read again and again, opened once. */
class OpenFile {
  private readonly path: string;
  private fd = -1;

  constructor(path: string) {
    this.path = path;
  }

  text(): string {
    try {
      if (this.fd < 0) this.fd = openSync(this.path, 'r');
      return scratch.toString('latin1', 0, readSync(this.fd, scratch, 0, FILE_BYTES, 0));
    } catch {
      return '';
    }
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }
}

function pidsIn(text: string): number[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [Number(line)])).filter((pid) => pid > 0);
}

/** Who is measured by the kernel: limits that a group counts or keeps. */
export function wantsGroup({ memoryBytes, cpuPercent, processes }: LimitsSpec): boolean {
  return memoryBytes !== null || cpuPercent !== null || processes !== null;
}

export interface GroupsOptions {
  /** In place of our own group: for tests. */
  readonly own?: string | null;
  readonly warn: (message: string) => void;
}

/** Makes nothing before the first life that wants a group. */
export function openGroups({ own = ownGroup(), warn }: GroupsOptions): Groups {
  let controllers: readonly Controller[] | null = null;
  const base = own === null ? null : `${own}/${PREFIX}${String(process.pid)}`;
  /** Groups whose last processes are still being reaped. */
  const doomed = new Set<string>();
  let broken = false;
  let warned = false;

  function prepare(): readonly Controller[] {
    if (controllers !== null || own === null || base === null) return controllers ?? [];
    sweep(own);
    const given = enable(own);
    mkdirSync(base, { recursive: true });
    controllers = given.filter((name) => tryWrite(`${base}/cgroup.subtree_control`, `+${name}`));
    return controllers;
  }

  function tidy(): void {
    for (const path of doomed) if (tryRemove(path)) doomed.delete(path);
  }

  function groupAt(path: string): LifeGroup {
    const procs = new OpenFile(`${path}/cgroup.procs`);
    const stat = new OpenFile(`${path}/cpu.stat`);
    const memory = new OpenFile(`${path}/memory.current`);
    const detail = new OpenFile(`${path}/memory.stat`);
    const counted = (): number | null => {
      if (!prepare().includes('memory')) return null;
      const current = Number(memory.text().trim());
      // What the kernel would give back at once is the machine's, not theirs.
      return Math.max(0, current - field(detail.text(), 'inactive_file'));
    };
    return {
      path,
      wrapper(environment) {
        // What a shell puts into an environment is not for the command.
        const added = SHELL_ADDS.filter((name) => environment[name] === undefined).join(' ');
        // "0" is whoever writes it. A group that is gone keeps nobody from running.
        return ['/bin/sh', '-c', `{ echo 0 > "$0"; } 2>/dev/null; unset ${added}; exec "$@"`, `${path}/cgroup.procs`];
      },
      members: () => pidsIn(procs.text()),
      kill: () => tryWrite(`${path}/cgroup.kill`, '1'),
      usage() {
        const cpuMs = field(stat.text(), 'usage_usec') / 1000;
        return cpuMs === 0 && procs.text() === '' ? null : { cpuMs, rssBytes: counted() };
      },
      oomKills: () => field(tryRead(`${path}/memory.events`) ?? '', 'oom_kill'),
      wall: (limits) => void build(path, limits, prepare()),
      remove() {
        for (const file of [procs, stat, memory, detail]) file.close();
        if (!tryRemove(path)) doomed.add(path);
      },
    };
  }

  return {
    path: own,
    get controllers() { return controllers ?? CONTROLLERS.filter((name) => (own === null ? '' : (tryRead(`${own}/cgroup.controllers`) ?? '')).trim().split(' ').includes(name)); },
    make(name, limits) {
      if (own === null || base === null || broken || !wantsGroup(limits)) return null;
      tidy();
      const path = `${base}/${name.replace(/[^\w.-]/g, '_').slice(-200)}`;
      try {
        const have = prepare();
        mkdirSync(path, { recursive: true });
        const unbuilt = build(path, limits, have);
        if (unbuilt.length > 0 && !warned) {
          warned = true;
          warn(`cannot write ${unbuilt.join(', ')} in ${path}: limits are looked at from time to time instead`);
        }
        return groupAt(path);
      } catch (error) {
        broken = true;
        warn(`cannot make control groups in ${own}: ${(error as Error).message}; what programs use is counted in /proc instead`);
        return null;
      }
    },
    dispose() {
      tidy();
      if (base !== null && controllers !== null) tryRemove(base);
    },
  };
}
