import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import toml from 'toml';
import { configJsonSchema } from '../../config/json-schema.ts';
import { dialectOf } from '../../config/dialect.ts';
import { HIDDEN, redactText } from '../../config/redact.ts';
import { instanceKeys } from '../../config/program-schema.ts';
import { laterKeys } from '../../config/later-keys.ts';
import { tokenKeys, userKeys } from '../../config/api-schema.ts';
import { tables } from '../../config/tables.ts';
import { iniDaemonKeys, iniPoolKeys } from '../../config/ini-section.ts';
import { readConfig } from '../../config/read.ts';
import { renderConfigReference } from '../../config/reference.ts';
import { showConfig } from '../../config/show.ts';
import { nodeConfigPort } from '../../daemon/os/config-port.ts';
import { good, readIni, readToml } from '../support/config-files.ts';
import type { JsonSchema } from '../../config/kind.ts';

/** As much of a JSON Schema validator as our schema uses; an unknown keyword fails the test rather than passing unseen. */
function violations(schema: JsonSchema, value: unknown, at = ''): string[] {
  const out: string[] = [];
  const object = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  const types = (type: unknown): boolean =>
    type === 'object'
      ? object !== null
      : type === 'array'
        ? Array.isArray(value)
        : type === 'integer'
          ? Number.isInteger(value)
          : typeof value === type;
  for (const [word, rule] of Object.entries(schema)) {
    const list = Array.isArray(rule) ? (rule as unknown[]) : [rule];
    let holds = true;
    if (word === 'type') holds = list.some(types);
    else if (word === 'enum') holds = list.includes(value);
    else if (word === 'const') holds = rule === value;
    else if (word === 'anyOf') holds = list.some((one) => violations(one as JsonSchema, value).length === 0);
    else if (word === 'pattern') holds = typeof value !== 'string' || new RegExp(String(rule), 'u').test(value);
    else if (word === 'minimum') holds = typeof value !== 'number' || value >= Number(rule);
    else if (word === 'maximum') holds = typeof value !== 'number' || value <= Number(rule);
    else if (word === 'minLength') holds = typeof value !== 'string' || value.length >= Number(rule);
    else if (word === 'minItems') holds = !Array.isArray(value) || value.length >= Number(rule);
    else if (word === 'maxItems') holds = !Array.isArray(value) || value.length <= Number(rule);
    else if (word === 'required') holds = object === null || list.every((name) => String(name) in object);
    else if (word === 'items')
      (Array.isArray(value) ? value : []).forEach((item, index) => out.push(...violations(rule as JsonSchema, item, `${at}[${index}]`)));
    else if (word === 'propertyNames')
      Object.keys(object ?? {}).forEach((name) => out.push(...violations(rule as JsonSchema, name, `${at}.${name}`)));
    else if (word === 'properties') {
      for (const [name, inner] of Object.entries(rule as Record<string, JsonSchema>))
        if (object !== null && name in object) out.push(...violations(inner, object[name], `${at}.${name}`));
    } else if (word === 'additionalProperties') {
      for (const name of Object.keys(object ?? {})) {
        if (name in ((schema['properties'] ?? {}) as object)) continue;
        if (rule === false) out.push(`${at}.${name} is not known`);
        else out.push(...violations(rule as JsonSchema, object?.[name], `${at}.${name}`));
      }
    } else assert.ok(['$schema', 'title', 'description', 'default', 'examples'].includes(word), `the check does not know ${word}`);
    if (!holds) out.push(`${at}: ${word}`);
  }
  return out;
}

const schema = configJsonSchema();
const at = (...path: string[]): JsonSchema =>
  path.reduce<unknown>((inner, name) => (inner as Record<string, unknown>)[name], schema) as JsonSchema;
const keysAt = (...path: string[]) => Object.keys(at(...path, 'properties'));
const program = ['properties', 'programs', 'additionalProperties'];

