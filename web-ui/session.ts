// Who looks at the page, and what that allows. A button that the daemon would refuse is not offered.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { SessionAnswer } from '../daemon/contract/page.ts';
import { allows } from '../daemon/contract/roles.ts';
import type { RouteId } from '../daemon/contract/routes.ts';
import { ask, useToken } from './ask.ts';
import { PAGE_ROUTES } from './route-table.ts';

const ROLE_OF = new Map(PAGE_ROUTES.map((route) => [route.id, route.role]));

export interface Session extends SessionAnswer {
  /** May this be asked? */
  can(route: RouteId): boolean;
}

export function sessionOf(answer: SessionAnswer): Session {
  return {
    ...answer,
    can(route) {
      const needed = ROLE_OF.get(route) ?? null;
      return needed === null || (answer.role !== null && allows(answer.role, needed));
    },
  };
}

async function taken(answer: Promise<SessionAnswer>): Promise<Session> {
  const session = sessionOf(await answer);
  useToken(session.csrf);
  return session;
}

/** Who the daemon takes us for. */
export const whoAmI = (): Promise<Session> => taken(ask('session'));
/** Throws AskError when it is not let in. */
export const logIn = (given: { readonly name: string; readonly password: string } | { readonly token: string }): Promise<Session> => taken(ask('login', { ...given }));
export const logOut = (): Promise<Session> => taken(ask('logout'));

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('a view stands outside of the page');
  return session;
}
