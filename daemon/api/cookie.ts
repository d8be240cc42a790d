// The cookie of a session: its name, what a request brings, and what an answer sets.
import { SESSION_COOKIE } from '../contract/page.ts';
import { LONGEST_MS } from './session.ts';

/** Browsers give cookies to every port of a host: the port is in the name, so that one daemon does not log out the other. */
export function cookieName(host: string | undefined): string {
  const port = /:(\d{1,5})$/.exec(host ?? '')?.[1];
  return port === undefined ? SESSION_COOKIE : `${SESSION_COOKIE}_${port}`;
}

/** The value of our cookie; undefined when there is none. A value that cannot be ours is one nobody knows. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/** Set-Cookie for a session that began. `origin` is the page's; over https the cookie goes over https alone. */
export function sessionCookie(name: string, id: string, origin: string | undefined): string {
  const secure = /^https:/i.test(origin ?? '') ? '; Secure' : '';
  return `${name}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${LONGEST_MS / 1000}${secure}`;
}

/** Set-Cookie that takes it away. */
export function noCookie(name: string): string {
  return `${name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
}
