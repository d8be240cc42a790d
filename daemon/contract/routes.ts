// Every address of the control API, declared once: the server's routes, the client's requests and OpenAPI come from it.
// Commands bring their own route (commands.ts); here is only what an address takes beyond its command, and what is no command.
import type { Role } from '../../config/api-spec.ts';
import { COMMANDS } from './commands.ts';
import type { ArgumentSpec, CommandDefinition, CommandName } from './commands.ts';

/** What a success is written in. `follow`: text/plain for one log, newline-delimited JSON for several, and for who asks for it. `file`: a file of a log as it is. */
export type Produces = 'json' | 'text' | 'log' | 'file' | 'follow' | 'events' | 'metrics';

/** One address of the REST API. */
export interface Route {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** With `{id}` where an argument is part of the path. */
  readonly path: string;
  /** null: anyone who reaches the listener. */
  readonly role: Role | null;
  readonly says: string;
  readonly answer: 'operation' | 'value' | 'stream';
  readonly produces: Produces;
  readonly args: Readonly<Record<string, ArgumentSpec>>;
  /** The type in rest.ts of a JSON answer. */
  readonly schema?: string;
  /** Also served by probe_listen, to anyone. */
  readonly probe?: boolean;
}

const wait: ArgumentSpec = { type: 'duration', says: 'Answer when the operation has ended, or after this long at the latest. Absent: at once.' };
const name: ArgumentSpec = { type: 'string', says: 'One process; the same as `names` with one name.' };
const follow: ArgumentSpec = { type: 'boolean', says: 'false: end after what is there (default true).' };
/** Whose log, where it may be that of a job. */
const logOf: Readonly<Record<string, ArgumentSpec>> = {
  name: { type: 'string', says: 'One process.' },
  job: { type: 'string', says: 'In place of `name`: a job, check (check:NAME) or fix (fix:NAME).' },
};

/** What the address of a command takes or answers that its command does not say. */
const BESIDE: Partial<Record<CommandName, Partial<Pick<Route, 'path' | 'produces' | 'schema' | 'args'>>>> = {
  status: { schema: 'SnapshotJson', args: { jobs: { type: 'boolean', says: 'false: without jobs, runs and breakers (also where names are given).' } } },
  tail: {
    produces: 'log',
    args: {
      name,
      names: { type: 'names', says: 'One name.' },
      offset: { type: 'integer', says: 'Read from here (with length, as supervisord: a negative offset with length 0 is the last bytes).' },
      length: { type: 'integer', says: 'Read this many bytes; 0: to the end. At most 4 MiB are sent; X-Log-Overflow says whether there was more.' },
    },
  },
  logs: {
    produces: 'follow',
    args: {
      follow, name, names: { type: 'names', says: 'Names: p, g:p, g:*, all; several at once. Of a group and all, also those that come later (as JSON lines).' },
      positions: { type: 'boolean', says: 'JSON lines: say where each text ends (`end`).' }, timestamps: { type: 'boolean', says: 'JSON lines: say when each text was written (`at`), of what comes from now on.' },
      from: { type: 'names', says: 'Go on after these positions, as `end` said them: group:name/stdout=1234. What is no longer kept is told in the text.' },
      await: { type: 'boolean', says: 'JSON lines: true: wait for logs that are not there yet, in place of NO_LOG.' },
    },
  },
  maintail: { produces: 'log', args: { offset: { type: 'integer', says: 'Read from here.' }, length: { type: 'integer', says: 'Read this many bytes.' } } },
  avail: { schema: 'ConfiguredProcess[]' },
  wait: { schema: 'WaitAnswer' },
  events: { produces: 'events', args: { follow } },
  explain: { schema: 'Explanation[]' },
  info: { schema: 'InfoAnswer' },
  pool: { schema: 'PoolAnswer' },
  top: { schema: 'UsageRow[]' },
  health: { schema: 'HealthRow[]' },
  probe: { schema: 'HealthRow[]' },
  version: { schema: 'VersionAnswer' },
  doctor: { schema: 'Finding[]' },
  reread: { schema: 'RereadAnswer' },
  operation: { path: '/v1/operations/{id}', schema: 'Operation', args: { wait } },
  'job list': { schema: 'JobView[]' },
  'job history': { schema: 'RunView[]' },
  'job show': { schema: 'RunDetails' },
  'job logs': {
    produces: 'follow',
    args: {
      follow, positions: { type: 'boolean', says: 'JSON lines: say where each text ends (`end`).' },
      from: { type: 'integer', says: 'Go on after this position, as `end` said it. What is no longer kept is told in the text.' },
    },
  },
  'job next': { schema: 'NextTimes' },
  'dead list': { schema: 'DeadLetter[]', args: { output: { type: 'boolean', says: 'false: without what they wrote, which may be 64 KiB each.' } } },
  'dead show': { schema: 'DeadLetter' },
  'check list': { schema: 'CheckView[]' },
  'issue list': { schema: 'IssueView[]' },
  'issue show': { schema: 'IssueDetails' },
  'issue top': { schema: 'IssueCount[]' },
  breaker: { schema: 'BreakerView[]' },
  ps: { schema: 'PsRow[]', args: { usage: { type: 'boolean', says: 'Measure memory and CPU of what lives; also done where the filter looks at them.' } } },
  'alert list': { schema: 'AlertView[]' },
  'alert test': { schema: 'AlertTest[]' },
  silence: { schema: 'Silence' },
  'silence list': { schema: 'Silence[]' },
  'silence end': { schema: 'Silence[]' },
  audit: { schema: 'AuditEntry[]', args: { limit: { type: 'integer', says: 'Newest so many (default 100, at most 1000).' } } },
};

