// The HTTP stack: routes made from the table, each request guarded, identified and judged before its body is read.
// Only open.ts loads this file, and only when somebody connects: fastify and node:http cost 20 MiB.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { USER_HEADER } from '../contract/rest.ts';
import { ROUTES } from '../contract/routes.ts';
import type { Route, RouteId } from '../contract/routes.ts';
import type { Caller, Control } from '../runtime/control.ts';
import { nearest, readArguments } from './arguments.ts';
import { allows, createAuth } from './auth.ts';
import type { Answer, Handler } from './context.ts';
import { errorAnswer, isCommandError, refuse, RefusedError, translate } from './error-answer.ts';
import { events } from './events.ts';
import { guard } from './guard.ts';
import { livez, readyz } from './health.ts';
import type { ApiLimits } from './limits.ts';
import type { Listener } from './listener.ts';
import { follow, mainFollow, mainTail, tail } from './logs.ts';
import { metrics } from './metrics.ts';
import { MUTATIONS, showOperation } from './mutations.ts';
import { createRefusals } from './refusals.ts';
import { createStreams } from './streams.ts';
import { audit, avail, description, doctor, explain, page, status, version, wait } from './views.ts';

export interface HttpStack {
  /** Serves a (paused) connection that came in by `listener`. */
  serve(socket: Socket, listener: Listener): void;
  /** Nobody is connected: stop looking for late clients until somebody is. */
  rest(): void;
  /** Ends streams, waits a little for answers under way, then closes what is left. */
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly control: Control;
  readonly limits: ApiLimits;
  readonly warn: (message: string) => void;
}

const HANDLERS: Readonly<Record<RouteId, Handler>> = {
  ...MUTATIONS, status, tail, logs: follow, maintail: mainTail, 'mainlog-follow': mainFollow, avail, wait, events, explain, version, doctor,
  operation: showOperation, audit, openapi: description, livez, readyz, metrics, page,
};

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const NOBODY: Caller = { who: 'anonymous', role: 'read' };
const PATHS = [...new Set(ROUTES.map((route) => route.path))];

const header = (message: IncomingMessage, name: string): string | undefined => {
  const value = message.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

function hasBody(message: IncomingMessage): boolean {
  return message.headers['transfer-encoding'] !== undefined || Number(message.headers['content-length'] ?? 0) > 0;
}

function headOf(message: IncomingMessage): Parameters<typeof guard>[0] {
  return {
    method: message.method ?? 'GET', host: header(message, 'host'), origin: header(message, 'origin'), referer: header(message, 'referer'),
    secFetchSite: header(message, 'sec-fetch-site'), secFetchMode: header(message, 'sec-fetch-mode'),
    contentType: header(message, 'content-type'), hasBody: hasBody(message),
  };
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

function noRoute(request: FastifyRequest): RefusedError {
  const path = pathOf(request.url);
  const there = ROUTES.find((route) => route.path === path);
  if (there) return refuse('UNKNOWN_METHOD', `cannot ${request.method} ${path}: it is asked with ${there.method}`, `use ${there.method} ${path}`);
  const near = nearest(path, PATHS);
  return refuse('UNKNOWN_METHOD', `cannot find ${JSON.stringify(path.slice(0, 100))}: there is no such address`, near === undefined ? 'see /v1/openapi.json' : `did you mean ${near}?`);
}

// What the parser of node:http refuses has no request and no reply: the answer is written by hand.
function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const large = error.code === 'HPE_HEADER_OVERFLOW';
  const { status: code, body } = errorAnswer(
    late ? { code: 'TIMEOUT', message: 'cannot wait for the rest of the request: it took too long' }
      : large ? { code: 'TOO_LARGE', message: 'cannot take the request: its headers are too large' }
        : { code: 'BAD_ARGUMENT', message: 'cannot read the request: it is not HTTP/1.1' },
  );
  const text = JSON.stringify(body);
  socket.end(`HTTP/1.1 ${code} ${body.error.code}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`, () => socket.destroy());
}

function buildApp(limits: ApiLimits): FastifyInstance {
  const app = fastify({
    logger: false, exposeHeadRoutes: false, forceCloseConnections: true, bodyLimit: limits.bodyBytes,
    keepAliveTimeout: limits.keepAliveMs, requestTimeout: limits.requestMs, onProtoPoisoning: 'error', onConstructorPoisoning: 'error',
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.checkMs, requireHostHeader: false },
    clientErrorHandler: onClientError,
  });
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // A client that always says application/json may have nothing to say.
    if (body === '') done(null, {});
    else parse(request, body as string, done);
  });
  return app;
}

