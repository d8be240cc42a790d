// The web page, where it is wanted: on TCP, for those who take HTML. What sends its files is loaded by the first browser.
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Route } from '../contract/routes.ts';
import type { Control } from '../runtime/control.ts';
import type { ApiLimits } from './limits.ts';
import type { Listener } from './listener.ts';
import type { PageFiles } from './page-files.ts';

export interface PageWorld {
  readonly control: Control;
  readonly limits: ApiLimits;
  readonly warn: (message: string) => void;
  readonly listenerOf: (request: FastifyRequest) => Listener;
  /** Ends the request as one for an address that is not there. */
  readonly noRoute: (request: FastifyRequest) => never;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the page was built to. */
  readonly directory: string;
}

/** Within a bundle this is dist/chunks; from source it is daemon/api. */
const HERE = import.meta.dirname;
const IS_BUNDLE = basename(HERE) === 'chunks';

/** Where scripts/build.ts puts the page. */
export const PAGE_DIRECTORY = IS_BUNDLE ? join(HERE, '..', 'web-ui') : join(HERE, '..', '..', 'dist', 'web-ui');

const FILES = ['/index.html', '/assets/*', String.raw`/:file(^[\w-]+\.(?:svg|ico|png|webmanifest)$)`] as const;

function route(path: string): Route {
  return { id: 'page', method: 'GET', path, role: null, says: 'A file of the web page.', answer: 'value', produces: 'text', args: {} };
}

/** What admission asks of each address, by `METHOD pattern`. */
export const PAGE_ROUTES: ReadonlyMap<string, Route> = new Map(FILES.map((path) => [`GET ${path}`, route(path)]));

function plainText(version: string, missing: boolean): string {
  const start = `This is reeve ${version}, a process supervisor. In a shell: reevectl status. For programs: GET /v1/status, described by /v1/openapi.json.\n`;
  if (!missing) return start;
  return `${start}There is no web page here: ${IS_BUNDLE ? 'this installation was made without it' : 'it is not built'}. "npm run build" in the checkout makes it; the daemon need not be restarted.\n`;
}

const takesHtml = (request: FastifyRequest): boolean => /\btext\/html\b/.test(request.headers.accept ?? '');

/** Adds `/` and the addresses of the page's files. */
export function addPageRoutes(app: FastifyInstance, world: PageWorld): void {
  const { control, directory } = world;
  let files: Promise<PageFiles> | null = null;
  const open = (): Promise<PageFiles> =>
    (files ??= import('./page-files.ts').then(({ openPageFiles }) => openPageFiles(directory, world.headers, world.limits.requestMs, world.warn)));
  const isThere = (): boolean => existsSync(join(directory, 'index.html'));
  const onTcp = (request: FastifyRequest): boolean => world.listenerOf(request).host !== null;

  const send = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const opened = await open().catch((error: unknown) => {
      // The next one tries again.
      files = null;
      throw error;
    });
    opened.send(request, reply);
    return reply;
  };

  app.route({
    method: ['GET', 'HEAD'],
    url: '/',
    handler: (request, reply) => {
      const page = onTcp(request) && takesHtml(request);
      if (page && isThere()) return send(request, reply);
      return reply.type('text/plain; charset=utf-8').header('vary', 'accept').send(plainText(control.version, page));
    },
  });
  for (const url of FILES) {
    app.route({ method: ['GET', 'HEAD'], url, handler: (request, reply) => (onTcp(request) && isThere() ? send(request, reply) : world.noRoute(request)) });
  }
}
