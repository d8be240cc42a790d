// What happened before the monitor began to look, as far as the daemon keeps it.
import { COMMANDS } from '../../daemon/contract/commands.ts';
import type { Fact } from '../../daemon/contract/facts.ts';
import { NDJSON } from '../../daemon/contract/rest.ts';
import type { EventLine } from '../../daemon/contract/rest.ts';
import type { Client, Query } from '../client.ts';
import { lineReader } from '../ndjson.ts';
import { MOST_EVENTS, MOST_VIOLATIONS, VIOLATIONS } from './world.ts';

async function ask(client: Client, query: Query, signal: AbortSignal): Promise<readonly Fact[]> {
  const facts: Fact[] = [];
  const read = lineReader((value) => {
    const event = value as EventLine;
    if (event.type !== 'gap') facts.push(event);
  });
  await client.stream(COMMANDS.events.route.path, { follow: false, ...query }, NDJSON, signal, (piece) => read(piece));
  return facts;
}

/** The last events, and the last violations, which may be older; in order, each once. */
export async function pastOf(client: Client, signal: AbortSignal): Promise<readonly Fact[]> {
  const [events, violations] = await Promise.all([
    ask(client, { limit: MOST_EVENTS, min_severity: 'info' }, signal),
    ask(client, { limit: MOST_VIOLATIONS, min_severity: 'debug', type: VIOLATIONS }, signal),
  ]);
  const first = events[0]?.seq ?? Infinity;
  return [...violations.filter((fact) => fact.seq < first), ...events];
}
