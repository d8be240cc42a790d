// docs/reference/filters.md: the language of `--where`, from the table of its fields.
import { MAX_PATTERN } from '../daemon/contract/pattern.ts';
import { MAX_WHERE } from '../daemon/contract/where.ts';
import { WHERE_FIELDS } from '../daemon/contract/where-fields.ts';
import type { FieldKind, WhereField } from '../daemon/contract/where-fields.ts';
import { markdownTable } from './markdown.ts';

/** How a value of each kind is written. */
const KINDS: Readonly<Record<FieldKind, string>> = {
  text: 'text', word: 'word', number: 'number', size: 'size: `500MB`', percent: 'percentage: `80%`', duration: 'duration: `90s`, `1h30m`', time: 'time: `today`, `now-2h`, `2026-11-22`, `2026-11-22T08:00`', flag: 'true or not',
};

/** The page. */
export function renderFilters(): string {
  const rows = (Object.entries(WHERE_FIELDS) as [string, WhereField][]).map(([name, field]) => [`\`${name}\``, KINDS[field.kind], `${field.says}${field.kind === 'word' && field.values ? ` One of ${field.values.join(', ')}.` : ''}`]);
  return `# Filters

\`reevectl ps --where\`, \`reevectl job history --where\`, and \`?where=\` of \`/v1/ps\` and \`/v1/runs\` take an expression:

\`\`\`sh
reevectl ps --where 'state=running && rss>500MB && health!=healthy'
reevectl ps --where 'stuck || silence>5m'
reevectl job history --where 'job in (import, mail*) && started>=2026-11-22T08:00 && started<2026-11-22T09:00'
reevectl job history --where 'ended>today && exit!=0 && !(cause=timeout)'
\`\`\`

- \`&&\`, \`||\`, \`!\` and parentheses (or the words \`and\`, \`or\`, \`not\`) join comparisons; \`&&\` binds closer than \`||\`.
- \`=\`, \`!=\`, \`<\`, \`<=\`, \`>\`, \`>=\` compare; \`in (a, b)\` and \`not in (a, b)\` are lists. A field that is true or not stands alone: \`stuck\`, \`!ready\`.
- Texts are compared whatever the case of their letters. Outside of quotes \`*\` stands for any characters and \`?\` for one. What holds blanks, parentheses or commas wants quotes.
- \`=~\` and \`!~\` look for a pattern anywhere in a text: \`. [a-z] [^x] \\d \\w \\s * + ? | ( ) ^ $\`. It takes time in proportion to the text, whatever the pattern (at most ${MAX_PATTERN} characters).
- A day or a minute is a span: \`started=today\` is within it, \`started>today\` from its beginning on, \`started<=2026-11-22\` until its end. Times that name no zone are of the daemon's machine.
- A field that does not apply (the exit code of what runs) equals \`none\`, and no comparison with it holds but \`!=\`.
- An expression has at most ${MAX_WHERE} characters. A mistake is told with its place and the nearest field.

${markdownTable(['Field', 'Kind', 'Means'], rows)}`;
}
