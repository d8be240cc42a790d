// The log plane of a daemon: every process' logs behind the port of `os/ports/logs.ts`.
import { closeSync } from 'node:fs';
import { basename } from 'node:path';
import type { OutputSpec, ProcessSpec } from '../../config/spec.ts';
import type { FactBody } from '../contract/facts.ts';
import type { Clock } from '../os/ports/clock.ts';
import type { Syslog } from '../os/ports/lines.ts';
import type { FollowRequest, LogFileFacts, LogPlane, LogRecall, LogSlice, LogStats } from '../os/ports/logs.ts';
import type { Channel as ChannelName, KeptOutput, LifeOutput, OutputEcho, OutputTaps } from '../os/ports/output.ts';
import type { Child, OutputSource } from '../os/ports/processes.ts';
import type { Readiness } from '../os/ports/readiness.ts';
import { Capture } from './capture.ts';
import type { Source, SourceSink } from './capture.ts';
import type { ChannelWorld } from './channel.ts';
import type { Feed } from './feed.ts';
import { Follower } from './follow.ts';
import { readLog, tailLog } from './history.ts';
import { describeFiles, isNamed, openKept } from './kept-files.ts';
import { LifeRing } from './life-output.ts';
import { ProcessLog } from './process-log.ts';
import { reasonOf } from './reason.ts';
import { WriterRegistry } from './registry.ts';
import { RotatingFile } from './rotating-file.ts';
import { recallFiles, recallMemory } from './since.ts';
import { descriptorSource, streamSource } from './stream-source.ts';

export interface LogPlaneOptions {
  /** null: portable mode, output arrives as streams. */
  readonly readiness: Readiness | null;
  readonly clock: Clock;
  /** The daemon's own descriptors, for tee and /dev/stdout. */
  readonly stdout: number;
  readonly stderr: number;
  /** Shared with the daemon's own log, so that lines in a place they have in common stay whole; default: one of its own. */
  readonly registry?: WriterRegistry;
  /** Called while bytes move: must queue what it does, not act at once. */
  readonly onFact: (fact: FactBody) => void;
  /** Default: nobody. */
  readonly taps?: OutputTaps;
  /** Default: nobody. */
  readonly echo?: OutputEcho;
  /** Default: none. */
  readonly syslog?: Syslog;
}

/** At the end, targets that are slow get this long to take what they are owed, and this long if they take nothing. */
const DISPOSE_MS = 1000;
const DISPOSE_IDLE_MS = 200;
const DISPOSE_STEP_MS = 10;
const NO_STATS: LogStats = { bytes: 0, lines: 0, dropped: 0, rotations: 0, blocked: false, paths: { stdout: null, stderr: null } };

class Plane implements LogPlane {
  readonly #logs = new Map<string, ProcessLog>();
  /** Pipes of processes that are no longer known, held by whom they left behind. */
  readonly #abandoned = new Set<Feed>();
  readonly #registry: WriterRegistry;
  readonly #capture: Capture | null;
  readonly #world: ChannelWorld;
  readonly #onFact: (fact: FactBody) => void;

  constructor(options: LogPlaneOptions) {
    const { readiness, clock, stdout, stderr, onFact } = options;
    const now = (): number => clock.mono();
    this.#onFact = onFact;
    this.#registry = options.registry ?? new WriterRegistry({ stdout, stderr, now, onFact });
    this.#capture = readiness === null ? null : new Capture(readiness, now, (why) => onFact({ type: 'log.error', path: 'the output of programs', why }));
    this.#world = { registry: this.#registry, clock, onFact, taps: options.taps ?? null, echo: options.echo ?? null, syslog: options.syslog ?? null, counting: { lines: false } };
  }

