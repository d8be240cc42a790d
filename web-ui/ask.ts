// Requests to the daemon, by the table of routes: the path, the method and the type of the answer are declared there.
import { CSRF_HEADER } from '../daemon/contract/page.ts';
import type { ErrorAnswer } from '../daemon/contract/answers.ts';
import type { RestAnswers } from '../daemon/contract/rest.ts';
import { hearDate } from './live/daemon-clock.ts';
import { PAGE_ROUTES } from './route-table.ts';
import type { PageRoute } from './route-table.ts';

/** Values of a request: what stands in the path goes there, the rest into the query or the body. */
export type Values = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

type Problem = ErrorAnswer['error'];

/** The daemon said no, or could not be asked (`code` UNREACHABLE). */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly code: string;
  readonly advice: string;
  constructor(problem: Pick<Problem, 'code' | 'message' | 'advice'> | { readonly code: 'UNREACHABLE'; readonly message: string; readonly advice: string }, hint?: string) {
    super(problem.message);
    this.code = problem.code;
    this.advice = hint ?? problem.advice;
  }
}

const BY_ID = new Map(PAGE_ROUTES.map((route): [string, PageRoute] => [route.id, route]));

let csrf: string | null = null;
let onStranger: () => void = () => {};

/** Set by the session: its token, which goes with every request that changes something. */
export function useToken(token: string | null): void {
  csrf = token;
}

/** `then` is called when the daemon does not know us any more. */
export function whenStranger(then: () => void): void {
  onStranger = then;
}

/** Part of a path. A browser takes `.` and `..` for steps within it, however they are written: an address that somebody was sent would lead elsewhere. */
function segment(text: string): string {
  if (text === '.' || text === '..') throw new AskError({ code: 'NOT_FOUND', message: `there is nothing named ${text}`, advice: 'Look at the address of this view.' });
  return encodeURIComponent(text);
}

/** Method, address (relative, so that a proxy may serve the page below any path) and body of a request. */
export function requestOf(route: Pick<PageRoute, 'method' | 'path'>, values: Values): { readonly url: string; readonly method: string; readonly body: string | undefined } {
  const rest: Record<string, unknown> = {};
  let path = route.path;
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, segment(String(value)));
    else rest[name] = value;
  }
  const url = `.${path}`;
  if (route.method === 'POST') return { url, method: 'POST', body: JSON.stringify(rest) };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(rest)) for (const one of Array.isArray(value) ? (value as string[]) : [value]) query.append(name, String(one));
  const tail = query.toString();
  return { url: tail === '' ? url : `${url}?${tail}`, method: 'GET', body: undefined };
}

async function refusal(response: Response): Promise<AskError> {
  const body = (await response.json().catch(() => null)) as ErrorAnswer | null;
  if (response.status === 401) onStranger();
  if (body?.error === undefined) return new AskError({ code: 'UNREACHABLE', message: `the server answered ${response.status}`, advice: 'Look whether a proxy stands between this page and reeved.' });
  return new AskError(body.error, body.error.hint);
}

/** Any request. Throws AskError; a request that was given up by `signal` throws its AbortError. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    // With the header, empty or not, the daemon knows a page: it opens no dialog of the browser's own.
    response = await fetch(url, { credentials: 'same-origin', cache: 'no-store', ...init, headers: { [CSRF_HEADER]: csrf ?? '', ...init.headers as Record<string, string> } });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new AskError({ code: 'UNREACHABLE', message: 'cannot reach reeved', advice: 'It may be down or restarting; this page tries again by itself.' });
  }
  hearDate(response.headers.get('date'));
  if (!response.ok) throw await refusal(response);
  return response;
}

/** The address of a route, for links and streams. */
export function addressOf(id: string, values: Values): string {
  const route = BY_ID.get(id);
  if (route === undefined) throw new Error(`no route ${id}`);
  return requestOf(route, values).url;
}

/** Asks a route and resolves with its answer. Throws AskError. */
export async function ask<N extends keyof RestAnswers>(id: N, values: Values = {}, signal?: AbortSignal): Promise<RestAnswers[N]> {
  const route = BY_ID.get(id);
  if (route === undefined) throw new Error(`no route ${id}`);
  const { url, method, body } = requestOf(route, values);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await send(url, { method, headers, ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) });
  return (await response.json()) as RestAnswers[N];
}
