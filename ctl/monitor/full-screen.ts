// The whole terminal for one command: the alternate screen, single keys, and only changed lines written. Whatever ends the command,
// the terminal is given back as it was.
import { StringDecoder } from 'node:string_decoder';
import { keysOf } from './keys.ts';
import type { Size } from './view.ts';

/** Alternate screen, no cursor, no new line at the end of one (a terminal that was just made narrower); and back. */
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l';
const LEAVE = '\u001B[0m\u001B[?7h\u001B[?25h\u001B[?1049l';
/** Where the terminal does not say. */
const USUAL: Size = { columns: 80, rows: 24 };

/** A terminal, or what stands for one. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

export class FullScreen implements Disposable {
  readonly #terminal: Terminal;
  readonly #onKey: (key: string) => void;
  readonly #onResize: () => void;
  readonly #decoder = new StringDecoder('utf8');
  /** What stands there; null: nothing is known. */
  #shown: readonly string[] | null = null;
  #open = false;
  /** How the input was: in the shell somebody else reads it, and must not hear our keys. */
  #before: { readonly raw: boolean; readonly flowing: boolean; readonly listeners: readonly ((bytes: Buffer) => void)[] } = { raw: false, flowing: false, listeners: [] };

  constructor(terminal: Terminal, onKey: (key: string) => void, onResize: () => void) {
    this.#terminal = terminal;
    this.#onKey = onKey;
    this.#onResize = onResize;
    process.on('exit', this.#leave);
    // Before the trace is printed, which must not go to a screen that is thrown away.
    process.on('uncaughtExceptionMonitor', this.#leave);
    process.on('SIGCONT', this.#resumed);
    terminal.output.on('resize', this.#resized);
    this.enter();
  }

  get size(): Size {
    const { columns, rows } = this.#terminal.output;
    return { columns: columns > 0 ? columns : USUAL.columns, rows: rows > 0 ? rows : USUAL.rows };
  }

  enter(): void {
    if (this.#open) return;
    this.#open = true;
    this.#shown = null;
    const { input, output } = this.#terminal;
    this.#before = { raw: input.isRaw, flowing: input.readableFlowing === true, listeners: input.listeners('data') as ((bytes: Buffer) => void)[] };
    for (const listener of this.#before.listeners) input.off('data', listener);
    if (input.isTTY) input.setRawMode(true);
    input.on('data', this.#heard).resume();
    output.write(ENTER);
  }

  readonly #leave = (): void => {
    if (!this.#open) return;
    this.#open = false;
    const { input, output } = this.#terminal;
    output.write(LEAVE);
    input.off('data', this.#heard);
    for (const listener of this.#before.listeners) input.on('data', listener);
    if (!this.#before.flowing) input.pause();
    if (input.isTTY) input.setRawMode(this.#before.raw);
  };

  readonly #heard = (bytes: Buffer): void => {
    for (const key of keysOf(this.#decoder.write(bytes))) this.#onKey(key);
  };

  readonly #resized = (): void => {
    this.#shown = null;
    this.#onResize();
  };

  readonly #resumed = (): void => {
    this.enter();
    this.#onResize();
  };

  /** To the shell, until somebody brings us back (fg). */
  suspend(): void {
    this.#leave();
    process.kill(process.pid, 'SIGTSTP');
  }

  forget(): void {
    this.#shown = null;
  }

  /** While the terminal takes no more, nothing new is drawn: it would only be late. */
  get busy(): boolean {
    return this.#terminal.output.writableNeedDrain;
  }

  /** Writes those lines that are not what stands there. */
  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    const before = this.#shown;
    let text = before === null ? '\u001B[0m\u001B[2J' : '';
    for (const [i, line] of lines.entries()) if (before?.[i] !== line) text += `\u001B[${String(i + 1)};1H${line}`;
    this.#shown = lines;
    if (text !== '') this.#terminal.output.write(text);
  }

  [Symbol.dispose](): void {
    this.#leave();
    process.off('exit', this.#leave);
    process.off('uncaughtExceptionMonitor', this.#leave);
    process.off('SIGCONT', this.#resumed);
    this.#terminal.output.off('resize', this.#resized);
  }
}
