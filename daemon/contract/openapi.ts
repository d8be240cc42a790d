// OpenAPI 3.1 of the REST API, rendered from the tables. Pure and browser-safe; packaging/openapi.json is this, written down.
import type { ArgumentSpec } from './commands.ts';
import { ALERT_SCHEMAS } from './alert-schemas.ts';
import { ERRORS } from './errors.ts';
import { ISSUE_STATES } from './issues.ts';
import { RUN_STATES, TRIGGERS } from './jobs.ts';
import type { Produces, Route } from './routes.ts';
import { EXPLAIN_SCHEMAS } from './explain-schemas.ts';
import { INFO_SCHEMAS } from './info-schemas.ts';
import { ANY, flag, list, nullable, number, orNull, record, ref, text, whole } from './schema-words.ts';
import type { Json, JsonObject } from './schema-words.ts';
import { HEALTH, PROCESS_STATES } from './states.ts';
import { SESSION_COOKIE } from './page.ts';
import { ROUTES } from './routes.ts';
import { answerExamples, bodyExamples, curlSamples, parameterExamples, refusedStatuses, subjectOf, TAGS } from './openapi-examples.ts';

const MEDIA: Readonly<Record<Produces, readonly string[]>> = {
  json: ['application/json'],
  text: ['text/plain'],
  log: ['text/plain'],
  file: ['text/plain', 'application/gzip'],
  follow: ['text/plain', 'application/x-ndjson'],
  events: ['text/event-stream', 'application/x-ndjson'],
  metrics: ['text/plain', 'application/openmetrics-text'],
};

const FOLLOW_HEADERS: JsonObject = {
  'X-Reeve-Daemon': { description: 'Which daemon answers, if it goes on: positions are those of one daemon.', schema: { type: 'string' } },
};

const LOG_HEADERS: JsonObject = {
  'X-Log-Offset': { description: 'Size of the log after these bytes.', schema: { type: 'integer' } },
  'X-Log-Overflow': { description: 'true when there was more.', schema: { type: 'boolean' } },
};

const FILE_HEADERS: JsonObject = {
  'Content-Disposition': { description: 'attachment, with the name of the file.', schema: { type: 'string' } },
};