/** Addresses that are no command of reevectl. */
export const PLAIN_ROUTES = {
  'mainlog-follow': {
    method: 'GET', path: '/v1/mainlog/follow', role: 'read', says: 'Send the daemon\'s own log as it is written.', answer: 'stream', produces: 'text',
    args: { bytes: { type: 'integer', says: 'Bytes of the past (default 1600).' } },
  },
  'log-files': {
    method: 'GET', path: '/v1/logs/files', role: 'read', says: 'The files of the log of a process or job, with those that were rotated, newest first. Also of one that has not run under this daemon.', answer: 'value', produces: 'json', schema: 'LogFile[]',
    args: { ...logOf, channel: { type: 'channel', says: 'Only stdout or stderr.' } },
  },
  'log-file': {
    method: 'GET', path: '/v1/logs/file', role: 'read', says: 'One file of a log, as it is on the disk, to be saved. One that is rotated meanwhile is sent to its end; where the connection breaks off before that, it is not whole.', answer: 'value', produces: 'file',
    args: {
      ...logOf, channel: { type: 'channel', says: 'stdout (default) or stderr.' }, file: { type: 'string', required: true, says: 'Its id, or its name, as /v1/logs/files says them.' },
      unpack: { type: 'boolean', says: 'true: what was written, as text, also of a compressed file.' },
    },
  },
  plan: {
    method: 'GET', path: '/v1/plan', role: 'admin', says: 'What apply would do now, with an id to approve it by.', answer: 'value', produces: 'json', args: {}, schema: 'Plan',
  },
  stdin: {
    method: 'POST', path: '/v1/stdin', role: 'operate', says: 'Write to the standard input of a process. BUSY: it has not read what it was sent before; try again.', answer: 'value', produces: 'json', schema: 'StdinAnswer',
    args: { name: { type: 'string', required: true, says: 'One process.' }, text: { type: 'text', required: true, says: 'What it reads, at most 64 KiB; a line wants its newline.' } },
  },
  'breaker-set': {
    method: 'POST', path: '/v1/breakers/{name}', role: 'operate', says: 'Set a circuit breaker by hand.', answer: 'operation', produces: 'json', schema: 'Operation',
    args: {
      name: { type: 'string', required: true, says: 'A breaker.' },
      to: { type: 'enum', values: ['open', 'close', 'half_open', 'reset'], required: true, says: 'open: until somebody says otherwise. close: the counts stay. reset: closed, and all counts forgotten.' }, wait,
    },
  },
  'check-report': {
    method: 'GET', path: '/v1/checks/reports/{run}', role: 'read', says: 'What a run of a check saw that was asked for by check run; the last hundred are kept.', answer: 'value', produces: 'json', schema: 'CheckReport',
    args: { run: { type: 'string', required: true, says: 'Id of the run, as the operation has it.' } },
  },
  'drain-show': { method: 'GET', path: '/v1/drain', role: 'read', says: 'What is being drained.', answer: 'value', produces: 'json', args: {}, schema: 'DrainAnswer' },
  'event-counts': { method: 'GET', path: '/v1/events/counts', role: 'read', says: 'How often each event happened since the daemon began, by severity and by type.', answer: 'value', produces: 'json', args: {}, schema: 'EventCounts' },
  session: { method: 'GET', path: '/v1/session', role: null, says: 'Who asks, and what that allows; also of those who are not logged in.', answer: 'value', produces: 'json', args: {}, schema: 'SessionAnswer' },
  login: {
    method: 'POST', path: '/v1/login', role: null, says: 'Log a page in: sets the cookie of a session. Name and password, or token.', answer: 'value', produces: 'json', schema: 'SessionAnswer',
    args: {
      name: { type: 'string', says: 'A user, with password.' }, password: { type: 'text', secret: true, says: 'The password of the user.' }, token: { type: 'text', secret: true, says: 'A token of [api] tokens; without name and password.' },
    },
  },
  logout: { method: 'POST', path: '/v1/logout', role: null, says: 'End the session of the cookie, and every stream that is open by it.', answer: 'value', produces: 'json', args: {}, schema: 'SessionAnswer' },
  'process-config': {
    method: 'GET', path: '/v1/config/{name}', role: 'read', says: 'Every setting of one process that is in force, and the line of the file that says it. Values of the environment are hidden.', answer: 'value', produces: 'json', schema: 'ConfigAnswer',
    args: { name: { type: 'string', required: true, says: 'One process.' } },
  },
  'job-config': {
    method: 'GET', path: '/v1/jobs/{name}/config', role: 'read', says: 'Every setting of one job, check (check:NAME) or fix (fix:NAME) that is in force, and the line of the file that says it.', answer: 'value', produces: 'json', schema: 'ConfigAnswer',
    args: { name: { type: 'string', required: true, says: 'A job.' } },
  },
  calendar: {
    method: 'GET', path: '/v1/calendar', role: 'read', says: 'When jobs are due between two times, at most 31 days. Of jobs that are due very often the first times, and how far apart they are.', answer: 'value', produces: 'json', schema: 'CalendarAnswer',
    args: {
      from: { type: 'string', says: 'A time (tomorrow 08:00, 2026-12-01, milliseconds since 1970), or a duration from now (2h). Default, and at the earliest: now.' }, until: { type: 'string', says: 'As from. Default: a week after it.' },
      jobs: { type: 'names', of: 'jobs', says: 'Names of jobs; `*` stands for any characters. None: all jobs.' },
    },
  },
  openapi: { method: 'GET', path: '/v1/openapi.json', role: 'read', says: 'This description.', answer: 'value', produces: 'json', args: {} },
  livez: { method: 'GET', path: '/livez', role: null, says: 'The daemon answers.', answer: 'value', produces: 'text', args: {}, probe: true },
  readyz: { method: 'GET', path: '/readyz', role: 'read', says: 'The daemon runs and everything that is wanted up is RUNNING and ready; 503 with the names otherwise.', answer: 'value', produces: 'text', args: {}, probe: true },
  metrics: { method: 'GET', path: '/metrics', role: 'read', says: 'Figures for Prometheus.', answer: 'value', produces: 'metrics', args: {}, probe: true },
  page: { method: 'GET', path: '/', role: null, says: 'The web page for a browser (on TCP, unless [api] ui is false); a line of text for others.', answer: 'value', produces: 'text', args: {} },
} as const satisfies Record<string, Omit<Route, 'id'>>;

