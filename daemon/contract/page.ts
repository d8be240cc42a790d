// What the web page alone asks of the daemon: who is there, what a process is configured to be, and when jobs are due. Browser-safe.
import type { Role } from '../../config/spec.ts';

/** A page that changes something sends the token of its session in this header: a foreign page cannot read it, so it cannot send it. */
export const CSRF_HEADER = 'x-reeve-csrf';
/** Name of the session's cookie: HttpOnly, SameSite=Strict, so scripts and foreign pages never see it. */
export const SESSION_COOKIE = 'reeve_session';

/** Who asks, and what that allows. */
export interface SessionAnswer {
  /** null: nobody is logged in, and one must be to see anything. */
  readonly who: string | null;
  readonly role: Role | null;
  /** There are users, or tokens, to log in with. */
  readonly login: { readonly users: boolean; readonly tokens: boolean };
  /** To be sent as CSRF_HEADER with each request that changes something; null: nobody is logged in by a session. */
  readonly csrf: string | null;
  /** Wall clock ms: the session ends then, unless it is used before; null: there is none. */
  readonly expiresAt: number | null;
  /** Of whom may not look yet: nothing more is told. */
  readonly version: string | null;
  readonly identifier: string | null;
}

/** One setting of a process as it is in force. */
export interface ConfigEntry {
  /** As the file would name it. */
  readonly key: string;
  /** As JSON; secrets are blotted out, values of the environment never shown. */
  readonly value: unknown;
  /** Where it is written; null: the default holds. */
  readonly origin: { readonly file: string; readonly line: number } | null;
}

/** What a process is configured to be. */
export interface ConfigAnswer {
  readonly process: string;
  readonly program: string;
  readonly origin: { readonly file: string; readonly line: number };
  readonly entries: readonly ConfigEntry[];
}

/** Times of one job within the span of a calendar, earliest first. */
export interface CalendarRow {
  readonly job: string;
  readonly schedule: string;
  readonly timezone: string;
  /** Wall clock ms; at most 200. */
  readonly times: readonly number[];
  /** There are more within the span than `times` holds: `every` says how far apart they are, in ms. */
  readonly more: { readonly everyMs: number } | null;
}

/** When jobs are due between two times, wall clock ms. Jobs without a time in it are left out. */
export interface CalendarAnswer {
  readonly from: number;
  readonly until: number;
  readonly jobs: readonly CalendarRow[];
}
