// What every command gets, and what it is.
import type { GlobalOptions, Values } from './arguments.ts';
import type { Client } from './client.ts';
import type { Screen } from './screen.ts';

export interface Context {
  readonly options: GlobalOptions;
  readonly screen: Screen;
  /** Finds the daemon at the first call. Rejects with ConnectionError or ConfigProblem. */
  client(): Promise<Client>;
  /** What named the daemon's address: a file, `-s`, `$REEVE_SOCKET`, `default`; null before `client()`. */
  readonly foundBy?: () => string | null;
  /** In the shell: ask before shutdown and reload. */
  readonly interactive: boolean;
  /** Somebody is there to answer a question. */
  readonly canAsk: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** A question answered with a line; '' when nobody can answer. */
  ask(question: string): Promise<string>;
  /** The next line of stdin, without its end; null when there is none any more. */
  readonly nextLine?: () => Promise<string | null>;
}

/** Resolves to the exit code. */
export type Command = (context: Context, values: Values) => Promise<number>;

/** Exit codes, as supervisorctl's (LSB). `status` has its own meaning of 3 and 4. */
export const EXIT = { ok: 0, generic: 1, usage: 2, statusNotRunning: 3, statusUnknown: 4, noDaemon: 4, notRunning: 7 } as const;

/** JSON for a person or a pipe. */
export function printJson(context: Context, value: unknown): void {
  context.screen.json(JSON.stringify(value, null, 2));
}

export function wantsJson(context: Context, values: Values): boolean {
  return context.options.json || values['json'] === true;
}
