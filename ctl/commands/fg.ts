// fg: a process in the foreground. Both its channels are shown, and what is typed goes to its stdin, line by line, until Ctrl-C.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';
import { PLAIN_ROUTES } from '../../daemon/contract/routes.ts';
import { namesOf } from '../arguments.ts';
import { Refusal } from '../client.ts';
import type { Client } from '../client.ts';
import { EXIT } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { didYouMean, displayName } from '../names.ts';
import { lineReader } from '../ndjson.ts';
import { pause } from '../pause.ts';

/** supervisorctl begins with so much of the past. */
const PAST_BYTES = 1024;
/** A process that does not read is asked again after this long. */
const FULL_MS = 100;
/** A line longer than this goes in pieces, as it would over a terminal. */
const PIECE = 16_384;

/** Resolves when the stream ends, whoever ends it. */
async function show(context: Context, client: Client, name: string, signal: AbortSignal): Promise<void> {
  const read = lineReader((value) => context.screen.raw((value as LogLine).text));
  await client.stream(COMMANDS.logs.route.path, { names: [name], bytes: PAST_BYTES, follow: true }, NDJSON, signal, (piece) => {
    read(piece);
    return context.screen.full();
  });
}

/** One piece of text; waits while the process does not read. */
async function write(client: Client, name: string, text: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await client.post(PLAIN_ROUTES.stdin.path, { name, text });
      return;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'BUSY') throw error;
      await pause(FULL_MS, signal);
    }
  }
}

async function isRunning(client: Client, name: string): Promise<boolean> {
  const { processes } = await client.status();
  return processes.some((p) => (p.id === name || displayName(p) === name) && p.state === 'RUNNING');
}

/** Sends lines until there are none, or the process is gone. False: it is gone. */
async function forward(context: Context, client: Client, name: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const line = (await context.nextLine?.()) ?? null;
    if (line === null || signal.aborted) return true;
    for (let at = 0; at <= line.length; at += PIECE) await write(client, name, line.slice(at, at + PIECE) + (at + PIECE > line.length ? '\n' : ''), signal);
    if (!(await isRunning(client, name))) return false;
  }
}

function failed(context: Context, words: string, advice: string): number {
  context.screen.line(`ERROR: ${words}`);
  context.screen.note(advice);
  return EXIT.generic;
}

export const fg: Command = async (context, values) => {
  const names = namesOf(values);
  const [name] = names;
  if (name === undefined) {
    failed(context, 'no process name supplied', 'Run `reevectl status` for the names.');
    context.screen.line('fg <process>\tConnect to a process in foreground mode\n\t\tCtrl-C to exit');
    return EXIT.generic;
  }
  if (names.length > 1) return failed(context, 'too many process names supplied', 'fg shows one process; several at once: `reevectl logs -f NAME...`.');
  const client = await context.client();
  const { processes } = await client.status();
  const row = processes.find((p) => p.id === name || displayName(p) === name);
  if (!row) {
    const guess = didYouMean(name, processes.map(displayName));
    return failed(context, 'bad process name supplied', guess === '' ? 'Run `reevectl status` for the names.' : `${name}: ${guess}`);
  }
  if (row.state !== 'RUNNING') return failed(context, 'process not running', `It is ${row.state}: \`reevectl explain ${name}\` says why, \`reevectl start ${name}\` starts it.`);
  context.screen.line('==> Press Ctrl-C to exit <==');
  const over = new AbortController();
  const end = (): void => over.abort();
  context.signal.addEventListener('abort', end, { once: true });
  const interrupted = new Promise<boolean>((resolve) => context.signal.addEventListener('abort', () => resolve(true), { once: true }));
  // What is lost of the output does not end the input; the end of the daemon shows at the next line.
  const shown = show(context, client, row.id, over.signal).catch((error: unknown) => {
    if (!over.signal.aborted) context.screen.note(error instanceof Error ? error.message : String(error));
  });
  try {
    const there = await Promise.race([forward(context, client, row.id, over.signal), interrupted]);
    if (!there) context.screen.line('Process got killed');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    context.screen.line(error.code === 'NOT_RUNNING' ? 'Process got killed' : `ERROR: ${error.message}`);
  } finally {
    end();
    await shown;
  }
  context.screen.line('Exiting foreground');
  return EXIT.ok;
};
