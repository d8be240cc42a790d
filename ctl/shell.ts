// The interactive shell: a prompt, commands, completion. Errors do not end it, and its exit code is always 0.
import type { Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { splitWords } from './arguments.ts';
import type { GlobalOptions } from './arguments.ts';
import { openClient, Refusal } from './client.ts';
import type { Client } from './client.ts';
import type { NameKind } from '../daemon/contract/commands.ts';
import { candidates, kindAt } from './complete-line.ts';
import { namesOfKind } from './complete-names.ts';
import type { Context } from './context.ts';
import { DEFAULT_PROMPT, findDaemon } from './find-daemon.ts';
import { parseAddress } from './server-address.ts';
import { explainFailure, runCommand } from './run-command.ts';
import type { Screen } from './screen.ts';

const HISTORY_LINES = 1000;
/** Names are asked again when they are older: a key pressed twice must not cost two requests. */
const NAMES_FRESH_MS = 2000;
const MOST_WAITING_LINES = 1000;
const NO_NAMES = { at: -Infinity, kind: 'processes', list: [] } as const;

/** stdout that can hide what is typed. */
class Echo extends Writable {
  hidden = false;
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.hidden) process.stdout.write(chunk);
    done();
  }
  // readline asks its output for the width, to wrap long lines.
  get columns(): number {
    return process.stdout.columns;
  }
}

/** Lines as they come, kept until they are asked for; null at the end of the input. */
class Lines {
  readonly #waiting: string[] = [];
  readonly #readline: Interface;
  #ended = false;
  #wanted: ((line: string | null) => void) | null = null;

  constructor(readline: Interface) {
    this.#readline = readline;
    readline.on('line', (line) => {
      if (this.#wanted) this.#answer(line);
      else this.#waiting.push(line);
      // A file of commands on stdin is read only as fast as they are carried out.
      if (this.#waiting.length >= MOST_WAITING_LINES) readline.pause();
    });
    readline.on('close', () => {
      this.#ended = true;
      if (this.#wanted) this.#answer(null);
    });
  }

  #answer(line: string | null): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    wanted?.(line);
  }

  /** Nothing is left, and nothing more comes: readline may not be asked any more. */
  get over(): boolean {
    return this.#ended && this.#waiting.length === 0;
  }

  next(): Promise<string | null> {
    const line = this.#waiting.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#ended) return Promise.resolve(null);
    this.#readline.resume();
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }
}

/** Runs until the input ends or somebody says exit. `first`: words of a command to run before the first prompt (-i). */
export async function runShell(given: GlobalOptions, screen: Screen, first: readonly string[]): Promise<number> {
  let options = given;
  let client: Promise<Client> | null = null;
  let prompt = DEFAULT_PROMPT;
  let foundBy: string | null = null;
  let running: AbortController | null = null;
  let names: { readonly at: number; readonly kind: NameKind; readonly list: readonly string[] } = NO_NAMES;
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;

  const reach = (): Promise<Client> => {
    client ??= findDaemon(options, process.env, process.cwd(), process.argv[1] ?? '').then((place) => {
      prompt = place.prompt;
      foundBy = place.by;
      if (place.problem !== undefined) screen.note(place.problem);
      return openClient(place.address, place.credentials);
    });
    // A file that was mended is read again at the next command.
    client.catch(() => {
      client = null;
    });
    return client;
  };
  const knownNames = async (kind: NameKind | null): Promise<readonly string[]> => {
    if (kind === null) return [];
    if (names.kind !== kind || Date.now() - names.at > NAMES_FRESH_MS) names = { at: Date.now(), kind, list: await reach().then((c) => namesOfKind(c, kind)).catch(() => []) };
    return names.list;
  };

  // Imported here: the client is bundled into one file, whose static imports every `status` would pay for.
  const { createInterface } = await import('node:readline');
  const echo = new Echo();
  const readline = createInterface({
    input: process.stdin,
    output: echo,
    terminal,
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) => {
      void knownNames(kindAt(line)).then((list) => done(null, candidates(line, list)));
    },
  });
  const lines = new Lines(readline);
  readline.on('SIGINT', () => {
    if (running) {
      running.abort();
      return;
    }
    // At the prompt: forget the line, as shells do.
    process.stdout.write('^C\n');
    readline.write(null, { ctrl: true, name: 'e' });
    readline.write(null, { ctrl: true, name: 'u' });
    readline.prompt();
  });

  const ask = async (question: string, hidden = false): Promise<string> => {
    if (lines.over) return '';
    if (terminal) {
      readline.setPrompt(question);
      readline.prompt();
    } else screen.raw(question);
    echo.hidden = hidden;
    const line = await lines.next();
    echo.hidden = false;
    if (hidden) screen.line('');
    return line ?? '';
  };

  const run = async (words: readonly string[]): Promise<void> => {
    running = new AbortController();
    const context: Context = { options, screen, client: reach, foundBy: () => foundBy, interactive: true, canAsk: true, signal: running.signal, ask, nextLine: () => lines.next() };
    try {
      await runCommand(context, words);
    } catch (error) {
      screen.note(`reevectl failed by a mistake of its own: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    } finally {
      running = null;
    }
  };

  /** Asks for a name and password when the server wants them, once. */
  const logIn = async (): Promise<void> => {
    try {
      await (await reach()).get('/v1/version');
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'UNAUTHENTICATED' || !terminal) {
        return;
      }
      screen.line('Server requires authentication');
      const username = await ask('Username:');
      const password = await ask('Password:', true);
      options = { ...options, username, password };
      client = null;
    }
  };

  const open = async (url: string | undefined): Promise<void> => {
    const address = url === undefined ? null : parseAddress(url);
    if (address === null) {
      screen.line('ERROR: url must be http:// or unix://');
      return;
    }
    options = { ...options, server: url! };
    client = null;
    names = NO_NAMES;
    await logIn();
    await run(['status']);
  };

  /** False: leave. */
  const act = async (line: string): Promise<boolean> => {
    for (const part of line.split(';')) {
      const words = splitWords(part);
      const [word] = words;
      if (word === undefined) continue;
      if (word === 'exit' || word === 'quit' || word === 'EOF') return false;
      if (word === 'open') await open(words[1]);
      else await run(word === '?' ? ['help', ...words.slice(1)] : words);
    }
    return true;
  };

  await logIn();
  if (first.length > 0) await run(first);
  else await run(['status']);
  // Ctrl-D may have been typed while a command ran.
  while (!lines.over) {
    if (terminal) {
      readline.setPrompt(`${prompt}> `);
      readline.prompt();
    }
    const line = await lines.next();
    if (line === null) break;
    try {
      if (!(await act(line))) break;
    } catch (error) {
      explainFailure({ options, screen, client: reach, interactive: true, canAsk: true, signal: new AbortController().signal, ask }, error, 'status');
    }
  }
  // Ctrl-D leaves the prompt on the line.
  if (terminal) screen.line('');
  readline.close();
  return 0;
}
