// Live output for one reader: the last bytes of each target, then what is written, without a gap or a duplicate between them.
import type { Clock } from '../os/ports/clock.ts';
import type { FollowRequest } from '../os/ports/logs.ts';
import type { Channel, Listener } from './channel.ts';
import { LineCutter } from './lines.ts';

/** What a reader that paused may owe; more is dropped, and it is told. */
const QUEUE_BYTES = 256 * 1024;
/** History of one target is at most this. */
const HISTORY_BYTES = 4 * 1024 * 1024;
/** Where the last lines are looked for first. */
const FIRST_LOOK_BYTES = 8 * 1024;
const NEWLINE = 10;

interface Piece {
  readonly channel: Channel;
  readonly bytes: Buffer;
  /** Position after them. */
  readonly end: number;
  readonly at: number | null;
}

/** The last lines, from what gives the last bytes. An unfinished one counts. */
export function lastLines(lines: number, last: (bytes: number) => Buffer | null, most = HISTORY_BYTES): Buffer | null {
  for (let bytes = Math.min(FIRST_LOOK_BYTES, most); ; bytes = Math.min(bytes * 8, most)) {
    const kept = last(bytes);
    if (kept === null || lines === 0) return null;
    let from = kept.length;
    for (let found = 0; found < lines && from > 0; found++) from = from === 1 ? 0 : kept.lastIndexOf(NEWLINE, from - 2) + 1;
    // The beginning of what was looked at need not be that of a line.
    if (from > 0 || kept.length < bytes || bytes === most) return kept.subarray(from);
  }
}

export class Follower implements Listener {
  readonly #request: FollowRequest;
  readonly #channels = new Set<Channel>();
  readonly #clock: Clock;
  /** Where the next byte of each channel is. */
  readonly #at = new Map<Channel, number>();
  // With one target, bytes go out as they come. With several, whole lines, or they would mix.
  readonly #cutters: Map<Channel, LineCutter> | null;
  #queue: Piece[] = [];
  #queued = 0;
  // Bytes that were dropped, by log.
  readonly #holes = new Map<Channel, number>();
  #paused = false;
  #starting: NodeJS.Immediate | null;
  #end: string | null = null;
  #closed = false;

