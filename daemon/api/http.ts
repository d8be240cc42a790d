// The HTTP stack: routes made from the table, each request admitted, its arguments judged, its answer or refusal written.
// Only open.ts loads this file, and only when somebody connects: fastify and node:http cost 20 MiB.
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { nearest } from '../../config/nearest.ts';
import { ROUTES } from '../contract/routes.ts';
import type { Route, RouteId } from '../contract/routes.ts';
import type { Caller, Control } from '../runtime/control.ts';
import { addressOf, createAdmission, NOBODY } from './admission.ts';
import type { Admitted } from './admission.ts';
import { buildApp, SECURITY_HEADERS } from './app.ts';
import { readArguments } from './arguments.ts';
import type { Handler } from './context.ts';
import { createCrowds } from './crowds.ts';
import { errorAnswer, isCommandError, refuse, RefusedError, translate } from './error-answer.ts';
import { eventCounts, events } from './events.ts';
import { INQUIRY_VIEWS } from './info.ts';
import { ISSUE_MUTATIONS, ISSUE_VIEWS } from './issue-routes.ts';
import { JOB_MUTATIONS } from './job-mutations.ts';
import { JOB_VIEWS } from './job-views.ts';
import { health, livez, probe, readyz } from './health.ts';
import type { ApiLimits } from './limits.ts';
import type { Listener } from './listener.ts';
import { file, files } from './log-files.ts';
import { follow, mainFollow, mainTail, tail } from './logs.ts';
import { metrics } from './metrics.ts';
import { addPageRoutes, PAGE_DIRECTORY, PAGE_ROUTES } from './page.ts';
import { PAGE_HANDLERS } from './page-views.ts';
import { ps } from './ps.ts';
import { MUTATIONS, showOperation } from './mutations.ts';
import { ALERT_HANDLERS } from './alerts.ts';
import { createRefusals } from './refusals.ts';
import { countRequests } from './request-counts.ts';
import type { Sessions } from './session.ts';
import { SESSION_HANDLERS } from './session-views.ts';
import type { Visitor } from './session-views.ts';
import { stdin } from './stdin.ts';
import { createStreams } from './streams.ts';
import { addSupervisordRoutes, SUPERVISORD_ROUTES } from './supervisord-routes.ts';
import { usage } from './usage.ts';
import { audit, avail, description, doctor, plan, reread, status, version, wait } from './views.ts';

export interface HttpStack {
  /** Serves a (paused) connection that came in by `listener`. */
  serve(socket: Socket, listener: Listener): void;
  /** Nobody is connected: stop looking for late clients until somebody is. */
  rest(): void;
  /** Ends streams and idle connections; resolves when answers under way have ended. */
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly control: Control;
  readonly limits: ApiLimits;
  readonly warn: (message: string) => void;
  readonly sessions: Sessions;
  /** Default: where the build puts it. */
  readonly pageDirectory?: string | undefined;
}

/** `page` has its routes in page.ts. */
const HANDLERS: Readonly<Record<Exclude<RouteId, 'page'>, Handler>> = {
  ...MUTATIONS, ...JOB_MUTATIONS, ...ALERT_HANDLERS, ...JOB_VIEWS, ...ISSUE_MUTATIONS, ...ISSUE_VIEWS, ...SESSION_HANDLERS, ...PAGE_HANDLERS, ps, top: usage, status, tail, logs: follow, 'log-files': files, 'log-file': file, maintail: mainTail, 'mainlog-follow': mainFollow, avail, wait, events, 'event-counts': eventCounts, ...INQUIRY_VIEWS, version, doctor,
  plan, reread, operation: showOperation, audit, stdin, openapi: description, health, probe, livez, readyz, metrics,
};

const PATHS = [...new Set(ROUTES.map((route) => route.path))];
const fastifyPath = (route: Route): string => route.path.replace(/\{(\w+)\}/g, ':$1');
const BY_ADDRESS = new Map<string, Route>([...ROUTES.map((route): [string, Route] => [`${route.method} ${fastifyPath(route)}`, route]), ...SUPERVISORD_ROUTES, ...PAGE_ROUTES]);

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

function routeOf(request: FastifyRequest): Route | undefined {
  return BY_ADDRESS.get(`${request.method === 'HEAD' ? 'GET' : request.method} ${request.routeOptions.url ?? ''}`);
}

function noRoute(request: FastifyRequest): RefusedError {
  const path = pathOf(request.url);
  const there = ROUTES.find((route) => route.path === path);
  if (there) return refuse('UNKNOWN_METHOD', `cannot ${request.method} ${path}: it is asked with ${there.method}`, `use ${there.method} ${path}`);
  const near = nearest(path, PATHS);
  return refuse('UNKNOWN_METHOD', `cannot find ${JSON.stringify(path.slice(0, 100))}: there is no such address`, near === null ? 'see /v1/openapi.json' : `did you mean ${near}?`);
}

