// Going to the background, as supervisord does with an INI file and no -n: a child of our own carries on, and we answer for its start.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

const READY_FD = 3;
const MARK = 'REEVE_BACKGROUND';
const READY = 'ready\n';

/** Is this process the one that carries on? It must not go to the background again. */
export function isBackground(env: NodeJS.ProcessEnv): boolean {
  return env[MARK] === '1';
}

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
