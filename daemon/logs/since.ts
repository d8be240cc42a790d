// What was written since a time, through all files that the rotation keeps: oldest first, two of them open at most, however much it is. It
// ends at a position of the log, where a follower goes on.
import type { Readable } from 'node:stream';
import { stampOf } from '../contract/log-stamp.ts';
import type { LogPiece, LogRecall } from '../os/ports/logs.ts';
import { firstStamp, hasId, idOf, keptFiles, openKept, openSame, plainSize, readableOf } from './kept-files.ts';
import type { KeptFile } from './kept-files.ts';

/** A file of which so much has no time has none. */
const UNTIMED_BYTES = 1024 * 1024;
/** Some file systems keep times of files by the second or two, and none by more than a tick of the kernel: a line may be younger than its file. */
const MTIME_SLACK_MS = 2000;
/** So much of a line is enough to know its time. */
const STAMP_BYTES = 64;
/** A log that is rotated while it is opened is opened anew. */
const TRIES = 5;
const NEWLINE = 10;

/** A sentence of ours among the lines. */
const told = (what: string): Buffer => Buffer.from(`[reeve: ${what}]\n`);

/** Passes on what comes from the first line on that has this time or a later one. */
class Gate {
  readonly #since: number;
  #open = false;
  /** Something was read, and a line with a time. */
  #read = false;
  #timed = false;
  /** Of this file before its first time. null: it has times. */
  #untimedBytes: number | null = 0;
  /** The rest of a line whose time is known. */
  #skipping = false;
  #begun: Buffer | null = null;

  constructor(since: number) {
    this.#since = since;
  }

  /** It is not worth going on with this file: it has no times. */
  get hopeless(): boolean {
    return !this.#open && (this.#untimedBytes ?? 0) > UNTIMED_BYTES;
  }

  /** Another file begins. timed: there are times in it, though they may come late. cut: that before was not read to its end, so no line goes on from there. */
  begin(timed: boolean, cut: boolean): void {
    this.#untimedBytes = timed ? null : 0;
    if (!cut) return;
    this.#begun = null;
    this.#skipping = false;
  }

