// Who hears what programs write, beside their logs.
import type { Child } from './processes.ts';

/** Which of its two outputs a program wrote to. */
export type Channel = 'stdout' | 'stderr';

/** Who listens to what programs write, beside their logs. Called while bytes move: `bytes` must not be kept, and nothing be thrown. */
export interface OutputTaps {
  /** The stdout of this process is the event listener protocol. */
  isListener(process: string): boolean;
  /** Bytes of that protocol. */
  protocol(child: Child, bytes: Buffer): void;
  /** A chunk of a channel with `events`; whole characters where it is UTF-8. */
  chunk(child: Child, channel: Channel, bytes: Buffer): void;
  /** Somebody waits for words in the output of the present life of this process. */
  watches(process: string): boolean;
  /** Bytes of such a life. False: nobody waits any more. */
  seen(child: Child, channel: Channel, bytes: Buffer): boolean;
  /** What came between the tokens of capture mode; the newest bytes where it was too much. */
  captured(child: Child, channel: Channel, bytes: Buffer): void;
}

/** Who hears all that programs write, beside their logs: the daemon's own log at level debug. Called while bytes move, as OutputTaps. */
export interface OutputEcho {
  /** May change; the log plane is told by `echoChanged`. */
  readonly echoes: boolean;
  /** Whole characters where it is UTF-8. */
  echo(process: string, channel: Channel, bytes: Buffer): void;
}

/** The end of what a life said, and its position: bytes since it began. */
export interface KeptOutput {
  readonly bytes: Uint8Array;
  readonly end: number;
}

/** The last of what one life said, kept in memory beside its log. */
export interface LifeOutput {
  /** Bytes of it so far, those no longer kept included. */
  readonly total: number;
  /** Called while bytes move: both channels of the life, in the order they were read. */
  heard(channel: Channel, bytes: Buffer, start: number, end: number): void;
  /** Both channels as they came, at most 64 KiB, from the beginning of a line. */
  text(): string;
  /** The last lines of its standard error; of all it said where nothing came that way. */
  errors(lines: number): readonly string[];
  /** All that `text` is made of, and the position after it. */
  kept(): KeptOutput;
  /**
   * Calls with what is kept, then with what comes, until the end; `end`: position after it. `from`: only with what came after that position;
   * what of it is no longer kept is told in the text.
   */
  follow(onChunk: (bytes: Uint8Array, end: number) => void, onEnd: () => void, from?: number): { close(): void };
  /** Nothing more comes: those who follow are told. */
  end(): void;
}
