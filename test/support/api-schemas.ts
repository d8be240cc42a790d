// Values held against the OpenAPI description, strictly: a property that it does not name is an error, so that it cannot fall behind.
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { openApi } from '../../daemon/contract/openapi.ts';
import type { Json } from '../../daemon/contract/reports.ts';
import type { Route } from '../../daemon/contract/routes.ts';

type JsonObject = { readonly [key: string]: Json };

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly schema: Json }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Json } } };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, { readonly schema?: Json }>> }>>;
}

const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Schemas that list properties take no others, unless they say so. */
function strict(value: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => strict(one));
  if (!isObject(value)) return value;
  const inner = Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'examples').map(([name, one]) => [name, strict(one)]));
  return 'properties' in value && isObject(value['properties'] ?? null) && !('additionalProperties' in value) ? { ...inner, additionalProperties: false } : inner;
}

const DOCUMENT = openApi('1.2.3') as unknown as { readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>; readonly components: { readonly schemas: JsonObject } };
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
// oneOf alone decides; the discriminator is for readers.
ajv.addVocabulary(['components', 'discriminator']);
const compiled = new Map<string, ValidateFunction>();

function validator(schema: Json): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known) return known;
  const made = ajv.compile({ ...(strict(schema) as JsonObject), components: { schemas: strict(DOCUMENT.components.schemas) } });
  compiled.set(key, made);
  return made;
}

/** What the description says against `value`, a line each; [] when nothing. */
export function complaints(schema: Json, value: unknown): string[] {
  const validate = validator(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`);
}

/** The description of a route. */
export function described(route: Route): Described {
  const found = DOCUMENT.paths[route.path]?.[route.method.toLowerCase()];
  if (found === undefined) throw new Error(`${route.method} ${route.path} is not described`);
  return found;
}

/** The schema of an answer, as the description has it for this status (else its default) and form. Throws where it has none. */
export function answerSchema(route: Route, status: number, media: string): Json {
  const answer = described(route).responses[String(status)];
  const schema = answer === undefined ? { $ref: '#/components/schemas/ErrorAnswer' } : answer.content?.[media]?.schema;
  if (schema === undefined || (answer === undefined && status < 400)) throw new Error(`${route.method} ${route.path} is not described to answer ${status} with ${media}`);
  return schema;
}

/** The values of an answer that its schema is about: itself, or the objects of its lines. */
export function answerValues(media: string, body: Json): readonly unknown[] {
  return media === 'application/x-ndjson' ? String(body).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown) : [body];
}
