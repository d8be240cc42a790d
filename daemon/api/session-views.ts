// Logging in and out for a page, and who one is there.
import type { CommandError } from '../contract/errors.ts';
import type { SessionAnswer } from '../contract/page.ts';
import type { Caller } from '../runtime/control.ts';
import type { Login } from './auth.ts';
import type { Context, Handler } from './context.ts';
import { textOf } from './context.ts';
import { cookieName, noCookie, sessionCookie } from './cookie.ts';
import { refuse } from './error-answer.ts';
import type { Session, Sessions } from './session.ts';

/** Who asks, for those who ask about that. */
export interface Visitor {
  /** False: he may not see anything yet. */
  readonly known: boolean;
  readonly session: Session | null;
  readonly logins: { readonly users: boolean; readonly tokens: boolean };
  readonly sessions: Sessions;
  /** Rejects with the refusal, after a while, when the credentials are wrong. */
  login(login: Login): Promise<{ readonly id: string; readonly session: Session }>;
  /** Writes into the audit trail that he came or went. */
  note(action: 'login' | 'logout', caller: Caller): void;
}

function answer({ control }: Context, logins: Visitor['logins'], who: SessionAnswer['who'], role: SessionAnswer['role'], open: { readonly session: Session; readonly sessions: Sessions } | null): SessionAnswer {
  const left = open?.sessions.left(open.session, performance.now());
  const { identifier } = control.snapshot().daemon;
  return {
    who, role, login: logins, csrf: open?.session.csrf ?? null, expiresAt: left === undefined ? null : Math.round(Date.now() + Math.min(left.idleMs, left.longestMs)),
    version: role === null ? null : control.version, identifier: role === null ? null : identifier,
  };
}

const session: Handler = (context): SessionAnswer => {
  const { known, session: open, logins, sessions } = context.visitor();
  const { who, role } = context.caller;
  return known ? answer(context, logins, who, role, open === null ? null : { session: open, sessions }) : answer(context, logins, null, null, null);
};

function loginOf(context: Context): Login | CommandError {
  // An address is written down by proxies, histories and logs.
  if (Object.keys(context.request.query as object).length > 0) return { code: 'BAD_ARGUMENT', message: 'cannot log in: name, password and token go into the body, never into the address' };
  const [name, password, token] = ['name', 'password', 'token'].map((key) => textOf(context.args, key));
  if (token !== undefined && name === undefined && password === undefined) return { token };
  if (name !== undefined && password !== undefined && token === undefined) return { name, password };
  return { code: 'BAD_ARGUMENT', message: 'cannot log in: give name and password, or token' };
}

const login: Handler = async (context) => {
  const visitor = context.visitor();
  const { logins, sessions } = visitor;
  const given = loginOf(context);
  if ('code' in given) return given;
  if (!logins.users && !logins.tokens) return { code: 'NOT_SUPPORTED', message: 'cannot log in: this address asks nobody for a password', hint: 'GET /v1/session says what you may do here' };
  const begun = await visitor.login(given);
  const { host, origin } = context.request.headers;
  context.reply.header('set-cookie', sessionCookie(cookieName(host), begun.id, origin));
  visitor.note('login', begun.session.caller);
  const { who, role } = begun.session.caller;
  return answer(context, logins, who, role, { session: begun.session, sessions });
};

const logout: Handler = (context): SessionAnswer => {
  const visitor = context.visitor();
  const { known, session: open, logins, sessions } = visitor;
  if (open === null) {
    if (known) throw refuse('NOT_SUPPORTED', 'cannot log out: you are known without a session');
    return answer(context, logins, null, null, null);
  }
  sessions.end(open);
  const { cookie, host } = context.request.headers;
  context.reply.header('set-cookie', noCookie(cookie, cookieName(host)));
  visitor.note('logout', open.caller);
  return answer(context, logins, null, null, null);
};

export const SESSION_HANDLERS = { session, login, logout } as const satisfies Record<string, Handler>;
