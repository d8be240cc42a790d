// The logs of one process: its channels, the pipes of its lives, and its last words.
import type { ProcessSpec } from '../../config/spec.ts';
import { shortName } from '../contract/names.ts';
import type { LogStats } from '../os/ports/logs.ts';
import type { Channel as ChannelName, LifeOutput } from '../os/ports/output.ts';
import type { Child } from '../os/ports/processes.ts';
import { Channel } from './channel.ts';
import type { ChannelWorld } from './channel.ts';
import { Feed } from './feed.ts';
import { countNewlines } from './newlines.ts';
import type { FeedOwner } from './feed.ts';
import { Ring } from './ring.ts';
import { tapOf } from './tap.ts';

/** Kept in memory of every process, both channels mixed as they came: what `explain` and the last line of a container show. */
const RECENT_BYTES = 4096;
/** Read from the end of a file when that is too little. */
const LAST_LINES_BYTES = 64 * 1024;
/** What a dead process can have left in one pipe is what a pipe holds. */
const DRAIN_BYTES = 1024 * 1024;
const NEWLINE = Buffer.from('\n');

export class ProcessLog implements FeedOwner {
  readonly id: string;
  readonly #world: ChannelWorld;
  readonly #feeds = new Set<Feed>();
  readonly #recent = new Ring(RECENT_BYTES);
  #recentMidLine = false;
  /** Where the present life begins in #recent: its last words are not those of the life before. */
  #life = { incarnation: -1, from: 0 };
  #lastHeard: Channel | null = null;
  readonly stdout: Channel;
  /** null: stderr goes where stdout goes. */
  stderr: Channel | null = null;

  constructor(world: ChannelWorld, spec: ProcessSpec) {
    this.#world = world;
    this.id = spec.id;
    this.stdout = new Channel(world, spec.id, shortName(spec.id), 'stdout', spec.stdout);
  }

  /** Makes its targets ready. A message when one cannot be opened. */
  configure(spec: ProcessSpec): string | null {
    const message = this.#configureChannels(spec);
    for (const feed of this.#feeds) {
      // Who waited for the old target looks at the new one.
      feed.unblocked();
      this.#tap(feed);
    }
    return message;
  }

  #tap(feed: Feed): void {
    feed.tap = tapOf(feed.tap, this.#world, feed.child, feed.channel.name, feed.channel.spec);
  }

  /** Who listens beside the logs may have changed. */
  retap(): void {
    for (const feed of this.#feeds) this.#tap(feed);
  }

  #configureChannels(spec: ProcessSpec): string | null {
    const title = shortName(spec.id);
    const failed = this.stdout.configure(title, spec.stdout);
    if (failed !== null) return failed;
    if (spec.stderr === null) {
      // A life that began before the change keeps its own pipe for stderr: its feed goes on with the channel it has.
      if (this.stderr !== null && this.stderr.feeds === 0) this.#closeStderr('stderr goes where stdout goes');
      return null;
    }
    this.stderr ??= new Channel(this.#world, spec.id, title, 'stderr', spec.stderr);
    return this.stderr.configure(title, spec.stderr);
  }

  #closeStderr(why: string): void {
    this.stderr?.close(why);
    this.stderr = null;
  }

  channel(name: ChannelName): Channel {
    return name === 'stderr' ? (this.stderr ?? this.stdout) : this.stdout;
  }

  channels(): readonly Channel[] {
    return this.stderr === null ? [this.stdout] : [this.stdout, this.stderr];
  }

