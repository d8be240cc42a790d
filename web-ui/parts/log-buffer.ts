// The last lines of one or several logs, in the order they came, within bounds: the oldest go first. Lines lie in blocks, so that who draws
// looks only at blocks that changed. While it is paused, what comes waits, within bounds of its own. Pure.
import { parseAnsi, PLAIN } from './ansi.ts';
import type { Sgr } from './ansi.ts';

export type LogChannel = 'stdout' | 'stderr';

/** One line as it came. `note`: said by the page, not written by a program. */
export interface LogEntry {
  readonly id: number;
  readonly name: string;
  readonly channel: LogChannel | 'note';
  /** The daemon's wall clock when it began, ms; null: not known. */
  readonly at: number | null;
  /** What is seen of it: of a line that was written over by carriage returns, the last. With its escapes. */
  text: string;
  /** The style in force where it begins. */
  readonly sgr: Sgr;
}

export interface LogBlock {
  readonly id: number;
  readonly lines: LogEntry[];
  /** Counts up when a line was added or grew. */
  version: number;
}

export interface LogBounds {
  readonly lines: number;
  readonly chars: number;
}

export const LOG_BOUNDS: LogBounds = { lines: 5000, chars: 4 * 1024 * 1024 };
/** Of a file that is read: more of it, since nothing more comes. */
export const FILE_BOUNDS: LogBounds = { lines: 20_000, chars: 16 * 1024 * 1024 };
/** A longer line goes on in a next one. */
export const MAX_LINE = 16_384;
const BLOCK_LINES = 100;

interface Shelf {
  blocks: LogBlock[];
  lines: number;
  chars: number;
  /** Lines that went because of the bounds. */
  dropped: number;
}

/** A line that has no end yet. */
interface Open {
  readonly entry: LogEntry;
  readonly block: LogBlock;
  raw: string;
}

export interface LogBuffer {
  readonly blocks: readonly LogBlock[];
  readonly lines: number;
  readonly dropped: number;
  /** null: not paused. */
  readonly waiting: { readonly lines: number; readonly dropped: number } | null;
  /** Both channels were seen. */
  readonly channels: ReadonlySet<LogChannel>;
  /** `at`: wall clock ms; null: not known. */
  add(name: string, channel: LogChannel, text: string, at?: number | null): void;
  note(text: string): void;
  /** What is open of this log ends here: its rest is not going to come. */
  cut(name: string, channel: LogChannel): void;
  pause(): void;
  resume(): void;
  clear(): void;
}

function seen(raw: string): string {
  const end = raw.endsWith('\r') ? raw.replace(/\r+$/, '') : raw;
  return end.slice(end.lastIndexOf('\r') + 1);
}

export function createLogBuffer(bounds: LogBounds = LOG_BOUNDS): LogBuffer {
  const shelf = (): Shelf => ({ blocks: [], lines: 0, chars: 0, dropped: 0 });
  let shown = shelf();
  let waiting: Shelf | null = null;
  let nextLine = 1;
  let nextBlock = 1;
  const open = new Map<string, Open>();
  const styles = new Map<string, Sgr>();
  const channels = new Set<LogChannel>();

  const trim = (to: Shelf): void => {
    while (to.blocks.length > 1 && (to.lines > bounds.lines || to.chars > bounds.chars)) {
      const [first] = to.blocks.splice(0, 1);
      if (first === undefined) return;
      to.lines -= first.lines.length;
      to.dropped += first.lines.length;
      for (const line of first.lines) to.chars -= line.text.length;
      for (const [key, line] of open) if (line.block === first) close(key, line);
    }
  };
  const put = (to: Shelf, entry: LogEntry): LogBlock => {
    let block = to.blocks.at(-1);
    // Long lines make short blocks, so that the bound of characters is kept closely.
    if (block === undefined || block.lines.length >= BLOCK_LINES) {
      block = { id: nextBlock++, lines: [], version: 0 };
      to.blocks.push(block);
    }
    block.lines.push(entry);
    block.version++;
    to.lines++;
    to.chars += entry.text.length;
    trim(to);
    return block;
  };
  const close = (key: string, line: Open): void => {
    open.delete(key);
    if (line.raw.includes('\u001b') || line.entry.sgr !== PLAIN) styles.set(key, parseAnsi(line.entry.text, line.entry.sgr).sgr);
  };
  const grow = (name: string, channel: LogChannel, key: string, piece: string, at: number | null, ended: boolean): void => {
    let rest = piece;
    for (;;) {
      const to = waiting ?? shown;
      let line = open.get(key);
      const room = MAX_LINE - (line?.raw.length ?? 0);
      const part = rest.length > room ? rest.slice(0, room) : rest;
      if (line === undefined) {
        const entry: LogEntry = { id: nextLine++, name, channel, at, text: seen(part), sgr: styles.get(key) ?? PLAIN };
        line = { entry, block: put(to, entry), raw: part };
        open.set(key, line);
      } else {
        line.raw += part;
        const text = seen(line.raw);
        to.chars += text.length - line.entry.text.length;
        line.entry.text = text;
        line.block.version++;
        trim(to);
      }
      // What was written over is not needed again.
      if (line.raw.length > line.entry.text.length + 1) line.raw = line.entry.text + (line.raw.endsWith('\r') ? '\r' : '');
      rest = rest.slice(part.length);
      if (rest === '') {
        if (ended || line.raw.length >= MAX_LINE) close(key, line);
        return;
      }
      close(key, line);
    }
  };

  return {
    get blocks() { return shown.blocks; },
    get lines() { return shown.lines; },
    get dropped() { return shown.dropped; },
    get waiting() { return waiting === null ? null : { lines: waiting.lines, dropped: waiting.dropped }; },
    channels,
    add(name, channel, text, at = null) {
      channels.add(channel);
      const key = `${channel} ${name}`;
      let from = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        grow(name, channel, key, text.slice(from, end), at, true);
        from = end + 1;
      }
      if (from < text.length) grow(name, channel, key, text.slice(from), at, false);
    },
    note(text) {
      put(waiting ?? shown, { id: nextLine++, name: '', channel: 'note', at: null, text, sgr: PLAIN });
    },
    cut(name, channel) {
      const key = `${channel} ${name}`;
      const line = open.get(key);
      if (line !== undefined) close(key, line);
    },
    pause() {
      if (waiting !== null) return;
      waiting = shelf();
      // What goes on to be written on an open line is part of what waits.
      for (const [key, line] of open) close(key, line);
    },
    resume() {
      if (waiting === null) return;
      const { blocks, dropped } = waiting;
      waiting = null;
      if (dropped > 0) this.note(`${dropped} lines came while this was paused and are not kept here`);
      const moved = new Map<LogEntry, LogBlock>();
      for (const block of blocks) for (const entry of block.lines) moved.set(entry, put(shown, entry));
      for (const [key, line] of open) {
        const block = moved.get(line.entry);
        if (block !== undefined) open.set(key, { ...line, block });
      }
    },
    clear() {
      shown = shelf();
      if (waiting !== null) waiting = shelf();
      open.clear();
      styles.clear();
    },
  };
}
