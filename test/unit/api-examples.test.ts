// The examples of the API without a daemon: each route has one, each goes with its description, and the description is valid OpenAPI.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ANSWERS, KEPT } from '../../daemon/contract/example-answers.ts';
import { exampleId } from '../../daemon/contract/example.ts';
import { argsOf, curlOf, requestOf, routeOf } from '../../daemon/contract/example-request.ts';
import { TCP_SERVER, UNIX_SERVER } from '../../daemon/contract/example-servers.ts';
import { EXAMPLES, SUBJECTS } from '../../daemon/contract/examples.ts';
import { ERRORS } from '../../daemon/contract/errors.ts';
import { openApi, schemaOf } from '../../daemon/contract/openapi.ts';
import { ROUTES } from '../../daemon/contract/routes.ts';
import { answerSchema, answerValues, complaints, described } from '../support/api-schemas.ts';
import { recordedAnswer } from '../support/api-examples.ts';

const document = openApi('1.2.3');
const text = JSON.stringify(document);

test('every route has an example that is not refused, and belongs to one subject', () => {
  for (const route of ROUTES) {
    const usual = EXAMPLES.filter((example) => example.route === route.id && example.key === undefined);
    assert.deepEqual(usual.map((example) => example.refused), [undefined], `${route.id} has ${usual.length} usual examples: add one to daemon/contract/examples-*.ts`);
    assert.equal(SUBJECTS.filter((subject) => subject.examples.some((example) => example.route === route.id && example.key === undefined)).length, 1, route.id);
  }
});

test('every example has a recorded answer, and no answer is left of one that is gone', () => {
  assert.deepEqual(Object.keys(ANSWERS).toSorted(), EXAMPLES.map(exampleId).toSorted(), 'run test/integration/record-api-examples.ts');
  for (const example of EXAMPLES) {
    const { status, body } = recordedAnswer(example);
    assert.equal(status >= 400, example.refused !== undefined, exampleId(example));
    if (example.refused !== undefined) assert.deepEqual([(body as { error: { code: string } }).error.code, status], [example.refused, ERRORS[example.refused].http]);
  }
});

test('every recorded answer goes with its schema, which knows all of its properties', () => {
  for (const example of EXAMPLES) {
    const route = routeOf(example);
    const { status, media, body } = recordedAnswer(example);
    if (route.id === 'openapi') continue;
    const schema = answerSchema(route, status, media);
    // A text was cut: its last line need not be whole.
    for (const value of answerValues(media, body)) assert.deepEqual(complaints(schema, value), [], exampleId(example));
  }
});

test('every example asks with arguments as they are described', () => {
  for (const example of EXAMPLES) {
    const route = routeOf(example);
    const operation = described(route);
    const { body } = requestOf(example, KEPT);
    const bad: string[] = [];
    for (const [name, value] of Object.entries(argsOf(example, KEPT))) {
      const parameter = operation.parameters?.find((one) => one.name === name);
      if (parameter !== undefined) bad.push(...complaints(parameter.schema, value));
      else assert.ok(body !== null && name in (body as object), `${exampleId(example)}: ${name} is no argument`);
    }
    const schema = operation.requestBody?.content['application/json'].schema;
    if (schema !== undefined && body !== null) bad.push(...complaints(schema, body));
    // What is refused as a bad argument may be what the description rules out.
    if (example.refused !== 'BAD_ARGUMENT') assert.deepEqual(bad, [], exampleId(example));
  }
});

test('an answer with one property more, or one less, is not what is described', () => {
  const route = ROUTES.find((one) => one.id === 'version');
  assert.ok(route);
  const schema = answerSchema(route, 200, 'application/json');
  const { body } = ANSWERS['version'] ?? { body: null };
  assert.match(complaints(schema, { ...(body as object), color: 'red' }).join(), /must NOT have additional properties.*color/);
  assert.match(complaints(schema, { version: '1' }).join(), /must have required property/);
});

test('a default is one of what the argument may be, and every default that is said in words is described', () => {
  let found = 0;
  for (const route of ROUTES) {
    for (const [name, spec] of Object.entries(route.args)) {
      const schema = schemaOf(spec);
      if (!('default' in schema)) continue;
      found += 1;
      assert.deepEqual(complaints(schema, schema['default']), [], `${route.id}: ${name}: ${spec.says}`);
    }
  }
  assert.ok(found > 15, `${found} defaults are described`);
  const cleared = ROUTES.find((route) => route.id === 'issue clear')?.args['state'];
  assert.deepEqual(cleared && schemaOf(cleared)['default'], ['fixed', 'closed']);
});

