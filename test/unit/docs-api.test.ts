// docs/reference/api.md: generated, so what is held here is what a table cannot promise: links, and words that the code has.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { EXAMPLES } from '../../daemon/contract/examples.ts';
import { ROUTES } from '../../daemon/contract/routes.ts';
import { typeWords } from '../../daemon/contract/schema-text.ts';
import { renderApi, spread } from '../../packaging/render-api.ts';

const page = renderApi(readFileSync(join(import.meta.dirname, '../fixtures/api-examples/reeve.toml'), 'utf8'));
const headings = [...page.matchAll(/^#{1,3} (.+)$/gm)].map((match) => match[1] ?? '').filter((title) => !title.startsWith('#'));

test('every link within the page of the API leads to one heading', () => {
  const anchors = headings.map((title) => title.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-'));
  const links = new Set([...page.matchAll(/\]\(#([^)]+)\)/g)].map((match) => match[1] ?? ''));
  assert.ok(links.size > ROUTES.length);
  for (const link of links) assert.equal(anchors.filter((one) => one === link).length, 1, link);
});

test('every route and every example is on the page, with its commands', () => {
  for (const route of ROUTES) assert.equal(headings.filter((title) => title === `${route.method} ${route.path}`).length, 1, route.id);
  assert.equal(page.match(/^```sh$/gm)?.length, EXAMPLES.length);
  assert.equal(page.match(/^```json$/gm)!.length + page.match(/^```text$/gm)!.length, EXAMPLES.length);
});

test('a type is said in words, with its bounds', () => {
  assert.equal(typeWords({ type: ['integer', 'null'] }), 'integer?');
  assert.equal(typeWords({ oneOf: [{ $ref: '#/components/schemas/RunView' }, { type: 'null' }] }), 'RunView?');
  assert.equal(typeWords({ type: 'array', items: { type: 'string', enum: ['a', 'b'] }, minItems: 1 }), 'list of "a" or "b", at least 1');
  assert.equal(typeWords({ title: 'duration', oneOf: [{ type: 'number', minimum: 0 }, { type: 'string' }] }), 'duration');
  assert.equal(typeWords({ type: 'object', properties: { a: { type: 'string' }, b: {} }, required: ['a'] }), '{ a: string, b (may be left out): any JSON }');
  assert.equal(typeWords({ type: 'integer', minimum: 1, default: 5 }), 'integer, at least 1, default 5');
  assert.equal(typeWords({ type: 'object', additionalProperties: { type: 'integer' } }), 'integer by name');
});

test('short JSON stays on its line, long JSON is broken', () => {
  assert.equal(spread({ a: [1, 2] }), '{"a":[1,2]}');
  assert.equal(spread({ a: 'x'.repeat(120), b: [] }), `{\n  "a": "${'x'.repeat(120)}",\n  "b": []\n}`);
});
