// docs/reference/facts.md: every fact, from the table in daemon/contract/facts.ts.
import { FACTS } from '../daemon/contract/facts.ts';
import { markdownTable } from './markdown.ts';

/** The page, with the payload's field names read from the source of the contract (types leave no trace at run time). */
export function renderFacts(contractSource: string): string {
  const rows = Object.entries(FACTS).map(([name, { severity, says }]) => [`\`${name}\``, severity, says, fieldsOf(contractSource, name)]);
  return `# Facts

Everything that can be said to have happened. A fact is numbered without gaps (\`seq\`), stamped with the wall clock (\`at\`, ms since 1970), and
comes over \`GET /v1/events\`, \`reevectl events\` and the daemon's log. Times that end in \`Ms\` are milliseconds.

${markdownTable(['Fact', 'Severity', 'Means', 'Carries'], rows)}`;
}

/** Names of the fields of `'fact.name': { … };` in FactPayloads; an object within the payload counts as one field. */
export function fieldsOf(source: string, fact: string): string {
  const opening = `'${fact}': {`;
  const start = source.indexOf(opening);
  if (start < 0) throw new Error(`cannot find the payload of ${fact} in daemon/contract/facts.ts: expected "${opening} … };"`);
  let depth = 1;
  let flat = '';
  for (let at = start + opening.length; depth > 0 && at < source.length; at += 1) {
    const char = source.charAt(at);
    if (char === '}') depth -= 1;
    if (depth === 1) flat += char;
    if (char === '{') depth += 1;
  }
  return [...flat.matchAll(/(\w+)(\??):/g)].map((match) => `\`${match[1]}${match[2]}\``).join(' ');
}
