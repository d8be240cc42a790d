// An example as a request: its address, its body, and the curl command that a shell would run. Browser-safe.
import type { Json } from './reports.ts';
import type { CurlServer } from './example-servers.ts';
import type { Example } from './example.ts';
import { ROUTES } from './routes.ts';
import type { Route } from './routes.ts';
import { shellText } from './shell-words.ts';

/** An example as a request. */
export interface ExampleRequest {
  readonly method: 'GET' | 'POST';
  /** With the query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json | null;
}

type Kept = Readonly<Record<string, string>>;

function fill(value: Json, kept: Kept): Json {
  if (typeof value === 'string') return value.replace(/^((?:\w+:)?)\$(\w+)$/, (whole, kind: string, word: string) => (kept[word] === undefined ? whole : kind + kept[word]));
  return Array.isArray(value) ? value.map((one: Json) => fill(one, kept)) : value;
}

/** The route of an example. Every example has one: RouteId says so. */
export function routeOf(example: Example): Route {
  const route = ROUTES.find((one) => one.id === example.route);
  if (route === undefined) throw new Error(`there is no route ${example.route}`);
  return route;
}

const filled = (map: Readonly<Record<string, string>>, kept: Kept): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, String(fill(value, kept))]));

/** Arguments with what earlier answers told (`kept`) in place of `$word`. */
export function argsOf(example: Example, kept: Kept): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(example.args ?? {}).map(([name, value]) => [name, fill(value, kept)]));
}

/** Arguments go into the path where it names them, into the body of a POST, and into the query otherwise; `wait` always into the query. */
export function requestOf(example: Example, kept: Kept): ExampleRequest {
  const route = routeOf(example);
  let path = route.path;
  const query: string[] = [];
  const body: Record<string, Json> = {};
  for (const [name, value] of Object.entries(argsOf(example, kept))) {
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, encodeURIComponent(String(value)));
    else if (route.method === 'POST' && name !== 'wait') body[name] = value;
    else for (const one of Array.isArray(value) ? value : [value]) query.push(`${name}=${encodeURIComponent(String(one))}`);
  }
  return {
    method: route.method, target: query.length === 0 ? path : `${path}?${query.join('&')}`,
    headers: { ...(example.accept === undefined ? {} : { Accept: example.accept }), ...filled(example.headers ?? {}, kept) },
        body: route.method === 'POST' && Object.keys(body).length > 0 ? body : null,
  };
}

/** The words of the command. */
function words({ method, target, headers, body }: ExampleRequest, server: CurlServer): string[] {
  const address = 'unix' in server ? ['--unix-socket', server.unix] : server.user === null ? [] : ['-u', server.user];
  return [
    'curl', '-sS', ...address,
    // A body makes curl POST by itself.
    ...(method === 'POST' && body === null ? ['-X', 'POST'] : []),
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...(body === null ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)]),
    `${'unix' in server ? 'http://localhost' : server.url}${target}`,
  ];
}

/** The request as a line for a shell. */
export function curlOf(request: ExampleRequest, server: CurlServer): string {
  return shellText(words(request, server));
}