test('the description is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(text) as Record<string, unknown>);
  assert.deepEqual(result.valid ? [] : result.errors, []);
  assert.equal(validator.version, '3.1');
});

test('operation ids are unique, servers are relative, and every reference leads somewhere', () => {
  const ids = [...text.matchAll(/"operationId":"([^"]+)"/g)].map((match) => match[1]);
  assert.equal(new Set(ids).size, ROUTES.length);
  assert.deepEqual((document['servers'] as { url: string }[]).map((server) => server.url), ['/']);
  for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    assert.ok(pointer.split('/').reduce<unknown>((at, step) => (at as Readonly<Record<string, unknown>> | undefined)?.[step], document), pointer);
  }
});

test('every error is described, and every route says who may ask [E45]', () => {
  const { description } = (document['components'] as unknown as { responses: { Error: { description: string } } }).responses.Error;
  for (const [code, spec] of Object.entries(ERRORS)) assert.ok(description.includes(`${code} (${spec.http}): ${spec.says}`), code);
  const schemes = Object.keys((document['components'] as unknown as { securitySchemes: object }).securitySchemes);
  const all = document['security'] as readonly Readonly<Record<string, unknown>>[];
  for (const name of all.flatMap((one) => Object.keys(one))) assert.ok(schemes.includes(name), name);
  for (const route of ROUTES) {
    const operation = described(route) as unknown as { 'x-role': string | null; security?: readonly object[]; tags: readonly string[] };
    assert.equal(operation['x-role'], route.role);
    assert.deepEqual(operation.security, route.role === null ? [{}] : undefined, `${route.id}: open to all only where no role is asked for`);
    assert.ok(SUBJECTS.some((subject) => subject.title === operation.tags[0]), route.id);
  }
});

test('an example is printed as a curl command for the unix socket and for TCP', () => {
  const request = { method: 'POST', target: '/v1/stdin?wait=1s', headers: {}, body: { text: "it's" } } as const;
  assert.equal(curlOf(request, UNIX_SERVER), `curl -sS --unix-socket /run/reeve/reeve.sock -H 'Content-Type: application/json' -d '{"text":"it'\\''s"}' 'http://localhost/v1/stdin?wait=1s'`);
  assert.equal(curlOf({ method: 'POST', target: '/v1/reload', headers: {}, body: null }, TCP_SERVER), 'curl -sS -u ann:secret -X POST http://127.0.0.1:9001/v1/reload');
  assert.equal(curlOf({ method: 'GET', target: '/v1/events', headers: { Accept: 'application/x-ndjson' }, body: null }, TCP_SERVER), "curl -sS -u ann:secret -H 'Accept: application/x-ndjson' http://127.0.0.1:9001/v1/events");
});

/** Files that `entry` loads before it runs; with `late` also those of its import(). Paths from the root. */
function loadedBy(entry: string, late: boolean): string[] {
  const root = join(import.meta.dirname, '../..');
  const seen = new Set([join(root, entry)]);
  for (const file of seen) {
    const source = readFileSync(file, 'utf8');
    const named = [...source.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?from '(\.[^']+)'/gm), ...(late ? source.matchAll(/\bimport\('(\.[^']+)'\)/g) : [])];
    for (const [, path = ''] of named) seen.add(join(dirname(file), path));
  }
  return [...seen].map((file) => relative(root, file));
}

test('neither a daemon that starts, nor one that answers, nor reevectl loads the examples: only who asks for the description does', () => {
  const isDescription = (file: string): boolean => /contract\/(?:openapi|example)/.test(file);
  assert.deepEqual(loadedBy('daemon/main.ts', false).filter(isDescription), []);
  assert.deepEqual(loadedBy('daemon/api/http.ts', false).filter(isDescription), []);
  assert.deepEqual(loadedBy('ctl/main.ts', true).filter(isDescription), []);
  const described = loadedBy('daemon/api/http.ts', true);
  assert.ok(described.includes('daemon/contract/openapi.ts') && described.includes('daemon/contract/example-answers.ts'));
});
