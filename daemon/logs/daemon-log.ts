// The daemon's own log: facts and messages as lines, into the rotating file and, in the foreground, to stdout or stderr.
//
// Not pino: the lines are pino's (level, time, msg, then fields), so pino-pretty and collectors read them, but what writes
// them is JSON.stringify. Measured (Node 26.10, 100,000 process.exited facts to a file, medians of 3): 4.2 us of CPU a line
// here, its words included; 5.7 us in pino with a synchronous destination; and importing pino takes 18 ms and 9.6 MiB before
// the first child runs. pino-roll will come with the key that asks for it.
import type { DaemonSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import type { LogSlice } from '../os/ports.ts';
import { type Dialect, type LogLevel, sayFact } from './daemon-log-lines.ts';
import { readLog } from './history.ts';
import { WriterRegistry } from './registry.ts';
import { Ring } from './ring.ts';
import { RotatingFile } from './rotating-file.ts';
import type { Writer } from './writer.ts';

export interface DaemonLogOptions {
  readonly spec: DaemonSpec;
  /** Stays in the foreground: lines go to the terminal too (supervisord: stdout; ours: stderr), unless silent. */
  readonly foreground: boolean;
  /** What happens to the log itself (rotated, deleted, full). Called after the line at hand is written. */
  readonly onFact: (fact: FactBody) => void;
  /** Shares the writers of programs' logs, so that a path they have in common keeps whole lines; null: writers of its own. */
  readonly registry?: WriterRegistry | null;
  /** Wall clock, ms. */
  readonly wall?: () => number;
}

export interface DaemonLog {
  /** The file, or null when there is none (then `read` answers from the last lines in memory). */
  readonly path: string | null;
  /** Why the configured file cannot be used, or null. */
  readonly problem: string | null;
  /** Writes the line of a fact, if the level asks for it. */
  fact(fact: Fact): void;
  /** Writes a line of no fact. `fields` appear in JSON only. */
  message(level: LogLevel, text: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Closes and opens the file again (SIGUSR2); a message when that failed. */
  reopen(): string | null;
  /** supervisord's read rules: a negative offset with length 0 is the last bytes, length 0 is to the end. */
  read(offset: number, length: number): LogSlice | { readonly error: string };
  /** Calls back with each line as it is written; returns what ends that. */
  follow(onChunk: (bytes: Uint8Array) => void): () => void;
  /** Empties the log; a message when that failed. */
  clear(): string | null;
  /** Lines after this are lost. */
  close(): void;
}

/** Least to most talkative; supervisord's abbreviation and pino's number of each. */
const LEVELS = {
  critical: { order: 0, abbreviation: 'CRIT', pino: 60 },
  error: { order: 1, abbreviation: 'ERRO', pino: 50 },
  warn: { order: 2, abbreviation: 'WARN', pino: 40 },
  info: { order: 3, abbreviation: 'INFO', pino: 30 },
  debug: { order: 4, abbreviation: 'DEBG', pino: 20 },
  trace: { order: 5, abbreviation: 'TRAC', pino: 10 },
  blather: { order: 6, abbreviation: 'BLAT', pino: 5 },
} as const satisfies Record<LogLevel, { order: number; abbreviation: string; pino: number }>;

/** Lines kept in memory where there is no file. */
const RING_BYTES = 64 * 1024;
/** Lines that come while a line is being written (the writer reports a rotation, say). More are dropped. */
const NESTED_LIMIT = 64;

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`);
const three = (n: number): string => `${n}`.padStart(3, '0');

/** `2026-01-31 12:00:00,123` in local time; the part up to the second is made once per second. */
function stamper(): (wallMs: number) => string {
  let second = -1;
  let prefix = '';
  return (wallMs) => {
    const now = Math.floor(wallMs / 1000);
    if (now !== second) {
      const d = new Date(wallMs);
      prefix = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())},`;
      second = now;
    }
    return prefix + three(Math.floor(wallMs) - now * 1000);
  };
}

/** One line whatever the words are: a message must not be able to forge another line, or move the cursor of whoever reads it. */
function oneLine(text: string): string {
  return /[^\P{Cc}\t]/u.test(text) ? text.replace(/[\r\n]+/g, ' | ').replace(/[^\P{Cc}\t]/gu, '?') : text;
}

