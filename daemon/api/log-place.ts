// Where the log of a process is, by supervisord's eyes: a file that is there, or none. Names lead here, never paths.
import { existsSync } from 'node:fs';
import type { Channel } from '../os/ports/output.ts';
import type { Control } from '../runtime/control.ts';

/** The file as configured (null: none, or kept in memory), and whether there is anything to read. */
export interface LogPlace {
  readonly path: string | null;
  readonly readable: boolean;
}

/**
 * A log on the disk can be read also before the first life under this daemon: it is opened then, and so is one whose name was left
 * to us, which supervisord makes at once. Under an INI file a log in memory is no log: there, NONE is none.
 */
export function logPlace({ compat, logs }: Control, id: string, channel: Channel): LogPlace {
  const spec = compat.spec(id);
  const output = spec?.[channel];
  if (spec === undefined || !output) return { path: null, readable: false };
  const isOpen = (): boolean => !('error' in logs.tail(id, channel, 0, 0));
  if (output.file === null) return { path: null, readable: compat.dialect === 'toml' && isOpen() };
  if (!output.auto && !existsSync(output.file)) return { path: output.file, readable: false };
  if (!isOpen()) logs.open(spec);
  return { path: output.file, readable: isOpen() };
}