function rawArguments(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const body: unknown = request.body ?? {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refuse('BAD_ARGUMENT', 'cannot read the request: its body is not a JSON object');
  return { ...(request.query as object), ...body, ...(request.params as object) };
}

/** Loads the stack. `control` answers, `warn` tells the operator about mistakes of ours. */
export async function openHttp({ control, limits, warn }: HttpOptions): Promise<HttpStack> {
  const app = buildApp(limits);
  const auth = createAuth(control.api, limits.failures);
  const streams = createStreams(limits.streams);
  const refusals = createRefusals((caller, action, why) => control.noteRefusal(caller, action, why));
  const arrivals = new WeakMap<Socket, Listener>();
  const callers = new WeakMap<FastifyRequest, Caller>();
  const routes = new Map<string, Route>(ROUTES.map((route) => [`${route.method} ${fastifyPath(route)}`, route]));
  const routeOf = (request: FastifyRequest): Route | undefined => routes.get(`${request.method === 'HEAD' ? 'GET' : request.method} ${request.routeOptions.url ?? ''}`);
  const actionOf = (request: FastifyRequest): string => routeOf(request)?.id ?? `${request.method} ${pathOf(request.url).slice(0, 100)}`;

  const noted = new WeakSet<FastifyRequest>();
  const note = (request: FastifyRequest, caller: Caller, why: string): void => {
    if (noted.has(request)) return;
    noted.add(request);
    refusals.note(caller, actionOf(request), why, performance.now());
  };

  const listenerOf = (request: FastifyRequest): Listener => {
    const listener = arrivals.get(request.raw.socket);
    if (listener === undefined) throw new Error('a request came by no listener');
    return listener;
  };

  const admit = async (request: FastifyRequest, listener: Listener, route: Route | undefined): Promise<Caller> => {
    if (listener.spec === null) {
      if (route?.probe !== true) throw refuse('UNKNOWN_METHOD', 'cannot answer: this listener serves /livez, /readyz and /metrics only');
      return NOBODY;
    }
    const unix = listener.host === null;
    const { raw } = request;
    const foreign = guard(headOf(raw), { listenHost: listener.host, localAddress: raw.socket.localAddress, allowedHosts: control.api.allowedHosts });
    const address = unix ? 'unix' : (raw.socket.remoteAddress ?? 'unknown');
    if (foreign !== null) {
      note(request, { who: address, role: 'read' }, foreign.message);
      throw new RefusedError(foreign);
    }
    if (route?.role === null) return NOBODY;
    const given = { authorization: header(raw, 'authorization'), claimedUser: header(raw, USER_HEADER), address };
    const result = await auth.identify(listener.spec, given, performance.now());
    if ('refusal' in result) {
      if (result.tried || route?.method === 'POST') note(request, { who: address, role: 'read' }, result.refusal.message);
      if (result.tried) await delay(limits.failureDelayMs);
      throw new RefusedError(result.refusal, result.headers);
    }
    const needed = route?.role ?? 'read';
    if (!allows(result.caller.role, needed)) {
      const message = `cannot ${route?.id ?? 'do it'}: ${result.caller.who} has the role ${result.caller.role}, and it takes ${needed}`;
      note(request, result.caller, message);
      throw refuse('FORBIDDEN', message);
    }
    return result.caller;
  };

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    callers.set(request, await admit(request, listenerOf(request), routeOf(request)));
  });

  const run = async (route: Route & { readonly id: RouteId }, request: FastifyRequest, reply: FastifyReply): Promise<Answer> => {
    const read = readArguments(route.args, rawArguments(request));
    if ('refusal' in read) throw new RefusedError(read.refusal);
    const caller = callers.get(request) ?? NOBODY;
    return HANDLERS[route.id]({ control, limits, streams, caller, args: read.values, crowd: listenerOf(request), request, reply });
  };

  for (const route of ROUTES) {
    if (route.id === 'page' && !control.api.ui) continue;
    app.route({
      method: route.probe === true ? ['GET', 'HEAD'] : route.method,
      url: fastifyPath(route),
      handler: async (request, reply) => {
        const answer = await run(route, request, reply);
        if (answer === undefined) return reply;
        if (!isCommandError(answer)) return answer;
        // Returned, not thrown: Control has judged and noted it.
        noted.add(request);
        throw new RefusedError(answer);
      },
    });
  }
  app.setNotFoundHandler((request) => {
    throw noRoute(request);
  });
  app.setErrorHandler((error, request, reply) => {
    const known = translate(error, limits.bodyBytes);
    if (known === null) warn(`cannot answer ${request.method} ${pathOf(request.url)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    else if (routeOf(request)?.method === 'POST') note(request, callers.get(request) ?? NOBODY, known.message);
    const answer = errorAnswer(known ?? { code: 'INTERNAL', message: 'cannot answer: a mistake in reeve itself; the daemon\'s log has the trace' });
    if (error instanceof RefusedError) reply.headers(error.headers);
    return reply.code(answer.status).send(answer.body);
  });
  await app.ready();
  const server = app.server;
  return {
    serve(socket, listener) {
      arrivals.set(socket, listener);
      // Without 'listening' node:http looks for no late clients (os-facts §12); rest() ends the looking.
      server.emit('listening');
      server.emit('connection', socket);
      socket.resume();
    },
    rest: () => void server.close(),
    async close() {
      streams.endAll();
      server.closeIdleConnections();
      await app.close();
    },
  };
}

function fastifyPath(route: Route): string {
  return route.path.replace(/\{(\w+)\}/g, ':$1');
}
