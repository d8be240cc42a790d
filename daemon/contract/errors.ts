// Every way a request can be refused or fail, declared once: HTTP status, XML-RPC fault, exit code of reevectl, and advice.

/** How one error leaves the daemon on each way. */
export interface ErrorSpec {
  /** HTTP status of the answer when the whole request fails with this. */
  readonly http: number;
  /** supervisord's fault code and name for the same thing. */
  readonly fault: readonly [code: number, name: string];
  /** Exit code of reevectl for a command other than `status`. */
  readonly exit: number;
  /** The same request may succeed later without a change. */
  readonly retryable: boolean;
  /** What it means. */
  readonly says: string;
  /** What to do. */
  readonly advice: string;
}

/** Every error that a request can be refused with. Codes are stable; sentences may change. */
export const ERRORS = {
  NOT_FOUND: { http: 404, fault: [10, 'BAD_NAME'], exit: 1, retryable: false, says: 'Nothing has this name or id.', advice: 'Run `reevectl status` for the names of processes, `reevectl job list` for those of jobs.' },
  BAD_ARGUMENT: { http: 400, fault: [2, 'INCORRECT_PARAMETERS'], exit: 2, retryable: false, says: 'An argument is missing or not of its form.', advice: 'Run `reevectl help COMMAND`.' },
  AMBIGUOUS: { http: 400, fault: [2, 'INCORRECT_PARAMETERS'], exit: 2, retryable: false, says: 'Several things have this name, or begin with this id.', advice: 'Say which one: with its kind before it (`job:NAME`), or with more of the id.' },
  BAD_RANGE: { http: 400, fault: [3, 'BAD_ARGUMENTS'], exit: 2, retryable: false, says: 'Offset and length do not go together.', advice: 'A negative offset goes with length 0.' },
  BAD_SIGNAL: { http: 400, fault: [11, 'BAD_SIGNAL'], exit: 1, retryable: false, says: 'No signal has this name.', advice: 'Use a name such as TERM, HUP or USR1, or a number.' },
  NO_LOG: { http: 404, fault: [20, 'NO_FILE'], exit: 1, retryable: false, says: 'The process keeps no log on this channel.', advice: 'Set stdout_logfile, or log_ring for a log in memory.' },
  NO_STDIN: { http: 409, fault: [20, 'NO_FILE'], exit: 1, retryable: false, says: 'The process reads nothing: its standard input is closed, or is not a pipe.', advice: 'Set stdin = "pipe".' },
  NO_COMMAND: { http: 409, fault: [20, 'NO_FILE'], exit: 1, retryable: false, says: 'The command, its directory or its user does not exist.', advice: 'Check command, directory, user and PATH of the program.' },
  NO_HEALTH: { http: 409, fault: [30, 'FAILED'], exit: 1, retryable: false, says: 'Nothing looks after the health of the process.', advice: 'Write health = { http = "..." }, or another probe, for its program.' },
  NOT_EXECUTABLE: { http: 409, fault: [21, 'NOT_EXECUTABLE'], exit: 1, retryable: false, says: 'The command cannot be executed.', advice: 'Check its mode bits, or name its interpreter.' },
  SPAWN_FAILED: { http: 409, fault: [50, 'SPAWN_ERROR'], exit: 7, retryable: true, says: 'The process could not be started, or ended before it was up.', advice: 'Run `reevectl explain NAME` and `reevectl tail NAME stderr`.' },
  ENDED_EARLY: { http: 409, fault: [40, 'ABNORMAL_TERMINATION'], exit: 7, retryable: true, says: 'The process ended while its start was awaited.', advice: 'Run `reevectl explain NAME`.' },
  ALREADY_STARTED: { http: 409, fault: [60, 'ALREADY_STARTED'], exit: 0, retryable: false, says: 'The process is running, or about to.', advice: 'Use `restart` for a new life.' },
  NOT_RUNNING: { http: 409, fault: [70, 'NOT_RUNNING'], exit: 7, retryable: false, says: 'The process is not running.', advice: 'Run `reevectl start NAME`.' },
  DISABLED: { http: 409, fault: [30, 'FAILED'], exit: 7, retryable: false, says: 'The process is disabled.', advice: 'Run `reevectl enable NAME` first.' },
  SURVIVORS: { http: 409, fault: [30, 'FAILED'], exit: 1, retryable: true, says: 'Some processes did not end, not even when killed.', advice: 'Look at the pids with ps; a process in state D waits for a device.' },
  INTERRUPTED: { http: 409, fault: [30, 'FAILED'], exit: 1, retryable: true, says: 'Somebody asked for something else meanwhile.', advice: 'Look at `reevectl events`.' },
  FAILED: { http: 500, fault: [30, 'FAILED'], exit: 1, retryable: true, says: 'It did not work.', advice: 'The message says why.' },
  TIMEOUT: { http: 408, fault: [30, 'FAILED'], exit: 1, retryable: true, says: 'It did not come about in the time given.', advice: 'The operation goes on; wait for it again or look at `status`.' },
  BAD_CONFIG: { http: 422, fault: [92, 'CANT_REREAD'], exit: 2, retryable: false, says: 'The configuration has errors; nothing was changed.', advice: 'Run `reevectl config check`.' },
  STALE_PLAN: { http: 409, fault: [30, 'FAILED'], exit: 1, retryable: false, says: 'The file or what runs is not what the plan was made for; nothing was changed.', advice: 'Look at the plan again with `reevectl apply`.' },
  ALREADY_ADDED: { http: 409, fault: [90, 'ALREADY_ADDED'], exit: 1, retryable: false, says: 'The group is there already.', advice: 'Use `update` to take what changed in it.' },
  STILL_RUNNING: { http: 409, fault: [91, 'STILL_RUNNING'], exit: 1, retryable: false, says: 'Somebody of the group is running.', advice: 'Stop it first: `reevectl stop GROUP:*`.' },
  RUN_FAILED: { http: 409, fault: [40, 'ABNORMAL_TERMINATION'], exit: 1, retryable: true, says: 'The run ended badly.', advice: 'Run `reevectl job show RUN`.' },
  NOT_STARTED: { http: 409, fault: [50, 'SPAWN_ERROR'], exit: 1, retryable: true, says: 'The run was not started: another one goes on, its time is over, or something holds the job.', advice: 'Run `reevectl job show JOB`.' },
  ALREADY_ENDED: { http: 409, fault: [70, 'NOT_RUNNING'], exit: 1, retryable: false, says: 'The run is over.', advice: 'Run `reevectl job show RUN`.' },
  ALREADY_RETRIED: { http: 409, fault: [30, 'FAILED'], exit: 1, retryable: false, says: 'The dead letter was tried again before.', advice: 'Use --force to try it once more.' },
  UNAUTHENTICATED: { http: 401, fault: [30, 'FAILED'], exit: 1, retryable: false, says: 'The server wants credentials.', advice: 'Use -u and -p, or a token in REEVE_TOKEN.' },
  FORBIDDEN: { http: 403, fault: [30, 'FAILED'], exit: 4, retryable: false, says: 'These credentials may not do this, or the request comes from a foreign page.', advice: 'Ask for a higher role, or use the unix socket.' },
  SHUTTING_DOWN: { http: 503, fault: [6, 'SHUTDOWN_STATE'], exit: 1, retryable: true, says: 'The daemon is ending or restarting.', advice: 'Wait until it is back.' },
  TOO_LARGE: { http: 413, fault: [2, 'INCORRECT_PARAMETERS'], exit: 1, retryable: false, says: 'The request is larger than allowed.', advice: 'Send less at once.' },
  BUSY: { http: 429, fault: [30, 'FAILED'], exit: 1, retryable: true, says: 'Too many requests or watchers at once.', advice: 'Try again in a moment.' },
  UNKNOWN_METHOD: { http: 404, fault: [1, 'UNKNOWN_METHOD'], exit: 1, retryable: false, says: 'There is no such route or command.', advice: 'Run `reevectl help`.' },
  NOT_SUPPORTED: { http: 501, fault: [30, 'FAILED'], exit: 1, retryable: false, says: 'This machine or configuration cannot do it.', advice: 'Run `reevectl doctor`.' },
  NO_DAEMON: { http: 503, fault: [30, 'FAILED'], exit: 4, retryable: true, says: 'No daemon answers there.', advice: 'Start reeved, or say where it listens with -s or -c.' },
  INTERNAL: { http: 500, fault: [30, 'FAILED'], exit: 1, retryable: false, says: 'A mistake in reeve itself.', advice: 'Please report it with the trace in the log.' },
} as const satisfies Record<string, ErrorSpec>;

