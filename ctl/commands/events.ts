// events: what happened and happens, one line each.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import type { EventLine } from '../../daemon/contract/rest.ts';
import { flagOf, namesOf, numberOf, textOf } from '../arguments.ts';
import { EXIT, wantsJson } from '../context.ts';
import type { Command } from '../context.ts';
import { eventLine } from '../event-line.ts';
import { lineReader } from '../ndjson.ts';

export const events: Command = async (context, values) => {
  const client = await context.client();
  const json = wantsJson(context, values);
  const read = lineReader((value, text) => {
    if (json) {
      context.screen.line(text);
      return;
    }
    const event = value as EventLine;
    if (event.type === 'gap') context.screen.note(`Events before #${event.oldest} are no longer kept.`);
    else context.screen.line(eventLine(event, context.screen.colour));
  });
  const following = flagOf(values, 'follow');
  const query = {
    follow: following,
    since: numberOf(values, 'since'),
    min_severity: textOf(values, 'min_severity') ?? 'info',
    names: namesOf(values),
    job: textOf(values, 'job'),
  };
  await client.stream(COMMANDS.events.route.path, query, NDJSON, context.signal, (piece) => {
    read(piece);
    return context.screen.full();
  });
  if (!following || context.signal.aborted) return EXIT.ok;
  context.screen.note('The daemon ended the stream.');
  return EXIT.generic;
};
