// Requests of the control API, counted by route and class of status. One set of counts for a daemon, through all moves of its door.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { REQUEST_BUCKETS } from '../contract/metric-buckets.ts';
import type { Route } from '../contract/routes.ts';
import { Counts, Histogram } from '../runtime/counts.ts';

export interface RequestCounts {
  /** By route and class of status. */
  readonly answers: Counts;
  /** By route, in seconds. */
  readonly times: Map<string, Histogram>;
}

/** Routes are those of the table, and one for all addresses that are none. */
const NO_ROUTE = 'none';
/** More than there are routes and classes. */
const MAX_ROWS = 2048;

const known = new WeakMap<object, RequestCounts>();

/** Of the daemon behind this control. */
export function requestCountsOf(control: object): RequestCounts {
  const found = known.get(control);
  if (found) return found;
  const made: RequestCounts = { answers: new Counts(MAX_ROWS, [0]), times: new Map() };
  known.set(control, made);
  return made;
}

function has(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && name in value;
}

/** Whose time is the client's own doing. */
function lasts(route: Route, { query, body }: FastifyRequest): boolean {
  return route.answer === 'stream' || route.id === 'wait' || has(query, 'wait') || has(body, 'wait') || has(query, 'follow');
}

/** Counts what `app` answers from now on. */
export function countRequests(app: FastifyInstance, control: object, routeOf: (request: FastifyRequest) => Route | undefined): void {
  const { answers, times } = requestCountsOf(control);
  app.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const route = routeOf(request);
    const id = route?.id ?? NO_ROUTE;
    answers.add([id, `${Math.floor(reply.statusCode / 100)}xx`]);
    if (route !== undefined && !lasts(route, request)) {
      let histogram = times.get(id);
      if (!histogram) times.set(id, histogram = new Histogram(REQUEST_BUCKETS));
      histogram.observe(reply.elapsedTime / 1000);
    }
    done();
  });
}
