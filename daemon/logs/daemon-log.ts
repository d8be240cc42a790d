// The daemon's own log: facts and messages as lines, into the rotating file and, in the foreground, to stdout or stderr.
//
// Not pino: the lines are pino's (level, time, msg, then fields), so pino-pretty and collectors read them, but what writes
// them is JSON.stringify. Measured (Node 26.10, 100,000 process.exited facts to a file, medians of 3): 4.2 us of CPU a line
// here, its words included; 5.7 us in pino with a synchronous destination; and importing pino takes 18 ms and 9.6 MiB before
// the first child runs. pino-roll will come with the key that asks for it.
import { repr } from '../../config/python-text.ts';
import type { DaemonSpec } from '../../config/spec.ts';
import type { Fact, FactBody } from '../contract/facts.ts';
import type { Syslog } from '../os/ports/lines.ts';
import type { LogSlice } from '../os/ports/logs.ts';
import type { Channel, OutputEcho } from '../os/ports/output.ts';
import { type Dialect, sayFact } from './daemon-log-lines.ts';
import { readLog } from './history.ts';
import { WriterRegistry } from './registry.ts';
import { Ring } from './ring.ts';
import { RotatingFile } from './rotating-file.ts';
import type { Writer } from './writer.ts';
import type { LogLevel } from './said.ts';

export interface DaemonLogOptions {
  readonly spec: DaemonSpec;
  /** Stays in the foreground: lines go to the terminal too (supervisord: stdout; ours: stderr), unless silent. */
  readonly foreground: boolean;
  /** What happens to the log itself (rotated, deleted, full). Called after the line at hand is written. */
  readonly onFact: (fact: FactBody) => void;
  /** Shares the writers of programs' logs, so that a path they have in common keeps whole lines; null: writers of its own. */
  readonly registry?: WriterRegistry | null;
  /** For `logfile = "syslog"`; null: there is none. */
  readonly syslog?: Syslog | null;
  /** Wall clock, ms. */
  readonly wall?: () => number;
}

export interface DaemonLog extends OutputEcho {
  /** The file, or null when there is none (then `read` answers from the last lines in memory). */
  readonly path: string | null;
  /** Why the file of the start cannot be used, or null. */
  readonly problem: string | null;
  /** File, sizes and level are those of `spec` from now on; a message when the file cannot be opened, then the old one is kept. */
  configure(spec: DaemonSpec): string | null;
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

/** Almost every line. Nothing in it misleads, and no set of Unicode is made to find that out. */
const PLAIN = /^[\t\x20-\x7E]*$/;

/** One line whatever the words are: a message must not be able to forge another line, or move the cursor of whoever reads it. */
function oneLine(text: string): string {
  if (PLAIN.test(text)) return text;
  // Controls of a terminal, of lines, and of the direction of writing.
  return text.replace(/[\r\n]+/g, ' | ').replace(/[[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]--\t]/gv, '?');
}

/** What a program wrote, over as many lines as it has; all that could move a cursor is blotted out. */
function manyLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/[^\P{Cc}\t\n]/gu, '?');
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

/** Where lines go and which, as the configuration says. */
interface Settings {
  readonly limit: number;
  readonly file: Writer | null;
  /** `file` where it is one that rotates. */
  readonly regular: RotatingFile | null;
  /** Lines in memory where there is no file. */
  readonly ring: Ring | null;
  readonly syslog: Syslog | null;
}

