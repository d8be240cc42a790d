// tail and maintail: what a program and the daemon wrote, in supervisorctl's manner.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { DEFAULT_TAIL_BYTES } from '../../daemon/contract/rest.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';
import { flagOf, namesOf, numberOf, textOf } from '../arguments.ts';
import { Refusal } from '../client.ts';
import type { Client, Query } from '../client.ts';
import { EXIT, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { misused } from '../json-error.ts';
import { didYouMean, displayName } from '../names.ts';

/** Beside the command's own address, which answers at once. */
const MAIN_LOG_FOLLOW = `${COMMANDS.maintail.route.path}/follow`;

/** Streams raw bytes to stdout until Ctrl-C, which is the normal end. */
async function follow(context: Context, client: Client, path: string, query: Query): Promise<number> {
  context.screen.line('==> Press Ctrl-C to exit <==');
  await client.stream(path, query, 'text/plain', context.signal, (piece) => {
    context.screen.raw(piece);
    return context.screen.full();
  });
  if (context.signal.aborted) {
    // The terminal shows ^C; what follows begins on a line of its own.
    if (context.screen.columns !== null) context.screen.line('');
    return EXIT.ok;
  }
  context.screen.note('The daemon ended the stream.');
  return EXIT.generic;
}

async function tailRefused(context: Context, client: Client, name: string, error: Refusal): Promise<number | null> {
  switch (error.code) {
    case 'NO_LOG':
      context.screen.line(`${name}: ERROR (no log file)`);
      context.screen.note(error.advice);
      return EXIT.generic;
    case 'NOT_FOUND': {
      context.screen.line(`${name}: ERROR (no such process name)`);
      const guess = didYouMean(name, (await client.status()).processes.map(displayName));
      if (guess !== '') context.screen.note(`${name}: ${guess}`);
      return EXIT.generic;
    }
    case 'FAILED':
      context.screen.line(`${name}: ERROR (unknown error reading log)`);
      context.screen.note(error.message);
      return EXIT.generic;
    default:
      return null;
  }
}

/** The same as `logs` answers: an object a line for each piece that was written. */
function printPiece(context: Context, name: string, channel: LogLine['channel'], text: string): void {
  if (text !== '') context.screen.json(JSON.stringify({ name, channel, text } satisfies LogLine));
}

/** Bytes of one log as they come, as such lines; a character is never cut. */
async function followJson(context: Context, client: Client, path: string, query: Query, name: string, channel: LogLine['channel']): Promise<number> {
  const decoder = new TextDecoder();
  await client.stream(path, query, 'text/plain', context.signal, (piece) => {
    printPiece(context, name, channel, decoder.decode(piece, { stream: true }));
    return context.screen.full();
  });
  printPiece(context, name, channel, decoder.decode());
  return context.signal.aborted ? EXIT.ok : EXIT.generic;
}

export const tail: Command = async (context, values) => {
  const client = await context.client();
  const names = namesOf(values);
  const name = names[0] ?? '';
  if (names.length > 1) {
    return misused(context, `bad channel '${names.at(-1)}'`, `tail shows one log; several at once: reevectl logs ${names.join(' ')}`);
  }
  const json = wantsJson(context, values);
  const channel = textOf(values, 'channel') === 'stderr' ? 'stderr' : 'stdout';
  const query = { names: [name], channel, bytes: numberOf(values, 'bytes') ?? DEFAULT_TAIL_BYTES };
  try {
    if (flagOf(values, 'follow')) {
      const following = { ...query, follow: true };
      return await (json ? followJson(context, client, COMMANDS.logs.route.path, following, name, channel) : follow(context, client, COMMANDS.logs.route.path, following));
    }
    const { body } = await client.bytes(COMMANDS.tail.route.path, query);
    if (json) printPiece(context, name, channel, body.toString('utf8'));
    else context.screen.raw(body);
    return EXIT.ok;
  } catch (error) {
    const code = error instanceof Refusal && !json ? await tailRefused(context, client, name, error) : null;
    if (code === null) throw error;
    return code;
  }
};

/** Whose log the daemon's own is. */
const DAEMON = 'reeved';

export const maintail: Command = async (context, values) => {
  const json = wantsJson(context, values);
  const client = await context.client();
  const query = { bytes: numberOf(values, 'bytes') ?? DEFAULT_TAIL_BYTES };
  try {
    if (flagOf(values, 'follow')) return await (json ? followJson(context, client, MAIN_LOG_FOLLOW, query, DAEMON, 'stdout') : follow(context, client, MAIN_LOG_FOLLOW, query));
    const { body } = await client.bytes(COMMANDS.maintail.route.path, query);
    if (json) printPiece(context, DAEMON, 'stdout', body.toString('utf8'));
    else context.screen.raw(body);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'NO_LOG' || json) throw error;
    context.screen.line('reeved: ERROR (no log file)');
    return EXIT.generic;
  }
};