function rawArguments(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const body: unknown = request.body ?? {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refuse('BAD_ARGUMENT', 'cannot read the request: its body is not a JSON object');
  return { ...(request.query as object), ...body, ...(request.params as object) };
}

/** Loads the stack. `control` answers, `warn` tells the operator about mistakes of ours. */
export async function openHttp({ control, limits, warn, sessions, pageDirectory = PAGE_DIRECTORY }: HttpOptions): Promise<HttpStack> {
  const app = buildApp(limits);
  countRequests(app, control, routeOf);
  const admission = createAdmission(control, limits, sessions);
  const admitted = new WeakMap<FastifyRequest, Admitted>();
  const streams = createStreams(limits.streams, (request) => {
    const session = admitted.get(request)?.session ?? null;
    const clock = (): number => performance.now();
    return session === null ? null : { gone: session.gone, endsInMs: sessions.left(session, clock()).longestMs, release: sessions.hold(session, clock) };
  }, (request) => {
    const entry = admitted.get(request);
    // Whoever needs no name is everybody.
    return entry === undefined || (entry.session === null && request.headers.authorization === undefined) ? null : entry.caller.who;
  });
  const waits = createCrowds(limits.waits);
  const refusals = createRefusals((caller, action, why) => control.noteRefusal(caller, action, why));
  const visits = createRefusals((caller, action, how) => control.noteVisit(caller, action, how), 'logins and logouts');
  const arrivals = new WeakMap<Socket, Listener>();
  const noted = new WeakSet<FastifyRequest>();

  const listenerOf = (request: FastifyRequest): Listener => {
    const listener = arrivals.get(request.raw.socket);
    if (listener === undefined) throw new Error('a request came by no listener');
    return listener;
  };
  const note = (request: FastifyRequest, caller: Caller, why: string): void => {
    if (noted.has(request)) return;
    noted.add(request);
    refusals.note(caller, routeOf(request)?.id ?? `${request.method} ${pathOf(request.url).slice(0, 100)}`, why, performance.now());
  };

  const callerOf = (request: FastifyRequest): Caller => admitted.get(request)?.caller ?? NOBODY;
  const visitorOf = (request: FastifyRequest): Visitor => {
    const { known = false, session = null } = admitted.get(request) ?? {};
    const listener = listenerOf(request);
    return {
      known, session, sessions, logins: admission.logins(listener),
      note: (action, caller) => visits.note(caller, action, `ok, from ${addressOf(request.raw, listener)}`, performance.now()),
      login: (login) => admission.login({ message: request.raw, listener, note: (who, why) => note(request, who, why) }, login),
    };
  };

  app.addHook('onRequest', async (request, reply) => {
    const entry = await admission.admit({ message: request.raw, listener: listenerOf(request), route: routeOf(request), note: (who, why) => note(request, who, why) });
    admitted.set(request, entry);
    reply.headers(entry.headers);
  });
  for (const route of ROUTES) {
    const { id } = route;
    if (id === 'page') continue;
    app.route({
      method: route.probe === true ? ['GET', 'HEAD'] : route.method,
      url: fastifyPath(route),
      handler: async (request, reply) => {
        const read = readArguments(route.args, rawArguments(request));
        if ('refusal' in read) throw new RefusedError(read.refusal);
        const answer = await HANDLERS[id]({
          control, limits, streams, waits, caller: callerOf(request), args: read.values, crowd: listenerOf(request), visitor: () => visitorOf(request), request, reply,
        });
        if (answer === undefined) return reply;
        if (!isCommandError(answer)) return answer;
        // Returned, not thrown: Control has judged and noted it.
        noted.add(request);
        throw new RefusedError(answer);
      },
    });
  }
  const notFound = (request: FastifyRequest): never => {
    throw noRoute(request);
  };
  app.setNotFoundHandler(notFound);
  if (control.api.ui) addPageRoutes(app, { control, limits, warn, listenerOf, noRoute: notFound, headers: SECURITY_HEADERS, directory: pageDirectory });
  app.setErrorHandler((error, request, reply) => {
    const known = translate(error, limits.bodyBytes);
    if (known === null || known.code === 'INTERNAL') warn(`cannot answer ${request.method} ${pathOf(request.url)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    else if (routeOf(request)?.method === 'POST') note(request, callerOf(request), known.message);
    const answer = errorAnswer(known ?? { code: 'INTERNAL', message: 'cannot answer: a mistake in reeve itself; the daemon\'s log has the trace' });
    if (error instanceof RefusedError) reply.headers(error.headers);
    return reply.code(answer.status).send(answer.body);
  });
  // Last: their scope takes over the handlers that are there by now.
  await addSupervisordRoutes(app, { control, limits, streams, waits, crowdOf: listenerOf, callerOf });
  await app.ready();
  return {
    serve(socket, listener) {
      arrivals.set(socket, listener);
      // Without 'listening' node:http looks for no late clients (os-facts §12); rest() ends the looking.
      app.server.emit('listening');
      app.server.emit('connection', socket);
      socket.resume();
    },
    rest: () => void app.server.close(),
    async close() {
      streams.endAll();
      app.server.closeIdleConnections();
      await app.close();
    },
  };
}
