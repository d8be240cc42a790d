// Where the daemon listens: opened at the start, moved by a reload or an apply, never lost by one.
import type { ApiSpec } from '../config/api-spec.ts';
import { openApi } from './api/open.ts';
import type { ApiMemory, ApiServer } from './api/open.ts';
import type { Control } from './runtime/control.ts';

export interface DoorOptions {
  readonly control: () => Control;
  /** Where to listen when the file does not say; null: no runtime directory can be used. */
  readonly defaultSocket: string | null;
  /** For the log, the events and `doctor`. */
  readonly warn: (message: string) => void;
  /** For the log and the events: doctor sees it by itself. */
  readonly say: (message: string) => void;
}

export class Door {
  private readonly options: DoorOptions;
  private server: ApiServer | null = null;
  private readonly memory: ApiMemory = { sessions: null };

  constructor(options: DoorOptions) {
    this.options = options;
  }

  /**
   * Listens where the configuration says; where it says nothing, on the default socket, which must not keep a daemon from starting.
   * @throws a ListenError with a person's words when a written address cannot be had.
   */
  async open(api: ApiSpec): Promise<void> {
    const { control, defaultSocket: unix, warn, say } = this.options;
    const open = (at: ApiSpec): Promise<ApiServer> => openApi({ control: control(), api: at, warn, say, memory: this.memory });
    if (api.listen.length > 0) {
      this.server = await open(api);
      return;
    }
    if (unix === null) return warn('cannot listen: no runtime directory can be used; set [api] listen');
    try {
      this.server = await open({ ...api, listen: [{ address: { unix }, mode: 0o700, owner: null, credentials: null, open: false }] });
    } catch (error) {
      warn(`${(error as Error).message}; set [api] listen to reach this daemon by reevectl`);
    }
  }

  /** The new file listens elsewhere. Where that cannot be had the old addresses stay, and so do their rights: a reload must not lock everybody out. Returns what holds. */
  async move(before: ApiSpec, after: ApiSpec): Promise<ApiSpec> {
    await this.close();
    try {
      await this.open(after);
      return after;
    } catch (error) {
      this.options.warn(`${(error as Error).message}; the control API stays at the addresses of the file before`);
      await this.open(before).catch((again: Error) => this.options.warn(`${again.message}; there is no control API until the next HUP`));
      return before;
    }
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = null;
    await server?.close();
  }
}
