// Who asks, and what that allows: the file mode for a unix socket, Basic or Bearer credentials elsewhere, the read role for nobody.
import { createHmac, randomBytes } from 'node:crypto';
import type { ApiSpec, ListenSpec, TokenSpec, UserSpec } from '../../config/api-spec.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Caller } from '../runtime/control.ts';
import { createFailures } from './failures.ts';
import { isSlow, passwordMatches, sameText } from './password.ts';
import type { Session, Sessions } from './session.ts';

export interface Credentials {
  readonly authorization: string | undefined;
  /** What reevectl says about its user; for the audit trail only. */
  readonly claimedUser: string | undefined;
  /** Remote address; `unix` for a unix socket. */
  readonly address: string;
  /** What cookies of a session's name hold; the first that is a session counts. */
  readonly cookies?: readonly string[];
}

/** What a page logs in with. */
export type Login = { readonly name: string; readonly password: string } | { readonly token: string };

export interface Refused {
  readonly refusal: CommandError;
  readonly headers: Readonly<Record<string, string>>;
  /** Credentials came, and were wrong. An unknown cookie is none. */
  readonly tried: boolean;
}

export type AuthResult = { readonly caller: Caller; /** null: he is known by something else. */ readonly session: Session | null } | Refused;

export interface Auth {
  /** `now` is monotonic, in ms. */
  identify(listen: ListenSpec, given: Credentials, now: number): Promise<AuthResult>;
  /** Begins a session in place of those that `cookies` name; wrong credentials are counted as those of `identify` are. */
  login(listen: ListenSpec, login: Login, from: Pick<Credentials, 'address' | 'cookies'>, now: number): Promise<{ readonly id: string; readonly session: Session } | Refused>;
  /** What there is to log in with at this listener. Where everybody may do everything, or nobody has a password, there is nothing. */
  logins(listen: ListenSpec): { readonly users: boolean; readonly tokens: boolean };
}

/** Verified credentials are remembered (as a keyed hash) this long, so that scrypt is not run per request. */
const CACHE_MS = 300_000;
const CACHE_SIZE = 64;
/** scrypt runs at once; each may take tens of MB. */
const MAX_CHECKS = 4;
const CHALLENGE = { 'www-authenticate': 'Basic realm="default", charset="UTF-8"' };

interface Basic {
  readonly name: string;
  readonly password: string;
}

function basicOf(authorization: string): Basic | null {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization)?.[1];
  const [, name, password] = (encoded === undefined ? null : /^([^:]*):([\s\S]*)$/.exec(Buffer.from(encoded, 'base64').toString('utf8'))) ?? [];
  return name === undefined || password === undefined ? null : { name, password };
}

function unixCaller(claimed: string | undefined): Caller {
  const user = claimed?.replace(/[^A-Za-z0-9._@-]/g, '').slice(0, 64) ?? '';
  return { who: user === '' ? 'unix' : `unix:${user}`, role: 'admin' };
}

function usersOf(listen: ListenSpec, api: ApiSpec): readonly UserSpec[] {
  return listen.credentials === null ? api.users : [{ name: listen.credentials.username, password: listen.credentials.password, role: 'admin' }];
}

/** A caller, and the credentials as the configuration has them: a session of theirs ends when they are no longer there. */
interface Match {
  readonly caller: Caller;
  readonly written: readonly string[];
}

/** Credentials of a listener's own are good for that listener alone. */
const userParts = (listen: ListenSpec, user: UserSpec): readonly string[] => ['user', listen.credentials === null ? '' : JSON.stringify(listen.address), user.name, user.password, user.role];
const tokenParts = (token: TokenSpec): readonly string[] => ['token', token.name, token.token, token.role];

async function match(listen: ListenSpec, api: ApiSpec, authorization: string): Promise<Match | null> {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token !== undefined) {
    if (listen.credentials !== null) return null;
    // All are compared, so that the time does not tell which one was nearly right.
    const [hit] = api.tokens.filter((one) => sameText(one.token, token));
    return hit === undefined ? null : { caller: { who: hit.name, role: hit.role }, written: tokenParts(hit) };
  }
  const basic = basicOf(authorization);
  if (basic === null) return null;
  const users = usersOf(listen, api);
  const user = users.find((one) => sameText(one.name, basic.name));
  // Every name costs the same, known or not, and however its password is written: where one takes scrypt, all take it, if in vain.
  const slow = users.find((one) => isSlow(one.password));
  const tried = (user ?? slow ?? users[0])?.password ?? '';
  const matches = await passwordMatches(tried, basic.password);
  if (slow !== undefined && !isSlow(tried)) await passwordMatches(slow.password, basic.password);
  return matches && user ? { caller: { who: user.name, role: user.role }, written: userParts(listen, user) } : null;
}

function headerOf(login: Login): string {
  return 'token' in login ? `Bearer ${login.token}` : `Basic ${Buffer.from(`${login.name}:${login.password}`).toString('base64')}`;
}

