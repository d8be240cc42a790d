// fastify set up for us: bounds, JSON bodies only, no poisoning of prototypes, and the parser's own refusals in our words.
import type { Socket } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { errorAnswer } from './error-answer.ts';
import type { ApiLimits } from './limits.ts';

/** With every answer. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

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

/** Characters of one part of a path, as it is written there: 日 has nine. */
const MAX_PARAM = 4096;

/** An app without routes. */
export function buildApp(limits: ApiLimits): FastifyInstance {
  const app = fastify({
    logger: false, exposeHeadRoutes: false, forceCloseConnections: true, bodyLimit: limits.bodyBytes,
    // Names of programs and jobs stand in paths; the router's own 100 is shorter than some.
    routerOptions: { maxParamLength: MAX_PARAM },
    keepAliveTimeout: limits.keepAliveMs, requestTimeout: limits.requestMs, onProtoPoisoning: 'error', onConstructorPoisoning: 'error',
    // The guard judges Host by the listener, and says so in words.
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.checkMs, requireHostHeader: false },
    clientErrorHandler: onClientError,
    // A path that cannot be decoded has no route, so no hook and no error handler of ours sees it.
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      const { status, body } = errorAnswer({ code: 'BAD_ARGUMENT', message: 'cannot read the request: its path is malformed' });
      void reply.headers(SECURITY_HEADERS).code(status).send(body);
    },
  });
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // A client that always says application/json may have nothing to say.
    if (body === '') done(null, {});
    else void parse(request, body as string, done);
  });
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
  app.addHook('onSend', async (_request, reply) => {
    // Who does not take its answer is let go; streams, which may be idle for long, do not come by here.
    reply.raw.setTimeout(limits.requestMs, () => reply.raw.destroy());
  });
  return app;
}
