// One output channel of one process: where its bytes go (file, the daemon's own output, memory, followers), in which form,
// and whether its sources must wait. Outlives lives; the pipes of each life are its feeds.
import type { OutputSpec } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Syslog } from '../os/ports/lines.ts';
import type { Channel as ChannelName, OutputEcho, OutputTaps } from '../os/ports/output.ts';
import { LineFormer } from './form.ts';
import type { LineForm } from './form.ts';
import { endOfFile } from './history.ts';
import type { LogPlace } from './history.ts';
import type { WriterRegistry } from './registry.ts';
import { Ring } from './ring.ts';
import { RotatingFile } from './rotating-file.ts';
import type { Waiter, Writer } from './writer.ts';

/** Who listens to a channel. */
export interface Listener {
  /** Must not keep `bytes`. */
  wrote(channel: Channel, bytes: Buffer, start: number, end: number): void;
  /** The unfinished line will not be continued by this life. */
  settled(channel: Channel): void;
  /** The channel is no longer known. */
  ended(channel: Channel, why: string): void;
}

/** Whose bytes they are, and what of them is cut away after a drop. */
export interface Origin {
  /** Bytes were dropped in the middle of a line: the rest of that line is dropped too. */
  skipping: boolean;
}

export interface ChannelWorld {
  readonly registry: WriterRegistry;
  readonly clock: Clock;
  readonly onFact: (fact: FactBody) => void;
  /** null: nobody listens to output beside the logs. */
  readonly taps: OutputTaps | null;
  readonly echo: OutputEcho | null;
  /** null: this machine has none that we can write to. */
  readonly syslog: Syslog | null;
  /** Somebody wants to know how many lines there are. */
  readonly counting: { lines: boolean };
}

/** Between two facts about drops of one channel. */
const DROP_FACT_MS = 10_000;
const NEWLINE = 10;

/** Full, and somebody may still empty it. */
function isWaitedFor(writer: Writer | null): boolean {
  return writer !== null && writer.full && !writer.gone;
}

export class Channel implements Waiter {
  readonly process: string;
  readonly name: ChannelName;
  readonly #world: ChannelWorld;
  #title: string;
  #spec: OutputSpec;
  #file: Writer | null = null;
  #tee: Writer | null = null;
  #ring: Ring | null = null;
  #fileForm: LineFormer | null = null;
  #teeForm: LineFormer | null = null;
  readonly #listeners = new Set<Listener>();
  /** Open pipes of all lives. */
  feeds = 0;
  bytes = 0;
  lines = 0;
  dropped = 0;
  /** Position of the end of what a clear threw away: older files hold nothing that came right before it. */
  clearedAt = Number.NEGATIVE_INFINITY;
  #untoldDrops = 0;
  #toldDropAt = Number.NEGATIVE_INFINITY;

  constructor(world: ChannelWorld, process: string, title: string, name: ChannelName, spec: OutputSpec) {
    this.#world = world;
    this.process = process;
    this.#title = title;
    this.name = name;
    this.#spec = spec;
  }

  /** Makes the targets of `spec` ready. A message when one cannot be opened; then what was open stays. */
  configure(title: string, spec: OutputSpec): string | null {
    const { registry } = this.#world;
    const opened = spec.file === null ? null : registry.acquire(spec.file, { maxBytes: spec.maxBytes, backups: spec.backups, gzip: spec.gzip });
    if (opened !== null && 'error' in opened) return opened.error;
    const tee = spec.tee === null ? null : registry.acquireOwn(spec.tee === 'stdout' ? 1 : 2);
    if (tee !== null && 'error' in tee) {
      if (opened !== null) registry.release(opened);
      return tee.error;
    }
    this.#release();
    this.#file = opened;
    this.#tee = tee;
    this.#spec = spec;
    if (spec.full === 'block') for (const writer of [opened, tee]) if (writer !== null) writer.waitingUsers += 1;
    this.#title = title;
    const form: LineForm = spec.format === 'json' ? 'json' : spec.timestamp ? 'timestamp' : 'plain';
    this.#fileForm = form === 'plain' ? null : new LineFormer(form, '', this.process, this.name);
    this.#teeForm = tee === null ? null : new LineFormer(form, form === 'json' ? '' : `[${this.#title}] `, this.process, this.name);
    this.#configureRing();
    return null;
  }

