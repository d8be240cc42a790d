// Live output for one reader: the last bytes of each target, then what is written, without a gap or a duplicate between them.
import type { FollowRequest } from '../os/ports.ts';
import type { Channel, Listener } from './channel.ts';
import { LineCutter } from './lines.ts';

/** What a reader that paused may owe; more is dropped, and it is told. */
const QUEUE_BYTES = 256 * 1024;
/** History of one target is at most this. */
const HISTORY_BYTES = 4 * 1024 * 1024;

interface Piece {
  readonly channel: Channel;
  readonly bytes: Buffer;
}

export class Follower implements Listener {
  readonly #request: FollowRequest;
  readonly #channels = new Set<Channel>();
  // With one target, bytes go out as they come. With several, whole lines, or they would mix.
  readonly #cutters: Map<Channel, LineCutter> | null;
  #queue: Piece[] = [];
  #queued = 0;
  #dropped = 0;
  // Where the first byte was dropped.
  #hole: Channel | null = null;
  #paused = false;
  #starting: NodeJS.Immediate | null;
  #end: string | null = null;
  #closed = false;

  constructor(request: FollowRequest, channels: readonly Channel[]) {
    this.#request = request;
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
    const path = channel.file?.path;
    if (path !== undefined && shown.has(path)) return;
    if (path !== undefined) shown.add(path);
    const history = channel.history(Math.min(this.#request.bytes, HISTORY_BYTES));
    if (history === null || history.length === 0) return;
    const cutter = this.#cutters?.get(channel);
    if (cutter === undefined) this.#queue.push({ channel, bytes: history });
    else cutter.push(history, 0, history.length, (bytes, start, end) => this.#keep(channel, bytes, start, end));
  }

  #keep(channel: Channel, bytes: Buffer, start: number, end: number): void {
    this.#queue.push({ channel, bytes: Buffer.from(bytes.subarray(start, end)) });
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
      this.#request.onChunk(channel.process, channel.name, bytes.subarray(start, end));
    } else if (this.#hole !== null || (this.#starting === null && this.#queued + end - start > QUEUE_BYTES)) {
      // (While it starts, the reader could not take anything yet; what one turn of reading brings is bounded.)
      // Once something was dropped everything is, until the reader takes up again: one hole, not many.
      this.#hole ??= channel;
      this.#dropped += end - start;
    } else {
      this.#queued += end - start;
      this.#keep(channel, bytes, start, end);
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
        this.#request.onChunk(piece.channel.process, piece.channel.name, piece.bytes);
      } else if (this.#hole !== null) {
        this.#tellDropped(this.#hole);
      } else if (this.#end !== null) {
        this.close();
        this.#request.onEnd(this.#end);
      } else {
        return;
      }
    }
  }

  #tellDropped(channel: Channel): void {
    const notice = Buffer.from(`\n[reeve: ${this.#dropped} bytes left out here, the reader was too slow]\n`);
    this.#dropped = 0;
    this.#hole = null;
    this.#queue.push({ channel, bytes: notice });
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
