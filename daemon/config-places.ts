// Where the keys of the configuration are written, looked up in the files when somebody asks; and whether these are still the files
// that were read.
import { statSync } from 'node:fs';
import type { FileText, FindWritten } from '../config/written.ts';
import type { Config, Origin } from '../config/spec.ts';
import type { ConfigPort } from '../config/port.ts';

/** What is known about places in the files. */
export interface Places {
  readonly find: FindWritten;
  /** A file is not as it was read: `find` finds nothing. */
  readonly moved: boolean;
}

const NOWHERE: FindWritten = () => null;

function stampOf(file: string): string {
  const at = statSync(file, { throwIfNoEntry: false });
  return at === undefined ? '' : `${at.mtimeMs} ${at.size} ${at.ino}`;
}

export class ConfigPlaces {
  private readonly port: Pick<ConfigPort, 'readFile'>;
  /** By the list of files of a reading, which goes from one configuration to the next that is made of it. */
  private readonly stamps = new WeakMap<Config['files'], ReadonlyMap<string, string>>();

  constructor(port: Pick<ConfigPort, 'readFile'>) {
    this.port = port;
  }

  /** Its files were read just now. */
  took(config: Config): void {
    this.stamps.set(config.files, new Map(config.files.map((file) => [file, stampOf(file)])));
  }

  /** What the files say about something that is written at `origin`. The table itself (`path`) must still be there. */
  async of(config: Config, origin: Origin, path: readonly string[]): Promise<Places> {
    const files = [...new Set([config.file, origin.file])];
    const stamps = this.stamps.get(config.files);
    if (files.some((file) => stamps?.get(file) !== stampOf(file))) return { find: NOWHERE, moved: true };
    try {
      const texts = files.map((file): FileText => ({ file, text: this.port.readFile(file) }));
      const { findWritten } = await import('../config/written.ts');
      const find = findWritten(texts);
      const at = find(path);
      // An earlier reading is in force (reread without update).
      const moved = at === null || at.file !== origin.file || at.line !== origin.line;
      return moved ? { find: NOWHERE, moved } : { find, moved };
    } catch {
      return { find: NOWHERE, moved: true };
    }
  }
}
