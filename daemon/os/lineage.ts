// Who belongs to which life. We are the subreaper, so whoever loses its parent becomes our child: everybody of a life is
// below its main process or below an orphan that we adopted, and only adopted orphans need evidence of where they came from.
import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { groupPathOf } from './cgroup.ts';
import type { LifeGroup } from './cgroup.ts';
import type { Child, ExitReport } from './ports/processes.ts';
import {
  descriptorOf,
  dropReserve,
  freshReader,
  holdReserve,
  openOwnChildren,
  type ProcReader,
  type ProcStat,
  readOwnChildren,
  readStat,
  runs,
  startTimeOf,
  supervisionIdOf,
} from './proc.ts';

/** One life as long as anybody of it is left. */
export interface Life {
  readonly child: Child;
  readonly supervisionId: string;
  /** Names of its output pipes (`pipe:[123]`). */
  readonly pipes: readonly string[];
  readonly onExit: (report: ExitReport) => void;
  /** Our end of its stdin, closed with the main process; null where it has none. */
  readonly stdin: Writable | null;
  /** Our end of the pipe on which it says that it is ready, closed with the main process. */
  readonly ready: Readable | null;
  /** Its control group; null: it has none. */
  readonly group: LifeGroup | null;
  /** We sent it KILL. */
  killed: boolean;
  /** The main process was reaped. */
  reaped: boolean;
  /** Nobody wants to hear of it any more. */
  forgotten: boolean;
  /** Orphans of this life that are our children now. */
  readonly adopted: Set<number>;
  waiting: (() => void) | null;
}

export interface Lineage {
  add(life: Life): void;
  /** The life whose main process this is, as long as it is not reaped. */
  main(pid: number): Life | undefined;
  of(child: Child): Life | undefined;
  /** The life of an adopted orphan; null: an orphan of unknown origin; undefined: not adopted (as far as we looked). */
  ownerOf(pid: number): Life | null | undefined;
  /** The main process was reaped. */
  ended(life: Life): void;
  /** An orphan was reaped: the life it belonged to. */
  lost(pid: number): Life | null;
  /** Adopted orphans that run and belong to no life: of unknown origin (null), or of a life that is forgotten. */
  unowned(): { readonly pid: number; readonly startTime: number; readonly process: string | null }[];
  /** Finds orphans that were adopted since the last look. */
  look(): void;
  /** Everybody of a life who runs, the main process first. `via`: where what is asked of /proc comes from. */
  members(life: Life, via?: ProcReader): number[];
  /** When a process that `members` named started; 0: not known. What has this pid now may be another. */
  startTime(pid: number): number;
  /** Whether we are the parent, so that the pid cannot be taken by another before we reap it. */
  isOurs(pid: number): boolean;
  /** Drops a life of which nobody is left; call after `look`. */
  release(life: Life): void;
  forget(life: Life): void;
  /** Main processes that are not reaped. */
  readonly mains: ReadonlyMap<number, Life>;
  dispose(): void;
}

/** The last two names of a group: those that we chose, wherever it is seen from. */
function groupName(path: string): string {
  return path.split('/').slice(-2).join('/');
}

/** Descendants remembered for when they become orphans. Past this many the oldest are forgotten. */
const SEEN_MAX = 20_000;

