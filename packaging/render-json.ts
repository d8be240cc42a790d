// docs/reference/json.md: what --json of each command prints, from the tables of commands, routes and exceptions.
import { COMMANDS } from '../daemon/contract/commands.ts';
import type { CommandDefinition } from '../daemon/contract/commands.ts';
import { jsonForms } from '../daemon/contract/json-output.ts';
import { openApi } from '../daemon/contract/openapi.ts';
import { ROUTES } from '../daemon/contract/routes.ts';
import { WITHOUT_JSON } from '../daemon/contract/without-json.ts';
import { anchor, markdownTable } from './markdown.ts';

const SCHEMAS = (openApi('') as unknown as { readonly components: { readonly schemas: Readonly<Record<string, unknown>> } }).components.schemas;
const PATHS = new Map<string, string>(ROUTES.map((route) => [route.id, `${route.method} ${route.path}`]));

/** Names of schemas lead to their tables of properties. */
const linked = (words: string): string => words.replace(/\b[A-Z]\w+\b/g, (name) => (name in SCHEMAS ? `[${name}](api.md#${name.toLowerCase()})` : name));

/** The page. */
export function renderJson(): string {
  const rows = jsonForms().flatMap(([command, form]) => {
    if (form === null) return [];
    const definition: CommandDefinition = COMMANDS[command];
    const path = PATHS.get(command);
    const type = form.type.endsWith('[]') ? `list of ${form.type.slice(0, -2)}` : form.type;
    return [[
      `\`${command}\``, `${linked(type)}${form.lines ? ', one a line' : ''}`, path === undefined ? (definition.answer === 'local' ? 'by reevectl' : '') : `[${path}](api.md#${anchor(path)})`, linked(form.says),
    ]];
  });
  const without = Object.entries(WITHOUT_JSON).map(([command, why]) => [`\`${command}\``, why]);
  return `# JSON output

Every command of \`reevectl\` that answers with data takes \`--json\`, before or after its name. **What the REST API answers is what \`--json\`
prints**: the type is that of the address of the command, with the names and units of the [API](api.md), where there is an example of each.
Commands that ask for a change print the Operation. What differs is in the last column.

- stdout has one JSON value and nothing else; commands that follow, and those of logs and events, print one JSON value a line.
- An error is one ErrorAnswer in one line on stderr, and stdout stays empty (as with \`kubectl\` and \`gh\`, whose errors are on stderr too):
  \`{"error":{"code","message","advice","retryable","hint"}}\`, as [the API](api.md#refusals) refuses, with the codes of [errors](errors.md).
  Warnings about an answer that came may stand on stderr as text.
- Exit codes are the same with and without it. An operation of which targets failed is printed, and its exit code says so.
- Types only gain properties. A property is there even where its value is null, unless its table says that it may be left out. Times are
  milliseconds since 1970 and end in \`At\`, durations end in \`Ms\`, sizes in \`Bytes\`.
- \`reevectl help --json\` has the commands themselves, with their arguments and what each prints.

${markdownTable(['Command', 'Prints', 'As', 'Besides'], rows)}
## Without --json

${markdownTable(['Command', 'Why'], without)}`;
}
