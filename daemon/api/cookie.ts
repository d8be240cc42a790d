// The cookie of a session: its name, what a request brings, and what an answer sets.
// Whoever serves a page on another port of this host, or of a name below it, may set cookies of our name beside ours: all are looked at, and
// over https ours has a name that only this host itself may set (`__Host-`).
import { SESSION_COOKIE } from '../contract/page.ts';
import { LONGEST_MS } from './session.ts';

/** A browser takes a cookie of this name from this host alone, over https, for all paths. */
const HOST_ONLY = '__Host-';
/** Cookies of our name that are looked at in one request. */
const MAX_VALUES = 8;

/** Browsers give cookies to every port of a host: the port is in the name, so that one daemon does not log out the other. */
export function cookieName(host: string | undefined): string {
  const port = /:(\d{1,5})$/.exec(host ?? '')?.[1];
  return port === undefined ? SESSION_COOKIE : `${SESSION_COOKIE}_${port}`;
}

/** The values of our cookie, those first that no other host can have set; at most MAX_VALUES. A value that cannot be ours is one nobody knows. */
export function readCookies(header: string | undefined, name: string): readonly string[] {
  const sure: string[] = [];
  const others: string[] = [];
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    const written = at > 0 ? part.slice(0, at).trim() : '';
    if (written === HOST_ONLY + name) sure.push(part.slice(at + 1).trim());
    else if (written === name) others.push(part.slice(at + 1).trim());
  }
  return [...sure, ...others].slice(0, MAX_VALUES);
}

/** Set-Cookie for a session that began. `origin` is the page's; over https the cookie goes over https alone. */
export function sessionCookie(name: string, id: string, origin: string | undefined): string {
  const secure = /^https:/i.test(origin ?? '');
  return `${secure ? HOST_ONLY : ''}${name}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${LONGEST_MS / 1000}${secure ? '; Secure' : ''}`;
}

/** Set-Cookie that takes it away, in the form in which the request brought it. */
export function noCookie(header: string | undefined, name: string): string {
  const secure = header?.includes(`${HOST_ONLY}${name}=`) === true;
  return `${secure ? HOST_ONLY : ''}${name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0${secure ? '; Secure' : ''}`;
}
