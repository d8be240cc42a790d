// How far a run is, while its output goes by: a bar on the last line of a terminal, or a plain line at every tenth.
import type { ProgressView } from '../daemon/contract/reports.ts';
import { progressText } from './job-lines.ts';
import { printable } from './screen.ts';
import type { Screen } from './screen.ts';
import { textWidth, truncate } from './text-width.ts';

const BAR = 24;
/** A plain line at each step of percent, and where the end is not known, when the amount has grown by this factor. */
const STEP_PERCENT = 10;
const GROWTH = 2;

/** `[#########---------------]`, or '' where the end is not known. */
export function bar(percent: number | null, width = BAR): string {
  if (percent === null) return '';
  const full = Math.round((Math.max(0, Math.min(100, percent)) / 100) * width);
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}]`;
}

/** One line of a run on a terminal, never wider than it. */
export function barLine(name: string, progress: ProgressView | null, columns: number, note = ''): string {
  const said = progress === null ? note : progressText(progress);
  const drawn = progress === null ? '' : bar(progress.percent, Math.min(BAR, Math.max(4, columns - textWidth(name) - textWidth(said) - 5)));
  // The last column stays free: a terminal that is written full scrolls.
  return truncate(printable([name, drawn, said].filter((part) => part !== '').join(' ')), columns - 1);
}

/** Whether a plain line is due: the phase is another one, or it has come a step farther. */
export class Steps {
  #last: ProgressView | null = null;

  due(progress: ProgressView): boolean {
    const last = this.#last;
    const step = (view: ProgressView): number => Math.floor((view.percent ?? 0) / STEP_PERCENT);
    const farther = last === null || progress.phase !== last.phase || (progress.percent === null ? progress.current >= last.current * GROWTH && progress.current > last.current : step(progress) !== step(last));
    if (farther) this.#last = progress;
    return farther;
  }
}

/** Output and progress of one run on one screen. */
export class RunScreen {
  readonly #screen: Screen;
  readonly #name: string;
  readonly #steps = new Steps();
  #shown: ProgressView | null = null;
  #drawn = false;
  /** The output's last line is not finished: a bar must not stand in it. */
  #midLine = false;

  constructor(screen: Screen, name: string) {
    this.#screen = screen;
    this.#name = name;
  }

  output(bytes: Uint8Array): void {
    this.#clear();
    this.#screen.raw(bytes);
    if (bytes.length > 0) this.#midLine = bytes[bytes.length - 1] !== 10;
    this.#draw();
  }

  progress(view: ProgressView): void {
    this.#shown = view;
    if (this.#screen.columns === null) {
      // stdout is the run's own: what reads it must not find our words in it.
      if (this.#steps.due(view)) this.#screen.note(`${this.#name}: ${progressText(view)}`);
      return;
    }
    this.#clear();
    this.#draw();
  }

  /** A sentence of ours, on stderr. */
  note(text: string): void {
    this.#clear();
    if (this.#midLine && this.#screen.columns !== null) this.#screen.raw('\n');
    this.#midLine = false;
    this.#screen.note(text);
    this.#draw();
  }

  end(): void {
    this.#clear();
    this.#shown = null;
  }

  #clear(): void {
    if (this.#drawn) this.#screen.raw('\r\u001B[K');
    this.#drawn = false;
  }

  #draw(): void {
    const { columns } = this.#screen;
    if (columns === null || this.#shown === null || this.#midLine) return;
    this.#screen.raw(barLine(this.#name, this.#shown, columns));
    this.#drawn = true;
  }
}
