// All processes there are, for where nothing cheaper tells who descends from whom: /proc, or ps(1) where there is none.
import { allPids, readStat, runs, supervisionIdOf } from './proc.ts';

export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** Clock ticks since boot, or 0 where unknown. */
  readonly startTime: number;
  /** Not a zombie. */
  readonly running: boolean;
  /** SUPERVISION_ID in its environment; read when it is first asked for, since it is the costly part. */
  supervisionId(): string | null;
}

export interface ProcessTable {
  readonly rows: readonly ProcessRow[];
  get(pid: number): ProcessRow | undefined;
  childrenOf(pid: number): readonly ProcessRow[];
}

/** A snapshot; processes may have come and gone when it is looked at. */
export function readProcessTable(): ProcessTable {
  const rows = process.platform === 'linux' ? fromProc() : fromPs();
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  const byParent = Map.groupBy(rows, ({ ppid }) => ppid);
  return { rows, get: (pid) => byPid.get(pid), childrenOf: (pid) => byParent.get(pid) ?? [] };
}

function fromProc(): readonly ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const pid of allPids()) {
    const stat = readStat(pid);
    if (stat === null) continue;
    let supervisionId: string | null | undefined;
    const { ppid, pgrp, session, startTime } = stat;
    rows.push({ pid, ppid, pgrp, session, startTime, running: runs(pid, stat), supervisionId: () => (supervisionId === undefined ? (supervisionId = supervisionIdOf(pid)) : supervisionId) });
  }
  return rows;
}

/** The number of seconds since the epoch of the start, as ps prints it, stands for the start time. */
function fromPs(): readonly ProcessRow[] {
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,sess=,stat=,lstart='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(.+)$/.exec(line);
    if (match === null) return [];
    const [, pid, ppid, pgrp, session, state = '', started = ''] = match;
    return [
      {
        pid: Number(pid),
        ppid: Number(ppid),
        pgrp: Number(pgrp),
        session: Number(session) || 0,
        startTime: Date.parse(started) / 1000 || 0,
        running: !state.startsWith('Z'),
        supervisionId: () => null,
      },
    ];
  });
}
