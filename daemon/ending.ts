// What ends the daemon, or its programs for a full restart: asked once, hurried by asking again, and an end that was asked for is never lost to a restart.
import type { Config } from '../config/spec.ts';
import { Closing } from './runtime/closing.ts';
import type { ClosingOptions, Mode } from './runtime/closing.ts';

/** Why the daemon ends, and with which status. */
export interface Verdict {
  readonly code: number;
  readonly why: string;
  /** The process that caused it. */
  readonly process: string | null;
  readonly lastOutput: string;
}

export interface EndingOptions {
  /** Made anew for each closing: a reload changes the tree and the times. */
  readonly closing: () => Omit<ClosingOptions, 'done'>;
  /** All programs are down and this configuration is the next. */
  readonly restart: (config: Config) => Promise<void>;
  /** All programs are down for good; `survivors`: pids that could not be ended. */
  readonly leave: (verdict: Verdict, survivors: readonly number[]) => Promise<void>;
  /** The process may go. */
  readonly ended: (code: number) => void;
}

/** Exit status after a mistake of ours; reeve-init starts the daemon anew on it. */
export const INTERNAL_ERROR = 70;

const MODES: readonly Mode[] = ['warm', 'cold', 'now'];

export class Ending {
  private readonly options: EndingOptions;
  private closing: Closing | null = null;
  private verdict: Verdict | null = null;
  private next: Config | null = null;

  constructor(options: EndingOptions) {
    this.options = options;
  }

  /** Programs are being brought down, for good or for a restart. */
  get begun(): boolean {
    return this.closing !== null;
  }

  /** The daemon will not come back from it. */
  get isFinal(): boolean {
    return this.verdict !== null;
  }

  /** TERM, INT, QUIT: warm; again: cold; a third time: now. */
  interrupt(signal: string): void {
    const mode = this.closing?.mode && this.isFinal ? MODES[Math.min(2, MODES.indexOf(this.closing.mode) + 1)] ?? 'now' : 'warm';
    this.shutdown(mode, `received SIG${signal}`);
  }

  shutdown(mode: Mode, why: string): void {
    if (this.isFinal) return this.closing?.begin(mode, why);
    this.end({ code: 0, why, process: null, lastOutput: '' }, mode);
  }

  /** The end of the daemon begins. A reload that is under way becomes one. The first verdict stands. */
  end(verdict: Verdict, mode: Mode = 'warm'): void {
    if (this.isFinal) return;
    this.verdict = verdict;
    this.next = null;
    if (this.closing) this.closing.begin(mode, verdict.why);
    else this.close(mode, verdict.why);
  }

  /** Everything down, and up again as this configuration says. Only while nothing ends yet. */
  reload(config: Config, why: string): void {
    this.next = config;
    this.close('warm', why);
  }

  /** The restart is done but for starting the programs. An end that was asked for meanwhile comes now, when nothing runs yet: then false. */
  reopen(): boolean {
    this.closing = null;
    if (this.verdict) this.close('warm', this.verdict.why);
    return this.closing === null;
  }

  private close(mode: Mode, why: string): void {
    this.closing = new Closing({ ...this.options.closing(), done: (survivors) => void this.closed(survivors).catch((error: unknown) => this.failed(error)) });
    this.closing.begin(mode, why);
  }

  private async closed(survivors: readonly number[]): Promise<void> {
    const { next, verdict } = this;
    this.next = null;
    if (next) return this.options.restart(next);
    if (!verdict) return;
    await this.options.leave(verdict, survivors);
    this.options.ended(verdict.code);
  }

  private failed(error: unknown): void {
    process.stderr.write(`cannot end in order: ${error instanceof Error ? error.message : String(error)}\n`);
    this.options.ended(INTERNAL_ERROR);
  }
}

/** One line of JSON on stderr: who, why, and the last lines of output, so that a container's log says it all. */
export function sayLastWords({ code, process: of, why, lastOutput }: Verdict): void {
  const lastLines = lastOutput === '' ? [] : lastOutput.replace(/\n$/, '').split('\n');
  process.stderr.write(`${JSON.stringify({ exit: code, process: of, why, lastLines })}\n`);
}
