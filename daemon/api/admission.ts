// Who gets past the door: where a request comes from, who sends it, and whether the role suffices. Before any body is read.
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { USER_HEADER } from '../contract/rest.ts';
import type { Route } from '../contract/routes.ts';
import type { Caller, Control } from '../runtime/control.ts';
import { allows, createAuth } from './auth.ts';
import { refuse, RefusedError } from './error-answer.ts';
import { guard } from './guard.ts';
import type { RequestHead } from './guard.ts';
import type { ApiLimits } from './limits.ts';
import type { Listener } from './listener.ts';

export interface Arriving {
  readonly message: IncomingMessage;
  readonly listener: Listener;
  /** undefined: no such address. */
  readonly route: Route | undefined;
  /** Writes the refusal into the audit trail. */
  readonly note: (caller: Caller, why: string) => void;
}

export type Admit = (arriving: Arriving) => Promise<Caller>;

/** Who asks where nobody needs to say. */
export const NOBODY: Caller = { who: 'anonymous', role: 'read' };

const header = (message: IncomingMessage, name: string): string | undefined => {
  const value = message.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

function headOf(message: IncomingMessage): RequestHead {
  return {
    method: message.method ?? 'GET', host: header(message, 'host'), origin: header(message, 'origin'), referer: header(message, 'referer'),
    secFetchSite: header(message, 'sec-fetch-site'), secFetchMode: header(message, 'sec-fetch-mode'), contentType: header(message, 'content-type'),
    hasBody: message.headers['transfer-encoding'] !== undefined || Number(message.headers['content-length'] ?? 0) > 0,
  };
}

function probeOnly(route: Route | undefined): Caller {
  if (route?.probe !== true) throw refuse('UNKNOWN_METHOD', 'cannot answer: this listener serves /livez, /readyz and /metrics only');
  return NOBODY;
}

/** Resolves with the caller, or rejects with the refusal. */
export function createAdmission(control: Control, limits: ApiLimits): Admit {
  const auth = createAuth(() => control.api, limits.failures);
  return async ({ message, listener, route, note }) => {
    if (listener.spec === null) return probeOnly(route);
    const { socket } = message;
    const address = listener.host === null ? 'unix' : (socket.remoteAddress ?? 'unknown');
    const stranger: Caller = { who: address, role: 'read' };
    const foreign = guard(headOf(message), { listenHost: listener.host, localAddress: socket.localAddress, allowedHosts: control.api.allowedHosts, xml: route?.id === 'xmlrpc', locked: listener.spec.credentials !== null });
    if (foreign !== null) {
      note(stranger, foreign.message);
      throw new RefusedError(foreign);
    }
    if (route?.role === null) return NOBODY;
    const result = await auth.identify(listener.spec, { authorization: header(message, 'authorization'), claimedUser: header(message, USER_HEADER), address }, performance.now());
    if ('refusal' in result) {
      // A browser's first request has no credentials: that is how it learns that they are wanted.
      if (result.tried || route?.method === 'POST') note(stranger, result.refusal.message);
      if (result.tried) await delay(limits.failureDelayMs);
      throw new RefusedError(result.refusal, result.headers);
    }
    const needed = route?.role ?? 'read';
    if (allows(result.caller.role, needed)) return result.caller;
    const why = `cannot ${route?.id ?? 'do it'}: ${result.caller.who} has the role ${result.caller.role}, and it takes ${needed}`;
    note(result.caller, why);
    throw refuse('FORBIDDEN', why);
  };
}
