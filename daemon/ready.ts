// What a daemon in the background says to the process that started it. Apart from background.ts, which loads child_process.
import { createWriteStream } from 'node:fs';

export const READY_FD = 3;
export const MARK = 'REEVE_BACKGROUND';
export const READY = 'ready\n';

/** Is this process the one that carries on? It must not go to the background again. */
export function isBackground(env: NodeJS.ProcessEnv): boolean {
  return env[MARK] === '1';
}

/** The background process is up: whoever started it may go. */
export function sayReady(env: NodeJS.ProcessEnv): void {
  if (!isBackground(env)) return;
  delete env[MARK];
  const pipe = createWriteStream('', { fd: READY_FD });
  pipe.on('error', () => undefined);
  pipe.end(READY);
  // Nobody reads what a process in the background writes to its old terminal.
  process.stderr.on('error', () => undefined);
}
