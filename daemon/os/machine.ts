// What this machine lets a supervisor do, for `doctor` and the start-up lines. Asked at most once in a while, so it looks afresh.
import { accessSync, constants, readFileSync } from 'node:fs';
import { type Capability, missingCapabilities } from './capabilities.ts';
import { openGroups } from './cgroup.ts';
import { createOomWatch } from './oom.ts';
import type { Tools } from './exec-chain.ts';
import type { MachineFacts, Measures } from './ports/machine.ts';

type Limit = MachineFacts['limits'][number];

/** Fewer open files than this and a few hundred programs with two outputs each cannot run. */
const COMFORTABLE_FILES = 4096;

const CAPABILITIES: Readonly<Partial<Record<Capability, string>>> = {
  SETUID: 'programs cannot run as another user',
  SETGID: 'programs cannot run with other groups',
  KILL: 'programs of other users cannot be signalled',
  SYS_RESOURCE: 'hard limits cannot be raised, OOM scores not lowered, and pipes past 64 MiB per user are small',
  SYS_PTRACE: "environment and descriptors of other users' processes cannot be read, so their orphans are known by session only",
  SYS_NICE: 'nice values below 0 cannot be given',
};

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function filesLimit(): Limit {
  const match = /^Max open files\s+(\S+)\s+(\S+)/m.exec(read('/proc/self/limits') ?? '');
  if (match === null) return { name: 'open files', ok: true, detail: 'unknown (no /proc/self/limits)' };
  const [, soft = '', hard = ''] = match;
  const ok = soft === 'unlimited' || Number(soft) >= COMFORTABLE_FILES;
  return {
    name: 'open files',
    ok,
    detail: `soft ${soft}, hard ${hard}${ok ? '' : `; each program needs up to three: raise it above ${COMFORTABLE_FILES} for hundreds of programs`}`,
  };
}

function toolLimits(tools: Tools): readonly Limit[] {
  const lacks: Readonly<Record<keyof Tools, string>> = {
    setpriv: 'programs with `user` or `kill_on_daemon_death` cannot start',
    prlimit: 'programs with limits other than the soft one of open files cannot start',
  };
  return (['setpriv', 'prlimit'] as const).map((name) => ({
    name,
    ok: tools[name] !== null,
    detail: tools[name] ?? `not found (util-linux): ${lacks[name]}`,
  }));
}

/** The value of hidepid (proc(5)) that /proc is mounted with, by /proc/self/mountinfo; null where it hides nobody. */
export function hidepidOf(mountinfo: string): string | null {
  // The last mount at a place is the one that is seen.
  const mount = mountinfo.split('\n').findLast((line) => / \/proc [^-]*- proc /.test(line));
  const value = /(?:^|[ ,])hidepid=([^ ,]+)/.exec(mount ?? '')?.[1] ?? null;
  return value === '0' || value === 'off' ? null : value;
}

function procLimit(): Limit {
  const name = 'processes of others in /proc';
  const hidepid = hidepidOf(read('/proc/self/mountinfo') ?? '');
  if (hidepid !== null && missingCapabilities(['SYS_PTRACE']).length > 0) {
    const detail = `hidden (/proc is mounted with hidepid=${hidepid}): what programs of other users start is not found and not ended with them; mount /proc with hidepid=0, or give the daemon CAP_SYS_PTRACE`;
    return { name, ok: false, detail };
  }
  try {
    accessSync('/proc/1/environ', constants.R_OK);
    readFileSync('/proc/1/environ');
    return { name, ok: true, detail: 'readable' };
  } catch (error) {
    const why = (error as { code?: string }).code ?? 'unknown';
    return { name, ok: false, detail: `not readable (${why}): orphans of other users are known by session only` };
  }
}

function seccompLimit(): Limit {
  const mode = /^Seccomp:\s*(\d)/m.exec(read('/proc/self/status') ?? '')?.[1];
  const words: Readonly<Record<string, string>> = { '0': 'off', '1': 'strict', '2': 'a filter is set: some system calls may be refused' };
  return { name: 'seccomp', ok: mode !== '1', detail: mode === undefined ? 'unknown' : (words[mode] ?? mode) };
}

function capabilityLimits(): readonly Limit[] {
  const wanted = Object.keys(CAPABILITIES) as Capability[];
  const missing = new Set(missingCapabilities(wanted));
  return wanted.map((name) => ({
    name: `CAP_${name}`,
    ok: !missing.has(name),
    detail: missing.has(name) ? `missing: ${CAPABILITIES[name]}` : 'held',
  }));
}

function measures(): Measures {
  if (process.platform !== 'linux') return { proc: false, cgroup: null, controllers: [], oom: null };
  const { path, controllers } = openGroups({ warn: () => undefined });
  return { proc: read('/proc/self/stat') !== null, cgroup: path, controllers, oom: createOomWatch(() => 0).source };
}

/** Facts that hold for both implementations, and those of the one that runs. */
export function machineFacts(running: {
  readonly implementation: 'native' | 'portable';
  readonly why: string | null;
  readonly subreaper: boolean;
  readonly pidfd: boolean;
  readonly tools: Tools | null;
  readonly lacks: readonly string[];
}): MachineFacts {
  const linux = process.platform === 'linux';
  return {
    implementation: running.implementation,
    why: running.why,
    subreaper: running.subreaper,
    pid1: process.pid === 1,
    pidfd: running.pidfd,
    measures: measures(),
    limits: [
      ...running.lacks.map((detail) => ({ name: 'portable', ok: false, detail })),
      filesLimit(),
      ...(running.tools === null ? [] : toolLimits(running.tools)),
      ...(linux ? [procLimit(), seccompLimit()] : []),
      ...capabilityLimits(),
    ],
  };
}
