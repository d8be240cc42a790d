// Writes daemon/contract/example-answers.ts: performs every example of the API and keeps its answer, cut short where it is long.
//   node --experimental-ffi --disable-sigusr1 test/integration/record-api-examples.ts
// Run it after a change of examples, or of what a route answers; then npm run generate.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EXAMPLES } from '../../daemon/contract/examples.ts';
import { exampleId } from '../../daemon/contract/example.ts';
import { routeOf } from '../../daemon/contract/example-request.ts';
import type { Json } from '../../daemon/contract/reports.ts';
import { perform, startShop } from '../support/api-examples.ts';

const FILE = join(import.meta.dirname, '../../daemon/contract/example-answers.ts');
/** Items of a list, and lines of a text, that are kept. */
const ITEMS = 2;
const LINES = 6;
/** Where the examples say that the shop lives. */
const DIRECTORY = '/srv/shop';

type Clean = (text: string) => string;

/** Lists of objects get short, names of this machine become those of the examples. */
function shorten(value: Json, clean: Clean): Json {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    return (typeof list[0] === 'object' && list[0] !== null ? list.slice(0, ITEMS) : list).map((one) => shorten(one, clean));
  }
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shorten(one, clean)]));
  return value;
}

test('the answers of the examples are recorded', async (t) => {
  const shop = await startShop(t);
  const { daemon, port } = shop;
  const clean: Clean = (text) => text.replaceAll(daemon.dir, DIRECTORY).replaceAll(String(port), '9001').replaceAll(process.execPath, 'node').replaceAll(hostname(), 'shop');
  const kept: Record<string, string> = {};
  const typed: string[] = [];
  const rows: string[] = [];
  const wrong: string[] = [];
  for (const example of EXAMPLES) {
    const answer = await perform(shop, example, kept);
    const id = exampleId(example);
    const said = answer.status < 400 ? undefined : (answer.body as { readonly error?: { readonly code?: string } }).error?.code;
    if (said !== example.refused) wrong.push(`${id}: ${answer.status} ${answer.text}`);
    const body = answer.media === 'application/json'
      ? example.route === 'openapi' ? { openapi: '3.1.0' } : shorten(answer.body, clean)
      : clean(`${answer.text.trimEnd().split('\n').slice(0, LINES).join('\n')}\n`);
    const known = answer.media === 'application/json' && example.refused === undefined && example.route !== 'openapi' && example.key === undefined && routeOf(example).produces === 'json';
    if (known) typed.push(`  ${JSON.stringify(id)}: ${JSON.stringify(body)},\n`);
    rows.push(`  ${JSON.stringify(id)}: { status: ${answer.status}, media: ${JSON.stringify(answer.media)}, body: ${known ? `BODIES[${JSON.stringify(id)}]` : JSON.stringify(body)} },\n`);
  }
  assert.deepEqual(wrong, []);
  writeFileSync(FILE, `// What a daemon answered to the examples (examples.ts). Written by test/integration/record-api-examples.ts; do not edit.
import type { Json } from './reports.ts';
import type { RestAnswers } from './rest.ts';

export interface RecordedAnswer {
  readonly status: number;
  readonly media: string;
  /** JSON, or a text; long lists and texts are cut. */
  readonly body: Json;
}

/** What earlier answers told later requests, by the word that stands for it. */
export const KEPT: Readonly<Record<string, string>> = ${JSON.stringify(kept)};

/** Held against the types, so that these, the schemas and the daemon say the same. */
const BODIES = {
${typed.join('')}} satisfies Partial<RestAnswers>;

/** By the id of the example. */
export const ANSWERS: Readonly<Record<string, RecordedAnswer>> = {
${rows.join('')}};
`);
});