  #configureRing(): void {
    if (this.#file?.target.kind === 'regular' || this.#spec.ringBytes === 0) this.#ring = null;
    else if (this.#ring?.capacity !== this.#spec.ringBytes) this.#ring = new Ring(this.#spec.ringBytes);
  }

  get stripsAnsi(): boolean {
    return this.#spec.stripAnsi;
  }

  get spec(): OutputSpec {
    return this.#spec;
  }

  get tees(): boolean {
    return this.#tee !== null || this.#spec.syslog;
  }

  /** The file takes whole lines only: it is shared, or has a form. */
  get byLine(): boolean {
    return this.#fileForm !== null || this.feeds > 1 || this.#file?.shared === true;
  }

  /** Each line in its file has its time. */
  get stampsLines(): boolean {
    return this.#fileForm !== null;
  }

  /** Others write to its file too: the last bytes of it may be theirs. */
  get shared(): boolean {
    return this.#file?.shared === true;
  }

  /** The file, where it is a regular one that this plane rotates. */
  get file(): RotatingFile | null {
    const target = this.#file?.target;
    return target instanceof RotatingFile ? target : null;
  }

  get path(): string | null {
    return this.#spec.file;
  }

  get rotations(): number {
    return this.file?.rotations ?? 0;
  }

  get blocked(): boolean {
    return this.#file?.blocked === true || this.#tee?.blocked === true;
  }

  /** Sources must not read on: a target is full, and nothing may be dropped. */
  get mustWait(): boolean {
    return this.#spec.full === 'block' && (isWaitedFor(this.#file) || isWaitedFor(this.#tee));
  }

  /** Calls `waiter.unblocked()` when it is worth looking at `mustWait` again. */
  wait(waiter: Waiter): void {
    if (isWaitedFor(this.#file)) this.#file?.wait(waiter);
    else this.#tee?.wait(waiter);
  }

  forget(waiter: Waiter): void {
    this.#file?.forget(waiter);
    this.#tee?.forget(waiter);
  }

  /** Whole lines for the file, formed as configured. */
  putLines(origin: Origin, bytes: Buffer, start: number, end: number): void {
    if (this.#fileForm === null) this.put(origin, bytes, start, end);
    else this.#fileForm.write(bytes, start, end, this.#world.clock.wall(), (out, from, to) => this.put(origin, out, from, to));
  }

  /** Whole lines for the daemon's own output and the system's log. */
  teeLines(origin: Origin, bytes: Buffer, start: number, end: number): void {
    if (this.#spec.syslog) this.#sendLines(bytes, start, end);
    const tee = this.#tee;
    if (tee === null) return;
    this.#teeForm?.write(bytes, start, end, this.#world.clock.wall(), (out, from, to) => {
      if (tee.full && (this.#spec.full === 'drop' || tee.gone)) this.#drop(tee, to - from);
      else tee.accept(origin, out, from, to);
    });
  }

  /** As supervisord: each line after the name of its process. The system's log has no way to hold a program back. */
  #sendLines(bytes: Buffer, start: number, end: number): void {
    const { syslog, clock } = this.#world;
    const name = this.process.slice(this.process.indexOf(':') + 1);
    for (let from = start; from < end;) {
      const newline = bytes.indexOf(NEWLINE, from);
      const to = newline < 0 || newline >= end ? end : newline;
      if (syslog?.send(name, bytes, from, to) !== true) {
        this.dropped += to - from;
        this.#untoldDrops += to - from;
        if (clock.mono() - this.#toldDropAt >= DROP_FACT_MS) this.#tellDrops(null, 'syslog did not take it');
      }
      from = to + 1;
    }
  }

  /** Bytes as the file gets them. */
  put(origin: Origin, bytes: Buffer, start: number, end: number): void {
    const file = this.#file;
    let from = start;
    if (file !== null && file.full && (this.#spec.full === 'drop' || file.gone)) {
      origin.skipping = bytes[end - 1] !== NEWLINE;
      file.disown();
      this.#drop(file, end - start);
      return;
    }
    if (origin.skipping) {
      const newline = bytes.indexOf(NEWLINE, start);
      origin.skipping = newline < 0 || newline >= end;
      from = origin.skipping ? end : newline + 1;
      this.dropped += from - start;
      this.#untoldDrops += from - start;
      if (from === end) return;
    }
    this.bytes += end - from;
    // One pipe after the other goes on where the last one ended; several at once are told apart.
    file?.accept(this.feeds > 1 || file.shared ? origin : this, bytes, from, end);
    this.#ring?.push(bytes, from, end);
    for (const listener of this.#listeners) listener.wrote(this, bytes, from, end);
  }

  #drop(writer: Writer, bytes: number): void {
    this.dropped += bytes;
    this.#untoldDrops += bytes;
    writer.wait(this);
    if (this.#world.clock.mono() - this.#toldDropAt >= DROP_FACT_MS) this.#tellDrops(writer);
  }

  #tellDrops(writer: Writer | null, reason = 'the target was full'): void {
    if (this.#untoldDrops === 0) return;
    this.#toldDropAt = this.#world.clock.mono();
    const why = writer?.target.problem?.reason ?? reason;
    this.#world.onFact({ type: 'log.dropped', process: this.process, channel: this.name, bytes: this.#untoldDrops, why });
    this.#untoldDrops = 0;
  }

  /** Bytes of a pipe that is closed before they were read. */
  lose(bytes: number): void {
    this.dropped += bytes;
    this.#untoldDrops += bytes;
  }

  /** The target takes bytes again: says what was dropped since the last fact. */
  unblocked(): void {
    if (this.#file?.gone !== true && this.#tee?.gone !== true) this.#tellDrops(null);
  }

  /** A feed ended or fell silent at its exit. */
  settle(): void {
    for (const listener of this.#listeners) listener.settled(this);
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** The last bytes, from the file with what it is still owed, or from memory; `null` when nothing is kept. */
  history(bytes: number): Buffer | null {
    const file = this.file;
    if (file === null || this.#file === null) return this.#ring?.last(bytes) ?? null;
    const all = Buffer.concat([endOfFile(file.path, bytes, file.policy.backups), ...this.#file.pending()]);
    return all.subarray(Math.max(0, all.length - bytes));
  }

  /** Position of the end of what is in the file by now; what is still owed to it comes after. */
  get writtenTo(): number {
    return this.bytes - (this.#file?.owed ?? 0);
  }

  /** What is kept in memory in place of a file; null: there is a file, or nothing is kept. */
  get memory(): Buffer | null {
    return this.#ring === null ? null : this.#ring.last(this.#ring.length);
  }

  /** Where supervisord's rules read, or null. */
  get place(): LogPlace | null {
    if (this.file !== null) return { path: this.file.path };
    return this.#ring === null ? null : { ring: this.#ring };
  }

  /** Starts the log anew. A message when that failed. */
  clear(): string | null {
    this.#ring?.clear();
    const file = this.file;
    if (file === null || this.#file === null) return null;
    const end = this.writtenTo;
    const message = file.clear();
    if (message === null) {
      this.clearedAt = end;
      this.#file.kick();
    }
    return message;
  }

  rotate(): string | null {
    // An empty file would push a good one out.
    return this.file === null || this.file.size === 0 ? null : this.file.rotate();
  }

  #release(): void {
    for (const writer of [this.#file, this.#tee]) {
      if (writer === null) continue;
      writer.forget(this);
      if (this.#spec.full === 'block') writer.waitingUsers -= 1;
      const lost = this.#world.registry.release(writer);
      this.lose(lost);
      if (lost > 0) this.#tellDrops(writer);
    }
    this.#file = null;
    this.#tee = null;
  }

  /** Closes its targets; listeners are told. */
  close(why: string): void {
    this.#release();
    this.#tellDrops(null);
    for (const listener of [...this.#listeners]) listener.ended(this, why);
    this.#listeners.clear();
  }
}
