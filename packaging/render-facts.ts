// docs/reference/facts.md: every fact, from the table in daemon/contract/facts.ts.
import { FACTS } from '../daemon/contract/facts.ts';
import { markdownTable } from './markdown.ts';

/** The page, with the fields of each payload read from the source of the contract (types leave no trace at run time). */
export function renderFacts(contractSource: string): string {
  const rows = Object.entries(FACTS).map(([name, { severity, says }]) => [`\`${name}\``, severity, says, fieldsOf(contractSource, name)]);
  return `# Facts

Everything that can be said to have happened. A fact is numbered without gaps (\`seq\`), stamped with the wall clock (\`at\`, ms since 1970), and
comes over \`GET /v1/events\`, \`reevectl events\` and the daemon's log. Durations end in \`Ms\`, wall times in \`At\`, both in milliseconds. A field
with a question mark is not always there. What is done with severities: [Events](../events.md).

${markdownTable(['Fact', 'Severity', 'Means', 'Carries'], rows)}`;
}

/** The parts of a type between signs that stand in no brackets. */
function partsOf(type: string, sign: '|' | '&'): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const char of type) {
    depth += Number('({<['.includes(char)) - Number(')}>]'.includes(char));
    if (char === sign && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** The type that begins there, without comments: to the semicolon, or the end of the body of an interface. */
function typeAt(source: string, begin: number): string {
  let depth = 0;
  for (let at = begin; at < source.length; at += 1) {
    const char = source.charAt(at);
    depth += Number(char === '{') - Number(char === '}');
    if (depth === 0 && (char === ';' || (char === '}' && /^\s*(\n\n|export|$)/.test(source.slice(at + 1))))) return source.slice(begin, char === ';' ? at : at + 1);
  }
  return source.slice(begin);
}

/** Names of the fields of a type; what only some members of a union have ends in `?`. */
function namesIn(source: string, type: string, fact: string): readonly string[] {
  const members = partsOf(type, '|').map((member) => namesOf(source, member, fact));
  const all = [...new Set(members.flat())];
  return members.length === 1 ? all : all.map((name) => (name.endsWith('?') || members.every((names) => names.includes(name)) ? name : `${name}?`));
}

function namesOf(source: string, type: string, fact: string): readonly string[] {
  return partsOf(type, '&').flatMap((part) => {
    if (part.startsWith('(')) return namesIn(source, part.slice(1, -1), fact);
    if (part.startsWith('{')) return fieldsIn(part);
    const declared = new RegExp(`(?:interface ${part}|type ${part} =)\\s`).exec(source);
    if (declared === null) throw new Error(`cannot find the payload of ${fact}: there is no type ${JSON.stringify(part)} in daemon/contract`);
    return namesIn(source, typeAt(source, declared.index + declared[0].length), fact);
  });
}

/** Of `{ … }`; an object within it counts as one field. */
function fieldsIn(body: string): readonly string[] {
  let depth = 0;
  let flat = '';
  for (const char of body) {
    if (char === '}') depth -= 1;
    if (depth === 1) flat += char;
    if (char === '{') depth += 1;
  }
  return [...flat.matchAll(/(\w+\??):/g)].map(([, name = '']) => name);
}

/** Names of the fields that `'fact.name': …;` has in FactPayloads; `contract`: the source of that and of the types it names. */
export function fieldsOf(contract: string, fact: string): string {
  const source = contract.replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
  const opening = `'${fact}': `;
  const start = source.indexOf(opening);
  if (start < 0) throw new Error(`cannot find the payload of ${fact}: expected "${opening}…;" in FactPayloads`);
  return namesIn(source, typeAt(source, start + opening.length), fact).map((name) => `\`${name}\``).join(' ');
}
