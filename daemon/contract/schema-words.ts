// The few words that the schemas of OpenAPI are written in.

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export const text: JsonObject = { type: 'string' };
export const whole: JsonObject = { type: 'integer' };
export const flag: JsonObject = { type: 'boolean' };
export const number: JsonObject = { type: 'number' };
/** Any JSON value. */
export const ANY: JsonObject = {};
export const nullable = (type: string): JsonObject => ({ type: [type, 'null'] });
export const list = (items: JsonObject): JsonObject => ({ type: 'array', items });
export const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
export const orNull = (schema: JsonObject): JsonObject => ({ oneOf: [schema, { type: 'null' }] });
/** An object with these fields, all of them there but the optional ones. */
export const record = (properties: JsonObject, optional: readonly string[] = []): JsonObject => ({
  type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
