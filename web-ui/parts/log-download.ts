// A whole log as a file: asked for in pieces, as the daemon sends them, from its beginning as far as it is kept.
import { LOG_OFFSET_HEADER, LOG_OVERFLOW_HEADER, MAX_LOG_BYTES } from '../../daemon/contract/rest.ts';
import { addressOf, send } from '../ask.ts';
import type { LogChannel } from './log-buffer.ts';

/** More is not gathered in a browser: that log is fetched with reevectl, or from its file. */
export const MAX_DOWNLOAD_BYTES = 1024 * 1024 * 1024;

function save(blob: Blob, file: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken it up by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Saves the log of one process; resolves with its size in bytes. `onBytes`: how far it is. Throws AskError. */
export async function downloadLog(name: string, channel: LogChannel, onBytes: (bytes: number) => void): Promise<number> {
  const parts: Blob[] = [];
  let offset = 0;
  for (;;) {
    const response = await send(addressOf('tail', { name, channel, offset, length: MAX_LOG_BYTES }), {});
    const part = await response.blob();
    parts.push(part);
    offset = Number(response.headers.get(LOG_OFFSET_HEADER) ?? offset + part.size);
    onBytes(offset);
    if (part.size === 0 || response.headers.get(LOG_OVERFLOW_HEADER) !== 'true' || offset >= MAX_DOWNLOAD_BYTES) break;
  }
  save(new Blob(parts, { type: 'text/plain' }), `${name.replaceAll(/[^\w.-]+/g, '_')}.${channel}.log`);
  return offset;
}

/** Saves what is shown. */
export function downloadText(text: string, file: string): void {
  save(new Blob([text], { type: 'text/plain' }), file);
}
