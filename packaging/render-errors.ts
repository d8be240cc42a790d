// docs/reference/errors.md: every refusal, from the table in daemon/contract/errors.ts.
import { ERROR_KINDS, ERRORS, errorClass } from '../daemon/contract/errors.ts';
import type { ErrorCode } from '../daemon/contract/errors.ts';
import { markdownTable } from './markdown.ts';

const CLASSES = { not_found: 'not found', retryable: 'retryable', fatal: 'fatal' } as const;

/** The page. */
export function renderErrors(): string {
  const rows = Object.entries(ERRORS).map(([code, error]) => [
    `\`${code}\``, error.says, error.advice, String(error.http), `${error.fault[0]} \`${error.fault[1]}\``, String(error.exit), CLASSES[errorClass(code as ErrorCode)],
  ]);
  const kinds = Object.entries(ERROR_KINDS).map(([kind, { codes, facts }]) => [kind, codes.map((code) => `\`${code}\``).join(', ') || 'no request is refused with it', facts.map((fact) => `[\`${fact}\`](facts.md)`).join(', ')]);
  return `# Errors

What a request can be refused with. REST answers \`{"error":{"code","message","advice","retryable"}}\` with the HTTP status; XML-RPC with the fault;
\`reevectl\` prints the message and ends with the exit code (\`status\` has codes of its own: 0, 3, 4).

${markdownTable(['Code', 'Means', 'What to do', 'HTTP', 'XML-RPC fault', 'Exit', 'Class'], rows)}
## Classes

*Not found*: nothing has this name; look it up and ask again. *Retryable* (\`retryable\` is true): the same request may succeed later, without
a change. *Fatal*: it will not, until somebody changes the request, the file or the machine.

## Kinds

As supervisors of other worlds name them, and what says it here: to whoever asked, and to everybody.

${markdownTable(['Kind', 'Codes', 'Events'], kinds)}`;
}