/** A route that is no command. */
export type PlainRouteId = keyof typeof PLAIN_ROUTES;

/** A command with a route of its own; `pid` shares that of `status`. */
export type RoutedCommand = Exclude<{ [N in CommandName]: (typeof COMMANDS)[N] extends { readonly route: object } ? N : never }[CommandName], 'pid'>;

/** Any route: its command, or a name of its own. */
export type RouteId = RoutedCommand | PlainRouteId;

function ofCommand(id: CommandName, command: CommandDefinition): Route | null {
  if (!command.route || command.answer === 'local' || id === 'pid') return null;
  const beside = BESIDE[id] ?? {};
  const operation = command.answer === 'operation';
  const schema = operation ? 'Operation' : beside.schema;
  const own = Object.fromEntries(Object.entries(command.args).filter(([, spec]) => spec.client !== true));
  return {
    id, method: command.route.method, path: beside.path ?? command.route.path, role: command.role, says: command.says, answer: command.answer,
    produces: beside.produces ?? 'json',
    args: { ...own, ...(operation ? { wait } : {}), ...beside.args },
    ...(schema === undefined ? {} : { schema }),
  };
}

/** All routes: commands first, in table order. */
export const ROUTES: readonly (Route & { readonly id: RouteId })[] = [
  ...Object.entries(COMMANDS).flatMap(([id, command]) => ofCommand(id as CommandName, command) ?? []),
  ...Object.entries(PLAIN_ROUTES).map(([id, route]): Route => ({ id, ...route })),
] as (Route & { readonly id: RouteId })[];
