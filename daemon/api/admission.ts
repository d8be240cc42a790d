// Who gets past the door: where a request comes from, who sends it, and whether the role suffices. Before any body is read.
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { CSRF_HEADER } from '../contract/page.ts';
import { USER_HEADER } from '../contract/rest.ts';
import { allows } from '../contract/roles.ts';
import type { Route } from '../contract/routes.ts';
import type { Caller, Control } from '../runtime/control.ts';
import { createAuth } from './auth.ts';
import type { Auth, AuthResult, Login, Refused } from './auth.ts';
import { cookieName, noCookie, readCookies } from './cookie.ts';
import { refuse, RefusedError } from './error-answer.ts';
import { guard } from './guard.ts';
import type { RequestHead } from './guard.ts';
import type { ApiLimits } from './limits.ts';
import type { Listener } from './listener.ts';
import { hasToken } from './session.ts';
import type { Session, Sessions } from './session.ts';

/** What is asked for, after "cannot": `restart`, `use job run`. */
function verb(id: string | undefined): string {
  if (id === undefined) return 'do it';
  return /^[a-z]+$/.test(id) ? id : `use ${id.replaceAll('-', ' ')}`;
}

export interface Arriving {
  readonly message: IncomingMessage;
  readonly listener: Listener;
  /** undefined: no such address. */
  readonly route: Route | undefined;
  /** Writes the refusal into the audit trail. */
  readonly note: (caller: Caller, why: string) => void;
}

export interface Admitted {
  readonly caller: Caller;
  /** null: he is known by something else, or is nobody. */
  readonly session: Session | null;
  /** False: he may not see anything, and asks an address that is for everybody. */
  readonly known: boolean;
  /** For the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Admission {
  /** Resolves with who asks, or rejects with the refusal. */
  readonly admit: (arriving: Arriving) => Promise<Admitted>;
  /** Begins a session, or rejects with the refusal: noted, counted and held back as any wrong credentials are. */
  readonly login: (arriving: Pick<Arriving, 'message' | 'listener' | 'note'>, login: Login) => Promise<{ readonly id: string; readonly session: Session }>;
  readonly logins: (listener: Listener) => ReturnType<Auth['logins']>;
}

/** Who asks where nobody needs to say. */
export const NOBODY: Caller = { who: 'anonymous', role: 'read' };
const ANYBODY: Admitted = { caller: NOBODY, session: null, known: false, headers: {} };

const header = (message: IncomingMessage, name: string): string | undefined => {
  const value = message.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** Where a request comes from, as wrong credentials are counted by it. */
export function addressOf(message: IncomingMessage, listener: Listener): string {
  return listener.host === null ? 'unix' : (message.socket.remoteAddress ?? 'unknown');
}

function headOf(message: IncomingMessage): RequestHead {
  return {
    method: message.method ?? 'GET', host: header(message, 'host'), origin: header(message, 'origin'), referer: header(message, 'referer'),
    secFetchSite: header(message, 'sec-fetch-site'), secFetchMode: header(message, 'sec-fetch-mode'), contentType: header(message, 'content-type'),
    hasBody: message.headers['transfer-encoding'] !== undefined || Number(message.headers['content-length'] ?? 0) > 0,
  };
}

/** Where the files of the page are, which are the same for everybody. */
const ASSETS = '/assets/';

/** Asked by those who are not logged in, too; but who is, is told so. */
const FOR_STRANGERS: ReadonlySet<string> = new Set(['session', 'logout']);

function probeOnly(route: Route | undefined): Admitted {
  if (route?.probe !== true) throw refuse('UNKNOWN_METHOD', 'cannot answer: this listener serves /livez, /readyz and /metrics only');
  return ANYBODY;
}

/** A browser answers WWW-Authenticate with a dialog of its own, which is not what a page wants that asked by itself. */
function asksByScript(message: IncomingMessage): boolean {
  const dest = header(message, 'sec-fetch-dest');
  // Over plain http from elsewhere browsers say no sec-fetch-dest.
  return (dest !== undefined && dest !== 'document') || message.headers[CSRF_HEADER] !== undefined || header(message, 'accept') === 'text/event-stream';
}

function refusedHeaders(message: IncomingMessage, result: Refused, cookie: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'www-authenticate': _challenge, ...rest } = result.headers;
  return { ...(asksByScript(message) ? rest : result.headers), ...cookie };
}

