// Examples of requests to the control API, declared once: OpenAPI, docs/reference/api.md and the page show them, and
// test/integration/api-examples.test.ts performs each one, in this order, with the file of test/fixtures/api-examples. Browser-safe.
// Loaded by whoever shows them, never when a daemon starts.
import type { Example, Subject } from './example.ts';
import { DAEMON_EXAMPLES, ENDING_EXAMPLES } from './examples-daemon.ts';
import { ISSUE_EXAMPLES } from './examples-issues.ts';
import { JOB_EXAMPLES } from './examples-jobs.ts';
import { LOG_EXAMPLES, PROCESS_EXAMPLES } from './examples-processes.ts';

/** All examples, by subject, in an order in which they can be performed. */
export const SUBJECTS: readonly Subject[] = [
  DAEMON_EXAMPLES, PROCESS_EXAMPLES, LOG_EXAMPLES, JOB_EXAMPLES, ISSUE_EXAMPLES, ENDING_EXAMPLES,
];

export const EXAMPLES: readonly Example[] = SUBJECTS.flatMap((subject) => subject.examples);
