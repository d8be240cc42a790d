// Keys of [groups.NAME], and of [group:NAME].
import * as kind from './kinds.ts';
import * as programKind from './program-kinds.ts';
import { key } from './table.ts';
import { programKeys } from './program-schema.ts';
import type { Values } from './table.ts';

/** [groups.NAME], and reeve's own keys of [group:NAME]. */
export const groupKeys = {
  members: key(kind.strings, 'Programs and groups, in start order.', '["ingest", "store"]', { fallbackText: 'required' }),
  strategy: key(
    kind.oneOf('one_for_one', 'one_for_all', 'rest_for_one'),
    'Who is restarted with a failed member: nobody, all, or those after it.',
    '"rest_for_one"',
    { fallback: 'one_for_one' },
  ),
  max_restarts: key(programKind.maxRestarts, 'Failures within `restart_window`, past which the group gives up.', '5', {
    fallbackText: '5 where `strategy` is written, else unlimited',
  }),
  restart_window: key(kind.duration, 'Window of `max_restarts`.', '"60s"', { fallback: 60_000 }),
  restart: key(
    kind.oneOf('permanent', 'transient', 'temporary'),
    'permanent: a group that gave up is restarted; else it stays FATAL.',
    '"transient"',
    { fallback: 'permanent' },
  ),
  restart_delay: programKeys.restart_delay,
  restart_delay_policy: programKeys.restart_delay_policy,
  restart_backoff: programKeys.restart_backoff,
  restart_max_delay: programKeys.restart_max_delay,
  restart_jitter: programKeys.restart_jitter,
  backoff_reset: programKeys.backoff_reset,
  priority: programKeys.priority,
  depends_on: programKeys.depends_on,
  restart_with: programKeys.restart_with,
  start_sequential: key(kind.boolean, 'Start each member only when the one before is RUNNING, and ready where it has `ready`.', 'true', { fallback: false }),
};
/** A group as it was written: absent keys are absent. */
export type GroupValues = Values<typeof groupKeys>;
