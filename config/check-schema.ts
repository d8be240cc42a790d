// Every key of [checks.NAME], [fixes.NAME] and [issues], declared once.
import * as kind from './kinds.ts';
import { exitSeverity, scaleTo, signalTo } from './check-kinds.ts';
import { rate } from './job-kinds.ts';
import { jobKeys, sharedKeys } from './job-schema.ts';
import { supervisionKeys } from './supervision.ts';
import { key } from './table.ts';
import type { Values } from './table.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A check without `every` and `schedule` runs so often. */
export const EVERY_MS = HOUR;
/** A run of a check or fix without `timeout` is ended after so long. */
export const TIMEOUT_MS = 10 * MINUTE;

const severity = kind.oneOf('minor', 'major', 'critical');
const code = kind.filledString;
const timeout = key(kind.duration, 'The run is ended by its stop steps after this; 0: never.', '"2m"', { fallback: TIMEOUT_MS });
const maxFixes = (text: string) => key(rate, text, '"10/h"', { fallbackText: 'no limit' });

/** How checks and fixes run, as jobs do. */
export const runKeys = {
  ...sharedKeys,
  timeout,
  soft_timeout: jobKeys.soft_timeout,
  soft_signal: jobKeys.soft_signal,
  min_free_disk: jobKeys.min_free_disk,
  ...supervisionKeys,
  on_shutdown: jobKeys.on_shutdown,
  drain_cancel: jobKeys.drain_cancel,
  history: jobKeys.history,
  priority: jobKeys.priority,
};

/** [checks.NAME], and [check:NAME]. */
export const checkKeys = {
  ...runKeys,
  every: key(jobKeys.every.kind, 'It looks again so long after its last start; for the first time at once.', '"10m"', { fallbackText: '`1h`, where `schedule` is not written' }),
  schedule: jobKeys.schedule,
  day_match: jobKeys.day_match,
  align: jobKeys.align,
  run_on_start: jobKeys.run_on_start,
  timezone: jobKeys.timezone,
  jitter: jobKeys.jitter,
  not_before: jobKeys.not_before,
  not_after: jobKeys.not_after,
  misfire_grace: jobKeys.misfire_grace,
  catch_up: jobKeys.catch_up,
  enabled: key(kind.boolean, 'false: it never looks by itself; by hand it does.', 'false', { fallback: true }),
  max_parallel: key(kind.integer(1, 1000), 'Runs of this check at the same time, at most; one that is due while so many go on is left out.', '2', { fallback: 1 }),
  output: key(
    kind.oneOf('issues', 'json', 'exit'),
    'How its stdout is read. issues: each line is an issue, as text or as JSON. json: a line that is a JSON object with a `message` is one, the rest is chatter. exit: all is chatter, and the exit code decides.',
    '"json"',
    { fallback: 'issues' },
  ),
  exit_severity: key(exitSeverity, 'With `output = "exit"`: exit codes that are an issue, and of which severity; any other but 0 is a check that failed.', '{ 1 = "minor", 2 = "critical" }', {
    fallback: { 1: 'minor', 2: 'critical' },
  }),
  severity: key(severity, 'Severity of issues that do not say.', '"minor"', { fallback: 'major' }),
  auto_close: key(kind.boolean, 'An issue that a complete run does not see any more is closed.', 'false', { fallback: true }),
  on_error: key(
    kind.oneOf('ignore', 'issue', 'alert'),
    'What becomes of a run that failed: nothing, an issue with the code `check-failed`, or the fact check.failed alone.',
    '"alert"',
    { fallback: 'issue' },
  ),
  max_issues: key(kind.integer(1, 2000), 'Issues taken of one run, at most; more are counted and dropped.', '100', { fallback: 1000 }),
  max_fixes: maxFixes('Attempts to fix issues of this check within a time, at most; more wait.'),
};

/** [fixes.NAME], and [fix:NAME]. */
export const fixKeys = {
  ...runKeys,
  code: key(code, 'The code of the issues that it handles.', '"pending-bag-delivery"', { fallbackText: 'the name of the fix' }),
  for: key(kind.strings, 'Only issues of these checks.', '["pending_bags"]', { fallbackText: 'of whoever reports the code' }),
  restart: key(code, 'In place of a command: restart this program, process or group (`web`, `web:web_01`, `web:*`).', '"web"', { fallbackText: 'none' }),
  signal: key(signalTo, 'In place of a command: send a signal to the main process of a program or process.', '"web HUP"', { fallbackText: 'none' }),
  scale: key(scaleTo, 'In place of a command: change the number of copies of a program.', '"worker +1"', { fallbackText: 'none' }),
  run: key(code, 'In place of a command: run this job; it is fixed when the run succeeded.', '"rebuild_index"', { fallbackText: 'none' }),
  enabled: key(kind.boolean, 'false: it is not used; issues of its code wait for a person.', 'false', { fallback: true }),
  attempts: key(kind.integer(1, 1000), 'So many attempts; then the issue is exhausted.', '5', { fallback: 3 }),
  retry_delay: key(kind.duration, 'From the end of an attempt that failed to the next one.', '"30m"', { fallback: 10 * MINUTE }),
  verify: key(kind.boolean, 'After an attempt that succeeded the check runs again; what it still sees is not fixed.', 'true', { fallback: false }),
  cooldown: key(kind.duration, 'From the end of an attempt of this fix to its next one, whatever the issue.', '"5m"', { fallback: 0 }),
  max_fixes: maxFixes('Attempts of this fix within a time, at most; more wait.'),
  max_parallel: key(kind.integer(1, 1000), 'Issues that it works on at the same time, at most.', '4', { fallback: 1 }),
  escalate: key(code, 'The fix that goes on when this one has used up its attempts or says that it cannot; "alert": a person.', '"restart-web"', { fallback: 'alert' }),
};

/** [issues] */
export const issueKeys = {
  retention: key(kind.duration, 'Issues that are fixed or closed are kept so long; 0: for ever.', '"30d"', { fallback: 7 * DAY }),
};

export type CheckValues = Values<typeof checkKeys>;
export type FixValues = Values<typeof fixKeys>;
export type IssueValues = Values<typeof issueKeys>;
