// Who asks, and what that allows: the file mode for a unix socket, Basic or Bearer credentials elsewhere, the read role for nobody.
import { createHmac, randomBytes } from 'node:crypto';
import type { ApiSpec, ListenSpec, Role, UserSpec } from '../../config/spec.ts';
import type { CommandError } from '../contract/errors.ts';
import type { Caller } from '../runtime/control.ts';
import { createFailures } from './failures.ts';
import { passwordMatches, sameText } from './password.ts';

export interface Credentials {
  readonly authorization: string | undefined;
  /** What reevectl says about its user; for the audit trail only. */
  readonly claimedUser: string | undefined;
  /** Remote address; `unix` for a unix socket. */
  readonly address: string;
}

export type AuthResult = { readonly caller: Caller } | { readonly refusal: CommandError; readonly headers: Readonly<Record<string, string>>; readonly tried: boolean };

export interface Auth {
  /** `now` is monotonic, in ms. */
  identify(listen: ListenSpec, given: Credentials, now: number): Promise<AuthResult>;
}

/** Verified credentials are remembered (as a keyed hash) this long, so that scrypt is not run per request. */
const CACHE_MS = 300_000;
const CACHE_SIZE = 64;
/** scrypt runs at once; each may take tens of MB. */
const MAX_CHECKS = 4;
const CHALLENGE = { 'www-authenticate': 'Basic realm="default", charset="UTF-8"' };

const RANK: Readonly<Record<Role, number>> = { read: 0, operate: 1, admin: 2 };

/** True when `role` includes `needed`. */
export function allows(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

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

async function match(listen: ListenSpec, api: ApiSpec, authorization: string): Promise<Caller | null> {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token !== undefined) {
    if (listen.credentials !== null) return null;
    // All are compared, so that the time does not tell which one was nearly right.
    const hits = api.tokens.filter((one) => sameText(one.token, token));
    return hits[0] ? { who: hits[0].name, role: hits[0].role } : null;
  }
  const basic = basicOf(authorization);
  if (basic === null) return null;
  const users = usersOf(listen, api);
  const user = users.find((one) => sameText(one.name, basic.name));
  // An unknown name costs as much as a known one: somebody's password is tried in vain.
  const matches = await passwordMatches((user ?? users[0])?.password ?? '', basic.password);
  return matches && user ? { who: user.name, role: user.role } : null;
}

/** Judges credentials for all listeners of one API. `current` is the configuration as it is now; a reload may replace it. */
export function createAuth(current: () => ApiSpec, failureLimit: number): Auth {
  const failures = createFailures(failureLimit);
  const key = randomBytes(32);
  const known = new Map<string, { caller: Caller; until: number }>();
  let checks = 0;
  let judged: ApiSpec | null = null;

  // Who was removed from the file is a stranger at once.
  const spec = (): ApiSpec => {
    const api = current();
    if (api !== judged) known.clear();
    judged = api;
    return api;
  };

  const remember = (id: string, caller: Caller, now: number): void => {
    const oldest = known.size >= CACHE_SIZE ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(id, { caller, until: now + CACHE_MS });
  };

  const busy = (message: string, afterMs: number): AuthResult => ({
    refusal: { code: 'BUSY', message }, headers: { 'retry-after': String(Math.ceil(afterMs / 1000)) }, tried: true,
  });

  const verify = async (api: ApiSpec, listen: ListenSpec, given: Credentials, authorization: string, now: number): Promise<AuthResult> => {
    const scope = listen.credentials === null ? 'api' : JSON.stringify(listen.address);
    const id = createHmac('sha256', key).update(`${scope}\0${authorization}`).digest('base64');
    const hit = known.get(id);
    if (hit !== undefined && hit.until > now) return { caller: hit.caller };
    // On a unix socket everybody has the same address, and one could lock out all; who may knock there is said by its mode.
    const counted = !('unix' in listen.address);
    const blocked = counted ? failures.blockedMs(given.address, now) : 0;
    if (blocked > 0) return busy(`cannot check the credentials: too many wrong ones from ${given.address} within a minute`, blocked);
    if (checks >= MAX_CHECKS) return busy('cannot check the credentials: too many are being checked', 1000);
    checks++;
    const caller = await match(listen, api, authorization).finally(() => checks--);
    if (caller !== null) {
      // Unless the file was replaced while scrypt ran.
      if (api === judged) remember(id, caller, now);
      return { caller };
    }
    if (counted) failures.note(given.address, now);
    return { refusal: { code: 'UNAUTHENTICATED', message: 'cannot let you in: user, password or token are wrong' }, headers: CHALLENGE, tried: true };
  };

  return {
    async identify(listen, given, now) {
      const api = spec();
      const unix = 'unix' in listen.address;
      if (unix && listen.credentials === null) return { caller: unixCaller(given.claimedUser) };
      const wanted = listen.credentials !== null || api.users.length > 0 || api.tokens.length > 0;
      if (given.authorization !== undefined && wanted) return verify(api, listen, given, given.authorization, now);
      if (listen.open && listen.credentials === null) return { caller: { who: 'anonymous', role: 'admin' } };
      if (!wanted) return { caller: { who: 'anonymous', role: 'read' } };
      return { refusal: { code: 'UNAUTHENTICATED', message: 'cannot let you in: this server wants a user and password, or a token' }, headers: CHALLENGE, tried: false };
    },
  };
}
