// tail, maintail and logs: what programs and the daemon wrote.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { DEFAULT_TAIL_BYTES, NDJSON } from '../../daemon/contract/rest.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';
import { flagOf, namesOf, numberOf, textOf } from '../arguments.ts';
import { Refusal } from '../client.ts';
import type { Client, Query } from '../client.ts';
import { EXIT } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { interleaver } from '../interleave.ts';
import { didYouMean, displayName } from '../names.ts';
import { lineReader } from '../ndjson.ts';

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

export const tail: Command = async (context, values) => {
  const client = await context.client();
  const names = namesOf(values);
  const name = names[0] ?? '';
  if (names.length > 1) {
    context.screen.line(`Error: bad channel '${names.at(-1)}'`);
    context.screen.note(`tail shows one log; several at once: reevectl logs ${names.join(' ')}`);
    return EXIT.generic;
  }
  const query = { names: [name], channel: textOf(values, 'channel') ?? 'stdout', bytes: numberOf(values, 'bytes') ?? DEFAULT_TAIL_BYTES };
  try {
    if (flagOf(values, 'follow')) return await follow(context, client, COMMANDS.logs.route.path, { ...query, follow: true });
    context.screen.raw((await client.bytes(COMMANDS.tail.route.path, query)).body);
    return EXIT.ok;
  } catch (error) {
    const code = error instanceof Refusal ? await tailRefused(context, client, name, error) : null;
    if (code === null) throw error;
    return code;
  }
};

export const maintail: Command = async (context, values) => {
  const client = await context.client();
  const query = { bytes: numberOf(values, 'bytes') ?? DEFAULT_TAIL_BYTES };
  try {
    if (flagOf(values, 'follow')) return await follow(context, client, MAIN_LOG_FOLLOW, query);
    context.screen.raw((await client.bytes(COMMANDS.maintail.route.path, query)).body);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'NO_LOG') throw error;
    context.screen.line('reeved: ERROR (no log file)');
    return EXIT.generic;
  }
};

export const logs: Command = async (context, values) => {
  const client = await context.client();
  const lines = interleaver(context.screen.colour);
  const read = lineReader((value) => {
    const piece = value as LogLine;
    const text = lines.add(piece);
    if (text !== '') context.screen.raw(text);
  });
  const query = {
    names: namesOf(values),
    channel: textOf(values, 'channel'),
    bytes: numberOf(values, 'bytes') ?? DEFAULT_TAIL_BYTES,
    follow: flagOf(values, 'follow'),
  };
  try {
    await client.stream(COMMANDS.logs.route.path, query, NDJSON, context.signal, (piece) => {
      read(piece);
      return context.screen.full();
    });
  } finally {
    const rest = lines.end();
    if (rest !== '') context.screen.raw(rest);
  }
  if (!flagOf(values, 'follow') || context.signal.aborted) return EXIT.ok;
  context.screen.note('The daemon ended the stream.');
  return EXIT.generic;
};
