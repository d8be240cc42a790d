// May this request be looked at, wherever it comes from? Host against DNS rebinding, Origin against foreign pages,
// and a form of body that no HTML form can send. Pure: headers in, a reason or nothing out.
import type { CommandError } from '../contract/errors.ts';

export interface RequestHead {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
  readonly secFetchMode: string | undefined;
  readonly referer: string | undefined;
  readonly contentType: string | undefined;
  readonly hasBody: boolean;
}

export interface Arrival {
  /** null: a unix socket, which no name leads to. */
  readonly listenHost: string | null;
  /** The address of this machine that the client connected to. */
  readonly localAddress: string | undefined;
  readonly allowedHosts: readonly string[];
  /** XML-RPC: clients of supervisord name their body as they please, but a form of a page cannot be named XML. */
  readonly xml?: boolean;
  /** The listener has a password of its own (INI). */
  readonly locked?: boolean;
  /** A script, style or picture of the page, which anyone may read: a page that is refused must be able to say why. */
  readonly asset?: boolean;
}

/** `name:port`, `1.2.3.4`, `[::1]:9001` -> the name alone, in lower case; undefined when it is not of that form. */
export function hostName(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}

export function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

const plainAddress = (address: string): string => address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');

function isAllowed(host: string, allowed: readonly string[]): boolean {
  const name = hostName(host);
  return allowed.some((one) => one.toLowerCase() === host.toLowerCase() || one.toLowerCase() === name);
}

function hostProblem(head: RequestHead, arrival: Arrival): string | null {
  if (arrival.listenHost === null) return null;
  const name = head.host === undefined ? undefined : hostName(head.host);
  if (head.host === undefined || name === undefined) return 'it names no host';
  // Addresses are the machine's own: a page can be led here under a foreign name only.
  const own = [arrival.listenHost, ...(arrival.localAddress === undefined ? [] : [plainAddress(arrival.localAddress)])].map((one) => one.toLowerCase());
  if (isLoopback(name) || own.includes(name) || isAllowed(head.host, arrival.allowedHosts)) return null;
  return `the host ${JSON.stringify(name.slice(0, 100))} is not one of this server's names; add it to [api] allowed_hosts if it is`;
}

const fromAnotherSite = (head: RequestHead): boolean => head.secFetchSite === 'cross-site' || head.secFetchSite === 'same-site';

function originProblem(head: RequestHead, arrival: Arrival): string | null {
  if (head.origin === undefined) {
    // A link that somebody followed may lead here; what a foreign page fetches by itself may not.
    return fromAnotherSite(head) && !(head.method === 'GET' && head.secFetchMode === 'navigate') ? 'it comes from a page of another site' : null;
  }
  const origin = /^https?:\/\/(.+)$/i.exec(head.origin)?.[1];
  if (origin !== undefined && head.host !== undefined && origin.toLowerCase() === head.host.toLowerCase()) return null;
  if (origin !== undefined && isAllowed(origin, arrival.allowedHosts)) return null;
  return `it comes from the page ${JSON.stringify(head.origin.slice(0, 100))}, which is not ours; a proxy must pass Host on as it came, or [api] allowed_hosts name that page's host`;
}

/** A browser says where a POST comes from; no page can keep it from that. */
function fromBrowser(head: RequestHead): boolean {
  return head.origin !== undefined || head.secFetchSite !== undefined || head.referer !== undefined;
}

/**
 * Clients of supervisord come by any name of the machine (http://web:9001). A page that was led here under a foreign name cannot
 * pass for one of them: it has not the password, and its POST names its origin.
 */
function anyName(head: RequestHead, arrival: Arrival): boolean {
  return arrival.locked === true || (arrival.xml === true && head.method === 'POST' && !fromBrowser(head));
}

function bodyProblem(head: RequestHead, xml: boolean): string | null {
  if (head.method === 'GET' || head.method === 'HEAD') return null;
  const type = head.contentType?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json' || (xml && (type === 'text/xml' || type === 'application/xml'))) return null;
  if (!xml && (type !== undefined || head.hasBody)) return 'its body is not application/json';
  return fromBrowser(head) ? `a page must send its body as ${xml ? 'text/xml' : 'application/json'}` : null;
}

/** Why this request must not be looked at, or null. */
export function guard(head: RequestHead, arrival: Arrival): CommandError | null {
  const foreign = (anyName(head, arrival) ? null : hostProblem(head, arrival)) ?? (arrival.asset === true && head.method === 'GET' && !fromAnotherSite(head) ? null : originProblem(head, arrival));
  if (foreign !== null) return { code: 'FORBIDDEN', message: `cannot take the request: ${foreign}` };
  const body = bodyProblem(head, arrival.xml === true);
  return body === null ? null : { code: 'BAD_ARGUMENT', message: `cannot take the request: ${body}` };
}
