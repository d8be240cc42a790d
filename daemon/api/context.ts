// What a handler gets to answer one request, and typed access to its arguments.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CommandError } from '../contract/errors.ts';
import type { Caller, Control } from '../runtime/control.ts';
import type { ArgumentValues } from './arguments.ts';
import { isCommandError, refuse, RefusedError } from './error-answer.ts';
import type { Crowds } from './crowds.ts';
import type { ApiLimits } from './limits.ts';
import type { Visitor } from './session-views.ts';
import type { Streams } from './streams.ts';

export interface Context {
  readonly control: Control;
  readonly limits: ApiLimits;
  readonly streams: Streams;
  readonly waits: Crowds;
  readonly caller: Caller;
  readonly args: ArgumentValues;
  /** What bounds are counted for: the listener. */
  readonly crowd: object;
  readonly visitor: () => Visitor;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The value is sent as JSON (a string as it is); undefined: the handler answered by itself. */
export type Answer = object | string | CommandError | undefined;
export type Handler = (context: Context) => Answer | Promise<Answer>;

/** `name` and `names` of a request as one list. [] when none is given. */
export function namesOf(args: ArgumentValues): readonly string[] {
  const name = args.get('name');
  return [...(typeof name === 'string' ? [name] : []), ...((args.get('names') as readonly string[] | undefined) ?? [])];
}

export function numberOf(args: ArgumentValues, name: string): number | undefined {
  const value = args.get(name);
  return typeof value === 'number' ? value : undefined;
}

export function textOf(args: ArgumentValues, name: string): string | undefined {
  const value = args.get(name);
  return typeof value === 'string' ? value : undefined;
}

export function flagOf(args: ArgumentValues, name: string, otherwise: boolean): boolean {
  const value = args.get(name);
  return typeof value === 'boolean' ? value : otherwise;
}

/** Ends the request when `value` is a refusal. */
export function orRefuse<T>(value: T | CommandError): T {
  if (isCommandError(value)) throw new RefusedError(value);
  return value;
}

/** Waits for something, if there is a place to wait, for as long as the client is there. */
export async function waitFor<T>(context: Pick<Context, 'waits' | 'limits' | 'crowd' | 'reply'>, begin: (gone: AbortSignal) => Promise<T>): Promise<T> {
  const { waits, crowd, limits } = context;
  if (!waits.enter(crowd)) throw refuse('BUSY', `cannot wait: ${limits.waits} requests wait on this listener`);
  const { raw } = context.reply;
  const leaving = new AbortController();
  const left = (): void => leaving.abort();
  raw.once('close', left);
  if (raw.destroyed) left();
  try {
    return await begin(leaving.signal);
  } finally {
    raw.off('close', left);
    waits.leave(crowd);
  }
}

/** Does the client ask for one JSON object a line? */
export function wantsLines(request: FastifyRequest): boolean {
  return /\bapplication\/x-ndjson\b/.test(request.headers.accept ?? '');
}