test('the JSON Schema lists the keys that the reader knows, and no others', () => {
  assert.deepEqual(keysAt('properties', 'daemon'), Object.keys(tables.daemon));
  assert.deepEqual(keysAt('properties', 'api'), Object.keys(tables.api));
  assert.deepEqual(keysAt('properties', 'ctl'), Object.keys(tables.ctl));
  assert.deepEqual(keysAt('properties', 'logs'), Object.keys(tables.logs));
  assert.deepEqual(keysAt(...program), [...Object.keys(tables['programs.NAME']), 'instance']);
  assert.deepEqual(keysAt(...program, 'properties', 'instance', 'additionalProperties'), Object.keys(instanceKeys));
  assert.deepEqual(keysAt('properties', 'groups', 'additionalProperties'), Object.keys(tables['groups.NAME']));
  assert.deepEqual(keysAt('properties', 'jobs'), Object.keys(tables.jobs));
  assert.deepEqual(keysAt('properties', 'jobs', 'additionalProperties'), Object.keys(tables['jobs.NAME']));
  assert.deepEqual(keysAt('properties', 'breakers'), Object.keys(tables.breakers));
  assert.deepEqual(keysAt('properties', 'breakers', 'additionalProperties'), Object.keys(tables['breakers.NAME']));
  // The reader's own view: a key of the schema is never "unknown", and one that is not in it always is.
  for (const [table, head] of [
    ['daemon', '[daemon]'],
    ['api', '[api]'],
    ['ctl', '[ctl]'],
    ['logs', '[logs]'],
    ['programs', '[programs.x]'],
    ['groups', '[groups.x]'],
    ['jobs', '[jobs.x]'],
    ['breakers', '[breakers.x]'],
  ] as const) {
    const known =
      /\./.test(head) ? keysAt('properties', table, 'additionalProperties') : keysAt('properties', table);
    const { problems } = readToml(`${head}\n${[...known, 'zzz_no_such_key'].map((name) => `${name} = 1979-05-27`).join('\n')}`);
    assert.deepEqual(
      problems.filter((problem) => problem.message === 'unknown key').map((problem) => problem.line),
      [known.length + 2],
      table,
    );
  }
});

