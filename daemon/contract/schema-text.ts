// A schema of the description in a few words, for tables: `integer?`, `list of RunView`, `"up" or "down"`. Browser-safe.
import type { Json } from './reports.ts';

type Schema = { readonly [key: string]: Json };

const BOUNDS: Readonly<Record<string, string>> = {
  minimum: 'at least', maximum: 'at most', minItems: 'at least', maxItems: 'at most', maxLength: 'at most',
};
const UNITS: Readonly<Record<string, string>> = { maxLength: ' characters' };

function simple(schema: Schema): string {
  const type = schema['type'];
  if (typeof schema['$ref'] === 'string') return schema['$ref'].split('/').at(-1) ?? '';
  if (typeof schema['title'] === 'string') return schema['title'];
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((one: Json) => JSON.stringify(one)).join(' or ');
  if (Array.isArray(schema['oneOf'])) return union(schema['oneOf'] as readonly Schema[]);
  if (type === 'array') return `list of ${typeWords((schema['items'] ?? {}) as Schema)}`;
  if (Array.isArray(type)) return union(type.map((one: Json) => ({ type: one })));
  if (type === 'object' && typeof schema['properties'] === 'object') return `{ ${fields(schema)} }`;
  if (type === 'object' && typeof schema['additionalProperties'] === 'object') return `${typeWords(schema['additionalProperties'] as Schema)} by name`;
  return typeof type === 'string' ? type : 'any JSON';
}

/** `name`, `name: type` where it is no text, `name?` where it may be left out. */
function fields(schema: Schema): string {
  const required = (schema['required'] ?? []) as readonly string[];
  return Object.entries(schema['properties'] as Readonly<Record<string, Schema>>)
    .map(([name, one]) => `${name}${required.includes(name) ? '' : ' (may be left out)'}: ${typeWords(one)}`)
    .join(', ');
}

/** With null: the other one and a question mark. */
function union(schemas: readonly Schema[]): string {
  const others = schemas.filter((one) => one['type'] !== 'null');
  const words = others.map(typeWords).join(' or ');
  return others.length === schemas.length ? words : `${words}?`;
}

/** In words, with its bounds and its default. */
export function typeWords(schema: Schema): string {
  const bounds = Object.entries(BOUNDS).flatMap(([key, words]) => (key in schema ? [`${words} ${String(schema[key])}${UNITS[key] ?? ''}`] : []));
  const absent = 'default' in schema ? [`default ${typeof schema['default'] === 'string' ? schema['default'] : JSON.stringify(schema['default'])}`] : [];
  return [simple(schema), ...bounds, ...absent].join(', ');
}
