// Errors where --json was asked for: one ErrorAnswer in one line on stderr, and nothing on stdout.
import { jsonWithoutHidden } from '../config/hidden-characters.ts';
import { ERRORS } from '../daemon/contract/errors.ts';
import type { ErrorAnswer } from '../daemon/contract/answers.ts';
import type { CommandError } from '../daemon/contract/errors.ts';
import type { Context } from './context.ts';
import { EXIT } from './context.ts';

/** As the API would answer. `advice`: what to do, where the caller knows better than the table. */
export function noteError(context: Context, { code, message, hint }: CommandError, advice: string = ERRORS[code].advice): void {
  const answer: ErrorAnswer = { error: { code, message, advice, retryable: ERRORS[code].retryable, ...(hint === undefined ? {} : { hint }) } };
  context.screen.note(jsonWithoutHidden(JSON.stringify(answer)));
}

/** Words that do not go together: said on stdout as supervisorctl says it, or as JSON; exit 1. */
export function misused(context: Context, why: string, advice?: string): number {
  if (context.options.json) noteError(context, { code: 'BAD_ARGUMENT', message: why }, advice);
  else {
    context.screen.line(`Error: ${why}`);
    if (advice !== undefined) context.screen.note(advice);
  }
  return EXIT.generic;
}
