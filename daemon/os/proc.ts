// What /proc says of a process. Every answer may be null: processes end while one looks.
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

/** The fields of /proc/PID/stat that we use. */
export interface ProcStat {
  /** R, S, D, Z (zombie), T … */
  readonly state: string;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
  /** Processor time of its own, in clock ticks; and of its children that it waited for. */
  readonly ticks: number;
  readonly childTicks: number;
  readonly threads: number;
  /** Pages of resident memory. */
  readonly rssPages: number;
}

/** Where what is asked of /proc comes from: read anew each time, or from what a meter keeps open. */
export interface ProcReader {
  stat(pid: number): ProcStat | null;
  children(pid: number): readonly number[];
}

const STAT_MAX_BYTES = 2048;
/** An environment larger than this is searched in its first part only. */
const ENVIRON_MAX_BYTES = 256 * 1024;
const scratch = Buffer.allocUnsafeSlow(ENVIRON_MAX_BYTES);

/** A descriptor to give up where the table of open files is full: whom a process left behind must be found then too. */
let reserve = -1;

/** Keeps a descriptor for looking at /proc when there is no other. */
export function holdReserve(): void {
  try {
    if (reserve < 0) reserve = openSync('/dev/null', 'r');
  } catch {
    // None to be had now.
  }
}

export function dropReserve(): void {
  if (reserve >= 0) closeSync(reserve);
  reserve = -1;
}

/** Calls `look`, which opens and closes one descriptor; once more with the reserve when there is no other. */
function looking<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (reserve < 0 || (code !== 'EMFILE' && code !== 'ENFILE')) throw error;
    dropReserve();
    try {
      return look();
    } finally {
      holdReserve();
    }
  }
}

/** What a file of /proc is: one read gives all of it; a list of numbers; anything that may be longer than a page. */
type Kind = 'line' | 'list' | 'text';

/** Reads a small file of /proc into the shared scratch buffer; its length, or -1. */
function load(path: string, bound: number, kind: Kind = 'text'): number {
  try {
    return looking(() => {
      const fd = openSync(path, 'r');
      try {
        return kind === 'line' ? readSync(fd, scratch, 0, bound, 0) : fill(fd, bound, kind === 'list');
      } finally {
        closeSync(fd);
      }
    });
  } catch {
    return -1;
  }
}

/** Lists come in pages filled as far as the next entry fits. */
const LIST_PAGE_BYTES = 4096;
const LIST_ENTRY_MAX_BYTES = 32;

/** /proc gives at most a page per read: read until it gives nothing, or less than a page of a `list`. */
function fill(fd: number, bound: number, list = false): number {
  let length = 0;
  while (length < bound) {
    const got = readSync(fd, scratch, length, bound - length, length);
    if (got === 0) break;
    length += got;
    // For each read the kernel goes through the whole list to where the one before ended: the read that gives nothing is the dearest.
    if (list && got < LIST_PAGE_BYTES - LIST_ENTRY_MAX_BYTES) break;
  }
  return length;
}

/** The numbers in a list separated by spaces. */
function numbersIn(length: number, into: number[]): void {
  let value = 0;
  for (let at = 0; at < length; at += 1) {
    const byte = scratch[at]!;
    if (byte >= 48 && byte <= 57) value = value * 10 + byte - 48;
    else if (value > 0) {
      into.push(value);
      value = 0;
    }
  }
  if (value > 0) into.push(value);
}

/** The stat line of a process, or null when there is none (or /proc hides it). */
export function readStat(pid: number): ProcStat | null {
  return statIn(load(`/proc/${pid}/stat`, STAT_MAX_BYTES, 'line'));
}

/** Reads a stat file that is open, by a `fd` of `openStat`; null when its process is gone. */
export function readOpenStat(fd: number): ProcStat | null {
  try {
    return statIn(readSync(fd, scratch, 0, STAT_MAX_BYTES, 0));
  } catch {
    return null;
  }
}

/** A descriptor that names this process for as long as it is open, whoever gets its pid later; -1: there is none to be had. */
export function openStat(pid: number): number {
  try {
    return openSync(`/proc/${pid}/stat`, 'r');
  } catch {
    return -1;
  }
}

/** The fields behind the name, by their place: see proc(5), whose numbers are three more. */
const FIELDS = 22;
const fields = new Float64Array(FIELDS);