  pass(chunk: Buffer): Buffer | null {
    if (this.#open) return chunk;
    this.#read ||= chunk.length > 0;
    const bytes = this.#begun === null ? chunk : Buffer.concat([this.#begun, chunk]);
    this.#begun = null;
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(NEWLINE, at);
      if (!this.#skipping) {
        if (end < 0 && bytes.length - at < STAMP_BYTES) {
          this.#begun = Buffer.from(bytes.subarray(at));
          return null;
        }
        if (this.#opens(bytes, at)) return bytes.subarray(at);
      }
      const next = end < 0 ? bytes.length : end + 1;
      this.#skipping = end < 0;
      if (this.#untimedBytes !== null) this.#untimedBytes += next - at;
      at = next;
    }
    return null;
  }

  #opens(bytes: Buffer, at: number): boolean {
    const stamp = stampOf(bytes.toString('latin1', at, at + STAMP_BYTES));
    if (stamp === null) return false;
    this.#timed = true;
    this.#untimedBytes = null;
    this.#open = stamp >= this.#since;
    return this.#open;
  }

  /** The last line need not have an end. What else is to be said comes with it. */
  end(): Buffer | null {
    const rest = this.#begun;
    this.#begun = null;
    if (rest !== null && this.#opens(rest, 0)) return rest;
    return this.#timed || !this.#read ? null : told('of the past nothing is shown here: its lines have no times; log_timestamp = true writes them');
  }
}

/** A file as it was when the reading began: by the time it is read it may have another name. */
interface Part {
  readonly file: KeptFile;
  readonly id: string;
  readonly plainBytes: number;
}

const partOf = (file: KeptFile): Part => ({ file, id: idOf(file), plainBytes: plainSize(file) });

/** Passes on what is in one file, whose first and last bytes have these positions. Returns whether that was all of it. */
async function* ofFile(gate: Gate, file: KeptFile, chunks: Readable | null, begin: number, end: number, gone: AbortSignal | null): AsyncGenerator<LogPiece, boolean> {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  if (chunks === null) {
    yield { bytes: told(`${name} was rotated away, or cannot be read: it is left out here`), end };
    return false;
  }
  let at = begin;
  try {
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      at += chunk.length;
      const out = gate.pass(chunk);
      if (out !== null) yield { bytes: out, end: Math.min(at, end) };
      // Who reads learns that its reader has gone by giving it something, and there may be nothing to give for gigabytes.
      else if (gate.hopeless || gone?.aborted === true) return false;
    }
    return true;
  } catch (error) {
    yield { bytes: told(`the rest of ${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`), end };
    return false;
  }
}

/** What was written between then and the first line that is kept: where all places of the rotation are taken, older files were given up. */
function lostBefore({ backups }: RecallPlace, parts: readonly Part[], since: number): Buffer | null {
  const [oldest] = parts;
  if (oldest === undefined || backups === 0 || oldest.file.number < backups) return null;
  const first = firstStamp(oldest.file);
  return first === null || first <= since ? null : told(`what was written before ${new Date(first).toISOString()} was rotated away and is no longer kept`);
}

/** `position`: after the last byte of the newest one. */
async function* allOf({ path, backups, timed }: RecallPlace, parts: readonly Part[], lost: Buffer | null, current: Readable | null, since: number, position: number, gone: AbortSignal | null): AsyncGenerator<LogPiece> {
  const gate = new Gate(since);
  let begin = parts.reduce((at, { plainBytes }) => at - plainBytes, position);
  let whole = true;
  try {
    if (lost !== null) yield { bytes: lost, end: begin };
    for (const { file, id, plainBytes } of parts) {
      if (gone?.aborted === true) return;
      gate.begin(timed && file.number === 0, !whole);
      const chunks = file.number === 0 ? current : ((await openKept(path, backups, hasId(id), true).catch(() => null))?.stream ?? null);
      const end = begin + plainBytes;
      whole = yield* ofFile(gate, file, chunks, begin, end, gone);
      begin = end;
    }
    const last = gate.end();
    if (last !== null) yield { bytes: last, end: position };
  } finally {
    current?.destroy();
  }
}

async function* ofMemory(bytes: Buffer, since: number, position: number): AsyncGenerator<LogPiece> {
  const gate = new Gate(since);
  const out = gate.pass(bytes) ?? gate.end();
  if (out !== null) yield { bytes: out, end: position };
}

/** Where a log is kept. */
export interface RecallPlace {
  readonly path: string;
  readonly backups: number;
  /** What is written by now has times. */
  readonly timed: boolean;
  /** Position of the end of what is in its file now. */
  position(): number;
}

/** What is in the files of a log since then (wall clock ms). gone: it is not wanted any more. */
export async function recallFiles(place: RecallPlace, since: number, gone: AbortSignal | null = null): Promise<LogRecall> {
  for (let tries = 1; ; tries++) {
    const found = keptFiles(place.path, 0)[0];
    const handle = found === undefined ? null : await openSame(found).catch(() => null);
    // In one turn of the loop: what the files hold, and which position that is.
    const files = keptFiles(place.path, place.backups);
    const [newest] = files;
    const same = newest?.number === 0 ? newest.stat.ino === found?.stat.ino && handle !== null : handle === null;
    if (!same && tries < TRIES) {
      await handle?.close();
      continue;
    }
    // Held open: neither rotation nor compression takes away what is written to.
    const current = handle === null || newest === undefined || !same ? null : readableOf(handle, newest.stat.size);
    if (current === null) await handle?.close();
    const position = place.position();
    // All from the oldest one on: a clock that was put back makes a later file look older, and positions leave no file out.
    const parts = files.slice(0, files.findLastIndex(({ stat }) => stat.mtimeMs >= since - MTIME_SLACK_MS) + 1).toReversed().map(partOf);
    return { pieces: allOf(place, parts, lostBefore(place, parts, since), current, since, position, gone), position };
  }
}

/** The same of a log that is kept in memory. */
export function recallMemory(bytes: Buffer, position: number, since: number): LogRecall {
  return { pieces: ofMemory(bytes, since, position), position };
}