/** A code of ERRORS. */
export type ErrorCode = keyof typeof ERRORS;

/** not_found: nothing has this name. retryable: the same request may succeed later. fatal: it never will, until somebody changes something. */
export type ErrorClass = 'not_found' | 'retryable' | 'fatal';

/** What whoever asked may expect of asking again. */
export function errorClass(code: ErrorCode): ErrorClass {
  if (code === 'NOT_FOUND' || code === 'UNKNOWN_METHOD' || code === 'NO_LOG') return 'not_found';
  return ERRORS[code].retryable ? 'retryable' : 'fatal';
}

/** Kinds of errors as supervisors of other worlds name them: the codes that a request is refused with, and the facts that tell of them. */
export const ERROR_KINDS = {
  'not found': { codes: ['NOT_FOUND', 'UNKNOWN_METHOD'], facts: [] },
  'start failed': { codes: ['SPAWN_FAILED', 'ENDED_EARLY'], facts: ['process.spawn_failed', 'process.backoff', 'process.fatal'] },
  'stop failed': { codes: ['SURVIVORS'], facts: ['process.survivors'] },
  'limit exceeded': { codes: [], facts: ['group.gave_up', 'process.fatal'] },
  'bad configuration': { codes: ['BAD_CONFIG'], facts: ['daemon.reload_refused'] },
  'child cannot be made': { codes: ['NO_COMMAND', 'NOT_EXECUTABLE'], facts: ['process.spawn_failed'] },
  'shutdown timeout': { codes: ['TIMEOUT', 'SURVIVORS'], facts: ['process.escalated', 'process.survivors'] },
  'tree integrity': { codes: ['INTERNAL'], facts: ['process.unknown'] },
  'health is off': { codes: ['NO_HEALTH'], facts: [] },
} as const satisfies Readonly<Record<string, { readonly codes: readonly ErrorCode[]; readonly facts: readonly string[] }>>;

/** A refusal as a value: what went wrong with which subject. `hint` is the nearest name or the next step. */
export interface CommandError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** What is wrong and what to do, where there is one line for both. */
export function inOneLine({ message, hint }: Pick<CommandError, 'message' | 'hint'>): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
