// Going to the background, as supervisord does with an INI file and no -n: a child of our own carries on, and we answer for its start.
import { spawn } from 'node:child_process';
import { MARK, READY, READY_FD } from './ready.ts';

/** Starts the daemon proper and waits until it says that it is up. Resolves to the exit status of the process that was called. */
export function goToBackground(argv: readonly string[], directory: string | null): Promise<number> {
  const [file = process.execPath, ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      detached: true, stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: { ...process.env, [MARK]: '1' }, ...(directory === null ? {} : { cwd: directory }),
    });
    // What it has to say before it is up is for the person at the terminal.
    child.stderr?.pipe(process.stderr);
    child.stdio[READY_FD]?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes(READY.trim())) {
        child.unref();
        resolve(0);
      }
    });
    child.on('error', (error) => {
      process.stderr.write(`cannot go to the background: ${error.message}\n`);
      resolve(2);
    });
    child.on('exit', (code) => resolve(code ?? 70));
  });
}
