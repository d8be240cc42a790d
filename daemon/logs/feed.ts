// One pipe of one life: takes what was read, cuts lines where its channel wants lines, and waits when the channel must.
import type { LifeOutput } from '../os/ports/output.ts';
import type { Child } from '../os/ports/processes.ts';
import { stripAnsi } from './ansi.ts';
import type { AnsiState } from './ansi.ts';
import type { Source, SourceSink } from './capture.ts';
import type { Channel, Origin } from './channel.ts';
import { LineCutter } from './lines.ts';
import type { Tap } from './tap.ts';
import type { Waiter } from './writer.ts';

/** What a feed tells the process it belongs to. */
export interface FeedOwner {
  /** Bytes of the program, before any form. Must not keep `bytes`. */
  heard(feed: Feed, bytes: Buffer, start: number, end: number): void;
  feedEnded(feed: Feed): void;
}

export class Feed implements SourceSink, Waiter, Origin {
  readonly child: Child;
  readonly channel: Channel;
  /** Keeps the words of this life alone; null: nobody asked for that. */
  readonly keep: LifeOutput | null;
  skipping = false;
  source: Source | null = null;
  readonly #owner: FeedOwner;
  #ansi: AnsiState = 'text';
  #cutter: LineCutter | null = null;
  #byLine = false;
  // Bytes of the cutter's unfinished line that the file already has: they came before the file went by lines.
  #written = 0;
  /** Somebody listens to this pipe beside its log. */
  #tap: Tap | null = null;
  #abandoned: ((feed: Feed) => void) | null = null;
  #discarded = 0;

  constructor(owner: FeedOwner, channel: Channel, child: Child, keep: LifeOutput | null = null) {
    this.#owner = owner;
    this.channel = channel;
    this.child = child;
    this.keep = keep;
    channel.feeds += 1;
  }

  get tap(): Tap | null {
    return this.#tap;
  }

  /** From now on this one listens. What the one before held back is passed on. */
  set tap(tap: Tap | null) {
    if (tap === this.#tap) return;
    this.#tap?.flush(this.#take);
    this.#tap = tap;
  }

  willing(): boolean {
    if (this.#abandoned !== null) return true;
    if (!this.channel.mustWait) return true;
    this.#wait();
    return false;
  }

  bytes(buffer: Buffer, length: number): void {
    const { channel } = this;
    if (this.#abandoned !== null) {
      this.#discarded += length;
      return;
    }
    let end = length;
    this.#tap?.raw(buffer, length);
    if (channel.stripsAnsi) ({ state: this.#ansi, end } = stripAnsi(this.#ansi, buffer, 0, length));
    if (end > 0 && this.#tap === null) this.#take(buffer, 0, end);
    else if (end > 0) this.#tap?.pass(buffer, end, this.#take);
    if (channel.mustWait) this.#wait();
  }

  readonly #take = (buffer: Buffer, start: number, end: number): void => {
    const { channel } = this;
    this.#owner.heard(this, buffer, start, end);
    this.#follow(channel.byLine);
    if (!this.#byLine) channel.put(this, buffer, start, end);
    if (this.#byLine || channel.tees) {
      this.#cutter ??= new LineCutter();
      this.#cutter.push(buffer, start, end, this.#lines);
    }
  };

  // The channel changed between bytes and lines: what the file has of the unfinished line is not written twice.
  #follow(byLine: boolean): void {
    if (byLine === this.#byLine) return;
    if (byLine) this.#written = this.#cutter?.held ?? 0;
    else this.#flushLine();
    this.#byLine = byLine;
  }

  readonly #lines = (bytes: Buffer, start: number, end: number): void => {
    if (this.#byLine) {
      this.channel.putLines(this, bytes, start + this.#written, end);
      this.#written = 0;
    }
    this.channel.teeLines(this, bytes, start, end);
  };

  /** Passes the unfinished line on: nobody will end it soon. */
  flush(): void {
    this.#tap?.flush(this.#take);
    this.#flushLine();
  }

  #flushLine(): void {
    this.#cutter?.flush(this.#lines);
    this.channel.settle();
  }

  #wait(): void {
    this.source?.pause();
    this.channel.wait(this);
  }

  unblocked(): void {
    if (this.channel.mustWait) this.channel.wait(this);
    else this.source?.resume();
  }

  ended(): void {
    if (this.#abandoned !== null) {
      this.#abandoned(this);
      return;
    }
    this.flush();
    this.#leave();
  }

  #leave(): void {
    this.channel.forget(this);
    this.channel.feeds -= 1;
    this.#owner.feedEnded(this);
  }

  /**
   * Its log is gone, its pipe is not: whoever writes to it was left behind. It is read and dropped until it ends, since a pipe
   * without a reader fills up and holds its writer for ever. What was in it now, at most `bytes`, is counted as lost. Calls
   * back at the end of the pipe.
   */
  abandon(bytes: number, ended: (feed: Feed) => void): void {
    this.flush();
    this.#abandoned = ended;
    this.source?.resume();
    this.source?.drain(bytes, () => {});
    this.channel.lose(this.#discarded);
    this.#leave();
  }

  /** Stops reading; what is still in the pipe is lost, and counted. */
  close(): void {
    if (this.#abandoned !== null) {
      this.source?.close();
      return;
    }
    const left = this.source?.close() ?? 0;
    this.flush();
    this.channel.lose(left);
    this.#leave();
  }
}