test('every key has a sentence, and an example that its reader and the JSON Schema accept', () => {
  for (const [table, keys] of [...Object.entries(tables), ['users', userKeys], ['tokens', tokenKeys]] as const) {
    for (const [name, key] of Object.entries(keys)) {
      const example = (toml.parse(`x = ${key.example}`) as { x: unknown }).x;
      const complaints: string[] = [];
      key.kind.read(example, (message: string) => complaints.push(message));
      assert.deepEqual(complaints, [], `${table}.${name}`);
      assert.deepEqual(violations(key.kind.json, example), [], `${table}.${name}`);
      assert.match(key.text, /^["`A-Za-z].*\.$/, `${table}.${name}`);
    }
  }
});

test('a default of the table is a value that its own reader accepts', () => {
  for (const [table, keys] of Object.entries(tables)) {
    const properties =
      table === 'programs.NAME'
        ? at(...program, 'properties')
        : table === 'groups.NAME'
          ? at('properties', 'groups', 'additionalProperties', 'properties')
          : table === 'jobs.NAME' || table === 'breakers.NAME'
          ? at('properties', table.slice(0, -'.NAME'.length), 'additionalProperties', 'properties')
          : table.includes('.')
            ? {}
            : at('properties', table, 'properties');
    for (const [name, key] of Object.entries(keys)) {
      const fallback = (properties[name] as JsonSchema | undefined)?.['default'];
      if (fallback === undefined) continue;
      const complaints: string[] = [];
      assert.deepEqual(
        key.kind.read(fallback, (message: string) => complaints.push(message)),
        (key as { fallback?: unknown }).fallback,
        `${table}.${name}`,
      );
      assert.deepEqual(complaints, []);
    }
  }
});

test('no key is both known and refused as one of a later version', () => {
  const pairs = [
    [tables.daemon, laterKeys.daemon],
    [tables.api, laterKeys.api],
    [tables['programs.NAME'], laterKeys.programs],
    [tables['groups.NAME'], laterKeys.groups],
  ] as const;
  for (const [keys, later] of pairs) for (const name of later) assert.equal(name in keys, false, name);
});

test('what the schema says of values agrees with the reader', () => {
  const texts = [
    'command = "x"\nstop = ["TERM 10s"]\nnumprocs = "cpus*2"',
    'command = "x"\nstartsecs = "ten"',
    'command = "x"\nnumprocs = 0',
    'comand = "x"',
    'command = ["x"]\nlimits = { nofile = 1 }\nrlimits = { core = { soft = 0, hard = "unlimited" } }',
    'command = "x"\nrlimits = { open = 1 }',
    'command = "x"\nrestart = "always"',
    'command = "x"\nexitcodes = [256]',
    'command = "x"\nexitcodes = 0',
    'command = "x"\numask = "9"',
    'command = "x"\ninherit = ["A"]',
    'command = "x"\nstdin = "tty"',
    'command = ""',
    'command = "x"\nmax_restarts = "strict"',
    'command = "x"\nmax_restarts = "severe"',
    'command = "x"\nstopwaitsecs = "infinity"',
    'command = "x"\nstartsecs = "infinity"',
    'command = "x"\nstdout_logfile_maxbytes = "50MB"',
    'command = "x"\nstdout_logfile_maxbytes = "5XB"',
    'command = "x"\nenvironment = { A = 1, B = "x", C = true }',
    'command = "x"\nenvironment = { A = [] }',
    'command = "x"\ninstance = { 0 = { nice = 1 } }',
    'command = "x"\ninstance = { zero = { nice = 1 } }',
  ];
  for (const text of texts) {
    const file = `[programs.a]\n${text}`;
    assert.equal(violations(schema, toml.parse(file)).length === 0, readToml(file).config !== null, text);
  }
});

test('the example files are read without a problem, and the TOML ones satisfy the JSON Schema', () => {
  const root = new URL('../../config/examples/', import.meta.url);
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(^|\/)(reeve\.toml|supervisord\.conf)$/.test(name),
  );
  assert.ok(found.length >= 3);
  for (const name of found) {
    const path = new URL(name, root).pathname;
    const text = readFileSync(path, 'utf8');
    assert.deepEqual(readConfig(path, nodeConfigPort()).problems, [], name);
    if (dialectOf(text, path) === 'toml') assert.deepEqual(violations(schema, toml.parse(text)), [], name);
  }
});

test('the reference page names every key', () => {
  const page = renderConfigReference();
  const named = new Set([...page.matchAll(/`(\w+)`/g)].map((match) => match[1]));
  for (const keys of [...Object.values(tables), userKeys, tokenKeys, iniDaemonKeys, iniPoolKeys])
    for (const name of Object.keys(keys)) assert.ok(named.has(name), name);
  for (const name of Object.values(laterKeys).flat()) assert.ok(named.has(name), name);
});

test('config show never contains a secret', () => {
  const reading = readToml(
    [
      '[daemon]',
      'environment = { D = "geheim-0" }',
      '[api]',
      'listen = "unix:/s"',
      '[[api.users]]',
      'name = "ann"',
      'password = "geheim-1"',
      '[[api.tokens]]',
      'name = "t"',
      'token = "geheim-2"',
      '[ctl]',
      'password = "geheim-3"',
      '[programs.p]',
      'command = "run --key geheim-4 --level on"',
      'environment = { KEY = "geheim-4", LEVEL = "on", OTHER = "geheim-5" }',
      'environment_secret = ["KEY", "LEVEL"]',
      'stopwaitsecs = "infinity"',
    ].join('\n'),
  );
  const text = JSON.stringify(showConfig(good(reading)));
  assert.doesNotMatch(text, /geheim/);
  assert.match(text, /"text":"run --key \(hidden\) --level on"/);
  assert.match(text, /"KEY":"\(hidden\)"/);
  assert.match(text, /"waitMs":"infinity"/);
  assert.match(text, /"origin":"\/etc\/reeve.toml:13"/);
  const ini = JSON.stringify(
    showConfig(good(readIni('[inet_http_server]\nport=9001\nusername=u\npassword=geheim\n[supervisorctl]\npassword=geheim\n'))),
  );
  assert.doesNotMatch(ini, /geheim/);
  assert.equal(
    redactText('a secret-long secret', { environment: { A: 'secret', B: 'secret-long' }, secrets: ['A', 'B'] }),
    `a ${HIDDEN} ${HIDDEN}`,
  );
});
