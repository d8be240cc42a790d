// docs/reference/api.md: every route of the REST API with its arguments, examples and answers, from daemon/contract/openapi.ts and the
// tables behind it.
import { ANSWERS, KEPT } from '../daemon/contract/example-answers.ts';
import { exampleId } from '../daemon/contract/example.ts';
import type { Example } from '../daemon/contract/example.ts';
import { curlOf, requestOf, routeOf } from '../daemon/contract/example-request.ts';
import { TCP_SERVER } from '../daemon/contract/example-servers.ts';
import { EXAMPLES, SUBJECTS } from '../daemon/contract/examples.ts';
import { openApi, schemaOf } from '../daemon/contract/openapi.ts';
import { serversOf } from '../daemon/contract/openapi-examples.ts';
import type { Json } from '../daemon/contract/reports.ts';
import type { Route } from '../daemon/contract/routes.ts';
import { typeWords } from '../daemon/contract/schema-text.ts';
import { anchor, markdownTable } from './markdown.ts';

/** Columns of a JSON example; what is longer is broken. */
const WIDTH = 118;

type Schema = { readonly [key: string]: Json };

const SCHEMAS = (openApi('') as unknown as { readonly components: { readonly schemas: Readonly<Record<string, Schema>> } }).components.schemas;

/** Its address: schemas and routes share names, addresses are nobody else's. */
const titleOf = (route: Route): string => `${route.method} ${route.path}`;