const changes = (message: IncomingMessage): boolean => message.method !== 'GET' && message.method !== 'HEAD';

/** `sessions` may be older than this admission: they outlive a listener that moves. */
export function createAdmission(control: Control, limits: ApiLimits, sessions: Sessions): Admission {
  const auth = createAuth(() => control.api, limits.failures, sessions);
  const admit = async ({ message, listener, route, note }: Arriving): Promise<Admitted> => {
    if (listener.spec === null) return probeOnly(route);
    const { socket } = message;
    const address = addressOf(message, listener);
    const stranger: Caller = { who: address, role: 'read' };
    const foreign = guard(headOf(message), {
      listenHost: listener.host, localAddress: socket.localAddress, allowedHosts: control.api.allowedHosts, xml: route?.id === 'xmlrpc', locked: listener.spec.credentials !== null,
      asset: route?.id === 'page' && route.path.startsWith(ASSETS),
    });
    if (foreign !== null) {
      note(stranger, foreign.message);
      throw new RefusedError(foreign);
    }
    const forStrangers = route !== undefined && FOR_STRANGERS.has(route.id);
    if (route?.role === null && !forStrangers) return ANYBODY;
    const name = cookieName(header(message, 'host'));
    const cookies = readCookies(message.headers.cookie, name);
    const result: AuthResult = await auth.identify(listener.spec, { authorization: header(message, 'authorization'), claimedUser: header(message, USER_HEADER), address, cookies }, performance.now());
    const session = 'refusal' in result ? null : result.session;
    // One that nobody knows any more is of no use to the browser either.
    const headers = cookies.length > 0 && session === null ? { 'set-cookie': noCookie(message.headers.cookie, name) } : {};
    if ('refusal' in result) {
      if (forStrangers && !result.tried) return { ...ANYBODY, headers };
      // A browser's first request has no credentials: that is how it learns that they are wanted.
      if (result.tried || route?.method === 'POST') note(stranger, result.refusal.message);
      if (result.tried) await delay(limits.failureDelayMs);
      throw new RefusedError(result.refusal, refusedHeaders(message, result, headers));
    }
    const { caller } = result;
    if (session !== null && changes(message) && !hasToken(session, header(message, CSRF_HEADER))) {
      const why = `cannot ${verb(route?.id)}: the request has not the token of ${caller.who}'s session (${CSRF_HEADER}); load the page again`;
      note(caller, why);
      throw refuse('FORBIDDEN', why);
    }
    const needed = route?.role ?? 'read';
    if (allows(caller.role, needed)) return { caller, session, known: true, headers };
    const why = `cannot ${verb(route?.id)}: ${caller.who} has the role ${caller.role}, and it takes ${needed}`;
    note(caller, why);
    throw refuse('FORBIDDEN', why);
  };
  return {
    admit,
    logins: (listener) => (listener.spec === null ? { users: false, tokens: false } : auth.logins(listener.spec)),
    async login({ message, listener, note }, login) {
      if (listener.spec === null) throw refuse('UNKNOWN_METHOD', 'cannot log in: this listener serves /livez, /readyz and /metrics only');
      const address = addressOf(message, listener);
      const cookies = readCookies(message.headers.cookie, cookieName(header(message, 'host')));
      const result = await auth.login(listener.spec, login, { address, cookies }, performance.now());
      if (!('refusal' in result)) return result;
      note({ who: address, role: 'read' }, result.refusal.message);
      await delay(limits.failureDelayMs);
      throw new RefusedError(result.refusal, refusedHeaders(message, result, {}));
    },
  };
}