/** Judges credentials for all listeners of one API. `current` is the configuration as it is now; a reload may replace it. */
export function createAuth(current: () => ApiSpec, failureLimit: number, sessions: Sessions): Auth {
  const failures = createFailures(failureLimit);
  const key = randomBytes(32);
  const known = new Map<string, Match & { readonly until: number }>();
  let checks = 0;
  let judged: ApiSpec | null = null;
  let prints = new Map<ListenSpec, ReadonlySet<string>>();

  // Who was removed from the file is a stranger at once.
  const spec = (): ApiSpec => {
    const api = current();
    if (api !== judged) {
      known.clear();
      prints = new Map();
    }
    judged = api;
    return api;
  };

  /** Prints of the credentials that hold at this listener. */
  const printsOf = (listen: ListenSpec, api: ApiSpec): ReadonlySet<string> => {
    let found = prints.get(listen);
    if (found === undefined) {
      const written = [...usersOf(listen, api).map((user) => userParts(listen, user)), ...(listen.credentials === null ? api.tokens.map(tokenParts) : [])];
      found = new Set(written.map((parts) => sessions.print(parts)));
      prints.set(listen, found);
    }
    return found;
  };

  const remember = (id: string, found: Match, now: number): void => {
    const oldest = known.size >= CACHE_SIZE ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(id, { ...found, until: now + CACHE_MS });
  };

  const busy = (message: string, afterMs: number): Refused => ({
    refusal: { code: 'BUSY', message }, headers: { 'retry-after': String(Math.ceil(afterMs / 1000)) }, tried: true,
  });

  const verify = async (api: ApiSpec, listen: ListenSpec, given: Credentials, authorization: string, now: number): Promise<Match | Refused> => {
    const scope = listen.credentials === null ? 'api' : JSON.stringify(listen.address);
    const id = createHmac('sha256', key).update(`${scope}\0${authorization}`).digest('base64');
    const hit = known.get(id);
    if (hit !== undefined && hit.until > now) return hit;
    // On a unix socket everybody has the same address, and one could lock out all; who may knock there is said by its mode.
    const counted = !('unix' in listen.address);
    const blocked = counted ? failures.blockedMs(given.address, now) : 0;
    if (blocked > 0) return busy(`cannot check the credentials: too many wrong ones from ${given.address} within a minute`, blocked);
    if (checks >= MAX_CHECKS) return busy('cannot check the credentials: too many are being checked', 1000);
    checks++;
    const found = await match(listen, api, authorization).finally(() => checks--);
    if (found !== null) {
      // Unless the file was replaced while scrypt ran.
      if (api === judged) remember(id, found, now);
      return found;
    }
    if (counted) failures.note(given.address, now);
    return { refusal: { code: 'UNAUTHENTICATED', message: 'cannot let you in: user, password or token are wrong' }, headers: CHALLENGE, tried: true };
  };

  const isWanted = (listen: ListenSpec, api: ApiSpec): boolean => listen.credentials !== null || api.users.length > 0 || api.tokens.length > 0;
  const isOpen = (listen: ListenSpec): boolean => listen.open && listen.credentials === null;

  return {
    async identify(listen, given, now) {
      const api = spec();
      const unix = 'unix' in listen.address;
      if (unix && listen.credentials === null) return { caller: unixCaller(given.claimedUser), session: null };
      const wanted = isWanted(listen, api);
      if (given.authorization !== undefined && wanted) {
        const found = await verify(api, listen, given, given.authorization, now);
        return 'refusal' in found ? found : { caller: found.caller, session: null };
      }
      if (isOpen(listen)) return { caller: { who: 'anonymous', role: 'admin' }, session: null };
      if (!wanted) return { caller: { who: 'anonymous', role: 'read' }, session: null };
      for (const cookie of given.cookies ?? []) {
        const session = sessions.find(cookie, printsOf(listen, api), now);
        if (session !== null) return { caller: session.caller, session };
      }
      return { refusal: { code: 'UNAUTHENTICATED', message: 'cannot let you in: this server wants a user and password, or a token' }, headers: CHALLENGE, tried: false };
    },
    async login(listen, login, { address, cookies }, now) {
      const api = spec();
      const found = await verify(api, listen, { authorization: undefined, claimedUser: undefined, address }, headerOf(login), now);
      if ('refusal' in found) return found;
      for (const cookie of cookies ?? []) {
        const before = sessions.find(cookie, printsOf(listen, api), now);
        if (before !== null) sessions.end(before);
      }
      return sessions.begin(found.caller, sessions.print(found.written), now);
    },
    logins(listen) {
      const api = spec();
      if (isOpen(listen) || ('unix' in listen.address && listen.credentials === null)) return { users: false, tokens: false };
      return { users: listen.credentials !== null || api.users.length > 0, tokens: listen.credentials === null && api.tokens.length > 0 };
    },
  };
}