  /** A feed for a new pipe; its source is set by the caller. */
  feed(child: Child, name: ChannelName, keep: LifeOutput | null = null): Feed {
    if (child.incarnation !== this.#life.incarnation) this.#life = { incarnation: child.incarnation, from: this.#recent.total };
    const channel = this.channel(name);
    const feed = new Feed(this, channel, child, keep);
    this.#tap(feed);
    this.#feeds.add(feed);
    return feed;
  }

  heard(feed: Feed, bytes: Buffer, start: number, end: number): void {
    if (this.#recentMidLine && this.#lastHeard !== feed.channel) this.#recent.push(NEWLINE, 0, 1);
    this.#lastHeard = feed.channel;
    if (this.#world.counting.lines) feed.channel.lines += countNewlines(bytes, start, end);
    this.#recentMidLine = bytes[end - 1] !== 10;
    this.#recent.push(bytes, start, end);
    feed.keep?.heard(feed.channel.name, bytes, start, end);
  }

  feedEnded(feed: Feed): void {
    this.#feeds.delete(feed);
  }

  /** Reads what `child` left in its pipes, then calls back. */
  drain(child: Child, done: () => void): void {
    const feeds = [...this.#feeds].filter((feed) => feed.child.incarnation === child.incarnation);
    let waiting = feeds.length + 1;
    const settled = (): void => {
      waiting -= 1;
      if (waiting === 0) done();
    };
    for (const feed of feeds) {
      if (feed.source === null) {
        settled();
        continue;
      }
      feed.source.drain(DRAIN_BYTES, () => {
        if (this.#feeds.has(feed)) feed.flush();
        settled();
      });
    }
    settled();
  }

  /** At most `lines` lines of the present or last life, without the last newline. */
  lastLines(lines: number): string {
    const said = this.#recent.total - this.#life.from;
    const recent = lastLinesOf(this.#recent.last(Math.min(said, RECENT_BYTES)), lines, said > this.#recent.length);
    if (recent.complete || said <= this.#recent.length) return recent.text;
    const channel = this.#lastHeard ?? (this.stderr !== null && this.stderr.path !== null ? this.stderr : this.stdout);
    const wanted = Math.min(said, LAST_LINES_BYTES);
    const kept = channel.history(wanted);
    const older = lastLinesOf(kept ?? Buffer.alloc(0), lines, (kept?.length ?? 0) >= LAST_LINES_BYTES);
    return older.text.length > recent.text.length ? older.text : recent.text;
  }

  stats(): LogStats {
    const { stdout, stderr } = this;
    const paths = { stdout: stdout.path, stderr: (stderr ?? stdout).path };
    const { bytes, lines, dropped, rotations, blocked } = stdout;
    if (stderr === null) return { bytes, lines, dropped, rotations, blocked, paths };
    return { bytes: bytes + stderr.bytes, lines: lines + stderr.lines, dropped: dropped + stderr.dropped, rotations: rotations + stderr.rotations, blocked: blocked || stderr.blocked, paths };
  }

  /** Takes what is in all pipes now. */
  takeRest(): void {
    for (const feed of [...this.#feeds]) feed.source?.drain(DRAIN_BYTES, () => {});
  }

  /** Takes what is in the pipes and closes everything; pipes that somebody still holds are handed to `heir`, if there is one. */
  close(why: string, heir: Set<Feed> | null = null): void {
    this.takeRest();
    for (const feed of [...this.#feeds]) {
      if (heir === null) {
        feed.close();
        continue;
      }
      heir.add(feed);
      feed.abandon(DRAIN_BYTES, (ended) => heir.delete(ended));
    }
    this.stdout.close(why);
    this.#closeStderr(why);
  }
}

/** The last lines of `bytes`; complete when they are all that was asked for, or all there is. */
function lastLinesOf(bytes: Buffer, lines: number, more: boolean): { readonly text: string; readonly complete: boolean } {
  const text = bytes.toString('utf8').replace(/\r?\n$/, '');
  if (text === '') return { text: '', complete: false };
  const all = text.split('\n');
  // The first line of a longer history may be cut.
  const whole = more ? all.slice(1) : all;
  const last = whole.length > 0 ? whole.slice(-lines) : all.slice(-1);
  return { text: last.join('\n'), complete: last.length >= lines };
}