  open(spec: ProcessSpec): string | null {
    const known = this.#logs.get(spec.id);
    const log = known ?? new ProcessLog(this.#world, spec);
    const message = log.configure(spec);
    if (message === null) this.#logs.set(spec.id, log);
    else if (known === undefined) log.close('its log cannot be opened');
    return message;
  }

  change(spec: ProcessSpec): string | null {
    return this.open(spec);
  }

  echoChanged(): void {
    for (const log of this.#logs.values()) log.retap();
  }

  close(id: string): void {
    this.#logs.get(id)?.close('the process is no longer known', this.#abandoned);
    this.#logs.delete(id);
  }

  keep(over?: KeptOutput): LifeOutput {
    return new LifeRing(over);
  }

  attach(child: Child, channel: ChannelName, source: OutputSource, keep: LifeOutput | null = null): void {
    const log = this.#logs.get(child.id);
    if (log === undefined) {
      if ('fd' in source) closeSync(source.fd);
      this.#onFact({ type: 'log.error', path: child.id, why: 'output of a process whose logs are not open is not read' });
      return;
    }
    const feed = log.feed(child, channel, keep);
    try {
      feed.source = this.#start(source, feed);
    } catch (error) {
      feed.ended();
      if ('fd' in source) closeSync(source.fd);
      this.#onFact({ type: 'log.error', path: child.id, why: `cannot read its ${channel}: ${reasonOf(error)}` });
    }
  }

  #start(source: OutputSource, sink: SourceSink): Source {
    if ('stream' in source) return streamSource(source.stream, sink);
    return this.#capture === null ? descriptorSource(source.fd, sink) : this.#capture.add(source.fd, sink);
  }

  drain(child: Child, done: () => void): void {
    const log = this.#logs.get(child.id);
    // Always in a later turn of the microtasks, so that a caller sees one order whatever is there to read.
    if (log === undefined) queueMicrotask(done);
    else log.drain(child, () => queueMicrotask(done));
  }

  lastLines(id: string, lines: number): string {
    return this.#logs.get(id)?.lastLines(lines) ?? '';
  }

  tail(id: string, channel: ChannelName, offset: number, length: number): LogSlice | { readonly error: 'no_log' } {
    const place = this.#logs.get(id)?.channel(channel).place ?? null;
    return place === null ? { error: 'no_log' } : tailLog(place, offset, length);
  }

  read(id: string, channel: ChannelName, offset: number, length: number): ReturnType<LogPlane['read']> {
    const place = this.#logs.get(id)?.channel(channel).place ?? null;
    if (place === null) return { error: 'no_log', message: `${id} has no ${channel} log` };
    return readLog(place, offset, length);
  }

  follow(request: FollowRequest): { pause(): void; resume(): void; close(): void } {
    const channels = new Set(request.targets.flatMap(({ id, channel }) => this.#logs.get(id)?.channel(channel) ?? []));
    return new Follower(request, [...channels], this.#world.clock);
  }

  position(id: string, channel: ChannelName): number {
    return this.#logs.get(id)?.channel(channel).bytes ?? 0;
  }

  async since(id: string, channel: ChannelName, since: number, gone: AbortSignal): Promise<LogRecall | null> {
    const found = this.#logs.get(id)?.channel(channel);
    if (found === undefined) return null;
    const { file, memory } = found;
    if (file === null) return memory === null ? null : recallMemory(memory, found.bytes, since);
    return recallFiles({ path: file.path, backups: file.policy.backups, timed: found.stampsLines, position: () => found.writtenTo }, since, gone);
  }

  files({ file, backups }: OutputSpec): readonly LogFileFacts[] {
    return file === null ? [] : describeFiles(file, backups);
  }

  async openFile({ file, backups }: OutputSpec, wanted: string, unpack: boolean): ReturnType<LogPlane['openFile']> {
    if (file === null) return null;
    try {
      const opened = await openKept(file, backups, isNamed(wanted), unpack);
      if (opened === null) return null;
      const { path, stat, compressed } = opened.file;
      return { file: basename(path), compressed, bytes: compressed && unpack ? null : stat.size, stream: opened.stream };
    } catch (error) {
      return { error: reasonOf(error) };
    }
  }

  clear(id: string): string | null {
    const log = this.#logs.get(id);
    if (log === undefined) return `cannot clear the logs of ${id}: no such process`;
    const messages = log
      .channels()
      .map((channel) => channel.clear())
      .filter((message) => message !== null);
    if (messages.length > 0) return messages.join('; ');
    this.#onFact({ type: 'log.cleared', process: id });
    return null;
  }

  rotate(id: string): string | null {
    const log = this.#logs.get(id);
    if (log === undefined) return `cannot rotate the logs of ${id}: no such process`;
    const files = new Set(log.channels().filter((channel) => channel.file !== null));
    if (files.size === 0) return `cannot rotate the logs of ${id}: they are not kept in files`;
    const messages = [...files].map((channel) => channel.rotate()).filter((message) => message !== null);
    return messages.length > 0 ? messages.join('; ') : null;
  }

  reopen(): void {
    for (const writer of this.#registry.all()) {
      if (!(writer.target instanceof RotatingFile)) continue;
      if (writer.target.reopen() === null) writer.kick();
    }
  }

  countLines(): void {
    this.#world.counting.lines = true;
  }

  stats(id: string): LogStats {
    return this.#logs.get(id)?.stats() ?? NO_STATS;
  }

  async dispose(): Promise<void> {
    this.#registry.compressor.close();
    for (const log of this.#logs.values()) log.takeRest();
    let owed = this.#flush();
    const end = performance.now() + DISPOSE_MS;
    let idleEnd = performance.now() + DISPOSE_IDLE_MS;
    while (owed > 0 && performance.now() < Math.min(end, idleEnd)) {
      await new Promise((resolve) => setTimeout(resolve, DISPOSE_STEP_MS));
      const left = this.#flush();
      if (left < owed) idleEnd = performance.now() + DISPOSE_IDLE_MS;
      owed = left;
    }
    for (const log of this.#logs.values()) log.close('the daemon ends');
    this.#logs.clear();
    for (const feed of this.#abandoned) feed.close();
    this.#abandoned.clear();
    this.#capture?.dispose();
  }

  // Bytes that targets with slow readers still owe. A full disk is not waited for.
  #flush(): number {
    let owed = 0;
    for (const writer of this.#registry.all()) {
      writer.flush();
      if (writer.target.kind === 'device') owed += writer.owed + writer.target.unfinished;
    }
    return owed;
  }
}

/** Opens the log plane. Nothing is read or written until processes are opened and attached. */
export function openLogPlane(options: LogPlaneOptions): LogPlane {
  return new Plane(options);
}
