// HUP: a TOML file is applied; an INI file gets supervisord's full restart.
import type { Config } from '../config/spec.ts';
import type { Control } from './runtime/control.ts';

export interface HangupOptions {
  readonly dialect: () => Config['dialect'];
  readonly control: () => Pick<Control, 'mutate'>;
  /** Begins the full restart. Returns why not. */
  readonly reload: (why: string) => readonly string[] | null;
  readonly refused: (problems: readonly string[]) => void;
}

export class Hangup {
  private readonly options: HangupOptions;
  /** One came while nothing could be changed. */
  private waits = false;

  constructor(options: HangupOptions) {
    this.options = options;
  }

  come(): void {
    const { dialect, reload, refused } = this.options;
    if (dialect() === 'toml') return this.apply();
    const problems = reload('received SIGHUP');
    if (problems !== null) refused(problems);
  }

  /** What kept one from being served may be over. */
  again(): void {
    if (!this.waits) return;
    this.waits = false;
    setImmediate(() => this.come());
  }

  private apply(): void {
    const { control, refused } = this.options;
    const outcome = control().mutate({ command: 'apply', dryRun: false, maxUnavailable: null, plan: null }, { who: 'SIGHUP', role: 'admin' });
    if (!('code' in outcome) || outcome.code === 'BAD_CONFIG') return;
    // An apply that is under way read the file before this signal: it is read once more after it.
    if (outcome.code === 'BUSY') this.waits = true;
    else refused([outcome.message]);
  }
}
