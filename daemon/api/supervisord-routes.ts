// supervisord's own addresses, on every server of the API: /RPC2, /logtail/… and /mainlogtail. Whatever follows /RPC2 in an address
// is supervisord's too. They are no part of our own API: what a call may do is decided by its method.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Route } from '../contract/routes.ts';
import type { Caller, Control } from '../runtime/control.ts';
import { waitFor } from './context.ts';
import type { Crowds } from './crowds.ts';
import { refuse } from './error-answer.ts';
import type { ApiLimits } from './limits.ts';
import type { Streams } from './streams.ts';

export interface SupervisordWorld {
  readonly control: Control;
  readonly limits: ApiLimits;
  readonly streams: Streams;
  readonly waits: Crowds;
  readonly crowdOf: (request: FastifyRequest) => object;
  readonly callerOf: (request: FastifyRequest) => Caller;
}

function route(id: string, method: Route['method'], path: string, says: string): Route {
  return { id, method, path, role: 'read', says, answer: method === 'POST' ? 'value' : 'stream', produces: 'text', args: {} };
}

const RPC = '/RPC2*';
const LOGTAIL = '/logtail*';
const MAINTAIL = '/mainlogtail*';
const OTHER_METHODS = ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** What admission asks of each address, by `METHOD pattern`. */
export const SUPERVISORD_ROUTES: ReadonlyMap<string, Route> = new Map([
  [`POST ${RPC}`, route('xmlrpc', 'POST', RPC, 'XML-RPC, as supervisord has it.')],
  [`GET ${LOGTAIL}`, route('logtail', 'GET', LOGTAIL, 'Send a log as it is written.')],
  [`GET ${MAINTAIL}`, route('mainlogtail', 'GET', MAINTAIL, "Send the daemon's own log as it is written.")],
]);

async function xmlRpc(world: SupervisordWorld, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [{ answerCall }, { UnreadableCall }, { ClientGone }] = await Promise.all([import('./xmlrpc-server.ts'), import('./xmlrpc-read.ts'), import('./xmlrpc-call.ts')]);
  const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  try {
    const answer = await answerCall({ control: world.control, caller: world.callerOf(request), body, wait: (begin) => waitFor({ ...world, crowd: world.crowdOf(request), reply }, begin) });
    return await reply.type('text/xml').send(Buffer.from(answer));
  } catch (error) {
    if (error instanceof UnreadableCall) throw refuse('BAD_ARGUMENT', `cannot read the call: ${error.message}`);
    if (error instanceof ClientGone) return reply.hijack();
    throw error;
  }
}

/** Adds the addresses to `app`, in a scope of their own: here a body is bytes. */
export async function addSupervisordRoutes(app: FastifyInstance, world: SupervisordWorld): Promise<void> {
  const following = (request: FastifyRequest, reply: FastifyReply) =>
    ({ control: world.control, limits: world.limits, streams: world.streams, crowd: world.crowdOf(request), reply });
  const wrongMethod = (request: FastifyRequest): never => {
    throw refuse('BAD_ARGUMENT', `cannot ${request.method} here: /RPC2 is asked with POST, a log with GET`);
  };
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post(RPC, (request, reply) => xmlRpc(world, request, reply));
    scope.get(LOGTAIL, async (request, reply) => {
      const { followProcess } = await import('./logtail.ts');
      followProcess(following(request, reply), ((request.params as { '*'?: string })['*'] ?? '').replace(/^\/+/, ''));
      return reply;
    });
    scope.get(MAINTAIL, async (request, reply) => {
      const { followMain } = await import('./logtail.ts');
      followMain(following(request, reply));
      return reply;
    });
    scope.route({ method: ['GET', ...OTHER_METHODS], url: RPC, handler: wrongMethod });
    scope.route({ method: ['POST', ...OTHER_METHODS], url: LOGTAIL, handler: wrongMethod });
    scope.route({ method: ['POST', ...OTHER_METHODS], url: MAINTAIL, handler: wrongMethod });
  });
}
