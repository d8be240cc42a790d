// The control API as reevectl sees it: values, operations that are awaited, streams; refusals as one kind of error.
import { ERRORS } from '../daemon/contract/errors.ts';
import type { ErrorCode } from '../daemon/contract/errors.ts';
import type { ErrorAnswer, Operation } from '../daemon/contract/answers.ts';
import type { SnapshotJson } from '../daemon/contract/snapshot.ts';
import { USER_HEADER } from '../daemon/contract/rest.ts';
import { ConnectionError, send } from './http.ts';
import type { HttpAnswer, OnPiece } from './http.ts';
import type { ServerAddress } from './server-address.ts';

/** How long one request waits for an operation before it asks again. */
const WAIT_SLICE_MS = 30_000;
/** On top of what the server was asked to wait. */
const GRACE_MS = 15_000;

export interface Credentials {
  readonly username: string | null;
  readonly password: string | null;
  readonly token: string | null;
}

/** The daemon answered, and said no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly advice: string;
  readonly hint: string | null;
  constructor(code: ErrorCode, message: string, advice: string, hint: string | null) {
    super(message);
    this.code = code;
    this.advice = advice;
    this.hint = hint;
  }
}

/** Query values; undefined ones are left out, lists are repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;

export interface Client {
  readonly address: ServerAddress;
  /** GET with a JSON answer. */
  get<T>(path: string, query?: Query, timeoutMs?: number): Promise<T>;
  /** GET with bytes. */
  bytes(path: string, query?: Query): Promise<HttpAnswer>;
  /** GET whose body is given on as it comes; ends when the server or the signal ends it. */
  stream(path: string, query: Query, accept: string, signal: AbortSignal, onPiece: OnPiece): Promise<void>;
  /** POST; awaits the end of the operation at most `waitMs` (Infinity: as long as it takes). */
  mutate(path: string, body: unknown, waitMs: number): Promise<Operation>;
  /** POST with a JSON answer. */
  post<T>(path: string, body: unknown): Promise<T>;
  /** Awaits an operation begun earlier. */
  operation(id: string, waitMs: number): Promise<Operation>;
  /** Everything that is so; without `jobs` (default) no jobs, runs and breakers, of which there may be thousands. */
  status(jobs?: boolean): Promise<SnapshotJson>;
}

function encode(path: string, query: Query): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [value])
      parts.push(`${key}=${encodeURIComponent(String(one))}`);
  }
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
}

function authorization(credentials: Credentials): Record<string, string> {
  if (credentials.username !== null) {
    return { Authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.password ?? ''}`).toString('base64')}` };
  }
  // A token with a line break would add headers of its own.
  return credentials.token !== null && /^[\x21-\x7e]+$/.test(credentials.token) ? { Authorization: `Bearer ${credentials.token}` } : {};
}

/** Whom the audit trail names. It grants nothing, and what is not a plain name is not sent. */
function userHeader(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const user = env['SUDO_USER'] || env['USER'] || env['LOGNAME'] || (process.getuid?.() === 0 ? 'root' : '');
  return /^[A-Za-z0-9._@-]{1,64}$/.test(user) ? { [USER_HEADER]: user } : {};
}

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'UNKNOWN_METHOD',
  408: 'TIMEOUT',
  413: 'TOO_LARGE',
  429: 'BUSY',
  503: 'SHUTTING_DOWN',
};

function json(answer: HttpAnswer, address: ServerAddress): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    throw new ConnectionError('garbage', `${address.url} is not reeved: its answer is no JSON`);
  }
}

/** The refusal in an answer. What is not ours (a proxy's page) is told by its status. */
function refusal(answer: HttpAnswer): Refusal {
  let said: Partial<ErrorAnswer['error']> = {};
  try {
    said = (JSON.parse(answer.body.toString('utf8')) as Partial<ErrorAnswer>).error ?? {};
  } catch {
    /* told by status below */
  }
  const code = said.code !== undefined && Object.hasOwn(ERRORS, said.code) ? said.code : (BY_STATUS[answer.status] ?? 'FAILED');
  return new Refusal(
    code,
    said.message ?? `${ERRORS[code].says} (HTTP ${answer.status})`,
    said.advice ?? ERRORS[code].advice,
    said.hint ?? null,
  );
}

/** A client of the server at `address`. Every method rejects with Refusal or ConnectionError. */
export function openClient(address: ServerAddress, credentials: Credentials): Client {
  const headers = { ...authorization(credentials), ...('path' in address.connect ? userHeader(process.env) : {}) };
  const call = async (request: Parameters<typeof send>[1]): Promise<HttpAnswer> => {
    const answer = await send(address, { ...request, headers: { Accept: 'application/json', ...headers, ...request.headers } });
    if (answer.status >= 300) throw refusal(answer);
    return answer;
  };
  const get = async <T>(path: string, query: Query = {}, timeoutMs?: number): Promise<T> => {
    const answer = await call({ method: 'GET', path: encode(path, query), ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    return json(answer, address) as T;
  };
  const operation = async (id: string, waitMs: number): Promise<Operation> => {
    const until = Date.now() + waitMs;
    for (;;) {
      const slice = Math.max(0, Math.min(WAIT_SLICE_MS, until - Date.now()));
      const current = await get<Operation>(
        `/v1/operations/${encodeURIComponent(id)}`,
        slice > 0 ? { wait: `${slice}ms` } : {},
        slice + GRACE_MS,
      );
      if (current.endedAt !== null || Date.now() >= until) return current;
    }
  };
  return {
    address,
    get,
    operation,
    bytes: (path, query = {}) => call({ method: 'GET', path: encode(path, query), headers: { Accept: '*/*' } }),
    stream: async (path, query, accept, signal, onPiece) => {
      await send(address, {
        method: 'GET',
        path: encode(path, query),
        headers: { ...headers, Accept: accept },
        timeoutMs: Infinity,
        signal,
        onPiece,
      }).then((answer) => {
        if (answer.status >= 300) throw refusal(answer);
      });
    },
    post: async <T>(path: string, body: unknown) => json(await call({ method: 'POST', path, body }), address) as T,
    mutate: async (path, body, waitMs) => {
      const until = Date.now() + waitMs;
      const slice = Math.min(WAIT_SLICE_MS, waitMs);
      const answer = await call({
        method: 'POST',
        path: encode(path, slice > 0 ? { wait: `${slice}ms` } : {}),
        body,
        timeoutMs: slice + GRACE_MS,
      });
      const first = json(answer, address) as Operation;
      return first.endedAt !== null || Date.now() >= until ? first : operation(first.id, until - Date.now());
    },
    status: (jobs = false) => get<SnapshotJson>('/v1/status', jobs ? {} : { jobs: false }),
  };
}
