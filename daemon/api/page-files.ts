// The files of the web page, sent by @fastify/static in an app of its own. Only page.ts loads this, when a browser comes: 3 MiB.
import fastifyStatic from '@fastify/static';
import { fastify } from 'fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorAnswer } from './error-answer.ts';

export interface PageFiles {
  /** Answers in the place of the app that the request came to. */
  send(request: FastifyRequest, reply: FastifyReply): void;
}

/** What the page may load: its own files, and nothing that was not in them when they were built. */
const PAGE_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "font-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'",
  "frame-ancestors 'none'", "require-trusted-types-for 'script'",
].join('; ');

/** `main-4F3AQ2B7.js`: another content has another name. */
const HASHED = /-[A-Z0-9]{8}\.\w+(?:\.br|\.gz)?$/;
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Serves `directory`. `headers` go with every answer; `patienceMs` is how long a client may take none of it. */
export async function openPageFiles(directory: string, headers: Readonly<Record<string, string>>, patienceMs: number, warn: (message: string) => void): Promise<PageFiles> {
  const app = fastify({
    logger: false, exposeHeadRoutes: false,
    frameworkErrors: (_error, _request, reply: FastifyReply) => void refuse(reply, 'BAD_ARGUMENT', 'cannot read the request: its path is malformed'),
  });
  const refuse = (reply: FastifyReply, code: 'BAD_ARGUMENT' | 'NOT_FOUND' | 'INTERNAL', message: string): FastifyReply => {
    const { status, body } = errorAnswer({ code, message });
    return reply.headers(headers).code(status).send(body);
  };
  app.addHook('onRequest', async (_request, reply) => {
    // `/` is a line of text to those who take no HTML.
    reply.headers({ ...headers, 'content-security-policy': PAGE_POLICY, vary: 'accept' });
    reply.raw.setTimeout(patienceMs, () => reply.raw.destroy());
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 'NOT_FOUND', 'cannot find it: the page has no such file'));
  app.setErrorHandler((error, request, reply) => {
    const { statusCode = 500 } = Object(error) as { statusCode?: number };
    if (statusCode < 500) return refuse(reply, 'NOT_FOUND', 'cannot find it: the page has no such file');
    warn(`cannot send ${request.url.slice(0, 100)} of the page: ${error instanceof Error ? error.message : String(error)}`);
    return refuse(reply, 'INTERNAL', 'cannot send the file; the daemon\'s log says why');
  });
  await app.register(fastifyStatic, {
    root: directory, prefix: '/', preCompressed: true, dotfiles: 'ignore', list: false, redirect: false, decorateReply: false, cacheControl: false,
    setHeaders: (reply, path) => void reply.header('cache-control', HASHED.test(path) ? FOR_EVER : 'no-cache'),
  });
  await app.ready();
  return {
    send(request, reply) {
      reply.hijack();
      app.routing(request.raw, reply.raw);
    },
  };
}