/** JSON of which short parts stay on one line. */
export function spread(value: Json, indent = ''): string {
  const line = JSON.stringify(value);
  if (line.length + indent.length <= WIDTH || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((one: Json) => inner + spread(one, inner)).join(',\n')}\n${indent}]`;
  return `{\n${Object.entries(value).map(([name, one]) => `${inner}${JSON.stringify(name)}: ${spread(one as Json, inner)}`).join(',\n')}\n${indent}}`;
}

/** Names of schemas become links. */
const linked = (words: string): string => words.replace(/\b[A-Z]\w+\b/g, (name) => (name in SCHEMAS ? `[${name}](#${anchor(name)})` : name));

function place(route: Route, name: string): string {
  if (route.path.includes(`{${name}}`)) return 'path';
  return route.method === 'GET' ? 'query' : name === 'wait' ? 'query or body' : 'body';
}

function answerWords(route: Route): string {
  switch (route.produces) {
    case 'json': return route.schema === undefined ? 'JSON' : linked(route.schema.endsWith('[]') ? `list of ${route.schema.slice(0, -2)}` : route.schema);
    case 'text': case 'log': return 'text';
    case 'file': return 'a file: text, or gzip';
    case 'follow': return `text (of one log), or with \`Accept: application/x-ndjson\` ${linked('LogLine')} by line`;
    case 'events': return `Server-Sent Events, or with \`Accept: application/x-ndjson\` ${linked('EventLine')} by line`;
    case 'metrics': return 'text, as Prometheus reads it';
  }
}

function shown(example: Example): string {
  const request = requestOf(example, KEPT);
  const { status = 0, media = '', body = null } = ANSWERS[exampleId(example)] ?? {};
  // A refusal is told by one command: what differs is the answer.
  const servers = example.key === undefined ? serversOf(example) : serversOf(example).slice(0, 1);
  const commands = servers.map((server) => `${curlOf(request, server)}\n`).join('');
  const answer = media === 'application/json' ? `\`\`\`json\n${spread(body)}\n\`\`\`` : `\`\`\`text\n${String(body).trimEnd()}\n\`\`\``;
  return `${example.says} ${status}:

\`\`\`sh
${commands}\`\`\`
${answer}
`;
}

function section(route: Route): string {
  const args = Object.entries(route.args).map(([name, spec]) => [`\`${name}\``, place(route, name), linked(typeWords(schemaOf(spec))), spec.required === true ? 'yes' : '', spec.says]);
  const examples = EXAMPLES.filter((example) => example.route === route.id);
  return `### ${titleOf(route)}

${route.says}

\`${route.id}\` · ${route.role === null ? 'anyone' : `role ${route.role}`}${route.probe === true ? ' · also on `probe_listen`, for anyone' : ''}

Answer: ${answerWords(route)}.${route.answer === 'operation' ? ' 202: it goes on; 200: it has ended.' : ''}

${args.length === 0 ? '' : `${markdownTable(['Argument', 'In', 'Type', 'Needed', 'Means'], args)}\n`}${examples.map(shown).join('\n')}`;
}

function shape(name: string, schema: Schema): string {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const rows = Object.entries(properties).map(([property, one]) => [`\`${property}\`${required.includes(property) ? '' : ' (may be left out)'}`, linked(typeWords(one))]);
  return `### ${name}\n\n${rows.length === 0 ? `${linked(typeWords(schema))}\n` : markdownTable(['Property', 'Type'], rows)}`;
}

/** The page. `configuration`: the file that the examples are asked with. */
export function renderApi(configuration: string): string {
  const subjects = SUBJECTS.map((subject) => {
    return { subject, routes: subject.examples.filter((example) => example.key === undefined).map(routeOf) };
  });
  const contents = subjects.map(({ subject, routes }) => `- [${subject.title}](#${anchor(subject.title)}): ${routes.map((route) => `[${route.id}](#${anchor(titleOf(route))})`).join(', ')}`).join('\n');
  return `# REST API

Everything that \`reevectl\` and the page can do, over HTTP. The same in the form of OpenAPI 3.1: \`GET /v1/openapi.json\` of a running daemon,
\`packaging/openapi.json\`, and \`#/api\` in the page. Every example below was asked of a daemon, and is asked again by a test
(\`test/integration/api-examples.test.ts\`); lists and texts are cut short.

${contents}
- [Shapes](#shapes) of answers, and [the file of the examples](#the-file-of-the-examples)

## Asking

- Over the unix socket of \`[api] listen\`: whoever may open it has the role admin, unless that address has a username of its own.
- Over TCP: \`curl -u ann:secret\` or \`-H 'Authorization: Bearer TOKEN'\`; without any credentials configured, the role read (\`auth = "none"\`: every right).
  A page has a session (\`login\`): what changes something needs its token in \`X-Reeve-Csrf\` beside the cookie.
- Roles: read looks, operate starts and stops, admin also changes the configuration and ends the daemon.
- Arguments of a GET are in its query; a list repeats its name (\`names=a&names=b\`). Those of a POST are a JSON object; \`wait\` may be in the
  query too. An argument that is not known is refused.
- Durations are \`30s\`, \`5m\`, \`1h\` or a number of seconds. Times in answers are milliseconds since 1970; what ends in \`Ms\` is a span.
- What changes something answers with an [Operation](#operation): 202 while it goes on (\`Location\` says where to ask), 200 when it has ended,
  which \`wait\` waits for. Each target says what became of it; one that failed does not make the request fail.
- \`GET /v1/status\` is everything at once, and \`seq\` the number of the last event in it: read it, then \`GET /v1/events?since=SEQ\`.

## Refusals

Any answer from 400 on is an [ErrorAnswer](#erroranswer): a \`code\` for programs, a \`message\` and \`advice\` for people, \`retryable\` where the
same request may succeed later, and where something is near, a \`hint\`. Codes, with their HTTP status: [errors](errors.md).

## What is stable

\`/v1\` is the version. Within it:

- Routes, arguments, properties, their types and their meaning stay. What is written here may be relied on.
- Things are added: routes, arguments that need not be given, properties of answers, events, error codes, and values where a value is one of
  several. So ignore what you do not know, and have a branch for a state or code that you do not know.
- The words of \`message\`, \`advice\`, \`hint\`, \`why\` and \`says\`, log lines, and what is printed for people may change at any time. Go by codes and states.
- The order of properties means nothing; that of lists is told where it means something.
- What is to go is marked \`deprecated\` in the description and named in the changelog at least one minor version before; it goes with \`/v2\` alone,
  which would be served beside \`/v1\` for a year or more.
- Not covered: \`/\` and the files of the page. \`/livez\`, \`/readyz\` and the names of \`/metrics\` are kept as \`/v1\` is. XML-RPC (\`/RPC2\`) is supervisord's.

${subjects.map(({ subject, routes }) => `## ${subject.title}\n\n${subject.says}\n\n${routes.map(section).join('\n')}`).join('\n')}
## Shapes

Of whole answers and of their parts. \`?\`: or null.

${Object.entries(SCHEMAS).map(([name, schema]) => shape(name, schema)).join('\n')}
## The file of the examples

Where it listens on TCP: \`${TCP_SERVER.url}\`.

\`\`\`toml
${configuration.trimEnd()}
\`\`\`
`;
}