function formOf(spec: ArgumentSpec): JsonObject {
  switch (spec.type) {
    case 'string': case 'signal': return { type: 'string' };
    case 'text': return { type: 'string', maxLength: 65_536 };
    case 'words': return { type: 'array', items: { type: 'string' }, maxItems: 256 };
    case 'names': return { type: 'array', items: spec.values === undefined ? { type: 'string' } : { type: 'string', enum: [...spec.values] }, ...(spec.required === true ? { minItems: 1 } : {}) };
    case 'integer': return { type: 'integer' };
    case 'boolean': return { type: 'boolean' };
    case 'duration': return { title: 'duration', oneOf: [{ type: 'number', minimum: 0, description: 'Seconds.' }, { type: 'string', pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)?$', examples: ['30s'] }] };
    case 'channel': return { type: 'string', enum: ['stdout', 'stderr'] };
    case 'enum': return { type: 'string', enum: [...(spec.values ?? [])] };
  }
}

/** What an argument is when it is absent, as its sentence says: `(default 60s)`. */
function defaultOf(spec: ArgumentSpec): JsonObject {
  const [, said] = (spec.type === 'names' ? /\(default ([\w,]+)[;)]/ : /\(default (\w+)[,;)]/).exec(spec.says) ?? [];
  if (said === undefined) return {};
  return { default: spec.type === 'integer' ? Number(said) : spec.type === 'boolean' ? said === 'true' : spec.type === 'names' ? said.split(',') : said };
}

/** Of one argument, with its default. */
export function schemaOf(spec: ArgumentSpec): JsonObject {
  return { ...formOf(spec), ...defaultOf(spec) };
}

const isInPath = (route: Route, name: string): boolean => route.path.includes(`{${name}}`);

function parameters(route: Route): readonly Json[] {
  return Object.entries(route.args)
    .filter(([name]) => route.method === 'GET' || name === 'wait' || isInPath(route, name))
    .map(([name, spec]) => {
      const inPath = isInPath(route, name);
      return { name, in: inPath ? 'path' : 'query', required: inPath || spec.required === true, description: spec.says, schema: schemaOf(spec), ...parameterExamples(route, name) };
    });
}

function body(route: Route): JsonObject {
  if (route.method === 'GET') return {};
  const entries = Object.entries(route.args).filter(([name]) => !isInPath(route, name));
  const required = entries.filter(([, spec]) => spec.required === true).map(([name]) => name);
  const schema = {
    type: 'object', additionalProperties: false, ...(required.length > 0 ? { required } : {}),
    properties: Object.fromEntries(entries.map(([name, spec]) => [name, { ...schemaOf(spec), description: spec.says }])),
  };
  return { requestBody: { required: required.length > 0, content: { 'application/json': { schema, ...bodyExamples(route) } } } };
}

/** Of an answer in this form. A stream has one for each of its lines. */
function answerSchema(route: Route, media: string): JsonObject {
  if (media === 'application/x-ndjson') return { schema: ref(route.produces === 'events' ? 'EventLine' : 'LogLine') };
  if (media !== 'application/json') return { schema: text };
  if (route.schema === undefined) return { schema: { type: 'object' } };
  const one = ref(route.schema.replace('[]', ''));
  return { schema: route.schema.endsWith('[]') ? list(one) : one };
}

function success(route: Route, status: number, description: string): JsonObject {
  const content = Object.fromEntries(MEDIA[route.produces].map((media) => [media, { ...answerSchema(route, media), ...answerExamples(route, status, media) }]));
  return { description, ...(route.produces === 'log' ? { headers: LOG_HEADERS } : route.produces === 'file' ? { headers: FILE_HEADERS } : route.produces === 'follow' ? { headers: FOLLOW_HEADERS } : {}), content };
}

/** What a route is refused with where there is an example of it; all else is `default`. */
function refusal(route: Route, status: number): JsonObject {
  const codes = Object.entries(ERRORS).filter(([, spec]) => spec.http === status).map(([code, spec]) => `${code}: ${spec.says}`);
  return { description: codes.join('\n'), content: { 'application/json': { schema: ref('ErrorAnswer'), ...answerExamples(route, status, 'application/json') } } };
}

function operation(route: Route): JsonObject {
  const mutation = route.answer === 'operation';
  const params = parameters(route);
  return {
    operationId: route.id.replaceAll(' ', '-'), tags: [subjectOf(route)], summary: route.says, 'x-role': route.role, ...(route.role === null ? { security: [{}] } : {}),
    ...(params.length > 0 ? { parameters: params } : {}), ...body(route),
    responses: {
      200: success(route, 200, mutation ? 'It has ended; each target says how.' : 'The answer.'),
      ...(mutation ? { 202: success(route, 202, 'It has begun; wait for it at Location.') } : {}),
      ...(route.id === 'status' ? { 304: { description: 'Nothing has happened since (If-None-Match).' } } : {}),
      ...Object.fromEntries(refusedStatuses(route).map((status) => [status, refusal(route, status)])),
      default: { $ref: '#/components/responses/Error' },
    },
    'x-codeSamples': curlSamples(route),
  };
}

/** As the file would say it; null where nothing is set. */
const PLAN_VALUE: JsonObject = { type: ['string', 'number', 'boolean', 'null', 'array'] };

const HEARTBEAT = orNull(record({ lastAt: nullable('integer'), missed: whole, count: whole, stuck: flag }));
const PROGRESS = orNull(record({
  current: number, total: nullable('number'), percent: nullable('number'), rate: nullable('number'), etaMs: nullable('number'), phase: nullable('string'), meta: ANY, at: whole, movedAt: whole,
}));
const DRAIN = orNull(record({ names: list(text), startedAt: whole, by: text, expiresAt: nullable('integer'), remaining: list(text) }));
const RUN_STATE: JsonObject = { type: 'string', enum: Object.keys(RUN_STATES) };

const RUN: JsonObject = {
  id: text, job: text, number: whole, state: RUN_STATE, trigger: { type: 'string', enum: [...TRIGGERS] }, initiator: text, args: list(text), key: nullable('string'), attempt: whole,
  first: nullable('string'), parent: nullable('string'), scheduledAt: nullable('integer'), createdAt: whole, dueAt: nullable('integer'), startedAt: nullable('integer'), endedAt: nullable('integer'),
  pid: nullable('integer'), code: nullable('integer'), signal: nullable('string'), cause: nullable('string'), why: text, fallback: flag, peakRssBytes: nullable('integer'), cpuMs: nullable('number'),
  heartbeat: HEARTBEAT, progress: PROGRESS, result: ANY, status: text,
};

/** The shapes of what jobs.ts and ps.ts have as types. */
const JOB_SCHEMAS: JsonObject = {
  JobView: record({
    name: text, role: { type: 'string', enum: ['job', 'check', 'fix'] }, schedule: text, timezone: text, enabled: flag, paused: flag, pausedBy: text, nextAt: nullable('integer'), lastFireAt: nullable('integer'), running: list(text), queued: whole, waiting: whole,
    counts: { type: 'object', additionalProperties: whole }, last: orNull(record({ id: text, state: RUN_STATE, endedAt: whole, durationMs: nullable('number'), why: text })), breaker: nullable('string'), set: { type: 'object', additionalProperties: text }, held: text,
  }),
  RunView: record(RUN),
  RunDetails: record({
    ...RUN, durationMs: nullable('number'), argv: list(text), output: text, heartbeats: list(record({ at: whole, meta: ANY })), errors: list(text),
    violations: list(record({ at: whole, what: text, limit: text, actual: text })), attempts: list(record({ id: text, attempt: whole, state: RUN_STATE, endedAt: nullable('integer') })),
  }),
  NextTimes: record({ job: text, timezone: text, times: list(whole) }),
  DeadLetter: record({
    id: text, job: text, argv: list(text), args: list(text), environment: list(text), code: nullable('integer'), signal: nullable('string'), cause: nullable('string'), why: text, output: text, attempts: whole,
    failedAt: whole, retriedAt: nullable('integer'), retriedAs: nullable('string'),
  }),
  BreakerView: record({
    name: text, state: { type: 'string', enum: ['closed', 'open', 'half_open'] }, failures: whole, successes: whole, totalFailures: whole, totalSuccesses: whole, trialsRunning: whole,
    openedAt: nullable('integer'), lastFailureAt: nullable('integer'), lastSuccessAt: nullable('integer'), retryAt: nullable('integer'), why: text,
  }),
  DrainAnswer: record({ drain: DRAIN }),
  PsRow: record({
    kind: { type: 'string', enum: ['program', 'run'] }, name: text, id: text, program: nullable('string'), group: nullable('string'), job: nullable('string'), state: text, pid: nullable('integer'), health: text,
    wanted: nullable('string'), ready: flag, disabled: flag, flapping: flag, stuck: flag, missed: whole, heartbeatAt: nullable('integer'), createdAt: nullable('integer'), dueAt: nullable('integer'),
    startedAt: nullable('integer'), endedAt: nullable('integer'), restarts: whole, attempt: nullable('integer'), trigger: nullable('string'), initiator: nullable('string'), args: list(text), key: nullable('string'),
    code: nullable('integer'), signal: nullable('string'), cause: nullable('string'), percent: nullable('number'), rate: nullable('number'), etaMs: nullable('number'), phase: nullable('string'), status: text, why: text,
    rssBytes: nullable('integer'), cpuPercent: nullable('number'),
  }),
  UsageRow: record({
    kind: { type: 'string', enum: ['program', 'run'] }, name: text, id: text, state: text, health: text, pid: nullable('integer'), startedAt: nullable('integer'), rssBytes: whole, cpuPercent: { type: 'number' },
    cpuMs: { type: 'number' }, processes: whole, files: nullable('integer'), limits: list(record({ limit: text, max: { type: 'number' }, percent: nullable('number') })),
  }, ['cpuMs']),
};

const HEALTH_VALUE: JsonObject = { type: 'string', enum: [...HEALTH] };

/** The shapes of what health.ts has as types. */
const HEALTH_SCHEMAS: JsonObject = {
  HealthRow: record({
    process: text, program: text, state: text, wanted: { type: 'string', enum: ['up', 'down'] }, health: HEALTH_VALUE, why: text, sources: list(record({ source: text, value: HEALTH_VALUE, why: text })),
    onUnhealthy: { type: 'string', enum: ['restart', 'alert', 'none'] },
    probes: list(record({
      name: text, kind: { type: 'string', enum: ['http', 'tcp', 'exec', 'heartbeat', 'silence'] }, target: text, value: HEALTH_VALUE, why: text, failuresInRow: whole, successesInRow: whole, checks: whole, ok: whole,
      degraded: whole, failed: whole, lastAt: nullable('integer'), lastMs: nullable('number'), averageMs: nullable('number'),
    })),
    checks: whole, lastCheckAt: nullable('integer'), unhealthySince: nullable('integer'), hour: orNull(record({ answers: whole, healthy: whole, percent: number })),
    history: list(record({ at: whole, probe: text, outcome: { type: 'string', enum: ['ok', 'degraded', 'failed'] }, why: text, durationMs: number, incarnation: whole })),
  }, ['history']),
};

const SEVERITY: JsonObject = { type: 'string', enum: ['minor', 'major', 'critical'] };
const ISSUE_STATE: JsonObject = { type: 'string', enum: Object.keys(ISSUE_STATES) };
const CHECK: JsonObject = {
  name: text, output: text, firstRunAt: nullable('integer'), lastRunAt: nullable('integer'), lastResult: nullable('string'), lastWhy: text, lastIssues: whole, lastIssueAt: nullable('integer'),
};
const ISSUE: JsonObject = {
  id: text, check: text, code: nullable('string'), message: text, params: ANY, dedupKey: nullable('string'), severity: SEVERITY, state: ISSUE_STATE, occurrences: whole, reopened: whole, firstSeenAt: whole,
  lastSeenAt: whole, changedAt: whole, fix: nullable('string'), attempts: whole, tries: whole, maxAttempts: whole, fixed: nullable('boolean'), nextTryAt: nullable('integer'), run: nullable('string'), error: text, why: text,
};

/** The shapes of what issues.ts has as types. */
const ISSUE_SCHEMAS: JsonObject = {
  CheckState: record(CHECK),
  CheckView: record({ ...CHECK, schedule: text, timezone: text, enabled: flag, paused: flag, nextAt: nullable('integer'), open: whole, running: whole }),
  CheckReport: record({
    check: text, run: text, dryRun: flag, ok: flag, why: text, dropped: whole,
    issues: list(record({ id: text, message: text, code: nullable('string'), params: ANY, severity: SEVERITY, state: { type: 'string', enum: [...Object.keys(ISSUE_STATES), 'new'] } })),
  }),
  IssueView: record(ISSUE),
  IssueDetails: record({
    ...ISSUE, next: text, history: list(record({
      issue: text, number: whole, fix: text, attempt: whole, run: nullable('string'), by: text, startedAt: whole, endedAt: nullable('integer'), outcome: nullable('string'), why: text,
    })),
  }),
  IssueCount: record({ check: text, code: nullable('string'), issues: whole, live: whole, occurrences: whole, reopened: whole, attempts: whole, fixed: whole, meanFixMs: nullable('integer') }),
};

/** The shapes of what page.ts has as types. */
const PAGE_SCHEMAS: JsonObject = {
  SessionAnswer: record({
    who: nullable('string'), role: { type: ['string', 'null'], enum: ['read', 'operate', 'admin', null] }, login: record({ users: flag, tokens: flag }), csrf: nullable('string'), expiresAt: nullable('integer'),
    version: nullable('string'), identifier: nullable('string'),
  }),
  ConfigAnswer: record({
    kind: { type: 'string', enum: ['process', 'job'] }, name: text, program: nullable('string'), origin: record({ file: text, line: whole }), moved: flag,
    entries: list(record({ key: text, value: PLAN_VALUE, origin: orNull(record({ file: text, line: whole })) })),
  }),
  CalendarAnswer: record({ from: whole, until: whole, jobs: list(record({ job: text, schedule: text, timezone: text, times: list(whole), more: orNull(record({ everyMs: whole })) })) }),
};

/** The answers' shapes; answers.ts, snapshot.ts and rest.ts have them as types. */
const SCHEMAS: JsonObject = {
  SnapshotJson: record({ seq: whole, daemon: ref('DaemonView'), processes: list(ref('ProcessView')), groups: list(ref('GroupView')), jobs: list(ref('JobView')), runs: list(ref('RunView')), breakers: list(ref('BreakerView')), checks: list(ref('CheckState')), issues: list(ref('IssueView')), drain: DRAIN }),
  DaemonView: record({ state: text, pid: whole, version: text, file: text, identifier: text, startedAt: whole, implementation: text }),
  ProcessView: record({
    id: text, name: text, group: text, program: text, num: whole, autostart: flag, priority: whole, state: { type: 'string', enum: Object.keys(PROCESS_STATES) }, wanted: { type: 'string', enum: ['up', 'down'] },
    disabled: flag, ready: flag, health: { type: 'string', enum: [...HEALTH] }, healthSources: list(record({ source: text, value: text, why: text })), incarnation: whole, pid: nullable('integer'), supervisionId: nullable('string'), startedAt: nullable('integer'),
    stoppedAt: nullable('integer'), changedAt: whole, exitCode: nullable('integer'), exitSignal: nullable('string'), spawnError: text, restarts: whole, tries: whole,
    nextStartAt: nullable('integer'), dependsOn: list(text), waitsFor: list(text), flapping: { oneOf: [record({ failures: whole, windowMs: whole }), { type: 'null' }] }, why: text, survivors: list(whole),
    heartbeat: HEARTBEAT, progress: PROGRESS, statusText: text,
  }),
  GroupView: record({ name: text, parent: nullable('string'), strategy: text, state: text, members: list(text), why: text, intensity: orNull(record({ max: whole, windowMs: whole })), restartsAt: list(whole) }),
  Operation: record({ id: text, command: text, who: text, startedAt: whole, endedAt: nullable('integer'), targets: list(ref('TargetResult')), plan: ref('Plan') }, ['plan']),
  TargetResult: record({ name: text, outcome: { type: 'string', enum: ['pending', 'ok', 'error'] }, code: nullable('string'), message: text, survivors: list(whole), run: text, state: text, exitCode: nullable('integer') }, ['survivors', 'run', 'state', 'exitCode']),
  WaitAnswer: record({ ok: flag, missing: list(text), hopeless: list(record({ process: text, why: text })) }),
  StdinAnswer: record({ name: text, bytes: whole }),
  EventCounts: record({ since: whole, last: whole, severities: { type: 'object', additionalProperties: whole }, types: { type: 'object', additionalProperties: whole } }),
  VersionAnswer: record({ version: text, identifier: text, pid: whole, state: text }),
  AuditEntry: record({ at: whole, who: text, role: text, action: text, targets: list(text), result: text }),
  ConfiguredProcess: record({
    name: text, group: text, inUse: flag, autostart: flag, groupPriority: whole, priority: whole, command: text, directory: nullable('string'), origin: record({ file: text, line: whole }),
  }),
  Finding: record({ level: { type: 'string', enum: ['ok', 'note', 'warning', 'problem'] }, subject: text, message: text, advice: text }, ['advice']),
  Plan: record({ id: text, file: text, changes: flag, groups: list(ref('GroupPlan')), processes: list(ref('ProcessPlan')), jobs: list(ref('JobPlan')), breakers: list(ref('BreakerPlan')), settings: list(ref('SettingPlan')) }),
  GroupPlan: record({ group: text, action: { type: 'string', enum: ['keep', 'live', 'add', 'remove', 'replace'] }, changes: list(ref('PlanChange')) }),
  ProcessPlan: record({ process: text, action: { type: 'string', enum: ['keep', 'live', 'restart', 'add', 'remove'] }, changes: list(ref('PlanChange')), staysDown: flag }),
  JobPlan: record({ job: text, action: { type: 'string', enum: ['keep', 'live', 'add', 'remove'] }, changes: list(ref('PlanChange')) }),
  BreakerPlan: record({ breaker: text, action: { type: 'string', enum: ['keep', 'live', 'add', 'remove'] }, changes: list(ref('PlanChange')) }),
  SettingPlan: record({ key: text, from: PLAN_VALUE, to: PLAN_VALUE, takes: { type: 'string', enum: ['live', 'daemon'] } }),
  PlanChange: record({ key: text, from: PLAN_VALUE, to: PLAN_VALUE }),
  /** One line of /v1/events: what all facts have, and what the one of this type says (docs/reference/facts.md). A gap has no number. */
  EventLine: { type: 'object', properties: { type: text, seq: whole, at: whole }, required: ['type'], additionalProperties: true },
  LogFile: record({
    name: text, channel: { type: 'string', enum: ['stdout', 'stderr'] }, file: text, id: text, number: whole, compressed: flag, bytes: whole, plainBytes: nullable('integer'), from: nullable('integer'), until: whole,
  }),
  LogLine: record({ name: text, channel: { type: 'string', enum: ['stdout', 'stderr'] }, text, end: whole, at: number }, ['end', 'at']),
  RereadAnswer: record({ added: list(text), changed: list(text), removed: list(text) }),
};

/** The whole description. `version` is the daemon's. */
export function openApi(version: string): JsonObject {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of ROUTES) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  const codes = Object.entries(ERRORS).map(([code, spec]) => `${code} (${spec.http}): ${spec.says}`);
  const error = record({ code: { type: 'string', enum: Object.keys(ERRORS) }, message: text, advice: text, retryable: flag, hint: text }, ['hint']);
  return {
    openapi: '3.1.0',
    info: { title: 'reeve control API', version, description: 'Start, stop and watch processes and jobs. `x-role` is the least role that may ask.', license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'Whoever serves this description.' }],
    tags: TAGS,
    paths,
    components: {
      schemas: { ...SCHEMAS, ...JOB_SCHEMAS, ...HEALTH_SCHEMAS, ...ISSUE_SCHEMAS, ...ALERT_SCHEMAS, ...EXPLAIN_SCHEMAS, ...INFO_SCHEMAS, ...PAGE_SCHEMAS, ErrorAnswer: record({ error }) },
      responses: { Error: { description: codes.join('\n'), content: { 'application/json': { schema: ref('ErrorAnswer') } } } },
      securitySchemes: { basic: { type: 'http', scheme: 'basic' }, token: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE } },
    },
    security: [{ basic: [] }, { token: [] }, { session: [] }, {}],
  };
}
