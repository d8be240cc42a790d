// reevectl: the client. The only file of ctl that ends the process.
import { COMMANDS } from '../daemon/contract/commands.ts';
import { FAMILIES, parseGlobals } from './arguments.ts';
import { openClient } from './client.ts';
import type { Client } from './client.ts';
import type { Context } from './context.ts';
import { findDaemon } from './find-daemon.ts';
import { runCommand } from './run-command.ts';
import { flushed, openScreen } from './screen.ts';

let command = 'none';

/** For the launcher, which keeps what V8 compiled for each: the first word of the command of this run; `none`: no command. */
export const ran = (): string => command;

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parseGlobals(argv);
  if ('problem' in parsed) {
    process.stderr.write(`Error: ${parsed.problem}\nRun \`reevectl --help\` for the options.\n`);
    return 2;
  }
  const { options, words } = parsed;
  const [word = ''] = words;
  if (Object.hasOwn(COMMANDS, word) || FAMILIES.has(word)) command = word;
  const screen = openScreen(options.colour);
  if (options.version) {
    const { ownVersion } = await import('./own-version.ts');
    screen.line(ownVersion());
    return 0;
  }
  if (words[0] === '__complete') {
    const { completeNames } = await import('./complete-names.ts');
    return completeNames(options, screen, words[1] ?? '');
  }
  if (options.help && words.length === 0) {
    const { generalHelp } = await import('./render-help.ts');
    screen.raw(generalHelp());
    return 0;
  }
  if (words.length === 0 || options.interactive) {
    const { runShell } = await import('./shell.ts');
    return runShell(options, screen, words);
  }
  const ended = new AbortController();
  process.once('SIGINT', () => {
    ended.abort();
    // What does not watch the signal (a request under way) is left after a moment; a second Ctrl-C ends at once by default.
    setTimeout(() => process.exit(process.exitCode ?? 130), 200).unref();
  });
  let client: Promise<Client> | null = null;
  let foundBy: string | null = null;
  let stdin: Promise<() => Promise<string | null>> | null = null;
  const context: Context = {
    options,
    screen,
    interactive: false,
    signal: ended.signal,
    client: () =>
      (client ??= findDaemon(options, process.env, process.cwd(), process.argv[1] ?? '').then((place) => {
        foundBy = place.by;
        if (place.problem !== undefined) screen.note(place.problem);
        return openClient(place.address, place.credentials);
      })),
    foundBy: () => foundBy,
    // A getter: `process.stdin` is made when it is first looked at, and most commands never do.
    get canAsk() { return process.stdin.isTTY; },
    ask: async (question) => (process.stdin.isTTY ? (await import('./ask.ts')).askOnce(question, ended.signal) : ''),
    nextLine: async () => (await (stdin ??= import('./stdin-lines.ts').then((m) => m.stdinLines())))(),
  };
  return runCommand(context, words);
}

// A reader that went away (`reevectl status | head -1`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => {});

main(process.argv.slice(2)).then(
  async (code) => {
    await flushed();
    process.exit(code);
  },
  (error: unknown) => {
    process.stderr.write(
      `reevectl failed by a mistake of its own: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  },
);
