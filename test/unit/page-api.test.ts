// The page's view of the API: what it reads of the description, how it is searched, and commands that work where one looks.
import assert from 'node:assert/strict';
import test from 'node:test';
import { EXAMPLES } from '../../daemon/contract/examples.ts';
import { openApi } from '../../daemon/contract/openapi.ts';
import { ROUTES } from '../../daemon/contract/routes.ts';
import { answersTo, ownCommand, readDocument } from '../../web-ui/api-document.ts';

const api = readDocument(JSON.stringify(openApi('1.2.3')));
const operations = api.subjects.flatMap((subject) => subject.operations);
const of = (id: string) => operations.find((one) => one.id === id)!;

test('the page shows every route with every argument and every example, each with its commands', () => {
  assert.deepEqual(operations.map((one) => one.id).toSorted(), ROUTES.map((route) => route.id.replaceAll(' ', '-')).toSorted());
  for (const route of ROUTES) {
    const shown = of(route.id.replaceAll(' ', '-'));
    assert.deepEqual(shown.parameters.map((one) => one.name).toSorted(), Object.keys(route.args).toSorted(), route.id);
    const examples = EXAMPLES.filter((example) => example.route === route.id);
    assert.deepEqual(shown.examples.map((one) => one.key).toSorted(), examples.map((example) => example.key ?? 'usual').toSorted(), route.id);
    for (const one of shown.examples) assert.ok(one.commands.length > 0 && one.commands.every((command) => command.startsWith('curl ')), `${route.id} ${one.key}`);
  }
});

test('an argument of a body is shown as such, and a needed one as needed', () => {
  assert.deepEqual(of('signal').parameters.map((one) => `${one.name} ${one.in} ${one.required}`), ['wait query false', 'signal body true', 'names body true']);
});

test('the usual example comes first, refusals after it', () => {
  assert.deepEqual(of('status').examples.map((one) => [one.key, one.status]), [['usual', 200], ['unknown', 404]]);
});

test('routes are found by all words of a search, in any order, arguments included', () => {
  const found = (words: string): string[] => operations.filter((one) => answersTo(one, words.split(' '))).map((one) => one.id);
  assert.ok(found('rolling').includes('restart'));
  assert.deepEqual(found('post stdin'), ['stdin']);
  assert.deepEqual(found('no-such-word'), []);
});

test('a command is shown at the address of the page, and as who looks at it', () => {
  const [, tcp = ''] = of('version').examples[0]!.commands;
  assert.equal(ownCommand(tcp, 'https://ops.example.com/reeve/', 'bob'), 'curl -sS -u bob https://ops.example.com/reeve/v1/version');
  assert.equal(ownCommand(tcp, 'http://127.0.0.1:9001/', null), 'curl -sS http://127.0.0.1:9001/v1/version');
  assert.equal(ownCommand('curl -sS --unix-socket /run/reeve/reeve.sock http://localhost/v1/version', 'http://x/', null), 'curl -sS --unix-socket /run/reeve/reeve.sock http://localhost/v1/version');
});