/** Opens the daemon's log. Never throws: what cannot be opened is `problem`, and the foreground and memory remain. */
export function openDaemonLog(options: DaemonLogOptions): DaemonLog {
  const wall = options.wall ?? Date.now;
  const dialect: Dialect = options.spec.logFormat === 'supervisord' ? 'supervisord' : 'own';
  const stamp = stamper();
  const followers = new Set<(bytes: Uint8Array) => void>();
  const registry = options.registry ?? new WriterRegistry({ stdout: 1, stderr: 2, now: () => performance.now(), onFact: options.onFact });

  function open(spec: DaemonSpec, before: Settings | null): Settings | { readonly error: string } {
    const { logfile, logfileMaxBytes: maxBytes, logfileBackups: backups } = spec;
    const toSyslog = logfile === 'syslog';
    const file = logfile === null || toSyslog ? null : registry.acquire(logfile, { maxBytes, backups, gzip: false });
    if (file !== null && 'error' in file) return file;
    const regular = file?.target instanceof RotatingFile ? file.target : null;
    return { limit: LEVELS[spec.logLevel].order, file, regular, ring: regular ? null : (before?.ring ?? new Ring(RING_BYTES)), syslog: toSyslog ? (options.syslog ?? null) : null };
  }

  const first = open(options.spec, null);
  let problem = 'error' in first ? first.error : null;
  let now = 'error' in first ? (open({ ...options.spec, logfile: null }, null) as Settings) : first;
  const opened = options.foreground && !options.spec.silent ? registry.acquireOwn(dialect === 'supervisord' ? 1 : 2) : null;
  if (opened !== null && 'error' in opened) problem ??= opened.error;
  const echo = opened === null || 'error' in opened ? null : opened;
  let writing = false;
  let closed = false;
  const nested: (() => void)[] = [];

  const wants = (level: LogLevel): boolean => LEVELS[level].order <= now.limit;
  const isJson = (): boolean => dialect === 'own' && now.file !== null;

  function write(level: LogLevel, wallMs: number, text: string, fields: object | undefined, clean = oneLine): void {
    if (closed) return;
    if (writing) {
      if (nested.length < NESTED_LIMIT) nested.push(() => write(level, wallMs, text, fields, clean));
      return;
    }
    writing = true;
    const { file, ring, syslog } = now;
    // A log that is the terminal itself (logfile = /dev/stdout) must not be written twice.
    const terminal = echo === file ? null : echo;
    const asJson = isJson();
    const words = terminal || !asJson ? clean(text) : '';
    const head = `${stamp(wallMs)} ${LEVELS[level].abbreviation} `;
    const human = words === '' ? null : Buffer.from(`${head}${words}\n`);
    const line = asJson ? Buffer.from(jsonLine(level, wallMs, text, fields)) : human;
    if (line) {
      put(file, line);
      ring?.push(line, 0, line.length);
      for (const follower of followers) follower(line);
    }
    if (human) put(terminal, human);
    if (syslog) for (const part of words.split('\n')) send(syslog, Buffer.from(head + part));
    writing = false;
    nested.shift()?.();
  }

  if (problem !== null) write('critical', wall(), `${problem}; the daemon goes on without it`, undefined);

  return {
    get path() {
      return now.regular?.path ?? null;
    },
    problem,
    get echoes() {
      return dialect === 'supervisord' && wants('debug');
    },
    echo(id: string, channel: Channel, bytes: Buffer) {
      write('debug', wall(), `${repr(id.slice(id.indexOf(':') + 1))} ${channel} output:\n${bytes.toString()}`, undefined, manyLines);
    },
    configure(spec) {
      const next = open(spec, now);
      if ('error' in next) {
        now = { ...now, limit: LEVELS[spec.logLevel].order };
        return next.error;
      }
      const before = now.file;
      now = next;
      if (before) registry.release(before);
      return null;
    },
    fact(fact) {
      const { level, text } = sayFact(fact, dialect);
      if (wants(level)) write(level, fact.at, text, isJson() ? fact : undefined);
    },
    message(level, text, fields) {
      if (wants(level)) write(level, wall(), text, fields);
    },
    reopen: () => now.regular?.reopen() ?? null,
    clear() {
      now.ring?.clear();
      return now.regular?.clear() ?? null;
    },
    read(offset, length) {
      const { regular, ring } = now;
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
      for (const writer of [now.file, echo]) if (writer) registry.release(writer);
    },
  };
}

function send(syslog: Syslog, line: Buffer): void {
  syslog.send(null, line, 0, line.length);
}
