// A refusal as an HTTP answer: status, code, words and advice from the one table.
import { ERRORS } from '../contract/errors.ts';
import type { CommandError, ErrorCode } from '../contract/errors.ts';
import type { ErrorAnswer } from '../contract/answers.ts';

/** The refusal on its way up to the one place that writes it. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly refusal: CommandError;
  readonly headers: Readonly<Record<string, string>>;
  constructor(refusal: CommandError, headers: Readonly<Record<string, string>> = {}) {
    super(refusal.message);
    this.refusal = refusal;
    this.headers = headers;
  }
}

/** Throw this where a request must end. */
export function refuse(code: ErrorCode, message: string, hint?: string, headers?: Readonly<Record<string, string>>): RefusedError {
  return new RefusedError(hint === undefined ? { code, message } : { code, message, hint }, headers);
}

export function isCommandError(value: unknown): value is CommandError {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value
    && typeof value.code === 'string' && Object.hasOwn(ERRORS, value.code);
}

/** HTTP status and body for a refusal. */
export function errorAnswer(error: CommandError): { readonly status: number; readonly body: ErrorAnswer } {
  const spec = ERRORS[error.code];
  return {
    status: spec.http,
    body: { error: { code: error.code, message: error.message, advice: spec.advice, retryable: spec.retryable, ...(error.hint === undefined ? {} : { hint: error.hint }) } },
  };
}

/** Errors of fastify and of the HTTP parser, in our words. Anything else is a mistake of ours: null. */
export function translate(error: unknown, bodyBytes: number): CommandError | null {
  if (error instanceof RefusedError) return error.refusal;
  const { code, statusCode } = Object(error) as { code?: unknown; statusCode?: unknown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { code: 'TOO_LARGE', message: `cannot take the request: its body is larger than ${bodyBytes} bytes` };
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return { code: 'BAD_ARGUMENT', message: 'cannot take the request: its body is not application/json' };
  if (statusCode === 400) return { code: 'BAD_ARGUMENT', message: `cannot read the request: ${error instanceof Error ? error.message : 'it is malformed'}` };
  // A build or an upgrade replaced the files below a daemon that runs, and took away what it had not loaded yet.
  if (code === 'ERR_MODULE_NOT_FOUND') return { code: 'INTERNAL', message: 'cannot answer: the files of this daemon were replaced since it started, and a part that it needs now is gone', hint: 'restart the daemon; its programs are ended and started in order' };
  return null;
}
