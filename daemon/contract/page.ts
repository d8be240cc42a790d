// What the web page alone asks of the daemon: who is there, what a process is configured to be, and when jobs are due. Browser-safe.
import type { Role } from '../../config/api-spec.ts';

/**
 * A page that changes something sends the token of its session in this header: a foreign page cannot read it, so it cannot send it.
 * Sent with other requests, empty or not, it keeps the browser's own password dialog away where they are answered by 401: over plain http
 * from another machine a browser does not say that a script asks.
 */
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

/** Where something is written: file and 1-based line. */
export interface ConfigPlace {
  readonly file: string;
  readonly line: number;
}

/** One setting as it is in force. */
export interface ConfigEntry {
  /** As the file would name it; of a table with a dot: `limits.memory`, `environment.LANG`. */
  readonly key: string;
  /** As the file would say it: text, number, true, false, a list of texts and numbers; null: not set. Secrets are blotted out, values of the environment never shown. */
  readonly value: string | number | boolean | null | readonly (string | number)[];
  /** Where it, or what it follows from, is written; null: the default holds (or `moved`). */
  readonly origin: ConfigPlace | null;
}

/** What a process or job is configured to be. */
export interface ConfigAnswer {
  /** `process` has a program, `job` (also a check or fix) has none. */
  readonly kind: 'process' | 'job';
  readonly name: string;
  readonly program: string | null;
  readonly origin: ConfigPlace;
  /** The file is not as it was read: where its keys stand now is not said. */
  readonly moved: boolean;
  readonly entries: readonly ConfigEntry[];
}

/** Times of one job within the span of a calendar, earliest first. */
export interface CalendarRow {
  readonly job: string;
  readonly schedule: string;
  readonly timezone: string;
  /** Wall clock ms; at most 200, and fewer where there are hundreds of jobs. */
  readonly times: readonly number[];
  /** There are more within the span than `times` holds, none of them nearer to the next than this. */
  readonly more: { readonly everyMs: number } | null;
}

/** When jobs are due between two times, wall clock ms, if each interval that counts from the last start starts on time. Jobs without a time in it, paused and disabled ones are left out. */
export interface CalendarAnswer {
  readonly from: number;
  readonly until: number;
  readonly jobs: readonly CalendarRow[];
}
