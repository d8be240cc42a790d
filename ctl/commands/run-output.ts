// job logs: what a run printed and prints, to its end, also across a lost connection.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import type { LogLine } from '../../daemon/contract/rest.ts';
import { flagOf, numberOf } from '../arguments.ts';
import type { Values } from '../arguments.ts';
import type { Client, Query } from '../client.ts';
import { EXIT, wantsJson } from '../context.ts';
import type { Context } from '../context.ts';
import { lineReader } from '../ndjson.ts';
import { persist } from '../persist.ts';
import { showRun } from '../run-wait.ts';

/** Prints the output of a run, by its id; resolves to the exit code. */
export async function printOutput(context: Context, client: Client, values: Values, id: string): Promise<number> {
  const { screen } = context;
  const path = COMMANDS['job logs'].route.path.replace('{run}', encodeURIComponent(id));
  const json = wantsJson(context, values);
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  /** Position after what was printed. */
  let end: number | null = null;
  const stream = (query: Query): Promise<void> => {
    const read = lineReader((value) => {
      const { text, end: after } = value as LogLine;
      end = after ?? end;
      if (text === '') return;
      if (json) screen.json(JSON.stringify({ name: id, channel: 'stdout', text } satisfies LogLine));
      else screen.raw(text);
    });
    return client.stream(path, { positions: true, ...query }, NDJSON, signal, (piece) => {
      read(piece);
      return screen.full();
    });
  };
  const first: Query = { lines: numberOf(values, 'lines') };
  if (!flagOf(values, 'follow')) {
    await stream({ ...first, follow: false });
    return EXIT.ok;
  }
  await persist({
    client, signal, note: (text) => screen.note(text), begun: () => end !== null,
    attempt: async () => {
      await stream({ follow: true, ...(end === null ? first : { from: end }) });
      // The stream ends with the run, or with the daemon.
      if (!signal.aborted && (await showRun(client, id)).endedAt !== null) over.abort();
    },
  });
  if (context.signal.aborted && screen.columns !== null) screen.line('');
  return EXIT.ok;
}
