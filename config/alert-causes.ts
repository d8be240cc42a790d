// What an alert may be about: facts by name, what ends each of them, and the friendly classes. One table for the reader of the
// configuration, for the daemon and for the docs. The facts themselves are in daemon/contract/facts.ts; a test keeps both in step.

/** A process is well again: RUNNING and ready, or, a oneshot, completed. */
const WELL = ['process.running', 'process.ready', 'process.ended'] as const;
const RUN_OVER = ['run.succeeded', 'run.failed', 'run.dead', 'run.timed_out', 'run.stalled', 'run.cancelled', 'run.retrying', 'run.interrupted'] as const;
const DONE = ['run.succeeded'] as const;
const ISSUE_OVER = ['issue.fixed', 'issue.closed'] as const;
const NOTHING: readonly string[] = [];

/**
 * Fact -> the facts about the same subject that end it. None: it is news, told and over. What begins and ends is an incident.
 * (Of `process.exited` and `process.ended` only unexpected ones are bad news, of `health.reported` only unhealthy ones; an expected
 * `process.ended` is an end.)
 */
export const ALERT_CAUSES: Readonly<Record<string, readonly string[]>> = {
  'daemon.started': NOTHING,
  'daemon.stopping': NOTHING,
  'daemon.stopped': NOTHING,
  'daemon.reloaded': NOTHING,
  'daemon.reload_refused': ['daemon.reloaded'],
  'daemon.warning': NOTHING,
  'process.spawn_failed': WELL,
  'process.running': NOTHING,
  'process.ready': NOTHING,
  'process.unready': WELL,
  'process.exited': WELL,
  'process.backoff': WELL,
  'process.escalated': NOTHING,
  'process.condemned': ['health.changed', ...WELL],
  'process.recycled': NOTHING,
  'process.survivors': NOTHING,
  'process.fatal': WELL,
  'process.ended': WELL,
  'process.unknown': WELL,
  'process.restarted': NOTHING,
  'process.flapping': ['process.steady'],
  'process.disabled': NOTHING,
  'process.wanted': NOTHING,
  'process.watch_muted': NOTHING,
  'process.watched_change': NOTHING,
  'process.scale_failed': ['process.scaled'],
  'process.hook_failed': NOTHING,
  'group.strategy_applied': NOTHING,
  'group.gave_up': ['group.state'],
  'group.escalated': NOTHING,
  'log.blocked': ['log.resumed'],
  'log.dropped': NOTHING,
  'log.error': NOTHING,
  'listener.broken': NOTHING,
  'listener.rejected': NOTHING,
  'listener.dropped': NOTHING,
  'job.late': ['run.started', ...RUN_OVER],
  'job.added': NOTHING,
  'job.changed': NOTHING,
  'job.removed': NOTHING,
  'job.paused': ['job.resumed'],
  'job.resumed': NOTHING,
  'run.scheduled': NOTHING,
  'run.queued': NOTHING,
  'run.started': NOTHING,
  'run.succeeded': NOTHING,
  'run.failed': DONE,
  'run.retrying': DONE,
  'run.timed_out': DONE,
  'run.stalled': DONE,
  'run.cancelled': NOTHING,
  'run.missed': DONE,
  'run.skipped': DONE,
  'run.interrupted': DONE,
  'run.dead': DONE,
  'run.warned': NOTHING,
  'run.slow': RUN_OVER,
  'run.stale': ['run.started', ...RUN_OVER],
  'run.awaited': NOTHING,
  'run.survivors': NOTHING,
  'dead.added': NOTHING,
  'limit.warned': ['limit.cleared', ...WELL, ...RUN_OVER],
  'limit.exceeded': ['limit.cleared', ...WELL, ...RUN_OVER],
  'heartbeat.missed': ['heartbeat.received', ...WELL, ...RUN_OVER],
  'heartbeat.stuck': ['heartbeat.recovered', ...WELL, ...RUN_OVER],
  'health.reported': ['health.reported', ...WELL, ...RUN_OVER],
  // Where there are probes a new life is well when they say so.
  'health.failed': ['health.recovered', 'health.changed', ...WELL],
  'issue.reported': NOTHING,
  'issue.opened': ISSUE_OVER,
  'issue.reopened': ISSUE_OVER,
  'issue.retrying': ISSUE_OVER,
  'issue.unfixable': ISSUE_OVER,
  'issue.exhausted': ISSUE_OVER,
  'issue.escalated': NOTHING,
  'issue.fixed': NOTHING,
  'issue.dropped': NOTHING,
  'issue.refused': NOTHING,
  'check.failed': ['check.completed', 'check.removed'],
  'report.refused': NOTHING,
  'breaker.opened': ['breaker.closed', 'breaker.reset', 'breaker.removed'],
  'breaker.half_opened': NOTHING,
  'drain.started': ['drain.ended'],
  'drain.timed_out': ['drain.completed', 'drain.ended'],
  'audit.action': NOTHING,
};

/** A word for several causes. */
export interface AlertClass {
  readonly causes: readonly string[];
  readonly says: string;
}

export const ALERT_CLASSES = {
  stuck: { causes: ['heartbeat.stuck', 'run.stalled'], says: 'No sign of life, or no progress, for too long.' },
  timeout: { causes: ['run.timed_out'], says: 'A run took longer than its timeout.' },
  breaker: { causes: ['breaker.opened'], says: 'A circuit breaker opened.' },
  violation: { causes: ['limit.exceeded'], says: 'A program or run is over one of its limits.' },
  failure: { causes: ['process.fatal', 'process.ended', 'process.unknown', 'process.condemned', 'run.failed', 'check.failed'], says: 'A program failed for good, or while it lived; a run failed and is not tried again; a check could not look.' },
  dead: { causes: ['run.dead'], says: 'The last attempt of a run failed; it is a dead letter now.' },
  unhealthy: { causes: ['health.failed', 'health.reported', 'process.unready', 'process.flapping'], says: 'A program is unhealthy by its probes, a program or run says that it is, is no longer ready, or fails again and again.' },
  exhausted: { causes: ['issue.exhausted', 'issue.unfixable', 'group.gave_up'], says: 'All that could be tried was tried: an issue cannot be fixed, or a group gave up restarting.' },
} as const satisfies Readonly<Record<string, AlertClass>>;

/** Everything that may stand in `on`. */
export const ALERT_WORDS: readonly string[] = [...Object.keys(ALERT_CLASSES), ...Object.keys(ALERT_CAUSES)];

/** The causes of a word of `on`; null: there is no such word. */
export function causesOf(word: string): readonly string[] | null {
  if (Object.hasOwn(ALERT_CLASSES, word)) return ALERT_CLASSES[word as keyof typeof ALERT_CLASSES].causes;
  return Object.hasOwn(ALERT_CAUSES, word) ? [word] : null;
}

/** What an alert of this cause is called: its class, else the cause itself. */
export function classOf(cause: string): string {
  return Object.entries(ALERT_CLASSES).find(([, one]) => (one.causes as readonly string[]).includes(cause))?.[0] ?? cause;
}