  constructor(request: FollowRequest, channels: readonly Channel[], clock: Clock) {
    this.#request = request;
    this.#clock = clock;
    this.#cutters = channels.length > 1 ? new Map() : null;
    const shown = new Set<string>();
    for (const channel of channels) {
      this.#channels.add(channel);
      this.#cutters?.set(channel, new LineCutter());
      this.#recall(channel, shown);
      channel.listen(this);
    }
    if (channels.length === 0) this.#end = 'there is no log to follow';
    // History waits for the caller to have its handle; what comes meanwhile queues behind it.
    this.#starting = setImmediate(() => {
      this.#starting = null;
      this.#flow();
    });
  }

  #recall(channel: Channel, shown: Set<string>): void {
    // A file that targets share is recalled once.
    this.#at.set(channel, channel.bytes);
    const path = channel.file?.path;
    if (path !== undefined && shown.has(path)) return;
    if (path !== undefined) shown.add(path);
    const history = this.#history(channel);
    if (history === null || history.length === 0) return;
    this.#at.set(channel, channel.bytes - history.length);
    const cutter = this.#cutters?.get(channel);
    if (cutter === undefined) this.#keep(channel, history, 0, history.length, null);
    else cutter.push(history, 0, history.length, (bytes, start, end) => this.#keep(channel, bytes, start, end, null));
  }

  /** What is to be shown of the past. */
  #history(channel: Channel): Buffer | null {
    const { targets, bytes, lines } = this.#request;
    const asked = targets.find((target) => target.id === channel.process && target.channel === channel.name)?.from;
    // A place beyond its end is one of the log that a process of this name had before it was removed.
    const from = asked !== undefined && asked > channel.bytes ? 0 : asked;
    if (from === undefined) {
      const { most = HISTORY_BYTES } = this.#request;
      const kept = lines === undefined ? channel.history(Math.min(bytes, most)) : lastLines(lines, (wanted) => channel.history(wanted), most);
      if (kept !== null && most < HISTORY_BYTES && kept.length >= most) {
        this.#at.set(channel, channel.bytes - kept.length);
        this.#tell(channel, `of so many logs at once, at most the last ${most} bytes of each are shown`);
      }
      return kept;
    }
    const missing = channel.bytes - from;
    if (missing <= 0) return null;
    const reach = Math.min(missing, HISTORY_BYTES, channel.bytes - channel.clearedAt);
    const kept = channel.shared ? null : channel.history(reach);
    const gone = missing - (kept?.length ?? 0);
    // Whoever leaves after the notice comes back to what follows it.
    this.#at.set(channel, from + gone);
    if (gone > 0) this.#tell(channel, channel.shared ? `${gone} bytes were written meanwhile; they are in the file, among those of others` : `${gone} bytes that were written meanwhile are no longer kept`);
    return kept;
  }

  /** A line of ours among theirs. It is no part of the log, and has no place in it. */
  #tell(channel: Channel, what: string): void {
    this.#queue.push({ channel, bytes: Buffer.from(`[reeve: ${what}]\n`), end: this.#at.get(channel) ?? 0, at: null });
  }

  /** Takes the place of so many bytes; the position after them. */
  #move(channel: Channel, bytes: number): number {
    const end = (this.#at.get(channel) ?? 0) + bytes;
    this.#at.set(channel, end);
    return end;
  }

  #keep(channel: Channel, bytes: Buffer, start: number, end: number, at: number | null): void {
    this.#queue.push({ channel, bytes: Buffer.from(bytes.subarray(start, end)), end: this.#move(channel, end - start), at });
  }

  wrote(channel: Channel, bytes: Buffer, start: number, end: number): void {
    const cutter = this.#cutters?.get(channel);
    if (cutter === undefined) this.#pass(channel, bytes, start, end);
    else cutter.push(bytes, start, end, (out, from, to) => this.#pass(channel, out, from, to));
  }

  settled(channel: Channel): void {
    this.#cutters?.get(channel)?.flush((bytes, start, end) => this.#pass(channel, bytes, start, end));
  }

  #pass(channel: Channel, bytes: Buffer, start: number, end: number): void {
    if (this.#closed) return;
    if (!this.#paused && this.#starting === null && this.#queue.length === 0) {
      this.#request.onChunk(channel.process, channel.name, bytes.subarray(start, end), this.#move(channel, end - start), this.#clock.wall());
    } else if (this.#holes.size > 0 || (this.#starting === null && this.#queued + end - start > QUEUE_BYTES)) {
      // (While it starts, the reader could not take anything yet; what one turn of reading brings is bounded.)
      // Once something was dropped everything is, until the reader takes up again: one hole in each log, not many.
      this.#holes.set(channel, (this.#holes.get(channel) ?? 0) + end - start);
      this.#move(channel, end - start);
    } else {
      this.#queued += end - start;
      this.#keep(channel, bytes, start, end, this.#clock.wall());
    }
  }

  ended(channel: Channel, why: string): void {
    this.settled(channel);
    this.#channels.delete(channel);
    if (this.#channels.size > 0) return;
    this.#end = why;
    this.#flow();
  }

  #flow(): void {
    while (!this.#paused && !this.#closed && this.#starting === null) {
      const piece = this.#queue.shift();
      if (piece !== undefined) {
        this.#queued = Math.max(0, this.#queued - piece.bytes.length);
        this.#request.onChunk(piece.channel.process, piece.channel.name, piece.bytes, piece.end, piece.at);
      } else if (this.#holes.size > 0) {
        this.#tellDropped();
      } else if (this.#end !== null) {
        this.close();
        this.#request.onEnd(this.#end);
      } else {
        return;
      }
    }
  }

  #tellDropped(): void {
    for (const [channel, bytes] of this.#holes) {
      const notice = Buffer.from(`\n[reeve: ${bytes} bytes left out here, the reader was too slow]\n`);
      this.#queue.push({ channel, bytes: notice, end: this.#at.get(channel) ?? 0, at: null });
    }
    this.#holes.clear();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#flow();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#starting !== null) clearImmediate(this.#starting);
    for (const channel of this.#channels) channel.unlisten(this);
    this.#channels.clear();
    this.#queue = [];
  }
}
