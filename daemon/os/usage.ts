// What lives, with all they started, use: from /proc, or from their control groups. Looked at when somebody asks, never by itself.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { CpuAccount } from './cpu-account.ts';
import { KeptProc } from './kept-proc.ts';
import type { Clock } from './ports/clock.ts';
import type { Child, Processes } from './ports/processes.ts';
import type { UsageMeter, UsageSample } from './ports/usage.ts';
import { childrenOf, childrenOfSingle, type ProcReader, type ProcStat, readStat } from './proc.ts';

/** USER_HZ: 100 on every architecture that Node runs on. */
const TICK_MS = 10;
/** Accounts of lives that nobody asked for in so long, and nobody keeps, are closed; within twice that. Prometheus asks at least every two minutes. */
const QUIET_MS = 150_000;
/** Where nobody of a life ran since the last look, it uses what it used then. Only the kernel takes memory away from who sleeps, so it is
 *  looked at again after so long, or up to twice that: of a thousand that were looked at together some each time. */
const REST_MS = 120_000;
const REST_SHARES = 64;
const AT_PAGESZ = 6n;

/** What a life used when it was looked at. */
interface Look {
  readonly pages: number;
  /** undefined: not looked at. */
  readonly files: number | null | undefined;
  /** Monotonic ms: until then it serves, if nobody runs. */
  readonly serves: number;
}

interface Account {
  readonly cpu: CpuAccount;
  last: Look | null;
  askedAt: number;
  kept: boolean;
}

/** Bytes of a page, by what the kernel told us at our start. */
function pageSize(): number {
  try {
    const auxv = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= auxv.length; at += 16) if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8));
  } catch {
    // Nothing to go by.
  }
  return 4096;
}

/** Open files of a process; null where we may not look. The size of the directory says it since Linux 6.2. */
function openFilesOf(pid: number): number | null {
  try {
    const { size } = statSync(`/proc/${pid}/fd`);
    return size > 0 ? size : readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return null;
  }
}

/** Each process looked at once, and nothing kept open. */
function onceReader(): ProcReader {
  const seen = new Map<number, ProcStat | null>();
  return {
    stat(pid) {
      let stat = seen.get(pid);
      if (stat === undefined) seen.set(pid, (stat = readStat(pid)));
      return stat;
    },
    // Who has no other thread needs no look for those of other threads.
    children: (pid) => (seen.get(pid)?.threads === 1 ? childrenOfSingle(pid) : childrenOf(pid)),
  };
}

export interface UsageMeterOptions {
  readonly clock: Clock;
  readonly processes: Pick<Processes, 'trees' | 'counted' | 'ran'>;
}

/** Measures lives. Where there is no /proc nothing is found. */
export function createUsageMeter({ clock, processes }: UsageMeterOptions): UsageMeter & { /** Descriptors that are open. */ readonly open: number } {
  const bytesPerPage = pageSize();
  const accounts = new Map<Child, Account>();
  let kept: KeptProc | null = null;
  let keptAccounts = 0;
  let tidiedAt = -Infinity;
  const ran = (pid: number): number | null => processes.ran(pid);

  /** Now and then: a thousand are measured in slices, and each slice would go through all. */
  function forgetQuiet(now: number): void {
    if (now - tidiedAt <= QUIET_MS) return;
    tidiedAt = now;
    for (const [child, account] of accounts) if (!account.kept && now - account.askedAt > QUIET_MS) accounts.delete(child);
  }

  function sampleOf(child: Child, account: Account, { pages, files }: Look, at: number): UsageSample {
    const counted = processes.counted(child);
    return { at, rssBytes: counted?.rssBytes ?? pages * bytesPerPage, cpuMs: counted?.cpuMs ?? account.cpu.total * TICK_MS, processes: account.cpu.size, files: files ?? null };
  }

  /** What a life uses of which nobody ran since the last look; null: it has to be looked at. */
  function resting(child: Child, files: boolean, keep: boolean): UsageSample | null {
    const account = accounts.get(child);
    if (account === undefined || !account.cpu.rested(ran) || account.last === null || (keep && !account.kept) || (files && account.last.files === undefined)) return null;
    const at = clock.mono();
    if (at >= account.last.serves) return null;
    account.askedAt = at;
    return sampleOf(child, account, account.last, at);
  }

  function sample(child: Child, pids: readonly number[], files: boolean, keep: boolean, via: ProcReader): UsageSample | null {
    const at = clock.mono();
    const account = accounts.get(child) ?? { cpu: new CpuAccount(), last: null, askedAt: at, kept: false };
    accounts.set(child, account);
    account.askedAt = at;
    account.last = null;
    if (keep && !account.kept) {
      account.kept = true;
      keptAccounts += 1;
    }
    const { cpu } = account;
    const before = account.kept && kept !== null ? [...cpu.pids()] : [];
    cpu.look(pids, via);
    for (const pid of before) if (!cpu.has(pid)) kept?.drop(pid);
    if (cpu.size === 0) return null;
    let pages = 0;
    let most: number | null = null;
    for (const pid of cpu.pids()) {
      pages += via.stat(pid)?.rssPages ?? 0;
      if (keep) kept?.claim(pid);
      if (files) most = Math.max(most ?? -1, openFilesOf(pid) ?? -1);
    }
    const look: Look = { pages, files: files ? (most === -1 ? null : most) : undefined, serves: at + REST_MS * (1 + (child.pid % REST_SHARES) / REST_SHARES) };
    // Who could not be read is not known to sleep.
    if (cpu.size === pids.length) account.last = look;
    return sampleOf(child, account, look, at);
  }

  /** Where nobody needs a look nothing at all is read. */
  function look(children: readonly Child[], files: boolean, keep: boolean, found: Map<Child, UsageSample>): void {
    if (keep) (kept ??= new KeptProc()).begin();
    const via = keep && kept !== null ? kept : onceReader();
    for (const [child, pids] of processes.trees(children, via)) {
      const one = sample(child, pids, files, keep, via);
      if (one !== null) found.set(child, one);
    }
    if (keep) kept?.end();
  }

  return {
    get open() { return kept?.size ?? 0; },
    measure(children, { files, keep }) {
      const found = new Map<Child, UsageSample>();
      const awake: Child[] = [];
      for (const child of children) {
        const one = resting(child, files, keep);
        if (one === null) awake.push(child);
        else found.set(child, one);
      }
      if (awake.length > 0) look(awake, files, keep, found);
      if (!keep) forgetQuiet(clock.mono());
      return found;
    },
    release(child) {
      const account = accounts.get(child);
      if (account === undefined) return;
      accounts.delete(child);
      if (kept !== null) for (const pid of account.cpu.pids()) kept.drop(pid);
      if (account.kept) keptAccounts -= 1;
      if (keptAccounts > 0) return;
      kept?.dispose();
      kept = null;
    },
    dispose() {
      kept?.dispose();
      kept = null;
      accounts.clear();
    },
  };
}
