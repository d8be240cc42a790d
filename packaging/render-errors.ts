// docs/reference/errors.md: every refusal, from the table in daemon/contract/errors.ts.
import { ERRORS } from '../daemon/contract/errors.ts';
import { markdownTable } from './markdown.ts';

/** The page. */
export function renderErrors(): string {
  const rows = Object.entries(ERRORS).map(([code, error]) => [
    `\`${code}\``, error.says, error.advice, String(error.http), `${error.fault[0]} \`${error.fault[1]}\``, String(error.exit), error.retryable ? 'yes' : 'no',
  ]);
  return `# Errors

What a request can be refused with. REST answers \`{"error":{"code","message","advice","retryable"}}\` with the HTTP status; XML-RPC with the fault;
\`reevectl\` prints the message and ends with the exit code (\`status\` has codes of its own: 0, 3, 4).

${markdownTable(['Code', 'Means', 'What to do', 'HTTP', 'XML-RPC fault', 'Exit', 'May succeed later'], rows)}`;
}