/** The stat line at the beginning of the scratch buffer. By hand: a thousand of them are read in one go, and strings cost more than the kernel does. */
function statIn(length: number): ProcStat | null {
  if (length <= 0) return null;
  // The name in parentheses may contain anything, `)` too: the last one ends it.
  const name = scratch.lastIndexOf(41, length - 1);
  const state = String.fromCharCode(scratch[name + 2]!);
  let field = 0;
  let value = 0;
  fields.fill(0);
  for (let at = name + 4; at <= length && field < FIELDS - 1; at += 1) {
    const byte = at === length ? 32 : scratch[at]!;
    if (byte >= 48 && byte <= 57) value = value * 10 + byte - 48;
    else if (byte === 32 || byte === 10) {
      field += 1;
      fields[field] = value;
      value = 0;
    }
  }
  return {
    state, ppid: fields[1]!, pgrp: fields[2]!, session: fields[3]!, startTime: fields[19]!,
    ticks: fields[11]! + fields[12]!, childTicks: fields[13]! + fields[14]!, threads: fields[17]!, rssPages: fields[21]!,
  };
}

/** Start time of a process, 0 when it is gone. */
export function startTimeOf(pid: number): number {
  return readStat(pid)?.startTime ?? 0;
}

/** Whether a process still runs: a zombie does not, unless only its first thread ended. */
export function runs(pid: number, stat: ProcStat): boolean {
  return (stat.state !== 'Z' && stat.state !== 'X') || threadsOf(pid).length > 1;
}

function threadsOf(pid: number): readonly string[] {
  try {
    return looking(() => readdirSync(`/proc/${pid}/task`));
  } catch {
    return [];
  }
}

/** Direct children of all threads of a process. */
export function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const thread of threadsOf(pid)) readChildren(pid, thread, children);
  return children;
}

/** Direct children of a process that has one thread. */
export function childrenOfSingle(pid: number): number[] {
  const children: number[] = [];
  readChildren(pid, pid, children);
  return children;
}

function readChildren(pid: number, thread: string | number, into: number[]): void {
  numbersIn(Math.max(0, load(`/proc/${pid}/task/${thread}/children`, ENVIRON_MAX_BYTES, 'list')), into);
}

/** Everything read anew. */
export const freshReader: ProcReader = { stat: readStat, children: childrenOf };

/** A kept descriptor on the list of our own children: the main thread spawns them all and adopts all orphans. */
export function openOwnChildren(): number {
  return openSync(`/proc/self/task/${process.pid}/children`, 'r');
}

/** Reads a list opened by `openOwnChildren`. Complete, since nobody but us removes our children from it. */
export function readOwnChildren(fd: number): number[] {
  const children: number[] = [];
  numbersIn(fill(fd, ENVIRON_MAX_BYTES, true), children);
  return children;
}

const MARKER = Buffer.from('SUPERVISION_ID=');
/** An environment is empty for some microseconds within an exec, so an empty one is read again this many times. */
const EMPTY_READS = 3;

/** The SUPERVISION_ID in the environment a process was started with; null when none or not ours to read. */
export function supervisionIdOf(pid: number): string | null {
  let length = 0;
  for (let read = 0; length === 0 && read < EMPTY_READS; read += 1) length = load(`/proc/${pid}/environ`, ENVIRON_MAX_BYTES);
  for (let at = scratch.indexOf(MARKER); at >= 0 && at < length; at = scratch.indexOf(MARKER, at + 1)) {
    if (at > 0 && scratch[at - 1] !== 0) continue;
    const end = scratch.indexOf(0, at);
    return scratch.toString('latin1', at + MARKER.length, end < 0 || end > length ? length : end);
  }
  return null;
}

/** What a descriptor of a process is (`pipe:[123]`, a path); null when unknown. */
export function descriptorOf(pid: number | 'self', fd: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return null;
  }
}

const COMMAND_LINE_BYTES = 200;

/** The command line of a process for a person to recognise it, at most this many bytes; its name where it has none. */
export function commandLineOf(pid: number): string {
  const length = load(`/proc/${pid}/cmdline`, COMMAND_LINE_BYTES);
  if (length > 0) return scratch.toString('utf8', 0, length).replaceAll('\0', ' ').trim() + (length === COMMAND_LINE_BYTES ? '…' : '');
  const name = load(`/proc/${pid}/comm`, COMMAND_LINE_BYTES);
  return name > 0 ? `[${scratch.toString('utf8', 0, name).trim()}]` : '?';
}

/** Every pid in /proc. */
export function allPids(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}
