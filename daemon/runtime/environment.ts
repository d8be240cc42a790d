// What a child finds in its environment: the daemon's variables as far as it inherits them, supervisord's names, its own.
import { ownOf, put } from '../../config/record.ts';
import type { ProcessSpec } from '../../config/spec.ts';

export interface EnvironmentSource {
  /** The daemon's own variables. */
  readonly own: Readonly<Record<string, string | undefined>>;
  /** [daemon] environment. */
  readonly daemon: Readonly<Record<string, string>>;
}

/** Left when `inherit = false`. */
const MINIMUM = ['PATH', 'HOME', 'LANG', 'TZ'];

/** Meant for the daemon alone: its own readiness and watchdog, its sockets and by what it reports, its options, and what npm added. */
function isOwn(name: string): boolean {
  return name === 'NOTIFY_SOCKET' || name === 'REEVE_SOCKET' || name === 'REEVE_TOKEN' || name === 'SUPERVISION_ID' || name === 'NODE_OPTIONS' || name === 'REEVE_OS' || name === 'REEVE_INIT' || name.startsWith('WATCHDOG_') || name.startsWith('LISTEN_') || name.startsWith('npm_');
}

function inherited(spec: ProcessSpec, own: EnvironmentSource['own']): Record<string, string> {
  const names = spec.inherit === true ? Object.keys(own) : spec.inherit === false ? MINIMUM : spec.inherit;
  const into: Record<string, string> = {};
  for (const name of names) {
    const value = ownOf(own, name);
    if (value !== undefined && !isOwn(name)) put(into, name, value);
  }
  return into;
}

/** The daemon's variables for a command of its own (an alert script), without those that are meant for the daemon alone. */
export function ownEnvironment(own: EnvironmentSource['own']): Record<string, string> {
  return Object.fromEntries(Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined && !isOwn(entry[0])));
}

/**
 * The complete environment of one life. Later wins: inherited, the user's HOME, supervisord's, [daemon] environment, the program's.
 * `home`: HOME, USER and LOGNAME of another user that a native program runs as (supervisord leaves them alone), and by what it reports.
 */
export function childEnvironment(spec: ProcessSpec, source: EnvironmentSource, supervisionId: string, home: Readonly<Record<string, string>>): Record<string, string> {
  // By spreading, not by Object.assign: a variable may be called `__proto__`.
  return {
    ...inherited(spec, source.own), ...home,
    SUPERVISOR_ENABLED: '1', SUPERVISOR_PROCESS_NAME: spec.name, SUPERVISOR_GROUP_NAME: spec.group, SUPERVISION_ID: supervisionId,
    ...(spec.serverUrl === null ? {} : { SUPERVISOR_SERVER_URL: spec.serverUrl }), ...source.daemon, ...spec.environment,
  };
}
