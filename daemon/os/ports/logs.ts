// Logs of programs: from their pipes to where the configuration says, and back to those who read them.
import type { Readable } from 'node:stream';
import type { OutputSpec, ProcessSpec } from '../../../config/spec.ts';
import type { LogFile } from '../../contract/rest.ts';
import type { Channel, KeptOutput, LifeOutput } from './output.ts';
import type { Child, OutputSource } from './processes.ts';

/** Bytes of a log, and where they end. */
export interface LogSlice {
  readonly bytes: Uint8Array;
  /** Size of the log after these bytes. */
  readonly offset: number;
  /** More was there than was asked for. */
  readonly overflow: boolean;
}

/** What somebody wants of logs: some of their past, and all that comes. */
export interface FollowRequest {
  /** `from`: go on after this position, as far as it is kept, in place of `bytes` and `lines`; what is gone is told in the text. */
  readonly targets: readonly { readonly id: string; readonly channel: Channel; readonly from?: number }[];
  /** Bytes of the past to begin with, per target. */
  readonly bytes: number;
  /** So many lines of the past in place of `bytes`. */
  readonly lines?: number;
  /** At most so many bytes of the past, per target; that there may be more is told in the text. */
  readonly most?: number;
  /**
   * Called with whole lines where possible. Must not keep `bytes`. `end`: position after them, in bytes that the log got since the
   * daemon began (below 0: before that). `at`: wall clock ms when they were written; null: they are of the past.
   */
  readonly onChunk: (id: string, channel: Channel, bytes: Uint8Array, end: number, at: number | null) => void;
  /** What is not taken is not read further: call when the consumer can take more. */
  readonly onEnd: (why: string) => void;
}

/** Carries output from pipes to where the configuration says. Log bytes never pass the mailbox. */
export interface LogPlane {
  /** Makes the targets of a process ready (creates directories, opens files). A message when that cannot be done. */
  open(spec: ProcessSpec): string | null;
  /** Whether all output is echoed has changed. */
  echoChanged(): void;
  /** Takes a changed spec live (sizes, backups, tee, format); same result as open. */
  change(spec: ProcessSpec): string | null;
  /** The process is no longer known. */
  close(id: string): void;
  /** `keep` hears what goes to the log. */
  attach(child: Child, channel: Channel, source: OutputSource, keep?: LifeOutput): void;
  /** For a life whose own words are wanted apart from those of its like. `over`: of one that ended, what was kept of it. */
  keep(over?: KeptOutput): LifeOutput;
  /** Reads what the life that just ended left in its pipes, then calls back. Bounded: a blocked target does not hold the exit. */
  drain(child: Child, done: () => void): void;
  /** The last bytes written, for facts and `explain` (at most `lines` lines). */
  lastLines(id: string, lines: number): string;
  /** supervisord's tail rules. A message when there is no log. */
  tail(id: string, channel: Channel, offset: number, length: number): LogSlice | { readonly error: 'no_log' };
  /** supervisord's read rules: offset < 0 with length 0 is the last bytes; length 0 is to the end. */
  read(id: string, channel: Channel, offset: number, length: number): Uint8Array | { readonly error: 'no_log' | 'bad_arguments' | 'failed'; readonly message: string };
  /** Bytes as they are written, across rotations. */
  follow(request: FollowRequest): { pause(): void; resume(): void; close(): void };
  /** Bytes that the log got since the daemon began: the position of its end. */
  position(id: string, channel: Channel): number;
  /** What was written since then (wall clock ms), through all files that are kept, until nobody wants it (`gone`) any more; null: there is no log. */
  since(id: string, channel: Channel, since: number, gone: AbortSignal): Promise<LogRecall | null>;
  /** The files of a log, newest first, with those that were rotated; also of one that was not opened yet. [] where it is in no file. */
  files(output: OutputSpec): readonly LogFileFacts[];
  /** One of them, by its id or name, as it is or unpacked; null: there is none. A message when it cannot be read. */
  openFile(output: OutputSpec, file: string, unpack: boolean): Promise<OpenedLogFile | { readonly error: string } | null>;
  clear(id: string): string | null;
  rotate(id: string): string | null;
  /** Close and reopen every file (SIGUSR2, for an external logrotate). */
  reopen(): void;
  stats(id: string): LogStats;
  /** From now on lines are counted: it takes a look at every byte, which nobody pays for before somebody asks. */
  countLines(): void;
  dispose(): Promise<void>;
}

/** What is told of a file of a log beside whose it is. */
export type LogFileFacts = Omit<LogFile, 'name' | 'channel'>;

/** A file of a log that is being read. */
export interface OpenedLogFile {
  /** Its name. */
  readonly file: string;
  readonly compressed: boolean;
  /** null: as many as come. */
  readonly bytes: number | null;
  /** Ends with an error where not all of it could be read. Must be read or destroyed. */
  readonly stream: Readable;
}

/** Bytes, and the position after them. */
export interface LogPiece {
  readonly bytes: Buffer;
  readonly end: number;
}

/** What a log has since a time. */
export interface LogRecall {
  /** From the first line of that time or a later one on; what is missing is told in it. To be begun, and read to the end or given up by `return`. */
  readonly pieces: AsyncIterable<LogPiece>;
  /** Position after them, known from the beginning. */
  readonly position: number;
}

/** Counts of both channels since the daemon began, and where they go. */
export interface LogStats {
  readonly bytes: number;
  /** Since countLines. */
  readonly lines: number;
  readonly dropped: number;
  readonly rotations: number;
  readonly blocked: boolean;
  readonly paths: { readonly stdout: string | null; readonly stderr: string | null };
}
