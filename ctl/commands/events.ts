// events: what happened and happens, one line each; and how often.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { SEVERITIES } from '../../daemon/contract/facts.ts';
import type { FactName } from '../../daemon/contract/fact-payloads.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import type { EventCounts, EventLine } from '../../daemon/contract/rest.ts';
import { PLAIN_ROUTES } from '../../daemon/contract/routes.ts';
import { severityOf } from '../../daemon/contract/severities.ts';
import { flagOf, listed, namesOf, numberOf, textOf } from '../arguments.ts';
import type { Values } from '../arguments.ts';
import type { Query } from '../client.ts';
import { EXIT, printJson, wantsJson } from '../context.ts';
import type { Command, Context } from '../context.ts';
import { eventLine, SEVERITY_PAINTS } from '../event-line.ts';
import { instant } from '../instant.ts';
import { lineReader } from '../ndjson.ts';
import { persist } from '../persist.ts';
import { tableLines } from '../table-lines.ts';

async function count(context: Context, values: Values): Promise<number> {
  const counts = await (await context.client()).get<EventCounts>(PLAIN_ROUTES['event-counts'].path);
  if (wantsJson(context, values)) {
    printJson(context, counts);
    return EXIT.ok;
  }
  const { columns, colour } = context.screen;
  const rows = SEVERITIES.toReversed().flatMap((severity) => {
    const types = Object.entries(counts.types).filter(([type]) => severityOf({ type: type as FactName }) === severity);
    const cell = { text: severity, paint: SEVERITY_PAINTS[severity] };
    return [[cell, 'all', String(counts.severities[severity])], ...types.toSorted(([, a], [, b]) => b - a).map(([type, times]) => [cell, type, String(times)])];
  });
  context.screen.raw(`${tableLines(['SEVERITY', 'TYPE', 'COUNT'], rows, { columns, colour, right: new Set([2]) }).join('\n')}\n`);
  context.screen.note(`Since ${instant(counts.since)}, when the daemon began.`);
  return EXIT.ok;
}

export const events: Command = async (context, values) => {
  if (flagOf(values, 'count')) return count(context, values);
  const client = await context.client();
  const json = wantsJson(context, values);
  const { columns, colour } = context.screen;
  /** Number of the last one that was printed, or passed over by the daemon before it. */
  let last: number | null = null;
  const print = (event: EventLine, text: string): void => {
    if (event.type !== 'gap') last = event.seq;
    if (json) context.screen.json(text);
    else if (event.type === 'gap') context.screen.note(event.oldest > 1 ? `Events before #${event.oldest} are no longer kept.` : `This daemon has not come as far as #${query.since ?? last}: what follows is all it has told.`);
    else context.screen.line(eventLine(event, { columns, colour }));
  };
  const query: Query = {
    since: textOf(values, 'since'), until: textOf(values, 'until'), limit: numberOf(values, 'limit'), min_severity: textOf(values, 'min_severity') ?? 'info', type: listed(values, 'type'),
    names: namesOf(values), job: textOf(values, 'job'),
  };
  const follow = flagOf(values, 'follow') && textOf(values, 'until') === null;
  const stream = (over: Query): Promise<void> => {
    const read = lineReader((value, text) => print(value as EventLine, text));
    return client.stream(COMMANDS.events.route.path, { ...query, follow, ...over }, NDJSON, context.signal, (piece) => {
      read(piece);
      return context.screen.full();
    });
  };
  if (!follow) {
    await stream({});
    return EXIT.ok;
  }
  await persist({
    client, signal: context.signal, note: (text) => context.screen.note(text), begun: () => last !== null,
    attempt: async (anew) => {
      // Another daemon counts from one: all it has to tell is new. Nothing printed yet: what was asked for first still holds.
      if (anew) await stream({ since: 0, limit: null });
      else await stream(last === null ? {} : { since: last, limit: null });
    },
  });
  return EXIT.ok;
};
