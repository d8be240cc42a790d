// The states of things, with supervisord's names and codes. Browser-safe.

/** State of a process (code as in supervisord's XML-RPC). */
export const PROCESS_STATES = {
  STOPPED: { code: 0, says: 'Not running: never started, or stopped on request.' },
  STARTING: { code: 10, says: 'Started, and not yet alive for startsecs.' },
  RUNNING: { code: 20, says: 'Alive for longer than startsecs.' },
  BACKOFF: { code: 30, says: 'Ended when it should not have, or not started because what it depends on is not there; waiting for its next start.' },
  STOPPING: { code: 40, says: 'Told to end, or its leftovers are being ended; not everybody is gone yet.' },
  EXITED: { code: 100, says: 'Ended by itself, and not to be started again.' },
  FATAL: { code: 200, says: 'Could not be started, or failed too often; needs a person or its group.' },
  UNKNOWN: { code: 1000, says: 'Reeve lost track of it (a bug, or a signal that could not be sent).' },
} as const satisfies Record<string, { code: number; says: string }>;

export type ProcessStateName = keyof typeof PROCESS_STATES;

/** supervisord's class "running": has a life or is about to get one. */
export const RUNNING_STATES: readonly ProcessStateName[] = ['STARTING', 'RUNNING', 'BACKOFF'];
/** supervisord's class "stopped". `status` exits 3 when one of these is listed. */
export const STOPPED_STATES: readonly ProcessStateName[] = ['STOPPED', 'EXITED', 'FATAL', 'UNKNOWN'];
/** States in which a signal can be sent. */
export const SIGNALLABLE_STATES: readonly ProcessStateName[] = ['STARTING', 'RUNNING', 'STOPPING'];

/** State of a group (a supervisor node). */
export const GROUP_STATES = {
  DOWN: 'Nothing is running, and nothing is wanted.',
  STARTING: 'Its members are being started in order.',
  UP: 'Its members are looked after.',
  ENDING: 'A failure ends members, in reverse order, before the strategy starts them again.',
  WAITING: 'The members that failed together wait for their back-off.',
  STOPPING: 'Told to end; members end in reverse order.',
  GIVING_UP: 'Too many restarts: the remaining members are being ended.',
  BACKOFF: 'Gave up; waiting to be started anew by its parent.',
  FATAL: 'Gave up for good: needs a person.',
} as const satisfies Record<string, string>;

export type GroupStateName = keyof typeof GROUP_STATES;

/** State of the daemon, as supervisord's getState. */
export const DAEMON_STATES = {
  FATAL: 2,
  RUNNING: 1,
  RESTARTING: 0,
  SHUTDOWN: -1,
} as const satisfies Record<string, number>;

export type DaemonStateName = keyof typeof DAEMON_STATES;

export const HEALTH = ['unknown', 'healthy', 'degraded', 'unhealthy', 'stuck'] as const;
export type Health = (typeof HEALTH)[number];