/** `isForeign` tells children of ours that are none of our business (libuv's); `onUnknown` hears of adopted orphans without evidence. */
export function createLineage(isForeign: (pid: number) => boolean, onUnknown: (pid: number) => void): Lineage {
  const ownChildren = openOwnChildren();
  holdReserve();
  const mains = new Map<number, Life>();
  const lives = new Map<Child, Life>();
  const byPid = new Map<number, Life>();
  const bySupervisionId = new Map<string, Life>();
  const byPipe = new Map<string, Life>();
  const byGroup = new Map<string, Life>();
  const adopted = new Map<number, Life | null>();
  /** Adopted orphans without an owner. */
  const unowned = new Map<number, { readonly startTime: number; readonly process: string | null }>();
  const seen = new Map<number, { readonly startTime: number; readonly life: Life }>();

  /** The evidence, cheapest first. A session or group id is not given out again while anybody is in it. */
  function originOf(pid: number, stat: ProcStat): Life | null {
    const known = byPid.get(stat.session) ?? byPid.get(stat.pgrp);
    if (known !== undefined) return known;
    const before = seen.get(pid);
    if (before?.startTime === stat.startTime) return before.life;
    const grouped = byGroup.size === 0 ? undefined : byGroup.get(groupName(groupPathOf(pid) ?? ''));
    if (grouped !== undefined) return grouped;
    const marker = stat.state === 'Z' ? null : supervisionIdOf(pid);
    const marked = marker === null ? undefined : bySupervisionId.get(marker);
    if (marked !== undefined) return marked;
    for (const fd of [1, 2, 0]) {
      const name = descriptorOf(pid, fd);
      const piped = name === null ? undefined : byPipe.get(name);
      if (piped !== undefined) return piped;
    }
    return null;
  }

  function look(): void {
    for (const pid of readOwnChildren(ownChildren)) {
      if (mains.has(pid) || adopted.has(pid) || isForeign(pid)) continue;
      const stat = readStat(pid);
      if (stat === null) continue;
      const origin = originOf(pid, stat);
      const owner = origin?.forgotten === true ? null : origin;
      adopted.set(pid, owner);
      if (owner !== null) owner.adopted.add(pid);
      else unowned.set(pid, { startTime: stat.startTime, process: origin?.child.id ?? null });
      if (origin === null) onUnknown(pid);
    }
  }

  /** Keeps a life as long as an orphan of it could still turn up. */
  function release(life: Life): void {
    if (!life.reaped || life.adopted.size > 0) return;
    lives.delete(life.child);
    if (byPid.get(life.child.pid) === life) byPid.delete(life.child.pid);
    if (bySupervisionId.get(life.supervisionId) === life) bySupervisionId.delete(life.supervisionId);
    for (const pipe of life.pipes) if (byPipe.get(pipe) === life) byPipe.delete(pipe);
    if (life.group !== null) {
      byGroup.delete(groupName(life.group.path));
      life.group.remove();
    }
  }

  function members(life: Life, via: ProcReader = freshReader): number[] {
    const found: number[] = [];
    const visited = new Set<number>();
    const queue = [...(life.reaped ? [] : [life.child.pid]), ...life.adopted, ...(life.group?.members() ?? [])];
    for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
      if (visited.has(pid)) continue;
      visited.add(pid);
      const stat = via.stat(pid);
      if (stat === null) {
        // Not readable now (out of descriptors): our own children are there until we reap them.
        if (mains.has(pid) || adopted.has(pid)) found.push(pid);
        continue;
      }
      if (runs(pid, stat)) found.push(pid);
      if (pid !== life.child.pid) remember(pid, stat.startTime, life);
      for (const each of via.children(pid)) queue.push(each);
    }
    return found;
  }

  function remember(pid: number, startTime: number, life: Life): void {
    seen.delete(pid);
    seen.set(pid, { startTime, life });
    if (seen.size > SEEN_MAX)
      for (const oldest of seen.keys()) {
        seen.delete(oldest);
        break;
      }
  }

  return {
    mains,
    add(life) {
      const { pid } = life.child;
      mains.set(pid, life);
      lives.set(life.child, life);
      byPid.set(pid, life);
      bySupervisionId.set(life.supervisionId, life);
      for (const pipe of life.pipes) byPipe.set(pipe, life);
      if (life.group !== null) byGroup.set(groupName(life.group.path), life);
      // The number was an orphan's that is gone, or seen in another life.
      adopted.delete(pid);
      unowned.delete(pid);
      seen.delete(pid);
    },
    main: (pid) => mains.get(pid),
    of(child) {
      const life = lives.get(child);
      return life?.forgotten === true ? undefined : life;
    },
    ownerOf: (pid) => adopted.get(pid),
    ended(life) {
      life.reaped = true;
      mains.delete(life.child.pid);
    },
    lost(pid) {
      const owner = adopted.get(pid) ?? null;
      adopted.delete(pid);
      unowned.delete(pid);
      seen.delete(pid);
      owner?.adopted.delete(pid);
      return owner;
    },
    unowned() {
      const running: { pid: number; startTime: number; process: string | null }[] = [];
      for (const [pid, { startTime, process: left }] of unowned) {
        const stat = readStat(pid);
        if (stat !== null && runs(pid, stat)) running.push({ pid, startTime, process: left });
      }
      return running;
    },
    look,
    members,
    release,
    startTime: (pid) => seen.get(pid)?.startTime ?? 0,
    isOurs: (pid) => mains.has(pid) || adopted.has(pid),
    forget(life) {
      life.forgotten = true;
      life.waiting = null;
      for (const pid of life.adopted) {
        adopted.set(pid, null);
        unowned.set(pid, { startTime: startTimeOf(pid), process: life.child.id });
      }
      life.adopted.clear();
      release(life);
    },
    dispose() {
      closeSync(ownChildren);
      dropReserve();
    },
  };
}