function jsonLine(level: LogLevel, wallMs: number, text: string, fields: object | undefined): string {
  return `${JSON.stringify({ level: LEVELS[level].pino, time: Math.floor(wallMs), msg: text, ...fields })}\n`;
}

/** What a slow terminal may owe before our own lines are dropped: more than what programs fill it with, who can wait. */
const DEVICE_OWED_BYTES = 1024 * 1024;

/** Hands a line to a writer. What a slow terminal or a full disk does not take within its bound is dropped: a log must not grow its daemon. */
function put(writer: Writer | null, line: Buffer): void {
  if (writer === null) return;
  const room = writer.target.kind === 'device' ? writer.owed < DEVICE_OWED_BYTES : !writer.full;
  if (room) writer.accept('daemon', line, 0, line.length);
}

/** Opens the daemon's log. Never throws: what cannot be opened is `problem`, and the foreground and memory remain. */
export function openDaemonLog(options: DaemonLogOptions): DaemonLog {
  const { spec } = options;
  const wall = options.wall ?? Date.now;
  const limit = LEVELS[spec.logLevel].order;
  const dialect: Dialect = spec.logFormat === 'supervisord' ? 'supervisord' : 'own';
  const stamp = stamper();
  const followers = new Set<(bytes: Uint8Array) => void>();
  const registry = options.registry ?? new WriterRegistry({ stdout: 1, stderr: 2, now: () => performance.now(), onFact: options.onFact });
  let problem: string | null = null;

  const accept = (opened: Writer | { readonly error: string }): Writer | null => {
    if (!('error' in opened)) return opened;
    problem ??= opened.error;
    return null;
  };
  const file =
    spec.logfile === null ? null : accept(registry.acquire(spec.logfile, { maxBytes: spec.logfileMaxBytes, backups: spec.logfileBackups, gzip: false }));
  const echo = options.foreground && !spec.silent ? accept(registry.acquireOwn(dialect === 'supervisord' ? 1 : 2)) : null;
  // A log that is the terminal itself (logfile = /dev/stdout) must not be written twice.
  const terminal = echo === file ? null : echo;
  const regular = file?.target instanceof RotatingFile ? file.target : null;
  const ring = regular ? null : new Ring(RING_BYTES);
  const asJson = dialect === 'own' && file !== null;
  let writing = false;
  let closed = false;
  const nested: (() => void)[] = [];

  function write(level: LogLevel, wallMs: number, text: string, fields: object | undefined): void {
    if (closed) return;
    if (writing) {
      if (nested.length < NESTED_LIMIT) nested.push(() => write(level, wallMs, text, fields));
      return;
    }
    writing = true;
    const human = terminal || !asJson ? Buffer.from(`${stamp(wallMs)} ${LEVELS[level].abbreviation} ${oneLine(text)}\n`) : null;
    const line = asJson ? Buffer.from(jsonLine(level, wallMs, text, fields)) : human;
    if (line) {
      put(file, line);
      ring?.push(line, 0, line.length);
      for (const follower of followers) follower(line);
    }
    if (human) put(terminal, human);
    writing = false;
    nested.shift()?.();
  }

  if (problem !== null) write('critical', wall(), `${problem as string}; the daemon goes on without it`, undefined);

  return {
    path: regular?.path ?? null,
    problem,
    fact(fact) {
      const { level, text } = sayFact(fact, dialect);
      if (LEVELS[level].order <= limit) write(level, fact.at, text, asJson ? fact : undefined);
    },
    message(level, text, fields) {
      if (LEVELS[level].order <= limit) write(level, wall(), text, fields);
    },
    reopen: () => regular?.reopen() ?? null,
    clear() {
      ring?.clear();
      return regular?.clear() ?? null;
    },
    read(offset, length) {
      const place = regular ? { path: regular.path } : { ring: ring ?? new Ring(1) };
      const bytes = readLog(place, offset, length);
      if ('error' in bytes) return { error: bytes.message };
      return { bytes, offset: regular?.size ?? ring?.total ?? 0, overflow: false };
    },
    follow(onChunk) {
      followers.add(onChunk);
      return () => void followers.delete(onChunk);
    },
    close() {
      if (closed) return;
      closed = true;
      followers.clear();
      for (const writer of [file, echo]) if (writer) registry.release(writer);
    },
  };
}
