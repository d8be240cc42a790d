// Keys of programs that are supervisord's pools.
import * as kind from './kinds.ts';
import * as ini from './ini-types.ts';
import { eventTypes, fcgiSocket } from './pool-kinds.ts';
import { key } from './table.ts';
import type { Values } from './table.ts';

/**
 * Keys of [programs.NAME] that INI says by the kind of its section, or by being INI: never read from [program:x].
 */
export const poolKeys = {
  rules: key(
    kind.oneOf('reeve', 'supervisord'),
    "Whose rules and defaults hold for restarts, stops, process group, standard input and automatic logs: ours, or those of supervisord's INI.",
    '"supervisord"',
    { fallback: 'reeve' },
  ),
  events: key(
    eventTypes,
    "Makes the program a pool of event listeners in supervisord's protocol, with these types of events. INI: [eventlistener:NAME].",
    '["PROCESS_STATE", "TICK_60"]',
    { fallbackText: 'none' },
  ),
  buffer_size: key(kind.integer(1, 1_000_000), 'Events that wait for a free listener, at most; the oldest is dropped.', '100', {
    fallback: 10,
    ini: ini.positive,
  }),
  fcgi_socket: key(
    fcgiSocket,
    'A listening socket that all copies share as standard input: `unix:///path` or `tcp://host:port`. INI: [fcgi-program:NAME] `socket`.',
    '"unix:///run/app.sock"',
    { fallbackText: 'none' },
  ),
  fcgi_socket_owner: key(kind.filledString, 'Owner of that unix socket, `user` or `user:group`.', '"www-data"', {
    fallbackText: "the program's user",
  }),
  fcgi_socket_mode: key(kind.umask, 'Mode bits of that unix socket, octal.', '"0770"', { fallback: 0o700 }),
  fcgi_socket_backlog: key(kind.integer(1, 65_535), 'Connections that may wait, at most.', '128', {
    fallbackText: 'what the system allows',
    ini: ini.backlog,
  }),
};
/** What a pool has beyond a program, as it was written: absent keys are absent. */
export type PoolValues = Values<typeof poolKeys>;
